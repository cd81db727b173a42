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
#include "base/json.h"
#include "base/settings.h"
#include "decisions/decisions.h"
#include "indexes/generation.h"
#include "ingest/ingest.h"
#include "journal/writer.h"
#include "paths/state.h"
#include "store/admin_log.h"
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
    uint64_t renewals; /* how often another state took its place (paths/renew.h); as the state */
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

/* state_sessions_month of what serves. */
uint64_t shop_sessions_month(struct shop *shop);

/* Days that decisions are kept: as the program has it, else as the setting has it. */
uint32_t shop_decisions_days(struct shop *shop);

/* Publish generation N: opens and checks it, journals it with an entry in the administrative log,
 * swaps it in. ERR_NOT_FOUND, ERR_CORRUPT leave the serving one in place. */
MUST_USE enum status shop_use_generation(struct shop *shop, uint32_t number,
                                         const struct actor *actor, struct error *err);

enum { REASON_BYTES_MAX = 1000 };
#define PROGRAM_ANY_VERSION UINT32_MAX

/* A change of the program, journaled with an entry in the administrative log. */
struct program_change {
    struct text document;
    uint32_t rollback_to;      /* the version whose document it is; 0: `document` is */
    struct text author, via;   /* 1 to ADMIN_WHO_MAX bytes; as in struct actor, absent: "command" */
    struct text reason;        /* 1 to REASON_BYTES_MAX bytes */
    uint32_t expected_version; /* which must rule now; PROGRAM_ANY_VERSION: whichever does */
    int64_t now_ms;
};

struct program_applied {
    uint32_t version;           /* that rules now */
    bool changed;               /* false: it had this document already, and no version was made */
    uint32_t before_version;    /* that ruled before */
    struct text before, after;  /* the documents, in the caller's arena */
    struct admin_anchor anchor; /* of the log's entry; number 0: none was made */
};

/* Compile a document and make it the next version, unless it is what rules. ERR_INVALID with
 * `problems` (program_compile) for the document, without for author or reason; ERR_CONFLICT when
 * another version rules than expected; for a rollback ERR_NOT_FOUND when there is no such version,
 * and ERR_INVALID when it no longer compiles, both saying so. */
MUST_USE enum status shop_change_program(struct shop *shop, const struct program_change *change,
                                         struct arena *a, struct problems *problems,
                                         struct program_applied *out, struct error *err);

/* The same for who wants the version's number alone. */
MUST_USE enum status shop_apply_program(struct shop *shop, const struct program_change *change,
                                        struct arena *a, struct problems *problems,
                                        uint32_t *version, struct error *err);

/* An object: version, changed, before, diff, changes, and log: number and hash of the entry. */
void program_applied_json(const struct program_applied *applied, struct arena *a, struct json *j);

#endif
