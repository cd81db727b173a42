/* SPDX-License-Identifier: Apache-2.0 */
#include "api/rates.h"

#include <assert.h>
#include <pthread.h>

#include "base/hash.h"
#include "base/memory.h"

enum { PLACE_SIZE = 8 }; /* slots one who asks may stand in */
static const uint64_t ns_minute = 60000000000;

/* `used_ns` is the theoretical arrival time: the moment at which nothing is left of what this one
 * has used. */
struct slot {
    uint64_t who;
    uint64_t used_ns;
};

struct rates {
    pthread_mutex_t lock;
    struct slot *slots;
    size_t size;
    uint64_t seed;
};

struct rates *rates_new(size_t size, uint64_t seed)
{
    assert(size >= 2 * PLACE_SIZE && (size & (size - 1)) == 0);
    struct rates *rates = mem_new(1, sizeof(*rates));

    rates->slots = mem_new(size, sizeof(*rates->slots));
    rates->size = size;
    rates->seed = seed;
    pthread_mutex_init(&rates->lock, NULL);
    return rates;
}

void rates_free(struct rates *rates)
{
    if (rates == NULL)
        return;
    pthread_mutex_destroy(&rates->lock);
    mem_free(rates->slots);
    mem_free(rates);
}

static struct slot *slot_of(struct rates *rates, uint64_t who)
{
    struct slot *place = rates->slots + (who & (rates->size - PLACE_SIZE));
    struct slot *least = place;

    for (size_t i = 0; i < PLACE_SIZE; i++) {
        if (place[i].who == who)
            return &place[i];
        if (place[i].used_ns < least->used_ns)
            least = &place[i];
    }
    *least = (struct slot){.who = who};
    return least;
}

bool rates_pass(struct rates *rates, const void *who, size_t size, uint32_t per_minute,
                uint64_t now_ns, uint32_t *retry_s)
{
    uint64_t step = ns_minute / per_minute;

    pthread_mutex_lock(&rates->lock);
    struct slot *slot = slot_of(rates, hash_bytes(who, size, rates->seed));
    uint64_t used = slot->used_ns > now_ns ? slot->used_ns : now_ns;
    bool pass = used + step <= now_ns + ns_minute;

    if (pass)
        slot->used_ns = used + step;
    pthread_mutex_unlock(&rates->lock);
    if (!pass)
        *retry_s = (uint32_t)((used + step - now_ns - ns_minute + 999999999) / 1000000000);
    return pass;
}
