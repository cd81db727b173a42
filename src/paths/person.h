/* SPDX-License-Identifier: Apache-2.0 */
/* person: which identifiers are one shopper, as identity/ says, and what of the journal is theirs. For who asks for
 * what is held on them, or to be erased.
 *
 * Threads    the caller's alone; reads through connections of its own, and locks the state for reading. */
#ifndef PATHS_PERSON_H
#define PATHS_PERSON_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "consent/who.h"
#include "identity/identity.h"
#include "journal/event.h"
#include "journal/record.h"
#include "paths/shop.h"

/* What an id that was given names. */
enum naming { NAMING_EITHER, NAMING_ANONYMOUS, NAMING_USER };

/* "anonymous_id", "user_id", "" for either; false for another word. */
bool naming_find(struct text word, enum naming *out);

struct person {
    uint8_t key[16];        /* of the hashes */
    struct who_set whos;    /* customers, e-mail addresses and phone numbers are WHO_USER */
    struct who_set lent;    /* browsers that others log in to as well */
    struct who_set held;    /* shared browsers where they were the last to log in, */
    struct buffer held_ids; /* and their ids, one a line */
    bool nobodys;           /* what was done on those while nobody was logged in counts as theirs */
};
void person_free(struct person *p); /* for SCOPED */

/* Everybody `id` names, in `out`, which is empty: all that the identity graph says is one person with it,
 * without a limit; of browsers those that no other customer logs in to, with the addresses left there. A browser that several log in to is
 * nobody else than itself. Two customers are one person only when somebody said so by hand. E-mail
 * addresses and phone numbers are looked for as their hashes. ERR_INVALID for what names nobody. */
MUST_USE enum status person_find(struct shop *shop, struct text id, enum naming naming,
                                 struct person *out, struct error *err);

/* Calls `each` for the addresses and numbers that a guest left on a browser of a customer's, where no other
 * customer logs in, and that are no customer's: they are the customer's too. Under the state's lock. */
void guests_each(const struct identity *g, const struct identity_person *of,
                 identifier_number visitor,
                 void (*each)(void *context, const struct identity *g, identifier_number n),
                 void *context);

/* Those of `p->whos` that are in the graph, and `p->lent` from their links. Reads the whole graph, and lets
 * the writer in between. Their numbers hold until the state is renewed. */
struct identifiers {
    identifier_number *all;
    size_t count, room;
    uint64_t renewals; /* the shop's, when these were their numbers */
};
void identifiers_free(struct identifiers *i); /* for SCOPED */
void person_identifiers(struct shop *shop, struct person *p, struct identifiers *out);

/* Lock the state for reading, with `i` holding their numbers in it: looked for anew when it was renewed
 * since person_identifiers. Ends with shop_read_unlock. */
void person_identifiers_lock(struct shop *shop, struct person *p, struct identifiers *i);

/* Who a record speaks of, as one of their events would; false for kinds that speak of nobody. An order
 * about identifiers names neither a browser nor a customer here. */
bool record_head(const struct record *r, struct event_head *out);

/* Whether something is theirs: by its customer; without one, by its browser. */
bool person_owns(const struct person *p, struct text anonymous_id, struct text user_id);

/* Whether a record of which record_head says `head` is theirs, as above; an order about identifiers, when it
 * names one of theirs; what was done on a browser of `lent` without a customer, when it was theirs then. */
bool person_owns_record(struct shop *shop, const struct person *p, const struct record *r,
                        const struct event_head *head);

/* Whether a refused item, which may be JSON, CSV or neither, bears one of their identifiers as a
 * whole text of it, or anywhere the hash of an address or a number of theirs. */
bool person_named(const struct person *p, struct text bytes);

/* Calls `each` for the records behind `*from`, in order, up to the journal's present end, whose
 * place `*from` receives; stops when it says false. */
MUST_USE enum status records_each(const struct shop *shop, struct position *from,
                                  bool (*each)(void *context, const struct record *r),
                                  void *context, struct error *err);

#endif
