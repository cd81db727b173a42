/* SPDX-License-Identifier: Apache-2.0 */
/* copy: SQLite's online backup, with the source's read transaction held, so that the copy is of one
 * moment and never begins again. Contracts in copy.h. */
#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"

enum { PATH_SIZE = 4096, PAGES_A_STEP = 1024, PART_BYTES = 4 * 1024 * 1024 };

static void database_close(sqlite3 **db)
{
    (void)sqlite3_close_v2(*db); /* NULL is fine; with a valid handle it cannot fail */
    *db = NULL;
}

static enum status path_of(char out[PATH_SIZE], const char *dir, const char *name,
                           struct error *err)
{
    if (snprintf(out, PATH_SIZE, "%s/%s", dir, name) >= PATH_SIZE)
        return error_set(err, ERR_INVALID, "the path %s is too long", dir);
    return OK;
}

/* It holds the shop's secrets: nobody else may read it. */
static enum status make_file(const char *path, struct error *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (file < 0)
        return error_set(err, errno == EEXIST ? ERR_CONFLICT : ERR_IO, "making %s: %s", path,
                         strerror(errno));
    (void)close(file); /* nothing was written */
    return OK;
}

static enum status failed(sqlite3 *to, struct error *err)
{
    int code = sqlite3_errcode(to) & 0xff;

    return error_set(err, code == SQLITE_FULL ? ERR_UNAVAILABLE : ERR_IO, "copying store.db: %s",
                     sqlite3_errmsg(to));
}

/* All pages from the open snapshot of `from`. */
static enum status copy_pages(sqlite3 *to, struct store *from, copy_progress *progress,
                              void *context, struct error *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", store_db(from), "main");
    int code = SQLITE_OK;

    if (backup == NULL)
        return failed(to, err);
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(backup, PAGES_A_STEP);
        uint64_t total = (uint64_t)sqlite3_backup_pagecount(backup);
        if (progress != NULL && code == SQLITE_OK)
            progress(context, total - (uint64_t)sqlite3_backup_remaining(backup), total);
    }
    int finished = sqlite3_backup_finish(backup);
    return code == SQLITE_DONE && finished == SQLITE_OK ? OK : failed(to, err);
}

enum status store_copy(const char *data_dir, const char *to_dir, copy_progress *progress,
                       void *context, struct error *err)
{
    SCOPED(store_close) struct store *from = NULL;
    SCOPED(database_close) sqlite3 *to = NULL;
    char path[PATH_SIZE];

    if (store_open(&from, data_dir, STORE_READ, NULL, err) != OK ||
        path_of(path, to_dir, "store.db", err) != OK || make_file(path, err) != OK)
        return err->status;
    /* the first read takes the snapshot */
    if (store_run(from, "BEGIN; SELECT count(*) FROM sqlite_schema", err) != OK)
        return err->status;
    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return failed(to, err);
    return copy_pages(to, from, progress, context, err);
}

static enum status add_part(sqlite3_stmt *q, struct store *copy, const char *name, int64_t part,
                            struct text bytes, struct error *err)
{
    stmt_bind_text(q, 1, text_from(name));
    stmt_bind_i64(q, 2, part);
    stmt_bind_bytes(q, 3, bytes);
    return stmt_run(q, copy, err);
}

enum status store_copy_add(struct store *copy, const char *from_dir, const char *name,
                           struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct file_map map = {0};
    char path[PATH_SIZE];
    enum status status = OK;

    if (store_run(copy,
                  "CREATE TABLE IF NOT EXISTS backup_file(name TEXT NOT NULL,"
                  " part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(name,part))",
                  err) != OK ||
        stmt_open(&q, copy, "INSERT INTO backup_file(name,part,bytes) VALUES(?,?,?)", err) != OK ||
        path_of(path, from_dir, name, err) != OK || file_map_open(&map, path, err) != OK)
        return err->status;
    for (size_t at = 0; status == OK && (at < map.size || at == 0); at += PART_BYTES) {
        size_t size = map.size - at < PART_BYTES ? map.size - at : PART_BYTES;
        struct text bytes = {size > 0 ? (const char *)map.bytes + at : "", size};
        status = add_part(q, copy, name, (int64_t)(at / PART_BYTES), bytes, err);
    }
    file_map_close(&map);
    return status;
}

/* Letters, digits, '.', '-', '_' and '/' between parts, none of which begins with a dot. */
static bool name_is_plain(struct text name)
{
    bool begins = true;

    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!letter && (begins || (c != '.' && c != '-' && c != '_' && c != '/')))
            return false;
        begins = c == '/';
    }
    return name.size > 0 && !begins;
}

static enum status make_folder_of(const char *path, struct error *err)
{
    char folder[PATH_SIZE];

    snprintf(folder, sizeof(folder), "%s", path);
    *strrchr(folder, '/') = '\0'; /* path_of put one there */
    return dir_make(folder, err);
}

static enum status begin_file(struct file_writer **out, struct text name, const char *to_dir,
                              struct error *err)
{
    char path[PATH_SIZE], plain[PATH_SIZE];

    if (!name_is_plain(name) || name.size >= sizeof(plain))
        return error_set(err, ERR_CORRUPT, "the backup holds a file of a strange name");
    snprintf(plain, sizeof(plain), "%.*s", (int)name.size, name.data);
    if (path_of(path, to_dir, plain, err) != OK || make_folder_of(path, err) != OK)
        return err->status;
    return file_writer_open(out, path, err);
}

static enum status extract_rows(sqlite3_stmt *q, struct store *copy, const char *to_dir,
                                struct error *err)
{
    SCOPED(file_writer_close) struct file_writer *file = NULL;
    int code;

    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        if (stmt_i64(q, 1) == 0) {
            if (file != NULL && file_writer_commit(&file, err) != OK)
                return err->status;
            if (begin_file(&file, stmt_text(q, 0), to_dir, err) != OK)
                return err->status;
        }
        if (file == NULL)
            return error_set(err, ERR_CORRUPT, "the backup lacks the beginning of a file");
        struct text bytes = stmt_text(q, 2);
        file_writer_add(file, bytes.data, bytes.size);
    }
    if (code != SQLITE_DONE)
        return store_error(copy, err, "reading the files of the backup");
    return file != NULL ? file_writer_commit(&file, err) : OK;
}

static enum status has_files(struct store *copy, bool *out, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, copy, "SELECT count(*) FROM sqlite_schema WHERE name='backup_file'", err) !=
        OK)
        return err->status;
    if (sqlite3_step(q) != SQLITE_ROW)
        return store_error(copy, err, "reading the backup");
    *out = stmt_i64(q, 0) > 0;
    return OK;
}

enum status store_copy_extract(struct store *copy, const char *to_dir, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    bool any = false;

    if (has_files(copy, &any, err) != OK)
        return err->status;
    if (!any)
        return OK;
    if (stmt_open(&q, copy, "SELECT name,part,bytes FROM backup_file ORDER BY name,part", err) !=
            OK ||
        extract_rows(q, copy, to_dir, err) != OK)
        return err->status;
    stmt_close(&q);
    return store_run(copy, "DROP TABLE backup_file", err);
}

enum status store_check(struct store *store, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;

    if (stmt_open(&q, store, "PRAGMA integrity_check(1)", err) != OK)
        return err->status;
    if (sqlite3_step(q) != SQLITE_ROW)
        return store_error(store, err, "checking store.db");
    struct text found = stmt_text(q, 0);
    if (!text_is(found, "ok"))
        return error_set(err, ERR_CORRUPT, "store.db is damaged: %.*s", (int)found.size,
                         found.data);
    return OK;
}

enum status store_make_single(struct store *store, struct error *err)
{
    return store_run(store, "PRAGMA journal_mode=DELETE", err);
}
