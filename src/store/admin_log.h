/* SPDX-License-Identifier: Apache-2.0 */
/* admin_log: who did what to the shop's ruling: an append-only log of administrative actions, each
 * entry chained to the one before by a hash (BLAKE2b-256 of that hash and all the entry says).
 *
 * What the chain finds: a changed byte of any entry, an entry taken out or put in between. What it
 * cannot find alone: that its newest entries were taken off, or that somebody who may write the file
 * made the whole chain anew; for the hash has no secret that such a person would lack. Both are
 * found by an anchor: the number and hash of an entry, noted anywhere else.
 *
 * An entry names its subject (a journal record's number, a key's) and a digest of it, so that
 * changing the subject is found too.
 *
 * Owns       the table `admin` of store.db; triggers refuse to change or delete its rows.
 * Threads    as the store.
 * Durability as the transaction they run in: the one of the action itself. */
#ifndef STORE_ADMIN_LOG_H
#define STORE_ADMIN_LOG_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "store/digest.h"
#include "store/store.h"

enum { ADMIN_WHO_MAX = 200, ADMIN_DETAILS_MAX = 2000 };

/* Who acts, by which way they came, and when. */
struct actor {
    struct text who; /* as they say: an address, a name */
    struct text via; /* "command", "socket", "key 2", "endcap" for what it does by itself */
    int64_t now_ms;
};

struct admin_action {
    const char *action; /* "program.apply"; constant text */
    int64_t subject;    /* what was acted upon: a number of its own kind; 0: nothing in the store */
    const uint8_t *digest; /* DIGEST_SIZE bytes of the subject; NULL: none */
    struct text details;   /* for people; cut at ADMIN_DETAILS_MAX */
};

/* An entry's place and hash, to note elsewhere. */
struct admin_anchor {
    int64_t number; /* 0: there is no entry */
    uint8_t hash[DIGEST_SIZE];
};

/* ERR_INVALID when `who` is empty, no UTF-8 or over ADMIN_WHO_MAX bytes. `anchor` may be NULL. */
MUST_USE enum status admin_log_append(struct store *store, const struct actor *actor,
                                      const struct admin_action *action,
                                      struct admin_anchor *anchor, struct error *err);

struct admin_entry {
    int64_t number, time_ms;
    struct text who, via, action; /* valid during the call */
    int64_t subject;
    struct text digest, details, hash; /* likewise; digest absent: none */
    bool sound; /* it follows the entry before and its hash fits what both say */
};
/* Calls `each` for every entry, oldest first. */
MUST_USE enum status admin_log_each(struct store *store,
                                    void (*each)(void *context, const struct admin_entry *entry),
                                    void *context, struct error *err);

#endif
