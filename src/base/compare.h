/* SPDX-License-Identifier: Apache-2.0 */
/* compare: for qsort and bsearch over plain numbers, the smallest first. */
#ifndef BASE_COMPARE_H
#define BASE_COMPARE_H

/* Both point to a uint32_t, or a uint64_t; aligned or not. */
int compare_u32(const void *a, const void *b);
int compare_u64(const void *a, const void *b);

#endif
