/* SPDX-License-Identifier: Apache-2.0 */
/* ahead: the journal, read by a thread of its own a few blocks ahead of whoever folds it.
 *
 * Reading a record and preparing it (decoding, hashing: whatever depends on the record alone) is
 * about as much work as folding it, so that the two go on side by side. The records, their order
 * and the errors are those of a cursor.
 *
 * Owns       the thread, its cursor, and the records handed out.
 * Threads    one caller; `prepare` runs on the reading thread, beside the caller's folding. */
#ifndef JOURNAL_AHEAD_H
#define JOURNAL_AHEAD_H

#include <stddef.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "journal/record.h"

struct prepared_record {
    struct record record;
    void *prepared; /* what `prepare` returned */
};

/* What can be said of a record without knowing any other. Its memory comes from `a`, which lives as
 * long as the record; `r->body` may be pointed to. */
typedef void *prepare_record(const void *context, const struct record *r, struct arena *a);

struct ahead;

/* From behind `from` up to `until` or to where the journal ends, whichever comes first. */
struct ahead_options {
    const char *data_dir;
    struct position from, until;
    prepare_record *prepare;
    const void *context;
};

MUST_USE enum status ahead_open(struct ahead **out, const struct ahead_options *options,
                                struct error *err);
void ahead_close(struct ahead **ahead); /* for SCOPED; stops the thread wherever it is */

/* OK with the next records, at least one, valid until the next call; ERR_NOT_FOUND behind the last;
 * what cursor_next says of a record that cannot be read, after all before it were given out. */
MUST_USE enum status ahead_next(struct ahead *ahead, const struct prepared_record **out,
                                size_t *count, struct error *err);

#endif
