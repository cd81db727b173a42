/* SPDX-License-Identifier: Apache-2.0 */
/* substitutes: whether one product would do in the place of another, for complement.bin.
 *
 * Of no interest outside training. */
#ifndef TRAIN_SUBSTITUTES_H
#define TRAIN_SUBSTITUTES_H

#include <stdbool.h>

#include "base/arena.h"
#include "catalog/catalog.h"

struct substitutes {
    const struct catalog *catalog;
    struct arena scratch; /* freed by whoever made it */
};

/* Both are of one category, the lowest, and called alike: half of the words of the shorter title or
 * more stand in the other one. What the catalog does not know is no substitute. `context` is a
 * struct substitutes. */
bool substitutes_are(void *context, product_number a, product_number b);

#endif
