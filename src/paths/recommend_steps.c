/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/recommend_steps.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

static bool is_cart_kind(const struct request *r)
{
    return r->surface->kind == SURFACE_CART || r->surface->kind == SURFACE_POST_CART;
}

/* Sensitive products are no evidence, on whatever page. */
static void seed_add(struct request *r, struct seed seed)
{
    if (seed.product != PRODUCT_NONE && r->seed_count < SEEDS_MAX &&
        !catalog_sensitive(r->from->state->catalog, seed.product))
        r->seeds[r->seed_count++] = seed;
}

/* The cart as asked; without one, what the session put there and did not take out or buy. */
static void find_cart(struct request *r, const struct profile *profile)
{
    const struct catalog *catalog = r->from->state->catalog;

    for (size_t i = 0; i < r->question->cart_count; i++) {
        product_number n = catalog_find(catalog, r->question->cart[i]);
        if (n != PRODUCT_NONE)
            r->cart[r->cart_count++] = n;
    }
    for (uint32_t i = 0; r->question->cart_count == 0 && i < profile->session_count; i++) {
        bool newest = true;
        for (uint32_t k = 0; k < i; k++) {
            uint8_t kind = profile->actions[k].kind;
            newest = newest && (profile->actions[k].product != profile->actions[i].product ||
                                kind == ACTION_VIEW || kind == ACTION_WISH);
        }
        if (profile->actions[i].kind == ACTION_CART && newest)
            r->cart[r->cart_count++] = catalog_product_of(catalog, profile->actions[i].product);
    }
}

/* Nobody wants at once what they have just bought. */
static void find_bought(struct request *r, const struct profile *profile)
{
    for (uint32_t i = 0; i < profile->session_count; i++)
        if (profile->actions[i].kind == ACTION_BUY)
            r->bought[r->bought_count++] =
                catalog_product_of(r->from->state->catalog, profile->actions[i].product);
}

/* What was taken out of the cart again was looked at; that it was put there is no reason now. */
static bool taken_out(const struct profile *profile, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (profile->actions[i].kind == ACTION_UNCART &&
            profile->actions[i].product == profile->actions[at].product)
            return true;
    return false;
}

static void seed_actions(struct request *r, const struct profile *profile)
{
    for (uint32_t i = 0; i < profile->count; i++) {
        const struct action *action = &profile->actions[i];
        bool put = action->kind == ACTION_CART && !taken_out(profile, i);
        enum evidence_kind kind = action->kind == ACTION_BUY ? EVIDENCE_BOUGHT
                                  : put                      ? EVIDENCE_CART
                                                             : EVIDENCE_VIEWED;
        if (action->kind != ACTION_UNCART)
            seed_add(r, (struct seed){
                            .product = catalog_product_of(r->from->state->catalog, action->product),
                            .kind = kind,
                            .in_session = i < profile->session_count});
    }
}

static category_number category_at_hand(const struct request *r)
{
    const struct catalog *catalog = r->from->state->catalog;

    if (r->surface->kind == SURFACE_CATEGORY)
        return catalog_category_find(catalog, r->question->category);
    if (r->surface->kind == SURFACE_PDP && r->product != PRODUCT_NONE &&
        !catalog_sensitive(catalog, r->product))
        return catalog_category(catalog, r->product);
    return 0;
}

/* Without consent to personalisation only what the request itself brings counts. */
enum status find_shopper(struct request *r, struct error *err)
{
    const struct state *state = r->from->state;
    const struct question *q = r->question;
    struct shopper_key key = shopper_key_of(q->anonymous_id, q->user_id);
    struct profile profile = {.number = SHOPPER_NONE};

    (void)err; /* strangers are welcome */
    if (!shopper_key_none(key))
        profiles_read(state->profiles, key, q->now_ms, state->program->consent_personalization,
                      &profile);
    bool blank = profile.number == SHOPPER_NONE || (profile.personal && profile.count == 0);
    if (blank && q->user_id.size > 0) /* a customer on a new device */
        profiles_read(state->profiles, shopper_key_of((struct text){0}, q->user_id), q->now_ms,
                      state->program->consent_personalization, &profile);
    if (!profile.personal)
        profile.count = profile.session_count = profile.shown_count = 0;
    r->product = catalog_find(state->catalog, q->item_id);
    r->category = category_at_hand(r);
    find_cart(r, &profile);
    find_bought(r, &profile);

    bool put_in_cart = r->surface->kind == SURFACE_POST_CART, cart = is_cart_kind(r);
    seed_add(r, (struct seed){.product = r->product,
                              .kind = put_in_cart ? EVIDENCE_CART : EVIDENCE_VIEWED,
                              .in_session = true,
                              .at_hand = true});
    for (size_t i = 0; i < r->cart_count && i < CART_SEEDS_MAX; i++)
        seed_add(r, (struct seed){.product = r->cart[i],
                                  .kind = EVIDENCE_CART,
                                  .in_session = cart,
                                  .at_hand = cart});
    seed_actions(r, &profile);
    return OK;
}

/* How far up the ladder this answer may stand, and why not further. */
static void allow_rung(struct request *r)
{
    const struct recommend_from *from = r->from;
    const struct generation *g = from->generation;
    uint64_t sessions = popularity_sessions_month(from->state->popularity);
    uint64_t needed = from->traffic_ignored ? 0 : from->state->program->traffic_co_view;

    if (g != NULL && g->sessions_month > sessions)
        sessions = g->sessions_month;
    r->rung_allowed = RUNG_NEIGHBOURS;
    r->rung_why = "the shop has a generation and the traffic for it";
    if (g == NULL) {
        r->rung_allowed = RUNG_BESTSELLERS;
        r->rung_why = "there is no generation yet; endcap train makes one";
    } else if (sessions < needed) {
        r->rung_allowed = RUNG_BESTSELLERS;
        r->rung_why = arena_printf(
            r->arena,
            "also_viewed, also_bought, complement and neighbours wait for %llu sessions a month "
            "(policies: traffic: co_view); there were %llu",
            (unsigned long long)needed, (unsigned long long)sessions);
    }
    if (from->rung_max < r->rung_allowed) {
        r->rung_allowed = from->rung_max;
        r->rung_why = "no more was asked for";
    }
    if (r->late && r->rung_allowed > RUNG_BESTSELLERS) {
        r->rung_allowed = RUNG_BESTSELLERS;
        r->rung_why = "the deadline had passed before it began";
    }
}

enum status plan_sources(struct request *r, struct error *err)
{
    (void)err; /* a surface without a source that may be used shows nothing */
    r->limit = r->question->limit > 0 ? r->question->limit : r->surface->limit;
    allow_rung(r);
    for (size_t i = 0; i < r->surface->source_count; i++) {
        if (source_rung(r->surface->sources[i]) <= r->rung_allowed)
            r->sources[r->source_count++] = r->surface->sources[i];
    }
    return OK;
}

static bool holds(const product_number *products, size_t count, product_number n)
{
    for (size_t i = 0; i < count; i++) {
        if (products[i] == n)
            return true;
    }
    return false;
}

/* What the session has seen is news from nobody; recently_viewed says that it was seen. The
 * published protocol of `evaluate` takes it for an answer like any other. */
static bool is_seen(const struct request *r, const struct candidate *c)
{
    return !r->from->seen_again && c->source == SOURCE_neighbours &&
           c->evidence.kind == EVIDENCE_SELF;
}

/* Hard requirements, while gathering. */
static const char *admit(void *context, const struct candidate *c)
{
    product_number n = c->product;
    const struct request *r = context;
    const struct catalog *catalog = r->from->state->catalog;
    enum sellable sellable = catalog_sellable(catalog, n);

    if (sellable != SELLABLE)
        return sellable_word(sellable);
    if (catalog_sensitive(catalog, n))
        return sellable_word(SENSITIVE);
    if (n == r->product)
        return "page_product";
    if (holds(r->cart, r->cart_count, n))
        return "in_cart";
    if (!r->from->seen_again && holds(r->bought, r->bought_count, n))
        return "just_bought";
    if (holds(r->page->products, r->page->count, n))
        return "on_page";
    if (r->surface->kind == SURFACE_CATEGORY && r->category != 0 &&
        !catalog_category_within(catalog, catalog_category(catalog, n), r->category))
        return "other_category";
    return is_seen(r, c) ? "seen" : NULL;
}

/* Past the deadline only the sources that cost next to nothing go on. */
static bool may_pull(void *context, enum source_kind kind)
{
    struct request *r = context;
    bool late = request_late(r, (uint8_t)(CUT_AT_SOURCE + r->sources_asked++));

    return !late || source_rung(kind) <= RUNG_BESTSELLERS;
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
        .now_ms = r->question->now_ms,
    };
    struct source *sources[SOURCE_COUNT];
    struct gather g = {.sources = sources,
                       .source_count = r->source_count,
                       .per_source_max = PROPOSALS_OF_SOURCE_MAX,
                       .max = r->limit + CANDIDATES_SPARE,
                       .admit = admit,
                       .may_pull = may_pull,
                       .context = r};

    (void)err; /* nothing found is an answer too */
    in.lists = curated_lists(r, &in.list_count);
    for (size_t i = 0; i < r->source_count; i++)
        sources[i] = source_open(r->sources[i], &in, r->arena);
    if (r->trail != NULL) {
        g.proposals_max = RECOMMEND_PROPOSALS_MAX;
        g.proposals = arena_array(r->arena, g.proposals_max, sizeof(*g.proposals));
    }
    r->candidates = arena_array(r->arena, g.max, sizeof(*r->candidates));
    r->candidate_count = candidates_gather(&g, r->candidates, r->arena);
    if (r->trail != NULL) {
        r->trail->proposals = g.proposals;
        r->trail->proposal_count = g.proposal_count;
        r->trail->dropped_later =
            arena_array(r->arena, g.proposal_count, sizeof(*r->trail->dropped_later));
    }
    return OK;
}

static void trail_drop(struct request *r, const struct candidate *c, const char *why)
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

/* No acceptable evidence, no showing. */
enum status explain_candidates(struct request *r, struct error *err)
{
    size_t kept = 0;

    (void)err; /* what cannot be explained is left out */
    r->reasons = arena_array(r->arena, r->limit, sizeof(*r->reasons));
    for (size_t i = 0; i < r->candidate_count; i++) {
        const struct candidate c = r->candidates[i];
        if (kept == r->limit) {
            trail_drop(r, &c, "over_limit");
            continue;
        }
        const struct reason *before = reason_before(r, kept, &c);
        struct reason reason;
        if (before != NULL) {
            reason = *before;
        } else if (!reason_of(&c, r->from->state->catalog, r->arena, &reason)) {
            trail_drop(r, &c, "no_reason");
            continue;
        }
        r->candidates[kept] = c;
        r->reasons[kept++] = reason;
    }
    r->candidate_count = kept;
    return OK;
}

enum status fill_slots(struct request *r, struct error *err)
{
    const struct catalog *catalog = r->from->state->catalog;
    struct answer *answer = r->answer;

    (void)err; /* admitted products are known */
    answer->items = arena_array(r->arena, r->candidate_count, sizeof(*answer->items));
    for (size_t i = 0; i < r->candidate_count; i++) {
        const struct candidate *c = &r->candidates[i];
        struct product p;
        bool known = catalog_get(catalog, c->product, r->arena, &p);
        assert(known);
        answer->items[answer->item_count++] =
            (struct answer_item){.product = c->product,
                                 .slot = (uint32_t)i + 1,
                                 .item_id = p.item_id,
                                 .title = p.title,
                                 .url = p.url,
                                 .image = p.image,
                                 .price = catalog_price(catalog, c->product),
                                 .reason = r->reasons[i],
                                 .candidate = *c};
        if (source_rung(c->source) > answer->rung)
            answer->rung = source_rung(c->source);
        if (r->page->count < PAGE_PRODUCTS_MAX)
            r->page->products[r->page->count++] = c->product;
    }
    return OK;
}

/* Item ids that stood on the page before this surface was filled. */
static struct text page_before(const struct request *r)
{
    SCOPED(buffer_free) struct buffer ids = {0};
    size_t count = r->page->count - r->answer->item_count;

    for (size_t i = 0; i < count; i++) {
        buffer_add_string(&ids, i > 0 ? "\n" : "");
        buffer_add_text(&ids, catalog_item_id(r->from->state->catalog, r->page->products[i]));
    }
    return count == 0 ? (struct text){0} : arena_text(r->arena, buffer_text(&ids));
}

static struct text evidence_text(const struct request *r, const struct evidence *e)
{
    switch (e->kind) {
    case EVIDENCE_VIEWED:
    case EVIDENCE_CART:
    case EVIDENCE_BOUGHT:
    case EVIDENCE_SELF: return catalog_item_id(r->from->state->catalog, e->reference);
    case EVIDENCE_POPULAR:
    case EVIDENCE_TRENDING:
        return e->reference == 0 ? (struct text){0}
                                 : catalog_category_path(r->from->state->catalog, e->reference);
    case EVIDENCE_LIST: return r->from->state->program->lists[e->reference].name;
    case EVIDENCE_NONE: break;
    }
    return (struct text){0};
}

static void finish_trail(struct request *r)
{
    struct trail *t = r->trail;

    t->item_ids = arena_array(r->arena, t->proposal_count, sizeof(*t->item_ids));
    t->evidence = arena_array(r->arena, t->proposal_count, sizeof(*t->evidence));
    for (size_t i = 0; i < t->proposal_count; i++) {
        const struct candidate *c = &t->proposals[i].candidate;
        if (c->product != PRODUCT_NONE)
            t->item_ids[i] = catalog_item_id(r->from->state->catalog, c->product);
        t->evidence[i] = evidence_text(r, &c->evidence);
    }
    t->rung_allowed = r->rung_allowed;
    t->rung_why = r->rung_why;
}

enum status write_decision(struct request *r, struct error *err)
{
    const struct question *q = r->question;
    const struct state *state = r->from->state;
    struct answer *answer = r->answer;
    struct decision *d = arena_alloc(r->arena, sizeof(*d));

    (void)err; /* keeping is behind the answer */
    answer->generation = r->from->generation == NULL ? 0 : r->from->generation->number;
    answer->program_version = state->program->version;
    answer->position = state->position;
    answer->late = r->late;
    *d = (struct decision){.now_ms = q->now_ms,
                           .surface = r->surface->name,
                           .anonymous_id = q->anonymous_id,
                           .user_id = q->user_id,
                           .item_id = q->item_id,
                           .category = q->category,
                           .cart_count = (uint32_t)q->cart_count,
                           .limit = r->limit,
                           .page = page_before(r),
                           .position = state->position,
                           .generation = answer->generation,
                           .program_version = answer->program_version,
                           .seed = hash_text(q->anonymous_id, (uint64_t)q->now_ms),
                           .rung = (uint8_t)answer->rung,
                           .deadline_step = r->cut_at,
                           .item_count = (uint32_t)answer->item_count};
    memcpy(d->cart, q->cart, q->cart_count * sizeof(d->cart[0]));
    for (size_t i = 0; i < answer->item_count; i++) {
        const struct candidate *c = &answer->items[i].candidate;
        d->items[i] = (struct decision_item){c->product, (uint8_t)c->source,
                                             (uint8_t)c->evidence.kind, c->evidence.reference};
    }
    answer->decision = d;
    if (r->trail != NULL)
        finish_trail(r);
    return OK;
}
