/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of each shopper: actions at the front of a block, products shown at its end, both oldest
 * first, and between them what is not used. */
#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "profile/shopper.h"

const uint8_t block_sizes[BLOCK_CLASSES] = {2, 4, 8, 12, 16, 20, 24, 32, KEPT_MAX};

uint32_t profile_room(uint32_t room)
{
    return room + room / 8 + 64;
}

/* --- blocks --- */

int block_class_of(uint32_t count)
{
    int i = 0;

    assert(count > 0 && count <= KEPT_MAX);
    while (block_sizes[i] < count)
        i++;
    return i;
}

static struct kept *block_at(const struct profiles *p, int class, uint32_t block)
{
    return p->classes[class].kept + (size_t)block * block_sizes[class];
}

static uint32_t block_take(struct profiles *p, int class)
{
    struct block_class *c = &p->classes[class];
    uint32_t block = c->free;

    if (block != RECORD_NONE) {
        struct kept *first = block_at(p, class, block);
        c->free = first->product;
        assert(c->free == RECORD_NONE || c->free < c->count);
        first->product = 0;
        return block;
    }
    if (c->count == c->room) {
        c->room = profile_room(c->room);
        c->kept = mem_resize(c->kept, (size_t)c->room * block_sizes[class], sizeof(*c->kept));
    }
    block = c->count++;
    /* saved as it is: no stray bytes */
    memset(block_at(p, class, block), 0, block_sizes[class] * sizeof(struct kept));
    return block;
}

/* What it held is gone for good. */
static void block_give(struct profiles *p, int class, uint32_t block)
{
    struct kept *first = block_at(p, class, block);

    memset(first, 0, block_sizes[class] * sizeof(*first));
    first->product = p->classes[class].free;
    p->classes[class].free = block;
}

static uint32_t kept_count(const struct shopper *s)
{
    return (uint32_t)s->count + s->shown_count;
}

struct kept *shopper_actions(const struct profiles *p, const struct shopper *s)
{
    return block_at(p, block_class_of(kept_count(s)), s->block);
}

struct kept *shopper_shown(const struct profiles *p, const struct shopper *s)
{
    int class = block_class_of(kept_count(s));

    return block_at(p, class, s->block) + block_sizes[class] - s->shown_count;
}

void shopper_erase(struct profiles *p, struct shopper *s)
{
    if (kept_count(s) > 0)
        block_give(p, block_class_of(kept_count(s)), s->block);
    s->count = s->session_count = s->shown_count = 0;
    s->block = 0;
    s->marks &= (uint8_t) ~(MARK_COUNTED | ((1U << DEVICE_BITS) - 1) << DEVICE_SHIFT);
    s->spend_micros = 0;
    s->order_s = s->order_hash = s->before_s = s->source = s->medium = s->landing = 0;
    s->country = 0;
    s->sessions = s->orders = 0;
}

/* Move what is kept out of a block for `had` things into one for `needed`, when that is another. Either
 * may be 0: no block. What is kept fits into both. */
static void block_move(struct profiles *p, struct shopper *s, uint32_t had, uint32_t needed)
{
    int from = had > 0 ? block_class_of(had) : -1, to = needed > 0 ? block_class_of(needed) : -1;
    uint32_t block = 0;

    if (from == to)
        return;
    if (to >= 0)
        block = block_take(p, to);
    if (from >= 0 && to >= 0) {
        const struct kept *old = block_at(p, from, s->block);
        struct kept *fresh = block_at(p, to, block);
        memcpy(fresh, old, s->count * sizeof(*fresh));
        memcpy(fresh + block_sizes[to] - s->shown_count, old + block_sizes[from] - s->shown_count,
               s->shown_count * sizeof(*fresh));
    }
    if (from >= 0)
        block_give(p, from, s->block);
    s->block = block;
}

/* --- actions --- */

static uint64_t action_order(const struct kept *a)
{
    return (uint64_t)a->time_s << KIND_SHIFT | (a->detail & MILLI_MASK);
}

static bool is_purchase(const struct kept *a)
{
    return a->detail >> KIND_SHIFT == ACTION_BUY;
}

/* Is it one of the newest purchases, `newer` of which came after it? */
static bool stays(const struct kept *a, int newer)
{
    return is_purchase(a) && newer < PROFILE_PURCHASES_KEPT;
}

/* The place of the one that makes room for `fresh` in a full list: the oldest but for the newest purchases;
 * -1: that is `fresh` itself. So the same are kept in whatever order they come. */
static int action_to_go(const struct kept *actions, const struct kept *fresh)
{
    int newer = 0, newer_than_fresh = 0, gone = -1;
    uint64_t order = action_order(fresh);

    for (int i = PROFILE_ACTIONS_MAX - 1; i >= 0; i--) {
        bool before = action_order(&actions[i]) <= order;
        if (!stays(&actions[i], newer + (before && is_purchase(fresh))))
            gone = i;
        newer += is_purchase(&actions[i]);
        newer_than_fresh += is_purchase(&actions[i]) && !before;
    }
    if (!stays(fresh, newer_than_fresh) && action_order(&actions[gone]) > order)
        return -1;
    return gone;
}

/* Room for one more at the end. False when `fresh` is what would go. */
static bool actions_extend(struct profiles *p, struct shopper *s, const struct kept *fresh)
{
    if (s->count < PROFILE_ACTIONS_MAX) {
        block_move(p, s, kept_count(s), kept_count(s) + 1);
        s->count++;
        return true;
    }
    struct kept *actions = shopper_actions(p, s);
    int gone = action_to_go(actions, fresh);
    if (gone < 0)
        return false;
    if (gone >= s->count - s->session_count)
        s->session_count--;
    memmove(actions + gone, actions + gone + 1,
            (size_t)(PROFILE_ACTIONS_MAX - 1 - gone) * sizeof(*actions));
    return true;
}

void actions_insert(struct profiles *p, struct shopper *s, struct kept fresh, bool in_session)
{
    uint64_t order = action_order(&fresh);

    if (!actions_extend(p, s, &fresh))
        return;
    struct kept *actions = shopper_actions(p, s);
    int at = s->count - 1;
    while (at > 0 && action_order(&actions[at - 1]) > order) {
        actions[at] = actions[at - 1];
        at--;
    }
    actions[at] = fresh;
    int newer = s->count - 1 - at; /* how many stand behind it */
    if (newer < s->session_count || (in_session && newer == s->session_count))
        s->session_count++;
}

/* --- products shown --- */

/* Where the product stands among those shown; shown_count: nowhere. */
static uint32_t shown_find(const struct profiles *p, const struct shopper *s,
                           product_number product)
{
    const struct kept *shown = s->shown_count > 0 ? shopper_shown(p, s) : NULL;
    uint32_t at = 0;

    while (at < s->shown_count && shown[at].product != product)
        at++;
    return at;
}

/* Put `fresh` at its place in time; what stands at `at` makes room. */
static void shown_place(struct kept *shown, uint32_t count, uint32_t at, struct kept fresh)
{
    for (; at + 1 < count && shown[at + 1].time_s <= fresh.time_s; at++)
        shown[at] = shown[at + 1];
    for (; at > 0 && shown[at - 1].time_s > fresh.time_s; at--)
        shown[at] = shown[at - 1];
    shown[at] = fresh;
}

void shown_add(struct profiles *p, struct shopper *s, product_number product, uint32_t time_s)
{
    struct kept fresh = {.product = product, .time_s = time_s, .detail = 1};
    uint32_t at = shown_find(p, s, product);

    if (at < s->shown_count) {
        const struct kept *before = shopper_shown(p, s) + at;
        fresh.detail = before->detail;
        if (fresh.detail < SHOWN_TIMES_MAX)
            fresh.detail++;
        if (before->time_s > time_s)
            fresh.time_s = before->time_s;
    } else if (s->shown_count < PROFILE_SHOWN_MAX) {
        block_move(p, s, kept_count(s), kept_count(s) + 1);
        s->shown_count++;
        at = 0;
    } else {
        at = 0; /* the one shown longest ago goes, */
        if (shopper_shown(p, s)->time_s > time_s)
            return; /* unless this one is still older */
    }
    shown_place(shopper_shown(p, s), s->shown_count, at, fresh);
}

void shown_forget(struct profiles *p, struct shopper *s, product_number product, uint32_t time_s)
{
    uint32_t at = shown_find(p, s, product), had = kept_count(s);

    if (at == s->shown_count)
        return;
    struct kept *shown = shopper_shown(p, s);
    if (shown[at].time_s > time_s)
        return; /* shown again since */
    memmove(shown + 1, shown, at * sizeof(*shown));
    memset(shown, 0, sizeof(*shown));
    s->shown_count--;
    block_move(p, s, had, had - 1);
}
