/* SPDX-License-Identifier: Apache-2.0 */
#include "consent/who.h"

#include <sodium.h>
#include <string.h>

#include "base/memory.h"

enum {
    ID_MAX = 256, /* identifiers are shorter; of a longer one this much counts */
    SLOTS_FIRST = 16,
};

bool who_is_address(struct text id)
{
    enum { PREFIX = 6, HASH_BYTES = 16 };
    uint8_t hash[HASH_BYTES];

    return (text_starts(id, "email:") || text_starts(id, "phone:")) &&
           text_from_hex((struct text){id.data + PREFIX, id.size - PREFIX}, hash, sizeof(hash));
}

struct who who_of(const uint8_t key[16], enum who_kind kind, struct text id)
{
    unsigned char bytes[2 + ID_MAX] = {0, (unsigned char)kind}; /* no event id begins with a zero */
    size_t size = id.size < ID_MAX ? id.size : ID_MAX;
    struct who who;

    if (kind == WHO_ANONYMOUS && who_is_address(id))
        bytes[1] = WHO_USER;
    if (size > 0)
        memcpy(bytes + 2, id.data, size);
    (void)crypto_shorthash_siphashx24((unsigned char *)who.hash, bytes, 2 + size,
                                      key); /* always 0 */
    return who;
}

bool who_equal(struct who a, struct who b)
{
    return a.hash[0] == b.hash[0] && a.hash[1] == b.hash[1];
}

void who_set_free(struct who_set *set)
{
    mem_free(set->all);
    mem_free(set->slots);
    *set = (struct who_set){0};
}

/* The slot of `who`, or the empty one where it belongs: place + 1, 0 empty. */
static uint32_t *slot_of(const struct who_set *set, struct who who)
{
    size_t at = (size_t)who.hash[0] & (set->slot_count - 1);

    while (set->slots[at] != 0 && !who_equal(set->all[set->slots[at] - 1], who))
        at = (at + 1) & (set->slot_count - 1);
    return &set->slots[at];
}

size_t who_set_find(const struct who_set *set, struct who who)
{
    uint32_t slot = set->count > 0 ? *slot_of(set, who) : 0;

    return slot == 0 ? WHO_NOWHERE : slot - 1;
}

bool who_set_has(const struct who_set *set, struct who who)
{
    return who_set_find(set, who) != WHO_NOWHERE;
}

static void slots_grow(struct who_set *set)
{
    size_t slot_count = set->slot_count == 0 ? SLOTS_FIRST : set->slot_count * 2;

    mem_free(set->slots);
    set->slots = mem_new(slot_count, sizeof(*set->slots));
    set->slot_count = slot_count;
    for (size_t i = 0; i < set->count; i++)
        *slot_of(set, set->all[i]) = (uint32_t)i + 1;
}

bool who_set_add(struct who_set *set, struct who who)
{
    if (who_set_has(set, who))
        return false;
    if (set->count * 2 >= set->slot_count)
        slots_grow(set);
    set->all = mem_grow(set->all, &set->room, set->count + 1, sizeof(*set->all));
    set->all[set->count++] = who;
    *slot_of(set, who) = (uint32_t)set->count;
    return true;
}
