/* SPDX-License-Identifier: Apache-2.0 */
/* The made-up shop's products and sixty days of its shoppers, through the record path. Sessions are
 * begun in order of time; the events of sessions that overlap are merged by a small heap, so that
 * the journal is in order of time as a real one is. */
#include <assert.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/time.h"
#include "demo/choice.h"
#include "demo/demo.h"
#include "demo/goods.h"
#include "ingest/ingest.h"
#include "paths/pipeline.h"
#include "paths/record.h"

enum { OPEN_MAX = 4096, BATCH_PRODUCTS = 1000 };

struct demo_options demo_defaults(int64_t now_ms)
{
    return (struct demo_options){
        .seed = 20261122, .products = 2000, .days = 60, .sessions_a_day = 450, .now_ms = now_ms};
}

/* A session under way. */
struct open_visit {
    struct visit visit;
    int64_t start_ms;
    uint32_t shopper, session, next;
};

struct filling {
    const struct demo_options *options;
    struct shop *shop;
    struct goods *goods;
    struct open_visit *open; /* a heap by time of the next step */
    uint32_t *heap;
    uint32_t heap_count;
    uint32_t *vacant;
    uint32_t vacant_count;
    struct pipeline *pipeline; /* one batch is made while the other is committed */
    struct arena arena;
    struct ingest_context context;
    struct demo_counts *counts;
};

static enum status record_goods(struct filling *f, const volatile sig_atomic_t *stop,
                                struct error *err)
{
    struct product_batch *batch = product_batch_new();
    enum status status = OK;

    for (uint32_t i = 0; i < f->goods->count && status == OK; i++) {
        struct product p = good_product(f->goods, i, &f->arena);
        uint64_t stored = 0, same = 0;

        product_batch_add(batch, &p);
        if (product_batch_count(batch) < BATCH_PRODUCTS && i + 1 < f->goods->count)
            continue;
        status = record_products(f->shop, batch, f->options->now_ms, &stored, &same, err);
        f->counts->products += stored + same;
        product_batch_clear(batch);
        arena_reset(&f->arena);
        if (f->options->progress != NULL)
            f->options->progress(f->options->context, "products", i + 1, f->goods->count);
        if (stop != NULL && *stop)
            status = error_set(err, ERR_UNAVAILABLE, "interrupted");
    }
    product_batch_free(batch);
    return status;
}

static int64_t step_ms(const struct open_visit *v)
{
    return v->start_ms + (int64_t)v->visit.steps[v->next].after_s * MS_SECOND;
}

static bool before(const struct filling *f, uint32_t a, uint32_t b)
{
    int64_t x = step_ms(&f->open[a]), y = step_ms(&f->open[b]);

    return x != y ? x < y : f->open[a].session < f->open[b].session;
}

static void sift_down(struct filling *f, uint32_t at)
{
    for (;;) {
        uint32_t least = at;

        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < f->heap_count; child++)
            if (before(f, f->heap[child], f->heap[least]))
                least = child;
        if (least == at)
            return;
        uint32_t moved = f->heap[at];
        f->heap[at] = f->heap[least];
        f->heap[least] = moved;
        at = least;
    }
}

static void heap_add(struct filling *f, uint32_t open)
{
    uint32_t at = f->heap_count++;

    f->heap[at] = open;
    while (at > 0 && before(f, f->heap[at], f->heap[(at - 1) / 2])) {
        uint32_t up = (at - 1) / 2, moved = f->heap[at];

        f->heap[at] = f->heap[up];
        f->heap[up] = moved;
        at = up;
    }
}

static const enum event_type step_types[] = {
    [STEP_SEARCH] = EVENT_search,    [STEP_VIEW] = EVENT_view_item,
    [STEP_CART] = EVENT_add_to_cart, [STEP_UNCART] = EVENT_remove_from_cart,
    [STEP_BUY] = EVENT_purchase,
};

static void step_item(struct filling *f, struct event *e, uint32_t good)
{
    const struct good *x = &f->goods->all[good];
    char id[GOOD_ID_SIZE];
    size_t size = good_item_id(f->goods, good, id);

    e->items[e->item_count++] = (struct event_item){
        .item_id = arena_text(&f->arena, (struct text){id, size}),
        .quantity = 1,
        .price = x->sale_price != MONEY_NONE ? x->sale_price : x->price,
    };
}

/* The event of the next step of an open visit. */
static void record_step(struct filling *f, struct open_visit *v)
{
    const struct step *s = &v->visit.steps[v->next];
    struct event e = {.type = step_types[s->kind],
                      .time_ms = step_ms(v),
                      .value = MONEY_NONE,
                      .scroll_percent = -1,
                      .currency = TEXT("EUR"),
                      .device = v->shopper % 3 == 0 ? TEXT("desktop") : TEXT("mobile")};

    e.id = text_from(arena_printf(&f->arena, "demo-%u-%u", v->session, v->next));
    e.anonymous_id = text_from(arena_printf(&f->arena, "demo-visitor-%u", v->shopper));
    e.session_id = text_from(arena_printf(&f->arena, "demo-session-%u", v->session));
    e.items = arena_array(&f->arena, CHOICE_CART_MAX, sizeof(*e.items));
    if (s->kind == STEP_SEARCH) {
        e.search_term = text_from(goods_leaves[v->visit.leaf].noun);
    } else if (s->kind == STEP_BUY) {
        e.value = 0;
        e.transaction_id = text_from(arena_printf(&f->arena, "demo-order-%u", v->session));
        for (uint32_t i = 0; i < v->visit.cart_count; i++) {
            step_item(f, &e, v->visit.cart[i]);
            e.value += e.items[i].price;
        }
        f->counts->purchases++;
    } else {
        step_item(f, &e, s->product);
    }
    ingest_event(&e, &(struct ingest_said){0}, &f->context, pipeline_batch(f->pipeline));
    f->counts->events++;
}

static enum status flush(struct filling *f, struct error *err)
{
    arena_reset(&f->arena); /* the batch holds what it needs of it */
    return pipeline_flush(f->pipeline, 0, err);
}

/* Record every open visit's steps up to `until_ms`. */
static enum status advance(struct filling *f, int64_t until_ms, struct error *err)
{
    while (f->heap_count > 0 && step_ms(&f->open[f->heap[0]]) < until_ms) {
        struct open_visit *v = &f->open[f->heap[0]];

        record_step(f, v);
        if (++v->next == v->visit.step_count) {
            f->vacant[f->vacant_count++] = f->heap[0];
            f->heap[0] = f->heap[--f->heap_count];
        }
        sift_down(f, 0);
        if (pipeline_full(f->pipeline) && flush(f, err) != OK)
            return err->status;
    }
    return OK;
}

/* Returning shoppers: of every ten sessions, four are of someone seen before. */
static uint32_t shopper_of(struct random *r, uint32_t session)
{
    uint32_t shoppers = 1 + session * 6 / 10;

    return random_unit(r) < 0.6 ? shoppers : random_below(r, shoppers);
}

static enum status record_visits(struct filling *f, const volatile sig_atomic_t *stop,
                                 struct error *err)
{
    const struct demo_options *o = f->options;
    uint64_t sessions = (uint64_t)o->days * o->sessions_a_day;
    int64_t first_ms = o->now_ms - (int64_t)o->days * MS_DAY;
    struct random r;

    random_seed(&r, o->seed + 1);
    for (uint64_t i = 0; i < sessions; i++) {
        int64_t start_ms = first_ms + (int64_t)((double)i / (double)sessions *
                                                ((double)o->days * MS_DAY - 2.0 * MS_HOUR));
        struct open_visit *v;
        uint32_t slot;

        if (advance(f, start_ms, err) != OK)
            return err->status;
        if (o->events_max != 0 && f->counts->events >= o->events_max)
            break;
        if (f->vacant_count == 0 && advance(f, start_ms + MS_HOUR, err) != OK)
            return err->status;
        assert(f->vacant_count > 0);
        slot = f->vacant[--f->vacant_count];
        v = &f->open[slot];
        v->shopper = shopper_of(&r, (uint32_t)i);
        v->session = (uint32_t)i;
        v->start_ms = start_ms;
        v->next = 0;
        choice_visit(f->goods, o->seed, v->shopper, v->session, &v->visit);
        heap_add(f, slot);
        f->counts->sessions++;
        if (o->progress != NULL && i % 1000 == 0)
            o->progress(o->context, "shoppers", i, sessions);
        if (stop != NULL && *stop)
            return error_set(err, ERR_UNAVAILABLE, "interrupted");
    }
    if (advance(f, INT64_MAX, err) != OK)
        return err->status;
    return pipeline_finish(f->pipeline, 0, err);
}

enum status demo_fill(struct shop *shop, const struct demo_options *options,
                      const volatile sig_atomic_t *stop, struct demo_counts *counts,
                      struct error *err)
{
    struct filling f = {.options = options, .shop = shop, .counts = counts};
    struct import_options import = {.name = "demo", .now_ms = options->now_ms};
    struct import_counts recorded = {0};
    enum status status;

    *counts = (struct demo_counts){0};
    f.goods = goods_new(options->seed, options->products);
    f.open = mem_new(OPEN_MAX, sizeof(*f.open));
    f.heap = mem_new(OPEN_MAX, sizeof(*f.heap));
    f.vacant = mem_new(OPEN_MAX, sizeof(*f.vacant));
    for (uint32_t i = OPEN_MAX; i-- > 0;)
        f.vacant[f.vacant_count++] = i;
    f.context = shop_ingest_context(shop, options->now_ms, true);
    f.pipeline = pipeline_new(shop, &import, &recorded);
    status = record_goods(&f, stop, err);
    if (status == OK)
        status = record_visits(&f, stop, err);
    if (status == OK)
        status = shop_tick(shop, options->now_ms, err);
    pipeline_free(&f.pipeline);
    arena_free(&f.arena);
    goods_free(f.goods);
    mem_free(f.open);
    mem_free(f.heap);
    mem_free(f.vacant);
    return status;
}
