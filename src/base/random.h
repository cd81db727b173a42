/* SPDX-License-Identifier: Apache-2.0 */
/* random: seeded, reproducible pseudo-random numbers (xoshiro256**, Blackman and Vigna 2018, seeded
 * by splitmix64). The same seed gives the same sequence on every machine. Never for secrets: those
 * come from libsodium. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state[4];
};

void random_seed(struct random *r, uint64_t seed);
uint64_t random_next(struct random *r);                  /* all 64 bits uniform */
double random_unit(struct random *r);                    /* uniform in [0, 1), 53 bits */
uint32_t random_below(struct random *r, uint32_t bound); /* uniform in [0, bound), bound > 0 */
double random_normal(struct random *r);                  /* mean 0, variance 1 (Box-Muller) */
double random_exponential(struct random *r);             /* mean 1 */

#endif
