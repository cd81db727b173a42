/* SPDX-License-Identifier: Apache-2.0 */
/* state: everything that is folded from the journal, in one place, and the order of folding.
 *
 * fold_event and fold_prepared in state.c are the list: one line per fold. Adding a fold is one line
 * there, one in state_save and one in sections_load (state_checkpoint.c). The same records give the same state, in any process: the server's, train's, a replay's.
 *
 * Threads    one folder, or any number of readers: the shop's lock sees to it. */
#ifndef PATHS_STATE_H
#define PATHS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/intern.h"
#include "catalog/catalog.h"
#include "consent/consents.h"
#include "consent/erasures.h"
#include "consent/preferences.h"
#include "identity/identity.h"
#include "indexes/cohorts.h"
#include "indexes/popularity.h"
#include "ingest/duplicates.h"
#include "ingest/robots.h"
#include "journal/ahead.h"
#include "journal/record.h"
#include "profile/profile.h"
#include "program/program.h"
#include "rules/groups.h"
#include "rules/marks.h"
#include "store/store.h"

enum { UNKNOWN_TYPES_MAX = 100 }; /* names of event types that are not in event.def */

struct state {
    struct catalog *catalog;
    struct identity *identity;            /* NULL: a catalog's state */
    struct robots *robots;                /* NULL: a catalog's state; nobody is taken for one */
    struct profiles *profiles;            /* NULL: a catalog's state */
    struct popularity *popularity;        /* NULL: a catalog's state */
    struct cohorts *cohorts;              /* NULL: a catalog's state */
    struct preference_table *preferences; /* NULL: a catalog's state */
    struct groups *groups;                /* what its rules take for the same */
    struct marks *marks;                  /* of the program's product filters */
    /* Both again, of a program that is about to be folded; NULL: found out when it is. */
    struct groups *groups_ahead;
    struct marks *marks_ahead;
    struct duplicates *duplicates; /* NULL: not wanted (replay, train) */
    struct erasures *erasures;     /* NULL: a catalog's state */
    struct consents *consents;     /* NULL: a catalog's state */
    bool ids_known;                /* a shop's writer has put ids in before it folds */
    const struct program *program; /* never NULL */
    struct intern unknown_types;   /* at most UNKNOWN_TYPES_MAX */
    uint32_t generation;           /* the one that serves as of here; 0 none */
    struct position position;      /* everything up to here is folded */
    struct position tick;          /* the last tick */
    struct position checkpoint;    /* the checkpoint it was loaded from; 0 none */
    int64_t time_ms;               /* time of the last record */
    uint64_t events;               /* events folded */
    uint64_t since_tick;           /* records since then that the next tick brings to light */
    uint64_t erasure_steps;        /* taken in the store before it was loaded: see state_save */
    uint8_t id_key[16];            /* for duplicates, and for who is whom without a name */
    uint64_t duplicate_ids_max;

    /* The state's own. */
    struct program *compiled;     /* what `program` points to, unless it is the built-in */
    struct buffer program_record; /* the body it was compiled from; empty: the built-in */
    int64_t program_ms;
    struct arena scratch; /* of the records being folded */
};

struct state *state_new(const uint8_t id_key[16],
                        uint64_t duplicate_ids_max); /* 0: no duplicates */
/* What the ladder of rungs is climbed by: sessions of 30 days, as popularity counts them or as the generation
 * (may be NULL) was learned from, whichever are more. The caller holds the shop's read lock. */
uint64_t state_sessions_month(const struct state *s, const struct generation *generation);
/* Products, program and positions alone: what `train` needs. */
struct state *state_new_catalog(void);
void state_free(struct state *s);  /* NULL is fine */
void state_drop(struct state **s); /* for SCOPED */

void state_fold(struct state *s, const struct record *r);

/* The same for many, several times as fast, in two halves. What depends on a record alone any thread
 * may do beside the folding: a prepare_record whose context is the state, of which it reads what is
 * set up before folding begins. The fold then fetches the memory that the next ones will touch.
 * What was prepared is used up by one fold. */
void *state_prepare(const void *state, const struct record *r, struct arena *a);
void state_fold_prepared(struct state *s, const struct prepared_record *records, size_t count);

/* Body of RECORD_GENERATION: the number. */
void generation_record_encode(uint32_t number, struct buffer *out);
uint32_t generation_record_decode(struct text body); /* 0: the bytes are none */

/* Make s->program what s->program_record says: for state_load. False when it does not compile; the
 * program is then as before. */
MUST_USE bool state_take_program(struct state *s);

/* From the newest checkpoint at or before `until`, then the journal's tail up to `until`. Pass a
 * position of UINT64_MAX for "to the end". `progress` may be NULL. A checkpoint that does not load
 * is passed over for an older one, in the end for the journal alone. */
MUST_USE enum status state_load(struct state *s, const char *data_dir, struct position until,
                                void (*progress)(void *context, uint64_t done, uint64_t total),
                                void *context, struct error *err);

/* Go on from s->position to where the journal ends now. */
MUST_USE enum status state_follow(struct state *s, const char *data_dir, struct error *err);

/* Whether steps of erasing were taken since the state was loaded: it may count what is erased. */
MUST_USE enum status state_outdated(const struct state *s, const char *data_dir, bool *out,
                                    struct error *err);

/* Write a checkpoint as of s->position, keeping the newest `keep`. The state must have its
 * duplicates: a checkpoint without them would let ids count twice. ERR_CONFLICT, and no checkpoint,
 * when somebody was erased since the state was loaded: it may hold what is left of them. */
MUST_USE enum status state_save(const struct state *s, const char *data_dir, uint32_t keep,
                                struct error *err);

/* Erasing takes steps in the store, which count up. Inside the writer's transaction: one more. */
MUST_USE enum status erasure_step(struct store *store, struct error *err);

#endif
