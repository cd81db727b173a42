/* SPDX-License-Identifier: Apache-2.0 */
/* replay: a past decision, produced again with its trail, from the journal as it was then. */
#ifndef PATHS_REPLAY_H
#define PATHS_REPLAY_H

#include "base/attributes.h"
#include "base/error.h"
#include "paths/recommend.h"
#include "paths/shop.h"

/* The trail of one decision as JSON: the question, the versions, each source's proposals with
 * scores and evidence, what dropped whom, and the answer. State is folded anew up to the decision's
 * position (from the nearest checkpoint), in memory of its own. "replayed" is true when the list
 * came out equal to the one kept; else the kept list is shown and "not_replayed" says why (its
 * generation is gone, ...). ERR_NOT_FOUND, ERR_INVALID for ids. One at a time per shop: it is
 * heavy. */
MUST_USE enum status replay_decision(struct shop *shop, struct text request_id, struct buffer *json,
                                     struct error *err);

/* Why a product is not shown on a surface to a shopper now, in a sentence or two. */
MUST_USE enum status replay_absent(struct shop *shop, const struct question *q, struct text item_id,
                                   struct buffer *out, struct error *err);

#endif
