/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/erased.h"

#include "journal/checksum.h"

enum { FIELD_MENTION = 1, FIELD_NO_EVENT = 2 };

void erased_add(struct buffer *out, struct text item_id)
{
    put_text(out, FIELD_MENTION, item_id.data == NULL ? TEXT("") : item_id);
}

void erased_no_event(struct buffer *out)
{
    put_i64(out, FIELD_NO_EVENT, 1);
}

bool erased_event(struct text body)
{
    for (struct fields f = fields_of(body); fields_next(&f);)
        if (f.field == FIELD_NO_EVENT)
            return false;
    return true;
}

bool erased_next(struct fields *f, struct text *item_id)
{
    while (fields_next(f))
        if (f->field == FIELD_MENTION && f->is_text) {
            *item_id = f->text;
            return true;
        }
    return false;
}

static enum status time_at(struct store *store, struct position at, int64_t *out, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store, "SELECT time FROM journal WHERE number=?", err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, (int64_t)at.number);
    switch (sqlite3_step(q)) {
    case SQLITE_ROW: *out = stmt_i64(q, 0); return OK;
    case SQLITE_DONE:
        return error_set(err, ERR_NOT_FOUND, "there is no record %llu",
                         (unsigned long long)at.number);
    default: return store_error(store, err, "reading a record");
    }
}

enum status journal_erase(struct store *store, struct position at, struct text body,
                          struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    SCOPED(buffer_free) struct buffer bytes = {0};
    struct record r = {at, RECORD_ERASED, 0, body};

    if (time_at(store, at, &r.time_ms, err) != OK ||
        stmt_open(&q, store, "UPDATE journal SET kind=?,body=? WHERE number=?", err) != OK)
        return err->status;
    uint32_t checksum = record_checksum(&r);
    buffer_add_text(&bytes, body);
    buffer_add(&bytes, &checksum, sizeof(checksum));
    stmt_bind_i64(q, 1, RECORD_ERASED);
    stmt_bind_bytes(q, 2, buffer_text(&bytes));
    stmt_bind_i64(q, 3, (int64_t)at.number);
    return stmt_run(q, store, err);
}
