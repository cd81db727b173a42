/* SPDX-License-Identifier: Apache-2.0 */
/* neighbours_query: the session so far, as neighbours asks about it. Private to candidates/. */
#ifndef CANDIDATES_NEIGHBOURS_QUERY_H
#define CANDIDATES_NEIGHBOURS_QUERY_H

#include "candidates/candidates.h"

enum { FETCHING_MAX = 8 }; /* the first distinct products, which fetch sessions */

/* A distinct product of the session so far. */
struct asked {
    product_number product;
    struct evidence evidence;
    uint32_t times;   /* clicks on it */
    float similarity; /* what a session that holds it gains */
    float match;      /* what a click near it gains */
    float again;      /* how likely another look is, by how long ago the last one was */
};

struct neighbour_query {
    struct asked asked[SEEDS_MAX]; /* by the last look at each, newest first */
    uint32_t count, clicks;
    float similarity_all; /* of those that fetch */
    float similarity_decay, match_decay, again_decay;
};

/* The clicks of the session at hand, weighed by what `sessions` knows of their products. */
void neighbour_query_make(struct neighbour_query *q, const struct sessions *sessions,
                          const struct candidate_inputs *in);

#endif
