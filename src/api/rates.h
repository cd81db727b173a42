/* SPDX-License-Identifier: Apache-2.0 */
/* rates: how often one address or one visitor may ask.
 *
 * The generic cell rate algorithm (ITU-T I.371): a minute's worth may come at once, then as it
 * refills. One number is kept for each who asks, in a table that does not grow: when its place is
 * full, whoever has asked least is forgotten.
 *
 * Threads    any. */
#ifndef API_RATES_H
#define API_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rates;

/* Remembers about `size` (a power of two, at least 16) who asked; `seed` makes places unguessable.
 */
struct rates *rates_new(size_t size, uint64_t seed);
void rates_free(struct rates *rates); /* NULL is fine */

/* Count one request of `who`. False when it is over `per_minute`; then `*retry_s` gets the seconds
 * after which the next one passes, at least 1, and the request does not count. */
bool rates_pass(struct rates *rates, const void *who, size_t size, uint32_t per_minute,
                uint64_t now_ns, uint32_t *retry_s);

#endif
