/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/time.h"
#include "paths/evaluation.h"
#include "paths/recommend.h"

/* One step of the walk: the session so far is in the profile, `next` is the right answer. */
struct figures {
    double recall, reciprocal, gain;
    uint64_t predictions;
    uint64_t *ns; /* of each answer */
    size_t ns_room;
    uint8_t *shown; /* by product number: was it ever among the 20 */
};

static void figures_add(struct figures *f, const struct answer *answer, product_number next,
                        uint64_t ns)
{
    for (size_t i = 0; i < answer->item_count; i++) {
        f->shown[answer->items[i].product] = 1;
        if (answer->items[i].product == next) {
            f->recall += 1;
            f->reciprocal += 1.0 / (double)(i + 1);
            f->gain += 1.0 / log2((double)i + 2);
        }
    }
    f->ns = mem_grow(f->ns, &f->ns_room, f->predictions + 1, sizeof(*f->ns));
    f->ns[f->predictions++] = ns;
}

static int ns_order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void figures_finish(struct figures *f, const struct catalog *catalog,
                           struct rung_figures *out)
{
    double n = f->predictions == 0 ? 1 : (double)f->predictions, sum = 0;
    uint64_t shown = 0;

    for (product_number p = 0; p < catalog_count(catalog); p++)
        shown += f->shown[p];
    for (uint64_t i = 0; i < f->predictions; i++)
        sum += (double)f->ns[i];
    *out = (struct rung_figures){.present = true,
                                 .recall = f->recall / n,
                                 .mrr = f->reciprocal / n,
                                 .ndcg = f->gain / n,
                                 .us_mean = sum / n / 1000};
    if (catalog_sellable_count(catalog) > 0)
        out->coverage = (double)shown / catalog_sellable_count(catalog);
    if (f->predictions > 0) {
        qsort(f->ns, f->predictions, sizeof(*f->ns), ns_order);
        out->us_p50 = (double)f->ns[f->predictions / 2] / 1000;
        out->us_p99 = (double)f->ns[f->predictions - 1 - f->predictions / 100] / 1000;
    }
    mem_free(f->ns);
    mem_free(f->shown);
}

/* Show the session's click to the profile of a visitor of its own. */
static void walk_step(struct state *state, struct text visitor, const struct test_click *click)
{
    bool began;
    struct profile_event e = {
        .key = shopper_key_of(visitor, (struct text){0}),
        .session_hash = 1,
        .time_ms = click->time_ms,
        .type = click->type,
        .flags = EVENT_VERIFIED | EVENT_PERSONALIZATION,
        .products = &click->product,
        .product_count = 1,
    };

    profiles_fold(state->profiles, &e, &began);
}

static enum status walk_session(struct walk *w, uint32_t session, struct figures *f,
                                struct arena *a, struct error *err)
{
    const struct test_set *t = w->test;
    uint64_t start = t->starts[session], end = t->starts[session + 1];
    char visitor[64];
    struct question q = {.surfaces = {TEXT("home")}, .surface_count = 1, .limit = EVALUATE_AT};
    struct buffer name = {.data = NULL};

    buffer_printf(&name, "evaluate-%d-%u-%u", (int)w->from.rung_max, w->from.support_override,
                  session);
    memcpy(visitor, name.data, name.size);
    q.anonymous_id = (struct text){visitor, name.size};
    buffer_free(&name);
    for (uint64_t i = start; i + 1 < end; i++) {
        struct answer answer = {.items = NULL};
        uint64_t began;

        walk_step(w->state, q.anonymous_id, &t->clicks[i]);
        if (i - start + 1 < w->min_prefix)
            continue;
        q.now_ms = t->clicks[i].time_ms;
        began = time_monotonic_ns();
        if (recommend_from(&w->from, &q, &answer, a, err) != OK)
            return error_wrap(err, "session %u of the test", session + 1);
        figures_add(f, &answer, t->clicks[i + 1].product, time_monotonic_ns() - began);
        arena_reset(a);
    }
    return OK;
}

enum status walk_run(struct walk *w, struct rung_figures *out, uint64_t *predictions,
                     struct error *err)
{
    struct figures f = {.recall = 0};
    struct arena a = {.blocks = NULL};
    enum status status = OK;

    f.shown = mem_new((size_t)catalog_count(w->state->catalog) + 1, sizeof(*f.shown));
    for (uint32_t s = 0; s < w->test->session_count && status == OK; s++) {
        status = walk_session(w, s, &f, &a, err);
        if (w->options->progress != NULL && s % 256 == 0)
            w->options->progress(w->options->context, rung_word(w->from.rung_max), s,
                                 w->test->session_count);
    }
    arena_free(&a);
    *predictions = f.predictions;
    figures_finish(&f, w->state->catalog, out);
    return status;
}

void test_set_free(struct test_set *t)
{
    mem_free(t->clicks);
    mem_free(t->starts);
    *t = (struct test_set){.session_count = 0};
}
