/* SPDX-License-Identifier: Apache-2.0 */
/* erasures: who was erased, as keyed hashes, so that events that come late do not bring them back.
 * A fold of the journal's RECORD_ERASURE.
 *
 * Someone who was erased is a stranger who may not be recorded, until they consent anew: then what
 * happened from that moment on may be.
 *
 * Threads    one folder, or any number of readers (the shop's state lock sees to it). */
#ifndef CONSENT_ERASURES_H
#define CONSENT_ERASURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "consent/who.h"
#include "journal/checkpoint.h"

/* The body of a RECORD_ERASURE: all identifiers of one person. */
void erasure_encode(const struct who *whos, size_t count, int64_t erased_ms, struct buffer *out);

/* At most `max` of them; returns how many there are in all. */
size_t erasure_decode(struct text body, struct who *out, size_t max, int64_t *erased_ms);

struct erasures;

struct erasures *erasures_new(void);
void erasures_free(struct erasures *e); /* NULL is fine */

void erasures_fold(struct erasures *e, struct text body);

/* They consented at `time_ms`; later than the erasure it lifts it. */
void erasures_lift(struct erasures *e, struct who who, int64_t time_ms);

/* Whether what `who` did at `time_ms` may not be recorded. */
bool erasures_forbid(const struct erasures *e, struct who who, int64_t time_ms);

/* When they were erased; 0: they were not. */
int64_t erasures_time(const struct erasures *e, struct who who);

size_t erasures_count(const struct erasures *e);

/* The latest erasure at or before `until_ms`; 0: none. */
int64_t erasures_latest(const struct erasures *e, int64_t until_ms);

void erasures_save(const struct erasures *e, struct checkpoint_writer *w);
/* Into new ones. ERR_CORRUPT when the section does not fit this program. */
MUST_USE enum status erasures_load(struct erasures *e, const struct checkpoint *c,
                                   struct error *err);

#endif
