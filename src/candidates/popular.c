/* SPDX-License-Identifier: Apache-2.0 */
/* popular: bestsellers and trending: the lists of the category at hand, then of the categories
 * above it, then of the whole shop. */
#include <assert.h>

#include "candidates/sources.h"

enum { LEVELS_MAX = 16 };

struct popular_source {
    struct source source;
    const struct candidate_inputs *in;
    enum popularity_list list;
    enum evidence_kind evidence;
    category_number category; /* whose list is given out */
    uint32_t level;           /* lists given out before this one */
    size_t at;                /* in this list */
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

static size_t top_of(const struct popular_source *p, const struct popular **out)
{
    if (p->category != 0 || p->list != POPULARITY_BESTSELLERS || p->in->sellers == NULL)
        return popularity_top(p->in->popularity, p->list, p->category, out);
    *out = p->in->sellers;
    return p->in->seller_count;
}

static bool popular_next(struct source *self, struct candidate *out)
{
    struct popular_source *p = (struct popular_source *)self;

    while (!p->ended) {
        const struct popular *list;
        size_t count = top_of(p, &list);
        if (p->at >= count) {
            climb(p);
            continue;
        }
        /* Popularities of different lists do not compare; the place in the list does. */
        assert(p->level < LEVELS_MAX);
        float base = (float)(LEVELS_MAX - p->level);
        *out =
            (struct candidate){.product = catalog_product_of(p->in->catalog, list[p->at].product),
                               .score = base + 1.0F / (float)(p->at + 2),
                               .source = p->source.kind,
                               .evidence = {p->evidence, p->category}};
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
