/* SPDX-License-Identifier: Apache-2.0 */
/* A small share of answers on the rung learned shows one product from below the limit, so that learning
 * sees more than its own choices. What is drawn hangs on the question alone: a replay draws the same.
 * How likely each product was to stand where it stands is decision_propensity's to say. */
#include <string.h>

#include "base/hash.h"
#include "base/random.h"
#include "paths/recommend_steps.h"

/* Learning and evaluating ask what is best, and nothing but that. */
static bool may_explore(const struct request *r)
{
    const struct recommend_from *from = r->from;

    return r->ranking != NULL && r->rung_allowed == RUNG_LEARNED && !r->late &&
           r->surface->explore_ppm > 0 && !from->traffic_ignored && !from->seen_again &&
           !from->examples && !from->in_order;
}

/* The same numbers in the same order for the same question, on each surface its own. */
static bool draw(const struct request *r, struct random *random)
{
    const struct question *q = r->question;
    uint64_t seed = hash_text(q->user_id, hash_text(q->anonymous_id, (uint64_t)q->now_ms));

    random_seed(random, hash_text(r->surface->name, seed));
    return random_below(random, EXPLORE_ALWAYS_PPM) < r->surface->explore_ppm;
}

size_t explore_room(const struct request *r)
{
    struct random random;

    if (!may_explore(r))
        return 0;
    return draw(r, &random) ? EXPLORE_POOL_MAX : 1;
}

/* Candidate `from` is put before candidate `to`, which stands higher up. */
static void move_up(struct request *r, size_t from, size_t to)
{
    const struct candidate candidate = r->candidates[from];
    const struct reason reason = r->reasons[from];
    uint32_t ranked = r->ranking->order[from];

    memmove(&r->candidates[to + 1], &r->candidates[to], (from - to) * sizeof(*r->candidates));
    memmove(&r->reasons[to + 1], &r->reasons[to], (from - to) * sizeof(*r->reasons));
    memmove(&r->ranking->order[to + 1], &r->ranking->order[to],
            (from - to) * sizeof(*r->ranking->order));
    r->candidates[to] = candidate;
    r->reasons[to] = reason;
    r->ranking->order[to] = ranked;
}

enum status explore(struct request *r, struct error *err)
{
    struct random random;
    size_t count = r->candidate_count;

    (void)err; /* what is ranked can always be shown */
    if (may_explore(r)) {
        r->explore_ppm = r->surface->explore_ppm;
        r->explore_pool = count > r->limit ? (uint32_t)(count - r->limit) : 0;
        if (draw(r, &random) && r->explore_pool > 0) {
            uint32_t slot = random_below(&random, r->limit);
            move_up(r, r->limit + random_below(&random, r->explore_pool), slot);
            r->explored_slot = slot + 1;
        }
    }
    for (size_t i = r->limit; i < count; i++)
        trail_drop(r, &r->candidates[i], "over_limit");
    r->candidate_count = count < r->limit ? count : r->limit;
    return OK;
}
