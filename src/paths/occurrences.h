/* SPDX-License-Identifier: Apache-2.0 */
/* occurrences: how often the same line stood before in a file, 8 bytes a distinct line. Private to
 * paths/.
 *
 * A line is known by 40 bits of its hash. Two lines taken for one only shift the count that goes
 * into a made-up id; the same file still gives the same ids, all different. */
#ifndef PATHS_OCCURRENCES_H
#define PATHS_OCCURRENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct occurrences {
    uint64_t
        *slots;    /* 40 bits of hash, 24 bits of count; 0 empty. Ordered by hash but for probing */
    unsigned bits; /* 1 << bits slots */
    uint64_t used;
};

/* A zeroed struct is empty. */
void occurrences_clear(struct occurrences *o); /* for SCOPED */

/* How often `hash` was added before; adds it. */
uint64_t occurrences_add(struct occurrences *o, uint64_t hash);

/* Whether the object in `line` has a member "id" of its own that is not null. Of what is no object
 * nothing is promised. */
bool json_has_id(struct text line);

#endif
