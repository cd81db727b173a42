/* SPDX-License-Identifier: Apache-2.0 */
/* marks: each product filter of a program answered once per product, so that a rule costs a bit test per
 * candidate.
 *
 * A row of bits per product number. Rows follow the catalog: of a product that changed its row is made
 * anew; all are when the filters, or the catalog itself, become others.
 *
 * Lifetime   the filters must live as long as the marks, or until marks_take gives others.
 * Memory     8 bytes per product number and 64 filters.
 * Threads    one that follows, or any number of readers (the shop's state lock sees to it). */
#ifndef RULES_MARKS_H
#define RULES_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "rules/filter.h"

struct marks;

/* For `count` product filters, at most FILTERS_MAX. Nothing is marked before marks_follow. */
struct marks *marks_new(const struct filter *const *filters, size_t count);
void marks_free(struct marks *m); /* NULL is fine */

/* From now on these filters. What the former ones gave is kept of those that are written the same, so that
 * little is to be done after a small change; so they must still be there. */
void marks_take(struct marks *m, const struct filter *const *filters, size_t count);

/* Make every row what the filters say of the catalog now. Costs next to nothing when nothing changed, some
 * microseconds for a product that did. */
void marks_follow(struct marks *m, const struct catalog *c);

/* The same, when there is so much to follow that the catalog would soon no longer tell what changed: for
 * whoever folds many records in a row. */
void marks_keep_up(struct marks *m, const struct catalog *c);

/* For marks of filters that are about to rule, made by marks_new: what must be found out may be long, so it
 * is found out beforehand, in turns, while readers and whoever folds have theirs in between. A turn follows
 * what changed, then adds at most `rows` rows, of what `m` holds of the filters both have. True when there
 * is a row for every product. For a reader of `m` and `c`. */
bool marks_advance(struct marks *ahead, const struct marks *m, const struct catalog *c,
                   size_t rows);

/* Exchanges the marks when `*ahead` are of these filters, by what is written, which they then go by; what
 * they lack, and what changed since their last turn, the next marks_follow finds out. False when they are
 * of others or NULL: nothing is done. */
bool marks_adopt(struct marks **m, struct marks **ahead, const struct filter *const *filters,
                 size_t count);

/* The row of a product (of a variant's number: nothing of use): bit k % 64 of word k / 64 tells whether
 * filter k holds. NULL without filters. `n` is below the catalog's count at the last marks_follow. */
const uint64_t *marks_of(const struct marks *m, product_number n);

static inline bool mark_holds(const uint64_t *row, size_t filter)
{
    return (row[filter / 64] >> filter % 64 & 1) != 0;
}

#endif
