/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions of somebody who wants them shown or erased. Contracts in decisions.h. */
#include "decisions/decisions.h"

enum status decisions_each(struct store *store, uint64_t *after, uint64_t limit,
                           void (*each)(void *context, const struct decision *d), void *context,
                           struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    int code;

    if (stmt_open(&q, store,
                  "SELECT number, body FROM decision WHERE number > ? ORDER BY number LIMIT ?",
                  err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, (int64_t)*after);
    stmt_bind_i64(q, 2, (int64_t)limit);
    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        struct text body = stmt_text(q, 1);
        struct error why = {0}; /* one that cannot be read names nobody */
        struct decision d;

        *after = (uint64_t)stmt_i64(q, 0);
        if (body.size == 0 || decision_decode(body, &d, &why) != OK)
            continue;
        d.number = *after;
        each(context, &d);
    }
    return code == SQLITE_DONE ? OK : store_error(store, err, "reading decisions");
}

enum status decisions_erase(struct store *store, uint64_t number, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store, "UPDATE decision SET body = x'' WHERE number = ?", err) != OK)
        return err->status;
    stmt_bind_i64(q, 1, (int64_t)number);
    return stmt_run(q, store, err);
}
