/* SPDX-License-Identifier: Apache-2.0 */
/* money: amounts as 64-bit integers in millionths of a currency unit, beside an ISO 4217 code.
 *
 * Read from and printed as decimal text; JSON numbers are accepted where JSON is read. Never a
 * floating point value on the way. */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define MONEY_NONE INT64_MIN /* no amount is known */

enum { MONEY_UNIT = 1000000, MONEY_TEXT_SIZE = 24 };

/* "19.90", "-3", "1249.5", up to 6 decimals (more are refused), up to 12 digits before the point.
 * Nothing else: no thousands separators, no currency signs. False leaves `*micros` alone. */
bool money_parse(struct text t, int64_t *micros);

/* At least 2 decimals, more only when needed: "19.90", "0.005". MONEY_NONE prints "". Returns out.
 */
const char *money_print(int64_t micros, char out[MONEY_TEXT_SIZE]);

/* micros * count; false when it does not fit. */
bool money_times(int64_t micros, int64_t count, int64_t *out);

/* Three upper-case ASCII letters. */
bool currency_valid(struct text code);

#endif
