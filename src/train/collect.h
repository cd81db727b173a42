/* SPDX-License-Identifier: Apache-2.0 */
/* collect: the clicks of the journal's events, small enough to hold them all.
 *
 * Of no interest outside this folder. */
#ifndef TRAIN_COLLECT_H
#define TRAIN_COLLECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "train/train.h"

/* One product of one event: 24 bytes, ten million of them are 240 MB. */
struct click {
    shopper_number shopper;
    uint32_t
        session_hash; /* of session_id, and of the device where it is not the shopper's own; 0 none */
    uint64_t time_kind; /* milliseconds, and below in KIND_BITS the enum action_kind */
    product_number product;
    uint32_t order; /* hash of the order for ACTION_BUY, never 0; else 0 */
};

enum { KIND_BITS = 3 };

static inline int64_t click_ms(const struct click *c)
{
    return (int64_t)(c->time_kind >> KIND_BITS);
}

/* In the order of the journal. */
struct clicks {
    struct click *clicks;
    size_t count, room;
};
void clicks_free(struct clicks *c); /* the array, not the struct */

/* See train_sessions. */
MUST_USE enum status clicks_collect(const struct train_options *options,
                                    const struct catalog *catalog, struct position until,
                                    struct clicks *out, struct error *err);

void train_report(const struct train_options *options, const char *stage, uint64_t done,
                  uint64_t total);

#endif
