/* SPDX-License-Identifier: Apache-2.0 */
/* contacting: the addresses of one person as the shop's server gives, reads and takes them back. What
 * becomes of them otherwise is paths/contact_fold.h.
 *
 * Never for a public key, with a user_token neither: the token says who somebody is, and nothing of
 * whose address they type.
 *
 * Threads    any but the writer's. */
#ifndef PATHS_CONTACTING_H
#define PATHS_CONTACTING_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/json.h"
#include "consent/contacts.h"
#include "paths/contact_fold.h"
#include "paths/person.h"
#include "paths/shop.h"

struct contact_given {
    struct text anonymous_id, user_id; /* one of them, as it is given */
    struct text address;
    struct text locale; /* may be absent */
    int64_t now_ms;
};

/* Keep it, if they may be written to, and wait until it is durable. `*outcome` says whether it is kept.
 * Nothing is journaled, so it links nobody to the address. ERR_INVALID when it is no address of at most
 * CONTACT_ADDRESS_MAX bytes, or the locale no tag of at most CONTACT_LOCALE_MAX. */
MUST_USE enum status shop_contact_put(struct shop *shop, const struct contact_given *given,
                                      enum contact_outcome *outcome, struct error *err);

/* An array of what is held of a person: email, locale, and consent with stated, source and time. */
MUST_USE enum status contacts_json(struct store *store, const struct person *person, struct json *j,
                                   struct error *err);

/* An object with it, as `contacts`, of whom `id` names (person_find). */
MUST_USE enum status shop_contacts_json(struct shop *shop, struct text id, enum naming naming,
                                        struct json *j, struct error *err);

/* Take all of theirs away; what they consent to stays as it is. */
MUST_USE enum status shop_contacts_remove(struct shop *shop, struct text id, enum naming naming,
                                          uint64_t *removed, struct error *err);

#endif
