/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

struct text text_from(const char *zero_terminated)
{
    if (zero_terminated == NULL)
        return (struct text){NULL, 0};
    return (struct text){zero_terminated, strlen(zero_terminated)};
}

bool text_equal(struct text a, struct text b)
{
    if (a.size != b.size || (a.data == NULL) != (b.data == NULL))
        return false;
    return a.size == 0 || memcmp(a.data, b.data, a.size) == 0;
}

bool text_is(struct text t, const char *zero_terminated)
{
    return text_equal(t, text_from(zero_terminated));
}

int text_compare(struct text a, struct text b)
{
    if (a.data == NULL || b.data == NULL)
        return (a.data != NULL) - (b.data != NULL);
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

bool text_starts(struct text t, const char *prefix)
{
    size_t size = strlen(prefix);

    return t.data != NULL && t.size >= size && memcmp(t.data, prefix, size) == 0;
}

bool text_ends(struct text t, const char *suffix)
{
    size_t size = strlen(suffix);

    return t.data != NULL && t.size >= size && memcmp(t.data + t.size - size, suffix, size) == 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct text text_trim(struct text t)
{
    while (t.size > 0 && is_space(t.data[0])) {
        t.data++;
        t.size--;
    }
    while (t.size > 0 && is_space(t.data[t.size - 1]))
        t.size--;
    return t;
}

struct text text_cut(struct text *rest, char separator)
{
    struct text whole = *rest;
    const char *found = whole.size == 0 ? NULL : memchr(whole.data, separator, whole.size);

    if (found == NULL) {
        *rest = (struct text){NULL, 0};
        return whole;
    }
    size_t before = (size_t)(found - whole.data);
    *rest = (struct text){found + 1, whole.size - before - 1};
    return (struct text){whole.data, before};
}

bool text_equal_nocase(struct text a, struct text b)
{
    if (a.size != b.size || (a.data == NULL) != (b.data == NULL))
        return false;
    for (size_t i = 0; i < a.size; i++) {
        if (char_lower(a.data[i]) != char_lower(b.data[i]))
            return false;
    }
    return true;
}

static bool is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* Bytes of the well-formed, non-ASCII sequence at `p`, or 0. The ranges of the second byte are
 * those of RFC 3629, section 4. */
size_t text_utf8_sequence(const char *data, size_t size)
{
    const unsigned char *p = (const unsigned char *)data;
    size_t length = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    unsigned char low = 0x80, high = 0xBF;

    if (p[0] < 0xC2 || p[0] > 0xF4 || size < length)
        return 0;
    switch (p[0]) {
    case 0xE0: low = 0xA0; break;
    case 0xED: high = 0x9F; break;
    case 0xF0: low = 0x90; break;
    case 0xF4: high = 0x8F; break;
    default: break;
    }
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (!is_tail(p[i]))
            return 0;
    }
    return length;
}

bool text_utf8_valid(struct text t)
{
    size_t i = 0;

    while (i < t.size) {
        uint64_t word;
        /* Eight plain bytes at a time: none with the high bit, none zero. */
        if (t.size - i >= sizeof(word)) {
            memcpy(&word, t.data + i, sizeof(word));
            if (((word | (word - ONES)) & HIGHS) == 0) {
                i += sizeof(word);
                continue;
            }
        }
        unsigned char c = (unsigned char)t.data[i];
        if (c == 0)
            return false;
        size_t length = c < 0x80 ? 1 : text_utf8_sequence(t.data + i, t.size - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

struct text text_utf8_prefix(struct text t, size_t bytes_max)
{
    if (t.size <= bytes_max)
        return t;
    size_t size = bytes_max;
    while (size > 0 && is_tail((unsigned char)t.data[size]))
        size--;
    return (struct text){t.data, size};
}

bool text_to_u64(struct text t, uint64_t *out)
{
    uint64_t value = 0;

    if (t.size == 0)
        return false;
    for (size_t i = 0; i < t.size; i++) {
        unsigned digit = (unsigned char)t.data[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *out = value;
    return true;
}

bool text_to_i64(struct text t, int64_t *out)
{
    bool negative = t.size > 0 && t.data[0] == '-';
    uint64_t value;

    if (negative) {
        t.data++;
        t.size--;
    }
    if (!text_to_u64(t, &value) || value > (uint64_t)INT64_MAX + negative)
        return false;
    *out = (int64_t)(negative ? 0 - value : value);
    return true;
}

/* What stands in a decimal: its digits as one number, and the power of ten it is multiplied by. */
struct decimal {
    bool negative;
    uint64_t digits;  /* the first 19 significant ones */
    int digits_count; /* all significant ones */
    long exponent;
};

static size_t read_digits(struct text t, size_t i, struct decimal *d, long per_digit)
{
    for (; i < t.size && t.data[i] >= '0' && t.data[i] <= '9'; i++) {
        if (d->digits_count > 0 || t.data[i] != '0')
            d->digits_count++;
        if (d->digits_count <= 19)
            d->digits = d->digits * 10 + (uint64_t)(t.data[i] - '0');
        else
            d->exponent++;
        d->exponent += per_digit;
    }
    return i;
}

/* -?digits?(.digits?)?([eE][+-]?digits)? with a digit before the exponent. */
static bool read_decimal(struct text t, struct decimal *d)
{
    size_t i = 0;

    *d = (struct decimal){0};
    if (i < t.size && t.data[i] == '-') {
        d->negative = true;
        i++;
    }
    size_t start = i;
    i = read_digits(t, i, d, 0);
    size_t seen = i - start;
    if (i < t.size && t.data[i] == '.') {
        start = i + 1;
        i = read_digits(t, start, d, -1);
        seen += i - start;
    }
    if (seen == 0)
        return false;
    if (i < t.size && (t.data[i] == 'e' || t.data[i] == 'E')) {
        int64_t power;
        struct text rest = {t.data + i + 1, t.size - i - 1};
        if (rest.size > 1 && rest.data[0] == '+' && rest.data[1] != '-') {
            rest.data++;
            rest.size--;
        }
        if (rest.size > 6 || !text_to_i64(rest, &power))
            return false;
        d->exponent += (long)power;
        i = t.size;
    }
    return i == t.size;
}

static pthread_once_t plain_locale_once = PTHREAD_ONCE_INIT;
static locale_t plain_locale;

static void plain_locale_open(void)
{
    plain_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    assert(plain_locale != (locale_t)0);
}

/* Correctly rounded by the C library; for what the short way cannot do exactly. */
static double read_slowly(struct text t)
{
    char small[128];
    struct buffer big = {0};
    double value;

    pthread_once(&plain_locale_once, plain_locale_open);
    if (t.size < sizeof(small)) {
        memcpy(small, t.data, t.size);
        small[t.size] = '\0';
        return strtod_l(small, NULL, plain_locale);
    }
    buffer_add_text(&big, t);
    value = strtod_l(big.data, NULL, plain_locale);
    buffer_free(&big);
    return value;
}

bool text_to_double(struct text t, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct decimal d;
    double value;

    if (!read_decimal(t, &d))
        return false;
    /* Both the digits and the power of ten are exact in a double, so that one operation rounds
     * correctly (Clinger, "How to read floating point numbers accurately", PLDI 1990). */
    if (d.digits_count <= 19 && d.digits <= (UINT64_C(1) << 53) && d.exponent >= -22 &&
        d.exponent <= 22) {
        value = (double)d.digits;
        value = d.exponent < 0 ? value / powers[-d.exponent] : value * powers[d.exponent];
        *out = d.negative ? -value : value;
        return true;
    }
    value = read_slowly(t);
    if (!isfinite(value))
        return false;
    *out = value;
    return true;
}

bool text_from_hex(struct text hex, void *bytes, size_t size)
{
    unsigned char *out = bytes;

    if (hex.size != 2 * size)
        return false;
    for (int pass = 0; pass < 2; pass++) { /* look first, so that failure leaves `bytes` alone */
        for (size_t i = 0; i < hex.size; i++) {
            char c = char_lower(hex.data[i]);
            unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                             : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                    : 16;
            if (digit == 16)
                return false;
            if (pass == 1)
                out[i / 2] = (unsigned char)(i % 2 == 0 ? digit << 4 : out[i / 2] | digit);
        }
    }
    return true;
}
