/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <assert.h>
#include <math.h>

#include "base/hash.h"

void random_seed(struct random *r, uint64_t seed)
{
    /* hash_u64 adds splitmix64's increment itself, so that these are its first four outputs. */
    for (int i = 0; i < 4; i++)
        r->state[i] = hash_u64(seed + (uint64_t)i * UINT64_C(0x9E3779B97F4A7C15));
}

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

uint64_t random_next(struct random *r)
{
    uint64_t *s = r->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

double random_unit(struct random *r)
{
    return (double)(random_next(r) >> 11) * 0x1p-53;
}

/* Lemire, "Fast random integer generation in an interval", TOMACS 2019. */
uint32_t random_below(struct random *r, uint32_t bound)
{
    assert(bound > 0);
    uint64_t product = (random_next(r) >> 32) * bound;
    if ((uint32_t)product < bound) {
        uint32_t unfair = (0 - bound) % bound;
        while ((uint32_t)product < unfair)
            product = (random_next(r) >> 32) * bound;
    }
    return (uint32_t)(product >> 32);
}

double random_exponential(struct random *r)
{
    return -log(1.0 - random_unit(r)); /* 1 - unit is never 0 */
}

double random_normal(struct random *r)
{
    double length = sqrt(2.0 * random_exponential(r));

    return length * cos(2.0 * M_PI * random_unit(r));
}
