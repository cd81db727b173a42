/* SPDX-License-Identifier: Apache-2.0 */
/* similar: the products most like what is at hand, then like what the shopper looked at or put in the
 * cart before, merged by a weight that falls with every step back. Below the rung `neighbours` only
 * what products say of themselves is compared. */
#include <assert.h>

#include "candidates/sources.h"
#include "candidates/tally.h"
#include "indexes/vectors.h"

enum { SIMILAR_SEEDS_MAX = 3, SIMILAR_OF_SEED_MAX = 64 };

const float similar_likeness_min = 0.2F;

struct similar {
    struct source source;
    const struct candidate_inputs *in;
    struct arena *arena;
    struct tally tally;
    bool collected;
};

/* The seeds that count, each product once, newest first. Nobody wants another of what was bought. Where
 * trees rank, `sequence` speaks for the session, and only what is at hand counts here. */
static size_t seeds_choose(const struct candidate_inputs *in, struct seed out[SIMILAR_SEEDS_MAX])
{
    bool ranked = in->rung_allowed == RUNG_LEARNED;
    size_t count = 0;

    for (size_t i = 0; i < in->seed_count && count < SIMILAR_SEEDS_MAX; i++) {
        bool passed = in->seeds[i].kind == EVIDENCE_BOUGHT || (ranked && !in->seeds[i].at_hand);
        for (size_t k = 0; k < count && !passed; k++)
            passed = out[k].product == in->seeds[i].product;
        if (!passed)
            out[count++] = in->seeds[i];
    }
    return count;
}

/* What a seed is like. One without a vector (no longer published, or the overlay is full) still says
 * something of itself. False when it does not. */
static bool query_make(const struct similar *s, product_number seed, struct vectors_query *out)
{
    const struct generation *g = s->in->generation;
    uint32_t shoppers;
    const struct product_vector *vector = vectors_find(g->vectors, seed, &shoppers);
    struct product product;

    *out = (struct vectors_query){.support_min = s->in->support_viewed};
    if (vector == NULL)
        return g->content != NULL && catalog_get(s->in->catalog, seed, s->arena, &product) &&
               content_vector(g->content, &product, out->vector.content);
    out->vector = *vector;
    if (s->in->rung_allowed < RUNG_NEIGHBOURS || shoppers < out->support_min)
        out->vector.sure = 0;
    return true;
}

static void add_seed(struct similar *s, const struct seed *seed, float weight)
{
    struct alike found[SIMILAR_OF_SEED_MAX];
    struct evidence from = {seed->kind, seed->product};
    struct vectors_query query;
    size_t count = 0;

    if (query_make(s, seed->product, &query))
        count = vectors_search(s->in->generation->vectors, &query, SIMILAR_OF_SEED_MAX, s->arena,
                               found);
    for (size_t i = 0; i < count; i++) {
        float alike = (float)found[i].likeness / (float)LIKENESS_UNIT;
        if (alike < similar_likeness_min)
            break;
        if (catalog_product_of(s->in->catalog, found[i].product) == seed->product)
            continue;
        struct tally_row *row = tally_row(&s->tally, found[i].product);
        if (found[i].by_behaviour)
            row->support = found[i].shoppers;
        tally_add(row, weight * alike, from);
    }
}

static void collect(struct similar *s)
{
    const struct generation *g = s->in->generation;
    struct seed seeds[SIMILAR_SEEDS_MAX];
    size_t count = g == NULL || g->vectors == NULL ? 0 : seeds_choose(s->in, seeds);
    float back = count > 0 && seeds[0].at_hand ? behind_at_hand : 1.0F;

    s->tally = tally_new((uint32_t)count * SIMILAR_OF_SEED_MAX, s->arena);
    if (count > 0)
        vectors_refresh(g->vectors, g->content, s->in->catalog);
    for (size_t i = 0; i < count; i++) {
        add_seed(s, &seeds[i], seeds[i].at_hand ? 1.0F : back);
        if (!seeds[i].at_hand)
            back *= step_back;
    }
}

static bool similar_next(struct source *self, struct candidate *out)
{
    struct similar *s = (struct similar *)self;
    struct tally_row row;

    if (!s->collected) {
        s->collected = true;
        collect(s);
    }
    if (!tally_take(&s->tally, &row))
        return false;
    *out = tally_candidate(&row, SOURCE_similar, s->in->catalog);
    return true;
}

struct source *similar_open(const struct candidate_inputs *in, struct arena *a)
{
    struct similar *s = arena_alloc(a, sizeof(*s));

    *s = (struct similar){.source = {SOURCE_similar, similar_next}, .in = in, .arena = a};
    return &s->source;
}
