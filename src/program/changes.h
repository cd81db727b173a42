/* SPDX-License-Identifier: Apache-2.0 */
/* changes: in what two program documents differ, as sentences a merchandiser reads: by surface, list
 * and key, whatever the order or layout of the lines.
 *
 *     surfaces.front.limit: 8, now 4
 *     lists.gifts.products: added candle-set
 *     surfaces.front.rules: removed {pin: {product: gift-card, slot: 8}}
 *
 * Knows no key of its own: items of a list that have a `name` are told apart by it, all others by
 * what they say. */
#ifndef PROGRAM_CHANGES_H
#define PROGRAM_CHANGES_H

#include "base/arena.h"
#include "base/text.h"

enum { CHANGES_MAX = 200 };

struct changes {
    const char **lines; /* in the order of the documents; at most CHANGES_MAX */
    size_t count;
    size_t more; /* not told */
};

/* Nothing when one of them is no YAML. Lives in `a`. */
void program_changes(struct text before, struct text after, struct arena *a, struct changes *out);

#endif
