/* SPDX-License-Identifier: Apache-2.0 */
/* content_fit: the model of indexes/content.h, from the catalog.
 *
 * Of the products that count, at most CONTENT_FIT_MAX, evenly spread over the catalog. A term's
 * weight is ln((N + 1) / d), d being how many of the N have it; its row are its places in the 64
 * strongest right singular vectors of the products' terms, each product scaled to length 1, plus half
 * of what these leave out of the term, projected at random (Achlioptas, JCSS 66 (2003)): 64 dimensions
 * alone know a product's category, but not which of its category it is.
 *
 * Of no interest outside this folder. */
#ifndef TRAIN_CONTENT_FIT_H
#define TRAIN_CONTENT_FIT_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "catalog/catalog.h"

enum { CONTENT_FIT_MAX = 200000 };

/* Write the model. `*made` says whether there is one: not when no two products have a term in
 * common. Deterministic, on one machine. Memory: some 30 bytes for each term of each of those
 * products, and 42 MB. */
MUST_USE enum status content_fit(const struct catalog *catalog, const char *path, bool *made,
                                 struct error *err);

#endif
