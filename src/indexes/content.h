/* SPDX-License-Identifier: Apache-2.0 */
/* content: what a product says of itself, and the model that makes a vector of it.
 *
 * Terms are the words of the title, every level of the category, the brand, attributes as
 * name=value, and with less weight the words of the description. The model is latent semantic
 * analysis (Deerwester et al., JASIS 41 (1990)) of the shop's own catalog: a row of numbers for each
 * term that at least two products have, weighed by how rare it is. A product's vector is the sum of
 * its terms' rows, so that a product added a minute ago has one as good as any other.
 *
 * Ids are no content: a title that is the item id says nothing, and a term of one product alone is
 * in no model.
 *
 * Lifetime   a generation's (mapped, immutable). Any number of readers. */
#ifndef INDEXES_CONTENT_H
#define INDEXES_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "journal/product.h"

enum {
    CONTENT_SIZE = 64,
    CONTENT_UNIT = 127, /* the length of a vector, but for rounding */
    CONTENT_TERMS_MAX = 512,
    CONTENT_DESCRIPTION_WORDS_MAX = 200,
    CONTENT_VOCABULARY_MAX = 65536,
};

struct content_term {
    uint64_t hash;
    float weight; /* above 0 */
};

/* The terms of `p`, each once, by rising hash; of more than CONTENT_TERMS_MAX the first. Returns how
 * many. */
size_t content_terms(const struct product *p, struct content_term out[CONTENT_TERMS_MAX]);

/* What a term adds to the vectors of products that have it: its weight * scale * row. */
struct content_row {
    float scale;
    int8_t row[CONTENT_SIZE];
};

/* Write a model of `count` terms, their hashes rising, at most CONTENT_VOCABULARY_MAX. */
MUST_USE enum status content_write(const uint64_t *hashes, const struct content_row *rows,
                                   uint32_t count, const char *path, struct error *err);

struct content;
/* Map and check. ERR_CORRUPT naming the file. */
MUST_USE enum status content_open(struct content **out, const char *path, struct error *err);
void content_close(struct content **c); /* for SCOPED */

uint32_t content_vocabulary(const struct content *c); /* terms */
/* The number of a term, UINT32_MAX when it is not in the model. */
uint32_t content_find(const struct content *c, uint64_t hash);

/* The vector of `p`, CONTENT_UNIT long. False, and zeros, when the model knows none of its terms.
 * The same bits on every processor: sums have one order and nothing is fused. */
bool content_vector(const struct content *c, const struct product *p, int8_t out[CONTENT_SIZE]);

#endif
