/* SPDX-License-Identifier: Apache-2.0 */
/* refused: try refused items again, after a fix of the program, the token key or this engine.
 *
 * Items that were JSON go through the record path once more, each for itself. One that is stored
 * now, or was stored meanwhile, leaves the list; one that is refused again stays once, with its
 * reason of today. The ledger's equation holds at every moment: an item tried again was received
 * once. Rows of other formats are left alone: import their file again, which changes nothing that
 * is stored. */
#ifndef PATHS_REFUSED_H
#define PATHS_REFUSED_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/json.h"
#include "paths/shop.h"

struct refused_replayed {
    uint64_t tried, stored, duplicate, refused;
    uint64_t passed_over; /* rows that were not JSON */
};

MUST_USE enum status refused_replay_all(struct shop *shop, int64_t now_ms,
                                        struct refused_replayed *out, struct error *err);

/* The counts as an object. */
void refused_replayed_json(const struct refused_replayed *r, struct json *j);

#endif
