/* SPDX-License-Identifier: Apache-2.0 */
/* statement: prepared statements of a store, their values and columns. Contracts in store.h. */
#include "store/store.h"

#include <assert.h>

enum status stmt_open(sqlite3_stmt **out, struct store *store, const char *sql, struct error *err)
{
    if (sqlite3_prepare_v3(store_db(store), sql, -1, 0, out, NULL) != SQLITE_OK)
        return store_error(store, err, "preparing a statement");
    return OK;
}

void stmt_close(sqlite3_stmt **stmt)
{
    (void)sqlite3_finalize(*stmt); /* repeats the error of the last step, which was looked at */
    *stmt = NULL;
}

/* Binding fails only for an index the statement does not have, which is a mistake of ours. */
static void bound(int result)
{
    assert(result == SQLITE_OK);
}

void stmt_bind_text(sqlite3_stmt *stmt, int index, struct text value)
{
    bound(value.data == NULL ? sqlite3_bind_null(stmt, index)
                             : sqlite3_bind_text64(stmt, index, value.data, value.size,
                                                   SQLITE_STATIC, SQLITE_UTF8));
}

void stmt_bind_bytes(sqlite3_stmt *stmt, int index, struct text value)
{
    bound(value.data == NULL
              ? sqlite3_bind_null(stmt, index)
              : sqlite3_bind_blob64(stmt, index, value.data, value.size, SQLITE_STATIC));
}

void stmt_bind_i64(sqlite3_stmt *stmt, int index, int64_t value)
{
    bound(sqlite3_bind_int64(stmt, index, value));
}

struct text stmt_text(sqlite3_stmt *stmt, int column)
{
    if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
        return (struct text){0};
    const char *data = sqlite3_column_blob(stmt, column);
    int size = sqlite3_column_bytes(stmt, column);
    /* an empty blob comes as NULL, and absent is something else */
    return (struct text){data == NULL ? "" : data, (size_t)size};
}

int64_t stmt_i64(sqlite3_stmt *stmt, int column)
{
    return sqlite3_column_int64(stmt, column);
}

enum status stmt_run(sqlite3_stmt *stmt, struct store *store, struct error *err)
{
    int code = sqlite3_step(stmt);
    enum status status = OK;

    if (code != SQLITE_DONE)
        status = store_error(store, err, "writing");
    (void)sqlite3_reset(stmt); /* repeats the error of the step */
    return status;
}
