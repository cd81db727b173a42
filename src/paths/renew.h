/* SPDX-License-Identifier: Apache-2.0 */
/* renew: a running shop takes a state folded anew, as a shop that starts now would have it.
 *
 * An erasure takes the person out of the running state at once, but what they did still counts in it: in
 * popularity and cohorts, in an identifier that is blocked because it was linked to them as well, in whose
 * record something was put down. Subtracting that soundly would want what the state does not hold: what it
 * would have kept had they never been there. So the server loads the next checkpoint, which is made of the
 * journal alone (all from before are removed), follows to the journal's end, and swaps.
 *
 * Memory     twice the state's while it loads: as much as the process needed that made the checkpoint, and
 *            which has just ended.
 * Threads    one at a time for a shop, beside everything else. Erasures wait for it; it waits for none. */
#ifndef PATHS_RENEW_H
#define PATHS_RENEW_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "paths/shop.h"

/* When the state may count what is erased, put one in its place that does not. `*renewed` (may be NULL):
 * that was so. OK and not renewed while somebody is being erased, too. After an error the state is as it
 * was. */
MUST_USE enum status shop_renew(struct shop *shop, bool *renewed, struct error *err);

#endif
