/* SPDX-License-Identifier: Apache-2.0 */
/* store: the one SQLite file of a shop, DIR/store.db, and the lock of its one writer.
 *
 * Opens with WAL and synchronous=FULL, a busy timeout, foreign keys, secure_delete, and brings the
 * schema up to date (store/migrations.def: numbered SQL, each in its own transaction). All SQL of
 * the program is constant text with bound values.
 *
 * Threads    a struct store is one SQLite connection and belongs to one thread at a time; any
 *            number may be open. Only the holder of the lock opens with STORE_WRITE.
 * Durability after COMMIT returned, the transaction survives power loss. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum store_mode { STORE_READ, STORE_WRITE };

struct store;

/* Open DIR/store.db. STORE_WRITE creates it and runs migrations; STORE_READ wants it to exist
 * (ERR_NOT_FOUND: "no shop in DIR; run endcap init") with the schema this program knows
 * (ERR_UNAVAILABLE). `vfs` names an SQLite VFS, NULL for the system's (crash tests give their own).
 */
MUST_USE enum status store_open(struct store **out, const char *data_dir, enum store_mode mode,
                                const char *vfs, struct error *err);
void store_close(struct store **store); /* for SCOPED; *store may be NULL */
sqlite3 *store_db(struct store *store);

/* What sqlite3 says of its last failure, as our status: SQLITE_FULL and SQLITE_BUSY are
 * ERR_UNAVAILABLE, SQLITE_CORRUPT and SQLITE_NOTADB ERR_CORRUPT, else ERR_IO. */
enum status store_error(struct store *store, struct error *err, const char *what);

/* Run SQL without results ("BEGIN IMMEDIATE"). */
MUST_USE enum status store_run(struct store *store, const char *sql, struct error *err);

/* Statements. `sql` is constant text. */
MUST_USE enum status stmt_open(sqlite3_stmt **out, struct store *store, const char *sql,
                               struct error *err);
void stmt_close(sqlite3_stmt **stmt); /* for SCOPED */
void stmt_bind_text(sqlite3_stmt *stmt, int index,
                    struct text value); /* absent binds NULL; the bytes must live until reset */
void stmt_bind_bytes(sqlite3_stmt *stmt, int index, struct text value); /* as BLOB */
void stmt_bind_i64(sqlite3_stmt *stmt, int index, int64_t value);
struct text stmt_text(sqlite3_stmt *stmt, int column); /* text or blob; valid until the next step */
int64_t stmt_i64(sqlite3_stmt *stmt, int column);
/* Step a statement that gives no rows, and reset it. */
MUST_USE enum status stmt_run(sqlite3_stmt *stmt, struct store *store, struct error *err);

/* Values of the table `meta`: what belongs to the shop itself (its secrets). */
MUST_USE enum status store_meta_get(struct store *store, const char *key, struct buffer *out,
                                    struct error *err); /* ERR_NOT_FOUND */
MUST_USE enum status store_meta_set(struct store *store, const char *key, struct text value,
                                    struct error *err);

/* The lock of the one writer, DIR/lock. ERR_UNAVAILABLE when another process holds it, naming its
 * process number. Released when closed or when the process ends, however it ends. */
struct store_lock;
MUST_USE enum status store_lock_open(struct store_lock **out, const char *data_dir,
                                     struct error *err);
void store_lock_close(struct store_lock **lock); /* for SCOPED */

#endif
