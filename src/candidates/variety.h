/* SPDX-License-Identifier: Apache-2.0 */
/* variety: of a ranked list, the top that is relevant and not all alike.
 *
 * Maximal marginal relevance (Carbonell, Goldstein, SIGIR 1998): the next place goes to the candidate
 * with the most of
 *
 *   (1 - v) relevance - v max likeness to what stands above
 *
 * where v, the variety, is 0 to 1. 0 leaves the order as it is. Relevance falls from 1 to 0 over the
 * pool: with the score where there are scores, else in even steps with the place. Two products' likeness
 * is a half their vectors' (indexes/likeness.h; nothing below 0), three eighths their categories' (1 the
 * same, a half a parent or a sibling) and one eighth their brands'; where one of them has no vector, three
 * quarters category and a quarter brand.
 *
 * Everything but the scores is whole numbers: the same order on every processor path. Equal candidates
 * keep theirs.
 *
 * Threads    a pure function of its inputs; vectors_refresh is called inside. */
#ifndef CANDIDATES_VARIETY_H
#define CANDIDATES_VARIETY_H

#include "candidates/candidates.h"

enum {
    VARIETY_POOL = 100,      /* candidates below the places that may come up */
    VARIETY_PLACES_MAX = 32, /* placed this way; further down the rank decides */
    VARIETY_ALL_PPM = 1000000,
};

struct variety_inputs {
    const struct generation *generation; /* NULL: none yet */
    const struct catalog *catalog;
    const struct candidate *candidates; /* best first */
    const float
        *scores; /* of each; NULL: none. Where one is above one further up, it counts as that */
    size_t count;
    size_t places;        /* that are wanted */
    uint32_t variety_ppm; /* in millionths */
    bool behaviour;       /* of vectors, what shoppers did counts */
};

/* from[i] becomes the candidate that goes to place i, for each of the `count`: those placed, then the
 * others in the order they had. */
void variety_order(const struct variety_inputs *in, uint32_t *from, struct arena *a);

#endif
