/* SPDX-License-Identifier: Apache-2.0 */
#include "train/collect.h"

#include <assert.h>

#include "base/arena.h"
#include "base/fetch.h"
#include "base/hash.h"
#include "base/memory.h"
#include "journal/ahead.h"
#include "journal/event.h"
#include "profile/profile.h"

enum {
    REPORT_EVERY = 100000,
    SLOTS_FIRST = 1024,
    STEP_EVENTS = 8,  /* between one step of fetching and the next */
    FETCH_ITEMS = 16, /* of one event; longer ones (lists) are rare */
};

/* Shoppers by key, numbered from 0 in order of first appearance. */
struct shoppers {
    struct shopper_key *keys; /* of each number */
    size_t count, room;
    uint32_t *slots;   /* number + 1, 0 empty */
    size_t slot_count; /* a power of two */
};

struct collecting {
    const struct catalog *catalog;
    struct shoppers shoppers;
    struct clicks *out;
};

void clicks_free(struct clicks *c)
{
    mem_free(c->clicks);
    *c = (struct clicks){0};
}

static void shoppers_free(struct shoppers *s)
{
    mem_free(s->keys);
    mem_free(s->slots);
}

void train_report(const struct train_options *options, const char *stage, uint64_t done,
                  uint64_t total)
{
    if (options->progress != NULL)
        options->progress(options->context, stage, done, total);
}

/* The slot of `key`, or the empty one where it belongs. */
static uint32_t *slot_of(const struct shoppers *s, struct shopper_key key)
{
    size_t mask = s->slot_count - 1;

    for (size_t at = (size_t)key.hash[0] & mask;; at = (at + 1) & mask) {
        uint32_t number = s->slots[at];
        if (number == 0 || (s->keys[number - 1].hash[0] == key.hash[0] &&
                            s->keys[number - 1].hash[1] == key.hash[1]))
            return &s->slots[at];
    }
}

static void shopper_fetch(const struct shoppers *s, struct shopper_key key, enum fetch step)
{
    if (s->slot_count == 0)
        return;
    const uint32_t *slot = &s->slots[(size_t)key.hash[0] & (s->slot_count - 1)];
    if (step == FETCH_FIRST)
        __builtin_prefetch(slot);
    else if (step == FETCH_NEXT && *slot != 0)
        __builtin_prefetch(&s->keys[*slot - 1]);
}

static void slots_grow(struct shoppers *s)
{
    if (s->count * 4 < s->slot_count * 3)
        return;
    mem_free(s->slots);
    s->slot_count = s->slot_count == 0 ? SLOTS_FIRST : 2 * s->slot_count;
    s->slots = mem_new(s->slot_count, sizeof(*s->slots));
    for (size_t i = 0; i < s->count; i++)
        *slot_of(s, s->keys[i]) = (uint32_t)i + 1;
}

static shopper_number shopper_of(struct shoppers *s, struct shopper_key key)
{
    slots_grow(s);
    uint32_t *slot = slot_of(s, key);
    if (*slot == 0) {
        assert(s->count < SHOPPER_NONE - 1);
        s->keys = mem_grow(s->keys, &s->room, s->count + 1, sizeof(*s->keys));
        s->keys[s->count++] = key;
        *slot = (uint32_t)s->count;
    }
    return *slot - 1;
}

static uint32_t folded(uint64_t hash)
{
    return (uint32_t)(hash ^ hash >> 32);
}

/* Lines of one transaction are one order, however many events they came in; without a transaction
 * an event is an order. */
static uint32_t order_of(const struct event *e, struct position position)
{
    uint64_t hash =
        e->transaction_id.size > 0 ? hash_text(e->transaction_id, 0) : hash_u64(position.number);

    return folded(hash) | 1;
}

/* Room without touching it: what mem_grow would do, but for ten millions of clicks. */
static struct click *next_click(struct clicks *c)
{
    if (c->count == c->room) {
        c->room = c->room + c->room / 2 + 4096;
        c->clicks = mem_resize(c->clicks, c->room, sizeof(*c->clicks));
    }
    return &c->clicks[c->count++];
}

/* What one event adds, as far as it alone says: made on the thread that reads. */
struct reading {
    bool broken; /* the bytes are no event; nothing else is filled */
    struct shopper_key shopper;
    struct click click; /* without shopper and product */
    uint32_t item_count;
    struct event_item *items;
    uint64_t *item_hashes; /* as the catalog wants them */
};

/* Sessions are cut device by device. Where the shopper is the visitor their number tells devices apart;
 * else the hash does. */
static uint32_t session_of(const struct event *e, struct shopper_key visitor,
                           struct shopper_key shopper)
{
    bool same = visitor.hash[0] == shopper.hash[0] && visitor.hash[1] == shopper.hash[1];
    uint64_t hash = e->session_id.size > 0 ? hash_text(e->session_id, 0) : 0;

    return folded(same ? hash : hash_u64(hash ^ visitor.hash[0]));
}

/* A prepare_record whose context is the train_options: a struct reading, or NULL for what says nothing of sessions. */
static void *read_event(const void *context, const struct record *r, struct arena *a)
{
    struct event e;
    enum action_kind kind;
    struct error why = {0}; /* told by add_records */

    const struct train_options *options = context;
    if (r->kind != RECORD_EVENT)
        return NULL;
    struct reading *reading = arena_alloc(a, sizeof(*reading));
    reading->broken = event_decode(r->body, a, &e, &why) != OK;
    if (reading->broken)
        return reading;
    struct text user_id = (e.flags & EVENT_USER_VERIFIED) != 0 ? e.user_id : (struct text){0};
    struct shopper_key visitor = shopper_key_of(e.anonymous_id, user_id);
    reading->shopper = visitor;
    if (!action_of(e.type, &kind) || kind == ACTION_UNCART || shopper_key_none(visitor) ||
        (kind == ACTION_BUY && (e.flags & EVENT_VERIFIED) == 0) ||
        (options->whose != NULL &&
         !options->whose(options->whose_context, &e, visitor, &reading->shopper)))
        return NULL;
    int64_t time_ms = e.time_ms < 0 ? 0 : e.time_ms;
    reading->click = (struct click){
        .session_hash = session_of(&e, visitor, reading->shopper),
        .time_kind = (uint64_t)time_ms << KIND_BITS | (uint64_t)kind,
        .order = kind == ACTION_BUY ? order_of(&e, r->position) : 0,
    };
    reading->items = e.items;
    reading->item_count = e.item_count;
    reading->item_hashes = arena_array(a, e.item_count, sizeof(*reading->item_hashes));
    for (uint32_t i = 0; i < e.item_count; i++)
        reading->item_hashes[i] = catalog_id_hash(e.items[i].item_id);
    return reading;
}

static void add_reading(struct collecting *c, const struct reading *reading)
{
    struct click click = reading->click;

    click.shopper = shopper_of(&c->shoppers, reading->shopper);
    for (uint32_t i = 0; i < reading->item_count; i++) {
        product_number item =
            catalog_find_hashed(c->catalog, reading->items[i].item_id, reading->item_hashes[i]);
        if (item == PRODUCT_NONE)
            continue;
        click.product = catalog_product_of(c->catalog, item);
        if (!catalog_sensitive(c->catalog, click.product) &&
            catalog_sellable(c->catalog, click.product) != NOT_KNOWN)
            *next_click(c->out) = click;
    }
}

/* Bring what a reading some way ahead will need into the cache. */
static void fetch_reading(const struct collecting *c, const struct reading *reading,
                          enum fetch step)
{
    shopper_fetch(&c->shoppers, reading->shopper, step);
    for (uint32_t i = 0; i < reading->item_count && i < FETCH_ITEMS; i++)
        (void)catalog_fetch(c->catalog, reading->item_hashes[i], step); /* the number is no use */
}

static void fetch_ahead(const struct collecting *c, const struct prepared_record *records,
                        size_t count, size_t at)
{
    static const enum fetch steps[] = {FETCH_LAST, FETCH_NEXT, FETCH_FIRST}; /* nearest first */

    for (size_t i = 0; i < COUNT(steps); i++) {
        size_t ahead = at + (i + 1) * STEP_EVENTS;
        if (ahead < count && records[ahead].prepared != NULL)
            fetch_reading(c, records[ahead].prepared, steps[i]);
    }
}

static enum status add_records(struct collecting *c, const struct prepared_record *records,
                               size_t count, struct error *err)
{
    SCOPED(arena_free) struct arena arena = {0};

    for (size_t i = 0; i < count; i++) {
        const struct reading *reading = records[i].prepared;

        fetch_ahead(c, records, count, i);
        if (reading == NULL)
            continue;
        if (reading->broken) {
            struct event e;
            enum status status = event_decode(records[i].record.body, &arena, &e, err);
            assert(status != OK);
            (void)status; /* in case asserts are off */
            return error_wrap(err, "journal record %llu",
                              (unsigned long long)records[i].record.position.number);
        }
        add_reading(c, reading);
        if (c->out->count > UINT32_MAX - EVENT_ITEMS_MAX)
            return error_set(err, ERR_LIMIT, "the journal has more than %u clicks", UINT32_MAX);
    }
    return OK;
}

static enum status read_events(const struct train_options *options, struct collecting *c,
                               struct position until, struct error *err)
{
    SCOPED(ahead_close) struct ahead *ahead = NULL;
    const struct prepared_record *records = NULL;
    struct ahead_options what = {
        .data_dir = options->data_dir, .until = until, .prepare = read_event, .context = options};
    size_t count = 0;
    uint64_t reported = 0;
    enum status status = ahead_open(&ahead, &what, err);

    while (status == OK) {
        status = ahead_next(ahead, &records, &count, err);
        if (status != OK)
            break;
        status = add_records(c, records, count, err);
        uint64_t done = records[count - 1].record.position.number;
        if (done / REPORT_EVERY != reported)
            train_report(options, "reading the journal", done, until.number);
        reported = done / REPORT_EVERY;
    }
    train_report(options, "reading the journal", until.number, until.number);
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status clicks_collect(const struct train_options *options, const struct catalog *catalog,
                           struct position until, struct clicks *out, struct error *err)
{
    SCOPED(clicks_free) struct clicks clicks = {0};
    struct collecting c = {.catalog = catalog, .out = &clicks};
    struct error ignored; /* an error at the present end is none */
    enum status status = read_events(options, &c, until, err != NULL ? err : &ignored);

    shoppers_free(&c.shoppers);
    if (status != OK)
        return status;
    *out = clicks;
    clicks = (struct clicks){0};
    return OK;
}
