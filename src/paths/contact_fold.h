/* SPDX-License-Identifier: Apache-2.0 */
/* contact_fold: the table of contacts (consent/contacts.h) follows the journal, inside the transaction
 * of each record. Private to paths/.
 *
 *   an address   comes with an event under a secret key or by import, or by shop_contact_put. It gets a
 *                row when the newest word of its person on e-mail is yes, or nobody said a word and the
 *                program's default is yes. Who was erased needs a statement since.
 *   yes          rows of the person stand on the newer statement from here on.
 *   no           an event, a statement by itself, or to unsubscribe: every row of the person goes that
 *                stands on an older word. So it does when a link makes somebody who said no a part of
 *                the person, whichever of the two came first. Of one second the no counts.
 *   Sec-GPC      of an event that says nothing of e-mail: rows that stand on the default go.
 *   a browser    that another customer logs in to: rows of the first one that stand on what was said
 *                there go, unless another word of theirs carries them.
 *   program      one whose default is no: all rows that stand on the default go.
 *   split        what was one person is not sure to have one mind: a row stays when the address or whom
 *                it was given under said yes themselves, or when it stands on the default.
 *   erasure      rows of all who are erased go.
 *
 * Who is the person is circle's (paths/contact_circle.h): when it is not sure, no counts, and yes does not.
 * A row that went does not come back by itself when they say yes again: the address has to come again.
 *
 * Threads    the writer's thread. */
#ifndef PATHS_CONTACT_FOLD_H
#define PATHS_CONTACT_FOLD_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "identity/identity.h"
#include "paths/shop.h"

enum { CONTACTS_OF_PERSON_MAX = IDENTITY_EMAILS_MAX };

/* An address that came with the event of that position. Its bytes live until the write is done. */
struct contact_offer {
    struct position position;
    struct text address;
};

enum contact_outcome { CONTACT_NO_CONSENT, CONTACT_TOO_MANY, CONTACT_KEPT };

/* An address the shop's server gives by itself; identifiers as the journal has them. It is looked at
 * behind the transaction's records. */
struct contact_request {
    struct text anonymous_id, user_id; /* one of them */
    struct text address, hash;         /* as given; "email:" and its hash */
    struct text locale;
    int64_t now_ms;
    enum contact_outcome outcome; /* written by contacts_follow */
    struct contact_request *next; /* the recorder's */
};

/* Fill the recorder's list of those with rows, so that for everybody else the table is not asked. Once,
 * before the writer starts; the list only grows. */
MUST_USE enum status contacts_list(struct shop *shop, struct error *err);

/* Before a commit: a writer's before_commit, whose context is the shop. */
MUST_USE enum status contacts_follow(void *shop, struct store *store, const struct record *records,
                                     size_t count, struct error *err);

#endif
