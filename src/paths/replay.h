/* SPDX-License-Identifier: Apache-2.0 */
/* replay: a past decision, produced again with its trail, from the journal as it was then. */
#ifndef PATHS_REPLAY_H
#define PATHS_REPLAY_H

#include "base/attributes.h"
#include "base/error.h"
#include "paths/recommend.h"
#include "paths/shop.h"

/* One decision as JSON: the question, the versions, the answer, its trail (each source's proposals with
 * scores and evidence, what dropped whom), and all of it told as a text, "story" (paths/story.h). State
 * is folded anew up to the decision's position (from the nearest checkpoint), in memory of its own.
 * "replayed" is true when the answer came out equal, byte for byte, to the one that was given: by the
 * decision's bytes and its checksum of what the shopper saw. Else the kept list is shown and
 * "not_replayed" says why (its generation is gone, ...). ERR_NOT_FOUND, ERR_INVALID for ids. One at a
 * time per shop: it is heavy. */
MUST_USE enum status replay_decision(struct shop *shop, struct text request_id, struct buffer *json,
                                     struct error *err);

#endif
