/* SPDX-License-Identifier: Apache-2.0 */
/* What was clicked after and before the session's last products, and after what was clicked after
 * them. */
#include <math.h>

#include "features/filling.h"

enum { FIRST_HOPS = 32, SECOND_HOPS = 48 };

static const float smoothing = 3;

static const struct rows {
    enum feature direct, direct_share, after, before, together, recent;
} rows[LAST_PRODUCTS] = {
    {FEATURE_direct_1, FEATURE_direct_share_1, FEATURE_after_1, FEATURE_before_1,
     FEATURE_together_1, FEATURE_recent_1},
    {FEATURE_direct_2, FEATURE_direct_share_2, FEATURE_after_2, FEATURE_before_2,
     FEATURE_together_2, FEATURE_recent_2},
    {FEATURE_direct_3, FEATURE_direct_share_3, FEATURE_after_3, FEATURE_before_3,
     FEATURE_together_3, FEATURE_recent_3},
};

/* There is no product so far back. */
static void fill_missing(const struct filling *f, const struct rows *r)
{
    fill_all(f, r->direct, NAN);
    fill_all(f, r->direct_share, NAN);
    fill_all(f, r->after, NAN);
    fill_all(f, r->before, NAN);
    fill_all(f, r->together, NAN);
    fill_all(f, r->recent, NAN);
}

/* Rows are zero already: only pairs that were seen have something to say. */
static void fill_from(const struct filling *f, const struct rows *r, product_number from)
{
    const struct transitions *t = f->in->generation->transitions;
    const struct product_course *own = transitions_course(t, from);
    const struct transition *list;
    size_t length = transitions_of(t, from, &list);

    for (size_t k = 0; k < length; k++) {
        uint32_t i = candidate_of(f, list[k].product);
        if (i == UINT32_MAX)
            continue;
        float sessions = transitions_course(t, list[k].product)->sessions;
        float leaves = own->leaves + smoothing;
        row_of(f, r->direct)[i] = (float)list[k].direct;
        row_of(f, r->direct_share)[i] = (float)list[k].direct / leaves;
        row_of(f, r->after)[i] = list[k].after / leaves;
        row_of(f, r->before)[i] = list[k].before / leaves;
        row_of(f, r->together)[i] =
            (float)list[k].sessions / sqrtf((own->sessions + 1) * (sessions + 1));
        row_of(f, r->recent)[i] = list[k].recent;
    }
}

/* By way of the products that came most after the last one. */
static void fill_two_hops(const struct filling *f, product_number from)
{
    const struct transitions *t = f->in->generation->transitions;
    float *two_hops = row_of(f, FEATURE_two_hops), *rare = row_of(f, FEATURE_two_hops_rare);
    const struct transition *first, *second;
    size_t first_count = transitions_of(t, from, &first);
    float total = transitions_total(t, from) + 1;

    for (size_t k = 0; k < first_count && k < FIRST_HOPS; k++)
        transitions_fetch(t, first[k].product, FETCH_FIRST);
    for (size_t k = 0; k < first_count && k < FIRST_HOPS; k++)
        transitions_fetch(t, first[k].product, FETCH_NEXT);

    for (size_t k = 0; k < first_count && k < FIRST_HOPS; k++) {
        size_t second_count = transitions_of(t, first[k].product, &second);
        float chance = first[k].after / total;
        float of = transitions_total(t, first[k].product) + 1;
        for (size_t m = 0; m < second_count && m < SECOND_HOPS; m++) {
            uint32_t i = candidate_of(f, second[m].product);
            if (i != UINT32_MAX)
                two_hops[i] += chance * (second[m].after / of);
        }
    }
    for (uint32_t i = 0; i < f->count; i++)
        rare[i] = two_hops[i] / sqrtf(transitions_course(t, f->products[i])->sessions + 1);
}

void fill_transitions(const struct filling *f)
{
    for (uint32_t i = 0; i < LAST_PRODUCTS; i++) {
        if (i < f->distinct_count)
            fill_from(f, &rows[i], f->distinct[i]);
        else
            fill_missing(f, &rows[i]);
    }
    if (f->distinct_count > 0) {
        fill_two_hops(f, f->distinct[0]);
        return;
    }
    fill_all(f, FEATURE_two_hops, NAN);
    fill_all(f, FEATURE_two_hops_rare, NAN);
}
