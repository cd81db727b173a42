/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint: derived state as of a position, so that starting is loading, not replaying.
 *
 * A file DIR/checkpoints/POSITION.ckpt of named sections, written aside and renamed, with a
 * checksum for each. Each fold writes its flat arrays as sections and reads them back; state that
 * does not fit its version is refused and rebuilt from the journal.
 *
 * Threads    one file belongs to one thread. */
#ifndef JOURNAL_CHECKPOINT_H
#define JOURNAL_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "journal/numbers.h"

struct checkpoint_writer;

MUST_USE enum status checkpoint_begin(struct checkpoint_writer **out, const char *data_dir,
                                      struct position at, struct error *err);
/* Names are at most 31 bytes, each used once. Bytes are copied out at once. */
void checkpoint_add(struct checkpoint_writer *w, const char *name, const void *bytes, size_t size);
/* Publish it, then remove all but the newest `keep`. Closes the writer either way. */
MUST_USE enum status checkpoint_commit(struct checkpoint_writer **w, uint32_t keep,
                                       struct error *err);
void checkpoint_abandon(struct checkpoint_writer **w); /* for SCOPED */

/* Remove every one there is; the next is made from the journal alone. */
MUST_USE enum status checkpoints_remove(const char *data_dir, struct error *err);

struct checkpoint;

/* The newest readable one at or before `until` (all checksums hold); damaged ones are passed over.
 * ERR_NOT_FOUND when there is none. */
MUST_USE enum status checkpoint_open(struct checkpoint **out, const char *data_dir,
                                     struct position until, struct error *err);
void checkpoint_close(struct checkpoint **c); /* for SCOPED */
struct position checkpoint_position(const struct checkpoint *c);

/* The bytes of a section (mapped, 64-byte aligned, valid until close), or NULL with size 0. */
const void *checkpoint_section(const struct checkpoint *c, const char *name, size_t *size);

/* A copy on the heap of a section of `count` things of `size` bytes; ERR_CORRUPT when its length
 * does not divide. An absent or empty section gives NULL and 0. */
MUST_USE enum status checkpoint_load(const struct checkpoint *c, const char *name, size_t size,
                                     void **out, size_t *count, struct error *err);

#endif
