/* SPDX-License-Identifier: Apache-2.0 */
/* keys: what callers show to be let in: public keys (pk_), which stand in a shop's pages, and
 * secret keys (sk_), which its servers keep.
 *
 * A key is its prefix and 32 random characters of 62 (190 bits), from libsodium. Only a BLAKE2b
 * hash is kept, with the last four characters as a hint; keys have too much chance in them to be
 * guessed, so that a slow hash would gain nothing. A key is shown once, when it is made. Making and
 * revoking one are entries of the administrative log ("key.add", "key.revoke"; store/admin_log.h).
 *
 * Owns       the table `key` of store.db.
 * Threads    functions on a store: as the store. A key_ring: any number of threads.
 * Durability as the transaction they run in. */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "store/admin_log.h"
#include "store/store.h"

enum { KEY_SIZE = 36, KEYS_MAX = 1000, KEY_NAME_MAX = 64 }; /* KEY_SIZE: "pk_", 32, and the zero */

enum key_kind { KEY_NONE, KEY_PUBLIC, KEY_SECRET };
const char *key_kind_word(enum key_kind kind); /* "public", "secret"; "none" */
enum key_kind key_kind_find(struct text word);

/* By its prefix alone: what a text claims to be. */
enum key_kind key_kind_claimed(struct text key);

/* Make a key and keep its hash; the key itself goes to `key`. ERR_INVALID for a name that is empty,
 * not UTF-8 or over KEY_NAME_MAX bytes, or for nobody who does it; ERR_LIMIT past KEYS_MAX kept keys.
 * Row and entry are one change only inside a transaction of the caller's. */
MUST_USE enum status keys_add(struct store *store, enum key_kind kind, struct text name,
                              const struct actor *actor, char key[KEY_SIZE], struct error *err);

/* From now on the key is refused. ERR_NOT_FOUND for an unknown number; revoking again is OK and
 * changes nothing. A transaction as for keys_add. */
MUST_USE enum status keys_revoke(struct store *store, int64_t number, const struct actor *actor,
                                 struct error *err);

/* A digest of what a key's row says, but whether it is revoked. ERR_NOT_FOUND for an unknown number.
 */
MUST_USE enum status keys_digest(struct store *store, int64_t number, uint8_t digest[DIGEST_SIZE],
                                 struct error *err);

struct key_row {
    int64_t number;
    enum key_kind kind;
    struct text name, hint; /* valid during the call */
    int64_t created_ms;
    int64_t revoked_ms; /* 0: it is good */
};
/* Calls `each` for every key, revoked ones too, oldest first. */
MUST_USE enum status keys_each(struct store *store,
                               void (*each)(void *context, const struct key_row *row),
                               void *context, struct error *err);

/* The good keys in memory, for asking at every request. */
struct key_ring;
struct key_ring *key_ring_new(void);       /* empty: lets nobody in */
void key_ring_free(struct key_ring *ring); /* NULL is fine */

/* Take what the store holds now. On failure the ring is as it was. */
MUST_USE enum status key_ring_load(struct key_ring *ring, struct store *store, struct error *err);

/* What `key` is good for, and its number; KEY_NONE when it is none of ours, which leaves `*number`
 * alone. Looks at every key whatever it finds, and compares in constant time. `number` may be NULL. */
enum key_kind key_ring_check(struct key_ring *ring, struct text key, int64_t *number);

#endif
