/* SPDX-License-Identifier: Apache-2.0 */
/* explain: from evidence to the sentence a shopper reads. A reason is a thing the shopper did, a thing
 * on the page, or a thing the shop chose; what has no acceptable evidence gets none and is not shown.
 *
 * Threads    pure. */
#ifndef EXPLAIN_EXPLAIN_H
#define EXPLAIN_EXPLAIN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "candidates/candidates.h"
#include "catalog/catalog.h"
#include "explain/templates.h"

struct reason {
    const char *kind;    /* a kind of reason.def: viewed, cart, popular, ... */
    struct text item_id; /* the product the sentence names; absent: none */
    struct text text;    /* "Because you viewed Oak table" */
};

/* What reasons are put in words with. */
struct reason_inputs {
    const struct catalog *catalog;
    const struct speech *speech; /* the shopper's language */
    struct text list;            /* the name of the list that EVIDENCE_LIST refers to */
    product_number own_page; /* the product whose page it is, which may be spoken of there though
                                    it is sensitive; PRODUCT_NONE */
};

/* The reason for a candidate. False when its evidence supports none (a product without a title is
 * named by nothing; sensitive evidence is never spoken of, but on its own page). Texts live in `a` or
 * the catalog. */
bool reason_of(const struct candidate *c, const struct reason_inputs *in, struct arena *a,
               struct reason *out);

#endif
