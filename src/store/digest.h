/* SPDX-License-Identifier: Apache-2.0 */
/* digest: what a row says, as 32 bytes that change when one of its own does: BLAKE2b-256 of its
 * values in order, each with its length, so that no two lists of values are the same bytes.
 *
 * Threads    a digest being made belongs to one. */
#ifndef STORE_DIGEST_H
#define STORE_DIGEST_H

#include <sodium.h>
#include <stdint.h>

#include "base/text.h"

enum { DIGEST_SIZE = 32 };

struct digest {
    crypto_generichash_state state;
};

/* `purpose` keeps digests of different things apart; constant text. */
void digest_begin(struct digest *d, const char *purpose);
void digest_i64(struct digest *d, int64_t value);
void digest_text(struct digest *d, struct text value); /* absent counts as "" */
void digest_end(struct digest *d, uint8_t out[DIGEST_SIZE]);

#endif
