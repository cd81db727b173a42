/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/person.h"

#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "consent/consents.h"
#include "consent/preferences.h"
#include "ingest/person.h"
#include "journal/journal.h"

bool naming_find(struct text word, enum naming *out)
{
    *out = text_is(word, "user_id")        ? NAMING_USER
           : text_is(word, "anonymous_id") ? NAMING_ANONYMOUS
                                           : NAMING_EITHER;
    return word.size == 0 || *out != NAMING_EITHER;
}

void person_free(struct person *p)
{
    who_set_free(&p->whos);
    who_set_free(&p->lent);
    who_set_free(&p->held);
    buffer_free(&p->held_ids);
}

void identifiers_free(struct identifiers *i)
{
    mem_free(i->all);
}

/* --- records --- */

static bool wishes_head(const struct record *r, struct event_head *out)
{
    struct preferences_record wishes;
    struct error why = {0}; /* bytes that cannot be read speak of nobody */

    if (preferences_record_decode(r->body, &wishes, &why) != OK)
        return false;
    *out = (struct event_head){.type = EVENT_consent,
                               .flags = EVENT_USER_VERIFIED,
                               .time_ms = r->time_ms,
                               .anonymous_id = wishes.anonymous_id,
                               .user_id = wishes.user_id};
    return true;
}

bool record_head(const struct record *r, struct event_head *out)
{
    struct consent_record consent;
    struct error why = {0}; /* bytes that cannot be read speak of nobody */

    if (r->kind == RECORD_EVENT) {
        *out = event_head(r->body);
        return true;
    }
    if (r->kind == RECORD_PREFERENCES)
        return wishes_head(r, out);
    if (r->kind == RECORD_IDENTITY) {
        *out = (struct event_head){.type = EVENT_consent, .time_ms = r->time_ms};
        return true;
    }
    if (r->kind != RECORD_CONSENT || consent_record_decode(r->body, &consent, &why) != OK)
        return false;
    *out = (struct event_head){.type = EVENT_consent,
                               .flags = EVENT_USER_VERIFIED,
                               .time_ms = consent.time_ms,
                               .anonymous_id = consent.anonymous_id,
                               .user_id = consent.user_id};
    return true;
}

bool person_owns(const struct person *p, struct text anonymous_id, struct text user_id)
{
    if (user_id.size > 0)
        return who_set_has(&p->whos, who_of(p->key, WHO_USER, user_id));
    return anonymous_id.size > 0 &&
           who_set_has(&p->whos, who_of(p->key, WHO_ANONYMOUS, anonymous_id));
}

static struct who who_named(const struct person *p, enum identifier_kind kind, struct text id)
{
    return who_of(p->key, kind == IDENTIFIER_VISITOR ? WHO_ANONYMOUS : WHO_USER, id);
}

static bool owns_order(const struct person *p, struct text body)
{
    struct identity_order order;
    struct error why = {0}; /* bytes that cannot be read speak of nobody */

    if (identity_order_decode(body, &order, &why) != OK)
        return false;
    return who_set_has(&p->whos, who_named(p, order.kind, order.id)) ||
           (order.verb == IDENTITY_JOIN &&
            who_set_has(&p->whos, who_named(p, order.other_kind, order.other)));
}

/* Whether it was they who held a browser that others log in to as well. */
static bool held(struct shop *shop, const struct person *p, struct text anonymous_id,
                 int64_t time_ms)
{
    struct identity_person holder = {.root = IDENTIFIER_NONE};
    bool theirs = false;

    if (p->lent.count == 0 || anonymous_id.size == 0 ||
        !who_set_has(&p->lent, who_of(p->key, WHO_ANONYMOUS, anonymous_id)))
        return false;
    shop_read_lock(shop);
    const struct identity *g = shop->state->identity;
    identifier_number n = identity_find(g, IDENTIFIER_VISITOR, anonymous_id);
    if (n != IDENTIFIER_NONE) {
        identity_person(g, n, time_ms, &holder);
        theirs = holder.root == n
                     ? p->nobodys
                     : who_set_has(&p->whos, who_named(p, identity_kind(g, holder.root),
                                                       identity_text(g, holder.root)));
    }
    shop_read_unlock(shop);
    return theirs;
}

/* A customer whom nobody vouches for does not take an event away from its browser. */
bool person_owns_record(struct shop *shop, const struct person *p, const struct record *r,
                        const struct event_head *head)
{
    struct text none = {0};

    if (r->kind == RECORD_IDENTITY)
        return owns_order(p, r->body);
    if (person_owns(p, head->anonymous_id, head->user_id))
        return true;
    if (head->user_id.size > 0 && (head->flags & EVENT_USER_VERIFIED) != 0)
        return false;
    return person_owns(p, head->anonymous_id, none) ||
           (r->kind == RECORD_EVENT && held(shop, p, head->anonymous_id, head->time_ms));
}

/* Whether a text between two of `marks` is an identifier of theirs, under either name. */
static bool has_word(const struct person *p, struct text body, const char *marks)
{
    while (body.size > 0) {
        size_t size = 0;

        while (size < body.size && strchr(marks, body.data[size]) == NULL)
            size++;
        struct text word = text_trim((struct text){body.data, size});
        if (word.size > 0 && word.size <= EVENT_ID_MAX &&
            (who_set_has(&p->whos, who_of(p->key, WHO_ANONYMOUS, word)) ||
             who_set_has(&p->whos, who_of(p->key, WHO_USER, word))))
            return true;
        size += size < body.size;
        body = (struct text){body.data + size, body.size - size};
    }
    return false;
}

/* Whether an address or a number of theirs stands anywhere in it, as its hash. */
static bool has_hash(const struct person *p, struct text bytes)
{
    size_t from = 0;

    for (;;) {
        struct text hash = person_find_hash(bytes, &from);
        if (hash.size == 0)
            return false;
        if (who_set_has(&p->whos, who_of(p->key, WHO_USER, hash)))
            return true;
    }
}

bool person_named(const struct person *p, struct text bytes)
{
    return has_hash(p, bytes) || has_word(p, bytes, "\"") || has_word(p, bytes, "\",;:\t\r\n{}[]");
}

enum status records_each(const struct shop *shop, struct position *from,
                         bool (*each)(void *context, const struct record *r), void *context,
                         struct error *err)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;
    struct error why = {0};
    struct record r;
    enum status status;

    if (cursor_open(&cursor, shop->data_dir, NULL, *from, err) != OK)
        return err->status;
    while ((status = cursor_next(cursor, &r, &why)) == OK) {
        *from = r.position;
        if (!each(context, &r))
            return OK;
    }
    if (status != ERR_NOT_FOUND)
        return error_set(err, status, "%s", why.message);
    return OK;
}

/* --- which identifiers are one person --- */

struct gathering {
    const struct identity *g;
    struct person *person;
    const struct identity_person *of;
    identifier_number anchor;
};

/* A browser that others log in to as well. */
static void note_held(struct gathering *way, identifier_number visitor)
{
    struct person *p = way->person;
    struct identity_person holder;
    struct text id = identity_text(way->g, visitor);

    identity_person(way->g, visitor, INT64_MAX, &holder);
    if (holder.root != way->of->root ||
        !who_set_add(&p->held, who_named(p, IDENTIFIER_VISITOR, id)))
        return;
    buffer_add_text(&p->held_ids, id);
    buffer_add_char(&p->held_ids, '\n');
}

struct guests {
    const struct identity *g;
    identifier_number visitor;
    void (*each)(void *context, const struct identity *g, identifier_number n);
    void *context;
    const struct identity_person *of;
};

static void find_guest(void *context, const struct identity_link *link)
{
    const struct guests *way = context;
    struct identity_person owner;

    if (link->child != way->visitor || link->parted ||
        identity_kind(way->g, link->anchor) == IDENTIFIER_CUSTOMER)
        return;
    identity_person(way->g, link->anchor, INT64_MAX, &owner);
    if (owner.root != way->of->root && identity_kind(way->g, owner.root) != IDENTIFIER_CUSTOMER)
        way->each(way->context, way->g, link->anchor);
}

void guests_each(const struct identity *g, const struct identity_person *of,
                 identifier_number visitor,
                 void (*each)(void *context, const struct identity *g, identifier_number n),
                 void *context)
{
    struct guests way = {g, visitor, each, context, of};

    if (identity_kind(g, of->root) == IDENTIFIER_CUSTOMER && !identity_lent(g, of, visitor))
        identity_links(g, visitor, find_guest, &way);
}

static void gather_guest(void *context, const struct identity *g, identifier_number n)
{
    struct person *p = context;

    (void)who_set_add(&p->whos,
                      who_named(p, identity_kind(g, n), identity_text(g, n))); /* or known */
}

/* A browser they logged in to. */
static void gather_browser(void *context, const struct identity_link *link)
{
    struct gathering *way = context;
    const struct identity *g = way->g;

    if (link->anchor != way->anchor || link->parted ||
        identity_kind(g, link->child) != IDENTIFIER_VISITOR)
        return;
    if (identity_lent(g, way->of, link->child)) {
        note_held(way, link->child);
        return;
    }
    (void)who_set_add(&way->person->whos, who_named(way->person, IDENTIFIER_VISITOR,
                                                    identity_text(g, link->child))); /* or known */
    guests_each(g, way->of, link->child, gather_guest, way->person);
}

/* All of them but browsers, and with each the browsers, however many: a person's limits are for what is
 * put together, not for what is theirs. An address that somebody else named as well stays: it is the
 * other's from then on. */
static void gather(const struct identity *g, const struct identity_person *of, struct person *p)
{
    struct gathering way = {.g = g, .person = p, .of = of};

    for (int kind = 0; kind < IDENTIFIER_VISITOR; kind++)
        for (uint32_t i = 0; i < of->kinds[kind].count; i++) {
            way.anchor = person_of_kind(of, (enum identifier_kind)kind)[i];
            if (kind == IDENTIFIER_CUSTOMER || !identity_shared(g, of, way.anchor))
                (void)who_set_add(&p->whos, who_named(p, (enum identifier_kind)kind,
                                                      identity_text(g, way.anchor))); /* or known */
            identity_links(g, way.anchor, gather_browser, &way);
        }
}

/* All that is one person with the identifier of that kind, if there is one. */
static void add_linked(struct shop *shop, struct person *p, enum identifier_kind kind,
                       struct text name)
{
    struct identity_person of;

    shop_read_lock(shop);
    const struct identity *g = shop->state->identity;
    identifier_number n = identity_find(g, kind, name);
    if (n != IDENTIFIER_NONE) {
        identity_person(g, n, INT64_MAX, &of);
        if (kind != IDENTIFIER_VISITOR || !identity_lent(g, &of, n))
            gather(g, &of, p);
    }
    shop_read_unlock(shop);
}

enum status person_find(struct shop *shop, struct text id, enum naming naming, struct person *out,
                        struct error *err)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct text name = person_replace(id, shop->keys.person_key, &a);

    memcpy(out->key, shop->keys.id_key, sizeof(out->key));
    if (name.size == 0 || name.size > EVENT_ID_MAX)
        return error_set(err, ERR_INVALID, "an identifier has 1 to %d bytes", EVENT_ID_MAX);
    if (identifier_blocked(name))
        return error_set(err, ERR_INVALID,
                         "this is a placeholder that stands for nobody, not a shopper's id");
    for (int k = 0; k < IDENTIFIER_KINDS; k++) {
        enum identifier_kind kind = (enum identifier_kind)k;
        if (naming == (kind == IDENTIFIER_VISITOR ? NAMING_USER : NAMING_ANONYMOUS))
            continue;
        (void)who_set_add(&out->whos, who_named(out, kind, name)); /* or known */
        add_linked(shop, out, kind, name);
    }
    return OK;
}

/* --- those in the graph --- */

static void note_lent(void *context, const struct identity_link *link)
{
    struct gathering *way = context;
    struct person *p = way->person;

    if (link->anchor != way->anchor || link->parted ||
        identity_kind(way->g, link->child) != IDENTIFIER_VISITOR)
        return;
    struct who who = who_named(p, IDENTIFIER_VISITOR, identity_text(way->g, link->child));
    if (!who_set_has(&p->whos, who))
        (void)who_set_add(&p->lent, who); /* or known */
}

void person_identifiers(struct shop *shop, struct person *p, struct identifiers *out)
{
    enum { TURN = 1000 }; /* under one lock: a tenth of a millisecond */
    bool more = true;

    for (identifier_number n = 0; more;) {
        shop_read_lock(shop);
        struct gathering way = {.g = shop->state->identity, .person = p};
        if (n == 0 || out->renewals != shop->renewals) { /* from the beginning */
            n = 0;
            out->count = 0;
            out->renewals = shop->renewals;
        }
        identifier_number count = identity_count(way.g), end = count - n < TURN ? count : n + TURN;
        for (; n < end; n++) {
            struct text id = identity_text(way.g, n);
            if (id.size == 0 || !who_set_has(&p->whos, who_named(p, identity_kind(way.g, n), id)))
                continue;
            out->all = mem_grow(out->all, &out->room, out->count + 1, sizeof(*out->all));
            out->all[out->count++] = way.anchor = n;
            identity_links(way.g, n, note_lent, &way);
        }
        more = n < count;
        shop_read_unlock(shop);
    }
}

void person_identifiers_lock(struct shop *shop, struct person *p, struct identifiers *i)
{
    for (;;) {
        shop_read_lock(shop);
        if (i->renewals == shop->renewals)
            return;
        shop_read_unlock(shop);
        person_identifiers(shop, p, i);
    }
}
