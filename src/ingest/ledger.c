/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: one row a counter, changed in the same transaction as what it counts. The room the
 * refused items take is a counter too, so that keeping the bound reads no table. */
#include "ingest/ledger.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "journal/event.h"

enum { REFUSED_ROW_BYTES = 256 }; /* counted for each kept item beside its body */

static const struct {
    const char *name;
    size_t offset;
} counters[] = {
    {"received", offsetof(struct ledger_counts, received)},
    {"stored", offsetof(struct ledger_counts, stored)},
    {"duplicate", offsetof(struct ledger_counts, duplicate)},
    {"invalid", offsetof(struct ledger_counts, invalid)},
    {"conflict", offsetof(struct ledger_counts, conflict)},
    {"no_consent", offsetof(struct ledger_counts, no_consent)},
};

uint64_t ledger_refused(const struct ledger_counts *c)
{
    return c->invalid + c->conflict + c->no_consent;
}

static uint64_t *counter_at(struct ledger_counts *c, size_t i)
{
    return (uint64_t *)(void *)((char *)c + counters[i].offset);
}

static struct ledger_counts count_batch(const struct batch *b)
{
    struct ledger_counts c = {.received = b->count};

    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];

        assert(e->outcome != ENTRY_PENDING);
        if (e->outcome == ENTRY_STORED)
            c.stored++;
        else if (e->outcome == ENTRY_DUPLICATE)
            c.duplicate++;
        else if (strcmp(e->refusal->code, "conflict") == 0)
            c.conflict++;
        else if (strcmp(e->refusal->code, "no_consent") == 0)
            c.no_consent++;
        else
            c.invalid++;
    }
    assert(c.received == c.stored + c.duplicate + ledger_refused(&c));
    return c;
}

enum status ledger_count(struct store *store, const struct ledger_counts *counts, struct error *err)
{
    struct ledger_counts copy = *counts, *c = &copy;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store,
                  "INSERT INTO counter(name,value) VALUES(?1,?2),(?3,?4),(?5,?6),(?7,?8),(?9,?10),"
                  "(?11,?12) ON CONFLICT(name) DO UPDATE SET value=value+excluded.value",
                  err) != OK)
        return err->status;
    for (size_t i = 0; i < COUNT(counters); i++) {
        stmt_bind_text(q, (int)(2 * i + 1), text_from(counters[i].name));
        stmt_bind_i64(q, (int)(2 * i + 2), (int64_t)*counter_at(c, i));
    }
    return stmt_run(q, store, err);
}

/* Of an item that was accepted first, what is kept is what it would be sent as again. */
static enum status body_of(const struct entry *e, struct arena *a, struct buffer *out,
                           struct error *err)
{
    struct event event;

    if (!e->accepted) {
        buffer_add_text(out, e->body);
        return OK;
    }
    if (event_decode(e->body, a, &event, err) != OK)
        return err->status;
    event_print(&event, out);
    return OK;
}

static enum status keep_one(sqlite3_stmt *q, struct store *store, const struct batch *b,
                            const struct entry *e, uint64_t *bytes, struct error *err)
{
    SCOPED(arena_free) struct arena a = {0};
    SCOPED(buffer_free) struct buffer body = {0};

    if (body_of(e, &a, &body, err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, b->received_ms);
    stmt_bind_text(q, 2, text_from(b->origin));
    stmt_bind_i64(q, 3, (int64_t)e->line);
    stmt_bind_text(q, 4, text_from(e->refusal->code));
    stmt_bind_text(q, 5, text_from(e->refusal->field));
    stmt_bind_text(q, 6, text_from(e->refusal->message));
    stmt_bind_i64(q, 7, b->verified);
    stmt_bind_bytes(q, 8, buffer_text(&body));
    *bytes += body.size + REFUSED_ROW_BYTES;
    return stmt_run(q, store, err);
}

static enum status keep_refused(struct store *store, const struct batch *b, uint64_t *bytes,
                                struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store,
                  "INSERT INTO refused(time,origin,line,code,field,message,verified,body)"
                  "VALUES(?,?,?,?,?,?,?,?)",
                  err) != OK)
        return err->status;
    for (size_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];

        if (e->outcome == ENTRY_REFUSED && strcmp(e->refusal->code, "no_consent") != 0 &&
            keep_one(q, store, b, e, bytes, err) != OK)
            return err->status;
    }
    return OK;
}

/* Change the counter of the room taken, and read it. */
static enum status add_bytes(struct store *store, int64_t change, int64_t *now, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store,
                  "INSERT INTO counter(name,value) VALUES('refused_bytes',?) ON CONFLICT(name)"
                  "DO UPDATE SET value=value+excluded.value RETURNING value",
                  err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, change);
    if (sqlite3_step(q) != SQLITE_ROW)
        return store_error(store, err, "counting refused items");
    *now = stmt_i64(q, 0);
    if (sqlite3_step(q) != SQLITE_DONE)
        return store_error(store, err, "counting refused items");
    return OK;
}

/* Remove the oldest until at least `excess` bytes are gone. */
static enum status remove_oldest(struct store *store, int64_t excess, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *oldest = NULL, *remove = NULL;
    int64_t gone = 0, number = 0;
    int code = SQLITE_ROW;

    if (stmt_open(&oldest, store, "SELECT number,length(body) FROM refused ORDER BY number", err) !=
            OK ||
        stmt_open(&remove, store, "DELETE FROM refused WHERE number<=?", err) != OK)
        return err->status;
    while (gone < excess && (code = sqlite3_step(oldest)) == SQLITE_ROW) {
        number = stmt_i64(oldest, 0);
        gone += stmt_i64(oldest, 1) + REFUSED_ROW_BYTES;
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return store_error(store, err, "removing old refused items");
    (void)sqlite3_reset(oldest); /* its steps were looked at */
    stmt_bind_i64(remove, 1, number);
    if (stmt_run(remove, store, err) != OK)
        return err->status;
    return add_bytes(store, -gone, &number, err);
}

enum status ledger_add(struct store *store, const struct batch *b, uint64_t bytes_max,
                       struct error *err)
{
    struct ledger_counts counts = count_batch(b);
    uint64_t bytes = 0;
    int64_t held = 0;

    if (b->count == 0)
        return OK;
    if (ledger_count(store, &counts, err) != OK)
        return error_wrap(err, "counting events");
    if (counts.invalid + counts.conflict == 0)
        return OK;
    if (keep_refused(store, b, &bytes, err) != OK ||
        add_bytes(store, (int64_t)bytes, &held, err) != OK)
        return error_wrap(err, "keeping refused items");
    if ((uint64_t)held > bytes_max)
        return remove_oldest(store, held - (int64_t)bytes_max, err);
    return OK;
}

enum status ledger_read(struct store *store, struct ledger_counts *out, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct ledger_counts counts = {0};
    int code;

    if (stmt_open(&q, store, "SELECT name,value FROM counter", err) != OK)
        return err->status;
    while ((code = sqlite3_step(q)) == SQLITE_ROW)
        for (size_t i = 0; i < COUNT(counters); i++)
            if (text_is(stmt_text(q, 0), counters[i].name))
                *counter_at(&counts, i) = (uint64_t)stmt_i64(q, 1);
    if (code != SQLITE_DONE)
        return store_error(store, err, "reading the ledger");
    *out = counts;
    return OK;
}

enum status ledger_refused_each(struct store *store, uint64_t after, uint64_t limit,
                                void (*each)(void *context, const struct refused_item *),
                                void *context, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    int code;

    if (stmt_open(&q, store,
                  "SELECT number,time,origin,line,code,field,message,verified,body FROM refused "
                  "WHERE number>? ORDER BY number LIMIT ?",
                  err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, (int64_t)after);
    stmt_bind_i64(q, 2, limit < INT64_MAX ? (int64_t)limit : INT64_MAX);
    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        struct refused_item item = {.number = (uint64_t)stmt_i64(q, 0),
                                    .time_ms = stmt_i64(q, 1),
                                    .origin = stmt_text(q, 2),
                                    .line = (uint64_t)stmt_i64(q, 3),
                                    .code = stmt_text(q, 4),
                                    .field = stmt_text(q, 5),
                                    .message = stmt_text(q, 6),
                                    .verified = stmt_i64(q, 7) != 0,
                                    .body = stmt_text(q, 8)};

        each(context, &item);
    }
    return code == SQLITE_DONE ? OK : store_error(store, err, "reading refused items");
}

enum status ledger_refused_last(struct store *store, uint64_t *out, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store, "SELECT coalesce(max(number),0) FROM refused", err) != OK)
        return err->status;
    if (sqlite3_step(q) != SQLITE_ROW)
        return store_error(store, err, "reading refused items");
    *out = (uint64_t)stmt_i64(q, 0);
    return OK;
}

/* Received once less, and refused once less for the reason `code`. */
static enum status take_back(struct store *store, struct text code, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store, "UPDATE counter SET value=value-1 WHERE name IN('received',?)", err) !=
        OK)
        return err->status;
    stmt_bind_text(q, 1, text_is(code, "conflict") ? code : TEXT("invalid"));
    return stmt_run(q, store, err);
}

/* Its row; `*found` false when there is none. The code goes into `code`, which takes any of them. */
static enum status remove_row(struct store *store, uint64_t number, bool *found, char code[32],
                              struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    int64_t bytes = 0, held = 0;

    *found = false;
    if (stmt_open(&q, store, "DELETE FROM refused WHERE number=? RETURNING length(body),code",
                  err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, (int64_t)number);
    switch (sqlite3_step(q)) {
    case SQLITE_ROW: bytes = stmt_i64(q, 0) + REFUSED_ROW_BYTES; break;
    case SQLITE_DONE: return OK;
    default: return store_error(store, err, "removing a refused item");
    }
    *found = true;
    struct text word = stmt_text(q, 1);
    snprintf(code, 32, "%.*s", (int)word.size, word.data);
    if (sqlite3_step(q) != SQLITE_DONE)
        return store_error(store, err, "removing a refused item");
    return add_bytes(store, -bytes, &held, err);
}

enum status ledger_refused_remove(struct store *store, uint64_t number, struct error *err)
{
    char code[32];
    bool found;

    if (remove_row(store, number, &found, code, err) != OK)
        return err->status;
    return found ? take_back(store, text_from(code), err) : OK;
}

enum status ledger_refused_erase(struct store *store, uint64_t number, struct error *err)
{
    char code[32];
    bool found;

    return remove_row(store, number, &found, code, err);
}
