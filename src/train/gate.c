/* SPDX-License-Identifier: Apache-2.0 */
#include "train/gate.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

enum { DRAWS = 2000, CUT = DRAWS / 40 /* 2.5% */ };

static int rising(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

/* Gain of a thousand answers. */
static double figure_of(const struct gate_session *sessions, size_t count, enum rung rung)
{
    double gain = 0, answers = 0;

    for (size_t i = 0; i < count; i++) {
        gain += (double)sessions[i].gains[rung];
        answers += sessions[i].answers;
    }
    return answers > 0 ? gain / answers * 1000 : 0;
}

static void interval(const struct gate_session *sessions, size_t count, enum rung rung,
                     struct gate_rung *out)
{
    double *draws = mem_new(DRAWS, sizeof(*draws));
    struct random random;

    random_seed(&random, 3);
    for (int d = 0; d < DRAWS; d++) {
        double more = 0, answers = 0;
        for (size_t i = 0; i < count; i++) {
            const struct gate_session *s = &sessions[random_below(&random, (uint32_t)count)];
            more += (double)s->gains[rung] - (double)s->gains[out->below];
            answers += s->answers;
        }
        draws[d] = answers > 0 ? more / answers * 1000 : 0;
    }
    qsort(draws, DRAWS, sizeof(*draws), rising);
    out->low = draws[CUT];
    out->high = draws[DRAWS - 1 - CUT];
    mem_free(draws);
}

/* Does it stand above what was chosen so far? The trees must have been shown to be better; of the other
 * rungs, which traffic allows, it is enough that they were not shown to be worse. */
static bool passes(enum rung rung, bool enough, struct gate_rung *g)
{
    bool proved = rung == RUNG_LEARNED;

    if (g->below == rung) {
        g->why = "the lowest there is";
        return true;
    }
    if (!enough) {
        g->why = proved ? "too few sessions to show it is better"
                        : "too few sessions to judge; traffic allows it";
        return !proved;
    }
    if (g->low > 0) {
        g->why = "better by more than chance";
        return true;
    }
    g->why = g->high < 0 ? "worse by more than chance"
             : proved    ? "not shown to be better"
                         : "not shown to be worse; traffic allows it";
    return g->high >= 0 && !proved;
}

/* The one chosen so far; for the rung learned the one of the highest figure, which another may have been
 * chosen over as not shown to be worse. */
static enum rung to_beat(const struct gate *gate, enum rung rung)
{
    enum rung best = gate->chosen;

    for (int r = 0; r < (int)rung && rung == RUNG_LEARNED; r++) {
        if (gate->rungs[r].tried && gate->rungs[r].figure > gate->rungs[best].figure)
            best = (enum rung)r;
    }
    return best;
}

struct gate gate_judge(const struct gate_session *sessions, size_t count,
                       const bool tried[RUNG_COUNT])
{
    struct gate gate = {.sessions = count};
    bool enough = count >= GATE_SESSIONS_MIN, begun = false;

    for (size_t i = 0; i < count; i++)
        gate.answers += sessions[i].answers;
    for (int r = 0; r < RUNG_COUNT; r++) {
        struct gate_rung *rung = &gate.rungs[r];
        if (!tried[r])
            continue;
        rung->tried = true;
        rung->figure = figure_of(sessions, count, (enum rung)r);
        rung->below = begun ? to_beat(&gate, (enum rung)r) : (enum rung)r;
        rung->against = rung->figure - figure_of(sessions, count, rung->below);
        if (count > 0)
            interval(sessions, count, (enum rung)r, rung);
        if (passes((enum rung)r, enough, rung))
            gate.chosen = (enum rung)r;
        begun = true;
    }
    gate.rungs[gate.chosen].chosen = true;
    return gate;
}
