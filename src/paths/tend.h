/* SPDX-License-Identifier: Apache-2.0 */
/* tend: what a server does by itself beside answering: ticks, checkpoints, the nightly train,
 * forgetting old decisions, erasures left unfinished, retention, renewing the state after an erasure,
 * gauges. One thread, woken every second.
 *
 * Checkpoints and trains are processes of their own (the program itself, niced, on one processor), so
 * that their memory and their time are not the server's. A train that ended well is published. Both are
 * ended when the server stops: what they write appears whole or not at all.
 *
 * Threads    tend_train and tend_training from any thread. */
#ifndef PATHS_TEND_H
#define PATHS_TEND_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "paths/shop.h"

struct tend;

struct tend_options {
    const char *program; /* run as PROGRAM --data DIR checkpoint, PROGRAM --data DIR train
                            --unpublished; NULL: this program's own file */
};

/* Start the thread. `shop` is open for writing and outlives it. */
MUST_USE enum status tend_open(struct tend **out, struct shop *shop,
                               const struct tend_options *options, struct error *err);
/* End the children and the thread. */
void tend_close(struct tend **tend); /* for SCOPED */

/* Start a train now. ERR_CONFLICT while one runs. */
MUST_USE enum status tend_train(struct tend *tend, struct error *err);
bool tend_training(struct tend *tend);

/* The next time behind `now_ms` at which the clocks of `zone` (NULL: UTC) show `at`, "03:30";
 * INT64_MAX for "". False when `at` is no time of day. */
struct zone;
bool tend_next(struct text at, const struct zone *zone, int64_t now_ms, int64_t *next_ms);

#endif
