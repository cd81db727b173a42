/* SPDX-License-Identifier: Apache-2.0 */
/* learn_whose: whose an event is, for learning and evaluating. What robots did is left out, and that of one
 * person is of one shopper, by what is known at the journal's end: learning looks back, so what a
 * visitor did before they gave themselves away as a robot, or logged in, counts as theirs too. Private to
 * paths/.
 *
 * Owns       the robots and the identity graph it took.
 * Threads    nothing in it changes: any thread may ask. */
#ifndef PATHS_LEARN_WHOSE_H
#define PATHS_LEARN_WHOSE_H

#include "paths/state.h"

struct whose {
    struct robots *robots;
    struct identity *identity;
};

/* A catalog's state that folds, beside, who is one person and who is a robot, as a shop's does: so what was
 * stated, too, since with Sec-GPC: 1 it joins only whom their consent allows. `id_key` is the shop's. */
struct state *whose_state_new(const uint8_t id_key[16]);

/* Take these two out of a state that is loaded to its end; the state is a catalog's from then on. */
void whose_take(struct whose *w, struct state *state);
void whose_free(struct whose *w); /* for SCOPED; the struct is the caller's */

/* A train_whose: its context is the struct whose. */
bool whose_event(const void *context, const struct event *e, struct shopper_key visitor,
                 struct shopper_key *person);

#endif
