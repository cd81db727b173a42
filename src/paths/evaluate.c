/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: each session becomes a visitor of its own, shown to the profiles click by click as the
 * journal's folds would, and recommend_from is asked what comes next. */
#include "paths/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/time.h"
#include "paths/evaluation.h"
#include "paths/landing.h"

struct figures {
    double recall, reciprocal, gain;
    uint64_t predictions;
    uint64_t *ns; /* of each answer */
    uint64_t step_ns[RECOMMEND_STEPS_MAX];
    size_t ns_room;
    uint8_t *shown; /* by product number: was it ever in an answer */
    struct diversity diversity;
    struct arena arena; /* of one answer */
};

static void figures_free(struct figures *f)
{
    mem_free(f->ns);
    mem_free(f->shown);
    diversity_end(&f->diversity);
    arena_free(&f->arena);
}

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
    diversity_add(&f->diversity, answer);
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
    diversity_figures(&f->diversity, out);
    if (catalog_sellable_count(catalog) > 0)
        out->coverage = (double)shown / catalog_sellable_count(catalog);
    for (size_t i = 0; i < RECOMMEND_STEPS_MAX; i++)
        out->step_us[i] = (double)f->step_ns[i] / n / 1000;
    if (f->predictions > 0) {
        uint64_t middle = f->predictions / 2, slow = f->predictions - 1 - f->predictions / 100;
        qsort(f->ns, f->predictions, sizeof(*f->ns), ns_order);
        out->us_p50 = (double)f->ns[middle] / 1000;
        out->us_p99 = (double)f->ns[slow] / 1000;
    }
}

static void show_click(struct state *state, struct text visitor, const struct test_click *click)
{
    bool began;
    struct profile_event e = {
        .key = shopper_key_of(visitor, (struct text){0}),
        .session_hash = 1,
        .time_ms = click->time_ms,
        .type = click->type,
        .flags = EVENT_VERIFIED | EVENT_PERSONALIZATION,
        .arrival = {.landing = landing_of(state->catalog, click->type, &click->product, 1, false)},
        .products = &click->product,
        .product_count = 1,
    };

    (void)profiles_fold(state->profiles, &e, &began); /* the key finds it again */
}

static enum status walk_session(const struct walk *w, const struct asking *ask, uint32_t session,
                                struct figures *f, struct error *err)
{
    const struct test_set *t = w->test;
    uint64_t start = t->starts[session], end = t->starts[session + 1];
    const struct recommend_from from = {
        .state = w->state,
        .generation = ask->rung >= RUNG_CO_VIEW ? w->generation : NULL,
        .rung_max = ask->rung,
        .traffic_ignored = true,
        .seen_again = !w->as_served,
        .in_order = ask->in_order,
        .sources_out = ask->sources_out,
        .variety_ppm = ask->variety_ppm,
        .support_override = w->support,
        .cohorts_out = w->options->no_cohorts,
        .step_ns = f->step_ns,
        .deadline_step = NOT_CUT,
    };
    struct question q = {.surfaces = {TEXT("home")}, .surface_count = 1, .limit = EVALUATE_AT};
    char visitor[64];

    int length = snprintf(visitor, sizeof(visitor), "evaluate-%u-%u", w->round, session);
    q.anonymous_id = (struct text){visitor, (size_t)length};
    for (uint64_t i = start; i + 1 < end; i++) {
        struct answer answer = {.item_count = 0};

        show_click(w->state, q.anonymous_id, &t->clicks[i]);
        if (i - start + 1 < w->options->min_prefix)
            continue;
        q.now_ms = t->clicks[i].time_ms;
        uint64_t began = time_monotonic_ns();
        if (recommend_from(&from, &q, &answer, &f->arena, err) != OK)
            return error_wrap(err, "session %u of the test", session + 1);
        figures_add(f, &answer, t->clicks[i + 1].product, time_monotonic_ns() - began);
        arena_reset(&f->arena);
    }
    return OK;
}

enum status walk_asking(struct walk *w, const struct asking *ask, struct rung_figures *out,
                        uint64_t *predictions, struct error *err)
{
    SCOPED(figures_free) struct figures f = {.recall = 0};

    w->round++;
    diversity_begin(&f.diversity, w);
    f.shown = mem_new((size_t)catalog_count(w->state->catalog) + 1, sizeof(*f.shown));
    for (uint32_t s = 0; s < w->test->session_count; s += ask->every) {
        if (evaluation_stopped(w->options, err) || walk_session(w, ask, s, &f, err) != OK)
            return err->status;
        if (w->options->progress != NULL && s % 256 == 0)
            w->options->progress(w->options->context, ask->name, s, w->test->session_count);
    }
    *predictions = f.predictions;
    figures_finish(&f, w->state->catalog, out);
    return OK;
}

enum status walk_rungs(struct walk *w, struct rung_figures out[RUNG_COUNT], uint64_t *predictions,
                       struct error *err)
{
    for (int rung = 0; rung < RUNG_COUNT; rung++) {
        struct asking ask = {
            .name = rung_word((enum rung)rung), .rung = (enum rung)rung, .every = 1};
        if (evaluation_wants(w->options, ask.rung) &&
            walk_asking(w, &ask, &out[rung], predictions, err) != OK)
            return err->status;
        for (uint32_t i = 0; w->varied != NULL && i < w->options->variety_count; i++) {
            ask.variety_ppm = w->options->variety_ppm[i];
            if (evaluation_wants(w->options, ask.rung) &&
                walk_asking(w, &ask, &w->varied[i][rung], predictions, err) != OK)
                return err->status;
        }
    }
    return OK;
}

bool evaluation_stopped(const struct evaluate_options *options, struct error *err)
{
    if (options->stop == NULL || *options->stop == 0)
        return false;
    (void)error_set(err, ERR_UNAVAILABLE, "interrupted"); /* the caller returns it */
    return true;
}

bool evaluation_wants(const struct evaluate_options *options, enum rung rung)
{
    return options->rung < 0 || options->rung == (int)rung;
}

bool evaluation_learns(const struct evaluate_options *options)
{
    return options->rung < 0 || options->rung >= RUNG_CO_VIEW;
}

void test_set_free(struct test_set *t)
{
    mem_free(t->clicks);
    mem_free(t->starts);
    *t = (struct test_set){.session_count = 0};
}

enum status evaluation_dir_open(struct evaluation_dir *d, struct error *err)
{
    const char *base = getenv("TMPDIR");
    int length = snprintf(d->path, sizeof(d->path), "%s/endcap-evaluate-XXXXXX",
                          base != NULL && base[0] != '\0' ? base : "/tmp");

    if (length < 0 || (size_t)length >= sizeof(d->path)) {
        d->path[0] = '\0';
        return error_set(err, ERR_INVALID, "TMPDIR is too long");
    }
    if (mkdtemp(d->path) == NULL) {
        d->path[0] = '\0';
        return error_set(err, ERR_IO, "no temporary folder can be made in %s",
                         base != NULL && base[0] != '\0' ? base : "/tmp");
    }
    return OK;
}

void evaluation_dir_close(struct evaluation_dir *d)
{
    enum status removed = d->path[0] != '\0' ? dir_remove(d->path, NULL) : OK;

    (void)removed; /* the figures stand; what stays lies in a folder for temporary things */
    d->path[0] = '\0';
}
