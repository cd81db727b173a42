/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/decay.h"

#include <math.h>

/* 2^f = exp(f ln 2) by its series for f in [-0.5, 0.5], with additions and multiplications only;
 * floor and scaling by a power of two are exact. */
double decay_power(double x)
{
    enum { TERMS = 14 };
    static const double ln2 = 0.69314718055994530942;

    x = x < -1000 ? -1000 : x > 1000 ? 1000 : x;
    double whole = floor(x + 0.5);
    double z = (x - whole) * ln2, sum = 1;
    for (int i = TERMS; i > 0; i--)
        sum = 1 + sum * z / i;
    return ldexp(sum, (int)whole);
}
