/* SPDX-License-Identifier: Apache-2.0 */
/* largest: the largest of many numbers, in order, without putting the rest in order. */
#ifndef BASE_LARGEST_H
#define BASE_LARGEST_H

#include <stddef.h>
#include <stdint.h>

/* A key of a number and of what has it: the larger number is the larger key, among equal numbers the
 * smaller `which`. The number is not NAN; the two zeros are one. */
uint64_t largest_key(float number, uint32_t which);
float largest_number(uint64_t key);
uint32_t largest_which(uint64_t key);

/* The `wanted` largest of `count` keys (all, when there are no more) come to stand in front, in no
 * order. Expected time grows with count alone: FIND, Hoare, CACM 4 (7), 1961. */
void largest_front(uint64_t *keys, size_t count, size_t wanted);

/* The same, and those in front stand largest first. */
void largest_first(uint64_t *keys, size_t count, size_t wanted);

#endif
