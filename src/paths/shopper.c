/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/shopper.h"

#include <stdio.h>

#include "base/json.h"
#include "base/time.h"
#include "ingest/person.h"
#include "paths/person.h"
#include "paths/shop_change.h"

/* Who is meant. */
struct whom {
    enum identifier_kind kind;
    struct text id;           /* as the journal has it, in the caller's arena */
    identifier_number number; /* IDENTIFIER_NONE: never linked, but they did something */
};

static enum status unknown(struct text id, struct error *err)
{
    struct text shown = text_utf8_prefix(id, 64);

    return error_set(err, ERR_NOT_FOUND, "nobody is known by '%.*s'", (int)shown.size, shown.data);
}

/* The id as events are kept with it. `*kind` when it stands before it; false then without. */
static struct text kept_id(struct text id, const uint8_t key[32], struct arena *a,
                           enum identifier_kind *kind, bool *named)
{
    struct text rest = id;
    struct text word = text_cut(&rest, ':');
    struct text hashed = person_replace(id, key, a);

    *named = rest.data != NULL && identifier_kind_find(word, kind);
    if (!*named)
        return hashed;
    if (*kind == IDENTIFIER_EMAIL)
        return text_starts(id, "email:") && person_hash(PERSON_EMAIL, id, key, a).data == id.data
                   ? id
                   : person_hash(PERSON_EMAIL, rest, key, a);
    if (*kind == IDENTIFIER_PHONE)
        return person_hash(PERSON_PHONE, id, key, a).data == id.data
                   ? id
                   : person_hash(PERSON_PHONE, rest, key, a);
    return person_replace(rest, key, a);
}

/* None for an address or a number: nobody does anything as one. */
static struct shopper_key key_of(enum identifier_kind kind, struct text id)
{
    struct text none = {0};

    return kind == IDENTIFIER_VISITOR    ? shopper_key_of(id, none)
           : kind == IDENTIFIER_CUSTOMER ? shopper_key_of(none, id)
                                         : (struct shopper_key){{0, 0}};
}

/* A robot has no record. */
static bool did_something(const struct state *s, enum identifier_kind kind, struct text id)
{
    struct shopper_key key = key_of(kind, id);
    struct profile profile;

    profiles_read(s->profiles, key, 0, true, &profile);
    return profile.number != SHOPPER_NONE || robots_why(s->robots, key, 0) != ROBOT_NOT;
}

/* Their record is being taken away, or was: nothing more is said of them by hand. */
static bool erased(const struct shop *shop, enum identifier_kind kind, struct text id)
{
    enum who_kind named = kind == IDENTIFIER_VISITOR ? WHO_ANONYMOUS : WHO_USER;

    return erasures_forbid(shop->state->erasures, who_of(shop->keys.id_key, named, id), INT64_MAX);
}

/* Under the state's lock. */
static enum status find(const struct shop *shop, struct text id, struct arena *a, struct whom *out,
                        struct error *err)
{
    const struct state *s = shop->state;
    enum identifier_kind kind = IDENTIFIER_CUSTOMER;
    bool named;

    out->id = kept_id(arena_text(a, id), shop->keys.person_key, a, &kind, &named);
    if (identifier_blocked(out->id))
        return error_set(err, ERR_NOT_FOUND, "a value like that names nobody: it is no identifier");
    for (int k = 0; k < IDENTIFIER_KINDS; k++) {
        out->kind = (enum identifier_kind)k;
        if (erased(shop, out->kind, out->id))
            continue;
        out->number = identity_find(s->identity, out->kind, out->id);
        if (out->number != IDENTIFIER_NONE && (!named || out->kind == kind))
            return OK;
    }
    out->number = IDENTIFIER_NONE;
    for (int k = 0; k < IDENTIFIER_KINDS; k++) {
        out->kind = (enum identifier_kind)k;
        if ((!named || out->kind == kind) && !erased(shop, out->kind, out->id) &&
            did_something(s, out->kind, out->id))
            return OK;
    }
    return unknown(id, err);
}

/* --- show --- */

struct showing {
    const struct state *state;
    struct json *j;
    const struct identity_person *person;
    identifier_number of; /* whose links are being told */
};

static void key_time(struct json *j, const char *key, int64_t ms)
{
    char text[TIME_TEXT_SIZE];

    json_key_string(j, key, time_print(ms, text));
}

static void identifier_json(struct json *j, const struct identity *g, identifier_number n)
{
    json_key_string(j, "kind", identifier_word(identity_kind(g, n)));
    json_key_text(j, "id", identity_text(g, n));
}

/* Left on two of their browsers it is told twice. */
static void guest_json(void *context, const struct identity *g, identifier_number n)
{
    json_object_begin(context);
    identifier_json(context, g, n);
    json_object_end(context);
}

static void identifiers_json(const struct showing *s)
{
    const struct identity_person *p = s->person;

    json_key(s->j, "identifiers");
    json_array_begin(s->j);
    for (int kind = 0; kind < IDENTIFIER_KINDS; kind++) {
        const identifier_number *list = person_of_kind(s->person, (enum identifier_kind)kind);
        for (uint32_t i = 0; i < s->person->kinds[kind].count; i++) {
            json_object_begin(s->j);
            identifier_json(s->j, s->state->identity, list[i]);
            json_object_end(s->j);
        }
    }
    for (uint32_t i = 0; i < p->kinds[IDENTIFIER_VISITOR].count; i++)
        guests_each(s->state->identity, p, p->visitors[i], guest_json, s->j);
    json_array_end(s->j);
}

/* Each link once: at its lower end. */
static void link_json(void *context, const struct identity_link *l)
{
    const struct showing *s = context;
    const struct identity *g = s->state->identity;

    if (l->child != s->of)
        return;
    json_object_begin(s->j);
    identifier_json(s->j, g, l->child);
    json_key(s->j, "to");
    json_object_begin(s->j);
    identifier_json(s->j, g, l->anchor);
    json_object_end(s->j);
    key_time(s->j, "first", l->first_ms);
    key_time(s->j, "last", l->last_ms);
    json_key_u64(s->j, "events", l->events);
    if (l->by_hand_ms != 0)
        key_time(s->j, "by_hand", l->by_hand_ms);
    json_key_bool(s->j, "parted", l->parted && !l->blocked);
    if (l->blocked)
        json_key_bool(s->j, "blocked", true);
    json_object_end(s->j);
}

static void links_json(struct showing *s, identifier_number asked)
{
    bool told = false;

    json_key(s->j, "links");
    json_array_begin(s->j);
    for (int kind = 0; kind < IDENTIFIER_KINDS; kind++) {
        const identifier_number *list = person_of_kind(s->person, (enum identifier_kind)kind);
        for (uint32_t i = 0; i < s->person->kinds[kind].count; i++) {
            s->of = list[i];
            told = told || list[i] == asked;
            identity_links(s->state->identity, list[i], link_json, s);
        }
    }
    s->of = asked; /* of a device that is somebody else's now */
    if (!told)
        identity_links(s->state->identity, asked, link_json, s);
    json_array_end(s->j);
}

static void action_json(const struct showing *s, const struct action *a)
{
    static const char *const words[] = {[ACTION_VIEW] = "view",
                                        [ACTION_CART] = "cart",
                                        [ACTION_UNCART] = "uncart",
                                        [ACTION_WISH] = "wish",
                                        [ACTION_BUY] = "buy"};

    json_object_begin(s->j);
    key_time(s->j, "time", (int64_t)a->time_s * 1000);
    json_key_string(s->j, "action", words[a->kind]);
    json_key_text(s->j, "item_id", catalog_item_id(s->state->catalog, a->product));
    json_object_end(s->j);
}

/* Actions newest first, of one record; a gap of half an hour ends a session. */
static void record_json(const struct showing *s, const struct person_record *r, int64_t now_ms)
{
    struct profile p;
    uint32_t at = 0;

    profiles_read(s->state->profiles, r->key, now_ms, true, &p);
    while (p.personal && at < p.count) {
        uint32_t end = at + 1;
        while (end < p.count &&
               (int64_t)(p.actions[end - 1].time_s - p.actions[end].time_s) * 1000 < SESSION_GAP_MS)
            end++;
        json_object_begin(s->j);
        json_key_text(s->j, r->visitor ? "visitor" : "customer", r->id);
        key_time(s->j, "first", (int64_t)p.actions[end - 1].time_s * 1000);
        key_time(s->j, "last", (int64_t)p.actions[at].time_s * 1000);
        json_key(s->j, "actions");
        json_array_begin(s->j);
        for (; at < end; at++) {
            int64_t time_ms = (int64_t)p.actions[at].time_s * 1000;
            if (time_ms >= r->from_ms && time_ms < r->until_ms)
                action_json(s, &p.actions[at]);
        }
        json_array_end(s->j);
        json_object_end(s->j);
    }
}

static void sessions_json(const struct showing *s, const struct whom *whom, int64_t now_ms)
{
    struct person_records records;
    struct asker who = {.here_alone = false};

    if (whom->number != IDENTIFIER_NONE) {
        person_records_of(s->state->identity, s->person, &records);
    } else {
        *(whom->kind == IDENTIFIER_VISITOR ? &who.anonymous_id : &who.user_id) = whom->id;
        person_records_find(s->state->identity, &who, now_ms, &records);
    }
    json_key(s->j, "sessions");
    json_array_begin(s->j);
    for (size_t i = 0; i < records.count; i++)
        record_json(s, &records.records[i], now_ms);
    json_array_end(s->j);
}

/* Sentences, each a value of the array that was begun. */
static void alarm_texts(const struct showing *s, identifier_number asked)
{
    static const char *const many[IDENTIFIER_KINDS] = {"customers", "e-mail addresses",
                                                       "phone numbers", "visitors"};
    static const int max[IDENTIFIER_KINDS] = {IDENTITY_CUSTOMERS_MAX, IDENTITY_EMAILS_MAX,
                                              IDENTITY_PHONES_MAX, IDENTITY_VISITORS_MAX};
    char text[160];

    if (asked != IDENTIFIER_NONE && identity_blocked(s->state->identity, asked)) {
        snprintf(text, sizeof(text), "It was seen with more than %d others and joins nobody.",
                 IDENTITY_ANCHORS_MAX);
        json_text_from(s->j, text);
    }
    for (int kind = 0; s->person != NULL && kind < IDENTIFIER_KINDS; kind++) {
        uint32_t beyond = s->person->kinds[kind].beyond;
        snprintf(text, sizeof(text), "%u %s beyond the %d one person may have are kept apart.",
                 beyond, many[kind], max[kind]);
        if (beyond > 0)
            json_text_from(s->j, text);
    }
    if (s->person != NULL && s->person->too_many) {
        snprintf(text, sizeof(text),
                 "One of these was seen with more than %d others, none of which is joined.",
                 IDENTITY_CHILDREN_MAX);
        json_text_from(s->j, text);
    }
}

/* Who of them is taken for a robot, and how long. */
static void robot_text(const struct showing *s, enum identifier_kind kind, struct text id,
                       int64_t now_ms)
{
    struct robot_mark mark;
    char until[TIME_TEXT_SIZE], text[EVENT_ID_MAX + 256];

    if (!robots_mark(s->state->robots, key_of(kind, id), now_ms, &mark))
        return;
    snprintf(text, sizeof(text),
             "The %s %.*s is taken for a robot until %.10s: %s. What it does counts for nothing.",
             identifier_word(kind), (int)id.size, id.data, time_print(mark.until_ms, until),
             robot_meaning(mark.why));
    json_text_from(s->j, text);
}

static void robot_texts(const struct showing *s, const struct whom *whom, int64_t now_ms)
{
    const struct identity *g = s->state->identity;

    if (s->person == NULL)
        robot_text(s, whom->kind, whom->id, now_ms);
    for (int kind = 0; s->person != NULL && kind < IDENTIFIER_KINDS; kind++) {
        const identifier_number *all = person_of_kind(s->person, (enum identifier_kind)kind);
        for (uint32_t i = 0; i < s->person->kinds[kind].count; i++)
            robot_text(s, (enum identifier_kind)kind, identity_text(g, all[i]), now_ms);
    }
}

static void show(struct showing *s, const struct whom *whom, int64_t now_ms)
{
    const struct identity *g = s->state->identity;
    struct identity_person person;
    bool known = whom->number != IDENTIFIER_NONE;

    json_object_begin(s->j);
    json_key_string(s->j, "kind", identifier_word(whom->kind));
    json_key_text(s->j, "id", whom->id);
    if (known) {
        identity_person(g, whom->number, now_ms, &person);
        s->person = &person;
        json_key(s->j, "person");
        json_object_begin(s->j);
        identifier_json(s->j, g, person.root);
        json_object_end(s->j);
        identifiers_json(s);
        links_json(s, whom->number);
    }
    sessions_json(s, whom, now_ms);
    json_key(s->j, "alarms");
    json_array_begin(s->j);
    alarm_texts(s, whom->number);
    robot_texts(s, whom, now_ms);
    json_array_end(s->j);
    json_object_end(s->j);
}

enum status shopper_show(struct shop *shop, struct text id, int64_t now_ms, struct buffer *json,
                         struct error *err)
{
    SCOPED(arena_free) struct arena a = {0};
    struct json j = json_to(json);
    struct showing showing = {.state = shop->state, .j = &j};
    struct whom whom;

    shop_read_lock(shop);
    enum status status = find(shop, id, &a, &whom, err);
    if (status == OK)
        show(&showing, &whom, now_ms);
    shop_read_unlock(shop);
    return status;
}

/* --- alarms --- */

struct listing {
    struct showing showing;
    uint64_t count;
};

static void alarm_json(void *context, identifier_number n)
{
    struct listing *l = context;
    const struct identity *g = l->showing.state->identity;
    struct json *j = l->showing.j;
    struct identity_person person;

    if (l->count++ >= SHOPPER_ALARMS_MAX)
        return;
    identity_person(g, n, INT64_MAX, &person);
    l->showing.person = &person;
    json_object_begin(j);
    identifier_json(j, g, n);
    json_key(j, "alarms");
    json_array_begin(j);
    alarm_texts(&l->showing, n);
    json_array_end(j);
    json_object_end(j);
}

void shopper_alarms(struct shop *shop, struct buffer *json)
{
    struct json j = json_to(json);
    struct listing listing = {.showing = {.state = shop->state, .j = &j}};

    json_object_begin(&j);
    json_key(&j, "alarms");
    json_array_begin(&j);
    shop_read_lock(shop);
    identity_alarms(shop->state->identity, alarm_json, &listing);
    shop_read_unlock(shop);
    json_array_end(&j);
    json_key_u64(&j, "more",
                 listing.count > SHOPPER_ALARMS_MAX ? listing.count - SHOPPER_ALARMS_MAX : 0);
    json_object_end(&j);
}

/* --- by hand --- */

/* Journal one order. The log outlives the person: it names no id. */
static enum status append(struct shop *shop, struct identity_order *order,
                          const struct shopper_change *by, struct error *err)
{
    static const char *const actions[] = {[IDENTITY_SPLIT] = "shopper.split",
                                          [IDENTITY_DISSOLVE] = "shopper.split",
                                          [IDENTITY_JOIN] = "shopper.join"};
    SCOPED(buffer_free) struct buffer body = {0};
    SCOPED(buffer_free) struct buffer details = {0};
    struct change_entry entry = {.action = actions[order->verb], .actor = &by->actor};
    struct admin_anchor anchor;

    order->author = by->actor.who;
    order->reason = by->reason;
    identity_order_encode(order, &body);
    buffer_printf(&details, "a %s", identifier_word(order->kind));
    if (order->verb == IDENTITY_JOIN)
        buffer_printf(&details, " to a %s", identifier_word(order->other_kind));
    if (by->reason.size > 0)
        buffer_printf(&details, ": %.*s", (int)by->reason.size, by->reason.data);
    entry.details = buffer_text(&details);
    return shop_append_entry(shop, RECORD_IDENTITY, buffer_text(&body), &entry, &anchor, err);
}

static enum status append_splits(struct shop *shop, struct identity_order *orders, size_t count,
                                 const struct shopper_change *by, struct json *j, struct error *err)
{
    json_object_begin(j);
    json_key(j, "split");
    json_array_begin(j);
    for (size_t i = 0; i < count; i++) {
        if (append(shop, &orders[i], by, err) != OK)
            return err->status;
        json_object_begin(j);
        json_key_string(j, "kind", identifier_word(orders[i].kind));
        json_key_text(j, "id", orders[i].id);
        json_key_string(j, "how", orders[i].verb == IDENTITY_DISSOLVE ? "dissolved" : "split");
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
    return OK;
}

enum status shopper_split(struct shop *shop, struct text id, const struct shopper_change *by,
                          struct buffer *json, struct error *err)
{
    SCOPED(arena_free) struct arena a = {0};
    struct identity_order orders[IDENTITY_CUSTOMERS_MAX];
    struct json j = json_to(json);
    struct whom whom;
    size_t count = 0;

    (void)pthread_mutex_lock(&shop->change_mutex);
    shop_read_lock(shop);
    enum status status = find(shop, id, &a, &whom, err);
    if (status == OK && whom.number != IDENTIFIER_NONE)
        count = identity_split_orders(shop->state->identity, whom.number, orders);
    for (size_t i = 0; i < count; i++)
        orders[i].id = arena_text(&a, orders[i].id);
    shop_read_unlock(shop);
    if (status == OK && count == 0)
        status = error_set(err, ERR_CONFLICT, "it stands apart already");
    else if (status == OK)
        status = append_splits(shop, orders, count, by, &j, err);
    (void)pthread_mutex_unlock(&shop->change_mutex);
    return status;
}

/* A customer that was joined to another stays with them: whoever they hang on is joined on. */
static struct whom root_of(const struct shop *shop, const struct whom *whom)
{
    const struct identity *g = shop->state->identity;
    struct identity_person p;

    if (whom->kind != IDENTIFIER_CUSTOMER || whom->number == IDENTIFIER_NONE)
        return *whom;
    identity_person(g, whom->number, INT64_MAX, &p);
    return (struct whom){IDENTIFIER_CUSTOMER, identity_text(g, p.root), p.root};
}

/* Under the state's lock: what to journal so that the two are one. */
static enum status join_order(const struct shop *shop, const struct whom *x, const struct whom *y,
                              struct identity_order *out, struct error *err)
{
    const struct whom *child = x->kind >= y->kind ? x : y, *anchor = child == x ? y : x;
    struct identity_person p;

    if (x->kind == y->kind && x->kind != IDENTIFIER_CUSTOMER)
        return error_set(err, ERR_INVALID,
                         "two of the kind %s cannot belong to one another; join each to a customer",
                         identifier_word(x->kind));
    if (child->number != IDENTIFIER_NONE && anchor->number != IDENTIFIER_NONE) {
        identity_person(shop->state->identity, anchor->number, INT64_MAX, &p);
        const identifier_number *list = person_of_kind(&p, child->kind);
        for (uint32_t i = 0; i < p.kinds[child->kind].count; i++)
            if (list[i] == child->number)
                return error_set(err, ERR_CONFLICT, "they are one person already");
    }
    *out = (struct identity_order){.verb = IDENTITY_JOIN,
                                   .kind = child->kind,
                                   .other_kind = anchor->kind,
                                   .id = child->id,
                                   .other = anchor->id};
    return OK;
}

static void joined_json(struct json *j, const struct identity_order *order)
{
    json_object_begin(j);
    json_key(j, "joined");
    json_array_begin(j);
    for (int i = 0; i < 2; i++) {
        json_object_begin(j);
        json_key_string(j, "kind", identifier_word(i == 0 ? order->kind : order->other_kind));
        json_key_text(j, "id", i == 0 ? order->id : order->other);
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
}

enum status shopper_join(struct shop *shop, struct text id, struct text other,
                         const struct shopper_change *by, struct buffer *json, struct error *err)
{
    SCOPED(arena_free) struct arena a = {0};
    struct identity_order order = {0};
    struct json j = json_to(json);
    struct whom x, y;

    (void)pthread_mutex_lock(&shop->change_mutex);
    shop_read_lock(shop);
    enum status status = find(shop, id, &a, &x, err);
    if (status == OK)
        status = find(shop, other, &a, &y, err);
    if (status == OK) {
        x = root_of(shop, &x);
        y = root_of(shop, &y);
        status = join_order(shop, &x, &y, &order, err);
        order.id = arena_text(&a, order.id);
        order.other = arena_text(&a, order.other);
    }
    shop_read_unlock(shop);
    if (status == OK)
        status = append(shop, &order, by, err);
    if (status == OK)
        joined_json(&j, &order);
    (void)pthread_mutex_unlock(&shop->change_mutex);
    return status;
}
