/* SPDX-License-Identifier: Apache-2.0 */
/* The rung learned: trees put the candidates in order, by what features/ knows of each. Past the
 * deadline, or without trees, the order is that of the rung below. */
#include "base/largest.h"
#include "base/time.h"
#include "model/model.h"
#include "paths/recommend_steps.h"

void encode_session(struct request *r)
{
    const struct generation *g = r->from->generation;
    struct session_clicks session;
    product_number clicks[SEEDS_MAX];

    r->encoded = arena_alloc(r->arena, sizeof(*r->encoded));
    if (g->encoder == NULL)
        return;
    session_clicks_of(r->seeds, r->seed_count, &session);
    for (uint32_t i = 0; i < session.count; i++)
        clicks[i] = session.clicks[i].product;
    encoder_encode(g->encoder, clicks, session.count, r->encoded);
}

static uint32_t hour_of(const struct request *r)
{
    const struct zone *zone = r->from->state->program->zone;
    int64_t now_ms = r->question->now_ms;
    int64_t local_ms = now_ms + (zone == NULL ? 0 : zone_offset_ms(zone, now_ms));

    return (uint32_t)(local_ms % MS_DAY / MS_HOUR);
}

enum status find_features(struct request *r, struct error *err)
{
    (void)err; /* what is not known is a missing value */
    if (r->ranking == NULL || r->late)
        return OK;
    const struct feature_inputs in = {
        .generation = r->from->generation,
        .catalog = r->from->state->catalog,
        .popularity = r->from->state->popularity,
        .profile = &r->profile,
        .seeds = r->seeds,
        .seed_count = r->seed_count,
        .encoded = r->encoded,
        .candidates = &r->ranking->set,
        .surface = (uint32_t)r->surface->kind,
        .hour = hour_of(r),
        .now_ms = r->question->now_ms,
    };

    features_compute(&in, &r->ranking->features, r->arena);
    return OK;
}

/* Equal scores keep the order in which sources proposed. */
static void order_by_trees(struct request *r)
{
    struct ranking *ranking = r->ranking;
    const struct features *f = &ranking->features;
    const struct model_rows rows = {f->values, f->stride, f->count};
    uint64_t *keys = arena_array(r->arena, f->count, sizeof(*keys));

    ranking->scores = arena_array(r->arena, f->count, sizeof(*ranking->scores));
    model_score(r->from->generation->ranker, &rows, ranking->scores, r->arena);
    for (uint32_t i = 0; i < f->count; i++)
        keys[i] = largest_key(ranking->scores[i], i);
    largest_first(keys, f->count, f->count);
    for (uint32_t i = 0; i < f->count; i++)
        ranking->order[i] = largest_which(keys[i]);
    r->candidate_count = f->count;
}

/* As gathering would have it without the sources of the top rung. */
static void order_by_sources(struct request *r)
{
    struct candidate_set *set = &r->ranking->set;

    for (uint32_t i = 0; i < set->count; i++) {
        bool below = false;
        for (int kind = 0; kind < SOURCE_COUNT; kind++)
            below = below || (set->said[i][kind].rank > 0 &&
                              source_rung((enum source_kind)kind) < RUNG_LEARNED);
        if (below)
            r->ranking->order[r->candidate_count++] = i;
    }
    r->rung_allowed = RUNG_NEIGHBOURS;
    r->rung_why = "the deadline had passed before the candidates were ranked";
}

/* How much a reason from there is worth: what the shopper did or holds, borne out by other shoppers,
 * before what a model makes of it; then what the shop chose; then what everyone likes. */
static uint32_t worth(enum source_kind kind, enum evidence_kind evidence)
{
    switch (evidence) {
    case EVIDENCE_VIEWED:
    case EVIDENCE_CART:
    case EVIDENCE_BOUGHT: return source_rung(kind) == RUNG_LEARNED ? 4 : 5;
    case EVIDENCE_SELF: return 3;
    case EVIDENCE_LIST:
    case EVIDENCE_PIN: return 2;
    case EVIDENCE_TRENDING:
    case EVIDENCE_POPULAR: return 1;
    case EVIDENCE_NONE: break;
    }
    return 0;
}

bool ranking_option(const struct request *r, uint32_t candidate, uint32_t *tried,
                    struct candidate *out)
{
    const struct said *said = r->ranking->set.said[candidate], *best = NULL;
    enum source_kind from = 0;

    for (size_t i = 0; i < r->source_count; i++) {
        enum source_kind kind = r->sources[i];
        const struct said *s = &said[kind];
        if (s->rank == 0 || (*tried >> kind & 1) != 0 || source_rung(kind) > r->rung_allowed)
            continue;
        uint32_t worth_now = worth(kind, s->evidence.kind);
        uint32_t worth_best = best == NULL ? 0 : worth(from, best->evidence.kind);
        if (best != NULL &&
            (worth_now < worth_best || (worth_now == worth_best && s->rank >= best->rank)))
            continue;
        best = s;
        from = kind;
    }
    if (best == NULL)
        return false;
    *tried |= 1U << from;
    *out = candidate_said(&r->ranking->set, candidate, from);
    return true;
}

enum status rank_candidates(struct request *r, struct error *err)
{
    struct ranking *ranking = r->ranking;

    (void)err; /* any order is an order */
    if (ranking == NULL)
        return OK;
    ranking->order = arena_array(r->arena, ranking->set.count, sizeof(*ranking->order));
    if (r->late)
        order_by_sources(r);
    else
        order_by_trees(r);
    r->candidates = arena_array(r->arena, r->candidate_count, sizeof(*r->candidates));
    for (size_t i = 0; i < r->candidate_count; i++) /* what is said for it, explaining finds */
        r->candidates[i].product = ranking->set.products[ranking->order[i]];
    return OK;
}
