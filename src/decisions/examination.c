/* SPDX-License-Identifier: Apache-2.0 */
#include "decisions/examination.h"

#include <assert.h>
#include <math.h>

static const double prior_clicks = 20, least = 0.02;

struct examination examination_prior(void)
{
    struct examination e = {.of_slot = {1}};

    for (uint32_t i = 0; i < DECISION_ITEMS_MAX; i++)
        e.of_slot[i] = 1 / sqrt(i + 1.0);
    return e;
}

void examination_add(struct examination *e, const struct decision *d, bool clicked)
{
    if (d->explored_slot == 0)
        return;
    e->shown[d->explored_slot - 1]++;
    e->clicked[d->explored_slot - 1] += clicked;
}

/* The share of explored products that are liked is the same in every slot, so that clicks over what
 * the prior lets expect of all slots gives it; then each slot by its own clicks. */
void examination_estimate(struct examination *e)
{
    const struct examination prior = examination_prior();
    double clicks = 0, looked_at = 0;

    for (uint32_t i = 0; i < DECISION_ITEMS_MAX; i++) {
        clicks += e->clicked[i];
        looked_at += e->shown[i] * prior.of_slot[i];
    }
    double liked = clicks > 0 ? clicks / looked_at : 0;
    for (uint32_t i = 0; i < DECISION_ITEMS_MAX && liked > 0; i++) {
        double before = prior_clicks / liked; /* as many showings */
        e->of_slot[i] =
            (e->clicked[i] / liked + before * prior.of_slot[i]) / (e->shown[i] + before);
    }
    double first = e->of_slot[0], most = 1;
    for (uint32_t i = 0; i < DECISION_ITEMS_MAX; i++) {
        double own = e->of_slot[i] / first;
        most = own < most ? own : most; /* nobody looks further down without passing by */
        e->of_slot[i] = most > least ? most : least;
    }
}

/* decision_propensity of every slot the product might have stood at, times how much that is looked
 * at. */
static double looked_at(const struct examination *e, const struct decision *d, uint32_t item)
{
    double share = (double)d->explore_ppm / EXPLORE_ALWAYS_PPM, n = d->item_count, all = 0;

    if (d->explore_pool == 0 || d->explore_ppm == 0)
        return e->of_slot[item];
    if (item + 1 == d->explored_slot) {
        for (uint32_t i = 0; i < d->item_count; i++)
            all += e->of_slot[i];
        return all * share / (n * d->explore_pool);
    }
    uint32_t ranked = d->explored_slot > 0 && item + 1 > d->explored_slot ? item - 1 : item;
    double moved = share * (ranked + 1) / n;
    double below = ranked + 1 < d->item_count ? e->of_slot[ranked + 1] : 0;
    return (1 - moved) * e->of_slot[ranked] + moved * below;
}

double examination_weight(const struct examination *e, const struct decision *d, uint32_t item)
{
    assert(item < d->item_count && item < DECISION_ITEMS_MAX);
    double probability = looked_at(e, d, item);
    return probability * EXAMINATION_WEIGHT_MAX > 1 ? 1 / probability : EXAMINATION_WEIGHT_MAX;
}
