/* SPDX-License-Identifier: Apache-2.0 */
/* cursor: reading the journal in order. Contracts in journal.h. */
#include <string.h>

#include "base/memory.h"
#include "journal/checksum.h"
#include "journal/journal.h"

enum { RECORDS_PER_TRANSACTION = 10000 };

struct cursor {
    struct store *store;
    sqlite3_stmt *select, *newest;
    struct position at; /* the last record given out */
    uint32_t read;      /* records of this transaction; meaningful while it is open */
    bool open;          /* `select` stands inside a transaction */
};

void cursor_close(struct cursor **cursor)
{
    if (*cursor == NULL)
        return;
    stmt_close(&(*cursor)->select);
    stmt_close(&(*cursor)->newest);
    store_close(&(*cursor)->store);
    mem_free(*cursor);
    *cursor = NULL;
}

/* `select` has one parameter: the record behind which it begins. */
static enum status open_with(struct cursor **out, const char *data_dir, const char *vfs,
                             const char *select, struct error *err)
{
    SCOPED(cursor_close) struct cursor *c = mem_new(1, sizeof(*c));

    if (store_open(&c->store, data_dir, STORE_READ, vfs, err) != OK ||
        stmt_open(&c->select, c->store, select, err) != OK ||
        stmt_open(&c->newest, c->store, "SELECT max(number) FROM journal", err) != OK)
        return error_wrap(err, "opening the journal");
    *out = c;
    c = NULL;
    return OK;
}

enum status cursor_open(struct cursor **out, const char *data_dir, const char *vfs,
                        struct position from, struct error *err)
{
    if (open_with(out, data_dir, vfs,
                  "SELECT number,kind,time,body FROM journal WHERE number>? ORDER BY number",
                  err) != OK)
        return err->status;
    (*out)->at = from;
    return OK;
}

enum status cursor_open_programs(struct cursor **out, const char *data_dir, struct error *err)
{
    _Static_assert(RECORD_PROGRAM == 5, "the statement and its index name the kind");
    return open_with(out, data_dir, NULL,
                     "SELECT number,kind,time,body FROM journal WHERE kind=5 AND number>?"
                     " ORDER BY number",
                     err);
}

static void end_transaction(struct cursor *c)
{
    (void)sqlite3_reset(c->select); /* repeats the error of the last step, which was looked at */
    c->open = false;
}

static enum status damaged(uint64_t number, struct error *err)
{
    return error_set(err, ERR_CORRUPT,
                     "record %llu of the journal is damaged; restore store.db from a backup",
                     (unsigned long long)number);
}

/* The row `select` stands on. */
static enum status read_row(struct cursor *c, struct record *out, struct error *err)
{
    struct record r = {
        .position = {(uint64_t)stmt_i64(c->select, 0)},
        .kind = (enum record_kind)stmt_i64(c->select, 1),
        .time_ms = stmt_i64(c->select, 2),
        .body = {sqlite3_column_blob(c->select, 3), (size_t)sqlite3_column_bytes(c->select, 3)}};
    uint32_t checksum;

    if (r.body.size < sizeof(checksum))
        return damaged(r.position.number, err);
    r.body.size -= sizeof(checksum);
    memcpy(&checksum, r.body.data + r.body.size, sizeof(checksum));
    if (checksum != record_checksum(&r))
        return damaged(r.position.number, err);
    c->at = r.position;
    *out = r;
    return OK;
}

/* One step, in the open transaction or a new one. */
static int step(struct cursor *c)
{
    if (c->open && c->read >= RECORDS_PER_TRANSACTION)
        end_transaction(c);
    if (!c->open) {
        stmt_bind_i64(c->select, 1, (int64_t)c->at.number);
        c->open = true;
        c->read = 0;
    }
    int code = sqlite3_step(c->select);
    if (code == SQLITE_ROW)
        c->read++;
    return code;
}

enum status cursor_next(struct cursor *c, struct record *out, struct error *err)
{
    int code = step(c);

    if (code == SQLITE_DONE && c->read > 0) {
        end_transaction(c); /* it did not see what came since it began */
        code = step(c);
    }
    if (code == SQLITE_ROW)
        return read_row(c, out, err);
    if (code == SQLITE_DONE) {
        end_transaction(c);
        return error_set(err, ERR_NOT_FOUND, "the end of the journal");
    }
    enum status status = store_error(c->store, err, "reading the journal");
    end_transaction(c);
    return status == ERR_CORRUPT ? damaged(c->at.number + 1, err) : status;
}

enum status cursor_end(struct cursor *c, struct position *out, struct error *err)
{
    enum status status = OK;

    if (sqlite3_step(c->newest) == SQLITE_ROW)
        out->number = (uint64_t)stmt_i64(c->newest, 0);
    else
        status = store_error(c->store, err, "reading the journal's end");
    (void)sqlite3_reset(c->newest); /* repeats the error of the step */
    return status;
}
