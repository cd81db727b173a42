/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum {
    FIRST_BLOCK = 64 * 1024,
#ifdef ARENA_EXACT
    PIECE_MAX = -1, /* every piece its own block */
#else
    PIECE_MAX = 128 * 1024, /* of those that share blocks */
#endif
    NEXT_BLOCK = 256 * 1024,
    KEPT_MAX = 1024 * 1024,
    ALIGNMENT = alignof(max_align_t),
};

struct arena_block {
    struct arena_block *next;
    size_t size; /* of bytes */
    size_t used;
    alignas(max_align_t) char bytes[];
};

static struct arena_block *block_new(size_t size)
{
    size_t whole;

    if (__builtin_add_overflow(sizeof(struct arena_block), size, &whole))
        whole = SIZE_MAX; /* which mem_resize refuses: nothing is that large */
    struct arena_block *block = mem_resize(NULL, whole, 1);
    block->next = NULL;
    block->size = size;
    block->used = 0;
    return block;
}

/* A block for a large piece alone goes behind the first, which may still have room. */
static char *own_block(struct arena *a, size_t size)
{
    struct arena_block *block = block_new(size);

    block->used = size;
    if (a->blocks == NULL) {
        a->blocks = block;
    } else {
        block->next = a->blocks->next;
        a->blocks->next = block;
    }
    return block->bytes;
}

/* A kept block of that size or more, out of the list; NULL: none. */
static struct arena_block *spare_take(struct arena *a, size_t size)
{
    for (struct arena_block **at = &a->spare; *at != NULL; at = &(*at)->next) {
        struct arena_block *block = *at;
        if (block->size < size)
            continue;
        *at = block->next;
        return block;
    }
    return NULL;
}

static char *room_for(struct arena *a, size_t size)
{
    struct arena_block *first = a->blocks;

    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (first == NULL || first->size - first->used < size) {
        struct arena_block *fresh = spare_take(a, size);
        if (fresh == NULL)
            fresh = block_new(first == NULL && size <= FIRST_BLOCK ? FIRST_BLOCK : NEXT_BLOCK);
        fresh->next = first;
        a->blocks = first = fresh;
    }
    char *piece = first->bytes + first->used;
    first->used += size;
    return piece;
}

void *arena_room(struct arena *a, size_t size)
{
    a->used += size;
    return size > PTRDIFF_MAX || (ptrdiff_t)size > PIECE_MAX ? own_block(a, size)
                                                             : room_for(a, size > 0 ? size : 1);
}

void *arena_alloc(struct arena *a, size_t size)
{
    return memset(arena_room(a, size), 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        return mem_new(count, size); /* which aborts */
    return arena_alloc(a, bytes);
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    char small[256];

    va_start(args, format);
    int length = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    assert(length >= 0);
    char *out = arena_alloc(a, (size_t)length + 1);
    if ((size_t)length < sizeof(small)) {
        memcpy(out, small, (size_t)length + 1);
        return out;
    }
    va_start(args, format);
    int again = vsnprintf(out, (size_t)length + 1, format, args);
    va_end(args);
    assert(again == length);
    return out;
}

struct text arena_text(struct arena *a, struct text t)
{
    if (t.data == NULL)
        return t;
    char *copy = arena_alloc(a, t.size + 1);
    memcpy(copy, t.data, t.size);
    return (struct text){copy, t.size};
}

static void free_list(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *next = block->next;
        mem_free(block);
        block = next;
    }
}

void arena_reset(struct arena *a)
{
    struct arena_block *kept = a->spare;
    size_t kept_size = 0;

    for (struct arena_block *b = kept; b != NULL; b = b->next)
        kept_size += b->size;
    while (a->blocks != NULL) {
        struct arena_block *block = a->blocks;
        a->blocks = block->next;
        bool shared = block->size == FIRST_BLOCK || block->size == NEXT_BLOCK;
        if (shared && PIECE_MAX > 0 && kept_size + block->size <= KEPT_MAX) {
            block->used = 0;
            block->next = kept;
            kept = block;
            kept_size += block->size;
        } else {
            mem_free(block);
        }
    }
    a->spare = kept;
    a->used = 0;
}

void arena_free(struct arena *a)
{
    free_list(a->blocks);
    free_list(a->spare);
    *a = (struct arena){0};
}
