/* SPDX-License-Identifier: Apache-2.0 */
#include "store/digest.h"

/* Lengths and numbers have eight bytes, the lowest first, on every machine. */
static void add_u64(struct digest *d, uint64_t value)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    (void)crypto_generichash_update(&d->state, bytes, sizeof(bytes)); /* never fails */
}

void digest_begin(struct digest *d, const char *purpose)
{
    /* fails only for sizes out of its range */
    (void)crypto_generichash_init(&d->state, NULL, 0, DIGEST_SIZE);
    digest_text(d, text_from(purpose));
}

void digest_i64(struct digest *d, int64_t value)
{
    add_u64(d, (uint64_t)value);
}

void digest_text(struct digest *d, struct text value)
{
    add_u64(d, value.size);
    (void)crypto_generichash_update(&d->state, (const unsigned char *)value.data,
                                    value.size); /* never fails */
}

void digest_end(struct digest *d, uint8_t out[DIGEST_SIZE])
{
    (void)crypto_generichash_final(&d->state, out, DIGEST_SIZE); /* ended once */
}
