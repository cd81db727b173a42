/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t product_of(size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX) {
        fprintf(stderr, "endcap: out of memory: %zu things of %zu bytes\n", count, size);
        abort();
    }
    return bytes > 0 ? bytes : 1;
}

static void *checked(void *block, size_t bytes)
{
    if (block == NULL) {
        fprintf(stderr, "endcap: out of memory: no room for %zu bytes\n", bytes);
        abort();
    }
    return block;
}

void *mem_new(size_t count, size_t size)
{
    size_t bytes = product_of(count, size);

    return checked(calloc(1, bytes), bytes);
}

void *mem_resize(void *old, size_t count, size_t size)
{
    size_t bytes = product_of(count, size);

    return checked(realloc(old, bytes), bytes);
}

void *mem_grow(void *old, size_t *room, size_t need, size_t size)
{
    size_t had = *room;

    if (need <= had)
        return old;
    /* Had things exist in memory, so that 1.5 times their number cannot overflow. */
    size_t next = had + had / 2 + 8;
    if (next < need)
        next = need;
    char *block = mem_resize(old, next, size);
    memset(block + had * size, 0, (next - had) * size);
    *room = next;
    return block;
}

void *mem_copy(const void *bytes, size_t size)
{
    void *copy = mem_resize(NULL, size, 1);

    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

void mem_free(void *block)
{
    free(block);
}

void mem_free_scoped(void *pointer)
{
    void *block;

    /* By memcpy: `pointer` is the address of a pointer of any type. */
    memcpy(&block, pointer, sizeof(block));
    free(block);
}
