/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

/* Inlined: for short texts the call costs as much as the hash. */
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash_bytes(const void *bytes, size_t size, uint64_t seed)
{
    return XXH3_64bits_withSeed(size > 0 ? bytes : "", size, seed);
}

uint64_t hash_text(struct text t, uint64_t seed)
{
    return hash_bytes(t.data, t.size, seed);
}

uint64_t hash_u64(uint64_t value)
{
    value += UINT64_C(0x9E3779B97F4A7C15);
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}
