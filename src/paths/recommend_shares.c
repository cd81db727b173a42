/* SPDX-License-Identifier: Apache-2.0 */
/* What each feature gave to the scores of what is shown, for those who ask why. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "model/model.h"
#include "paths/recommend.h"

/* The candidate that is shown as `product`. */
static uint32_t candidate_of(const struct ranking *ranking, product_number product)
{
    uint32_t i = 0;

    while (i < ranking->set.count && ranking->set.products[i] != product)
        i++;
    return i;
}

/* The larger first, whichever way it pulls; equal ones in the order of features.def. */
static int by_size(const void *x, const void *y)
{
    const struct feature_share *a = x, *b = y;
    float size_a = fabsf(a->share), size_b = fabsf(b->share);

    if (size_a != size_b)
        return size_a > size_b ? -1 : 1;
    return (a->feature > b->feature) - (a->feature < b->feature);
}

static void share_out(const struct model *trees, const struct ranking *ranking, uint32_t candidate,
                      struct item_shares *out, struct arena *a)
{
    const struct features *f = &ranking->features;
    const struct model_rows rows = {f->values, f->stride, f->count};
    float shares[FEATURE_COUNT + 1];

    model_explain(trees, &rows, candidate, shares, a);
    out->score = ranking->scores[candidate];
    out->base = shares[FEATURE_COUNT];
    out->features = arena_array(a, FEATURE_COUNT, sizeof(*out->features));
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        out->features[i] = (struct feature_share){(enum feature)i,
                                                  f->values[i * f->stride + candidate], shares[i]};
    qsort(out->features, FEATURE_COUNT, sizeof(*out->features), by_size);
}

void answer_share(struct answer *answer, const struct generation *generation, struct arena *a)
{
    const struct ranking *ranking = answer->ranking;
    struct trail *t = answer->trail;

    if (t == NULL || ranking == NULL || ranking->scores == NULL)
        return;
    t->shares = arena_array(a, answer->item_count, sizeof(*t->shares));
    for (size_t i = 0; i < answer->item_count; i++) {
        const struct answer_item *item = &answer->items[i];
        uint32_t candidate = candidate_of(ranking, item->product);
        if (candidate == ranking->set.count) {
            assert(item->candidate.evidence.kind == EVIDENCE_PIN); /* all else was ranked */
            continue;
        }
        struct item_shares *shares = &t->shares[t->share_count++];
        shares->item = item;
        share_out(generation->ranker, ranking, candidate, shares, a);
    }
}
