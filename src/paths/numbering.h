/* SPDX-License-Identifier: Apache-2.0 */
/* numbering: which records of the journal gave products their numbers, for who goes through it in order
 * beside the shop's own catalog. Products are numbered by first mention: an item whose number is not below
 * what the records up to there gave was first mentioned in the record at hand. Private to paths/.
 *
 * Threads    the caller's alone; locks the state for reading, a record at a time. */
#ifndef PATHS_NUMBERING_H
#define PATHS_NUMBERING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "journal/event.h"
#include "journal/record.h"
#include "paths/shop.h"

struct numbering {
    struct shop *shop;
    uint64_t given;       /* numbers, by the records so far */
    struct arena scratch; /* of one record: an event's items, too */
};
void numbering_free(struct numbering *n); /* for SCOPED */

/* Told of every item id a record mentions: its own number; `first`: by this record. Under the state's read
 * lock. */
typedef void numbering_mention(void *context, struct text item_id, product_number number,
                               bool first);

/* Pass the next record, which the shop has folded. `event` is its body, decoded, of a RECORD_EVENT that can
 * be read; else NULL: an event that cannot be read mentions nothing. */
void numbering_pass(struct numbering *n, const struct record *r, const struct event *event,
                    numbering_mention *mention, void *context);

#endif
