/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/export.h"

#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "consent/consents.h"
#include "ingest/ledger.h"
#include "paths/contacting.h"
#include "paths/preferences.h"

enum { TURN = 500 };

struct export
{
    struct shop *shop;
    struct person person;
    struct json json, consents_json;
    struct buffer consents;                /* statements: a list of its own */
    struct buffer printed;                 /* one event */
    struct intern anonymous_ids, user_ids; /* by name */
    struct identifiers identifiers;        /* theirs, in the shop's graph */
    struct intern keys; /* of profiles that were told: struct shopper_key as bytes */
    struct arena arena;
    enum status status; /* of what was read */
    struct error err;
    uint64_t last; /* refused item looked at */
};

static void export_free(struct export *e)
{
    person_free(&e->person);
    buffer_free(&e->printed);
    buffer_free(&e->consents);
    intern_free(&e->anonymous_ids);
    intern_free(&e->user_ids);
    identifiers_free(&e->identifiers);
    intern_free(&e->keys);
    arena_free(&e->arena);
}

static void key_time(struct json *j, const char *key, int64_t time_ms)
{
    char time[TIME_TEXT_SIZE];

    json_key_string(j, key, time_print(time_ms, time));
}

static void note_names(struct export *e, const struct event_head *h)
{
    bool theirs =
        who_set_has(&e->person.whos, who_of(e->person.key, WHO_ANONYMOUS, h->anonymous_id));

    if (h->anonymous_id.size > 0 && theirs)
        (void)intern_add(&e->anonymous_ids, h->anonymous_id); /* numbers are of no use here */
    if (h->user_id.size > 0 && person_owns(&e->person, (struct text){0}, h->user_id))
        (void)intern_add(&e->user_ids, h->user_id);
}

/* One statement, into a list of its own. */
static void consent_add(struct export *e, const struct record *r)
{
    struct consent_record said;
    struct json *j = &e->consents_json;

    if (consent_record_decode(r->body, &said, &e->err) != OK)
        return; /* record_head has read it */
    json_object_begin(j);
    key_time(j, "time", said.time_ms);
    if (said.anonymous_id.size > 0)
        json_key_text(j, "anonymous_id", said.anonymous_id);
    if (said.user_id.size > 0)
        json_key_text(j, "user_id", said.user_id);
    json_key_string(j, "source", consent_source_word(said.source));
    for (int i = 0; i < PURPOSE_COUNT; i++)
        if (said.allowed[i] >= 0)
            json_key_bool(j, purpose_word((enum purpose)i), said.allowed[i] == 1);
    json_object_end(j);
}

static bool event_add(void *context, const struct record *r)
{
    struct export *e = context;
    struct event_head h;
    struct event event;

    if (!record_head(r, &h) || !person_owns_record(e->shop, &e->person, r, &h))
        return true;
    note_names(e, &h);
    if (r->kind == RECORD_CONSENT)
        consent_add(e, r);
    if (r->kind != RECORD_EVENT)
        return true;
    arena_reset(&e->arena);
    e->status = event_decode(r->body, &e->arena, &event, &e->err);
    if (e->status != OK)
        return false;
    buffer_clear(&e->printed);
    event_print(&event, &e->printed);
    json_raw(&e->json, buffer_text(&e->printed));
    return true;
}

static enum status add_events(struct export *e, struct error *err)
{
    struct position from = {0};

    json_key(&e->json, "events");
    json_array_begin(&e->json);
    if (records_each(e->shop, &from, event_add, e, err) != OK)
        return err->status;
    json_array_end(&e->json);
    return e->status == OK ? OK : error_set(err, e->status, "%s", e->err.message);
}

static void add_names(struct export *e, const char *key, const struct intern *names)
{
    json_key(&e->json, key);
    json_array_begin(&e->json);
    for (uint32_t i = 0; i < names->count; i++)
        json_text(&e->json, intern_text(names, i));
    json_array_end(&e->json);
}

/* --- profiles --- */

static void action_add(struct export *e, const struct action *a)
{
    static const char *const words[] = {[ACTION_VIEW] = "viewed",
                                        [ACTION_CART] = "put in the cart",
                                        [ACTION_UNCART] = "taken out of the cart",
                                        [ACTION_WISH] = "wished for",
                                        [ACTION_BUY] = "bought"};

    json_object_begin(&e->json);
    json_key_text(&e->json, "item_id", catalog_item_id(e->shop->state->catalog, a->product));
    json_key_string(&e->json, "what", words[a->kind]);
    key_time(&e->json, "time", (int64_t)a->time_s * MS_SECOND);
    json_object_end(&e->json);
}

/* Whether it is theirs what the record holds of that second. */
static bool within(const struct person_record *r, uint32_t time_s)
{
    int64_t time_ms = (int64_t)time_s * MS_SECOND;

    return time_ms >= r->from_ms && time_ms < r->until_ms;
}

static void shown_add(struct export *e, const struct shown_product *shown)
{
    struct json *j = &e->json;

    json_object_begin(j);
    json_key_text(j, "item_id", catalog_item_id(e->shop->state->catalog, shown->product));
    json_key_u64(j, "times", shown->times);
    key_time(j, "time", (int64_t)shown->last_s * MS_SECOND);
    json_object_end(j);
}

static void profile_add(struct export *e, const struct person_record *r)
{
    struct json *j = &e->json;
    uint32_t told = e->keys.count;
    struct profile p;

    (void)intern_add(&e->keys, (struct text){(const char *)&r->key, sizeof(r->key)}); /* or told */
    profiles_read(e->shop->state->profiles, r->key, 0, true, &p);
    if (e->keys.count == told || p.number == SHOPPER_NONE)
        return;
    json_object_begin(j);
    json_key_text(j, r->visitor ? "anonymous_id" : "user_id", r->id);
    json_key_bool(j, "personalization", p.personal);
    json_key(j, "actions");
    json_array_begin(j);
    for (uint32_t i = 0; i < p.count; i++)
        if (within(r, p.actions[i].time_s))
            action_add(e, &p.actions[i]);
    json_array_end(j);
    json_key(j, "shown");
    json_array_begin(j);
    for (uint32_t i = 0; i < p.shown_count; i++)
        if (within(r, p.shown[i].last_s))
            shown_add(e, &p.shown[i]);
    json_array_end(j);
    json_object_end(j);
}

/* The records of one who stands for themselves. */
static void profiles_of(struct export *e, identifier_number n)
{
    const struct identity *g = e->shop->state->identity;
    struct identity_person person;
    struct person_records records;

    identity_person(g, n, INT64_MAX, &person);
    if (person.root != n)
        return;
    person_records_of(g, &person, &records);
    for (size_t i = 0; i < records.count; i++)
        profile_add(e, &records.records[i]);
}

/* What the graph does not know of. */
static void profiles_named(struct export *e, const struct intern *names, bool visitor)
{
    const struct text none = {0};

    for (uint32_t i = 0; i < names->count; i++) {
        struct text name = intern_text(names, i);
        struct person_record r = {.key =
                                      shopper_key_of(visitor ? name : none, visitor ? none : name),
                                  .id = name,
                                  .visitor = visitor,
                                  .from_ms = INT64_MIN,
                                  .until_ms = INT64_MAX};
        if (!shopper_key_none(r.key))
            profile_add(e, &r);
    }
}

static void add_profiles(struct export *e)
{
    json_key(&e->json, "profiles");
    json_array_begin(&e->json);
    person_identifiers_lock(e->shop, &e->person, &e->identifiers);
    for (size_t i = 0; i < e->identifiers.count; i++)
        profiles_of(e, e->identifiers.all[i]);
    profiles_named(e, &e->anonymous_ids, true);
    profiles_named(e, &e->user_ids, false);
    shop_read_unlock(e->shop);
    json_array_end(&e->json);
}

/* --- who is taken for a robot --- */

static void robots_named(struct export *e, const char *naming, const struct intern *names,
                         int64_t now_ms)
{
    bool visitor = names == &e->anonymous_ids;
    struct robot_mark mark;

    for (uint32_t i = 0; i < names->count; i++) {
        struct text name = intern_text(names, i), none = {0};
        if (!robots_mark(e->shop->state->robots,
                         shopper_key_of(visitor ? name : none, visitor ? none : name), now_ms,
                         &mark))
            continue;
        json_object_begin(&e->json);
        json_key_text(&e->json, naming, name);
        json_key_string(&e->json, "robot", robot_word(mark.why));
        json_key_string(&e->json, "why", robot_meaning(mark.why));
        key_time(&e->json, "until", mark.until_ms);
        json_object_end(&e->json);
    }
}

static void add_robots(struct export *e, int64_t now_ms)
{
    json_key(&e->json, "robots");
    json_array_begin(&e->json);
    shop_read_lock(e->shop);
    robots_named(e, "anonymous_id", &e->anonymous_ids, now_ms);
    robots_named(e, "user_id", &e->user_ids, now_ms);
    shop_read_unlock(e->shop);
    json_array_end(&e->json);
}

/* --- who is one person --- */

static void identifier_json(struct export *e, identifier_number n)
{
    const struct identity *g = e->shop->state->identity;

    json_key_string(&e->json, "kind", identifier_word(identity_kind(g, n)));
    json_key_text(&e->json, "id", identity_text(g, n));
}

struct linking {
    struct export *export;
    identifier_number anchor;
};

static bool is_theirs(const struct export *e, identifier_number n)
{
    for (size_t i = 0; i < e->identifiers.count; i++)
        if (e->identifiers.all[i] == n)
            return true;
    return false;
}

/* Each link once, from the side of what the other belongs to. Customers who were parted from them are
 * somebody else. */
static void link_add(void *context, const struct identity_link *link)
{
    const struct linking *l = context;
    struct export *e = l->export;
    struct json *j = &e->json;

    if (link->anchor != l->anchor ||
        (!is_theirs(e, link->child) &&
         identity_kind(e->shop->state->identity, link->child) != IDENTIFIER_VISITOR))
        return;
    json_object_begin(j);
    identifier_json(e, link->child);
    json_key(j, "to");
    json_object_begin(j);
    identifier_json(e, link->anchor);
    json_object_end(j);
    key_time(j, "first", link->first_ms);
    key_time(j, "last", link->last_ms);
    json_key_u64(j, "events", link->events);
    if (link->by_hand_ms > 0)
        key_time(j, "by_hand", link->by_hand_ms);
    json_key_bool(j, "parted", link->parted && !link->blocked);
    if (link->blocked)
        json_key_bool(j, "blocked", true);
    json_object_end(j);
}

static void add_identity(struct export *e)
{
    struct json *j = &e->json;

    person_identifiers_lock(e->shop, &e->person, &e->identifiers);
    json_key(j, "identifiers");
    json_array_begin(j);
    for (size_t i = 0; i < e->identifiers.count; i++) {
        json_object_begin(j);
        identifier_json(e, e->identifiers.all[i]);
        json_object_end(j);
    }
    json_array_end(j);
    json_key(j, "links");
    json_array_begin(j);
    for (size_t i = 0; i < e->identifiers.count; i++) {
        struct linking linking = {e, e->identifiers.all[i]};
        identity_links(e->shop->state->identity, linking.anchor, link_add, &linking);
    }
    json_array_end(j);
    shop_read_unlock(e->shop);
}

/* --- preferences --- */

static void preferences_add(struct export *e, const char *naming, const struct shopper_name *whose)
{
    struct shopper_key key = shopper_key_of(whose->anonymous_id, whose->user_id);
    struct preferences wishes;

    shop_read_lock(e->shop);
    bool any = preference_table_get(e->shop->state->preferences, key, &wishes);
    shop_read_unlock(e->shop);
    if (!any)
        return;
    arena_reset(&e->arena);
    buffer_clear(&e->printed);
    shopper_preferences_json(e->shop, whose, 0, &e->arena, &e->printed);
    json_object_begin(&e->json);
    json_key_text(&e->json, naming, whose->user_id.size > 0 ? whose->user_id : whose->anonymous_id);
    json_key(&e->json, "preferences");
    json_raw(&e->json, buffer_text(&e->printed));
    json_object_end(&e->json);
}

static void add_preferences(struct export *e)
{
    json_key(&e->json, "preferences");
    json_array_begin(&e->json);
    for (uint32_t i = 0; i < e->anonymous_ids.count; i++) {
        struct shopper_name whose = {.anonymous_id = intern_text(&e->anonymous_ids, i)};
        preferences_add(e, "anonymous_id", &whose);
    }
    for (uint32_t i = 0; i < e->user_ids.count; i++) {
        struct shopper_name whose = {.user_id = intern_text(&e->user_ids, i)};
        preferences_add(e, "user_id", &whose);
    }
    json_array_end(&e->json);
}

/* --- decisions --- */

static void asked_add(struct json *j, const struct decision *d)
{
    const struct {
        const char *key;
        struct text value;
    } texts[] = {{"surface", d->surface},
                 {"anonymous_id", d->anonymous_id},
                 {"user_id", d->user_id},
                 {"item_id", d->item_id},
                 {"category", d->category}};

    for (size_t i = 0; i < COUNT(texts); i++)
        if (texts[i].value.size > 0)
            json_key_text(j, texts[i].key, texts[i].value);
    json_key(j, "cart");
    json_array_begin(j);
    for (uint32_t i = 0; i < d->cart_count; i++)
        json_text(j, d->cart[i]);
    json_array_end(j);
}

static void decision_add(void *context, const struct decision *d)
{
    struct export *e = context;
    struct json *j = &e->json;
    char request_id[REQUEST_ID_SIZE];

    if (!person_owns(&e->person, d->anonymous_id, d->user_id))
        return;
    json_object_begin(j);
    request_id_make(d->number, e->shop->keys.decision_key, request_id);
    json_key_string(j, "request_id", request_id);
    key_time(j, "time", d->now_ms);
    asked_add(j, d);
    json_key(j, "shown");
    json_array_begin(j);
    shop_read_lock(e->shop);
    for (uint32_t i = 0; i < d->item_count; i++)
        json_text(j, catalog_item_id(e->shop->state->catalog, d->items[i].product));
    shop_read_unlock(e->shop);
    json_array_end(j);
    json_object_end(j);
}

static enum status add_decisions(struct export *e, struct store *store, struct error *err)
{
    uint64_t after, last = 0;

    if (e->shop->decisions != NULL && decisions_flush(e->shop->decisions, err) != OK)
        return err->status;
    json_key(&e->json, "decisions");
    json_array_begin(&e->json);
    do {
        after = last;
        if (decisions_each(store, &last, TURN, decision_add, e, err) != OK)
            return err->status;
    } while (last > after);
    json_array_end(&e->json);
    return OK;
}

/* --- refused items --- */

static void refused_add(void *context, const struct refused_item *item)
{
    struct export *e = context;
    struct json *j = &e->json;

    e->last = item->number;
    if (!person_named(&e->person, item->body))
        return;
    json_object_begin(j);
    key_time(j, "time", item->time_ms);
    json_key_text(j, "code", item->code);
    json_key_text(j, "message", item->message);
    json_key_text(j, "body", item->body);
    json_object_end(j);
}

static enum status add_refused(struct export *e, struct store *store, struct error *err)
{
    uint64_t after;

    json_key(&e->json, "refused");
    json_array_begin(&e->json);
    do {
        after = e->last;
        if (ledger_refused_each(store, after, TURN, refused_add, e, err) != OK)
            return err->status;
    } while (e->last > after);
    json_array_end(&e->json);
    return OK;
}

enum status export_shopper(struct shop *shop, struct text id, enum naming naming, int64_t now_ms,
                           struct buffer *out, struct error *err)
{
    SCOPED(export_free) struct export e = {.shop = shop, .json = json_to(out)};
    SCOPED(store_close) struct store *store = NULL;

    if (person_find(shop, id, naming, &e.person, err) != OK ||
        store_open(&store, shop->data_dir, STORE_READ, NULL, err) != OK)
        return err->status;
    person_identifiers(shop, &e.person, &e.identifiers);
    e.consents_json = json_to(&e.consents);
    json_array_begin(&e.consents_json);
    json_object_begin(&e.json);
    json_key_text(&e.json, "asked_for", id);
    key_time(&e.json, "exported", now_ms);
    if (add_events(&e, err) != OK)
        return err->status;
    add_names(&e, "anonymous_ids", &e.anonymous_ids);
    add_names(&e, "user_ids", &e.user_ids);
    json_array_end(&e.consents_json);
    json_key(&e.json, "consents");
    json_raw(&e.json, buffer_text(&e.consents));
    json_key(&e.json, "contacts");
    if (contacts_json(store, &e.person, &e.json, err) != OK)
        return err->status;
    add_identity(&e);
    add_profiles(&e);
    add_robots(&e, now_ms);
    add_preferences(&e);
    if (add_decisions(&e, store, err) != OK || add_refused(&e, store, err) != OK)
        return err->status;
    json_object_end(&e.json);
    return OK;
}
