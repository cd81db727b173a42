/* SPDX-License-Identifier: Apache-2.0 */
/* forget: the path of a person who is to be erased.
 *
 *   find        which identifiers are they                     paths/person.h
 *   record      RECORD_ERASURE: keyed hashes, nothing else; and an order that the browsers they shared and
 *               logged in to last are nobody's until the next login     journal/, consent/, identity/
 *   checkpoints all go: they hold profiles                     journal/
 *   events      a tombstone takes the place of each            journal/erased.h
 *   decisions   emptied; their numbers answer "erased"         decisions/
 *   refused     kept items that name them go                   ingest/
 *   names       of items nobody else ever mentioned            catalog/
 *   memory      profiles, identifiers, names of event types     profile/, identity/
 *   wal         moved into store.db and cut to nothing         store/
 *
 * From `record` on nothing of theirs is recorded any more, and what is left is taken up again after
 * a crash. Positions, counters and product numbers stay as they were. What they did still counts in the
 * running state; a server renews it of the next checkpoint (paths/renew.h).
 *
 * Threads    one at a time for a shop (it sees to that); beside everything else. */
#ifndef PATHS_FORGET_H
#define PATHS_FORGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/json.h"
#include "paths/person.h"
#include "paths/shop.h"
#include "store/admin_log.h"

struct forgotten {
    uint64_t identifiers, events, decisions, refused;
    bool finished; /* false: durably begun; the server goes on by itself */
};

/* Erase whom `id` names, as of the actor's time; the administrative log says who asked for it, and of
 * whom nothing. OK when it is on disk that they are erased, `finished` or not. Minutes of
 * reading in a large journal. ERR_INVALID for what is no identifier. */
MUST_USE enum status forget_shopper(struct shop *shop, struct text id, enum naming naming,
                                    const struct actor *actor, struct forgotten *out,
                                    struct error *err);

/* Go on with every erasure that was begun and not finished. `*left` (may be NULL) tells whether one
 * still is not. */
MUST_USE enum status forget_resume(struct shop *shop, bool *left, struct error *err);

/* When the oldest erasure was begun that is not finished; INT64_MAX: there is none. Until then the journal
 * may hold what the person did: who learns from it meanwhile learns as of before that time. */
MUST_USE enum status forget_unfinished(const char *data_dir, int64_t *since_ms, struct error *err);

/* Move the WAL into store.db and leave nothing of it. ERR_UNAVAILABLE while a reader (a backup) is in
 * the way. */
MUST_USE enum status forget_wal(const char *data_dir, struct error *err);

void forgotten_json(const struct forgotten *f, struct json *j);

#endif
