/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates/neighbours_query.h"

#include <assert.h>

#include "candidates/session.h"

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

void neighbour_query_make(struct neighbour_query *q, const struct sessions *sessions,
                          const struct candidate_inputs *in)
{
    struct session_clicks session;

    *q = (struct neighbour_query){
        .similarity_decay = 1.0F, .match_decay = 1.0F, .again_decay = 1.0F};
    session_clicks_of(in->seeds, in->seed_count, &session);
    for (uint32_t i = 0; i < session.count; i++)
        query_add(q, sessions, &session.clicks[i]);
}
