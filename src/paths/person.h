/* SPDX-License-Identifier: Apache-2.0 */
/* person: which identifiers are one shopper, and what of the journal is theirs. For who asks for
 * what is held on them, or to be erased.
 *
 * Threads    the caller's alone; reads through connections of its own. */
#ifndef PATHS_PERSON_H
#define PATHS_PERSON_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "consent/who.h"
#include "journal/event.h"
#include "journal/record.h"
#include "paths/shop.h"

/* What an id that was given names. */
enum naming { NAMING_EITHER, NAMING_ANONYMOUS, NAMING_USER };

/* "anonymous_id", "user_id", "" for either; false for another word. */
bool naming_find(struct text word, enum naming *out);

struct person {
    uint8_t key[16]; /* of the hashes */
    struct who_set whos;
};
void person_free(struct person *p); /* for SCOPED */

/* Everybody `id` names, in `out`, which is empty. Of a customer also the browsers that were theirs
 * alone, as events tell that bear both identifiers; of a browser its customer, when only one ever
 * used it, with their other browsers. Two customers never become one person. E-mail addresses and
 * phone numbers are looked for as their hashes. */
MUST_USE enum status person_find(struct shop *shop, struct text id, enum naming naming,
                                 struct person *out, struct error *err);

/* Who a record speaks of; false for kinds that speak of nobody. */
bool record_head(const struct record *r, struct event_head *out);

/* Whether something is theirs: by its customer; without one, by its browser. */
bool person_owns(const struct person *p, struct text anonymous_id, struct text user_id);

/* Whether a refused item, which may be JSON, CSV or neither, bears one of their identifiers as a
 * whole text of it. */
bool person_named(const struct person *p, struct text bytes);

/* Calls `each` for the records behind `*from`, in order, up to the journal's present end, whose
 * place `*from` receives; stops when it says false. */
MUST_USE enum status records_each(const struct shop *shop, struct position *from,
                                  bool (*each)(void *context, const struct record *r),
                                  void *context, struct error *err);

#endif
