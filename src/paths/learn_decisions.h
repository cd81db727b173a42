/* SPDX-License-Identifier: Apache-2.0 */
/* learn_decisions: examples from answers that were given, beside those of plain sessions. Private to
 * paths/learn*.
 *
 * While the newest sessions are walked again, the decisions kept of that time are met, each at its own
 * position. An answer counts as shown when an event names its request_id; in a shop whose lists name none,
 * when its shopper was heard of within 30 minutes. What followed labels the products it held (purchase before cart before click before nothing, in the surface's
 * objective); a click on what was hardly looked at, or hardly ever shown, counts for more
 * (decisions/examination.h). Features are computed anew, of the state as it was at that position. */
#ifndef PATHS_LEARN_DECISIONS_H
#define PATHS_LEARN_DECISIONS_H

#include "decisions/examination.h"
#include "paths/learn_moments.h"

enum { LEARN_DECISIONS_MAX = 200000 /* looked at; of more an even part */ };

struct learn_decisions;

struct learn_decisions_options {
    const char *data_dir;
    struct retrace *retrace;
    struct moments moments;
    uint32_t stop_from; /* sessions of which an action is this one or later are not learned from */
    int64_t until_ms;   /* answers of this time or later were not given */
};
/* Reads the decisions between the walk's bounds once, for how much slots are looked at. The retrace
 * outlasts it. */
MUST_USE enum status learn_decisions_open(struct learn_decisions **out,
                                          const struct learn_decisions_options *options,
                                          struct error *err);
void learn_decisions_close(struct learn_decisions **l); /* for SCOPED; the walk pauses no longer */

/* From here on the walk adds to `examples` what it meets. */
void learn_decisions_walk(struct learn_decisions *l, struct examples *examples);

/* Groups added so far, and how much slots are held to be looked at. */
size_t learn_decisions_groups(const struct learn_decisions *l);
const struct examination *learn_decisions_examination(const struct learn_decisions *l);

#endif
