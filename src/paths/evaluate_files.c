/* SPDX-License-Identifier: Apache-2.0 */
/* evaluate on two files: a temporary shop that takes the first through import and train, as any
 * shop would, and is thrown away. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/intern.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/time.h"
#include "paths/evaluate.h"
#include "paths/evaluation.h"
#include "paths/import.h"
#include "paths/learn_ranker.h"
#include "paths/record.h"
#include "train/train.h"

/* One row of session_id,item_id,time. */
struct row {
    uint32_t session, item;
    int64_t time_ms;
    uint64_t line; /* order of the file, between equal times */
};

struct table {
    struct row *rows;
    size_t count, room;
    struct intern sessions, items;
};

static void table_free(struct table *t)
{
    mem_free(t->rows);
    intern_free(&t->sessions);
    intern_free(&t->items);
}

static enum status table_read(const char *path, struct table *out, struct error *err)
{
    SCOPED(file_close) FILE *in = fopen(path, "rb");
    SCOPED(csv_close) struct csv *csv = NULL;
    struct csv_options options = {.map_count = 0};
    size_t session, item, time;
    enum status status;

    if (in == NULL)
        return error_set(err, ERR_NOT_FOUND, "%s cannot be opened", path);
    if (csv_open(&csv, in, &options, err) != OK)
        return error_wrap(err, "%s", path);
    session = csv_field(csv, "session_id");
    item = csv_field(csv, "item_id");
    time = csv_field(csv, "time");
    if (session == SIZE_MAX || item == SIZE_MAX || time == SIZE_MAX)
        return error_set(err, ERR_INVALID, "%s must have the columns session_id, item_id, time",
                         path);
    while ((status = csv_next(csv, err)) == OK) {
        struct row r = {.line = out->count};

        if (!time_parse(csv_value(csv, time), &r.time_ms))
            return error_set(err, ERR_INVALID, "%s, line %llu: time '%.*s' is not a time", path,
                             (unsigned long long)csv_line(csv),
                             (int)text_utf8_prefix(csv_value(csv, time), 40).size,
                             csv_value(csv, time).data);
        r.session = intern_add(&out->sessions, csv_value(csv, session));
        r.item = intern_add(&out->items, csv_value(csv, item));
        out->rows = mem_grow(out->rows, &out->room, out->count + 1, sizeof(*out->rows));
        out->rows[out->count++] = r;
    }
    if (status != ERR_NOT_FOUND)
        return error_wrap(err, "%s", path);
    return out->rows != NULL ? OK : error_set(err, ERR_INVALID, "%s has no rows", path);
}

static int row_order(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->session != y->session)
        return x->session < y->session ? -1 : 1;
    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* The rows as sessions of products the shop knows. */
static void table_sessions(struct table *t, const struct catalog *catalog, struct test_set *out)
{
    assert(t->rows != NULL); /* table_read saw to it */
    qsort(t->rows, t->count, sizeof(*t->rows), row_order);
    out->clicks = mem_new(t->count + 1, sizeof(*out->clicks));
    out->starts = mem_new((size_t)t->sessions.count + 1, sizeof(*out->starts));
    for (size_t i = 0; i < t->count; i++) {
        const struct row *r = &t->rows[i];

        if (i == 0 || r->session != t->rows[i - 1].session)
            out->starts[out->session_count++] = i;
        out->clicks[i] = (struct test_click){
            .product = catalog_find(catalog, intern_text(&t->items, r->item)),
            .type = EVENT_view_item,
            .time_ms = r->time_ms,
        };
    }
    out->starts[out->session_count] = t->count;
}

/* Every product of the training file, sellable at one euro. */
static enum status fill_catalog(struct shop *shop, const char *path, int64_t now_ms,
                                struct error *err)
{
    SCOPED(table_free) struct table t = {.rows = NULL};
    struct product_batch *batch;
    enum status status = table_read(path, &t, err);

    if (status != OK)
        return status;
    batch = product_batch_new();
    for (uint32_t i = 0; i < t.items.count && status == OK; i++) {
        struct product p = product_blank();
        uint64_t stored, same;

        p.item_id = p.title = intern_text(&t.items, i);
        p.currency = shop->state->program->currency;
        p.price = MONEY_UNIT;
        product_batch_add(batch, &p);
        if (product_batch_count(batch) < 1000 && i + 1 < t.items.count)
            continue;
        status = record_products(shop, batch, now_ms, &stored, &same, err);
        product_batch_clear(batch);
    }
    product_batch_free(batch);
    return status;
}

static void show_import(void *context, const struct import_counts *counts)
{
    const struct evaluate_options *const *options = context;

    if ((*options)->progress != NULL)
        (*options)->progress((*options)->context, "import", counts->received, 0);
}

/* The files name no shoppers: each session is a shopper of its own. */
static enum status fill_events(struct shop *shop, const struct evaluate_options *options,
                               int64_t now_ms, struct error *err)
{
    SCOPED(file_close) FILE *in = fopen(options->train_path, "rb");
    struct import_counts counts;
    struct import_options import = {.in = in,
                                    .name = options->train_path,
                                    .from = TEXT("csv"),
                                    .now_ms = now_ms,
                                    .stop = options->stop,
                                    .progress = show_import,
                                    .context = &options};
    enum status status;

    if (in == NULL)
        return error_set(err, ERR_NOT_FOUND, "%s cannot be opened", options->train_path);
    status = csv_map_parse(TEXT("anonymous_id=session_id,session_id=session_id,item_id=item_id,"
                                "time=time,type==view_item"),
                           &import.csv, err);
    if (status == OK)
        status = import_events(shop, &import, &counts, err);
    if (status == OK && counts.refused > 0)
        return error_set(err, ERR_INVALID, "%s: %llu of %llu rows were refused",
                         options->train_path, (unsigned long long)counts.refused,
                         (unsigned long long)counts.received);
    return status;
}

/* Trees, when the rung learned is wanted; too little to learn from leaves the model NULL. */
static enum status rank_shop(struct shop *shop, const struct evaluate_options *options,
                             const struct session_set *set, const struct train_options *train,
                             struct ranker_outcome *out, struct error *err)
{
    SCOPED(state_drop) struct state *state = state_new_catalog();
    struct position end = {UINT64_MAX};
    const struct ranker_plan plan = {.data_dir = shop->data_dir,
                                     .state = state,
                                     .set = set,
                                     .until_ms = INT64_MAX,
                                     .train = train,
                                     .rung_max = RUNG_LEARNED,
                                     .protocol = true,
                                     .all_losses = options->ablate};

    if (state_load(state, shop->data_dir, end, NULL, NULL, err) != OK)
        return err->status;
    return learn_ranker(&plan, out, err);
}

static enum status train_shop(struct shop *shop, const struct evaluate_options *options,
                              int64_t now_ms, struct ranker_outcome *ranker,
                              const struct generation **out, struct error *err)
{
    SCOPED(session_set_free) struct session_set set = {.session_count = 0};
    struct train_options train = {.data_dir = shop->data_dir,
                                  .support_viewed = options->min_support,
                                  .support_bought = options->min_support,
                                  .keep = 2,
                                  .now_ms = now_ms,
                                  .learned = evaluation_wants(options, RUNG_LEARNED),
                                  .progress = options->progress,
                                  .context = options->context};
    struct generation_summary summary;
    struct position until = shop->state->position;

    if (!evaluation_learns(options))
        return OK;
    if (train_sessions(&train, shop->state->catalog, until, &set, err) != OK ||
        (train.learned && rank_shop(shop, options, &set, &train, ranker, err) != OK))
        return err->status;
    train.ranker = ranker->model;
    if (train_from_sessions(&train, shop->state->catalog, &set, until, &summary, err) != OK)
        return err->status;
    return generation_open(out, shop->data_dir, summary.number, err);
}

static enum status evaluate_in(struct shop *shop, const struct evaluate_options *options,
                               struct evaluation *out, struct error *err)
{
    SCOPED(generation_close) const struct generation *generation = NULL;
    SCOPED(ranker_outcome_free) struct ranker_outcome ranker = {.model = NULL};
    SCOPED(table_free) struct table table = {.rows = NULL};
    SCOPED(test_set_free) struct test_set test = {.clicks = NULL};
    int64_t now_ms = time_now_ms();

    if (table_read(options->test_path, &table, err) != OK ||
        fill_catalog(shop, options->train_path, now_ms, err) != OK ||
        fill_events(shop, options, now_ms, err) != OK || evaluation_stopped(options, err) ||
        train_shop(shop, options, now_ms, &ranker, &generation, err) != OK)
        return err->status;
    table_sessions(&table, shop->state->catalog, &test);
    out->train_products = catalog_known(shop->state->catalog);
    out->train_clicks = shop->state->events;
    out->train_sessions = generation == NULL ? 0 : generation->session_count;
    out->test_sessions = test.session_count;
    struct walk walk = {.options = options,
                        .test = &test,
                        .state = shop->state,
                        .generation = generation,
                        .varied = out->varied,
                        .support = options->min_support};
    if (walk_rungs(&walk, out->rungs, &out->predictions, err) != OK)
        return err->status;
    if (!options->ablate)
        return OK;
    if (ranker.model == NULL)
        return error_set(err, ERR_NOT_FOUND,
                         "no trees were learned, so nothing can be left out: %s",
                         ranker.why.message);
    return walk_ablated(&walk, ranker.by_loss, &out->ablation, err);
}

enum status evaluate_files(const struct evaluate_options *options, struct evaluation *out,
                           struct error *err)
{
    SCOPED(evaluation_dir_close) struct evaluation_dir dir = {.path = ""};
    SCOPED(shop_close) struct shop *shop = NULL;
    struct settings settings;
    bool made;

    *out = (struct evaluation){.predictions = 0};
    settings_defaults(&settings);
    if (evaluation_dir_open(&dir, err) != OK || shop_init(dir.path, &made, err) != OK ||
        shop_open(&shop, dir.path, SHOP_WRITE, &settings, NULL, err) != OK)
        return err->status;
    return evaluate_in(shop, options, out, err);
}
