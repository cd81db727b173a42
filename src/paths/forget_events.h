/* SPDX-License-Identifier: Apache-2.0 */
/* forget_events: the events of a person become tombstones, and names of items that only they ever
 * mentioned are forgotten, in the journal and in the catalog alike; in memory they are no more. Private to paths/. */
#ifndef PATHS_FORGET_EVENTS_H
#define PATHS_FORGET_EVENTS_H

#include "paths/person.h"
#include "paths/shop.h"

/* `*events` is raised by those that were erased. May be run again after it failed half way. */
MUST_USE enum status forget_events(struct shop *shop, struct person *person, uint64_t *events,
                                   struct error *err);

#endif
