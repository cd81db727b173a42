/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/learn_ranker.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "paths/learn_decisions.h"
#include "paths/learn_moments.h"
#include "paths/recommend.h"
#include "paths/retrace.h"

enum { PATH_SIZE = 4096, PERCENT = 100 };

/* Of 100 sessions the newest 7 are walked again; of 100 of those 70 are to fit, then 12 to stop, the
 * rest to judge. */
static const uint64_t learn_share = 7, fit_share = 70, stop_share = 12;

/* A folder for the generation of what was before; gone with all in it once closed. */
struct before_dir {
    char path[PATH_SIZE]; /* "": none */
};

static void before_dir_close(struct before_dir *d)
{
    enum status removed = d->path[0] != '\0' ? dir_remove(d->path, NULL) : OK;

    (void)removed; /* what stays is removed by a later pruning */
}

static enum status before_dir_open(struct before_dir *d, const char *data_dir, struct error *err)
{
    int length =
        snprintf(d->path, PATH_SIZE, "%s/generations/before.tmp-%ld", data_dir, (long)getpid());

    if (length < 0 || length >= PATH_SIZE) {
        d->path[0] = '\0';
        return error_set(err, ERR_INVALID, "the path of the data directory is too long");
    }
    if (dir_remove(d->path, err) != OK)
        return err->status;
    return dir_make(d->path, err);
}

/* Which of the losses: docs/decisions/ranking.md. */
static const enum loss loss_served = LOSS_SOFTMAX;

struct work {
    const struct ranker_plan *plan;
    struct ranker_outcome *out;
    struct before_dir dir;
    const struct generation *before;
    struct retrace *retrace;
    const struct retraced *actions;
    uint32_t action_count;
    uint32_t stop_from, judge_from; /* sessions that began with that action or later */
    struct gains gains;
    struct examples examples;
    size_t stop_first; /* the first group to stop by */
};

static void work_free(struct work *w)
{
    retrace_close(&w->retrace);
    generation_close(&w->before);
    before_dir_close(&w->dir);
    examples_free(&w->examples);
}

void ranker_outcome_free(struct ranker_outcome *o)
{
    model_close(&o->model);
    for (int i = 0; i < LOSS_COUNT; i++)
        model_close(&o->by_loss[i]);
    mem_free(o->gates);
    o->gates = NULL;
}

/* The sessions before the newest ones, as a view. */
static struct session_set sessions_before(const struct session_set *set)
{
    struct session_set before = *set;

    before.session_count -= (uint32_t)(set->session_count * learn_share / PERCENT);
    before.click_count = set->starts[before.session_count];
    return before;
}

static enum status build_before(struct work *w, const struct session_set *before, struct error *err)
{
    struct train_options train = *w->plan->train;
    struct generation_summary summary;

    train.data_dir = w->dir.path;
    train.keep = 1;
    train.serving = 0;
    train.passing = true;
    train.learned = w->plan->rung_max >= RUNG_LEARNED;
    if (train_from_sessions(&train, w->plan->state->catalog, before, w->plan->state->position,
                            &summary, err) != OK)
        return err->status;
    return generation_open(&w->before, w->dir.path, summary.number, err);
}

static enum status begin_walk(struct work *w, int64_t from_ms, struct error *err)
{
    const struct retrace_options options = {.data_dir = w->plan->data_dir,
                                            .from_ms = from_ms,
                                            .until_ms = w->plan->until_ms,
                                            .whose = w->plan->train->whose,
                                            .whose_context = w->plan->train->whose_context,
                                            .progress = w->plan->train->progress,
                                            .context = w->plan->train->context};

    if (retrace_open(&w->retrace, w->plan->state, &options, err) != OK)
        return err->status;
    w->actions = retrace_actions(w->retrace, &w->action_count);
    w->stop_from = (uint32_t)(w->action_count * fit_share / PERCENT);
    w->judge_from = (uint32_t)(w->action_count * (fit_share + stop_share) / PERCENT);
    if (w->plan->protocol) {
        w->stop_from = (uint32_t)(w->action_count * (PERCENT - stop_share) / PERCENT);
        w->judge_from = w->action_count;
    }
    return OK;
}

/* --- examples --- */

static struct moments moments_of(const struct work *w)
{
    return (struct moments){.state = w->plan->state,
                            .generation = w->before,
                            .actions = w->actions,
                            .gains = &w->gains,
                            .protocol = w->plan->protocol,
                            .support = w->plan->train->support_viewed};
}

/* Of many moments an even part. */
static bool sampled(uint32_t action, uint32_t of, uint32_t wanted)
{
    return of <= wanted || hash_u64(action) % of < wanted;
}

static enum status open_decisions(const struct work *w, struct learn_decisions **out,
                                  struct error *err)
{
    const struct learn_decisions_options options = {.data_dir = w->plan->data_dir,
                                                    .retrace = w->retrace,
                                                    .moments = moments_of(w),
                                                    .stop_from = w->stop_from,
                                                    .until_ms = w->plan->until_ms};

    return w->plan->protocol ? OK : learn_decisions_open(out, &options, err);
}

static enum status collect_examples(struct work *w, struct error *err)
{
    SCOPED(learn_decisions_close) struct learn_decisions *decisions = NULL;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct moments moments = moments_of(w);
    struct moment m;
    enum status status;

    w->stop_first = SIZE_MAX;
    if (open_decisions(w, &decisions, err) != OK)
        return err->status;
    if (decisions != NULL)
        learn_decisions_walk(decisions, &w->examples);
    while ((status = retrace_next(w->retrace, &m, err)) == OK) {
        uint32_t first = w->actions[m.action].first;
        if (m.action >= w->judge_from)
            return OK; /* the walk goes on from here */
        if (first >= w->judge_from || !sampled(m.action, w->judge_from, LEARN_MOMENTS_MAX))
            continue;
        if (first < w->stop_from && m.action >= w->stop_from)
            continue; /* what comes later of a session to fit to is no example to stop by */
        if (first >= w->stop_from && w->stop_first == SIZE_MAX)
            w->stop_first = w->examples.group_count;
        if (moments_example(&moments, &m, &w->examples, &a, err) != OK)
            return err->status;
        arena_reset(&a);
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Too little to learn from is an outcome. */
static enum status fit_by(const struct work *w, enum loss loss, struct model **out,
                          struct ranker_figures *figures, struct error *err)
{
    size_t first =
        w->stop_first < w->examples.group_count ? w->stop_first : w->examples.group_count;
    const struct examples to_fit = examples_until(&w->examples, first);
    const struct examples to_stop = examples_from(&w->examples, first);
    const struct ranker_task task = {&to_fit, &to_stop, loss};
    enum status status = ranker_fit(&task, w->plan->train, out, figures, &w->out->why);

    if (status == OK || status == ERR_NOT_FOUND)
        return OK;
    return error_set(err, status, "%s", w->out->why.message);
}

static enum status fit(struct work *w, struct error *err)
{
    struct ranker_figures other;

    if (fit_by(w, loss_served, &w->out->model, &w->out->figures, err) != OK)
        return err->status;
    for (int i = 0; i < LOSS_COUNT && w->plan->all_losses; i++) {
        if (i != (int)loss_served &&
            fit_by(w, (enum loss)i, &w->out->by_loss[i], &other, err) != OK)
            return err->status;
    }
    return OK;
}

/* --- judging --- */

/* What answers on one surface earned, by session, in the order in which sessions were met. */
struct tally {
    const struct surface *surface;
    struct gate_session *sessions;
    size_t count, room;
    uint32_t *places; /* of each session: place + 1, 0 none */
};

static enum status judge_moment(struct moments *moments, const struct moment *m,
                                struct tally *tally, struct arena *a, struct error *err)
{
    struct moment_gains gains;

    if (moments_gains(moments, m, tally->surface, &gains, a, err) != OK)
        return err->status;
    if (!gains.asked)
        return OK;
    uint32_t *place = &tally->places[moments->actions[m->action].session];
    if (*place == 0) {
        tally->sessions =
            mem_grow(tally->sessions, &tally->room, tally->count + 1, sizeof(*tally->sessions));
        *place = (uint32_t)++tally->count;
    }
    struct gate_session *s = &tally->sessions[*place - 1];
    s->answers++;
    for (int r = 0; r < RUNG_COUNT; r++)
        s->gains[r] += gains.of[r];
    return OK;
}

/* Walk what is left, asking every surface at the moments of the sampled sessions. */
static enum status judge_walk(struct work *w, struct moments *moments, struct tally *tallies,
                              struct error *err)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    size_t surfaces = w->plan->state->program->surface_count;
    uint32_t left = w->action_count - w->judge_from;
    struct moment m;
    enum status status;

    while ((status = retrace_next(w->retrace, &m, err)) == OK) {
        uint32_t first = w->actions[m.action].first;
        if (first < w->judge_from || !sampled(first, left, GATE_ANSWERS_MAX))
            continue;
        for (size_t i = 0; i < surfaces; i++) {
            if (judge_moment(moments, &m, &tallies[i], &a, err) != OK)
                return err->status;
        }
        arena_reset(&a);
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status judge(struct work *w, struct error *err)
{
    const struct program *program = w->plan->state->program;
    struct generation ranked = *w->before;
    struct moments moments = moments_of(w);
    struct tally *tallies = mem_new(program->surface_count, sizeof(*tallies));
    bool tried[RUNG_COUNT];

    ranked.ranker = w->out->model;
    moments.generation = &ranked;
    moments.rung_max = w->plan->rung_max;
    if (w->out->model == NULL && moments.rung_max == RUNG_LEARNED)
        moments.rung_max = RUNG_NEIGHBOURS;
    for (size_t i = 0; i < program->surface_count; i++) {
        tallies[i].surface = &program->surfaces[i];
        tallies[i].places = mem_new((size_t)w->action_count + 1, sizeof(uint32_t));
    }
    enum status status = judge_walk(w, &moments, tallies, err);
    for (int r = 0; r < RUNG_COUNT; r++)
        tried[r] = r <= (int)moments.rung_max;
    w->out->gates = mem_new(program->surface_count, sizeof(*w->out->gates));
    w->out->gate_count = program->surface_count;
    for (size_t i = 0; i < program->surface_count; i++) {
        w->out->gates[i] = gate_judge(tallies[i].sessions, tallies[i].count, tried);
        mem_free(tallies[i].sessions);
        mem_free(tallies[i].places);
    }
    mem_free(tallies);
    return status;
}

enum status learn_ranker(const struct ranker_plan *plan, struct ranker_outcome *out,
                         struct error *err)
{
    SCOPED(work_free) struct work w = {.plan = plan, .out = out};
    struct session_set before = sessions_before(plan->set);

    *out = (struct ranker_outcome){.model = NULL};
    if (before.session_count == plan->set->session_count || before.session_count == 0) {
        (void)error_set(&out->why, ERR_NOT_FOUND, "%" PRIu32 " sessions are too few",
                        plan->set->session_count); /* an outcome */
        return OK;
    }
    w.gains = gains_of(plan->set, plan->state->catalog);
    if (before_dir_open(&w.dir, plan->train->data_dir, err) != OK ||
        build_before(&w, &before, err) != OK ||
        begin_walk(&w, plan->set->end_ms[before.session_count], err) != OK)
        return err->status;
    if (plan->rung_max == RUNG_LEARNED && (collect_examples(&w, err) != OK || fit(&w, err) != OK))
        return err->status;
    return plan->protocol ? OK : judge(&w, err);
}
