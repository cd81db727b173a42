/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/state.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "base/money.h"
#include "journal/erased.h"
#include "journal/event.h"
#include "journal/journal.h"
#include "paths/consent_fold.h"
#include "paths/happening.h"
#include "paths/landing.h"

enum { GENERATION_FIELD_NUMBER = 1, PURCHASES_COUNTED = 3 };

struct state *state_new(const uint8_t id_key[16], uint64_t duplicate_ids_max)
{
    struct state *s = state_new_catalog();

    s->identity = identity_new();
    s->robots = robots_new();
    s->profiles = profiles_new();
    s->popularity = popularity_new();
    s->erasures = erasures_new();
    s->consents = consents_new();
    s->cohorts = cohorts_new();
    s->preferences = preference_table_new();
    if (duplicate_ids_max > 0)
        s->duplicates = duplicates_new(duplicate_ids_max);
    s->duplicate_ids_max = duplicate_ids_max;
    memcpy(s->id_key, id_key, sizeof(s->id_key));
    return s;
}

uint64_t state_sessions_month(const struct state *s, const struct generation *generation)
{
    uint64_t sessions = popularity_sessions_month(s->popularity);

    return generation != NULL && generation->sessions_month > sessions ? generation->sessions_month
                                                                       : sessions;
}

struct state *state_new_catalog(void)
{
    struct state *s = mem_new(1, sizeof(*s));

    s->catalog = catalog_new();
    s->marks = marks_new(NULL, 0);
    s->groups = groups_new();
    s->program = program_builtin();
    catalog_sensitive_set(s->catalog, s->program->sensitive, s->program->sensitive_count);
    return s;
}

void state_free(struct state *s)
{
    if (s == NULL)
        return;
    catalog_free(s->catalog);
    identity_free(s->identity);
    robots_free(s->robots);
    profiles_free(s->profiles);
    popularity_free(s->popularity);
    cohorts_free(s->cohorts);
    preference_table_free(s->preferences);
    duplicates_free(s->duplicates);
    erasures_free(s->erasures);
    consents_free(s->consents);
    marks_free(s->marks);
    marks_free(s->marks_ahead);
    groups_free(s->groups);
    groups_free(s->groups_ahead);
    program_free(s->compiled);
    intern_free(&s->unknown_types);
    buffer_free(&s->program_record);
    arena_free(&s->scratch);
    mem_free(s);
}

void state_drop(struct state **s)
{
    state_free(*s);
    *s = NULL;
}

void generation_record_encode(uint32_t number, struct buffer *out)
{
    put_i64(out, GENERATION_FIELD_NUMBER, number);
}

uint32_t generation_record_decode(struct text body)
{
    for (struct fields f = fields_of(body); fields_next(&f);)
        if (f.field == GENERATION_FIELD_NUMBER && !f.is_text && f.number > 0 &&
            f.number <= UINT32_MAX)
            return (uint32_t)f.number;
    return 0;
}

static void fold_duplicates(struct state *s, const struct happening *h, const struct record *r)
{
    if (s->duplicates != NULL && !s->ids_known)
        duplicates_fold(s->duplicates, h->id_hash, h->event.fingerprint, r->time_ms);
}

static void fold_types(struct state *s, const struct happening *h)
{
    if (h->event.type == EVENT_OTHER && s->unknown_types.count < UNKNOWN_TYPES_MAX)
        (void)intern_add(&s->unknown_types, h->event.type_name); /* its number is of no use here */
}

/* Every id gets its number here, whatever becomes of the event further on: numbers are given in the
 * order of the journal. */
static void fold_mentions(struct state *s, struct happening *h)
{
    for (uint32_t i = 0; i < h->event.item_count; i++) {
        product_number n =
            catalog_mention_hashed(s->catalog, h->event.items[i].item_id, h->item_hashes[i]);

        h->products[i] = n != PRODUCT_NONE && catalog_sensitive(s->catalog, n) ? PRODUCT_NONE : n;
    }
}

/* Who is one person, and in whose record the event is kept: on a device that several log in to each has
 * one of their own. What comes with Sec-GPC: 1 joins nobody, unless the person allows to be known. */
static void fold_identity(struct state *s, struct happening *h)
{
    h->filed = h->shopper;
    if (s->identity == NULL)
        return;
    if ((h->event.flags & EVENT_GPC) != 0 &&
        (consent_flags(s, &h->event) & EVENT_PERSONALIZATION) == 0)
        h->identity.links = false;
    identity_fold(s->identity, &h->identity);
    uint64_t file = identity_file(s->identity, &h->identity);
    h->filed = file == IDENTITY_FILE_CUSTOMER ? shopper_key_of((struct text){0}, h->event.user_id)
                                              : shopper_key_filed(h->shopper, file);
}

/* A purchase that the shop vouches for, of a customer: the browsers that are theirs alone are a person's. */
static void lift_robots(struct state *s, const struct event *e)
{
    struct identity_person person;
    const uint32_t both = EVENT_VERIFIED | EVENT_USER_VERIFIED;

    if (s->identity == NULL || e->type != EVENT_purchase || (e->flags & both) != both)
        return;
    identifier_number n = identity_find(s->identity, IDENTIFIER_CUSTOMER, e->user_id);
    if (n == IDENTIFIER_NONE)
        return;
    identity_person(s->identity, n, e->time_ms, &person);
    for (uint32_t i = 0; i < person.kinds[IDENTIFIER_VISITOR].count; i++)
        if (!identity_shared(s->identity, &person, person.visitors[i]))
            robots_lift(s->robots, shopper_key_of(identity_text(s->identity, person.visitors[i]),
                                                  (struct text){0}));
}

/* Is it a robot's? Of one who gives itself away only now nothing is kept of before, either. */
static bool fold_robots(struct state *s, const struct happening *h)
{
    bool marked = false;

    if (s->robots == NULL || h->robot)
        return h->robot;
    enum robot_why why = robots_fold(s->robots, h->shopper, &h->event, &marked);
    if (marked && s->profiles != NULL) {
        (void)profiles_remove(s->profiles, h->shopper); /* there or not */
        (void)profiles_remove(s->profiles, h->filed);
    }
    if (why == ROBOT_NOT)
        lift_robots(s, &h->event);
    return why != ROBOT_NOT;
}

/* Money in another currency than the shop's counts for nothing; the order counts all the same. */
static struct profile_order order_of(const struct state *s, const struct event *e)
{
    bool counts = e->type == EVENT_purchase && (e->flags & EVENT_VERIFIED) != 0;
    bool ours = e->currency.size == 0 || text_equal(e->currency, s->program->currency);
    struct profile_order order = {.counts = counts, .value = MONEY_NONE};
    int64_t money;

    if (!counts)
        return order;
    order.hash = arrival_word(e->transaction_id);
    if (ours)
        order.value = e->value;
    for (uint32_t i = 0; ours && i < e->item_count; i++)
        if (e->items[i].price != MONEY_NONE &&
            money_times(e->items[i].price, e->items[i].quantity, &money) &&
            __builtin_add_overflow(order.items, money, &order.items))
            order.items = INT64_MAX;
    return order;
}

/* Has who did this turned personalisation off, as a visitor or as the customer they are? */
static bool withheld(const struct state *s, const struct happening *h)
{
    const struct event *e = &h->event;

    if (s->preferences == NULL || preference_table_count(s->preferences) == 0)
        return false;
    return preference_table_refuses(s->preferences, h->shopper) ||
           ((e->flags & EVENT_USER_VERIFIED) != 0 && e->user_id.size > 0 &&
            preference_table_refuses(s->preferences, shopper_key_of((struct text){0}, e->user_id)));
}

/* How they arrived, should this be where they land. */
static struct arrival arrival_landed(const struct state *s, const struct happening *h)
{
    const struct event *e = &h->event;
    struct arrival arrival = h->arrival;

    arrival.landing =
        landing_of(s->catalog, e->type, h->products, e->item_count, e->request_id.size > 0);
    return arrival;
}

static void fold_profile(struct state *s, struct happening *h)
{
    const struct event *e = &h->event;
    struct profile_event of_shopper = {
        .key = h->filed,
        .session_hash = h->session_hash,
        .time_ms = e->time_ms,
        .type = e->type,
        .flags = consent_flags(s, e),
        .arrival = arrival_landed(s, h),
        .withheld = withheld(s, h),
        .products = h->products,
        .product_count = e->item_count,
        .order = order_of(s, e),
    };

    if (s->profiles == NULL || shopper_key_none(h->filed))
        return;
    (void)profiles_fold(s->profiles, &of_shopper,
                        &h->new_session); /* the number is of no use here */
}

/* One shopper makes nothing a bestseller: of a month three purchases of a product count, one by one, as far as
 * the shopper's record tells. It holds this one already. */
static bool bought_too_often(const struct state *s, const struct happening *h, product_number n)
{
    return h->event.type == EVENT_purchase && s->profiles != NULL &&
           profiles_repeats(s->profiles, h->filed, n, h->event.time_ms) >= PURCHASES_COUNTED;
}

/* Purchases count only when the shop's own server or an import vouches for them. */
static void fold_popularity(struct state *s, const struct happening *h)
{
    const struct event *e = &h->event;

    if (s->popularity == NULL)
        return;
    if (h->new_session)
        popularity_session(s->popularity, e->time_ms);
    if (e->type == EVENT_view_item_list || e->type == EVENT_refund)
        return; /* seen in passing, or given back: no sign of liking */
    if (e->type == EVENT_purchase && (e->flags & EVENT_VERIFIED) == 0)
        return;
    for (uint32_t i = 0; i < e->item_count; i++)
        if (h->products[i] != PRODUCT_NONE && !bought_too_often(s, h, h->products[i]))
            popularity_fold(s->popularity, h->products[i], e->type, e->items[i].quantity,
                            e->time_ms);
}

/* The event's campaign and device, or those its shopper was last told to have come by; and where the
 * session began. */
static void fold_cohorts(struct state *s, const struct happening *h)
{
    const struct event *e = &h->event;
    struct arrival arrival = h->arrival;

    if (s->cohorts == NULL || e->type != cohorts_counted(s->cohorts) ||
        (e->type == EVENT_purchase && (e->flags & EVENT_VERIFIED) == 0))
        return;
    profiles_arrival(s->profiles, h->filed, &arrival);
    arrival.landing = landing_cohort(s->catalog, arrival.landing);
    for (uint32_t i = 0; i < e->item_count; i++)
        if (h->products[i] != PRODUCT_NONE)
            cohorts_fold(s->cohorts, &arrival, h->products[i], e->time_ms);
}

static void fold_event(struct state *s, const struct prepared_record *p)
{
    struct happening *h = p->prepared;

    if (h == NULL)
        return;
    const struct event *e = &h->event;
    fold_duplicates(s, h, &p->record);
    fold_types(s, h);
    fold_mentions(s, h);
    consent_fold_event(s, e);
    consent_fold_addresses(s, e, &h->identity);
    fold_identity(s, h);
    if (!fold_robots(s, h)) {
        fold_profile(s, h);
        fold_popularity(s, h);
        fold_cohorts(s, h);
    }
    s->events++;
    s->since_tick++;
}

/* A document that no longer compiles (of a version to come, say) keeps the program there is. */
bool state_take_program(struct state *s)
{
    struct program *fresh = NULL;
    struct error why = {.status = OK}; /* nobody to tell: what was applied did compile once */

    if (program_of_record(buffer_text(&s->program_record), s->program_ms, &fresh, &why) != OK)
        return false;
    if (!marks_adopt(&s->marks, &s->marks_ahead, fresh->filters.filters, fresh->filters.count))
        marks_take(s->marks, fresh->filters.filters, fresh->filters.count);
    if (!groups_adopt(&s->groups, &s->groups_ahead, &fresh->groups))
        groups_take(s->groups, &fresh->groups);
    program_free(s->compiled);
    s->compiled = fresh;
    s->program = fresh;
    return true;
}

static void fold_program(struct state *s, const struct record *r)
{
    struct buffer before = s->program_record;
    int64_t before_ms = s->program_ms;

    s->program_record = (struct buffer){0};
    buffer_add_text(&s->program_record, r->body);
    s->program_ms = r->time_ms;
    if (state_take_program(s)) {
        buffer_free(&before);
        catalog_sensitive_set(s->catalog, s->program->sensitive, s->program->sensitive_count);
        if (s->popularity != NULL)
            popularity_catalog_changed(s->popularity);
        s->since_tick++;
        return;
    }
    buffer_free(&s->program_record);
    s->program_record = before;
    s->program_ms = before_ms;
}

/* What changed is looked at when a turn of folding ends, or when it is much. */
static void fold_marks(struct state *s)
{
    marks_keep_up(s->marks, s->catalog);
    groups_keep_up(s->groups, s->catalog);
}

/* Lists go by categories: a product that moved is looked at anew. */
static void fold_product(struct state *s, const struct record *r)
{
    product_number n = catalog_fold_later(s->catalog, r);

    s->since_tick++;
    if (s->popularity != NULL)
        popularity_product_changed(s->popularity, n);
    fold_marks(s);
}

static void fold_stock(struct state *s, const struct record *r)
{
    (void)catalog_fold_later(s->catalog, r); /* no product of its own */
    fold_marks(s);
}

static void fold_generation(struct state *s, const struct record *r)
{
    uint32_t number = generation_record_decode(r->body);

    if (number > 0)
        s->generation = number;
}

static void fold_identity_order(struct state *s, const struct record *r)
{
    if (s->identity != NULL)
        identity_order_fold(s->identity, r->body, r->time_ms);
}

/* Who turns personalisation off is forgotten, too: what may not be used is not kept. */
static void fold_preferences(struct state *s, const struct record *r)
{
    struct preferences_record p;
    struct error why = {0};

    if (s->preferences == NULL || preferences_record_decode(r->body, &p, &why) != OK)
        return; /* checksummed bytes of a version to come: what they say is not for us */
    struct shopper_key key = shopper_key_of(p.anonymous_id, p.user_id);
    if (shopper_key_none(key))
        return; /* a placeholder's: refused now, but such records there are */
    preference_table_set(s->preferences, key, &p.preferences);
    const struct asker whose = {.anonymous_id = p.anonymous_id, .user_id = p.user_id};
    if (p.forget || !p.preferences.personal)
        profiles_forget_person(s->profiles, s->identity, &whose, r->time_ms);
}

static void fold_tick(struct state *s, const struct record *r)
{
    if (s->popularity != NULL)
        popularity_tick(s->popularity, s->catalog);
    if (s->cohorts != NULL)
        cohorts_tick(s->cohorts, popularity_purchases(s->popularity) > 0);
    s->tick = r->position;
    s->since_tick = 0;
}

/* Counts as what stood there did; its products keep their numbers. */
static void fold_erased(struct state *s, const struct record *r)
{
    struct fields f = fields_of(r->body);

    for (struct text item_id; erased_next(&f, &item_id);)
        if (item_id.size > 0)
            (void)catalog_mention(s->catalog, item_id); /* its number is of no use here */
        else
            catalog_skip(s->catalog);
    if (!erased_event(r->body))
        return;
    s->events++;
    s->since_tick++;
}

static void fold_retention(struct state *s, const struct record *r)
{
    int64_t before_ms;

    if (r->body.size != sizeof(before_ms))
        return;
    memcpy(&before_ms, r->body.data, sizeof(before_ms));
    if (s->profiles != NULL)
        profiles_forget_silent(s->profiles, before_ms);
    if (s->identity != NULL)
        identity_forget_silent(s->identity, before_ms);
    if (s->robots != NULL)
        robots_forget_silent(s->robots, before_ms);
}

/* Bundles are judged when the records that change their parts are through, and before any other looks. */
static bool is_catalogs(enum record_kind kind)
{
    return kind == RECORD_PRODUCT || kind == RECORD_STOCK || kind == RECORD_UNPUBLISH;
}

static void fold_prepared(struct state *s, const struct prepared_record *p)
{
    const struct record *r = &p->record;

    assert(position_compare(r->position, s->position) > 0);
    if (!is_catalogs(r->kind))
        catalog_settle(s->catalog);
    switch (r->kind) {
    case RECORD_EVENT: fold_event(s, p); break;
    case RECORD_PRODUCT: fold_product(s, r); break;
    case RECORD_STOCK:
    case RECORD_UNPUBLISH: fold_stock(s, r); break;
    case RECORD_PROGRAM: fold_program(s, r); break;
    case RECORD_GENERATION: fold_generation(s, r); break;
    case RECORD_TICK: fold_tick(s, r); break;
    case RECORD_CONSENT: consent_fold_record(s, r); break;
    case RECORD_ERASURE: consent_fold_erasure(s, r); break;
    case RECORD_ERASED: fold_erased(s, r); break;
    case RECORD_RETENTION: fold_retention(s, r); break;
    case RECORD_IDENTITY: fold_identity_order(s, r); break;
    case RECORD_PREFERENCES: fold_preferences(s, r); break;
    }
    s->position = r->position;
    s->time_ms = r->time_ms;
}

void *state_prepare(const void *state, const struct record *r, struct arena *a)
{
    return happening_prepare(state, r, a);
}

void state_fold_prepared(struct state *s, const struct prepared_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        happenings_fetch(s, records, count, i);
        fold_prepared(s, &records[i]);
    }
    catalog_settle(s->catalog);
    marks_follow(s->marks, s->catalog);
    groups_follow(s->groups, s->catalog);
    arena_reset(&s->scratch);
}

void state_fold(struct state *s, const struct record *r)
{
    struct prepared_record p = {*r, happening_prepare(s, r, &s->scratch)};

    state_fold_prepared(s, &p, 1);
}
