/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/occurrences.h"

#include <string.h>

#include "base/memory.h"

enum { TAG_BITS = 40, COUNT_BITS = 24, FIRST_BITS = 12 };

#define COUNT_MASK ((UINT64_C(1) << COUNT_BITS) - 1)

void occurrences_clear(struct occurrences *o)
{
    mem_free(o->slots);
    *o = (struct occurrences){0};
}

/* The slot of the tag, or the empty one where it belongs. */
static uint64_t *slot_of(uint64_t *slots, unsigned bits, uint64_t tag)
{
    size_t mask = ((size_t)1 << bits) - 1;
    size_t at = (size_t)(tag >> (TAG_BITS - bits));

    while (slots[at] != 0 && slots[at] >> COUNT_BITS != tag)
        at = (at + 1) & mask;
    return &slots[at];
}

static void grow(struct occurrences *o)
{
    unsigned bits = o->slots == NULL ? FIRST_BITS : o->bits + 1;
    uint64_t *slots = mem_new((size_t)1 << bits, sizeof(*slots));

    for (size_t i = 0; o->slots != NULL && i < (size_t)1 << o->bits; i++)
        if (o->slots[i] != 0)
            *slot_of(slots, bits, o->slots[i] >> COUNT_BITS) = o->slots[i];
    mem_free(o->slots);
    o->slots = slots;
    o->bits = bits;
}

uint64_t occurrences_add(struct occurrences *o, uint64_t hash)
{
    uint64_t tag = hash >> (64 - TAG_BITS);

    if (o->slots == NULL || o->used >= (UINT64_C(3) << o->bits) / 4)
        grow(o);
    uint64_t *slot = slot_of(o->slots, o->bits, tag);
    if (*slot == 0) {
        *slot = tag << COUNT_BITS | 1;
        if (o->used < OCCURRENCES_TOUCHED)
            o->touched[o->used] = (uint32_t)(slot - o->slots);
        o->used++;
        return 0;
    }
    uint64_t before = *slot & COUNT_MASK;
    if (before < COUNT_MASK)
        (*slot)++;
    return before;
}

/* While so few are in, the table has not grown since, and each is where it was put. */
void occurrences_forget(struct occurrences *o)
{
    if (o->used > OCCURRENCES_TOUCHED)
        memset(o->slots, 0, sizeof(*o->slots) << o->bits);
    for (uint64_t i = 0; i < o->used && o->used <= OCCURRENCES_TOUCHED; i++)
        o->slots[o->touched[i]] = 0;
    o->used = 0;
}

/* Behind the string whose opening quote is at `at`; `size` when it does not end. */
static size_t string_end(struct text line, size_t at)
{
    for (at++; at < line.size; at++) {
        if (line.data[at] == '\\')
            at++;
        else if (line.data[at] == '"')
            return at + 1;
    }
    return line.size;
}

static size_t skip_space(struct text line, size_t at)
{
    while (at < line.size && strchr(" \t\r\n", line.data[at]) != NULL && line.data[at] != '\0')
        at++;
    return at;
}

bool json_has_id(struct text line)
{
    int depth = 0;

    for (size_t at = 0; at < line.size;) {
        char c = line.data[at];
        size_t next = c == '"' ? string_end(line, at) : at + 1;

        if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        else if (c == '"' && depth == 1 && next - at == 4 &&
                 memcmp(line.data + at, "\"id\"", 4) == 0) {
            size_t colon = skip_space(line, next);
            size_t value = skip_space(line, colon + 1);

            if (colon < line.size && line.data[colon] == ':')
                return value < line.size && line.data[value] != 'n';
        }
        at = next;
    }
    return false;
}
