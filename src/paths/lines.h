/* SPDX-License-Identifier: Apache-2.0 */
/* lines: a file line by line in constant memory. Private to paths/.
 *
 * Lines end with LF or CRLF, which are cut off; a byte order mark before the first is passed over.
 * A line longer than the bound is given as its first line_max + 1 bytes, and the rest of it
 * skipped. */
#ifndef PATHS_LINES_H
#define PATHS_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"

struct lines {
    FILE *in;
    size_t line_max;
    uint64_t number; /* of the line given last, from 1 */
    uint64_t bytes;  /* read so far */
    char *block;     /* LINES_BLOCK bytes */
    size_t at, end;  /* what of it is not given yet */
    struct buffer partial;
};

enum { LINES_BLOCK = 256 * 1024 };

void lines_init(struct lines *l, FILE *in, size_t line_max);
void lines_clear(struct lines *l); /* for SCOPED */

/* False at the end of the file, or when it cannot be read (ferror). Valid until the next call. */
bool lines_next(struct lines *l, struct text *line);

#endif
