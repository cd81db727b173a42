/* SPDX-License-Identifier: Apache-2.0 */
/* variety: each place's choice costs one likeness for every candidate left: 8 of 108 some 800. */
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
    bool placed;
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

static void contenders_meet(const struct variety_inputs *in, struct contender *pool, size_t count)
{
    const struct generation *g = in->generation;
    const struct vectors *vectors = g == NULL ? NULL : g->vectors;

    if (vectors != NULL)
        vectors_refresh(vectors, g->content, in->catalog);
    for (size_t i = 0; i < count; i++) {
        product_number n = in->candidates[i].product;
        struct contender *c = &pool[i];
        c->vector = vectors == NULL ? NULL : vectors_find(vectors, n, NULL);
        c->sure = c->vector != NULL && in->behaviour ? c->vector->sure : 0;
        c->category = catalog_category(in->catalog, n);
        c->parent = c->category == 0 ? 0 : catalog_category_parent(in->catalog, c->category);
        c->brand = catalog_brand(in->catalog, n);
    }
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

static size_t choose(const struct contender *pool, size_t count, int64_t variety)
{
    int64_t most = INT64_MIN;
    size_t best = count;

    for (size_t i = 0; i < count; i++) {
        int64_t worth = (SHARES - variety) * pool[i].relevance - variety * pool[i].crowded;
        if (pool[i].placed || worth <= most)
            continue;
        most = worth;
        best = i;
    }
    return best;
}

void variety_order(const struct variety_inputs *in, uint32_t *from, struct arena *a)
{
    size_t places = in->places < VARIETY_PLACES_MAX ? in->places : VARIETY_PLACES_MAX;
    size_t count = in->count < places + VARIETY_POOL ? in->count : places + VARIETY_POOL;
    struct contender *pool = arena_array(a, count, sizeof(*pool));
    int64_t variety = (int64_t)in->variety_ppm * SHARES / VARIETY_ALL_PPM;
    size_t placed = 0;

    assert(in->variety_ppm <= VARIETY_ALL_PPM);
    contenders_meet(in, pool, count);
    if (in->scores != NULL && count > 0)
        relevance_by_score(in->scores, pool, count);
    else
        relevance_by_place(pool, count);
    while (placed < places && placed < count) {
        size_t best = choose(pool, count, variety);
        pool[best].placed = true;
        from[placed++] = (uint32_t)best;
        for (size_t i = 0; i < count && placed < places; i++) {
            int32_t near = pool[i].placed ? 0 : alike(&pool[i], &pool[best]);
            pool[i].crowded = near > pool[i].crowded ? near : pool[i].crowded;
        }
    }
    for (size_t i = 0; i < in->count; i++)
        if (i >= count || !pool[i].placed)
            from[placed++] = (uint32_t)i;
    assert(placed == in->count);
}
