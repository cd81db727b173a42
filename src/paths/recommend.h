/* SPDX-License-Identifier: Apache-2.0 */
/* recommend: the path of an answer that goes out. The list of its steps stands in recommend.c.
 *
 * Never fails for what shoppers ask: unknown shoppers and products, an empty shop and a missing
 * generation give a shorter or plainer answer. Past its deadline the answer falls back a rung and
 * says so.
 *
 * Threads    any number at once. */
#ifndef PATHS_RECOMMEND_H
#define PATHS_RECOMMEND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/json.h"
#include "candidates/candidates.h"
#include "decisions/decisions.h"
#include "explain/explain.h"
#include "features/features.h"
#include "ingest/robots.h"
#include "journal/arrival.h"
#include "paths/shop.h"

enum { RECOMMEND_SURFACES_MAX = 8, RECOMMEND_CART_MAX = DECISION_CART_MAX };

/* One page's question. Texts belong to the caller. */
struct question {
    struct text surfaces[RECOMMEND_SURFACES_MAX];
    size_t surface_count;
    struct text anonymous_id, user_id; /* user_id only when vouched for */
    struct text item_id;               /* product page */
    struct text category;              /* category page: a path */
    struct text cart[RECOMMEND_CART_MAX];
    size_t cart_count;
    struct text language; /* of reasons: a tag, or several as in Accept-Language; absent: English */
    struct arrival arrival; /* of this visit, as far as the asker knows */
    struct text user_agent; /* of the shopper's browser, the same */
    bool
        vouched; /* the shop's own server asks, under a secret key: it may name libraries as its agent */
    enum robot_why robot;  /* replay: as it was found then; ROBOT_NOT: found out */
    uint32_t age_verified; /* years, as the shop's server vouches; 0: not */
    uint32_t limit;        /* 0: the surface's own */
    int64_t now_ms;        /* time is an input */
    bool why;              /* keep the trail */
    bool gpc;              /* Sec-GPC: 1: nobody, unless the person stated that they may be known */
};

struct answer_item {
    product_number product;
    uint32_t slot; /* from 1 */
    struct text item_id, title, url, image;
    int64_t price; /* micros, the catalog's */
    struct reason reason;
    struct candidate candidate;
};

enum { RECOMMEND_STEPS_MAX = 16, RECOMMEND_PROPOSALS_MAX = 4000 };

/* What a feature gave to a score. */
struct feature_share {
    enum feature feature;
    float value; /* NAN: missing */
    float share;
};

/* Why an item has its score: base + shares = score, to rounding (model_explain says by what rule). */
struct item_shares {
    const struct answer_item *item;
    float score, base;
    struct feature_share *features; /* FEATURE_COUNT, the largest first whichever way it pulls */
};

/* A thing the shopper did, newest first in `known`. */
struct known_action {
    struct text item_id;
    const char *did; /* "viewed", "put in the cart", ... */
    int64_t time_ms;
    bool in_session; /* the current session's */
};

/* What an answer was made from: all of it the shopper's doing, or on the page. */
struct known {
    bool stranger; /* nothing was heard of the shopper yet */
    bool personal; /* what they did may choose products for them; else `actions` is empty */
    struct known_action *actions;
    size_t action_count;
    struct text *segments; /* names of those of the program that they belong to */
    size_t segment_count;
    struct text *wishes; /* what they asked of us: "less category Home > Beds", ... */
    size_t wish_count;
    bool declined;        /* they asked not to be known */
    enum robot_why robot; /* it is one: it was answered as a stranger */
    uint32_t shown_count; /* products they were shown lately and did nothing with */
    struct text product;  /* the page's; absent: none the shop knows */
    bool own_page;        /* it is sensitive: nothing but it is evidence there */
    struct text category; /* at hand; absent: none */
    /* Of a newcomer, where bestsellers are asked for: */
    struct text landing; /* the category at which they came in; absent: none */
    struct text *cohort; /* what those have in common in whose order bestsellers stand: "campaign",
                            "device", "landing" */
    size_t cohort_count;
    struct text cohort_landing; /* the category that "landing" means; absent: no such word */
    struct text *cart;
    size_t cart_count;
    struct text *on_page; /* what other surfaces of the page show already */
    size_t on_page_count;
};

/* What became of every proposal, for operators. */
struct trail {
    struct known known;
    struct proposal *proposals; /* in the order of asking; at most RECOMMEND_PROPOSALS_MAX */
    size_t proposal_count;
    struct text *item_ids; /* per proposal: the product's */
    struct text *evidence; /* per proposal: item id, category path or list name; absent: none */
    const char **dropped_later; /* per proposal: dropped after gathering, NULL: not */
    struct text *lowered;       /* item ids that went down since the shopper wants less of them */
    size_t lowered_count;
    uint32_t variety_ppm;         /* the surface's, or what the shopper wishes when that is more */
    struct rule_notes rule_notes; /* what rules did */
    const char *step_names[RECOMMEND_STEPS_MAX];
    uint64_t step_ns[RECOMMEND_STEPS_MAX];
    size_t step_count;
    const char *kept_out; /* why the examined product may not be shown here, whoever proposes it */
    bool personalized;    /* as the answer has it */
    enum rung rung_allowed;     /* by the traffic thresholds, the generation and the deadline */
    const char *rung_why;       /* one sentence */
    struct item_shares *shares; /* by answer_share; NULL: trees did not put the items in order */
    size_t share_count;
};

/* The rung learned: candidates, what is known of each, and what the trees say. */
struct ranking {
    struct candidate_set set;
    struct features features;
    float *scores;   /* of each candidate; NULL: not ranked */
    uint32_t *order; /* candidates, best first */
};

struct answer {
    char request_id[REQUEST_ID_SIZE]; /* empty when nothing was kept */
    struct text surface;
    enum rung rung;
    uint32_t generation, program_version;
    struct position position;
    bool late; /* fell back at the deadline */
    bool
        personalized; /* false: the shopper, or their consent, forbids it; nothing of theirs was used */
    struct answer_item *items;
    size_t item_count;
    uint64_t took_ns;          /* what answering this surface took */
    struct decision *decision; /* what is kept of it */
    struct trail *trail;       /* NULL unless asked */
    struct ranking *ranking;   /* NULL below the rung learned */
};

/* Answer every surface, no product twice. `answers` has room for surface_count; everything lives in
 * `a` and outlasts the state it came from. ERR_NOT_FOUND naming an unknown surface; ERR_INVALID for
 * a limit or a number of surfaces out of bounds. The state is locked for reading inside. Decisions
 * are kept when the shop can write. Counts the metrics of recommendations. */
MUST_USE enum status recommend(struct shop *shop, const struct question *q, struct answer *answers,
                               struct arena *a, struct error *err);

/* The same from given state: what evaluate and replay call, and recommend itself. Keeps nothing,
 * and texts may point into the state: they hold while it is not folded further. */
struct recommend_from {
    const struct state *state;
    const struct generation *generation;
    enum rung rung_max;        /* RUNG_COUNT - 1: no further bound */
    bool traffic_ignored;      /* evaluate: no traffic threshold */
    bool seen_again;           /* evaluate: what the session has seen or bought may be the answer */
    bool examples;             /* learn: stop at the ranking's features, without a model */
    bool in_order;             /* evaluate --ablate: sources of every rung, in their own order */
    bool cohorts_out;          /* evaluate --no-cohorts: bestsellers in the shop's own order */
    uint32_t sources_out;      /* the same: bit k: source k is not asked */
    uint64_t *step_ns;         /* evaluate: the time of each step is added here; NULL: untimed */
    uint32_t variety_ppm;      /* evaluate --variety; 0: the surface's and the shopper's */
    uint32_t support_override; /* evaluate --min-support; 0: the program's */
    uint64_t deadline_ns;      /* monotonic; 0 none */
    uint8_t deadline_step;     /* replay: where it was cut then; NOT_CUT */
    const product_number *examined; /* why: trail.kept_out is of this one; NULL: of none */
    struct text page;               /* replay: item ids already on the page, joined by '\n' */
};
/* The steps, by place; NULL behind the last. Their times: from.step_ns, RECOMMEND_STEPS_MAX of them. */
const char *recommend_step(size_t place);

MUST_USE enum status recommend_from(const struct recommend_from *from, const struct question *q,
                                    struct answer *answers, struct arena *a, struct error *err);

/* Add to the answer's trail what each feature gave to the score of each item that trees put in order;
 * nothing without a trail or trees. Takes milliseconds, and no state. `generation` is the one it was
 * asked with. */
void answer_share(struct answer *answer, const struct generation *generation, struct arena *a);

/* A checksum, never 0, of all that is answered: the surface, the rung, and of every item what a
 * shopper gets to see. Answers that differ in a byte have another one, but for one in four billion. */
uint32_t answer_digest(const struct answer *answer);

/* "viewed", "cart", ...: what a candidate rests on. */
const char *evidence_word(enum evidence_kind kind);

/* Why the proposal is not shown, as a word; NULL: it is. */
const char *trail_dropped(const struct trail *t, size_t at);

/* The candidate's own proposal: of its product, by its source, from its evidence; proposal_count when it
 * was one too many to be kept. */
size_t trail_proposal(const struct trail *t, const struct candidate *c);

/* Such a word in a sentence's words; one that is not known is returned as it is. */
const char *dropped_meaning(const char *word);

/* The answer as JSON, as HTTP and `--json` give it; with its trail when it has one. */
void answer_json(const struct answer *answer, struct buffer *out);

/* The same as members of an object the caller has begun. */
void answer_json_members(const struct answer *answer, struct json *j);
void trail_json_members(const struct trail *trail, struct json *j);

#endif
