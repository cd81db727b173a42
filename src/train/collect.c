/* SPDX-License-Identifier: Apache-2.0 */
#include "train/collect.h"

#include <assert.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/memory.h"
#include "journal/event.h"
#include "journal/journal.h"
#include "profile/profile.h"

enum { REPORT_EVERY = 100000, SLOTS_FIRST = 1024 };

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

/* What the event says goes into sessions, and what of it may. */
static void add_event(struct collecting *c, const struct event *e, struct position position)
{
    struct text user_id = (e->flags & EVENT_USER_VERIFIED) != 0 ? e->user_id : (struct text){0};
    struct shopper_key key = shopper_key_of(e->anonymous_id, user_id);
    enum action_kind kind;

    if (!action_of(e->type, &kind) || kind == ACTION_UNCART || shopper_key_none(key) ||
        (kind == ACTION_BUY && (e->flags & EVENT_VERIFIED) == 0))
        return;
    int64_t time_ms = e->time_ms < 0 ? 0 : e->time_ms;
    struct click click = {
        .shopper = shopper_of(&c->shoppers, key),
        .session_hash = e->session_id.size > 0 ? folded(hash_text(e->session_id, 0)) : 0,
        .time_kind = (uint64_t)time_ms << KIND_BITS | (uint64_t)kind,
        .order = kind == ACTION_BUY ? order_of(e, position) : 0,
    };
    for (uint32_t i = 0; i < e->item_count; i++) {
        product_number item = catalog_find(c->catalog, e->items[i].item_id);
        if (item == PRODUCT_NONE)
            continue;
        click.product = catalog_product_of(c->catalog, item);
        if (!catalog_sensitive(c->catalog, click.product))
            *next_click(c->out) = click;
    }
}

static enum status read_events(const struct train_options *options, struct collecting *c,
                               struct cursor *cursor, struct position until, struct error *err)
{
    SCOPED(arena_free) struct arena arena = {0};
    struct position end;
    struct record r;
    struct event e;
    enum status status = cursor_end(cursor, &end, err);

    if (status == OK && position_compare(until, end) < 0)
        end = until;
    for (uint64_t i = 0; status == OK; i++) {
        status = cursor_next(cursor, &r, err);
        if (status != OK || position_compare(r.position, until) > 0)
            break;
        if (i % REPORT_EVERY == 0)
            train_report(options, "reading the journal", r.position.number, end.number);
        if (r.kind != RECORD_EVENT)
            continue;
        status = event_decode(r.body, &arena, &e, err);
        if (status != OK)
            return error_wrap(err, "journal record %llu", (unsigned long long)r.position.number);
        add_event(c, &e, r.position);
        if (c->out->count > UINT32_MAX - EVENT_ITEMS_MAX)
            return error_set(err, ERR_LIMIT, "the journal has more than %u clicks", UINT32_MAX);
        arena_reset(&arena);
    }
    train_report(options, "reading the journal", end.number, end.number);
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status clicks_collect(const struct train_options *options, const struct catalog *catalog,
                           struct position until, struct clicks *out, struct error *err)
{
    SCOPED(clicks_free) struct clicks clicks = {0};
    SCOPED(cursor_close) struct cursor *cursor = NULL;
    struct collecting c = {.catalog = catalog, .out = &clicks};
    struct error ignored; /* an error at the present end is none */
    enum status status = cursor_open(&cursor, options->data_dir, NULL, (struct position){0}, err);

    if (status != OK)
        return status;
    status = read_events(options, &c, cursor, until, err != NULL ? err : &ignored);
    shoppers_free(&c.shoppers);
    if (status != OK)
        return status;
    *out = clicks;
    clicks = (struct clicks){0};
    return OK;
}
