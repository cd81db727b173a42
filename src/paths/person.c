/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/person.h"

#include <string.h>

#include "base/arena.h"
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
}

static bool wishes_head(const struct record *r, struct event_head *out)
{
    struct preferences_record wishes;
    struct error why = {0}; /* bytes that cannot be read speak of nobody */

    if (preferences_record_decode(r->body, &wishes, &why) != OK)
        return false;
    *out = (struct event_head){.type = EVENT_consent,
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
    if (r->kind != RECORD_CONSENT || consent_record_decode(r->body, &consent, &why) != OK)
        return false;
    *out = (struct event_head){.type = EVENT_consent,
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

bool person_named(const struct person *p, struct text bytes)
{
    return has_word(p, bytes, "\"") || has_word(p, bytes, "\",;:\t\r\n{}[]");
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

/* Links between browsers and customers, as events with both tell them. */
struct links {
    const uint8_t *key;
    const struct who_set *users, *browsers; /* those to look at */
    struct who_set found;                   /* at the other end */
    struct who_set shared;                  /* browsers that another customer used as well */
};

static void links_free(struct links *l)
{
    who_set_free(&l->found);
    who_set_free(&l->shared);
}

static bool both_ends(const struct links *l, const struct record *r, struct who *user,
                      struct who *browser)
{
    struct event_head h;

    if (!record_head(r, &h) || h.user_id.size == 0 || h.anonymous_id.size == 0)
        return false;
    *user = who_of(l->key, WHO_USER, h.user_id);
    *browser = who_of(l->key, WHO_ANONYMOUS, h.anonymous_id);
    return true;
}

static bool customer_of_browser(void *context, const struct record *r)
{
    struct links *l = context;
    struct who user, browser;

    if (both_ends(l, r, &user, &browser) && who_set_has(l->browsers, browser))
        (void)who_set_add(&l->found, user); /* known or not */
    return true;
}

static bool browser_of_customer(void *context, const struct record *r)
{
    struct links *l = context;
    struct who user, browser;

    if (both_ends(l, r, &user, &browser) && who_set_has(l->users, user))
        (void)who_set_add(&l->found, browser); /* known or not */
    return true;
}

static bool browser_of_others(void *context, const struct record *r)
{
    struct links *l = context;
    struct who user, browser;

    if (both_ends(l, r, &user, &browser) && who_set_has(&l->found, browser) &&
        !who_set_has(l->users, user))
        (void)who_set_add(&l->shared, browser); /* known or not */
    return true;
}

/* The one customer of the browsers, into `users`; nobody when there are several. */
static enum status add_customer(struct shop *shop, struct person *p, struct who_set *users,
                                struct error *err)
{
    SCOPED(links_free) struct links l = {.key = p->key, .browsers = &p->whos};
    struct position from = {0};

    if (records_each(shop, &from, customer_of_browser, &l, err) != OK)
        return err->status;
    if (l.found.count == 1 && who_set_add(&p->whos, l.found.all[0]))
        (void)who_set_add(users, l.found.all[0]); /* new there as well */
    return OK;
}

/* The browsers that were theirs alone. */
static enum status add_browsers(struct shop *shop, struct person *p, const struct who_set *users,
                                struct error *err)
{
    SCOPED(links_free) struct links l = {.key = p->key, .users = users};
    struct position from = {0}, again = {0};

    if (records_each(shop, &from, browser_of_customer, &l, err) != OK)
        return err->status;
    if (l.found.count > 0 && records_each(shop, &again, browser_of_others, &l, err) != OK)
        return err->status;
    for (size_t i = 0; i < l.found.count; i++)
        if (!who_set_has(&l.shared, l.found.all[i]))
            (void)who_set_add(&p->whos, l.found.all[i]); /* known or not */
    return OK;
}

/* The identity graph is asked here: for now events alone tell. */
static enum status add_linked(struct shop *shop, struct person *p, struct who_set *users,
                              bool browser, struct error *err)
{
    if (browser && add_customer(shop, p, users, err) != OK)
        return err->status;
    return users->count > 0 ? add_browsers(shop, p, users, err) : OK;
}

enum status person_find(struct shop *shop, struct text id, enum naming naming, struct person *out,
                        struct error *err)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(who_set_free) struct who_set users = {0};
    struct text name = person_replace(id, shop->keys.person_key, &a);

    memcpy(out->key, shop->keys.id_key, sizeof(out->key));
    if (name.size == 0 || name.size > EVENT_ID_MAX)
        return error_set(err, ERR_INVALID, "an identifier has 1 to %d bytes", EVENT_ID_MAX);
    if (naming != NAMING_USER)
        (void)who_set_add(&out->whos, who_of(out->key, WHO_ANONYMOUS, name)); /* it is empty */
    if (naming != NAMING_ANONYMOUS) {
        struct who user = who_of(out->key, WHO_USER, name);
        (void)who_set_add(&out->whos, user); /* both are new */
        (void)who_set_add(&users, user);
    }
    return add_linked(shop, out, &users, naming != NAMING_USER, err);
}
