/* SPDX-License-Identifier: Apache-2.0 */
/* variety: what a candidate is worth for the next place only falls as places are filled. So one is
 * compared with what was placed since only when what it was worth before would still win (lazy greedy:
 * Minoux, Accelerated greedy algorithms, 1978), and nothing is known of those that never come up. */
#include "candidates/variety.h"

#include <assert.h>

#include "indexes/vectors.h"

enum { SHARE_BITS = 16, SHARES = 1 << SHARE_BITS };

/* One candidate of the pool. */
struct contender {
    const struct product_vector *vector; /* NULL: none */
    uint32_t sure;                       /* of its vector's behaviour */
    category_number category, parent;
    brand_number brand;
    int32_t relevance, crowded; /* LIKENESS_UNIT is 1; crowded: most alike to what was placed */
    uint32_t met;               /* as far as it was compared with that: the first so many places */
    bool known, placed;
};

struct pool {
    const struct variety_inputs *in;
    const struct vectors *vectors; /* NULL: none */
    struct contender *all;
    size_t count;
    int64_t variety;      /* SHARES is 1 */
    const uint32_t *from; /* who was placed */
    uint32_t placed;
};

static int32_t clamp(int64_t likeness)
{
    return likeness < 0 ? 0 : likeness > LIKENESS_UNIT ? LIKENESS_UNIT : (int32_t)likeness;
}

static int64_t categories_alike(const struct contender *a, const struct contender *b)
{
    if (a->category == 0 || b->category == 0)
        return 0;
    if (a->category == b->category)
        return LIKENESS_UNIT;
    bool related = a->category == b->parent || b->category == a->parent ||
                   (a->parent != 0 && a->parent == b->parent);
    return related ? LIKENESS_UNIT / 2 : 0;
}

static int32_t alike(const struct contender *a, const struct contender *b)
{
    int64_t category = categories_alike(a, b);
    int64_t brand = a->brand != 0 && a->brand == b->brand ? LIKENESS_UNIT : 0;

    if (a->vector == NULL || b->vector == NULL)
        return (int32_t)((3 * category + brand) / 4);
    int64_t vector = clamp(likeness_of(vector_dots(a->vector, b->vector), a->sure, b->sure));
    return (int32_t)((4 * vector + 3 * category + brand) / 8);
}

static void get_to_know(const struct pool *pool, size_t i)
{
    const struct variety_inputs *in = pool->in;
    product_number n = in->candidates[i].product;
    struct contender *c = &pool->all[i];

    if (c->known)
        return;
    c->known = true;
    c->vector = pool->vectors == NULL ? NULL : vectors_find(pool->vectors, n, NULL);
    c->sure = c->vector != NULL && in->behaviour ? c->vector->sure : 0;
    c->category = catalog_category(in->catalog, n);
    c->parent = c->category == 0 ? 0 : catalog_category_parent(in->catalog, c->category);
    c->brand = catalog_brand(in->catalog, n);
}

static void relevance_by_place(struct contender *pool, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pool[i].relevance =
            (int32_t)((int64_t)LIKENESS_UNIT * (int64_t)(count - i) / (int64_t)count);
}

/* Between the first and the last of the pool; a score never counts for more than one further up. */
static void relevance_by_score(const float *scores, struct contender *pool, size_t count)
{
    float first = scores[0], last = first, now = first;

    for (size_t i = 0; i < count; i++)
        last = scores[i] < last ? scores[i] : last;
    if (!(last < first)) {
        relevance_by_place(pool, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        now = scores[i] < now ? scores[i] : now;
        double share = ((double)now - (double)last) / ((double)first - (double)last);
        pool[i].relevance = clamp((int64_t)(share * LIKENESS_UNIT));
    }
}

static int64_t worth(const struct pool *pool, size_t i)
{
    const struct contender *c = &pool->all[i];

    return (SHARES - pool->variety) * c->relevance - pool->variety * c->crowded;
}

/* What it is worth now: compared with all that is placed, or as soon as it is not above `least`. */
static int64_t worth_now(const struct pool *pool, size_t i, int64_t least)
{
    struct contender *c = &pool->all[i];
    int64_t now = worth(pool, i);

    while (now > least && c->met < pool->placed) {
        get_to_know(pool, i);
        int32_t near = alike(c, &pool->all[pool->from[c->met++]]);
        if (near <= c->crowded)
            continue;
        c->crowded = near;
        now = worth(pool, i);
    }
    return now;
}

/* Relevance only falls along the pool, so the rest may be too little relevant to win. */
static size_t choose(const struct pool *pool)
{
    int64_t most = INT64_MIN;
    size_t best = 0;

    for (size_t i = 0; i < pool->count; i++) {
        if (pool->all[i].placed)
            continue;
        if ((SHARES - pool->variety) * pool->all[i].relevance <= most)
            break;
        int64_t now = worth_now(pool, i, most);
        if (now <= most)
            continue;
        most = now;
        best = i;
    }
    return best;
}

static struct pool pool_of(const struct variety_inputs *in, size_t places, struct arena *a)
{
    const struct generation *g = in->generation;
    size_t count = in->count < places + VARIETY_POOL ? in->count : places + VARIETY_POOL;
    struct pool pool = {.in = in,
                        .vectors = g == NULL ? NULL : g->vectors,
                        .all = arena_array(a, count, sizeof(*pool.all)),
                        .count = count,
                        .variety = (int64_t)in->variety_ppm * SHARES / VARIETY_ALL_PPM};

    if (pool.vectors != NULL)
        vectors_refresh(pool.vectors, g->content, in->catalog);
    if (in->scores != NULL && count > 0)
        relevance_by_score(in->scores, pool.all, count);
    else
        relevance_by_place(pool.all, count);
    return pool;
}

void variety_order(const struct variety_inputs *in, uint32_t *from, struct arena *a)
{
    size_t places = in->places < VARIETY_PLACES_MAX ? in->places : VARIETY_PLACES_MAX;
    struct pool pool = pool_of(in, places, a);
    size_t at = 0;

    assert(in->variety_ppm <= VARIETY_ALL_PPM);
    pool.from = from;
    for (; at < places && at < pool.count; at++) {
        size_t best = choose(&pool);
        get_to_know(&pool, best);
        pool.all[best].placed = true;
        from[at] = (uint32_t)best;
        pool.placed++;
    }
    for (size_t i = 0; i < in->count; i++)
        if (i >= pool.count || !pool.all[i].placed)
            from[at++] = (uint32_t)i;
    assert(at == in->count);
}
