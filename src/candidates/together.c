/* SPDX-License-Identifier: Apache-2.0 */
/* together: also_viewed and also_bought: the pairs of what is at hand, then of what the shopper did
 * before, merged by a weight that falls with every step back. And complement: those of the cart lines
 * at hand, and of nothing else. */
#include "candidates/sources.h"
#include "candidates/tally.h"

enum { TOGETHER_SEEDS_MAX = 8 };

struct together {
    struct source source;
    const struct candidate_inputs *in;
    struct arena *arena;
    struct tally tally;
    bool collected;
};

/* The seeds that count, each product once, newest first. */
static size_t seeds_choose(const struct together *t, struct seed out[TOGETHER_SEEDS_MAX])
{
    const struct candidate_inputs *in = t->in;
    bool cart_only = t->source.kind == SOURCE_complement;
    size_t count = 0;

    for (size_t i = 0; i < in->seed_count && count < TOGETHER_SEEDS_MAX; i++) {
        bool known = cart_only && !(in->seeds[i].at_hand && in->seeds[i].kind == EVIDENCE_CART);
        for (size_t k = 0; k < count && !known; k++)
            known = out[k].product == in->seeds[i].product;
        if (!known)
            out[count++] = in->seeds[i];
    }
    return count;
}

/* The pairs the source goes by, NULL: none; and the distinct shoppers that each needs. */
static const struct pairs *pairs_choose(const struct together *t, uint32_t *support_min)
{
    const struct generation *g = t->in->generation;

    *support_min = t->in->support_viewed;
    if (g == NULL)
        return NULL;
    switch (t->source.kind) {
    case SOURCE_also_bought: *support_min = t->in->support_bought; return g->bought;
    case SOURCE_complement: return g->complement;
    default: return g->viewed;
    }
}

static void collect(struct together *t)
{
    uint32_t support_min;
    const struct pairs *pairs = pairs_choose(t, &support_min);
    struct seed seeds[TOGETHER_SEEDS_MAX];
    size_t count = pairs == NULL ? 0 : seeds_choose(t, seeds);
    bool at_hand = count > 0 && seeds[0].at_hand;
    float back = at_hand ? behind_at_hand : 1.0F;

    t->tally = tally_new((uint32_t)count * PAIRS_PER_PRODUCT_MAX, t->arena);
    for (size_t i = 0; i < count; i++) {
        const struct pair *list;
        size_t length = pairs_of(pairs, seeds[i].product, &list);
        float weight = seeds[i].at_hand ? 1.0F : back;
        struct evidence from = {seeds[i].kind, seeds[i].product};
        for (size_t k = 0; k < length && k < PAIRS_PER_PRODUCT_MAX; k++) {
            if (list[k].support < support_min)
                continue;
            struct tally_row *row = tally_row(&t->tally, list[k].product);
            if (weight * list[k].score > row->strongest)
                row->support = list[k].support; /* of the pair the reason speaks of */
            tally_add(row, weight * list[k].score, from);
        }
        if (!seeds[i].at_hand)
            back *= step_back;
    }
}

static bool together_next(struct source *self, struct candidate *out)
{
    struct together *t = (struct together *)self;
    struct tally_row row;

    if (!t->collected) {
        t->collected = true;
        collect(t);
    }
    if (!tally_take(&t->tally, &row))
        return false;
    *out = tally_candidate(&row, t->source.kind, t->in->catalog);
    return true;
}

static struct source *together_open(const struct candidate_inputs *in, enum source_kind kind,
                                    struct arena *a)
{
    struct together *t = arena_alloc(a, sizeof(*t));

    *t = (struct together){.source = {kind, together_next}, .in = in, .arena = a};
    return &t->source;
}

struct source *also_viewed_open(const struct candidate_inputs *in, struct arena *a)
{
    return together_open(in, SOURCE_also_viewed, a);
}

struct source *also_bought_open(const struct candidate_inputs *in, struct arena *a)
{
    return together_open(in, SOURCE_also_bought, a);
}

struct source *complement_open(const struct candidate_inputs *in, struct arena *a)
{
    return together_open(in, SOURCE_complement, a);
}
