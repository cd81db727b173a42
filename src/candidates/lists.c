/* SPDX-License-Identifier: Apache-2.0 */
/* lists: sources that give out what stands in order already: a merchandiser's lists, and what the
 * shopper looked at. */
#include "candidates/sources.h"

struct curated {
    struct source source;
    const struct candidate_inputs *in;
    size_t list, at; /* the next product */
    size_t given;
};

static bool curated_next(struct source *self, struct candidate *out)
{
    struct curated *c = (struct curated *)self;

    while (c->list < c->in->list_count) {
        const struct curated_list *list = &c->in->lists[c->list];
        if (c->at == list->count) {
            c->list++;
            c->at = 0;
            continue;
        }
        product_number product = catalog_find(c->in->catalog, list->item_ids[c->at++]);
        if (product == PRODUCT_NONE)
            continue;
        *out = (struct candidate){.product = product,
                                  .score = 1.0F / (float)++c->given,
                                  .source = SOURCE_curated,
                                  .evidence = {EVIDENCE_LIST, list->list}};
        return true;
    }
    return false;
}

struct source *curated_open(const struct candidate_inputs *in, struct arena *a)
{
    struct curated *c = arena_alloc(a, sizeof(*c));

    *c = (struct curated){.source = {SOURCE_curated, curated_next}, .in = in};
    return &c->source;
}

struct recently_viewed {
    struct source source;
    const struct candidate_inputs *in;
    size_t at; /* the next seed */
    size_t given;
};

/* A product stands among the seeds once for each time it was looked at. */
static bool looked_at_later(const struct candidate_inputs *in, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        const struct seed *s = &in->seeds[i];
        if (s->product == in->seeds[at].product && s->kind == EVIDENCE_VIEWED && !s->at_hand)
            return true;
    }
    return false;
}

static bool recently_viewed_next(struct source *self, struct candidate *out)
{
    struct recently_viewed *r = (struct recently_viewed *)self;

    while (r->at < r->in->seed_count) {
        const struct seed *s = &r->in->seeds[r->at++];
        /* The page at hand is being looked at; that is no news to anybody. */
        if (s->kind != EVIDENCE_VIEWED || s->at_hand || looked_at_later(r->in, r->at - 1))
            continue;
        *out = (struct candidate){.product = s->product,
                                  .score = 1.0F / (float)++r->given,
                                  .source = SOURCE_recently_viewed,
                                  .evidence = {EVIDENCE_SELF, s->product}};
        return true;
    }
    return false;
}

struct source *recently_viewed_open(const struct candidate_inputs *in, struct arena *a)
{
    struct recently_viewed *r = arena_alloc(a, sizeof(*r));

    *r = (struct recently_viewed){.source = {SOURCE_recently_viewed, recently_viewed_next},
                                  .in = in};
    return &r->source;
}
