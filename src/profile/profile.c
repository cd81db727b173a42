/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/profile.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "base/money.h"
#include "profile/shopper.h"

enum { SLOTS_FIRST = 1024 };

struct profiles *profiles_new(void)
{
    return profiles_new_bounded(PROFILE_SHOPPERS_MAX);
}

struct profiles *profiles_new_bounded(uint32_t shoppers_max)
{
    struct profiles *p = mem_new(1, sizeof(*p));

    assert(shoppers_max > 0 && shoppers_max <= PROFILE_SHOPPERS_MAX);
    p->max = shoppers_max;
    p->newest = p->oldest = RECORD_NONE;
    for (int i = 0; i < BLOCK_CLASSES; i++)
        p->classes[i].free = RECORD_NONE;
    return p;
}

void profiles_free(struct profiles *p)
{
    if (p == NULL)
        return;
    for (int i = 0; i < BLOCK_CLASSES; i++)
        mem_free(p->classes[i].kept);
    mem_free(p->shoppers);
    mem_free(p->slots);
    mem_free(p);
}

/* --- the table --- */

static uint32_t slot_of(const struct profiles *p, const struct shopper_key *key)
{
    return (uint32_t)key->hash[0] & (p->slot_count - 1);
}

static bool key_equal(const struct shopper_key *a, const struct shopper_key *b)
{
    return a->hash[0] == b->hash[0] && a->hash[1] == b->hash[1];
}

static uint32_t record_find(const struct profiles *p, const struct shopper_key *key)
{
    if (p->slot_count == 0)
        return RECORD_NONE;
    for (uint32_t at = slot_of(p, key);; at = (at + 1) & (p->slot_count - 1)) {
        if (p->slots[at] == 0)
            return RECORD_NONE;
        if (key_equal(&p->shoppers[p->slots[at] - 1].key, key))
            return p->slots[at] - 1;
    }
}

static void slot_put(struct profiles *p, uint32_t record)
{
    uint32_t at = slot_of(p, &p->shoppers[record].key);

    while (p->slots[at] != 0)
        at = (at + 1) & (p->slot_count - 1);
    p->slots[at] = record + 1;
}

/* Linear probing without tombstones: what stands behind the gap moves up (Knuth 6.4, algorithm R).
 */
static void slot_remove(struct profiles *p, uint32_t record)
{
    uint32_t mask = p->slot_count - 1;
    uint32_t gap = slot_of(p, &p->shoppers[record].key);

    while (p->slots[gap] != record + 1)
        gap = (gap + 1) & mask;
    for (uint32_t at = (gap + 1) & mask; p->slots[at] != 0; at = (at + 1) & mask) {
        uint32_t home = slot_of(p, &p->shoppers[p->slots[at] - 1].key);
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            p->slots[gap] = p->slots[at];
            gap = at;
        }
    }
    p->slots[gap] = 0;
}

static void slots_grow(struct profiles *p)
{
    if ((uint64_t)p->count * 4 < (uint64_t)p->slot_count * 3)
        return;
    mem_free(p->slots);
    p->slot_count = p->slot_count == 0 ? SLOTS_FIRST : p->slot_count * 2;
    p->slots = mem_new(p->slot_count, sizeof(*p->slots));
    for (uint32_t i = 0; i < p->count; i++)
        slot_put(p, i);
}

/* --- the list of silence --- */

static void list_remove(struct profiles *p, uint32_t record)
{
    struct shopper *s = &p->shoppers[record];

    if (s->newer != RECORD_NONE)
        p->shoppers[s->newer].older = s->older;
    else
        p->newest = s->older;
    if (s->older != RECORD_NONE)
        p->shoppers[s->older].newer = s->newer;
    else
        p->oldest = s->newer;
}

static void list_put(struct profiles *p, uint32_t record)
{
    struct shopper *s = &p->shoppers[record];

    s->newer = RECORD_NONE;
    s->older = p->newest;
    if (p->newest != RECORD_NONE)
        p->shoppers[p->newest].newer = record;
    else
        p->oldest = record;
    p->newest = record;
}

/* A blank record, listed nowhere. */
static uint32_t record_take(struct profiles *p)
{
    if (p->count == p->max) {
        uint32_t record = p->oldest;
        list_remove(p, record);
        slot_remove(p, record);
        shopper_erase(p, &p->shoppers[record]);
        return record;
    }
    if (p->count == p->room) {
        p->room = profile_room(p->room);
        p->shoppers = mem_resize(p->shoppers, p->room, sizeof(*p->shoppers));
    }
    slots_grow(p);
    return p->count++;
}

static uint32_t record_of(struct profiles *p, const struct shopper_key *key)
{
    uint32_t record = record_find(p, key);

    if (record != RECORD_NONE) {
        if (record != p->newest) {
            list_remove(p, record);
            list_put(p, record);
        }
        return record;
    }
    record = record_take(p);
    p->shoppers[record] = (struct shopper){.key = *key, .number = p->next_number++};
    if (p->next_number == SHOPPER_NONE)
        p->next_number = 0; /* after four billion shoppers */
    slot_put(p, record);
    list_put(p, record);
    return record;
}

/* The last record takes the place of one that goes. */
static void record_move(struct profiles *p, uint32_t from, uint32_t to)
{
    struct shopper *s = &p->shoppers[from];
    uint32_t at = slot_of(p, &s->key);

    while (p->slots[at] != from + 1)
        at = (at + 1) & (p->slot_count - 1);
    p->slots[at] = to + 1;
    if (s->newer != RECORD_NONE)
        p->shoppers[s->newer].older = to;
    else
        p->newest = to;
    if (s->older != RECORD_NONE)
        p->shoppers[s->older].newer = to;
    else
        p->oldest = to;
    p->shoppers[to] = *s;
}

bool profiles_remove(struct profiles *p, struct shopper_key key)
{
    uint32_t record = shopper_key_none(key) ? RECORD_NONE : record_find(p, &key);

    if (record == RECORD_NONE)
        return false;
    list_remove(p, record);
    slot_remove(p, record);
    shopper_erase(p, &p->shoppers[record]);
    if (record != p->count - 1)
        record_move(p, p->count - 1, record);
    p->count--;
    memset(&p->shoppers[p->count], 0, sizeof(*p->shoppers));
    return true;
}

/* The list is in the order of hearing of them, which late events put out of the order of time: so all
 * are looked at. */
void profiles_forget_silent(struct profiles *p, int64_t before_ms)
{
    for (uint32_t i = p->count; i > 0; i--)
        if ((int64_t)p->shoppers[i - 1].last_s * 1000 < before_ms)
            (void)profiles_remove(p, p->shoppers[i - 1].key); /* the last one takes its place */
}

/* --- folding --- */

static uint32_t seconds_of(int64_t time_ms)
{
    int64_t seconds = time_ms / 1000;

    return seconds < 0 ? 0 : seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

static void device_set(struct shopper *s, enum device_kind device)
{
    unsigned others = s->marks & ~(((1U << DEVICE_BITS) - 1) << DEVICE_SHIFT);

    s->marks = (uint8_t)(others | (unsigned)device << DEVICE_SHIFT);
}

enum device_kind device_kept(const struct shopper *s)
{
    return (enum device_kind)(s->marks >> DEVICE_SHIFT & ((1U << DEVICE_BITS) - 1));
}

/* What the event says of consent. True when it may be kept. */
static bool consent_fold(struct profiles *p, struct shopper *s, uint32_t flags)
{
    bool allowed = (flags & EVENT_PERSONALIZATION) != 0;
    bool stated = (flags & EVENT_CONSENT_STATED) != 0;

    if (stated || (s->marks & MARK_STATED) == 0)
        s->marks = (uint8_t)((s->marks & ~(MARK_STATED | MARK_REFUSED)) |
                             (stated ? MARK_STATED : 0) | (allowed ? 0 : MARK_REFUSED));
    if (stated && !allowed)
        shopper_erase(p, s);
    return allowed && (s->marks & MARK_REFUSED) == 0;
}

void profiles_refuse(struct profiles *p, struct shopper_key key)
{
    uint32_t record = shopper_key_none(key) ? RECORD_NONE : record_find(p, &key);

    if (record != RECORD_NONE)
        (void)consent_fold(p, &p->shoppers[record], EVENT_CONSENT_STATED); /* refused, as stated */
}

/* An event newer than this one, by the second, came before. */
static bool is_late(const struct shopper *s, const struct profile_event *e)
{
    return (s->marks & MARK_HEARD) != 0 && seconds_of(e->time_ms) < s->last_s;
}

/* Moves the bounds of the current session. True when the event belongs to it; `*began` when it is
 * the first of a new one. A late event of an older session belongs to none and begins none. */
static bool session_fold(struct shopper *s, const struct profile_event *e, bool *began)
{
    uint32_t time_s = seconds_of(e->time_ms);
    uint32_t hash = (uint32_t)(e->session_hash ^ e->session_hash >> 32);
    uint32_t gap_s = SESSION_GAP_MS / 1000;
    bool same = hash == s->session_hash || hash == 0 || s->session_hash == 0;

    *began = false;
    if ((s->marks & MARK_HEARD) == 0 ||
        (time_s >= s->last_s && (!same || time_s - s->last_s >= gap_s))) {
        s->marks |= MARK_HEARD;
        s->last_s = s->session_start_s = time_s;
        s->session_hash = hash;
        s->session_count = 0;
        s->landing = 0;
        *began = true;
        return true;
    }
    if (time_s < s->session_start_s && (!same || s->session_start_s - time_s >= gap_s))
        return false;
    if (time_s < s->session_start_s)
        s->session_start_s = time_s;
    if (time_s > s->last_s)
        s->last_s = time_s;
    if (s->session_hash == 0)
        s->session_hash = hash;
    return true;
}

/* Sessions are counted at their first event that may be kept. `last_s`: when the former one ended. */
static void fold_session(struct shopper *s, bool began, uint32_t last_s)
{
    if (!began)
        return;
    if ((s->marks & MARK_COUNTED) != 0)
        s->before_s = last_s;
    s->marks &= (uint8_t)~MARK_COUNTED;
}

static void count_session(struct shopper *s)
{
    if ((s->marks & MARK_COUNTED) == 0 && s->sessions < UINT8_MAX)
        s->sessions++;
    s->marks |= MARK_COUNTED;
}

static void fold_arrival(struct shopper *s, const struct arrival *v)
{
    if (v->device != DEVICE_UNKNOWN)
        device_set(s, (enum device_kind)v->device);
    if (v->country != 0)
        s->country = v->country;
    if (v->source != 0 || v->medium != 0) {
        s->source = v->source;
        s->medium = v->medium;
    }
}

/* The first category that the session came to; where what it did there came late, the first heard of. */
static void fold_landing(struct shopper *s, const struct arrival *v)
{
    if (s->landing == 0)
        s->landing = v->landing;
}

static void fold_order(struct shopper *s, const struct profile_event *e)
{
    const struct profile_order *order = &e->order;
    uint32_t time_s = seconds_of(e->time_ms);
    bool same = order->hash != 0 && order->hash == s->order_hash;
    int64_t spent = order->value == MONEY_NONE ? order->items : same ? 0 : order->value;

    if (!order->counts)
        return;
    if (!same && s->orders < UINT8_MAX)
        s->orders++;
    s->order_hash = order->hash;
    if (time_s > s->order_s)
        s->order_s = time_s;
    if (spent > 0 && __builtin_add_overflow(s->spend_micros, spent, &s->spend_micros))
        s->spend_micros = INT64_MAX;
}

static void fold_actions(struct profiles *p, struct shopper *s, const struct profile_event *e,
                         enum action_kind kind, bool in_session)
{
    unsigned milli = e->time_ms > 0 ? (unsigned)(e->time_ms % 1000) : 0;
    struct kept fresh = {.time_s = seconds_of(e->time_ms),
                         .detail = (uint16_t)(milli | (unsigned)kind << KIND_SHIFT)};

    for (uint32_t i = 0; i < e->product_count; i++) {
        if (e->products[i] == PRODUCT_NONE)
            continue;
        fresh.product = e->products[i];
        shown_forget(p, s, fresh.product, fresh.time_s);
        actions_insert(p, s, fresh, in_session);
    }
}

/* Whether an action that is kept came at that time or after. */
static bool acted_since(const struct profiles *p, const struct shopper *s, product_number product,
                        uint32_t time_s)
{
    const struct kept *actions = s->count > 0 ? shopper_actions(p, s) : NULL;

    for (uint32_t i = s->count; i > 0 && actions[i - 1].time_s >= time_s; i--)
        if (actions[i - 1].product == product)
            return true;
    return false;
}

static bool among(const product_number *products, uint32_t count, product_number product)
{
    for (uint32_t i = 0; i < count; i++)
        if (products[i] == product)
            return true;
    return false;
}

/* The first products of the list, each once, the first as the newest. */
static void fold_shown(struct profiles *p, struct shopper *s, const struct profile_event *e,
                       bool late)
{
    uint32_t time_s = seconds_of(e->time_ms), count = 0;
    product_number listed[PROFILE_SHOWN_MAX];

    for (uint32_t i = 0; i < e->product_count && count < PROFILE_SHOWN_MAX; i++)
        if (e->products[i] != PRODUCT_NONE && !among(listed, count, e->products[i]))
            listed[count++] = e->products[i];
    while (count-- > 0)
        if (!late || !acted_since(p, s, listed[count], time_s))
            shown_add(p, s, listed[count], time_s);
}

shopper_number profiles_fold(struct profiles *p, const struct profile_event *e, bool *new_session)
{
    enum action_kind kind;
    uint32_t record = record_of(p, &e->key);
    struct shopper *s = &p->shoppers[record];

    assert(!shopper_key_none(e->key));
    bool allowed = consent_fold(p, s, e->flags);
    bool late = is_late(s, e);
    uint32_t last_s = s->last_s;
    bool in_session = session_fold(s, e, new_session);
    fold_session(s, *new_session, last_s);
    if (!allowed || e->withheld)
        return s->number;
    if (in_session) {
        count_session(s);
        fold_landing(s, &e->arrival);
    }
    if (!late)
        fold_arrival(s, &e->arrival);
    if (e->type == EVENT_purchase)
        fold_order(s, e);
    if (action_of(e->type, &kind))
        fold_actions(p, s, e, kind, in_session);
    else if (e->type == EVENT_view_item_list)
        fold_shown(p, s, e, late);
    return s->number;
}

void profiles_forget(struct profiles *p, struct shopper_key key)
{
    uint32_t record = record_find(p, &key);

    if (record == RECORD_NONE)
        return;
    shopper_erase(p, &p->shoppers[record]);
    device_set(&p->shoppers[record], DEVICE_UNKNOWN);
}

void profiles_fetch(const struct profiles *p, struct shopper_key key, enum fetch step)
{
    uint32_t record;

    if (p->slot_count == 0)
        return;
    switch (step) {
    case FETCH_FIRST: __builtin_prefetch(&p->slots[slot_of(p, &key)]); break;
    case FETCH_NEXT: /* most stand in the slot where they belong */
        record = p->slots[slot_of(p, &key)];
        if (record != 0)
            __builtin_prefetch(&p->shoppers[record - 1], 1);
        break;
    case FETCH_LAST:
        record = record_find(p, &key);
        if (record == RECORD_NONE)
            break;
        const struct shopper *s = &p->shoppers[record];
        if (s->count > 0)
            __builtin_prefetch(shopper_actions(p, s) + s->count - 1, 1); /* the newest */
        if (s->shown_count > 0)
            __builtin_prefetch(shopper_shown(p, s), 1);
        if (s->newer != RECORD_NONE) /* its neighbours in the list of silence, which it leaves */
            __builtin_prefetch(&p->shoppers[s->newer].older);
        if (s->older != RECORD_NONE)
            __builtin_prefetch(&p->shoppers[s->older].newer);
        break;
    }
}

static void read_actions(const struct profiles *p, const struct shopper *s, bool open,
                         struct profile *out)
{
    if (s->count == 0)
        return;
    const struct kept *actions = shopper_actions(p, s), *newest = &actions[s->count - 1];
    out->count = s->count;
    out->session_count = open ? s->session_count : 0;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct kept *a = &actions[s->count - 1 - i];
        out->actions[i] = (struct action){a->product, a->time_s, (uint8_t)(a->detail >> KIND_SHIFT),
                                          i < out->session_count};
    }
    out->last_ms = (int64_t)newest->time_s * 1000 + (newest->detail & MILLI_MASK);
}

static void read_shown(const struct profiles *p, const struct shopper *s, struct profile *out)
{
    const struct kept *shown = s->shown_count > 0 ? shopper_shown(p, s) : NULL;

    out->shown_count = s->shown_count;
    for (uint32_t i = 0; i < s->shown_count; i++) {
        const struct kept *k = &shown[s->shown_count - 1 - i];
        out->shown[i] = (struct shown_product){k->product, k->detail, k->time_s};
    }
}

static void read_arrival(const struct shopper *s, bool open, struct profile *out)
{
    out->landing = open ? s->landing : 0;
    out->device = device_kept(s);
    out->country = s->country;
    out->source = s->source;
    out->medium = s->medium;
}

/* A session that is over came before the one that begins now. */
static void read_history(const struct shopper *s, bool open, struct profile *out)
{
    bool counted = (s->marks & MARK_COUNTED) != 0;
    uint32_t last_s = counted && !open ? s->last_s : s->before_s;

    out->returning = s->sessions > (counted && open ? 1 : 0);
    out->last_visit_ms = (int64_t)last_s * 1000;
    out->orders = s->orders;
    out->spend_micros = s->spend_micros;
    out->last_order_ms = (int64_t)s->order_s * 1000;
}

void profiles_read(const struct profiles *p, struct shopper_key key, int64_t now_ms,
                   bool default_personal, struct profile *out)
{
    uint32_t record = shopper_key_none(key) ? RECORD_NONE : record_find(p, &key);

    *out = (struct profile){.number = SHOPPER_NONE, .personal = default_personal};
    if (record == RECORD_NONE)
        return;
    const struct shopper *s = &p->shoppers[record];
    out->number = s->number;
    out->personal = (s->marks & MARK_REFUSED) == 0;
    out->stated = (s->marks & MARK_STATED) != 0;
    bool open = now_ms - (int64_t)s->last_s * 1000 < SESSION_GAP_MS;
    read_arrival(s, open, out);
    out->session_start_ms = open ? (int64_t)s->session_start_s * 1000 : 0;
    read_history(s, open, out);
    read_actions(p, s, open, out);
    read_shown(p, s, out);
}

void profiles_arrival(const struct profiles *p, struct shopper_key key, struct arrival *arrival)
{
    uint32_t record = shopper_key_none(key) ? RECORD_NONE : record_find(p, &key);

    if (record == RECORD_NONE)
        return;
    const struct shopper *s = &p->shoppers[record];
    if (arrival->device == DEVICE_UNKNOWN)
        arrival->device = (uint8_t)device_kept(s);
    if (arrival->source == 0 && arrival->medium == 0) {
        arrival->source = s->source;
        arrival->medium = s->medium;
    }
    arrival->landing = s->landing;
}

uint32_t profiles_repeats(const struct profiles *p, struct shopper_key key, product_number product,
                          int64_t time_ms)
{
    uint32_t record = shopper_key_none(key) ? RECORD_NONE : record_find(p, &key);
    uint32_t time_s = seconds_of(time_ms), repeats = 0;
    unsigned milli = time_ms > 0 ? (unsigned)(time_ms % 1000) : 0;

    if (record == RECORD_NONE || p->shoppers[record].count == 0)
        return 0;
    const struct shopper *s = &p->shoppers[record];
    const struct kept *actions = shopper_actions(p, s);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct kept *a = &actions[i];
        uint32_t apart = a->time_s > time_s ? a->time_s - time_s : time_s - a->time_s;

        repeats += a->product == product && a->detail >> KIND_SHIFT == ACTION_BUY &&
                   apart <= PROFILE_REPEAT_S && (apart > 0 || (a->detail & MILLI_MASK) != milli);
    }
    return repeats;
}

uint32_t profiles_count(const struct profiles *p)
{
    return p->count;
}

uint64_t profiles_bytes(const struct profiles *p)
{
    uint64_t bytes = sizeof(*p) + (uint64_t)p->room * sizeof(*p->shoppers) +
                     (uint64_t)p->slot_count * sizeof(*p->slots);

    for (int i = 0; i < BLOCK_CLASSES; i++)
        bytes += (uint64_t)p->classes[i].room * block_sizes[i] * sizeof(struct kept);
    return bytes;
}
