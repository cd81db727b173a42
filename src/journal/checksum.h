/* SPDX-License-Identifier: Apache-2.0 */
/* checksum: what stands behind each body in store.db. Private to journal/. */
#ifndef JOURNAL_CHECKSUM_H
#define JOURNAL_CHECKSUM_H

#include <stdint.h>

#include "base/hash.h"
#include "journal/record.h"

/* Of the body, and of the columns beside it. */
static inline uint32_t record_checksum(const struct record *r)
{
    uint64_t seed =
        hash_u64(r->position.number) ^ hash_u64((uint64_t)r->time_ms) ^ ((uint64_t)r->kind << 32);

    return (uint32_t)hash_text(r->body, seed);
}

#endif
