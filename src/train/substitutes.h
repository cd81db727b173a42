/* SPDX-License-Identifier: Apache-2.0 */
/* substitutes: whether one product would do in the place of another, for complement.bin.
 *
 * Of no interest outside training. */
#ifndef TRAIN_SUBSTITUTES_H
#define TRAIN_SUBSTITUTES_H

#include <stdbool.h>

#include "catalog/catalog.h"
#include "indexes/vectors.h"

struct substitutes {
    const struct catalog *catalog;
    const struct vectors *vectors; /* of the same generation; NULL: nothing is known to be alike */
};

/* Both are of one category, the lowest, and by what they say of themselves their vectors are close: a
 * cosine of 0.4 or more (docs/decisions/vectors.md says why 0.4). What shoppers did with them plays no
 * part: what goes with a thing is looked at by the same people. `context` is a struct substitutes. */
bool substitutes_are(void *context, product_number a, product_number b);

#endif
