/* SPDX-License-Identifier: Apache-2.0 */
/* intern: texts to small dense numbers and back (item ids, categories, brands, sources).
 *
 * Numbers are given from 0 in order of first adding and never change. Everything is three flat
 * arrays, so that a checkpoint saves and loads it whole.
 *
 * Threads    one changer, or any number of readers, never both. */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define INTERN_NONE UINT32_MAX

struct intern {
    char *bytes; /* all texts, one behind the other */
    size_t bytes_size, bytes_room;
    uint64_t *starts; /* count + 1 offsets into bytes */
    size_t starts_room;
    uint64_t *slots;   /* open addressing: high half of the hash, low half number + 1; 0 empty */
    size_t slot_count; /* a power of two */
    uint32_t count;
};

/* A zeroed struct is empty. */
void intern_free(struct intern *i);

/* The number of `t`, or INTERN_NONE. An absent text has no number. */
uint32_t intern_find(const struct intern *i, struct text t);

/* The number of `t`, giving it the next one if it is new. At most UINT32_MAX - 1 texts.
 * An absent text is not added: INTERN_NONE. */
uint32_t intern_add(struct intern *i, struct text t);

/* The same with the text's hash at hand. */
uint64_t intern_hash(struct text t);
uint32_t intern_find_hashed(const struct intern *i, struct text t, uint64_t hash);

/* Bring into the cache what finding a text by its hash will touch, in three steps that each need
 * what the one before brought: its slot; from there the number it will most likely have (returned,
 * INTERN_NONE when it is new) and where that text begins; its bytes. */
void intern_fetch_slot(const struct intern *i, uint64_t hash);
uint32_t intern_fetch_number(const struct intern *i, uint64_t hash);
void intern_fetch_text(const struct intern *i, uint64_t hash);

/* The text of a number below count; valid until the next intern_add. */
struct text intern_text(const struct intern *i, uint32_t number);

/* Forget the texts of numbers, which rise and stay given, and are found by no text. The bytes move up over
 * them, once for all; in the place of each stands one that is in no text of UTF-8. */
void intern_forget(struct intern *i, const uint32_t *numbers, size_t count);
/* Give the next number to a text that was forgotten already. */
uint32_t intern_skip(struct intern *i);
bool intern_forgotten(const struct intern *i, uint32_t number);

/* Rebuild the slots from `bytes` and `starts` (after loading those from a checkpoint). */
void intern_reindex(struct intern *i);

#endif
