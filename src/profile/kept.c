/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of each shopper, in blocks of a few sizes. */
#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "profile/shopper.h"

const uint8_t block_sizes[BLOCK_CLASSES] = {2, 4, 8, 16, PROFILE_ACTIONS_MAX};

uint32_t profile_room(uint32_t room)
{
    return room + room / 8 + 64;
}

int block_class_of(uint8_t count)
{
    int i = 0;

    assert(count > 0 && count <= PROFILE_ACTIONS_MAX);
    while (block_sizes[i] < count)
        i++;
    return i;
}

static struct kept_action *block_at(const struct profiles *p, int class, uint32_t block)
{
    return p->classes[class].actions + (size_t)block * block_sizes[class];
}

struct kept_action *shopper_actions(const struct profiles *p, const struct shopper *s)
{
    return block_at(p, block_class_of(s->count), s->block);
}

static uint32_t block_take(struct profiles *p, int class)
{
    struct block_class *c = &p->classes[class];
    uint32_t block = c->free;

    if (block != RECORD_NONE) {
        c->free = block_at(p, class, block)->product;
        assert(c->free == RECORD_NONE || c->free < c->count);
        return block;
    }
    if (c->count == c->room) {
        c->room = profile_room(c->room);
        c->actions =
            mem_resize(c->actions, (size_t)c->room * block_sizes[class], sizeof(*c->actions));
    }
    block = c->count++;
    /* saved as it is: no stray bytes */
    memset(block_at(p, class, block), 0, block_sizes[class] * sizeof(struct kept_action));
    return block;
}

/* What it held is gone for good. */
static void block_give(struct profiles *p, int class, uint32_t block)
{
    struct kept_action *first = block_at(p, class, block);

    memset(first, 0, block_sizes[class] * sizeof(*first));
    first->product = p->classes[class].free;
    p->classes[class].free = block;
}

void actions_erase(struct profiles *p, struct shopper *s)
{
    if (s->count > 0)
        block_give(p, block_class_of(s->count), s->block);
    s->count = s->session_count = 0;
    s->block = 0;
}

/* Room for one more at the end; the oldest goes when there are as many as may be. */
static struct kept_action *actions_extend(struct profiles *p, struct shopper *s)
{
    struct kept_action *actions;

    if (s->count == PROFILE_ACTIONS_MAX) {
        actions = shopper_actions(p, s);
        memmove(actions, actions + 1, (PROFILE_ACTIONS_MAX - 1) * sizeof(*actions));
        if (s->session_count == PROFILE_ACTIONS_MAX)
            s->session_count--;
        return actions;
    }
    int had = s->count > 0 ? block_class_of(s->count) : -1;
    int needs = block_class_of((uint8_t)(s->count + 1));
    if (needs != had) {
        uint32_t block = block_take(p, needs);
        if (had >= 0) {
            memcpy(block_at(p, needs, block), block_at(p, had, s->block),
                   s->count * sizeof(*actions));
            block_give(p, had, s->block);
        }
        s->block = block;
    }
    s->count++;
    return shopper_actions(p, s);
}

static uint64_t action_order(const struct kept_action *a)
{
    return (uint64_t)a->time_s << KIND_SHIFT | (a->milli_kind & MILLI_MASK);
}

void actions_insert(struct profiles *p, struct shopper *s, struct kept_action fresh,
                    bool in_session)
{
    uint64_t order = action_order(&fresh);

    if (s->count == PROFILE_ACTIONS_MAX && action_order(shopper_actions(p, s)) > order)
        return; /* older than all that are kept */
    struct kept_action *actions = actions_extend(p, s);
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
