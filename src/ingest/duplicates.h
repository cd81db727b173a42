/* SPDX-License-Identifier: Apache-2.0 */
/* duplicates: which event ids were stored already, for 30 days and more.
 *
 * A fold of the journal: an in-memory set of 16 bytes an id (80 bits of a keyed hash of the id, 48
 * of the event's fingerprint), rebuilt from checkpoint and journal at start. Ids older than 30 days
 * are forgotten only when more than `ids_max` are held.
 *
 * Threads    the writer's thread alone (and whoever loads it before there is one). */
#ifndef INGEST_DUPLICATES_H
#define INGEST_DUPLICATES_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/fetch.h"
#include "journal/checkpoint.h"
#include "journal/record.h"

struct duplicates;

struct duplicates *duplicates_new(uint64_t ids_max);
void duplicates_free(struct duplicates *d); /* NULL is fine */

/* The keyed 128-bit hash (SipHash-2-4-128, libsodium) all calls below expect. */
void duplicates_hash(struct text id, const uint8_t key[16], uint64_t out[2]);

enum duplicate { ID_NEW, ID_SAME, ID_CONFLICT };

/* Known with the same fingerprint, known with another, or new. Sees pending ids as well. */
enum duplicate duplicates_find(const struct duplicates *d, const uint64_t id_hash[2],
                               uint64_t fingerprint);

/* Bring what duplicates_find and duplicates_fold will look at into the cache, in steps to be made
 * some ids apart: FETCH_NEXT needs what FETCH_FIRST brought. */
void duplicates_fetch(const struct duplicates *d, const uint64_t id_hash[2], enum fetch step);

/* Remember for the open transaction only; then exactly one of the two. */
void duplicates_pend(struct duplicates *d, const uint64_t id_hash[2], uint64_t fingerprint,
                     int64_t received_ms);
void duplicates_commit(struct duplicates *d);
void duplicates_rollback(struct duplicates *d);

/* Replaying: an event record's id. One that is known already changes nothing. */
void duplicates_fold(struct duplicates *d, const uint64_t id_hash[2], uint64_t fingerprint,
                     int64_t received_ms);

void duplicates_save(const struct duplicates *d, struct checkpoint_writer *w);
MUST_USE enum status duplicates_load(struct duplicates *d, const struct checkpoint *c,
                                     struct error *err);
uint64_t duplicates_count(const struct duplicates *d);

#endif
