/* SPDX-License-Identifier: Apache-2.0 */
/* vectors: content.bin and vectors.bin of a generation, from what shoppers did and the catalog.
 *
 * Of no interest outside this folder. */
#ifndef TRAIN_VECTORS_H
#define TRAIN_VECTORS_H

#include "train/factor.h"
#include "train/train.h"

struct train_vector_paths {
    const char *content, *vectors;
};

/* Write them, `factor` being what shoppers did; either is left out when nothing stands in it. `*count` receives how many products have
 * a vector. `err` may not be NULL. */
MUST_USE enum status train_vectors(const struct train_options *options,
                                   const struct catalog *catalog, const struct factor *factor,
                                   const struct train_vector_paths *paths, uint32_t *count,
                                   struct error *err);

#endif
