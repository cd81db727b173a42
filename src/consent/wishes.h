/* SPDX-License-Identifier: Apache-2.0 */
/* wishes: the bytes of one shopper's preferences, without whose they are. Private to consent/. */
#ifndef CONSENT_WISHES_H
#define CONSENT_WISHES_H

#include "consent/preferences.h"

/* Nothing is written for preferences_none. */
void wishes_encode(const struct preferences *p, struct buffer *out);

/* Texts point into `body`. False, with `*out` untouched, when the bytes are none. */
bool wishes_decode(struct text body, struct preferences *out);

#endif
