/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/recommend_steps.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "ingest/agents.h"
#include "paths/consenting.h"

bool is_cart_kind(const struct request *r)
{
    return r->surface->kind == SURFACE_CART || r->surface->kind == SURFACE_POST_CART;
}

/* Sensitive products are no evidence but on their own pages, and there nothing else is. */
static bool may_be_evidence(const struct request *r, product_number product)
{
    return r->own_page ? product == r->product
                       : !catalog_sensitive(r->from->state->catalog, product);
}

static void seed_add(struct request *r, struct seed seed)
{
    if (seed.product != PRODUCT_NONE && r->seed_count < SEEDS_MAX &&
        may_be_evidence(r, seed.product))
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

static void parts_of(struct request *r, const product_number *products, size_t count)
{
    for (size_t i = 0; i < count; i++)
        r->part_count +=
            catalog_parts(r->from->state->catalog, products[i], r->parts + r->part_count,
                          (uint32_t)(REQUEST_PARTS_MAX - r->part_count));
}

/* Who has a bundle in the cart or has just bought it has its parts, and its own page shows them. */
static void find_parts(struct request *r)
{
    r->parts = arena_array(r->arena, REQUEST_PARTS_MAX, sizeof(*r->parts));
    parts_of(r, &r->product, 1);
    parts_of(r, r->cart, r->cart_count);
    parts_of(r, r->bought, r->bought_count);
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

/* Where they came in: as the session so far has it, else on this very page. What is sensitive is no
 * landing. */
static void find_landing(struct request *r)
{
    const struct catalog *catalog = r->from->state->catalog;
    category_number *landing = &r->facts.arrival.landing;

    r->newcomer = !r->from->cohorts_out && r->profile.count == r->profile.session_count;
    if (*landing == 0 && r->product != PRODUCT_NONE)
        *landing = catalog_category(catalog, r->product);
    if (*landing == 0)
        *landing = catalog_category_find(catalog, r->question->category);
    if (catalog_category_sensitive(catalog, *landing))
        *landing = 0;
}

/* recommend has taken the identifiers away then. */
static bool nobody_by_gpc(const struct question *q)
{
    return q->gpc && q->anonymous_id.size == 0 && q->user_id.size == 0;
}

/* A request may say by what agent it is; else what the visitor did before tells. */
static enum robot_why find_robot(const struct state *state, const struct question *q)
{
    if (q->robot != ROBOT_NOT)
        return q->robot;
    if (agent_is_robot(q->user_agent, q->vouched))
        return ROBOT_KNOWN;
    return state->robots == NULL
               ? ROBOT_NOT
               : robots_why(state->robots, shopper_key_of(q->anonymous_id, q->user_id), q->now_ms);
}

/* Who asks; of a robot no more is asked than of a stranger. */
static void find_person(struct request *r)
{
    const struct state *state = r->from->state;
    const struct question *q = r->question;
    struct asker who = {.anonymous_id = q->anonymous_id, .user_id = q->user_id};
    struct profile *profile = &r->profile;
    struct consent consent;

    r->robot = find_robot(state, q);
    if (r->robot != ROBOT_NOT)
        who = (struct asker){.here_alone = false};
    profiles_read_person(state->profiles, state->identity, &who, q->now_ms,
                         state->program->consent_personalization, profile);
    consent_of_person(state, &who, q->now_ms, &consent);
    if (consent.of[PURPOSE_PERSONALIZATION].stated)
        profile->personal = consent.of[PURPOSE_PERSONALIZATION].allowed;
    if (nobody_by_gpc(q))
        profile->personal = false;
    find_preferences(r);
}

/* Without consent to personalisation only what the request itself brings counts. */
enum status find_shopper(struct request *r, struct error *err)
{
    const struct state *state = r->from->state;
    const struct question *q = r->question;
    struct profile *profile = &r->profile;

    (void)err; /* strangers are welcome */
    find_person(r);
    if (!profile->personal) {
        profile->count = profile->session_count = profile->shown_count = 0;
        profile->session_start_ms = 0;
        profile->device = DEVICE_UNKNOWN;
        profile->landing = 0;
    }
    r->facts = shopper_facts_of(profile, &q->arrival, q->now_ms);
    r->product = catalog_find(state->catalog, q->item_id);
    r->own_page = r->surface->kind == SURFACE_PDP && r->product != PRODUCT_NONE &&
                  catalog_sensitive(state->catalog, r->product);
    r->category = category_at_hand(r);
    find_landing(r);
    find_cart(r, profile);
    find_bought(r, profile);
    find_parts(r);

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
    seed_actions(r, profile);
    return OK;
}

/* How far up the ladder, and why not further. */
static void allow(struct request *r, enum rung rung, const char *why)
{
    r->rung_allowed = rung;
    r->rung_why = why;
}

/* What the journal's traffic and the generation's files carry. */
static void allow_by_traffic(struct request *r)
{
    const struct recommend_from *from = r->from;
    const struct generation *g = from->generation;
    const struct program *program = from->state->program;
    uint64_t sessions = state_sessions_month(from->state, g);

    if (g == NULL)
        allow(r, RUNG_BESTSELLERS, "there is no generation yet; endcap train makes one");
    else if (!from->traffic_ignored && sessions < program->traffic_co_view)
        allow(r, RUNG_BESTSELLERS,
              arena_printf(r->arena,
                           "also_viewed, also_bought, complement and neighbours wait for %llu "
                           "sessions a month "
                           "(policies: traffic: co_view); there were %llu",
                           (unsigned long long)program->traffic_co_view,
                           (unsigned long long)sessions));
    else if (from->examples || from->in_order)
        allow(r, RUNG_LEARNED, "asked for by learning or evaluating");
    else if (g->ranker == NULL || g->transitions == NULL)
        allow(r, RUNG_NEIGHBOURS,
              "the generation has no trees to rank with; endcap train says why");
    else if (!features_match(g->ranker))
        allow(r, RUNG_NEIGHBOURS, "the generation's trees are of another version of the program");
    else if (!from->traffic_ignored && sessions < program->traffic_learned)
        allow(r, RUNG_NEIGHBOURS,
              arena_printf(r->arena,
                           "ranking by trees waits for %llu sessions a month (policies: traffic: "
                           "learned); there were %llu",
                           (unsigned long long)program->traffic_learned,
                           (unsigned long long)sessions));
    else
        allow(r, RUNG_LEARNED, "the shop has a generation and the traffic for it");
}

/* What train found on the shop's own later sessions. A surface it did not judge has not been shown to
 * gain by the trees. */
static void allow_by_gate(struct request *r)
{
    enum rung judged = RUNG_NEIGHBOURS;
    const char *word = generation_gate(r->from->generation, r->surface->name);

    if (word != NULL)
        (void)rung_find(text_from(word), &judged); /* an unknown word says nothing */
    if (judged < r->rung_allowed)
        allow(r, judged,
              word == NULL ? "no train has judged this surface yet"
                           : "on later sessions no higher rung was shown to be better");
}

/* Trees go by what shoppers did. Of a page's product that none had met they know nothing, and would put
 * what sells everywhere before what is like it. Learning asks all the same. */
static void allow_by_page(struct request *r)
{
    const struct recommend_from *from = r->from;
    bool about = r->surface->kind == SURFACE_PDP || r->surface->kind == SURFACE_POST_CART;

    if (r->rung_allowed < RUNG_LEARNED || from->examples || from->in_order || !about ||
        r->product == PRODUCT_NONE)
        return;
    if (transitions_course(from->generation->transitions, r->product)->sessions == 0)
        allow(r, RUNG_NEIGHBOURS, "no session that the trees learned from met the page's product");
}

/* How far up the ladder this answer may stand, and why not further. */
static void allow_rung(struct request *r)
{
    const struct recommend_from *from = r->from;

    allow_by_traffic(r);
    if (from->generation != NULL && !from->traffic_ignored)
        allow_by_gate(r);
    allow_by_page(r);
    if (from->rung_max < r->rung_allowed)
        allow(r, from->rung_max, "no more was asked for");
    if (r->late && r->rung_allowed > RUNG_BESTSELLERS)
        allow(r, RUNG_BESTSELLERS, "the deadline had passed before it began");
    if (r->own_page)
        allow(r, RUNG_CURATED,
              "the page's product is sensitive, so only what is similar to it is shown");
}

bool source_allowed(const struct request *r, enum source_kind kind)
{
    return source_rung(kind) <= r->rung_allowed && (r->from->sources_out >> kind & 1) == 0 &&
           (!r->own_page || kind == SOURCE_similar);
}

enum status plan_sources(struct request *r, struct error *err)
{
    (void)err; /* a surface without a source that may be used shows nothing */
    r->limit = r->question->limit > 0 ? r->question->limit : r->surface->limit;
    allow_rung(r);
    r->speech = templates_choose(&r->from->state->program->templates, r->question->language);
    for (size_t i = 0; i < r->surface->source_count; i++) {
        enum source_kind kind = r->surface->sources[i];
        if (source_allowed(r, kind))
            r->sources[r->source_count++] = kind;
    }
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
        if (candidate_rung(c) > answer->rung)
            answer->rung = candidate_rung(c);
        if (r->rung_allowed == RUNG_LEARNED)
            answer->rung = RUNG_LEARNED; /* the trees put it there */
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
    case EVIDENCE_PIN: return text_from(arena_printf(r->arena, "%u", e->reference));
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
    t->personalized = r->profile.personal;
    t->variety_ppm = r->variety_ppm;
    if (r->from->examined != NULL && *r->from->examined != PRODUCT_NONE)
        t->kept_out = admit_product(r, &(struct candidate){.product = *r->from->examined});
    for (size_t i = 0; i < t->rule_notes.count; i++) {
        struct rule_note *note = &t->rule_notes.notes[i];
        if (note->product != PRODUCT_NONE)
            note->item_id = catalog_item_id(r->from->state->catalog, note->product);
    }
    t->rung_allowed = r->rung_allowed;
    t->rung_why = r->rung_why;
    trail_know(r);
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
    answer->personalized = r->profile.personal;
    *d = (struct decision){.now_ms = q->now_ms,
                           .surface = r->surface->name,
                           .anonymous_id = q->anonymous_id,
                           .user_id = q->user_id,
                           .item_id = q->item_id,
                           .category = q->category,
                           .language = r->speech->language,
                           .cart_count = (uint32_t)q->cart_count,
                           .limit = r->limit,
                           .age_verified = q->age_verified,
                           .gpc = nobody_by_gpc(q),
                           .arrival = q->arrival,
                           .page = page_before(r),
                           .position = state->position,
                           .generation = answer->generation,
                           .program_version = answer->program_version,
                           .seed = hash_text(q->anonymous_id, (uint64_t)q->now_ms),
                           .rung = (uint8_t)answer->rung,
                           .deadline_step = r->cut_at,
                           .item_count = (uint32_t)answer->item_count,
                           .explored_slot = r->explored_slot,
                           .explore_ppm = r->explore_ppm,
                           .explore_pool = r->explore_pool,
                           .robot = (uint8_t)r->robot};
    memcpy(d->cart, q->cart, q->cart_count * sizeof(d->cart[0]));
    for (size_t i = 0; i < answer->item_count; i++) {
        const struct candidate *c = &answer->items[i].candidate;
        d->items[i] = (struct decision_item){c->product, (uint8_t)c->source,
                                             (uint8_t)c->evidence.kind, c->evidence.reference};
    }
    d->digest = answer_digest(answer);
    answer->decision = d;
    if (r->trail != NULL)
        finish_trail(r);
    return OK;
}
