/* SPDX-License-Identifier: Apache-2.0 */
/* index_file: the frame all index files share: a head, then sections of plain arrays, each aligned
 * to 64 bytes, in the machine's byte order (a generation is built and served by one machine).
 *
 * Of no interest outside this folder. */
#ifndef INDEXES_INDEX_FILE_H
#define INDEXES_INDEX_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/file.h"

enum { INDEX_SECTIONS_MAX = 8, INDEX_COUNTS_MAX = 6 };

/* What a kind of index file is called and how many sections it has. */
struct index_kind {
    const char *magic; /* 8 bytes */
    uint32_t version;
    uint32_t section_count;
};

struct index_section {
    const void *bytes;
    uint64_t size;
};

/* An index file to write, or one that is open. */
struct index_file {
    uint64_t counts[INDEX_COUNTS_MAX]; /* of what, the kind knows */
    struct index_section sections[INDEX_SECTIONS_MAX];
    struct file_map map; /* when open: what the sections point into */
};

MUST_USE enum status index_file_write(const struct index_kind *kind, const struct index_file *file,
                                      const char *path, struct error *err);

/* Map it. ERR_NOT_FOUND, ERR_IO, ERR_CORRUPT naming the file when it is of another kind, or its
 * sections do not lie within it. What stands in the sections is the caller's to check. */
MUST_USE enum status index_file_open(const struct index_kind *kind, struct index_file *out,
                                     const char *path, struct error *err);
void index_file_close(struct index_file *file); /* a zeroed one is fine */

/* ERR_CORRUPT: "PATH is damaged: WHAT". */
enum status index_file_damaged(struct error *err, const char *path, const char *what);

#endif
