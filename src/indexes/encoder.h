/* SPDX-License-Identifier: Apache-2.0 */
/* encoder: a session as one vector, near the products that came next in sessions like it. What
 * train/encoder_fit.h learns, read and used.
 *
 * Every product that enough shoppers looked at has a vector x of ENCODER_SIZE numbers. A session's
 * newest ENCODER_CLICKS_MAX clicks x_0 (newest), x_1, ... become
 *
 *   h = sum of a_j x_j,   a = softmax of g_j,   g_j = q . s(A x_j + B x_0 + p_j),  s(z) = z / (1 + |z|)
 *
 * and a product's likeness to the session is the cosine of h and its x: attention over clicks by their
 * content and place, as STAMP (Liu et al., KDD 2018) has it, in one space for sessions and products, as
 * CORE (Hou et al., SIGIR 2022) has it. h stays a mixture of the session's own products, so each has its
 * part in every likeness (encoder_owed), which is what a reason may speak of.
 *
 * Vectors are kept and compared as bytes; sums of products of bytes are whole numbers, and what is done
 * in floats is done in one order: the same bits on every processor.
 *
 * Lifetime   a generation's (immutable). Mapped, but for a copy of the vectors that is laid out to be
 *            searched: 36 bytes a product. Any number of readers. */
#ifndef INDEXES_ENCODER_H
#define INDEXES_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/fetch.h"
#include "indexes/dot.h"
#include "journal/numbers.h"

enum { ENCODER_SIZE = 64, ENCODER_CLICKS_MAX = 16, ENCODER_HITS_MAX = 256 };

/* What was learned, as floats. Matrices by columns: a[i][k] is what part i of x adds to part k. */
struct encoder_weights {
    float a[ENCODER_SIZE][ENCODER_SIZE], b[ENCODER_SIZE][ENCODER_SIZE];
    float places[ENCODER_CLICKS_MAX][ENCODER_SIZE];
    float q[ENCODER_SIZE];
};

/* Write the file: `vectors` has ENCODER_SIZE floats for each of `row_count` products, `products` says
 * which, rising. ERR_INVALID, and nothing is written, when a number is none or
 * above a million. */
struct encoder_parts {
    const struct encoder_weights *weights;
    const product_number *products;
    const float *vectors;
    uint32_t row_count;
    product_number product_count; /* numbers are below this */
};
MUST_USE enum status encoder_write(const struct encoder_parts *parts, const char *path,
                                   struct error *err);

struct encoder;
MUST_USE enum status encoder_open(struct encoder **out, const char *path, struct error *err);
void encoder_close(struct encoder **e); /* for SCOPED */

uint32_t encoder_rows(const struct encoder *e); /* products that have a vector */
bool encoder_knows(const struct encoder *e, product_number product);

/* A session, encoded. */
struct session_vector {
    struct dot_vector vector;
    float inverse_length;
    uint32_t count; /* clicks that have a vector, newest first; 0: nothing is known */
    product_number products[ENCODER_CLICKS_MAX];
    float weights[ENCODER_CLICKS_MAX]; /* a_j: their attention, 1 together */
};

/* Clicks newest first; those without a vector are passed over. */
void encoder_encode(const struct encoder *e, const product_number *clicks, size_t count,
                    struct session_vector *out);

/* Cosine of the session and a product, -1..1; -2 when either is unknown. */
float encoder_likeness(const struct encoder *e, const struct session_vector *v,
                       product_number product);
/* The same between two products. */
float encoder_between(const struct encoder *e, product_number x, product_number y);

/* Bring into the cache what the likeness of a product touches: where its vector is, then the vector. */
void encoder_fetch(const struct encoder *e, product_number product, enum fetch step);

/* The click (its place in v->products) that the product's likeness owes most to: of the largest
 * attention times cosine. `product` is known and v->count above 0. */
uint32_t encoder_owed(const struct encoder *e, const struct session_vector *v,
                      product_number product);

/* The `max` products nearest to the session (at most ENCODER_HITS_MAX), best first, equal ones by
 * product: of those that are nearest when all are looked at in half the bits. Returns how many were
 * written to `out`. */
struct encoder_hit {
    product_number product;
    float likeness;
};
size_t encoder_search(const struct encoder *e, const struct session_vector *v, uint32_t max,
                      struct encoder_hit *out);

#endif
