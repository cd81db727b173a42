/* SPDX-License-Identifier: Apache-2.0 */
/* request_id: a number enciphered: a Feistel network over two halves of 32 bits with SipHash-2-4 of
 * the round and the half as its round function (Luby and Rackoff, SIAM J. Comput. 1988: four rounds
 * of a pseudo-random function make a pseudo-random permutation; there are six). */
#include <sodium.h>
#include <string.h>

#include "decisions/decisions.h"

enum { ROUNDS = 6, DIGITS = 16 };

static uint32_t mix(uint8_t round, uint32_t half, const uint8_t key[16])
{
    const uint8_t in[5] = {round, (uint8_t)half, (uint8_t)(half >> 8), (uint8_t)(half >> 16),
                           (uint8_t)(half >> 24)};
    uint8_t out[crypto_shorthash_BYTES];

    crypto_shorthash(out, in, sizeof(in), key);
    return (uint32_t)out[0] | (uint32_t)out[1] << 8 | (uint32_t)out[2] << 16 |
           (uint32_t)out[3] << 24;
}

void request_id_make(uint64_t number, const uint8_t key[16], char out[REQUEST_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint32_t left = (uint32_t)(number >> 32), right = (uint32_t)number;

    for (int round = 0; round < ROUNDS; round++) {
        uint32_t next = left ^ mix((uint8_t)round, right, key);
        left = right;
        right = next;
    }
    uint64_t hidden = (uint64_t)left << 32 | right;
    memcpy(out, "r-", 2);
    for (int i = 0; i < DIGITS; i++)
        out[2 + i] = digits[hidden >> (60 - 4 * i) & 15];
    out[2 + DIGITS] = '\0';
}

enum status request_id_read(struct text id, const uint8_t key[16], uint64_t *number,
                            struct error *err)
{
    uint8_t bytes[DIGITS / 2];

    if (id.size != 2 + DIGITS || !text_starts(id, "r-") ||
        !text_from_hex((struct text){id.data + 2, DIGITS}, bytes, sizeof(bytes)))
        return error_set(err, ERR_INVALID, "a request id is r- and 16 hexadecimal digits");
    uint32_t half[2] = {0, 0};
    for (size_t i = 0; i < sizeof(bytes); i++)
        half[i / 4] = half[i / 4] << 8 | bytes[i];
    for (uint8_t round = ROUNDS; round-- > 0;) {
        uint32_t before = half[1] ^ mix(round, half[0], key);
        half[1] = half[0];
        half[0] = before;
    }
    *number = (uint64_t)half[0] << 32 | half[1];
    return OK;
}
