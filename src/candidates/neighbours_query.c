/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates/neighbours_query.h"

#include <assert.h>

static const float similarity_step = 0.60653066F; /* exp(-1/2) */
static const float match_step = 0.81873075F;      /* exp(-1/5) */
static const float again_last = 0.9F, again_earlier = 2.2F;
static const float again_step = 0.67032005F; /* exp(-1/2.5) */

static struct asked *asked_find(struct neighbour_query *q, product_number product)
{
    for (uint32_t i = 0; i < q->count; i++) {
        if (q->asked[i].product == product)
            return &q->asked[i];
    }
    return NULL;
}

/* The click before those added so far. */
static void query_add(struct neighbour_query *q, const struct sessions *sessions,
                      const struct seed *seed)
{
    struct asked *known = asked_find(q, seed->product);

    if (known == NULL) {
        assert(q->count < SEEDS_MAX);
        static const struct session_weights nothing;
        const struct session_weights *w = seed->product < sessions_products(sessions)
                                              ? &sessions_weights(sessions)[seed->product]
                                              : &nothing;
        known = &q->asked[q->count++];
        *known = (struct asked){
            .product = seed->product,
            .evidence = {seed->kind, seed->product},
            .similarity = q->count <= FETCHING_MAX ? q->similarity_decay * w->similarity : 0.0F,
            .match = q->match_decay * w->match,
            .again = q->clicks == 0 ? again_last : 1.0F + again_earlier * q->again_decay,
        };
        q->similarity_all += known->similarity;
    }
    known->times++;
    q->again_decay *= q->clicks == 0 ? 1.0F : again_step;
    q->similarity_decay *= similarity_step;
    q->match_decay *= match_step;
    q->clicks++;
}

/* A click of the session that asks something of its own. Putting into the cart what was just viewed
 * is no second look: the index leaves it out as well. */
static bool counts(const struct candidate_inputs *in, size_t at)
{
    const struct seed *seed = &in->seeds[at];

    if (!seed->in_session || seed->at_hand)
        return false;
    for (size_t i = at + 1; seed->kind != EVIDENCE_VIEWED && i < in->seed_count; i++) {
        if (in->seeds[i].in_session && in->seeds[i].product == seed->product)
            return false;
    }
    return true;
}

/* The page's product, though its view may not have been heard of yet; then the session; then what
 * is in the cart from before. */
void neighbour_query_make(struct neighbour_query *q, const struct sessions *sessions,
                          const struct candidate_inputs *in)
{
    const struct seed *page = NULL, *newest = NULL;

    *q = (struct neighbour_query){
        .similarity_decay = 1.0F, .match_decay = 1.0F, .again_decay = 1.0F};
    for (size_t i = in->seed_count; i-- > 0;) {
        const struct seed *seed = &in->seeds[i];
        if (seed->at_hand && seed->kind == EVIDENCE_VIEWED)
            page = seed;
        if (seed->in_session && !seed->at_hand)
            newest = seed;
    }
    if (page != NULL && (newest == NULL || newest->product != page->product))
        query_add(q, sessions, page);
    for (size_t i = 0; i < in->seed_count; i++) {
        if (counts(in, i))
            query_add(q, sessions, &in->seeds[i]);
    }
    for (size_t i = 0; i < in->seed_count; i++) {
        const struct seed *seed = &in->seeds[i];
        if (!seed->at_hand || seed->kind != EVIDENCE_CART)
            continue;
        struct asked *known = asked_find(q, seed->product);
        if (known != NULL)
            known->evidence.kind = EVIDENCE_CART;
        else
            query_add(q, sessions, seed);
    }
}
