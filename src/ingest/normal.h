/* SPDX-License-Identifier: Apache-2.0 */
/* normal: the one spelling of an e-mail address or a phone number that is hashed.
 *
 *   address    spaces around it go; ASCII letters in lower case; the domain as IDNA 2008 registers it
 *              ("müller.example" is "xn--mller-kva.example"), and as it stands when it is none.
 *   number     its digits, behind a '+' when it has one or begins with 00; "(0)" in such a one goes, since it
 *              is dialled within the country only. A national number stays as it is: nothing says which
 *              country it is of.
 *
 * Before there were IDNA, 00 and (0), such an address or number had another hash; all other spellings have
 * the one they always had. What was recorded under the older hash is another identifier of the person: it stays
 * theirs through the customer or the browser that it came with, is shown, exported and erased with them, and
 * does not meet what comes under the newer one.
 *
 * Threads    pure. */
#ifndef INGEST_NORMAL_H
#define INGEST_NORMAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "ingest/person.h"

enum { NORMAL_MAX = 512 }; /* bytes; the rest of a longer one goes */

/* Returns the bytes written. `kind` is not PERSON_NONE. */
size_t normal_of(enum person_kind kind, struct text value, char out[NORMAL_MAX]);

/* The bytes of an '@' that begins `t`, as it may be written in a URL or in JSON as well; 0: none does. */
size_t normal_at_width(struct text t);

/* No address at all, one that people put in to try a form out or to give none ("none@", "noreply@"), or a number
 * no telephone has, given a normal spelling: hashed, it would make one person of all who left it. */
bool normal_is_nobody(enum person_kind kind, struct text normal);

#endif
