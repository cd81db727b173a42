/* SPDX-License-Identifier: Apache-2.0 */
/* retention: what is kept no longer than it may be.
 *
 *   events       older than `events_days`, by when they happened: a tombstone takes the place of each, a
 *                bounded number a turn; those of an old history within a day of its import
 *   refused      kept items as old as that
 *   profiles     of shoppers silent for as long
 *   contacts     that stand on the default or an event received as long ago
 *   generations  built before an erasure: gone within 30 days of it
 *
 * Positions, counters and product numbers stay as they were (journal/erased.h). Decisions have a
 * setting of their own.
 *
 * Threads    one at a time for a shop. */
#ifndef PATHS_RETENTION_H
#define PATHS_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "paths/shop.h"

enum { RETENTION_RECORDS = 2000, RETENTION_READ = 20000 }; /* erased in one turn; read */

/* One turn. `*more`: there is more to do now; nothing was done while somebody is being erased. Nothing when
 * `events_days` is 0. */
MUST_USE enum status retention_turn(struct shop *shop, int64_t now_ms, bool *more,
                                    struct error *err);

/* Remove generations that must be gone, the serving one too, which then no longer serves. `*train`:
 * one that serves will have to go within days: it is time for another. */
MUST_USE enum status retention_generations(struct shop *shop, int64_t now_ms, bool *train,
                                           struct error *err);

#endif
