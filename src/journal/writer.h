/* SPDX-License-Identifier: Apache-2.0 */
/* writer: the one thread that changes store.db, committing for everybody at once (group commit).
 *
 * Whoever wants something written submits a struct write and returns at once. The writer takes all
 * that waits, up to `events_max` events or until the oldest has waited `wait_ms`, runs each in one
 * transaction, commits with synchronous=FULL, folds the appended records into memory, and only then
 * calls each `done`: an answer sent from `done` is durable, and the next question already sees it.
 *
 * A write whose `run` fails fails alone: all is rolled back, the others are run again (why `run` may
 * be called twice), and its `done` gets the error. A failed commit fails all writes of that
 * transaction. A failed fsync is never retried on the same
 * handle: the writer closes the store and answers ERR_UNAVAILABLE until it could be opened and read
 * again; a full disk (ERR_UNAVAILABLE) recovers by itself when there is room.
 *
 * Threads    writer_submit from any thread. `run`, `done` and the fold run on the writer's thread.
 */
#ifndef JOURNAL_WRITER_H
#define JOURNAL_WRITER_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "journal/journal.h"

struct writer;

struct write {
    /* Inside the open transaction. Appends with writer_append; may run statements on `store`,
     * opened and closed here. It may be called again after a rollback and must then start afresh.
     * Must not keep state that survives a rollback; use `done` for that. ERR_IO means the store
     * failed. */
    enum status (*run)(struct write *w, struct writer *writer, struct store *store,
                       struct error *err);
    /* After the commit and the fold (OK), or after the failure. Owns `w` from here on. May be NULL.
     */
    void (*done)(struct write *w, enum status status, const struct error *err);
    uint32_t events;       /* weight, for the bounds */
    struct write *next;    /* the writer's own */
    uint64_t submitted_ns; /* the writer's own */
};

struct writer_options {
    const char *data_dir;
    const char *vfs;           /* NULL: the system's */
    uint32_t wait_ms;          /* 0: commit at once what waits */
    uint32_t events_max;       /* of one commit */
    uint32_t queue_events_max; /* waiting in all */
    uint64_t disk_bytes_max;   /* of store.db; past it writes fail with ERR_UNAVAILABLE */
    /* Called inside each transaction when all its writes have run, with the records they appended, in
     * order: for tables that follow the journal. May run statements on `store`, opened and closed
     * here. Failing, it fails all writes of the transaction. May be NULL. */
    enum status (*before_commit)(void *context, struct store *store, const struct record *records,
                                 size_t count, struct error *err);
    /* Called after each commit with its records, in order, before any `done`. */
    void (*fold)(void *context, const struct record *records, size_t count);
    /* Called after each transaction's outcome is known, before the fold (committed) or after a
     * rollback. May be NULL. */
    void (*outcome)(void *context, bool committed);
    void *context;
};

/* Start the thread. The store is opened by it (STORE_WRITE); the caller holds the store's lock. */
MUST_USE enum status writer_open(struct writer **out, const struct writer_options *options,
                                 struct error *err);

/* Finish what waits, checkpoint the WAL, stop the thread. */
void writer_close(struct writer **writer); /* for SCOPED */

/* ERR_LIMIT when the queue is full or the writer is stopping: `done` is then NOT called. */
MUST_USE enum status writer_submit(struct writer *writer, struct write *w, struct error *err);

/* Submit and wait for the outcome (its `done` is called too). Not from the writer's thread. */
MUST_USE enum status writer_run(struct writer *writer, struct write *w, struct error *err);

/* Within `run`: append a record. Its number is known at once; it counts only if the commit does.
 * `body` must live until the write's `done`. */
MUST_USE enum status writer_append(struct writer *writer, enum record_kind kind, int64_t time_ms,
                                   struct text body, struct position *out, struct error *err);

/* Waiting events now. */
uint64_t writer_waiting(struct writer *writer);

#endif
