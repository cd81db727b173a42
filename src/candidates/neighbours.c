/* SPDX-License-Identifier: Apache-2.0 */
/* neighbours: what shoppers with sessions like this one looked at.
 *
 * VMIS-kNN (Kersbergen, Sprangers, Schelter: Serenade, SIGMOD 2022, section 4): the most recent
 * sessions of each of the session's products are merged; the likest are kept; each gives its
 * products its likeness, less the further the shared product lies back, and more the rarer a
 * product is. */
#include <math.h>
#include <stdlib.h>

#include "candidates/sources.h"
#include "candidates/tally.h"

enum {
    NEIGHBOURS_PRODUCTS_MAX = 8,  /* distinct products of the session that fetch neighbours */
    NEIGHBOURS_FETCHED_MAX = 500, /* most recent sessions fetched for each */
    NEIGHBOURS_KEPT_MAX = 200,    /* likest sessions */
    NEIGHBOURS_CLICKS_MAX = 50,   /* last clicks of a neighbour that are looked at */
};

struct like {
    session_number session;
    float likeness;
    uint32_t seed; /* newest shared product */
};

struct neighbours {
    struct source source;
    const struct candidate_inputs *in;
    struct arena *arena;
    struct tally tally;
    bool collected;
};

/* The session's distinct products, newest first. */
static size_t session_seeds(const struct candidate_inputs *in,
                            struct seed out[NEIGHBOURS_PRODUCTS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < in->seed_count && count < NEIGHBOURS_PRODUCTS_MAX; i++) {
        bool known = !in->seeds[i].in_session;
        for (size_t k = 0; k < count && !known; k++)
            known = out[k].product == in->seeds[i].product;
        if (!known)
            out[count++] = in->seeds[i];
    }
    return count;
}

/* The posting lists, newest session first, merged into one list of sessions with their likeness. */
static size_t merge(const struct sessions *sessions, const struct seed *seeds, size_t seed_count,
                    struct like *out)
{
    const session_number *at[NEIGHBOURS_PRODUCTS_MAX], *end[NEIGHBOURS_PRODUCTS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < seed_count; i++) {
        size_t length = sessions_of(sessions, seeds[i].product, &at[i]);
        end[i] = at[i] + (length < NEIGHBOURS_FETCHED_MAX ? length : NEIGHBOURS_FETCHED_MAX);
    }
    for (;;) {
        bool any = false;
        session_number newest = 0;
        for (size_t i = 0; i < seed_count; i++) {
            if (at[i] < end[i] && (!any || *at[i] > newest)) {
                newest = *at[i];
                any = true;
            }
        }
        if (!any)
            return count;
        struct like like = {newest, 0.0F, UINT32_MAX};
        for (size_t i = 0; i < seed_count; i++) {
            if (at[i] == end[i] || *at[i] != newest)
                continue;
            like.likeness += 1.0F - (float)i / (float)seed_count;
            like.seed = like.seed == UINT32_MAX ? (uint32_t)i : like.seed;
            at[i]++;
        }
        out[count++] = like;
    }
}

static int by_likeness(const void *x, const void *y)
{
    const struct like *a = x, *b = y;

    if (a->likeness != b->likeness)
        return a->likeness > b->likeness ? -1 : 1;
    return a->session > b->session ? -1 : 1; /* sessions stand once each */
}

static void score(struct neighbours *n, const struct like *like, const struct seed *seeds)
{
    const struct sessions *sessions = n->in->generation->sessions;
    const product_number *products;
    size_t length = session_products(sessions, like->session, &products);
    shopper_number shopper = session_shopper(sessions, like->session);
    struct evidence from = {seeds[like->seed].kind, seeds[like->seed].product};
    float recent = 1.0F / (float)(1 + like->seed);

    for (size_t i = length > NEIGHBOURS_CLICKS_MAX ? length - NEIGHBOURS_CLICKS_MAX : 0; i < length;
         i++) {
        double share = (double)sessions_count(sessions) /
                       (double)(1 + sessions_frequency(sessions, products[i]));
        struct tally_row *row = tally_row(&n->tally, products[i]);
        tally_add(row, like->likeness * recent * (1.0F + logf((float)(1.0 + share))), from);
        if (row->counted != shopper) {
            row->counted = shopper;
            row->support++;
        }
    }
}

/* Sessions of one shopper must follow each other, so that each counts once. */
static int by_shopper(const void *x, const void *y)
{
    const uint64_t *a = x, *b = y;

    return *a < *b ? -1 : *a > *b;
}

static void collect(struct neighbours *n)
{
    const struct generation *g = n->in->generation;
    struct seed seeds[NEIGHBOURS_PRODUCTS_MAX];
    size_t seed_count = g == NULL || g->sessions == NULL ? 0 : session_seeds(n->in, seeds);
    struct like *likes = arena_array(n->arena, seed_count * NEIGHBOURS_FETCHED_MAX, sizeof(*likes));
    size_t count = seed_count == 0 ? 0 : merge(g->sessions, seeds, seed_count, likes);

    qsort(likes, count, sizeof(*likes), by_likeness);
    count = count < NEIGHBOURS_KEPT_MAX ? count : NEIGHBOURS_KEPT_MAX;
    uint64_t order[NEIGHBOURS_KEPT_MAX];
    uint32_t clicks = 0;
    for (size_t i = 0; i < count; i++) {
        const product_number *products;
        size_t length = session_products(g->sessions, likes[i].session, &products);
        clicks += (uint32_t)(length < NEIGHBOURS_CLICKS_MAX ? length : NEIGHBOURS_CLICKS_MAX);
        order[i] = (uint64_t)session_shopper(g->sessions, likes[i].session) << 32 | i;
    }
    qsort(order, count, sizeof(*order), by_shopper);
    n->tally = tally_new(clicks, n->arena);
    for (size_t i = 0; i < count; i++)
        score(n, &likes[(uint32_t)order[i]], seeds);
}

static bool neighbours_next(struct source *self, struct candidate *out)
{
    struct neighbours *n = (struct neighbours *)self;
    struct tally_row row;

    if (!n->collected) {
        n->collected = true;
        collect(n);
    }
    while (tally_take(&n->tally, &row)) {
        if (row.support < n->in->support_viewed)
            continue;
        *out = tally_candidate(&row, n->source.kind, n->in->catalog);
        return true;
    }
    return false;
}

struct source *neighbours_open(const struct candidate_inputs *in, struct arena *a)
{
    struct neighbours *n = arena_alloc(a, sizeof(*n));

    *n = (struct neighbours){.source = {SOURCE_neighbours, neighbours_next}, .in = in, .arena = a};
    return &n->source;
}
