/* SPDX-License-Identifier: Apache-2.0 */
/* token: what lets a browser name a user: the shop's server signed it. Contracts in ingest.h. */
#include <sodium.h>
#include <string.h>

#include "ingest/ingest.h"

enum { SIGNATURE_HEX = 2 * crypto_auth_hmacsha256_BYTES };

static void sign(struct text user_id, struct text expiry, const uint8_t key[32],
                 uint8_t out[crypto_auth_hmacsha256_BYTES])
{
    crypto_auth_hmacsha256_state state;

    (void)crypto_auth_hmacsha256_init(&state, key, 32); /* these always return 0 */
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)user_id.data, user_id.size);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)".", 1);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)expiry.data, expiry.size);
    (void)crypto_auth_hmacsha256_final(&state, out);
}

bool user_token_valid(struct text token, struct text user_id, const uint8_t token_key[32],
                      int64_t now_ms)
{
    uint8_t right[crypto_auth_hmacsha256_BYTES], given[crypto_auth_hmacsha256_BYTES];
    struct text signature = token;
    struct text expiry = text_cut(&signature, '.');
    int64_t expires_s = 0;

    if (token.size == 0 || user_id.size == 0 || signature.size != SIGNATURE_HEX ||
        expiry.size > 15 || !text_to_i64(expiry, &expires_s) ||
        !text_from_hex(signature, given, sizeof(given)))
        return false;
    sign(user_id, expiry, token_key, right);
    return sodium_memcmp(right, given, sizeof(right)) == 0 && expires_s > now_ms / 1000;
}

void user_token_make(struct text user_id, int64_t expires_s, const uint8_t token_key[32],
                     struct buffer *out)
{
    uint8_t signature[crypto_auth_hmacsha256_BYTES];
    SCOPED(buffer_free) struct buffer expiry = {0};

    buffer_add_i64(&expiry, expires_s);
    sign(user_id, buffer_text(&expiry), token_key, signature);
    buffer_add_text(out, buffer_text(&expiry));
    buffer_add_char(out, '.');
    buffer_add_hex(out, signature, sizeof(signature));
}
