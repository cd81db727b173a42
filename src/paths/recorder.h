/* SPDX-License-Identifier: Apache-2.0 */
/* recorder: what the writer's open transaction holds in memory until its outcome is known, and one list
 * that outlives it. Private to paths/.
 *
 * Threads    the writer's thread alone. */
#ifndef PATHS_RECORDER_H
#define PATHS_RECORDER_H

#include <stdbool.h>

#include "base/intern.h"
#include "ingest/duplicates.h"
#include "paths/contact_fold.h"

struct recorder {
    struct who_set
        listed; /* all whose address has a row in the table of contacts, and some that had */
    struct contact_offer *offers; /* addresses that came with its events, in order */
    size_t offer_count, offer_room;
    struct contact_request *requests; /* and by themselves, the last one first */
    struct intern types;              /* names of unknown event types it brings */
    struct intern forgotten;          /* item ids whose names go with it (paths/forget_events.c) */
    struct intern refusals;           /* words it keeps of refused events (paths/record.c) */
    struct intern touched; /* item ids it changes: the catalog does not show them as they will be */
};

struct recorder *recorder_new(void);
void recorder_free(struct recorder *r); /* NULL is fine */

/* The transaction is over: pending ids are kept or forgotten, the rest is folded or gone. */
void recorder_outcome(struct recorder *r, struct duplicates *duplicates, bool committed);

#endif
