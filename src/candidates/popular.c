/* SPDX-License-Identifier: Apache-2.0 */
/* popular: bestsellers and trending: the lists of the category at hand, then of the categories
 * above it, then of the whole shop. The last, of bestsellers, in the order of a cohort and with what sells
 * where they landed, for those of whom nothing else is known. Last, when asked for, what is wanted of the
 * bestsellers of every category. */
#include <assert.h>

#include "base/largest.h"
#include "candidates/sources.h"

enum {
    LEVELS_MAX = 16,
    WIDE_CATEGORIES_MAX = 4096, /* looked through */
    WIDE_MAX = 512,             /* products found there */
};

struct popular_source {
    struct source source;
    const struct candidate_inputs *in;
    enum popularity_list list;
    enum evidence_kind evidence;
    category_number category; /* whose list is given out */
    uint32_t level;           /* lists given out before this one */
    size_t at;                /* in this list */
    struct cohort_seller
        *sellers; /* another order than the list's, or of no list; NULL: the list's */
    size_t seller_count;
    bool wide; /* they are of every category */
    struct arena *arena;
    bool ended;
};

/* What is wanted of a category's list, by score, behind `count` keys of others; a product counts where it
 * stands itself. Only the best stay. */
static size_t add_wanted(const struct popular_source *p, category_number category,
                         uint64_t keys[2 * WIDE_MAX], size_t count)
{
    const struct candidate_inputs *in = p->in;
    const struct popular *list;
    size_t listed = popularity_top(in->popularity, p->list, category, &list);

    for (size_t i = 0; i < listed; i++) {
        if (catalog_category(in->catalog, list[i].product) != category ||
            !in->wanted(in->wanted_context, list[i].product))
            continue;
        if (count == 2 * WIDE_MAX) {
            largest_front(keys, count, WIDE_MAX);
            count = WIDE_MAX;
        }
        keys[count++] = largest_key(list[i].score, list[i].product);
    }
    return count;
}

/* The best of all that sells and is wanted: scores of bestsellers are of one kind. */
static void look_wide(struct popular_source *p)
{
    uint64_t *keys = arena_array(p->arena, (size_t)2 * WIDE_MAX, sizeof(*keys));
    size_t categories = catalog_category_count(p->in->catalog), count = 0;

    for (size_t c = 1; c <= categories && c <= WIDE_CATEGORIES_MAX; c++)
        count = add_wanted(p, (category_number)c, keys, count);
    p->seller_count = count < WIDE_MAX ? count : WIDE_MAX;
    largest_first(keys, count, p->seller_count);
    p->sellers = arena_array(p->arena, p->seller_count, sizeof(*p->sellers));
    for (size_t i = 0; i < p->seller_count; i++) {
        product_number n = largest_which(keys[i]);
        p->sellers[i] = (struct cohort_seller){n, catalog_category(p->in->catalog, n)};
    }
    p->wide = true;
}

/* One list up; the shop's (category 0) is the last, but for what is found wide. */
static void climb(struct popular_source *p)
{
    bool wide = p->in->wanted != NULL && p->list == POPULARITY_BESTSELLERS && !p->wide;

    p->ended = p->category == 0 && !wide;
    if (p->category == 0 && wide)
        look_wide(p);
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
        p->in->cohorts != NULL && !p->wide)
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
        assert(p->level <= LEVELS_MAX);
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
