/* SPDX-License-Identifier: Apache-2.0 */
/* array_file: the frame that the files of indexes and models share: a head, then sections of plain
 * arrays, each aligned to 64 bytes, in the machine's byte order (they are built and served by one
 * machine). */
#ifndef BASE_ARRAY_FILE_H
#define BASE_ARRAY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/file.h"

enum { ARRAY_SECTIONS_MAX = 8, ARRAY_COUNTS_MAX = 6 };

/* What a kind of file is called and how many sections it has. */
struct array_file_kind {
    const char *magic; /* 8 bytes */
    uint32_t version;
    uint32_t section_count;
};

struct array_section {
    const void *bytes;
    uint64_t size;
};

/* A file to write, or one that is open. */
struct array_file {
    uint64_t counts[ARRAY_COUNTS_MAX]; /* of what, the kind knows */
    struct array_section sections[ARRAY_SECTIONS_MAX];
    struct file_map map; /* when open: what the sections point into */
};

MUST_USE enum status array_file_write(const struct array_file_kind *kind,
                                      const struct array_file *file, const char *path,
                                      struct error *err);

/* Map it. ERR_NOT_FOUND, ERR_IO, ERR_CORRUPT naming the file when it is of another kind, or its
 * sections do not lie within it. What stands in the sections is the caller's to check. */
MUST_USE enum status array_file_open(const struct array_file_kind *kind, struct array_file *out,
                                     const char *path, struct error *err);
void array_file_close(struct array_file *file); /* a zeroed one is fine */

/* Whether an open file has nothing besides its head and sections but what array_file_write puts
 * between and behind them. With a checksum over its sections, every byte is then accounted for. */
bool array_file_whole(const struct array_file_kind *kind, const struct array_file *file);

/* ERR_CORRUPT: "PATH is damaged: WHAT". */
enum status array_file_damaged(struct error *err, const char *path, const char *what);

#endif
