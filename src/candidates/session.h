/* SPDX-License-Identifier: Apache-2.0 */
/* session: the clicks of the session at hand, as everything that starts from a session reads them.
 *
 * Threads    pure. */
#ifndef CANDIDATES_SESSION_H
#define CANDIDATES_SESSION_H

#include "candidates/candidates.h"

/* Newest first. */
struct session_clicks {
    struct seed clicks[SEEDS_MAX];
    uint32_t count;
};

/* The page's product, though its view may not have been heard of yet; then the session, in which
 * putting into the cart what was just viewed is no second look, as in the index; then what is in the
 * cart from before. A click on what is in the cart has the kind EVIDENCE_CART. */
void session_clicks_of(const struct seed *seeds, size_t count, struct session_clicks *out);

#endif
