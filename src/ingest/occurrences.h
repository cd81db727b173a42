/* SPDX-License-Identifier: Apache-2.0 */
/* occurrences: how often the same line stood before in a file, 8 bytes a distinct line.
 *
 * A line is known by 40 bits of its hash. Two lines taken for one only shift the count that goes
 * into a made-up id; the same file still gives the same ids, all different. */
#ifndef INGEST_OCCURRENCES_H
#define INGEST_OCCURRENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { OCCURRENCES_TOUCHED = 64 };

struct occurrences {
    /* 40 bits of hash, 24 bits of count; 0 empty. Ordered by hash but for probing */
    uint64_t *slots;
    unsigned bits; /* 1 << bits slots */
    uint64_t used;
    uint32_t touched[OCCURRENCES_TOUCHED]; /* the first slots used, for forgetting few quickly */
};

/* A zeroed struct is empty. */
void occurrences_clear(struct occurrences *o); /* for SCOPED */

/* How often `hash` was added before; adds it. */
uint64_t occurrences_add(struct occurrences *o, uint64_t hash);

/* Begin anew, with the same memory: time in proportion to what was added. */
void occurrences_forget(struct occurrences *o);

/* Whether the object in `line` has a member "id" of its own that is not null. Of what is no object
 * nothing is promised. */
bool json_has_id(struct text line);

#endif
