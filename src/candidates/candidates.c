/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates/candidates.h"

#include <assert.h>
#include <float.h>

#include "base/hash.h"
#include "candidates/sources.h"

static const char *const rung_words[RUNG_COUNT] = {"curated", "bestsellers", "co-view",
                                                   "neighbours"};

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

/* The products held so far: open addressing, product + 1, 0 empty. */
struct held {
    uint32_t *slots;
    uint32_t mask;
};

/* True when the product was not held yet. */
static bool held_add(struct held *h, product_number product)
{
    uint32_t slot = (uint32_t)hash_u64(product) & h->mask;

    for (; h->slots[slot] != 0; slot = (slot + 1) & h->mask) {
        if (h->slots[slot] == product + 1)
            return false;
    }
    h->slots[slot] = product + 1;
    return true;
}

/* Why `c` is not taken; NULL when it is, and then it is held. */
static const char *judge(struct gather *g, struct held *held, const struct candidate *c)
{
    if (c->product == PRODUCT_NONE)
        return "unknown"; /* an index of another journal */
    const char *why = g->admit == NULL ? NULL : g->admit(g->context, c);

    if (why == NULL && !held_add(held, c->product))
        why = "duplicate";
    return why;
}

size_t candidates_gather(struct gather *g, struct candidate *out, struct arena *a)
{
    uint32_t slots = 16;
    size_t count = 0;

    while (slots < 2 * g->max)
        slots *= 2;
    struct held held = {arena_array(a, slots, sizeof(uint32_t)), slots - 1};
    for (size_t i = 0; i < g->source_count && count < g->max; i++) {
        struct source *s = g->sources[i];
        struct candidate c;
        float last = FLT_MAX;
        if (g->may_pull != NULL && !g->may_pull(g->context, s->kind))
            continue;
        for (size_t pulled = 0; pulled < g->per_source_max && count < g->max; pulled++) {
            if (!s->next(s, &c))
                break;
            assert(c.score <= last);
            last = c.score;
            const char *dropped = judge(g, &held, &c);
            if (dropped == NULL)
                out[count++] = c;
            if (g->proposals != NULL && g->proposal_count < g->proposals_max)
                g->proposals[g->proposal_count++] = (struct proposal){c, dropped};
        }
    }
    return count;
}
