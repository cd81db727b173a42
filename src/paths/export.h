/* SPDX-License-Identifier: Apache-2.0 */
/* export: everything held on a person, as one JSON document.
 *
 *   identifiers  what they are called                       paths/person.h
 *   profile      what they did lately, as answers use it    profile/
 *   events       as they could be sent again                journal/
 *   consents     statements not made by an event            consent/
 *   contacts     addresses that may be written to           consent/
 *   preferences  what they asked of us                      consent/
 *   decisions    what they asked and were shown             decisions/
 *   refused      kept items that name them                  ingest/
 *
 * Other e-mail addresses, and phone numbers, are not held, only keyed hashes of them.
 *
 * Threads    the caller's alone; beside everything else. */
#ifndef PATHS_EXPORT_H
#define PATHS_EXPORT_H

#include "base/attributes.h"
#include "base/error.h"
#include "paths/person.h"
#include "paths/shop.h"

/* Add the document to `out`. Of somebody unknown it is one of empty lists. ERR_INVALID for what is no
 * identifier. */
MUST_USE enum status export_shopper(struct shop *shop, struct text id, enum naming naming,
                                    int64_t now_ms, struct buffer *out, struct error *err);

#endif
