/* SPDX-License-Identifier: Apache-2.0 */
/* The slot keeps a short list of generations that somebody still holds: the current one, pinned
 * once by the slot itself, and former ones until their last pin goes. */
#include <assert.h>
#include <pthread.h>

#include "base/memory.h"
#include "indexes/generation.h"

struct held {
    const struct generation *generation;
    uint64_t pins;
    struct held *next;
};

struct generation_slot {
    pthread_mutex_t lock;
    struct held *held; /* the current one first, unless the slot is empty */
    bool filled;       /* the first of `held` is current */
};

struct generation_slot *generation_slot_new(void)
{
    struct generation_slot *slot = mem_new(1, sizeof(*slot));
    int failed = pthread_mutex_init(&slot->lock, NULL);

    assert(failed == 0);
    return slot;
}

/* Outside the lock: giving back a big mapping is slow. NULL is fine. */
static void held_free(struct held *dead)
{
    if (dead == NULL)
        return;
    generation_close(&dead->generation);
    mem_free(dead);
}

/* Takes one pin of `g` away; returns what must be freed, or NULL. Locked by the caller. */
static struct held *drop_pin(struct generation_slot *slot, const struct generation *g)
{
    struct held **at = &slot->held;

    while (*at != NULL && (*at)->generation != g)
        at = &(*at)->next;
    struct held *found = *at;
    assert(found != NULL && found->pins > 0);
    if (--found->pins > 0)
        return NULL;
    *at = found->next;
    return found;
}

void generation_slot_free(struct generation_slot *slot)
{
    if (slot == NULL)
        return;
    generation_slot_publish(slot, NULL);
    assert(slot->held == NULL);               /* else a reader still holds a pin */
    (void)pthread_mutex_destroy(&slot->lock); /* fails only while locked */
    mem_free(slot);
}

void generation_slot_publish(struct generation_slot *slot, const struct generation *fresh)
{
    struct held *next = NULL, *dead = NULL;

    if (fresh != NULL) {
        next = mem_new(1, sizeof(*next));
        next->generation = fresh;
        next->pins = 1;
    }
    pthread_mutex_lock(&slot->lock);
    if (slot->filled)
        dead = drop_pin(slot, slot->held->generation);
    if (next != NULL) {
        next->next = slot->held;
        slot->held = next;
    }
    slot->filled = next != NULL;
    pthread_mutex_unlock(&slot->lock);
    held_free(dead);
}

const struct generation *generation_pin(struct generation_slot *slot)
{
    const struct generation *g = NULL;

    pthread_mutex_lock(&slot->lock);
    if (slot->filled) {
        slot->held->pins++;
        g = slot->held->generation;
    }
    pthread_mutex_unlock(&slot->lock);
    return g;
}

void generation_unpin(struct generation_slot *slot, const struct generation *g)
{
    if (g == NULL)
        return;
    pthread_mutex_lock(&slot->lock);
    struct held *dead = drop_pin(slot, g);
    pthread_mutex_unlock(&slot->lock);
    held_free(dead);
}
