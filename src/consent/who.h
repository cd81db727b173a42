/* SPDX-License-Identifier: Apache-2.0 */
/* who: an identifier as a keyed hash, for what must be remembered of people without naming them.
 *
 * Threads    pure. */
#ifndef CONSENT_WHO_H
#define CONSENT_WHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* The same text under two names is two identifiers, but for the keyed hash of an e-mail address or a phone
 * number ("email:" or "phone:" and 32 hexadecimal digits): that is whose it is under either. */
enum who_kind { WHO_ANONYMOUS = 'a', WHO_USER = 'u' };

/* SipHash-2-4-128 under a secret of the shop. */
struct who {
    uint64_t hash[2];
};

struct who who_of(const uint8_t key[16], enum who_kind kind, struct text id);
/* Whether `id` is such a hash. */
bool who_is_address(struct text id);
bool who_equal(struct who a, struct who b);

/* A set of them. A zeroed struct is empty. */
struct who_set {
    struct who *all; /* in the order of adding */
    size_t count, room;
    uint32_t *slots;
    size_t slot_count;
};
void who_set_free(struct who_set *set);                /* for SCOPED */
bool who_set_add(struct who_set *set, struct who who); /* false: it was there */
#define WHO_NOWHERE SIZE_MAX
size_t who_set_find(const struct who_set *set, struct who who); /* its place; WHO_NOWHERE */
bool who_set_has(const struct who_set *set, struct who who);

#endif
