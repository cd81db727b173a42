/* SPDX-License-Identifier: Apache-2.0 */
/* The middle of an answer's way: what could be shown, and why each may be. */
#include <assert.h>

#include "candidates/variety.h"
#include "paths/landing.h"
#include "paths/recommend_steps.h"

static bool holds(const product_number *products, size_t count, product_number n)
{
    for (size_t i = 0; i < count; i++) {
        if (products[i] == n)
            return true;
    }
    return false;
}

/* In the cart, or just put there. */
static bool is_in_cart(const struct request *r, product_number n)
{
    return holds(r->cart, r->cart_count, n) ||
           (r->surface->kind == SURFACE_POST_CART && n == r->product);
}

/* Beside the cart, a bundle that holds what is in it would be bought for what they have already. */
static bool holds_cart(const struct request *r, product_number n)
{
    product_number parts[CATALOG_PARTS_MAX];
    uint32_t count = 0;
    bool held = false;

    if (is_cart_kind(r))
        count = catalog_parts(r->from->state->catalog, n, parts, CATALOG_PARTS_MAX);
    for (uint32_t i = 0; i < count && !held; i++)
        held = is_in_cart(r, parts[i]);
    return held;
}

/* What the session has seen is news from nobody; recently_viewed says that it was seen. The
 * published protocol of `evaluate` takes it for an answer like any other. */
static bool is_seen(const struct request *r, const struct candidate *c)
{
    return !r->from->seen_again && c->source != SOURCE_recently_viewed &&
           c->evidence.kind == EVIDENCE_SELF;
}

const char *admit_product(struct request *r, const struct candidate *c)
{
    product_number n = c->product;
    const struct catalog *catalog = r->from->state->catalog;
    enum sellable sellable = catalog_sellable(catalog, n);

    if (sellable != SELLABLE)
        return sellable_word(sellable);
    if (catalog_sensitive(catalog, n))
        return sellable_word(SENSITIVE);
    if (is_disliked(r->never, catalog, n))
        return "never";
    if (catalog_age_min(catalog, n) > r->question->age_verified)
        return "age_not_verified";
    if (n == r->product)
        return "page_product";
    if (holds(r->cart, r->cart_count, n))
        return "in_cart";
    if (!r->from->seen_again && holds(r->bought, r->bought_count, n))
        return "just_bought";
    if (!r->from->seen_again && holds(r->parts, r->part_count, n))
        return "part_at_hand";
    if (!r->from->seen_again && holds_cart(r, n))
        return "holds_cart";
    if (holds(r->page->products, r->page->count, n))
        return "on_page";
    if (r->surface->kind == SURFACE_CATEGORY && r->category != 0 &&
        !catalog_category_within(catalog, catalog_category(catalog, n), r->category))
        return "other_category";
    return is_seen(r, c) ? "seen" : rules_drop(r, n);
}

/* Hard requirements, while gathering. */
static const char *admit(void *context, const struct candidate *c)
{
    struct request *r = context;

    r->pulled++;
    return admit_product(r, c);
}

/* For sources that look through what is many. */
static bool wanted(void *context, product_number n)
{
    struct request *r = context;
    const struct candidate c = {
        .product = n, .source = SOURCE_bestsellers, .evidence = {EVIDENCE_POPULAR, 0}};

    /* rules first, which forbid most: a trail wants a word for each that is proposed, not for these */
    return (r->held == NULL || rules_forbid(r->held, n) == NULL) && admit_product(r, &c) == NULL;
}

/* Proposals that one source is asked for in this round. */
static size_t per_source(const struct request *r)
{
    size_t first = r->ranking != NULL ? RANKED_OF_SOURCE_MAX : PROPOSALS_OF_SOURCE_MAX;

    return r->round == 0 ? first : first * MORE_TIMES;
}

/* Candidates that are gathered in this round. */
static size_t candidates_max(const struct request *r)
{
    bool rules = r->held != NULL && rules_choose(r->held);
    size_t spare = rules || r->variety_ppm > 0 ? CANDIDATES_SPARE_CHOICE : CANDIDATES_SPARE;
    size_t first = r->ranking != NULL ? RANKED_MAX : r->limit + spare;

    return r->round == 0 ? first : first * MORE_TIMES;
}

/* Did the source before have more to give? */
static void note_cut_short(struct request *r)
{
    r->cut_short = r->cut_short || r->pulled >= per_source(r);
    r->pulled = 0;
}

/* Past the deadline only the sources that cost next to nothing go on. */
static bool may_pull(void *context, enum source_kind kind)
{
    struct request *r = context;
    bool late = request_late(r, (uint8_t)(CUT_AT_SOURCE + r->sources_asked++));

    note_cut_short(r);
    return !late || (source_rung(kind) <= RUNG_BESTSELLERS && kind != SOURCE_similar);
}

/* The lists this surface shows: those it names, in its order; all when it names none. */
static struct curated_list *curated_lists(const struct request *r, size_t *count)
{
    const struct program *p = r->from->state->program;
    const struct surface *s = r->surface;
    size_t n = s->list_count > 0 ? s->list_count : p->list_count;
    struct curated_list *lists = arena_array(r->arena, n, sizeof(*lists));

    for (size_t i = 0; i < n; i++) {
        uint32_t at = s->list_count > 0 ? s->lists[i] : (uint32_t)i;
        lists[i] = (struct curated_list){p->lists[at].products, p->lists[at].product_count, at};
    }
    *count = n;
    return lists;
}

/* Of whom nothing is known but this visit: what sells to those who came the same way. */
static void find_cohort(const struct request *r, struct candidate_inputs *in)
{
    const struct state *state = r->from->state;

    if (!r->newcomer)
        return;
    in->cohorts = state->cohorts;
    in->arrival = r->facts.arrival;
    in->landing = in->arrival.landing;
    in->arrival.landing = landing_cohort(state->catalog, in->landing);
}

/* What gathering needs, and nothing of a round before. */
static void gather_begin(struct request *r)
{
    r->candidate_count = r->pulled = 0;
    r->cut_short = false;
    r->ranking = NULL;
    if (r->round == 0)
        rules_prepare(r);
    if (r->rung_allowed == RUNG_LEARNED && r->round == 0)
        encode_session(r);
    if (r->rung_allowed == RUNG_LEARNED && !r->from->in_order)
        r->ranking = arena_alloc(r->arena, sizeof(*r->ranking));
}

enum status gather_candidates(struct request *r, struct error *err)
{
    const struct state *state = r->from->state;
    uint32_t support = r->from->support_override;
    struct candidate_inputs in = {
        .generation = r->from->generation,
        .catalog = state->catalog,
        .popularity = state->popularity,
        .seeds = r->seeds,
        .seed_count = r->seed_count,
        .category = r->category,
        .support_viewed = support > 0 ? support : state->program->support_viewed,
        .support_bought = support > 0 ? support : state->program->support_bought,
        .rung_allowed = r->rung_allowed,
        .now_ms = r->question->now_ms,
    };
    struct source *sources[SOURCE_COUNT];
    struct gather g = {.sources = sources,
                       .source_count = r->source_count,
                       .admit = admit,
                       .may_pull = may_pull,
                       .context = r};

    (void)err; /* nothing found is an answer too */
    gather_begin(r);
    g.per_source_max = per_source(r);
    g.max = candidates_max(r);
    in.encoded = r->encoded;
    in.lists = curated_lists(r, &in.list_count);
    find_cohort(r, &in);
    if (r->round == RECOMMEND_ROUNDS_MAX) {
        in.wanted = wanted;
        in.wanted_context = r;
    }
    for (size_t i = 0; i < r->source_count; i++)
        sources[i] = source_open(r->sources[i], &in, r->arena);
    if (r->trail != NULL) {
        g.proposals_max = RECOMMEND_PROPOSALS_MAX;
        g.proposals = arena_array(r->arena, g.proposals_max, sizeof(*g.proposals));
    }
    if (r->ranking != NULL) {
        candidates_collect(&g, &r->ranking->set, r->arena);
    } else {
        r->candidates = arena_array(r->arena, g.max, sizeof(*r->candidates));
        r->candidate_count = candidates_gather(&g, r->candidates, r->arena);
    }
    note_cut_short(r);
    r->cut_short =
        r->cut_short || (r->ranking != NULL ? r->ranking->set.count : r->candidate_count) == g.max;
    if (r->trail != NULL) {
        r->trail->proposals = g.proposals;
        r->trail->proposal_count = g.proposal_count;
        r->trail->dropped_later =
            arena_array(r->arena, g.proposals_max, sizeof(*r->trail->dropped_later));
    }
    return OK;
}

void trail_drop(struct request *r, const struct candidate *c, const char *why)
{
    for (size_t i = 0; r->trail != NULL && i < r->trail->proposal_count; i++) {
        const struct proposal *p = &r->trail->proposals[i];
        if (p->dropped == NULL && p->candidate.product == c->product)
            r->trail->dropped_later[i] = why;
    }
}

/* The reason of an earlier candidate that rests on the same evidence; NULL: none. */
static const struct reason *reason_before(const struct request *r, size_t count,
                                          const struct candidate *c)
{
    for (size_t i = count; i-- > 0;) {
        const struct candidate *other = &r->candidates[i];
        if (other->source == c->source && other->evidence.kind == c->evidence.kind &&
            other->evidence.reference == c->evidence.reference)
            return &r->reasons[i];
    }
    return NULL;
}

bool explain_candidate(struct request *r, size_t kept, const struct candidate *c,
                       struct reason *out)
{
    const struct reason *before = reason_before(r, kept, c);

    if (before != NULL) {
        *out = *before;
        return true;
    }
    const struct program *program = r->from->state->program;
    struct reason_inputs in = {.catalog = r->from->state->catalog,
                               .speech = r->speech,
                               .own_page = r->own_page ? r->product : PRODUCT_NONE};
    if (c->evidence.kind == EVIDENCE_LIST)
        in.list = program->lists[c->evidence.reference].name;
    return reason_of(c, &in, r->arena, out);
}

bool explain_any(struct request *r, size_t kept, size_t i, struct candidate *c, struct reason *out)
{
    uint32_t tried = 0;

    if (r->ranking == NULL)
        return explain_candidate(r, kept, c, out);
    while (ranking_option(r, r->ranking->order[i], &tried, c)) {
        if (explain_candidate(r, kept, c, out))
            return true;
    }
    return false;
}

/* No acceptable evidence, no showing. */
enum status explain_candidates(struct request *r, struct error *err)
{
    size_t kept = 0, room = r->limit + explore_room(r);

    (void)err; /* what cannot be explained is left out */
    if (r->reasons != NULL)
        return OK; /* rules gave places to what has one */
    r->reasons = arena_array(r->arena, room, sizeof(*r->reasons));
    for (size_t i = 0; i < r->candidate_count; i++) {
        struct candidate c = r->candidates[i];
        struct reason reason;
        if (kept == room) {
            trail_drop(r, &c, "over_limit");
            continue;
        }
        if (!explain_any(r, kept, i, &c, &reason)) {
            trail_drop(r, &c, "no_reason");
            continue;
        }
        if (r->ranking != NULL)
            r->ranking->order[kept] = r->ranking->order[i];
        r->candidates[kept] = c;
        r->reasons[kept++] = reason;
    }
    r->candidate_count = kept;
    return OK;
}
