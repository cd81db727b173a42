/* SPDX-License-Identifier: Apache-2.0 */
/* factor: a vector for each product from what shoppers did: products that are looked at together lie
 * near each other.
 *
 * Two products of one session at most 5 clicks apart met, with the weight e^(-(clicks - 1) / 2) of
 * the distance and e^(-2 s) of the session, s being the share of sessions that are newer. With w the
 * weight of all meetings of a and b and m of all that a took part in,
 *
 *   A(a, b) = max(0, ln(w(a, b) * T / (m(a) m(b))^0.875)),   T = the sum of all m^0.75
 *
 * which is positive pointwise mutual information with the frequencies of contexts smoothed by the
 * power 0.75 (Levy, Goldberg, Dagan, TACL 3 (2015), section 3.1), a the context of b as much as b of
 * a. The vectors are the rows of U L^(1/2), of the 64 largest eigenvalues of A, as far as they are
 * positive (Levy, Goldberg, NIPS 2014, section 4), scaled to length 1.
 *
 * Of no interest outside this folder but for those who start a model from these vectors. */
#ifndef TRAIN_FACTOR_H
#define TRAIN_FACTOR_H

#include <stdint.h>

#include "indexes/sessions.h"

enum { FACTOR_SIZE = 64 };

struct factor {
    product_number product_count;
    float *vectors; /* product_count rows of FACTOR_SIZE; zeros where there is none */
    uint32_t
        *shoppers; /* product_count: the distinct shoppers behind the vector; 0: there is none */
};
void factor_free(struct factor *f); /* the arrays, not the struct */

/* Products of fewer than `support_min` distinct shoppers take no part: no vector, and none of another
 * comes from them. Deterministic, on one machine. Memory: 8 bytes for each pair of products that met,
 * 640 for each product that takes part, 25 for each click. */
struct factor factor_products(const struct session_set *set, uint32_t support_min);

#endif
