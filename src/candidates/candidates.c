/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates/candidates.h"

#include <assert.h>
#include <float.h>

#include "base/hash.h"
#include "candidates/sources.h"

static const char *const rung_words[RUNG_COUNT] = {"curated", "bestsellers", "co-view",
                                                   "neighbours", "learned"};

static const struct {
    const char *word;
    enum rung rung;
    const char *meaning;
    source_opener *open;
} rows[SOURCE_COUNT] = {
#define SOURCE(name, rung, meaning) {#name, RUNG_##rung, meaning, name##_open},
#include "candidates/source.def"
#undef SOURCE
};

const char *rung_word(enum rung rung)
{
    assert(rung < RUNG_COUNT);
    return rung_words[rung];
}

bool rung_find(struct text word, enum rung *out)
{
    for (size_t i = 0; i < RUNG_COUNT; i++) {
        if (text_is(word, rung_words[i])) {
            *out = (enum rung)i;
            return true;
        }
    }
    return false;
}

const char *source_word(enum source_kind kind)
{
    assert(kind < SOURCE_COUNT);
    return rows[kind].word;
}

enum rung source_rung(enum source_kind kind)
{
    assert(kind < SOURCE_COUNT);
    return rows[kind].rung;
}

enum rung candidate_rung(const struct candidate *c)
{
    return c->source == SOURCE_similar && c->support > 0 ? RUNG_NEIGHBOURS : source_rung(c->source);
}

const char *source_meaning(enum source_kind kind)
{
    assert(kind < SOURCE_COUNT);
    return rows[kind].meaning;
}

struct source *source_open(enum source_kind kind, const struct candidate_inputs *in,
                           struct arena *a)
{
    assert(kind < SOURCE_COUNT);
    assert(in->seed_count <= SEEDS_MAX);
    return rows[kind].open(in, a);
}

struct evidence candidate_own_evidence(enum evidence_kind kind, product_number product)
{
    return (struct evidence){kind == EVIDENCE_BOUGHT ? kind : EVIDENCE_SELF, product};
}

/* The products held so far, by product: open addressing, place + 1, 0 empty. */
struct held {
    const product_number *products;
    uint32_t *slots;
    uint32_t count, max, mask;
};

static struct held held_new(const product_number *products, size_t max, struct arena *a)
{
    uint32_t slots = 16;

    while (slots < 2 * max)
        slots *= 2;
    return (struct held){.products = products,
                         .slots = arena_array(a, slots, sizeof(uint32_t)),
                         .max = (uint32_t)max,
                         .mask = slots - 1};
}

/* The slot that holds the product, or the empty one where it belongs. */
static uint32_t *held_slot(const struct held *h, product_number product)
{
    uint32_t slot = (uint32_t)hash_u64(product) & h->mask;

    while (h->slots[slot] != 0 && h->products[h->slots[slot] - 1] != product)
        slot = (slot + 1) & h->mask;
    return &h->slots[slot];
}

/* Why the product may not be a candidate; NULL: it may. */
static const char *judge(struct gather *g, const struct candidate *c)
{
    if (c->product == PRODUCT_NONE)
        return "unknown"; /* an index of another journal */
    return g->admit == NULL ? NULL : g->admit(g->context, c);
}

static void note(struct gather *g, const struct candidate *c, const char *dropped)
{
    if (g->proposals != NULL && g->proposal_count < g->proposals_max)
        g->proposals[g->proposal_count++] = (struct proposal){*c, dropped};
}

size_t candidates_gather(struct gather *g, struct candidate *out, struct arena *a)
{
    product_number *products = arena_array(a, g->max, sizeof(*products));
    struct held held = held_new(products, g->max, a);

    for (size_t i = 0; i < g->source_count && held.count < g->max; i++) {
        struct source *s = g->sources[i];
        struct candidate c;
        float last = FLT_MAX;
        if (g->may_pull != NULL && !g->may_pull(g->context, s->kind))
            continue;
        for (size_t n = 0; n < g->per_source_max && held.count < g->max && s->next(s, &c); n++) {
            assert(c.score <= last);
            last = c.score;
            const char *dropped = judge(g, &c);
            uint32_t *slot = dropped == NULL ? held_slot(&held, c.product) : NULL;
            if (slot != NULL && *slot != 0)
                dropped = "duplicate";
            if (dropped == NULL) {
                out[held.count] = c;
                products[held.count++] = c.product;
                *slot = held.count;
            }
            note(g, &c, dropped);
        }
    }
    return held.count;
}

/* Add what a source says of a product. Of two things the same source says the first stays. */
static const char *hear(struct held *held, struct candidate_set *set, const struct candidate *c,
                        uint32_t rank)
{
    uint32_t *slot = held_slot(held, c->product);

    if (*slot == 0 && held->count == held->max)
        return "too_many";
    if (*slot == 0) {
        set->products[held->count++] = c->product;
        *slot = held->count;
    }
    struct said *said = &set->said[*slot - 1][c->source];
    if (said->rank > 0)
        return "duplicate";
    *said = (struct said){c->score, rank, c->support, c->evidence};
    return NULL;
}

void candidates_collect(struct gather *g, struct candidate_set *out, struct arena *a)
{
    out->products = arena_array(a, g->max, sizeof(*out->products));
    out->said = arena_array(a, g->max, sizeof(*out->said));
    struct held held = held_new(out->products, g->max, a);

    for (size_t i = 0; i < g->source_count; i++) {
        struct source *s = g->sources[i];
        struct candidate c;
        uint32_t rank = 0;
        if (g->may_pull != NULL && !g->may_pull(g->context, s->kind))
            continue;
        for (size_t n = 0; n < g->per_source_max && s->next(s, &c); n++) {
            const char *dropped = judge(g, &c);
            if (dropped == NULL)
                dropped = hear(&held, out, &c, ++rank);
            note(g, &c, dropped);
        }
    }
    out->count = held.count;
}

struct candidate candidate_said(const struct candidate_set *set, uint32_t i, enum source_kind kind)
{
    const struct said *said = &set->said[i][kind];

    assert(i < set->count && said->rank > 0);
    return (struct candidate){.product = set->products[i],
                              .score = said->score,
                              .source = kind,
                              .evidence = said->evidence,
                              .support = said->support};
}
