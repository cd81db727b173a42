/* SPDX-License-Identifier: Apache-2.0 */
/* stream: hands bytes from a thread that is given them to a thread that reads them from a FILE,
 * with nothing kept between: the giver waits until its bytes are read.
 *
 * Threads    one giver, one reader.
 * Lifetime   freed when both are through: stream_free after the reader closed its FILE. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct stream;

struct stream *stream_new(void);
void stream_free(struct stream *s); /* NULL is fine */

/* The reader's end, to be closed with fclose. */
FILE *stream_file(struct stream *s);

/* Give bytes; returns when they are read, or dropped because the reader closed. */
void stream_give(struct stream *s, const void *bytes, size_t size);

/* No more bytes. `broken`: they were not all; the reader then gets an error, not an end. Further
 * calls change nothing. */
void stream_end(struct stream *s, bool broken);

/* Not 0 once the reader met a break; set, on its own thread, before its read fails. */
volatile int *stream_broken(struct stream *s);

#endif
