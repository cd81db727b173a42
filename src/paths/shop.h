/* SPDX-License-Identifier: Apache-2.0 */
/* shop: one open data directory: its state, its writer, its generation, its secrets. What main.c
 * wires together for a server, and a command for the time it runs.
 *
 * Threads    `state` is read under shop_read_lock and folded by the writer's thread under the write
 *            lock, in short turns; everything else is safe by its own contract. */
#ifndef PATHS_SHOP_H
#define PATHS_SHOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/settings.h"
#include "decisions/decisions.h"
#include "indexes/generation.h"
#include "ingest/ingest.h"
#include "journal/writer.h"
#include "paths/state.h"
#include "store/store.h"

enum shop_mode {
    SHOP_READ,  /* no lock, no writer, no duplicates: look only */
    SHOP_DRY,   /* the same with the duplicates, for judging an import without writing it */
    SHOP_WRITE, /* the one writer: server, or a command while no server runs */
};

/* Secrets made once by `endcap init`, kept in store.db's meta. */
struct shop_keys {
    uint8_t person_key[32];   /* hashes of e-mail and phone */
    uint8_t token_key[32];    /* user tokens */
    uint8_t id_key[16];       /* event id hashes */
    uint8_t decision_key[16]; /* request ids */
};

struct shop {
    char data_dir[4096];
    enum shop_mode mode;
    struct settings settings;
    struct shop_keys keys;
    struct store_lock *lock; /* SHOP_WRITE */
    struct store *store;     /* a connection for reading, guarded by store_mutex */
    pthread_mutex_t store_mutex;
    struct writer *writer;        /* SHOP_WRITE */
    struct recorder *recorder;    /* SHOP_WRITE: what the open transaction holds (paths/record.c) */
    pthread_mutex_t change_mutex; /* one program or generation change at a time */
    pthread_mutex_t erase_mutex;  /* one erasure at a time */
    struct position checkpoint;   /* what the state was loaded from or last saved as, about */
    struct decisions *decisions;  /* SHOP_WRITE */
    struct state *state;
    pthread_rwlock_t state_lock;
    struct generation_slot *generations;
};

/* Make DIR, store.db and the shop's secrets; an existing shop is left alone (`*made` false). */
MUST_USE enum status shop_init(const char *data_dir, bool *made, struct error *err);

/* The secrets of the shop in DIR, for what works beside an open shop. */
MUST_USE enum status shop_keys_load(const char *data_dir, struct shop_keys *out, struct error *err);

/* Microseconds a write of one page takes to be on disk here: the middle of nine. */
MUST_USE enum status shop_sync_us(const char *data_dir, uint64_t *us, struct error *err);

/* Open: settings (NULL: settings_load), lock (SHOP_WRITE), state from checkpoint and journal,
 * generation, writer. A damaged generation is passed over for the last good one, and `warn` (may be
 * NULL) says so. */
MUST_USE enum status shop_open(struct shop **out, const char *data_dir, enum shop_mode mode,
                               const struct settings *settings, void (*warn)(const char *message),
                               struct error *err);
/* Flush decisions, stop the writer, save a checkpoint when enough came since the last. */
void shop_close(struct shop **shop); /* for SCOPED */

void shop_read_lock(struct shop *shop);
void shop_read_unlock(struct shop *shop);

/* What judging events depends on now, for a request under a secret or a public key. */
struct ingest_context shop_ingest_context(struct shop *shop, int64_t received_ms, bool secret);

/* Append one record of the given kind, not an event, and wait until it is durable and folded. */
MUST_USE enum status shop_append(struct shop *shop, enum record_kind kind, int64_t time_ms,
                                 struct text body, struct position *out, struct error *err);

/* A tick, when something came since the last one that it brings to light. */
MUST_USE enum status shop_tick(struct shop *shop, int64_t now_ms, struct error *err);

/* The generation that answers come from; 0: none. A damaged one does not, whatever the journal says. */
uint32_t shop_generation(struct shop *shop);

/* Publish generation N: opens and checks it, journals it, swaps it in. ERR_NOT_FOUND, ERR_CORRUPT
 * leave the serving one in place. */
MUST_USE enum status shop_use_generation(struct shop *shop, uint32_t number, int64_t now_ms,
                                         struct error *err);

/* Compile and apply a document as the next version. `expected_version` UINT32_MAX: whatever is
 * there; else ERR_CONFLICT when another is applied. Problems as in program_compile. */
struct program_change {
    struct text document, author, reason;
    uint32_t expected_version;
    int64_t now_ms;
};
MUST_USE enum status shop_apply_program(struct shop *shop, const struct program_change *change,
                                        struct arena *a, struct problems *problems,
                                        uint32_t *version, struct error *err);

#endif
