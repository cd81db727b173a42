/* SPDX-License-Identifier: Apache-2.0 */
/* arena: memory that dies together, one arena per request and one per job.
 *
 * A zeroed struct arena is an empty arena. Pieces are never freed one by one. In sanitizer builds
 * (ARENA_EXACT) every piece is its own block, so that an overrun of one byte is seen.
 *
 * Threads    an arena belongs to one thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/text.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* in use, the one with room first */
    struct arena_block *spare;  /* kept by arena_reset */
    size_t used;                /* bytes handed out since the last reset */
};

/* Zeroed, aligned for any type, never NULL, also for size 0. */
void *arena_alloc(struct arena *a, size_t size);

/* The same but not zeroed: for what is large and written before it is read. */
void *arena_room(struct arena *a, size_t size);

/* Zeroed room for `count` things of `size` bytes; aborts when the product overflows. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* A zero-terminated formatted string. */
char *arena_printf(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3);

/* A copy of `t`, zero-terminated behind its end. Absent stays absent. */
struct text arena_text(struct arena *a, struct text t);

/* Empty the arena but keep its first blocks (up to 1 MiB) for the next job of the same thread. */
void arena_reset(struct arena *a);

/* Empty it and give everything back; it can be used again. */
void arena_free(struct arena *a);

#endif
