/* SPDX-License-Identifier: Apache-2.0 */
/* memory: the heap, for what lives as long as the process, a generation or a job.
 *
 * Every input is bounded, so running out means the machine is broken: these functions abort and the
 * journal brings everything back. Nothing outside base/ calls malloc.
 *
 * What lives as long as one request comes from an arena (base/arena.h). */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* Zeroed memory for `count` things of `size` bytes, aligned for any type. Never NULL. */
void *mem_new(size_t count, size_t size);

/* Resize to `count` things; added bytes are NOT zeroed. `old` may be NULL. Never NULL. */
void *mem_resize(void *old, size_t count, size_t size);

/* Make room for at least `need` things: returns `old`, or a block of at least 1.5 times the room,
 * and updates `*room`. Added things are zeroed. */
void *mem_grow(void *old, size_t *room, size_t need, size_t size);

/* A copy of `size` bytes. */
void *mem_copy(const void *bytes, size_t size);

/* NULL is fine. */
void mem_free(void *block);

/* For SCOPED: frees *(void **)pointer. */
void mem_free_scoped(void *pointer);

#endif
