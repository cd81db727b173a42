/* SPDX-License-Identifier: Apache-2.0 */
/* journal: appending. A body is stored with four more bytes behind it: the low half of XXH3 over
 * the body, seeded with the record's number, kind and time, so that a swapped row is found too. */
#include "journal/journal.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "journal/checksum.h"

struct journal {
    struct store *store;
    sqlite3_stmt *insert;
    struct position end;
    int64_t end_ms;
    struct buffer bytes; /* body and checksum of the record being written */
};

void journal_close(struct journal **journal)
{
    if (*journal == NULL)
        return;
    stmt_close(&(*journal)->insert);
    buffer_free(&(*journal)->bytes);
    mem_free(*journal);
    *journal = NULL;
}

static enum status read_end(struct journal *j, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, j->store, "SELECT number,time FROM journal ORDER BY number DESC LIMIT 1",
                  err) != OK)
        return err->status;
    switch (sqlite3_step(q)) {
    case SQLITE_ROW:
        j->end.number = (uint64_t)stmt_i64(q, 0);
        j->end_ms = stmt_i64(q, 1);
        return OK;
    case SQLITE_DONE: return OK;
    default: return store_error(j->store, err, "reading the journal's end");
    }
}

enum status journal_open(struct journal **out, struct store *store, struct error *err)
{
    SCOPED(journal_close) struct journal *j = mem_new(1, sizeof(*j));

    j->store = store;
    if (read_end(j, err) != OK ||
        stmt_open(&j->insert, store, "INSERT INTO journal(number,kind,time,body) VALUES(?,?,?,?)",
                  err) != OK)
        return error_wrap(err, "opening the journal");
    *out = j;
    j = NULL;
    return OK;
}

struct position journal_end(const struct journal *journal)
{
    return journal->end;
}

int64_t journal_end_ms(const struct journal *journal)
{
    return journal->end_ms;
}

enum status journal_append(struct journal *j, enum record_kind kind, int64_t time_ms,
                           struct text body, struct record *out, struct error *err)
{
    struct record r = {{j->end.number + 1}, kind, time_ms, body};

    if (r.time_ms < j->end_ms)
        r.time_ms = j->end_ms;
    uint32_t checksum = record_checksum(&r);
    buffer_clear(&j->bytes);
    buffer_add_text(&j->bytes, body);
    buffer_add(&j->bytes, &checksum, sizeof(checksum));
    stmt_bind_i64(j->insert, 1, (int64_t)r.position.number);
    stmt_bind_i64(j->insert, 2, (int64_t)kind);
    stmt_bind_i64(j->insert, 3, r.time_ms);
    stmt_bind_bytes(j->insert, 4, buffer_text(&j->bytes));
    if (stmt_run(j->insert, j->store, err) != OK)
        return error_wrap(err, "appending record %llu", (unsigned long long)r.position.number);
    j->end = r.position;
    j->end_ms = r.time_ms;
    *out = r;
    return OK;
}

enum status journal_digest(struct store *store, struct position at, uint8_t digest[DIGEST_SIZE],
                           struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct digest d;

    if (stmt_open(&q, store, "SELECT number, kind, time, body FROM journal WHERE number = ?",
                  err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, (int64_t)at.number);
    int step = sqlite3_step(q);

    if (step == SQLITE_DONE)
        return error_set(err, ERR_NOT_FOUND, "the journal has no record %llu",
                         (unsigned long long)at.number);
    if (step != SQLITE_ROW)
        return store_error(store, err, "reading the journal");
    digest_begin(&d, "endcap journal record");
    for (int column = 0; column < 3; column++)
        digest_i64(&d, stmt_i64(q, column));
    digest_text(&d, stmt_text(q, 3));
    digest_end(&d, digest);
    return OK;
}

enum status journal_programs_each(struct store *store,
                                  void (*each)(void *context, struct position at), void *context,
                                  struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    int step;

    _Static_assert(RECORD_PROGRAM == 5, "the statement and its index name the kind");
    if (stmt_open(&q, store, "SELECT number FROM journal WHERE kind=5 ORDER BY number", err) != OK)
        return err->status;
    while ((step = sqlite3_step(q)) == SQLITE_ROW)
        each(context, (struct position){(uint64_t)stmt_i64(q, 0)});
    return step == SQLITE_DONE ? OK : store_error(store, err, "reading the journal");
}

void journal_rewind(struct journal *journal, struct position end, int64_t end_ms)
{
    assert(end.number <= journal->end.number);
    journal->end = end;
    journal->end_ms = end_ms;
}
