/* SPDX-License-Identifier: Apache-2.0 */
/* A small share of answers on the rung learned shows one product from below the limit, so that learning
 * sees more than its own choices. What is drawn hangs on the question alone: a replay draws the same.
 * How likely each product was to stand where it stands is decision_propensity's to say. */
#include "base/hash.h"
#include "base/random.h"
#include "paths/recommend_steps.h"

/* Learning and evaluating ask what is best, and nothing but that; from robots nobody learns. */
static bool may_explore(const struct request *r)
{
    const struct recommend_from *from = r->from;

    return r->ranking != NULL && r->rung_allowed == RUNG_LEARNED && !r->late &&
           r->robot == ROBOT_NOT && r->surface->explore_ppm > 0 && !from->traffic_ignored &&
           !from->seen_again && !from->examples && !from->in_order;
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

_Static_assert((int)EVIDENCE_PIN == (int)DECISION_KIND_PINNED, "propensities leave pins out");

static bool is_pinned(const struct request *r, size_t at)
{
    return r->candidates[at].evidence.kind == EVIDENCE_PIN;
}

/* How many of the places below `count` are filled by ranking. */
static uint32_t ranked_places(const struct request *r, size_t count)
{
    uint32_t ranked = 0;

    for (size_t i = 0; i < count; i++)
        ranked += !is_pinned(r, i);
    return ranked;
}

/* Candidate `from` is put to `to`, which stands higher up; those in between move down by one place, but
 * for what is pinned, which stays. */
static void move_up(struct request *r, size_t from, size_t to)
{
    const struct candidate candidate = r->candidates[from];
    const struct reason reason = r->reasons[from];
    uint32_t ranked = r->ranking->order[from];

    for (size_t at = from; at > to;) {
        size_t above = at - 1;
        while (is_pinned(r, above))
            above--;
        r->candidates[at] = r->candidates[above];
        r->reasons[at] = r->reasons[above];
        r->ranking->order[at] = r->ranking->order[above];
        at = above;
    }
    r->candidates[to] = candidate;
    r->reasons[to] = reason;
    r->ranking->order[to] = ranked;
}

/* The place that ranking fills as its number `n`, from 0. */
static size_t ranked_place(const struct request *r, uint32_t n)
{
    size_t at = 0;

    while (is_pinned(r, at) || n-- > 0)
        at++;
    return at;
}

enum status explore(struct request *r, struct error *err)
{
    struct random random;
    size_t count = r->candidate_count;

    (void)err; /* what is ranked can always be shown */
    if (may_explore(r)) {
        r->explore_ppm = r->surface->explore_ppm;
        r->explore_pool = count > r->limit ? (uint32_t)(count - r->limit) : 0;
        uint32_t places = r->explore_pool > 0 ? ranked_places(r, r->limit) : 0;
        if (places == 0)
            r->explore_pool = 0; /* nothing to draw, or nowhere to put it */
        if (draw(r, &random) && places > 0) {
            size_t slot = ranked_place(r, random_below(&random, places));
            move_up(r, r->limit + random_below(&random, r->explore_pool), slot);
            r->explored_slot = (uint32_t)slot + 1;
        }
    }
    for (size_t i = r->limit; i < count; i++)
        trail_drop(r, &r->candidates[i], "over_limit");
    r->candidate_count = count < r->limit ? count : r->limit;
    return OK;
}
