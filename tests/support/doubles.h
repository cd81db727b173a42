/* SPDX-License-Identifier: Apache-2.0 */
/* doubles: customers and products that stand there twice, in made data whose truth is known, and what an
 * audit tells of them. */
#ifndef TESTS_SUPPORT_DOUBLES_H
#define TESTS_SUPPORT_DOUBLES_H

#include <stdint.h>

struct doubles {
    uint32_t linked, linked_right;       /* told to be one, and are */
    uint32_t suggested, suggested_right; /* told to be most likely one, and are */
    uint32_t right;                      /* that stand there twice */
};

/* A file of 6,000 customers, of whom one in six stands there once more and one in six has somebody beside
 * them who looks alike. */
struct doubles customers_doubled(uint64_t seed);
struct doubles products_doubled(void); /* nothing is linked */

#endif
