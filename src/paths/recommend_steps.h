/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_steps: one surface's answer on its way through the steps; private to paths/recommend*.
 *
 * Stages never see struct request: each step is an adapter that hands a stage what it needs.
 *
 * When rules leave too few, the steps from gathering on run once more, in another round. Where a deadline
 * cuts is counted: 1 + the step's place in the list, in later rounds from CUT_AT_ROUND on, or, while
 * gathering, CUT_AT_SOURCE + how many sources were come to before, in all rounds. Kept with the
 * decision, so that replaying cuts at the same place. */
#ifndef PATHS_RECOMMEND_STEPS_H
#define PATHS_RECOMMEND_STEPS_H

#include "candidates/session.h"
#include "paths/recommend.h"
#include "rules/rules.h"

enum {
    CUT_AT_SOURCE = 17,
    CUT_AT_ROUND = 128,
    RECOMMEND_ROUNDS_MAX = 2, /* beside the first */
    MORE_TIMES = 8,           /* so much more is asked of a source in a later round */
    CART_SEEDS_MAX = 8,    /* cart lines that candidates start from; the rest is only not shown */
    CANDIDATES_SPARE = 20, /* above the limit, for what has no reason to be shown */
    CANDIDATES_SPARE_CHOICE =
        100, /* the same where rules move or count products, or variety chooses */
    PROPOSALS_OF_SOURCE_MAX = 400,
    RANKED_MAX = 300,           /* candidates that the trees put in order */
    RANKED_OF_SOURCE_MAX = 150, /* of one source */
    EXPLORE_POOL_MAX = 20,      /* candidates below the limit that exploring draws from */
    LESS_PLACES = 8, /* that what is wanted less goes down: as many as a surface shows by default */
    REQUEST_PARTS_MAX = 1000, /* of bundles at hand that are kept from being shown */
    PAGE_PRODUCTS_MAX = RECOMMEND_SURFACES_MAX * DECISION_ITEMS_MAX,
};

/* In a ranking's order: a product that only a pin brought. */
#define RANKING_NONE UINT32_MAX

/* What the surfaces of one page have shown so far. */
struct page {
    product_number products[PAGE_PRODUCTS_MAX];
    size_t count;
};

struct disliked; /* recommend_prefer.c: products, brands and categories */

struct request {
    const struct recommend_from *from;
    const struct question *question;
    const struct surface *surface;
    struct page *page;
    struct arena *arena; /* owns every pointer below */
    struct answer *answer;

    /* shopper */
    enum robot_why robot; /* then they are a stranger */
    struct profile profile;
    struct shopper_facts facts; /* what segments know */
    product_number product;     /* the page's; PRODUCT_NONE */
    bool own_page; /* it is the page of a sensitive product, which alone is evidence there */
    category_number category; /* at hand; 0 none */
    bool newcomer; /* nothing is known of them but this visit: bestsellers go by how they came */
    product_number cart[DECISION_CART_MAX];
    size_t cart_count;
    product_number bought[PROFILE_ACTIONS_MAX]; /* in the session */
    size_t bought_count;
    product_number *parts; /* of the bundles among those and the page's product */
    size_t part_count;
    struct seed seeds[SEEDS_MAX];
    size_t seed_count;
    struct disliked *never, *less; /* what the shopper named; NULL: nothing */
    uint32_t variety_ppm;          /* the surface's, or what the shopper wishes when that is more */

    /* plan */
    uint32_t limit;
    enum rung rung_allowed;
    const char *rung_why;
    enum source_kind sources[SOURCE_COUNT];
    size_t source_count;
    bool late;
    uint8_t cut_at; /* NOT_CUT */

    /* candidates, best first; then those with a reason */
    struct candidate *candidates;
    struct reason *reasons;
    const struct speech *speech; /* what reasons are worded in */
    size_t candidate_count;
    struct session_vector *encoded; /* the rung learned: the session; NULL below */
    struct ranking *ranking;        /* the rung learned: what the trees know and say; NULL below */
    uint32_t explored_slot, explore_ppm, explore_pool; /* as the decision keeps them */
    size_t sources_asked; /* how many of `sources` gathering has come to, in all rounds */

    /* rules */
    struct rules_facts rules_facts;
    struct rules_held *held; /* what holds for this request; NULL: the surface has no rules */
    uint32_t round;          /* how often candidates were gathered before */
    bool too_few;            /* rules left fewer than the limit */
    size_t pulled;           /* of the source at hand, in this round */
    bool cut_short;          /* in this round a source, or all together, had more to give */
    struct trail *trail;     /* NULL unless asked */
};

/* Is the surface of a kind that is about the cart? */
bool is_cart_kind(const struct request *r);

/* True from the moment the deadline has passed, at `at` or before. */
bool request_late(struct request *r, uint8_t at);

/* The question with e-mail addresses and phone numbers in its ids replaced by their hashes, as
 * record keeps them: so they are known, and kept no otherwise. */
struct question question_without_persons(const struct question *q, const uint8_t key[32],
                                         struct arena *a);

/* What filters over shoppers may know: what the request says, and, where the shopper allows it, what they
 * did. */
struct shopper_facts shopper_facts_of(const struct profile *profile, const struct arrival *arrival,
                                      int64_t now_ms);

/* What the shopper asked of us, by both their keys; r->profile is read already. */
void find_preferences(struct request *r);

/* Is the product one of those, of one of their brands, or in or below one of their categories? */
bool is_disliked(const struct disliked *d, const struct catalog *catalog, product_number n);

/* Put candidate from[i] at place i, for all of them. */
void candidates_rearrange(struct request *r, const uint32_t *from);

/* The rung learned: what its sources and its ranking need before anything is asked. */
void encode_session(struct request *r);

/* What may be said for candidate number `candidate` of the ranking, the best reason first: the source
 * of the next call's is another one. `*tried` is 0 at first. False when nothing is left to say. */
bool ranking_option(const struct request *r, uint32_t candidate, uint32_t *tried,
                    struct candidate *out);

/* How many candidates beyond the limit exploring has to have explained: none, one to know that there is
 * one, or all it may draw from. */
size_t explore_room(const struct request *r);

/* Which rules hold; before candidates are gathered. */
void rules_prepare(struct request *r);

/* Why a rule forbids the product, as a word for the trail; NULL: none does. */
const char *rules_drop(struct request *r, product_number n);

/* Why the product may not be shown here, as a word; NULL: it may. */
const char *admit_product(struct request *r, const struct candidate *c);

/* Should candidates be gathered once more, since rules left too few? Then all is set for it. */
bool rules_want_more(struct request *r);

/* May the source be asked, on this rung and this page? */
bool source_allowed(const struct request *r, enum source_kind kind);

/* The reason of `c`, given those of the `kept` candidates before in r->candidates and r->reasons: false
 * when there is none. */
bool explain_candidate(struct request *r, size_t kept, const struct candidate *c,
                       struct reason *out);

/* The reason of candidate `i`, given those of the `kept` ones before in r->candidates and r->reasons:
 * false when there is none. It may rest on another thing said of it, which `*c` then becomes. */
bool explain_any(struct request *r, size_t kept, size_t i, struct candidate *c, struct reason *out);

/* The trail remembers that a gathered product is not shown, and why. */
void trail_drop(struct request *r, const struct candidate *c, const char *why);

/* The trail's `known`: what stands in the request by now, in words. Texts may point into the state. */
void trail_know(struct request *r);

enum status find_shopper(struct request *r, struct error *err);
enum status plan_sources(struct request *r, struct error *err);
enum status gather_candidates(struct request *r, struct error *err);
enum status find_features(struct request *r, struct error *err);
enum status rank_candidates(struct request *r, struct error *err);
enum status lower_less(struct request *r, struct error *err);
enum status vary(struct request *r, struct error *err);
enum status apply_rules(struct request *r, struct error *err);
enum status explain_candidates(struct request *r, struct error *err);
enum status explore(struct request *r, struct error *err);
enum status fill_slots(struct request *r, struct error *err);
enum status write_decision(struct request *r, struct error *err);

#endif
