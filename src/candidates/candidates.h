/* SPDX-License-Identifier: Apache-2.0 */
/* candidates: sources, each an iterator that yields products best first with its evidence, and the
 * gathering of several into one list.
 *
 * A source knows nothing of quotas, rules or ranking. After the end it stays at the end; its scores
 * never rise; its memory is the request's arena. Equal scores are ordered by product number.
 *
 * Threads    pure functions of their inputs, which are read only. */
#ifndef CANDIDATES_CANDIDATES_H
#define CANDIDATES_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "indexes/cohorts.h"
#include "indexes/generation.h"
#include "indexes/popularity.h"
#include "journal/numbers.h"
#include "profile/profile.h"

/* How far up the ladder. */
enum rung {
    RUNG_CURATED,
    RUNG_BESTSELLERS,
    RUNG_CO_VIEW,
    RUNG_NEIGHBOURS,
    RUNG_LEARNED,
    RUNG_COUNT
};
/* "curated", "bestsellers", "co-view", "neighbours", "learned" */
const char *rung_word(enum rung rung);
bool rung_find(struct text word, enum rung *out);

enum source_kind {
#define SOURCE(name, rung, meaning) SOURCE_##name,
#include "candidates/source.def"
#undef SOURCE
    SOURCE_COUNT
};
const char *source_word(enum source_kind kind);
enum rung source_rung(enum source_kind kind);
const char *source_meaning(enum source_kind kind);

/* What a source started from: the whole of what a reason may speak of. Kept decisions hold the
 * numbers: add at the end, never renumber. */
enum evidence_kind {
    EVIDENCE_NONE,
    EVIDENCE_VIEWED,   /* `product`: viewed by this shopper, or the page they are on */
    EVIDENCE_CART,     /* `product`: in the cart, or put there */
    EVIDENCE_BOUGHT,   /* `product`: bought by this shopper */
    EVIDENCE_POPULAR,  /* `category` (0: the shop) */
    EVIDENCE_TRENDING, /* `category` (0: the shop) */
    EVIDENCE_LIST,     /* `list`: index of a curated list of the program */
    EVIDENCE_SELF,     /* the shopper looked at this very product */
    EVIDENCE_PIN,      /* `line` of the program: a rule that puts the product into a slot */
};

struct evidence {
    enum evidence_kind kind;
    uint32_t reference; /* product number, category number, list index or line, by kind */
};

struct candidate {
    product_number product;
    float score;
    enum source_kind source;
    struct evidence evidence;
    uint32_t support; /* distinct shoppers behind it; 0 where that means nothing */
};

/* The rung a candidate stands on: its source's, but what is similar by behaviour (and so has
 * support) stands on `neighbours`. */
enum rung candidate_rung(const struct candidate *c);

/* A curated list in the shop's order; item ids that nothing answers to are passed over. */
struct curated_list {
    const struct text *item_ids;
    size_t count;
    uint32_t list; /* its index in the program */
};

enum { SEEDS_MAX = 32 };

/* What the shopper is looking at or holds, newest first: a session's products, the page's product,
 * cart lines. Evidence comes from here and nowhere else. */
struct seed {
    product_number product;
    enum evidence_kind kind; /* EVIDENCE_VIEWED, EVIDENCE_CART or EVIDENCE_BOUGHT */
    bool in_session;         /* of the current session, for `neighbours` */
    bool at_hand; /* the page's product or a cart line: what also_viewed and also_bought start from
                     first, and complement, with EVIDENCE_CART, alone */
};

struct candidate_inputs {
    const struct generation *generation; /* NULL: none yet */
    const struct catalog *catalog;
    const struct popularity *popularity;
    const struct seed *seeds; /* newest first */
    size_t seed_count;
    category_number category;      /* at hand; 0 none */
    const struct cohorts *cohorts; /* bestsellers stand in the order of those who come the same way;
                                      NULL: in the shop's own, since more is known of the shopper */
    struct arrival arrival;        /* how they came, as cohorts tell it */
    category_number landing;       /* the category at which they came in; 0 none */
    const struct session_vector
        *encoded; /* the session's clicks, for `sequence`; NULL: not encoded */
    const struct curated_list *lists;
    size_t list_count;
    uint32_t support_viewed, support_bought; /* distinct shoppers a pair or neighbour needs */
    enum rung rung_allowed; /* `similar` compares behaviour from RUNG_NEIGHBOURS on */
    int64_t now_ms;
    /* Not NULL: rules leave too few, so that bestsellers go on with what this wants of those of every
     * category. */
    bool (*wanted)(void *context, product_number n);
    void *wanted_context;
};

struct source {
    enum source_kind kind;
    bool (*next)(struct source *self, struct candidate *out);
};

/* Never NULL: a source that has nothing to say is at its end. */
struct source *source_open(enum source_kind kind, const struct candidate_inputs *in,
                           struct arena *a);

/* One proposal of one source, for the trail. `dropped` NULL: it was taken. */
struct proposal {
    struct candidate candidate;
    const char *dropped; /* "duplicate", or the word of `admit` */
};

struct gather {
    struct source **sources; /* in the surface's order */
    size_t source_count;
    size_t per_source_max; /* proposals pulled from one source */
    size_t max;            /* candidates in all */
    /* NULL when it may be a candidate, else why not ("out_of_stock", "in_cart", ...). */
    const char *(*admit)(void *context, const struct candidate *c);
    void *context;
    struct proposal *proposals; /* for the trail: room for proposals_max; NULL: nobody asked */
    size_t proposals_max, proposal_count;
    /* Asked before each source is pulled; false passes the source over (a deadline). NULL: always.
     */
    bool (*may_pull)(void *context, enum source_kind kind);
};

/* Pull from the sources in order until `max` distinct products are held or all are dry; the first
 * source to propose a product keeps it. Returns how many were written to `out` (room for max). */
size_t candidates_gather(struct gather *g, struct candidate *out, struct arena *a);

/* What one source said of one product. */
struct said {
    float score;
    uint32_t rank; /* place among what the source proposed, from 1; 0: it did not */
    uint32_t support;
    struct evidence evidence;
};

/* Candidates with what every source said of them: for ranking, and for choosing a reason. */
struct candidate_set {
    product_number *products; /* in the order in which they were first proposed */
    struct said (*said)[SOURCE_COUNT];
    uint32_t count;
};

/* Pull `per_source_max` products from each of the sources; the first `max` distinct products are held,
 * each with everything said of it. A proposal that is not admitted was not made. */
void candidates_collect(struct gather *g, struct candidate_set *out, struct arena *a);

/* What source `kind` said of candidate `i`, as a candidate. */
struct candidate candidate_said(const struct candidate_set *set, uint32_t i, enum source_kind kind);

/* What the source `similar` proposes is at least this much like what it starts from. */
extern const float similar_likeness_min;

#endif
