/* SPDX-License-Identifier: Apache-2.0 */
/* csv_source: a file's bytes as UTF-8, whatever it was written in. Private to base/csv.c.
 *
 * A byte sequence the encoding does not have becomes one byte 0xFF, which no UTF-8 text contains,
 * so that the row it stands in is refused and no other. */
#ifndef BASE_CSV_SOURCE_H
#define BASE_CSV_SOURCE_H

#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"

enum { CSV_SOURCE_BLOCK = 64 * 1024 };

struct csv_source {
    FILE *in;
    iconv_t converter;
    bool converts;
    bool ended;     /* nothing more will come */
    uint64_t taken; /* bytes read from the file */
    size_t held;    /* bytes in `block` not given out yet */
    size_t step;    /* bytes to pass over after a bad sequence */
    char block[CSV_SOURCE_BLOCK];
};

/* Reads the first block and decides by its byte order mark and `encoding` (may be absent).
 * ERR_INVALID for an encoding nobody knows, ERR_IO. */
MUST_USE enum status csv_source_open(struct csv_source *s, FILE *in, struct text encoding,
                                     struct error *err);
void csv_source_close(struct csv_source *s);

/* Up to `room` bytes to `out`; 0 only at the end. */
MUST_USE enum status csv_source_read(struct csv_source *s, char *out, size_t room, size_t *got,
                                     struct error *err);

/* Well-formed UTF-8 without NUL. */
bool csv_bytes_valid(const char *bytes, size_t size);

/* The likeliest separator of a first line, not counting what stands in quotes: ',', ';' or tab. */
char csv_delimiter_guess(const char *line, size_t size);

#endif
