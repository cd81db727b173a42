/* SPDX-License-Identifier: Apache-2.0 */
/* file: whole files: mapped for reading, written aside and renamed into place.
 *
 * A file written with file_writer_* appears under its name complete and synced, or not at all. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

struct file_map {
    const uint8_t *bytes; /* NULL when not mapped */
    size_t size;
};

/* Map a file read-only. ERR_NOT_FOUND, ERR_IO. An empty file maps with size 0. */
MUST_USE enum status file_map_open(struct file_map *out, const char *path, struct error *err);
void file_map_close(struct file_map *map); /* a zeroed map is fine */

struct file_writer;

/* Begin PATH.tmp-PID; nothing stands under PATH until file_writer_commit. */
MUST_USE enum status file_writer_open(struct file_writer **out, const char *path,
                                      struct error *err);
/* Buffered. Errors are remembered and reported by commit. */
void file_writer_add(struct file_writer *w, const void *bytes, size_t size);
uint64_t file_writer_size(const struct file_writer *w);
/* Flush, fsync, rename, fsync the folder. The writer is closed either way. */
MUST_USE enum status file_writer_commit(struct file_writer **w, struct error *err);
void file_writer_close(struct file_writer **w); /* gives up what was not committed; for SCOPED */

/* mkdir -p. */
MUST_USE enum status dir_make(const char *path, struct error *err);
/* Sync a folder: only then do names that came or went survive a power loss. */
MUST_USE enum status dir_sync(const char *path, struct error *err);
/* Remove a folder and all in it; an absent one is fine. */
MUST_USE enum status dir_remove(const char *path, struct error *err);
/* Remove the files in a folder, whatever their names, and sync it; an absent one is fine. */
MUST_USE enum status dir_clear(const char *path, struct error *err);
bool file_exists(const char *path);

/* Read all of a small file (at most `size_max`, else ERR_LIMIT) to the end of `out`. */
MUST_USE enum status file_read(const char *path, size_t size_max, struct buffer *out,
                               struct error *err);

/* For SCOPED. */
void file_close(FILE **file);

#endif
