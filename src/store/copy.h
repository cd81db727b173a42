/* SPDX-License-Identifier: Apache-2.0 */
/* copy: store.db as one file of its own, while others write it; and files kept inside such a copy.
 *
 * Threads    the caller's alone; every call opens connections of its own. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include <stdint.h>

#include "store/store.h"

typedef void copy_progress(void *context, uint64_t done, uint64_t total);

/* Copy DIR/store.db as it is now to TO_DIR/store.db, which must not be there. What others commit
 * meanwhile is not in it; they are not held up, but their WAL cannot shrink before this is done.
 * `progress` (may be NULL) is told pages. ERR_NOT_FOUND, ERR_IO, ERR_CORRUPT; what was written is
 * then the caller's to remove. */
MUST_USE enum status store_copy(const char *data_dir, const char *to_dir, copy_progress *progress,
                                void *context, struct error *err);

/* Put the file FROM_DIR/NAME into the table `backup_file` of a copy, in parts. ERR_NOT_FOUND. */
MUST_USE enum status store_copy_add(struct store *copy, const char *from_dir, const char *name,
                                    struct error *err);

/* Write every file of the table below `to_dir`, each under its name, and drop the table. A copy
 * without the table has no files. ERR_CORRUPT for a name that would lead elsewhere. */
MUST_USE enum status store_copy_extract(struct store *copy, const char *to_dir, struct error *err);

/* Let SQLite look at every page. ERR_CORRUPT with what it found. */
MUST_USE enum status store_check(struct store *store, struct error *err);

/* One file, without WAL beside it; the last call on a store before it is closed. */
MUST_USE enum status store_make_single(struct store *store, struct error *err);

#endif
