/* SPDX-License-Identifier: Apache-2.0 */
/* generation: one immutable build of indexes, and the slot that swaps them.
 *
 * DIR/generations/N/ holds `manifest.json` (number, position, time, sizes, checksum of each file)
 * and the files of generation_file.def; the pointer to one that is not there is NULL. It is written
 * aside as N.tmp-PID and renamed; a file whose checksum differs is refused by name and the last good
 * generation goes on.
 *
 * Threads    readers pin the current one for a request; publishing swaps a pointer; the last pin
 *            frees it. */
#ifndef INDEXES_GENERATION_H
#define INDEXES_GENERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "indexes/content.h"
#include "indexes/encoder.h"
#include "indexes/pairs.h"
#include "indexes/sessions.h"
#include "indexes/transitions.h"
#include "indexes/vectors.h"
#include "journal/numbers.h"
#include "model/model.h"

enum { GATES_MAX = 64, GATE_NAME_SIZE = 72 };

/* How far up the ladder a surface may stand, by what train found. */
struct generation_gate {
    char surface[GATE_NAME_SIZE];
    char rung[GATE_NAME_SIZE]; /* its word */
};
struct generation_gates {
    struct generation_gate all[GATES_MAX];
    uint32_t count;
};

struct generation {
    uint32_t number;          /* from 1 */
    struct position position; /* what it was built from: everything up to here */
    int64_t built_ms;
    uint64_t session_count, click_count;
    uint64_t sessions_month;                 /* sessions within 30 days before the newest event */
    uint32_t support_viewed, support_bought; /* pairs below were left out */
    struct generation_gates gates;
#define GENERATION_FILE(field, name, type, required) const struct type *field;
#include "indexes/generation_file.def"
#undef GENERATION_FILE
};

/* The word of the rung that a surface may stand on; NULL: it was not judged. */
const char *generation_gate(const struct generation *g, struct text surface);

/* What a manifest says, for listing, without opening the indexes. */
struct generation_summary {
    uint32_t number;
    struct position position;
    int64_t built_ms;
    uint64_t session_count, click_count, sessions_month, bytes;
    uint32_t support_viewed, support_bought;
};

/* Write the manifest into the folder of finished files `temporary` and rename it to
 * DIR/generations/N, N being one above the highest there. Fills summary->number and bytes. `gates`
 * NULL: nothing was judged. */
MUST_USE enum status generation_publish_files(const char *data_dir, const char *temporary,
                                              struct generation_summary *summary,
                                              const struct generation_gates *gates,
                                              struct error *err);

/* Open and check all files. ERR_NOT_FOUND, ERR_CORRUPT naming the file. */
MUST_USE enum status generation_open(const struct generation **out, const char *data_dir,
                                     uint32_t number, struct error *err);

/* Only how far up the ladder surfaces may stand, and the trees (NULL: there are none), which the
 * caller closes. Fails as generation_open does. */
MUST_USE enum status generation_open_ranking(const char *data_dir, uint32_t number,
                                             struct generation_gates *gates, struct model **ranker,
                                             struct error *err);
void generation_close(const struct generation **g); /* for SCOPED; only when no slot holds it */

/* Those there are, by rising number, at most `max`. Of one whose manifest is damaged the number alone is
 * told: the rest is zero, so that it counts as old. */
MUST_USE enum status generation_list(const char *data_dir, struct generation_summary *out,
                                     size_t max, size_t *count, struct error *err);

/* Remove the oldest until `keep` are left; never the number `serving`. */
MUST_USE enum status generation_prune(const char *data_dir, uint32_t keep, uint32_t serving,
                                      struct error *err);

/* Remove one; whoever has it open goes on. One that is not there is fine. */
MUST_USE enum status generation_remove(const char *data_dir, uint32_t number, struct error *err);

struct generation_slot;
struct generation_slot *generation_slot_new(void);
void generation_slot_free(struct generation_slot *slot); /* all pins are gone; NULL is fine */
/* Takes ownership; NULL empties the slot. The former is freed when its last pin goes. */
void generation_slot_publish(struct generation_slot *slot, const struct generation *fresh);
/* NULL before the first publish. */
const struct generation *generation_pin(struct generation_slot *slot);
void generation_unpin(struct generation_slot *slot, const struct generation *g); /* NULL is fine */

#endif
