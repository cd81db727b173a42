/* SPDX-License-Identifier: Apache-2.0 */
/* contacts: the table of e-mail addresses that may be written to, in store.db. The one place where an
 * address stands readable; elsewhere it is a keyed hash.
 *
 * A row stands on a consent to e-mail: a statement, or the program's default, and holds which. It is no
 * fold of the journal, which has no address: it cannot be made again. Which rows come and go, and when,
 * is paths/contact_fold.h.
 *
 * Whose it is is not copied: a row has the hash by which identity/ knows the address, and two keyed
 * hashes (consent/who.h): of the address as an identifier, and of the identifier it was given under.
 * Every call that takes a `who` means the rows that have it as either.
 *
 * Threads    as its store. Changes belong into the writer's transaction. */
#ifndef CONSENT_CONTACTS_H
#define CONSENT_CONTACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "consent/consents.h"
#include "consent/who.h"
#include "store/store.h"

enum {
    CONTACT_HASH = 16,         /* bytes of what stands behind "email:" */
    CONTACT_ADDRESS_MAX = 254, /* bytes: more no mail server takes (RFC 5321, 4.5.3.1.3) */
    CONTACT_LOCALE_MAX = 35,   /* bytes: a language tag is shorter (RFC 5646, 4.4.1) */
};

struct contact {
    uint8_t hash[CONTACT_HASH];
    struct who who, owner; /* the address; what it was given under, the address when nothing else */
    struct text address;   /* as it was given, without space around it */
    struct text locale;    /* absent: not told */
    struct statement consent; /* not stated: it stands on the program's default */
    int64_t kept_ms;          /* when it was received what it stands on, by our clock */
};

/* Letters, digits, '-' and '_', at most CONTACT_LOCALE_MAX, and at least one. */
bool contact_locale_valid(struct text locale);

/* Statements on the table, prepared when they are first run. */
struct contacts;
struct contacts *contacts_new(struct store *store);
void contacts_close(struct contacts **c); /* for SCOPED; *c may be NULL */

/* Add both hashes of every row to `out`. */
MUST_USE enum status contacts_whos(struct contacts *c, struct who_set *out, struct error *err);

/* Add, or replace the row of the same address. */
MUST_USE enum status contacts_put(struct contacts *c, const struct contact *contact,
                                  struct error *err);

/* Rows of `who` that stand on less, or on an older statement, stand on `said` from here on. */
MUST_USE enum status contacts_confirm(struct contacts *c, struct who who,
                                      const struct statement *said, int64_t kept_ms,
                                      struct error *err);

/* Remove rows: of `who`, that stand on the default or on what was stated up to `until_ms`, to the
 * second; of `who`, that stand on the default; all that stand on the default. `*removed` (may be NULL)
 * is raised by how many. */
MUST_USE enum status contacts_refuse(struct contacts *c, struct who who, int64_t until_ms,
                                     uint64_t *removed, struct error *err);
MUST_USE enum status contacts_refuse_default(struct contacts *c, struct who who, struct error *err);
MUST_USE enum status contacts_refuse_defaults(struct contacts *c, struct error *err);

/* Remove rows that stand on the default or on an event, received before `before_ms`. Those under which
 * a consent was ever stated by itself stay, as that does. */
MUST_USE enum status contacts_retire(struct contacts *c, int64_t before_ms, struct error *err);
/* Whether there are such. */
MUST_USE enum status contacts_due(struct contacts *c, int64_t before_ms, bool *due,
                                  struct error *err);

/* Calls `each` for the rows of `who`, by hash. Texts live until it returns; it changes nothing. */
MUST_USE enum status contacts_each(struct contacts *c, struct who who,
                                   void (*each)(void *context, const struct contact *contact),
                                   void *context, struct error *err);

#endif
