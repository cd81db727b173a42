/* SPDX-License-Identifier: Apache-2.0 */
/* examples: what ranking is learned from: groups of candidates of one moment, each with its features
 * and its gain, the money (or orders) that following events say it was worth to show it.
 *
 * Of the candidates that nothing followed a few are kept, drawn evenly: with a loss over groups they
 * stand for all of them. Groups are added in order of time. */
#ifndef TRAIN_EXAMPLES_H
#define TRAIN_EXAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "features/features.h"

enum {
    EXAMPLE_NEGATIVES = 24,     /* of a group */
    EXAMPLE_POSITIVES_MAX = 16, /* of a group; those of least gain are left out */
};

struct example_group {
    uint32_t rows;
    float gain; /* of all its rows */
};

struct examples {
    float *values; /* row_count x FEATURE_COUNT, row by row */
    float *gains;  /* row_count */
    struct example_group *groups;
    size_t row_count, group_count;
    size_t values_room, gains_room, groups_room;
};
void examples_free(struct examples *e); /* the arrays, not the struct; for SCOPED */

/* Add a group: gains[i] is that of candidate i, 0 for most. A group without a gain or without another
 * candidate teaches nothing and is left out: false then. `seed` draws what is kept. */
bool examples_add(struct examples *e, const struct features *f, const float *gains, uint64_t seed);

/* The last groups of `e`, from group `first` on, as examples of their own: a view, not to be freed. */
struct examples examples_from(const struct examples *e, size_t first);
struct examples examples_until(const struct examples *e, size_t end);

#endif
