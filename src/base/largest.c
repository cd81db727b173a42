/* SPDX-License-Identifier: Apache-2.0 */
#include "base/largest.h"

#include <string.h>

#include "base/hash.h"

enum { FEW = 16 }; /* keys that are put in order one by one */

static const uint32_t sign = UINT32_C(1) << 31;

/* The bits of a positive float are ordered as their values are, those of a negative one the other way
 * round. */
uint64_t largest_key(float number, uint32_t which)
{
    uint32_t bits;

    _Static_assert(sizeof(bits) == sizeof(number), "a float of 32 bits");
    number += 0.0F; /* no zero below zero */
    memcpy(&bits, &number, sizeof(bits));
    bits = (bits & sign) != 0 ? ~bits : bits | sign;
    return (uint64_t)bits << 32 | (UINT32_MAX - which);
}

float largest_number(uint64_t key)
{
    uint32_t bits = (uint32_t)(key >> 32);
    float number;

    bits = (bits & sign) != 0 ? bits & ~sign : ~bits;
    memcpy(&number, &bits, sizeof(number));
    return number;
}

uint32_t largest_which(uint64_t key)
{
    return UINT32_MAX - (uint32_t)key;
}

static void swap(uint64_t *a, uint64_t *b)
{
    uint64_t kept = *a;

    *a = *b;
    *b = kept;
}

static void insertion_sort(uint64_t *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint64_t moved = keys[i];
        size_t at = i;
        for (; at > 0 && keys[at - 1] < moved; at--)
            keys[at] = keys[at - 1];
        keys[at] = moved;
    }
}

/* Larger keys than one of them come in front of it, smaller ones behind: its place. Which one is drawn
 * by the number of keys, so that no order of them is a bad one for all counts. */
static size_t partition(uint64_t *keys, size_t count)
{
    size_t place = 0;

    swap(&keys[hash_u64(count) % count], &keys[count - 1]);
    uint64_t pivot = keys[count - 1];
    for (size_t i = 0; i + 1 < count; i++) {
        uint64_t key = keys[i];
        keys[i] = keys[place];
        keys[place] = key;
        place += key > pivot;
    }
    swap(&keys[place], &keys[count - 1]);
    return place;
}

void largest_front(uint64_t *keys, size_t count, size_t wanted)
{
    while (wanted > 0 && wanted < count) {
        size_t place = partition(keys, count);
        if (place >= wanted) {
            count = place;
            continue;
        }
        keys += place + 1;
        count -= place + 1;
        wanted -= place + 1;
    }
}

void largest_first(uint64_t *keys, size_t count, size_t wanted)
{
    largest_front(keys, count, wanted);
    count = wanted < count ? wanted : count;
    while (count > FEW) {
        size_t place = partition(keys, count);
        largest_first(keys, place, place);
        keys += place + 1;
        count -= place + 1;
    }
    insertion_sort(keys, count);
}
