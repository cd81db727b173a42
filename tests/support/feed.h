/* SPDX-License-Identifier: Apache-2.0 */
/* feed: reads a feed from a text and writes down, one line each, what comes out:
 *
 *     2 oak-table title=Oak table price=249.00 stock=3
 *       + oak-140 title=140 cm price=259.00 width=140 cm
 *     3 refused bad_money price: price must be above zero
 *
 * Only what differs from a blank product is written. */
#ifndef TESTS_SUPPORT_FEED_H
#define TESTS_SUPPORT_FEED_H

#include "catalog/catalog.h"
#include "catalog/feed.h"

struct transcript {
    struct buffer out;
    size_t stop_after; /* 0: never */
    size_t calls;
    const struct catalog *catalog; /* what `before` answers from; NULL: no such call */
};

struct feed_sink transcript_sink(struct transcript *t);

/* The transcript of `content`, read as a file that can (or, `piped`, cannot) be read twice. */
enum status transcript_read(struct transcript *t, struct text content, bool piped,
                            const struct feed_options *options, struct error *err);

/* Fails unless reading `content` gives exactly `expected`. */
void assert_feed(struct text content, const struct feed_options *options, const char *expected);

/* Options for a format with a map (may be NULL). */
struct feed_options feed_options_for(enum feed_format format, const char *map);

#endif
