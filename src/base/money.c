/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"

#include <assert.h>
#include <stdio.h>

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
    uint64_t value = (uint64_t)(micros < 0 ? -micros : micros);
    int length = snprintf(out, MONEY_TEXT_SIZE, "%s%llu.%06u", micros < 0 ? "-" : "",
                          (unsigned long long)(value / MONEY_UNIT), (unsigned)(value % MONEY_UNIT));
    assert(length > 0 && length < MONEY_TEXT_SIZE);
    for (int decimals = DECIMALS_MAX; decimals > 2 && out[length - 1] == '0'; decimals--)
        out[--length] = '\0';
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
