/* SPDX-License-Identifier: Apache-2.0 */
/* vectors: product vectors for tests and benches, made like those of real shops.
 *
 * A shop is a tree: departments of some 15,000 products, categories of 600, families of 20, uneven
 * in size. Each has a direction of its own in content and another in behaviour; a product is the sum
 * of those it lies in and of noise of its own. One in eight has no behaviour, the others have it from
 * 3 shoppers on, by a power law. Noise and weights were chosen so that neighbours are as like each
 * other, and as hard to find for the graph, as those of a million products with titles varied from
 * a real catalog and sessions that stay near one place in it (see docs/decisions/vectors.md). */
#ifndef TESTS_SUPPORT_VECTORS_H
#define TESTS_SUPPORT_VECTORS_H

#include "indexes/vectors.h"

struct made_vectors {
    uint32_t count;
    product_number *products; /* 0, 1, 2, ... */
    uint32_t *shoppers;
    struct product_vector *vectors;
};

/* The same seed makes the same ones. */
struct made_vectors vectors_make(uint32_t count, uint64_t seed);
void made_vectors_free(struct made_vectors *m); /* for SCOPED */

struct vector_set made_vectors_set(const struct made_vectors *m);

/* The likeness of the `rank`-th most like `query` (from 0), by comparing all, without number
 * `self`. */
int32_t brute_force(const struct made_vectors *m, const struct product_vector *query, uint32_t self,
                    size_t rank);

#endif
