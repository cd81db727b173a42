/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/table.h"

#include <string.h>

#include "base/memory.h"

enum { SLOTS_FIRST = 1024 };

void *table_row(const struct key_table *t, size_t number)
{
    return t->rows + number * t->row_size;
}

static uint64_t key_at(const struct key_table *t, uint32_t slot)
{
    uint64_t key;

    memcpy(&key, table_row(t, slot - 1), sizeof(key));
    return key;
}

/* The slot of the key, or the empty one where it belongs. */
static uint32_t *slot_of(const struct key_table *t, uint64_t key)
{
    size_t mask = t->slot_count - 1;

    for (size_t at = (size_t)key & mask;; at = (at + 1) & mask)
        if (t->slots[at] == 0 || key_at(t, t->slots[at]) == key)
            return &t->slots[at];
}

static void slots_grow(struct key_table *t)
{
    if (t->count * 4 < t->slot_count * 3)
        return;
    mem_free(t->slots);
    t->slot_count = t->slot_count == 0 ? SLOTS_FIRST : 2 * t->slot_count;
    t->slots = mem_new(t->slot_count, sizeof(*t->slots));
    for (size_t i = 0; i < t->count; i++)
        *slot_of(t, key_at(t, (uint32_t)i + 1)) = (uint32_t)i + 1;
}

void *table_find(const struct key_table *t, uint64_t key)
{
    if (t->slot_count == 0)
        return NULL;
    uint32_t number = *slot_of(t, key);
    return number == 0 ? NULL : table_row(t, number - 1);
}

void table_fetch(const struct key_table *t, uint64_t key)
{
    if (t->slot_count > 0)
        __builtin_prefetch(&t->slots[(size_t)key & (t->slot_count - 1)]);
}

void *table_add(struct key_table *t, uint64_t key, bool *fresh)
{
    slots_grow(t);
    uint32_t *slot = slot_of(t, key);
    *fresh = *slot == 0;
    if (*slot != 0)
        return table_row(t, *slot - 1);
    if (t->count >= t->max || t->count >= UINT32_MAX - 1) {
        t->refused++;
        *fresh = false;
        return NULL;
    }
    t->rows = mem_grow(t->rows, &t->room, t->count + 1, t->row_size);
    *slot = (uint32_t)++t->count;
    memcpy(table_row(t, t->count - 1), &key, sizeof(key));
    return table_row(t, t->count - 1);
}

void table_free(struct key_table *t)
{
    mem_free(t->rows);
    mem_free(t->slots);
    t->rows = NULL;
    t->slots = NULL;
    t->count = t->room = t->slot_count = 0;
}
