/* SPDX-License-Identifier: Apache-2.0 */
#include "consent/contacts.h"

#include <string.h>

#include "base/memory.h"
#include "base/time.h"

#define OF_WHO   "(who=?1 OR owner=?1)"
#define DEFAULTS "source=-1"
#define RETIRED  "kept<?1 AND NOT lasting"

enum query {
    QUERY_WHOS,
    QUERY_PUT,
    QUERY_CONFIRM,
    QUERY_REFUSE,
    QUERY_REFUSE_DEFAULT,
    QUERY_REFUSE_DEFAULTS,
    QUERY_RETIRE,
    QUERY_DUE,
    QUERY_EACH,
    QUERIES
};

static const char *const queries[QUERIES] = {
    [QUERY_WHOS] = "SELECT who,owner FROM contact",
    [QUERY_PUT] = "INSERT INTO contact(hash,who,owner,address,locale,source,consented,kept,lasting)"
                  " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?6>0) ON CONFLICT(hash) DO UPDATE SET"
                  " owner=?3,address=?4,locale=ifnull(?5,locale),source=?6,consented=?7,kept=?8,"
                  "lasting=?6>0 OR (lasting AND owner=?3)",
    [QUERY_CONFIRM] = "UPDATE contact SET source=?2,consented=?3,kept=?4,lasting=lasting OR ?2>0"
                      " WHERE " OF_WHO " AND (" DEFAULTS " OR consented<?3)",
    [QUERY_REFUSE] = "DELETE FROM contact WHERE " OF_WHO " AND (" DEFAULTS " OR consented<=?2)",
    [QUERY_REFUSE_DEFAULT] = "DELETE FROM contact WHERE " OF_WHO " AND " DEFAULTS,
    [QUERY_REFUSE_DEFAULTS] = "DELETE FROM contact WHERE " DEFAULTS,
    [QUERY_RETIRE] = "DELETE FROM contact WHERE " RETIRED,
    [QUERY_DUE] = "SELECT EXISTS(SELECT 1 FROM contact WHERE " RETIRED ")",
    [QUERY_EACH] =
        "SELECT hash,who,owner,address,locale,source,consented,kept FROM contact WHERE " OF_WHO
        " ORDER BY hash",
};

_Static_assert(CONSENT_BY_EVENT == 0, "lasting is every source above it");

struct contacts {
    struct store *store;
    sqlite3_stmt *prepared[QUERIES]; /* NULL: not run yet */
};

bool contact_locale_valid(struct text locale)
{
    for (size_t i = 0; i < locale.size; i++) {
        char c = char_lower(locale.data[i]);
        if (!char_is_digit(c) && c != '-' && c != '_' && !(c >= 'a' && c <= 'z'))
            return false;
    }
    return locale.size > 0 && locale.size <= CONTACT_LOCALE_MAX;
}

struct contacts *contacts_new(struct store *store)
{
    struct contacts *c = mem_new(1, sizeof(*c));

    c->store = store;
    return c;
}

void contacts_close(struct contacts **c)
{
    if (*c == NULL)
        return;
    for (size_t i = 0; i < QUERIES; i++)
        stmt_close(&(*c)->prepared[i]);
    mem_free(*c);
    *c = NULL;
}

/* NULL, and why, when it cannot be. */
static sqlite3_stmt *prepare(struct contacts *c, enum query query, struct error *err)
{
    if (c->prepared[query] == NULL &&
        stmt_open(&c->prepared[query], c->store, queries[query], err) != OK)
        return NULL;
    return c->prepared[query];
}

static void bind_who(sqlite3_stmt *q, int index, const struct who *who)
{
    stmt_bind_bytes(q, index, (struct text){(const char *)who->hash, sizeof(who->hash)});
}

/* As consents know times. */
static int64_t to_second(int64_t ms)
{
    return ms / MS_SECOND * MS_SECOND;
}

static enum status yes_or_no(struct contacts *c, sqlite3_stmt *q, bool *out, struct error *err)
{
    if (sqlite3_step(q) != SQLITE_ROW)
        return store_error(c->store, err, "reading contacts");
    *out = stmt_i64(q, 0) != 0;
    (void)sqlite3_reset(q); /* the step went well */
    return OK;
}

enum status contacts_due(struct contacts *c, int64_t before_ms, bool *due, struct error *err)
{
    sqlite3_stmt *q = prepare(c, QUERY_DUE, err);

    if (q == NULL)
        return err->status;
    stmt_bind_i64(q, 1, before_ms);
    return yes_or_no(c, q, due, err);
}

enum status contacts_put(struct contacts *c, const struct contact *contact, struct error *err)
{
    const struct statement *said = &contact->consent;
    sqlite3_stmt *q = prepare(c, QUERY_PUT, err);

    if (q == NULL)
        return err->status;
    stmt_bind_bytes(q, 1, (struct text){(const char *)contact->hash, sizeof(contact->hash)});
    bind_who(q, 2, &contact->who);
    bind_who(q, 3, &contact->owner);
    stmt_bind_text(q, 4, contact->address);
    stmt_bind_text(q, 5, contact->locale);
    stmt_bind_i64(q, 6, said->stated ? (int64_t)said->source : -1);
    stmt_bind_i64(q, 7, said->stated ? to_second(said->time_ms) : 0);
    stmt_bind_i64(q, 8, contact->kept_ms);
    return stmt_run(q, c->store, err);
}

enum status contacts_confirm(struct contacts *c, struct who who, const struct statement *said,
                             int64_t kept_ms, struct error *err)
{
    sqlite3_stmt *q = prepare(c, QUERY_CONFIRM, err);

    if (q == NULL)
        return err->status;
    bind_who(q, 1, &who);
    stmt_bind_i64(q, 2, (int64_t)said->source);
    stmt_bind_i64(q, 3, to_second(said->time_ms));
    stmt_bind_i64(q, 4, kept_ms);
    return stmt_run(q, c->store, err);
}

enum status contacts_refuse(struct contacts *c, struct who who, int64_t until_ms, uint64_t *removed,
                            struct error *err)
{
    sqlite3_stmt *q = prepare(c, QUERY_REFUSE, err);

    if (q == NULL)
        return err->status;
    bind_who(q, 1, &who);
    stmt_bind_i64(q, 2, until_ms);
    if (stmt_run(q, c->store, err) != OK)
        return err->status;
    if (removed != NULL)
        *removed += (uint64_t)sqlite3_changes(store_db(c->store));
    return OK;
}

enum status contacts_refuse_default(struct contacts *c, struct who who, struct error *err)
{
    sqlite3_stmt *q = prepare(c, QUERY_REFUSE_DEFAULT, err);

    if (q == NULL)
        return err->status;
    bind_who(q, 1, &who);
    return stmt_run(q, c->store, err);
}

enum status contacts_refuse_defaults(struct contacts *c, struct error *err)
{
    sqlite3_stmt *q = prepare(c, QUERY_REFUSE_DEFAULTS, err);

    return q != NULL ? stmt_run(q, c->store, err) : err->status;
}

enum status contacts_retire(struct contacts *c, int64_t before_ms, struct error *err)
{
    sqlite3_stmt *q = prepare(c, QUERY_RETIRE, err);

    if (q == NULL)
        return err->status;
    stmt_bind_i64(q, 1, before_ms);
    return stmt_run(q, c->store, err);
}

/* Zeros for bytes of another size, which nothing is known by. */
static void read_bytes(sqlite3_stmt *q, int column, void *out, size_t size)
{
    struct text bytes = stmt_text(q, column);

    memset(out, 0, size);
    if (bytes.size == size)
        memcpy(out, bytes.data, size);
}

enum status contacts_whos(struct contacts *c, struct who_set *out, struct error *err)
{
    sqlite3_stmt *q = prepare(c, QUERY_WHOS, err);
    struct who who;
    int code;

    if (q == NULL)
        return err->status;
    while ((code = sqlite3_step(q)) == SQLITE_ROW)
        for (int column = 0; column < 2; column++) {
            read_bytes(q, column, who.hash, sizeof(who.hash));
            (void)who_set_add(out, who); /* or there */
        }
    if (code != SQLITE_DONE)
        return store_error(c->store, err, "reading contacts");
    (void)sqlite3_reset(q); /* the steps went well */
    return OK;
}

static void read_row(sqlite3_stmt *q, struct contact *out)
{
    int64_t source = stmt_i64(q, 5);

    read_bytes(q, 0, out->hash, sizeof(out->hash));
    read_bytes(q, 1, out->who.hash, sizeof(out->who.hash));
    read_bytes(q, 2, out->owner.hash, sizeof(out->owner.hash));
    out->address = stmt_text(q, 3);
    out->locale = stmt_text(q, 4);
    out->consent = (struct statement){.stated = false};
    if (source >= 0 && source < CONSENT_SOURCES)
        out->consent = (struct statement){true, true, (enum consent_source)source, stmt_i64(q, 6)};
    out->kept_ms = stmt_i64(q, 7);
}

enum status contacts_each(struct contacts *c, struct who who,
                          void (*each)(void *context, const struct contact *contact), void *context,
                          struct error *err)
{
    struct contact contact;
    sqlite3_stmt *q = prepare(c, QUERY_EACH, err);
    int code;

    if (q == NULL)
        return err->status;
    bind_who(q, 1, &who);
    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        read_row(q, &contact);
        each(context, &contact);
    }
    if (code != SQLITE_DONE)
        return store_error(c->store, err, "reading contacts");
    (void)sqlite3_reset(q); /* the steps went well */
    return OK;
}
