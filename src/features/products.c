/* SPDX-License-Identifier: Apache-2.0 */
/* The product by itself, by the sessions of the generation. */
#include <math.h>

#include "features/filling.h"

void fill_courses(const struct filling *f)
{
    const struct transitions *t = f->in->generation->transitions;

    for (uint32_t i = 0; i < f->count; i++) {
        const struct product_course *c = transitions_course(t, f->products[i]);
        row_of(f, FEATURE_sessions)[i] = c->sessions;
        row_of(f, FEATURE_sessions_tenth)[i] = c->tenth;
        row_of(f, FEATURE_sessions_third)[i] = c->third;
        row_of(f, FEATURE_sessions_first)[i] = c->first;
        row_of(f, FEATURE_rising)[i] = c->tenth / (0.1F * c->sessions + 1);
        row_of(f, FEATURE_rising_now)[i] = c->first / (0.1F * c->tenth + 0.3F);
        row_of(f, FEATURE_silence)[i] = c->silence;
        row_of(f, FEATURE_age)[i] = c->age;
        row_of(f, FEATURE_ends)[i] = c->ends;
        row_of(f, FEATURE_again)[i] = c->again;
        row_of(f, FEATURE_leaves)[i] = c->leaves;
        row_of(f, FEATURE_cart_rate)[i] = c->carts;
        row_of(f, FEATURE_buy_rate)[i] = c->buys;
    }
}
