/* SPDX-License-Identifier: Apache-2.0 */
/* Reading kept decisions in the order of the journal: a batch at a time, so that no transaction stays
 * open while the caller is at work. Contracts in decisions.h. */
#include <inttypes.h>

#include "base/memory.h"
#include "decisions/decisions.h"

enum { BATCH = 256 };

struct row {
    struct position position;
    uint64_t number;
    size_t end; /* in `bytes` */
};

struct decision_cursor {
    struct store *store;
    sqlite3_stmt *same, *later; /* behind `last`: of its position, and of later ones */
    struct position until;
    struct row last;     /* what the batch ends with, then where the next one goes on */
    struct buffer bytes; /* of the batch, one behind the other */
    struct row rows[BATCH];
    size_t count, at;
};

void decision_cursor_close(struct decision_cursor **cursor)
{
    if (*cursor == NULL)
        return;
    stmt_close(&(*cursor)->same);
    stmt_close(&(*cursor)->later);
    store_close(&(*cursor)->store);
    buffer_free(&(*cursor)->bytes);
    mem_free(*cursor);
    *cursor = NULL;
}

enum status decision_cursor_open(struct decision_cursor **out, const char *data_dir,
                                 struct position from, struct position until, struct error *err)
{
    SCOPED(decision_cursor_close) struct decision_cursor *c = mem_new(1, sizeof(*c));

    c->until = until;
    c->last.position = from; /* no number is below 1, so that none of its decisions is left out */
    if (store_open(&c->store, data_dir, STORE_READ, NULL, err) != OK ||
        stmt_open(&c->same, c->store,
                  "SELECT position, number, body FROM decision WHERE position = ? AND number > ?"
                  " AND length(body) > 0 ORDER BY number LIMIT ?",
                  err) != OK ||
        stmt_open(&c->later, c->store,
                  "SELECT position, number, body FROM decision WHERE position > ? AND position < ?"
                  " AND length(body) > 0 ORDER BY position, number LIMIT ?",
                  err) != OK)
        return error_wrap(err, "opening the decisions");
    *out = c;
    c = NULL;
    return OK;
}

/* SQLite's numbers end half way; so does every journal. */
static void bind_position(sqlite3_stmt *stmt, int index, struct position p)
{
    stmt_bind_i64(stmt, index, p.number > INT64_MAX ? INT64_MAX : (int64_t)p.number);
}

/* Rows of `stmt`, whose values are bound, to the end of the batch. */
static enum status take(struct decision_cursor *c, sqlite3_stmt *stmt, struct error *err)
{
    enum status status = OK;
    int code;

    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        buffer_add_text(&c->bytes, stmt_text(stmt, 2));
        c->rows[c->count++] = (struct row){.position = {(uint64_t)stmt_i64(stmt, 0)},
                                           .number = (uint64_t)stmt_i64(stmt, 1),
                                           .end = c->bytes.size};
    }
    if (code != SQLITE_DONE)
        status = store_error(c->store, err, "reading decisions");
    (void)sqlite3_reset(stmt); /* repeats the error of the step */
    return status;
}

static enum status fill(struct decision_cursor *c, struct error *err)
{
    enum status status = OK;

    buffer_clear(&c->bytes);
    c->count = c->at = 0;
    if (position_compare(c->last.position, c->until) < 0) {
        bind_position(c->same, 1, c->last.position);
        stmt_bind_i64(c->same, 2, (int64_t)c->last.number);
        stmt_bind_i64(c->same, 3, BATCH);
        status = take(c, c->same, err);
    }
    if (status == OK && c->count < BATCH) {
        bind_position(c->later, 1, c->last.position);
        bind_position(c->later, 2, c->until);
        stmt_bind_i64(c->later, 3, (int64_t)(BATCH - c->count));
        status = take(c, c->later, err);
    }
    if (c->count > 0)
        c->last = c->rows[c->count - 1];
    return status;
}

enum status decision_cursor_next(struct decision_cursor *c, struct arena *a, struct decision *out,
                                 struct error *err)
{
    if (c->at == c->count && fill(c, err) != OK)
        return err->status;
    if (c->count == 0)
        return error_set(err, ERR_NOT_FOUND, "the end of the decisions");
    size_t start = c->at > 0 ? c->rows[c->at - 1].end : 0;
    const struct row *row = &c->rows[c->at++];
    struct text body = {c->bytes.data + start, row->end - start};
    if (decision_decode(arena_text(a, body), out, err) != OK)
        return error_wrap(err, "decision %" PRIu64, row->number);
    out->number = row->number;
    return OK;
}
