/* SPDX-License-Identifier: Apache-2.0 */
/* explain: from evidence to the sentence a shopper reads. A reason is a thing the shopper did, or a
 * thing the shop chose; what has no acceptable evidence gets none and is not shown.
 *
 * Threads    pure. */
#ifndef EXPLAIN_EXPLAIN_H
#define EXPLAIN_EXPLAIN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "candidates/candidates.h"
#include "catalog/catalog.h"

struct reason {
    const char *kind; /* viewed, bought_with, complement, similar, cart, popular, trending, picked,
                  looked, bought_after, pinned */
    struct text item_id; /* the product the sentence names; absent: none */
    struct text text;    /* "Because you viewed Oak table" */
};

/* The reason for a candidate. False when its evidence supports none (a product without a title is
 * named by nothing; sensitive evidence is never spoken of). Texts live in `a` or the catalog. */
bool reason_of(const struct candidate *c, const struct catalog *catalog, struct arena *a,
               struct reason *out);

#endif
