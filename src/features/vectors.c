/* SPDX-License-Identifier: Apache-2.0 */
/* How much the candidate is like what the session turned to, by what shoppers did and what products
 * say of themselves. */
#include <math.h>

#include "features/filling.h"
#include "indexes/vectors.h"

static const struct product_vector *vector_of(const struct filling *f, product_number p)
{
    return vectors_find(f->in->generation->vectors, p, NULL);
}

static void fill_candidate(const struct filling *f, uint32_t i,
                           const struct product_vector *const session[SEEDS_MAX])
{
    const struct product_vector *own = vector_of(f, f->products[i]);
    float nearest = VECTORS_APART, sum = 0;

    for (uint32_t k = 0; k < f->distinct_count; k++) {
        float alike = vectors_likeness(own, session[k]);
        sum += alike;
        if (f->distinct[k] != f->products[i] && alike > nearest)
            nearest = alike;
        if (k == 0)
            row_of(f, FEATURE_alike_1)[i] = alike;
    }
    row_of(f, FEATURE_alike_nearest)[i] = nearest;
    row_of(f, FEATURE_alike_mean)[i] = sum / (float)f->distinct_count;
}

void fill_vectors(const struct filling *f)
{
    const struct generation *g = f->in->generation;
    const struct product_vector *session[SEEDS_MAX];

    if (g->vectors == NULL || f->distinct_count == 0) {
        fill_all(f, FEATURE_alike_1, NAN);
        fill_all(f, FEATURE_alike_nearest, NAN);
        fill_all(f, FEATURE_alike_mean, NAN);
        return;
    }
    vectors_refresh(g->vectors, g->content, f->in->catalog);
    for (uint32_t k = 0; k < f->distinct_count; k++)
        session[k] = vector_of(f, f->distinct[k]);
    for (uint32_t i = 0; i < f->count; i++)
        fill_candidate(f, i, session);
}
