/* SPDX-License-Identifier: Apache-2.0 */
/* hash: fast hashes for tables and checksums (XXH3, xxHash library). Not for secrets.
 *
 * Values are the same on every machine and every run: checkpoints and generations store them. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

uint64_t hash_bytes(const void *bytes, size_t size, uint64_t seed);
uint64_t hash_text(struct text t, uint64_t seed);

/* A good mix of one word (splitmix64's finaliser); a bijection. */
uint64_t hash_u64(uint64_t value);

#endif
