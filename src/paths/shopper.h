/* SPDX-License-Identifier: Apache-2.0 */
/* shopper: one person for operators: who is joined and by what evidence, what they did lately, what looks
 * wrong; and what is said of it by hand.
 *
 * An id is a customer's or a visitor's, an e-mail address or a phone number (looked up by its keyed hash,
 * told by nothing else), or one of those with its kind before it: "visitor:v-81". Without a kind, what is
 * both is the customer. */
#ifndef PATHS_SHOPPER_H
#define PATHS_SHOPPER_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "paths/shop.h"
#include "store/admin_log.h"

/* An object: kind, id, person (what it hangs on), identifiers, links, sessions and alarms. Sessions are
 * made of the actions that are kept; who refused personalisation has none. ERR_NOT_FOUND. The state is
 * locked for reading inside. */
MUST_USE enum status shopper_show(struct shop *shop, struct text id, int64_t now_ms,
                                  struct buffer *json, struct error *err);

/* An object: alarms, an array of kind, id and what is wrong, at most SHOPPER_ALARMS_MAX; and more, how many
 * others there are. Looks at every identifier while the state is locked for reading: milliseconds for
 * each 100,000. */
enum { SHOPPER_ALARMS_MAX = 1000 };
void shopper_alarms(struct shop *shop, struct buffer *json);

/* Who says so, and why; the reason may be absent, and names nobody. */
struct shopper_change {
    struct actor actor;
    struct text reason;
};

/* Journal that `id` stands apart (identity_split_orders), with entries in the administrative log, which
 * name the reason but no person. An object: split, an array of kind, id and how ("split": from what it
 * belongs to, "dissolved": from all that belongs to it). ERR_NOT_FOUND; ERR_CONFLICT when it stands apart
 * already. */
MUST_USE enum status shopper_split(struct shop *shop, struct text id,
                                   const struct shopper_change *by, struct buffer *json,
                                   struct error *err);

/* Journal that `id` and `other` are one person: the one of the lower kind belongs to the other, of two
 * customers the first to the second. An object: joined, an array of the two. ERR_NOT_FOUND; ERR_CONFLICT
 * when they are one already; ERR_INVALID when neither can belong to the other. */
MUST_USE enum status shopper_join(struct shop *shop, struct text id, struct text other,
                                  const struct shopper_change *by, struct buffer *json,
                                  struct error *err);

#endif
