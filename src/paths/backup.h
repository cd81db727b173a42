/* SPDX-License-Identifier: Apache-2.0 */
/* backup: a shop as one file, taken while a server serves it, and a shop out of such a file.
 *
 * The file is an SQLite database: store.db as it was at one moment (journal, counters, refused
 * items, decisions, keys, secrets), and in its table `backup_file` the settings and the generation
 * that served. Checkpoints are not in it: they are made again from the journal. Behind the database
 * stand 16 bytes, by which a file that lost or changed a byte is known.
 *
 * Durability a file that was reported made is synced, and was read back: every page by SQLite, every
 *            record of the journal by its checksum.
 * Threads    the caller's alone; beside a server on the same directory. */
#ifndef PATHS_BACKUP_H
#define PATHS_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/settings.h"

struct backup_result {
    uint64_t records;    /* of the journal, each checked */
    uint64_t bytes;      /* of the file */
    uint32_t generation; /* in it; 0: none served, or its files were gone */
};

/* What is being done, for people; `total` 0: unknown. */
typedef void backup_progress(void *context, const char *stage, uint64_t done, uint64_t total);

struct backup_options {
    bool replace;              /* the file, or the shop, that is there */
    backup_progress *progress; /* may be NULL */
    void *context;
};

/* Write a backup of the shop in `data_dir` to `path`. ERR_CONFLICT when there is a file and it is
 * not to be replaced; it is only by a whole one. ERR_NOT_FOUND when its folder is not there. */
MUST_USE enum status backup_make(const char *data_dir, const char *path,
                                 const struct backup_options *options, struct backup_result *out,
                                 struct error *err);

/* Make the shop in `data_dir` that of the backup. A shop that is there: ERR_CONFLICT unless it is to
 * be replaced, ERR_UNAVAILABLE while a process holds it; it is put aside, and removed once the new
 * one has opened. ERR_CORRUPT for a file that is no backup or is damaged: nothing was changed
 * then. */
MUST_USE enum status backup_restore(const char *path, const char *data_dir,
                                    const struct backup_options *options, struct backup_result *out,
                                    struct error *err);

#endif
