/* SPDX-License-Identifier: Apache-2.0 */
/* person: e-mail addresses and phone numbers, which never reach the journal: each becomes "email:"
 * or "phone:" and 32 hexadecimal digits of HMAC-SHA-256 under the shop's key, the same each time,
 * so that two events of one address are still of one person.
 *
 * What is given as an address or a number and is none, test@, none@ or noreply@ anything, and a number of one
 * digit over and over become "email:nobody" and "phone:nobody": hashed, they would be one person.
 *
 * An address is found anywhere in a text, a phone number too when it begins with '+'. Digits alone
 * may as well be an article: they are a number only when their key says so (phone, tel, ...).
 *
 * Threads    pure. */
#ifndef INGEST_PERSON_H
#define INGEST_PERSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum person_kind { PERSON_NONE, PERSON_EMAIL, PERSON_PHONE };

/* What a key's name says of its value. */
enum person_kind person_key_kind(struct text key);

/* The replacement of one address or number, of its one spelling (ingest/normal.h): case and spaces around an
 * address do not matter, nor what stands between a number's digits. A replacement is returned as it is. */
struct text person_hash(enum person_kind kind, struct text value, const uint8_t key[32],
                        struct arena *a);

/* Whether `value`, space around it aside, is one address that can be written to and nothing else, and
 * somebody's: one line of what can be seen, an '@' that is written as such, a domain as DNS has them. */
bool person_is_email(struct text value);

/* The bytes of an address's replacement; false, with `out` untouched, for anything else. */
enum { PERSON_HASH_BYTES = 16 };
bool person_email_bytes(struct text replacement, uint8_t out[PERSON_HASH_BYTES]);

/* `value` without addresses and numbers: itself when there are none, else a copy in `a`. */
struct text person_replace(struct text value, const uint8_t key[32], struct arena *a);

/* The same for a URL, whose query values may be percent-encoded. */
struct text person_replace_url(struct text url, const uint8_t key[32], struct arena *a);

/* Append `raw` (JSON, CSV, anything) with addresses, numbers, and the values of keys named so replaced as
 * above, so that an erasure finds whose they were, and with names, birthdays and postal addresses among
 * "traits" replaced by "[redacted]". Takes time in proportion to `raw`. */
void person_redact(struct text raw, const uint8_t key[32], struct buffer *out);

/* The first replacement in `bytes` at or behind `*from`, which moves behind it; absent: there is none. */
struct text person_find_hash(struct text bytes, size_t *from);

#endif
