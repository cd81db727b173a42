/* SPDX-License-Identifier: Apache-2.0 */
#include "base/intern.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

/* The text of a number whose own was forgotten: a byte that is in no text of UTF-8. */
static const char FORGOTTEN = (char)0xff;

/* The slot of `t`: its own, or the empty one where it belongs. Half of the hash stands in the slot,
 * so that other texts are passed by without looking at their bytes. Linear probing. */
static size_t slot_of(const struct intern *i, struct text t, uint64_t hash)
{
    size_t mask = i->slot_count - 1;
    size_t at = (size_t)hash & mask;

    for (; i->slots[at] != 0; at = (at + 1) & mask) {
        if (i->slots[at] >> 32 == hash >> 32 &&
            text_equal(intern_text(i, (uint32_t)i->slots[at] - 1), t))
            break;
    }
    return at;
}

static uint64_t slot_for(uint64_t hash, uint32_t number)
{
    return (hash >> 32) << 32 | (number + 1);
}

/* The hash's low bits, which choose the place, are not all kept, so growing hashes again. */
static void fill_slots(struct intern *i, size_t slot_count)
{
    size_t mask = slot_count - 1;

    mem_free(i->slots);
    i->slots = mem_new(slot_count, sizeof(*i->slots));
    i->slot_count = slot_count;
    for (uint32_t number = 0; number < i->count; number++) {
        if (intern_forgotten(i, number))
            continue;
        uint64_t hash = hash_text(intern_text(i, number), 0);
        size_t at = (size_t)hash & mask;
        while (i->slots[at] != 0)
            at = (at + 1) & mask;
        i->slots[at] = slot_for(hash, number);
    }
}

void intern_reindex(struct intern *i)
{
    size_t slot_count = 64;

    while (slot_count / 4 * 3 <= i->count)
        slot_count *= 2;
    fill_slots(i, slot_count);
}

uint64_t intern_hash(struct text t)
{
    return hash_text(t, 0);
}

uint32_t intern_find_hashed(const struct intern *i, struct text t, uint64_t hash)
{
    if (t.data == NULL || i->count == 0)
        return INTERN_NONE;
    return (uint32_t)i->slots[slot_of(i, t, hash)] - 1; /* empty: 0 - 1 is INTERN_NONE */
}

uint32_t intern_find(const struct intern *i, struct text t)
{
    return intern_find_hashed(i, t, intern_hash(t));
}

void intern_fetch_slot(const struct intern *i, uint64_t hash)
{
    if (i->count > 0)
        __builtin_prefetch(&i->slots[(size_t)hash & (i->slot_count - 1)]);
}

/* The number in the first slot that has the hash's upper half: the text itself but for one in four
 * billion. */
static uint32_t likely_number(const struct intern *i, uint64_t hash)
{
    size_t mask = i->slot_count - 1;
    size_t at = (size_t)hash & mask;

    if (i->count == 0)
        return INTERN_NONE;
    while (i->slots[at] != 0 && i->slots[at] >> 32 != hash >> 32)
        at = (at + 1) & mask;
    return (uint32_t)i->slots[at] - 1;
}

uint32_t intern_fetch_number(const struct intern *i, uint64_t hash)
{
    uint32_t number = likely_number(i, hash);

    if (number != INTERN_NONE)
        __builtin_prefetch(&i->starts[number]);
    return number;
}

void intern_fetch_text(const struct intern *i, uint64_t hash)
{
    uint32_t number = likely_number(i, hash);

    if (number != INTERN_NONE && i->bytes != NULL)
        __builtin_prefetch(i->bytes + i->starts[number]);
}

bool intern_forgotten(const struct intern *i, uint32_t number)
{
    struct text t = intern_text(i, number);

    return t.size == 1 && t.data[0] == FORGOTTEN;
}

/* Linear probing without tombstones: what stands behind the gap moves up (Knuth 6.4, algorithm R). */
static void slot_remove(struct intern *i, uint32_t number)
{
    struct text t = intern_text(i, number);
    size_t mask = i->slot_count - 1, gap = slot_of(i, t, hash_text(t, 0));

    for (size_t at = (gap + 1) & mask; i->slots[at] != 0; at = (at + 1) & mask) {
        uint32_t other = (uint32_t)i->slots[at] - 1;
        size_t home = (size_t)hash_text(intern_text(i, other), 0) & mask;

        if (((at - home) & mask) >= ((at - gap) & mask)) {
            i->slots[gap] = i->slots[at];
            gap = at;
        }
    }
    i->slots[gap] = 0;
}

void intern_forget(struct intern *i, const uint32_t *numbers, size_t count)
{
    size_t gone = 0, bytes_size = i->bytes_size;

    if (count == 0)
        return;
    for (size_t k = 0; k < count; k++) { /* all, while the texts stand where the slots say */
        assert(numbers[k] < i->count && (k == 0 || numbers[k] > numbers[k - 1]));
        if (i->starts[numbers[k] + 1] > i->starts[numbers[k]] && !intern_forgotten(i, numbers[k]))
            slot_remove(i, numbers[k]);
    }
    for (size_t k = 0; k < count; k++) {
        uint32_t number = numbers[k], next = k + 1 < count ? numbers[k + 1] : i->count;
        size_t start = i->starts[number] - gone, end = i->starts[number + 1];

        i->starts[number] = start;
        if (end - gone > start) { /* an empty one says nothing; there is no room for the byte */
            i->bytes[start] = FORGOTTEN;
            gone = end - start - 1;
        }
        memmove(i->bytes + end - gone, i->bytes + end, i->starts[next] - end);
        for (uint32_t n = number + 1; n < next; n++)
            i->starts[n] -= gone; /* that of `next` is taken off in its own turn */
    }
    i->starts[i->count] -= gone;
    i->bytes_size -= gone;
    memset(i->bytes + i->bytes_size, 0, bytes_size - i->bytes_size);
}

uint32_t intern_skip(struct intern *i)
{
    assert(i->count < INTERN_NONE - 1);
    if (i->count >= i->slot_count / 4 * 3)
        intern_reindex(i);
    i->bytes = mem_grow(i->bytes, &i->bytes_room, i->bytes_size + 1, 1);
    i->starts = mem_grow(i->starts, &i->starts_room, (size_t)i->count + 2, sizeof(*i->starts));
    i->bytes[i->bytes_size++] = FORGOTTEN;
    i->starts[i->count + 1] = i->bytes_size;
    return i->count++;
}

uint32_t intern_add(struct intern *i, struct text t)
{
    if (t.data == NULL)
        return INTERN_NONE;
    if (i->count >= i->slot_count / 4 * 3)
        intern_reindex(i);
    uint64_t hash = hash_text(t, 0);
    size_t at = slot_of(i, t, hash);
    if (i->slots[at] != 0)
        return (uint32_t)i->slots[at] - 1;

    assert(i->count < INTERN_NONE - 1);
    /* A part of a text that is already here may move while room is made for it. */
    bool inside = i->bytes != NULL && t.data >= i->bytes && t.data < i->bytes + i->bytes_size;
    size_t offset = inside ? (size_t)(t.data - i->bytes) : 0;
    i->bytes = mem_grow(i->bytes, &i->bytes_room, i->bytes_size + t.size, 1);
    i->starts = mem_grow(i->starts, &i->starts_room, (size_t)i->count + 2, sizeof(*i->starts));
    if (t.size > 0)
        memcpy(i->bytes + i->bytes_size, inside ? i->bytes + offset : t.data, t.size);
    i->bytes_size += t.size;
    i->starts[i->count + 1] = i->bytes_size;
    i->slots[at] = slot_for(hash, i->count);
    return i->count++;
}

struct text intern_text(const struct intern *i, uint32_t number)
{
    assert(number < i->count);
    uint64_t start = i->starts[number];
    const char *bytes = i->bytes == NULL ? "" : i->bytes; /* while every text is empty */
    return (struct text){bytes + start, (size_t)(i->starts[number + 1] - start)};
}

void intern_free(struct intern *i)
{
    mem_free(i->bytes);
    mem_free(i->starts);
    mem_free(i->slots);
    *i = (struct intern){0};
}
