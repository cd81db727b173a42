/* SPDX-License-Identifier: Apache-2.0 */
/* transaction: what the writer's thread does with the writes it took: one transaction for all of
 * them, the fold, their answers; and what happens when the disk fails. Private to journal/.
 *
 * All writes are run in one transaction without savepoints. When one fails, everything is rolled
 * back, those before it are run again and committed, and then it is run first: failing there, it
 * fails alone. So the usual case, where none fails, pays nothing.
 *
 * An I/O error closes the store without a checkpoint. A commit that failed so may or may not be on
 * disk: the journal's end tells after reopening, and until it was read its outcome stays unknown
 * and nothing else is written.
 *
 * Threads    the writer's thread, once opened. */
#ifndef JOURNAL_TRANSACTION_H
#define JOURNAL_TRANSACTION_H

#include "journal/writer.h"

struct transaction;

MUST_USE enum status transaction_open(struct transaction **out,
                                      const struct writer_options *options, struct writer *writer,
                                      struct error *err);
void transaction_close(struct transaction **t); /* for SCOPED; moves the WAL into store.db */

/* Run, commit, fold and answer all writes of the list. */
void transaction_run(struct transaction *t, struct write *list);

/* Nobody waits: time to move the WAL into store.db. */
void transaction_idle(struct transaction *t);

/* writer_append */
MUST_USE enum status transaction_append(struct transaction *t, enum record_kind kind,
                                        int64_t time_ms, struct text body, struct position *out,
                                        struct error *err);

#endif
