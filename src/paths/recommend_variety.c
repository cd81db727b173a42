/* SPDX-License-Identifier: Apache-2.0 */
/* Not all alike: the top of the ranked list, by what the surface or the shopper wants of variety. */
#include "candidates/variety.h"
#include "paths/recommend_steps.h"

/* What the trees gave each candidate, in the order they stand in; NULL: trees ranked nothing. */
static const float *scores_in_order(const struct request *r)
{
    if (r->ranking == NULL || r->ranking->scores == NULL)
        return NULL;
    float *scores = arena_array(r->arena, r->candidate_count, sizeof(*scores));
    for (size_t i = 0; i < r->candidate_count; i++)
        scores[i] = r->ranking->scores[r->ranking->order[i]];
    return scores;
}

/* Past the deadline the list stays as it is. */
enum status vary(struct request *r, struct error *err)
{
    const struct variety_inputs in = {
        .generation = r->from->generation,
        .catalog = r->from->state->catalog,
        .candidates = r->candidates,
        .scores = r->variety_ppm == 0 ? NULL : scores_in_order(r),
        .count = r->candidate_count,
        .places = r->limit,
        .variety_ppm = r->variety_ppm,
        .behaviour = r->rung_allowed >= RUNG_NEIGHBOURS,
    };

    (void)err; /* any order is an order */
    if (r->variety_ppm == 0 || r->late || r->candidate_count < 2)
        return OK;
    uint32_t *from = arena_array(r->arena, r->candidate_count, sizeof(*from));
    variety_order(&in, from, r->arena);
    candidates_rearrange(r, from);
    return OK;
}
