/* SPDX-License-Identifier: Apache-2.0 */
/* journal: everything that ever happened, in order.
 *
 * The journal is the only source of truth. Profiles, catalog, counters, indexes and models are
 * folds of it and may be deleted: reading it from its first record rebuilds them bit for bit.
 *
 * Owns       the table `journal` of store.db. Each body carries a checksum of its own, since SQLite
 *            has none: a changed byte is found when it is read, and named.
 * Threads    appending belongs to the writer's thread (journal/writer.h); any number of cursors,
 *            each with its own connection, used by one thread each.
 * Durability a record survives once the writer's transaction has committed. */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "journal/record.h"
#include "store/digest.h"
#include "store/store.h"

struct journal;

/* For appending through `store`, which outlives the journal. */
MUST_USE enum status journal_open(struct journal **out, struct store *store, struct error *err);
void journal_close(struct journal **journal); /* for SCOPED */

/* The newest record's place, and its time (0 for none). */
struct position journal_end(const struct journal *journal);
int64_t journal_end_ms(const struct journal *journal);

/* Append inside the open transaction. `time_ms` is raised to the previous record's when it is
 * earlier. `*out` receives its place and final time; its body points to `body`. */
MUST_USE enum status journal_append(struct journal *journal, enum record_kind kind, int64_t time_ms,
                                    struct text body, struct record *out, struct error *err);

/* A digest of a record as it is stored, checksum and all, for the administrative log. Through any
 * connection; inside a transaction it sees what that has appended. ERR_NOT_FOUND when there is none. */
MUST_USE enum status journal_digest(struct store *store, struct position at,
                                    uint8_t digest[DIGEST_SIZE], struct error *err);

/* Calls `each` with the place of every record of RECORD_PROGRAM, in order, damaged or not. */
MUST_USE enum status journal_programs_each(struct store *store,
                                           void (*each)(void *context, struct position at),
                                           void *context, struct error *err);

/* After a ROLLBACK: forget what was appended since `end`. */
void journal_rewind(struct journal *journal, struct position end, int64_t end_ms);

/* Reads from behind `from`, in order, as far as the journal goes. Reopens its read transaction
 * every 10,000 records so that the WAL can shrink. */
struct cursor;
MUST_USE enum status cursor_open(struct cursor **out, const char *data_dir, const char *vfs,
                                 struct position from, struct error *err);
/* The same for records of RECORD_PROGRAM alone, found by an index of their own. */
MUST_USE enum status cursor_open_programs(struct cursor **out, const char *data_dir,
                                          struct error *err);
void cursor_close(struct cursor **cursor); /* for SCOPED */

/* OK with the next record (its body is valid until the next call), ERR_NOT_FOUND at the present end
 * (calling again later may give more), ERR_CORRUPT naming a damaged record, ERR_IO. */
MUST_USE enum status cursor_next(struct cursor *cursor, struct record *out, struct error *err);

/* The newest record's place as this cursor's connection sees it now. */
MUST_USE enum status cursor_end(struct cursor *cursor, struct position *out, struct error *err);

#endif
