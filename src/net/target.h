/* SPDX-License-Identifier: Apache-2.0 */
/* target: what stands in a request line between the method and the version: path and query.
 *
 * The only reader of paths and queries. Escapes are decoded once; broken escapes, control
 * characters and bytes that are not UTF-8 are refused, and so is a parameter given twice, since
 * proxies and servers disagree on which of the two counts.
 *
 * Threads    pure. */
#ifndef NET_TARGET_H
#define NET_TARGET_H

#include <stddef.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum { TARGET_BYTES_MAX = 8192, TARGET_SEGMENTS_MAX = 8, TARGET_PARAMETERS_MAX = 32 };

struct parameter {
    struct text name, value;
};

struct target {
    struct text path;                          /* as it came, before '?' */
    struct text segments[TARGET_SEGMENTS_MAX]; /* of "/v1/stock": "v1", "stock"; decoded */
    size_t segment_count;
    struct parameter parameters[TARGET_PARAMETERS_MAX]; /* decoded; '+' is a space */
    size_t parameter_count;
};

/* Decoded texts live in `a`, the others in `raw`. ERR_INVALID says what is wrong with it; ERR_LIMIT
 * when it is over one of the bounds. */
MUST_USE enum status target_parse(struct text raw, struct arena *a, struct target *out,
                                  struct error *err);

/* The value of a parameter, absent when it is not there. */
struct text target_parameter(const struct target *t, const char *name);

#endif
