/* SPDX-License-Identifier: Apache-2.0 */
/* store: opening, migrating and talking to store.db. Contracts in store.h. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

enum { PATH_SIZE = 4096, BUSY_MS = 10000, WAL_BYTES_KEPT = 64 * 1024 * 1024 };

struct store {
    sqlite3 *db;
};

struct migration {
    int number;
    const char *sql;
};

static const struct migration migrations[] = {
#define MIGRATION(number, sql) {number, sql},
#include "store/migrations.def"
#undef MIGRATION
};

enum status store_error(struct store *store, struct error *err, const char *what)
{
    int code = sqlite3_errcode(store->db);
    enum status status = ERR_IO;

    switch (code & 0xff) {
    case SQLITE_FULL:
        return error_set(err, ERR_UNAVAILABLE, "%s: no room on the disk or under disk_bytes_max",
                         what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED: status = ERR_UNAVAILABLE; break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: status = ERR_CORRUPT; break;
    default: break;
    }
    return error_set(err, status, "%s: %s", what, sqlite3_errmsg(store->db));
}

enum status store_run(struct store *store, const char *sql, struct error *err)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return store_error(store, err, "store.db");
    return OK;
}

sqlite3 *store_db(struct store *store)
{
    return store->db;
}

void store_close(struct store **store)
{
    if (*store == NULL)
        return;
    /* close_v2 because a statement may outlive its store by a line of the caller's scope */
    (void)sqlite3_close_v2((*store)->db); /* with a valid handle it cannot fail */
    mem_free(*store);
    *store = NULL;
}

static enum status read_version(struct store *store, int *out, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store, "PRAGMA user_version", err) != OK)
        return err->status;
    if (sqlite3_step(q) != SQLITE_ROW)
        return store_error(store, err, "reading the schema version");
    *out = sqlite3_column_int(q, 0);
    return OK;
}

/* The step and its number become visible together, or not at all. */
static enum status migrate_step(struct store *store, const struct migration *m, struct error *err)
{
    char mark[64];

    snprintf(mark, sizeof(mark), "PRAGMA user_version=%d", m->number);
    if (store_run(store, "BEGIN IMMEDIATE", err) != OK)
        return err->status;
    if (store_run(store, m->sql, err) == OK && store_run(store, mark, err) == OK &&
        store_run(store, "COMMIT", err) == OK)
        return OK;
    if (sqlite3_get_autocommit(store->db) == 0)
        /* the first error is the one to tell */
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return error_wrap(err, "migration %d", m->number);
}

static enum status migrate(struct store *store, enum store_mode mode, struct error *err)
{
    int newest = migrations[COUNT(migrations) - 1].number;
    int have = 0;

    if (read_version(store, &have, err) != OK)
        return err->status;
    if (have > newest)
        return error_set(err, ERR_UNAVAILABLE,
                         "store.db has schema %d and this program knows up to %d; "
                         "use the newer endcap",
                         have, newest);
    if (mode == STORE_READ && have < newest)
        return error_set(err, ERR_UNAVAILABLE,
                         "store.db has the older schema %d; `endcap serve` or any writing command "
                         "brings it to %d",
                         have, newest);
    for (size_t i = 0; i < COUNT(migrations); i++)
        if (migrations[i].number > have && migrate_step(store, &migrations[i], err) != OK)
            return err->status;
    return OK;
}

static enum status configure(struct store *store, enum store_mode mode, struct error *err)
{
    char limit[64];

    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    snprintf(limit, sizeof(limit), "PRAGMA journal_size_limit=%d", WAL_BYTES_KEPT);
    if (store_run(store, "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF", err) != OK)
        return err->status;
    if (mode == STORE_READ)
        return OK;
    if (store_run(store,
                  "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                  "PRAGMA secure_delete=ON",
                  err) != OK)
        return err->status;
    return store_run(store, limit, err);
}

/* It holds the shop's secrets, so nobody else may read it, whatever the umask and the folder say.
 * SQLite gives its -wal and -shm the rights of the file. */
static enum status make_file(const char *path, struct error *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (file < 0)
        return error_set(err, ERR_IO, "opening %s: %s", path, strerror(errno));
    (void)close(file); /* nothing was written */
    return OK;
}

enum status store_open(struct store **out, const char *data_dir, enum store_mode mode,
                       const char *vfs, struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    int flags = SQLITE_OPEN_NOMUTEX;
    char path[PATH_SIZE];

    if (snprintf(path, sizeof(path), "%s/store.db", data_dir) >= (int)sizeof(path))
        return error_set(err, ERR_INVALID, "the path of the data directory is too long");
    if (mode == STORE_READ && !file_exists(path))
        return error_set(err, ERR_NOT_FOUND, "no shop in %s; run endcap init", data_dir);
    if (mode == STORE_WRITE && !file_exists(data_dir))
        return error_set(err, ERR_NOT_FOUND, "there is no folder %s; run endcap init", data_dir);
    if (mode == STORE_WRITE && vfs == NULL && !file_exists(path) && make_file(path, err) != OK)
        return err->status;
    flags |= mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    store = mem_new(1, sizeof(*store));
    if (sqlite3_open_v2(path, &store->db, flags, vfs) != SQLITE_OK) {
        store_error(store, err, "opening");
        return error_wrap(err, "%s", path);
    }
    if (configure(store, mode, err) != OK || migrate(store, mode, err) != OK)
        return error_wrap(err, "opening %s", path);
    *out = store;
    store = NULL;
    return OK;
}

enum status store_meta_get(struct store *store, const char *key, struct buffer *out,
                           struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store, "SELECT value FROM meta WHERE key=?", err) != OK)
        return err->status;
    stmt_bind_text(q, 1, text_from(key));
    switch (sqlite3_step(q)) {
    case SQLITE_ROW: buffer_add_text(out, stmt_text(q, 0)); return OK;
    case SQLITE_DONE: return error_set(err, ERR_NOT_FOUND, "store.db has no value '%s'", key);
    default: return store_error(store, err, "reading meta");
    }
}

enum status store_meta_set(struct store *store, const char *key, struct text value,
                           struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store,
                  "INSERT INTO meta(key,value) VALUES(?,?) "
                  "ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                  err) != OK)
        return err->status;
    stmt_bind_text(q, 1, text_from(key));
    stmt_bind_bytes(q, 2, value);
    return stmt_run(q, store, err);
}
