/* SPDX-License-Identifier: Apache-2.0 */
/* filling: what the groups of features share while they are filled in. Private to features/.
 *
 * A group is a function that fills rows of its own for all candidates; the groups stand in a list in
 * features.c. */
#ifndef FEATURES_FILLING_H
#define FEATURES_FILLING_H

#include "candidates/session.h"
#include "features/features.h"

enum { LAST_PRODUCTS = 3 };

struct filling {
    const struct feature_inputs *in;
    struct arena *arena;
    const product_number *products; /* the candidates */
    uint32_t count;
    float *values;
    size_t stride;
    struct session_clicks session;
    product_number
        distinct[SEEDS_MAX]; /* products of the session, by the last click on each, newest first */
    uint32_t distinct_count;
    uint32_t *slots; /* candidate + 1 by product, 0 empty */
    uint32_t mask;
};

/* The row of a feature. */
static inline float *row_of(const struct filling *f, enum feature feature)
{
    return f->values + (size_t)feature * f->stride;
}

/* The same value for all candidates. */
void fill_all(const struct filling *f, enum feature feature, float value);

/* The candidate that `product` is; UINT32_MAX: none. */
uint32_t candidate_of(const struct filling *f, product_number product);

typedef void fill_group(const struct filling *f);

fill_group fill_sources;     /* sources.c */
fill_group fill_transitions; /* transitions.c */
fill_group fill_encoder;     /* encoder.c */
fill_group fill_vectors;     /* vectors.c */
fill_group fill_courses;     /* products.c */
fill_group fill_catalog;     /* catalog.c */
fill_group fill_looks;       /* session.c */
fill_group fill_session;     /* session.c */
fill_group fill_question;    /* session.c */

#endif
