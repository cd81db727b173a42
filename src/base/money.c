/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"

#include <string.h>

enum { WHOLE_DIGITS_MAX = 12, DECIMALS_MAX = 6 };

bool money_parse(struct text t, int64_t *micros)
{
    int64_t value = 0;
    size_t i = 0, decimals = 0;
    bool negative = t.size > 0 && t.data[0] == '-';

    i = negative;
    size_t start = i;
    for (; i < t.size && t.data[i] >= '0' && t.data[i] <= '9'; i++) {
        if (i - start >= WHOLE_DIGITS_MAX)
            return false;
        value = value * 10 + (t.data[i] - '0');
    }
    if (i == start)
        return false;
    if (i < t.size && t.data[i] == '.') {
        for (i++; i < t.size && t.data[i] >= '0' && t.data[i] <= '9'; i++) {
            if (decimals++ >= DECIMALS_MAX)
                return false;
            value = value * 10 + (t.data[i] - '0');
        }
        if (decimals == 0)
            return false;
    }
    if (i != t.size)
        return false;
    for (; decimals < DECIMALS_MAX; decimals++)
        value *= 10;
    *micros = negative ? -value : value;
    return true;
}

const char *money_print(int64_t micros, char out[MONEY_TEXT_SIZE])
{
    if (micros == MONEY_NONE) {
        out[0] = '\0';
        return out;
    }
    uint64_t value = (uint64_t)(micros < 0 ? -micros : micros), rest = value % MONEY_UNIT;
    int decimals = DECIMALS_MAX;
    for (; decimals > 2 && rest % 10 == 0; decimals--)
        rest /= 10;

    char digits[MONEY_TEXT_SIZE];
    char *at = digits + sizeof(digits); /* from the last character to the first */
    *--at = '\0';
    for (; decimals > 0; decimals--, rest /= 10)
        *--at = (char)('0' + rest % 10);
    *--at = '.';
    uint64_t whole = value / MONEY_UNIT;
    do {
        *--at = (char)('0' + whole % 10);
        whole /= 10;
    } while (whole > 0);
    if (micros < 0)
        *--at = '-';
    memcpy(out, at, (size_t)(digits + sizeof(digits) - at));
    return out;
}

bool money_times(int64_t micros, int64_t count, int64_t *out)
{
    int64_t product;

    if (micros == MONEY_NONE || __builtin_mul_overflow(micros, count, &product) ||
        product == MONEY_NONE)
        return false;
    *out = product;
    return true;
}

bool currency_valid(struct text code)
{
    if (code.size != 3)
        return false;
    for (size_t i = 0; i < code.size; i++) {
        if (code.data[i] < 'A' || code.data[i] > 'Z')
            return false;
    }
    return true;
}
