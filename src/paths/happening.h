/* SPDX-License-Identifier: Apache-2.0 */
/* happening: an event on its way through the folds: decoded and hashed once, its items resolved
 * once. Private to paths/.
 *
 * Threads    preparing looks at no state, only at how it was set up, so any thread may prepare
 *            while another folds. */
#ifndef PATHS_HAPPENING_H
#define PATHS_HAPPENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fetch.h"
#include "journal/ahead.h"
#include "journal/event.h"
#include "paths/state.h"

struct happening {
    struct event event;
    struct shopper_key shopper; /* none: nobody that is followed */
    struct identity_event identity;
    struct shopper_key filed; /* filled by the fold: whose record it goes to; none */
    uint64_t session_hash;    /* of session_id; 0: none */
    struct arrival arrival;
    uint64_t id_hash[2];      /* when the state folds duplicates */
    uint64_t *item_hashes;    /* as the catalog wants them */
    product_number *products; /* filled by the fold; PRODUCT_NONE: unknown or sensitive */
    bool new_session;         /* filled by the fold */
    bool robot;               /* a robot's: filled by the fold, unless whoever folds knows */
};

/* A prepare_record whose context is the state: a struct happening, or NULL for a record that is no
 * event or whose bytes this program does not know. */
void *happening_prepare(const void *state, const struct record *r, struct arena *a);

/* Bring what folding records[i] needs into the cache, for some i ahead of `at`, the one about to be
 * folded. */
void happenings_fetch(const struct state *s, const struct prepared_record *records, size_t count,
                      size_t at);

#endif
