/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/decay.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attributes.h"

enum { EXPONENT_ZERO = 1023, EXPONENT_SHIFT = 52 }; /* IEEE 754, binary64 */

/* 2^exponent, a normal number: -1022..1023. */
static double power_of_two(int64_t exponent)
{
    uint64_t bits = (uint64_t)(exponent + EXPONENT_ZERO) << EXPONENT_SHIFT;
    double power;

    memcpy(&power, &bits, sizeof(power));
    return power;
}

/* 2^f = exp(f ln 2) by its series for f in [-0.5, 0.5], with additions and multiplications only;
 * rounding to a whole number and scaling by a power of two are exact. */
double decay_power(double x)
{
    /* 1 / i: events are folded by the million, and a division takes longer than all the rest */
    static const double inverse[] = {0,        1.0 / 1,  1.0 / 2,  1.0 / 3,  1.0 / 4,
                                     1.0 / 5,  1.0 / 6,  1.0 / 7,  1.0 / 8,  1.0 / 9,
                                     1.0 / 10, 1.0 / 11, 1.0 / 12, 1.0 / 13, 1.0 / 14};
    static const double ln2 = 0.69314718055994530942;

    x = x < -1000 ? -1000 : x > 1000 ? 1000 : x;
    int64_t whole = (int64_t)(x + 1000.5) - 1000; /* of something positive, so it rounds down */
    double z = (x - (double)whole) * ln2, sum = 1;
    for (size_t i = COUNT(inverse) - 1; i > 0; i--)
        sum = 1 + sum * (z * inverse[i]);
    return sum * power_of_two(whole);
}
