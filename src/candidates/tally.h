/* SPDX-License-Identifier: Apache-2.0 */
/* tally: scores collected per product, then given out best first.
 *
 * A small hash table in the request's arena, with a bound known beforehand; giving out is a heap,
 * so that taking a few of many sorts only those few. Equal scores are ordered by product number, so
 * the order does not depend on the order of adding (sums of floats do: add in a fixed order). */
#ifndef CANDIDATES_TALLY_H
#define CANDIDATES_TALLY_H

#include "candidates/candidates.h"

struct tally_row {
    product_number product;
    float score;
    float strongest;          /* of the contributions so far */
    struct evidence evidence; /* of the strongest */
    uint32_t support;
    shopper_number counted; /* the last shopper counted in `support` */
};

struct tally {
    struct tally_row *rows; /* a heap once giving out began */
    uint32_t *slots;        /* row + 1; 0 empty */
    uint32_t count, rows_max, mask;
    bool giving;
};

/* For at most `rows_max` distinct products. */
struct tally tally_new(uint32_t rows_max, struct arena *a);

/* The product's row, fresh ones zeroed with `counted` SHOPPER_NONE. Not once giving out began. */
struct tally_row *tally_row(struct tally *t, product_number product);

/* Add `amount` that came from `evidence`. */
void tally_add(struct tally_row *row, float amount, struct evidence evidence);

/* Take the best row that is left. False when none is. */
bool tally_take(struct tally *t, struct tally_row *out);

/* The row as a candidate of `kind`. A variant's number becomes its product's. */
struct candidate tally_candidate(const struct tally_row *row, enum source_kind kind,
                                 const struct catalog *catalog);

#endif
