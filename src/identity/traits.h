/* SPDX-License-Identifier: Apache-2.0 */
/* traits: the e-mail address and the phone number among an event's traits, as the keyed hashes that
 * ingest/ has put in their place. */
#ifndef IDENTITY_TRAITS_H
#define IDENTITY_TRAITS_H

#include "base/text.h"

/* `traits` is a JSON object without spaces between its tokens, or anything else: then nothing may be
 * found. Only the object's own members "email" and "phone" count. Texts point into it; what is not found
 * is left as it is. */
void traits_read(struct text traits, struct text *email, struct text *phone);

#endif
