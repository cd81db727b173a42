/* SPDX-License-Identifier: Apache-2.0 */
/* popular: bestsellers and trending: the lists of the category at hand, then of the categories
 * above it, then of the whole shop. The last, of bestsellers, in the order of a cohort and with what sells
 * where they landed, for those of whom nothing else is known. */
#include <assert.h>

#include "candidates/sources.h"

enum { LEVELS_MAX = 16 };

struct popular_source {
    struct source source;
    const struct candidate_inputs *in;
    enum popularity_list list;
    enum evidence_kind evidence;
    category_number category;      /* whose list is given out */
    uint32_t level;                /* lists given out before this one */
    size_t at;                     /* in this list */
    struct cohort_seller *sellers; /* a cohort's order of the last list; NULL: the list's own */
    size_t seller_count;
    struct arena *arena;
    bool ended;
};

/* One list up; the shop's (category 0) is the last. */
static void climb(struct popular_source *p)
{
    p->ended = p->category == 0;
    p->category = p->level + 2 < LEVELS_MAX && p->category != 0
                      ? catalog_category_parent(p->in->catalog, p->category)
                      : 0;
    p->level++;
    p->at = 0;
}

static struct cohort_list list_of(const struct popular_source *p, category_number category)
{
    struct cohort_list list = {.category = category};

    list.count = popularity_top(p->in->popularity, p->list, category, &list.products);
    return list;
}

/* The cohort's order, when it comes to the shop's list. */
static void order_sellers(struct popular_source *p)
{
    const struct candidate_inputs *in = p->in;
    struct cohort_list landing = {0}, shop = list_of(p, 0);

    if (in->landing != 0)
        landing = list_of(p, in->landing);
    p->sellers = arena_array(p->arena, COHORT_SELLERS_MAX, sizeof(*p->sellers));
    p->seller_count = cohorts_order(in->cohorts, &in->arrival, &landing, &shop, p->sellers);
    if (p->seller_count == 0)
        p->sellers = NULL;
}

/* Number `at` of the list at hand; false when it has no more. */
static bool entry(struct popular_source *p, struct cohort_seller *out)
{
    if (p->at == 0 && p->category == 0 && p->list == POPULARITY_BESTSELLERS &&
        p->in->cohorts != NULL)
        order_sellers(p);
    if (p->sellers != NULL) {
        if (p->at < p->seller_count)
            *out = p->sellers[p->at];
        return p->at < p->seller_count;
    }
    struct cohort_list list = list_of(p, p->category);
    if (p->at < list.count)
        *out = (struct cohort_seller){list.products[p->at].product, p->category};
    return p->at < list.count;
}

static bool popular_next(struct source *self, struct candidate *out)
{
    struct popular_source *p = (struct popular_source *)self;

    while (!p->ended) {
        struct cohort_seller seller = {0};
        if (!entry(p, &seller)) {
            climb(p);
            continue;
        }
        /* Popularities of different lists do not compare; the place in the list does. */
        assert(p->level < LEVELS_MAX);
        float base = (float)(LEVELS_MAX - p->level);
        *out = (struct candidate){.product = catalog_product_of(p->in->catalog, seller.product),
                                  .score = base + 1.0F / (float)(p->at + 2),
                                  .source = p->source.kind,
                                  .evidence = {p->evidence, seller.category}};
        p->at++;
        return true;
    }
    return false;
}

static struct source *popular_open(const struct candidate_inputs *in, enum source_kind kind,
                                   struct arena *a)
{
    struct popular_source *p = arena_alloc(a, sizeof(*p));
    bool selling = kind == SOURCE_bestsellers;

    *p = (struct popular_source){.source = {kind, popular_next},
                                 .in = in,
                                 .arena = a,
                                 .list = selling ? POPULARITY_BESTSELLERS : POPULARITY_TRENDING,
                                 .evidence = selling ? EVIDENCE_POPULAR : EVIDENCE_TRENDING,
                                 .category = in->category};
    return &p->source;
}

struct source *bestsellers_open(const struct candidate_inputs *in, struct arena *a)
{
    return popular_open(in, SOURCE_bestsellers, a);
}

struct source *trending_open(const struct candidate_inputs *in, struct arena *a)
{
    return popular_open(in, SOURCE_trending, a);
}
