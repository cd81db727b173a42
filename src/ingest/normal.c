/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/normal.h"

#include <idn2.h>
#include <string.h>

enum { PHONE_DIGITS_ANY = 5, /* fewer are no number */ INTERNATIONAL_MIN = 8 };

static bool is_ascii(struct text t)
{
    unsigned char all = 0;

    for (size_t i = 0; i < t.size; i++)
        all |= (unsigned char)t.data[i];
    return all < 0x80;
}

/* The domain at out[at] to `size` as it is registered; returns the new end, `size` when it cannot be. */
static size_t to_registered(char out[NORMAL_MAX], size_t at, size_t size)
{
    char domain[NORMAL_MAX + 1];
    uint8_t *registered = NULL;

    memcpy(domain, out + at, size - at);
    domain[size - at] = '\0';
    if (idn2_lookup_u8((const uint8_t *)domain, &registered,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return size;
    size_t length = strlen((const char *)registered);
    if (length <= NORMAL_MAX - at) {
        memcpy(out + at, registered, length);
        size = at + length;
    }
    idn2_free(registered);
    return size;
}

size_t normal_at_width(struct text t)
{
    static const char *const written[] = {"@", "%40", "\\u0040"};

    for (size_t i = 0; i < COUNT(written); i++)
        if (t.size > 0 && t.data[0] == written[i][0] && text_starts(t, written[i]))
            return strlen(written[i]);
    return 0;
}

static size_t normal_email(struct text value, char out[NORMAL_MAX])
{
    size_t size = 0, at = 0;

    for (size_t i = 0; i < value.size && size < NORMAL_MAX; i++) {
        size_t width = normal_at_width((struct text){value.data + i, value.size - i});
        out[size++] = width > 0 ? '@' : char_lower(value.data[i]);
        if (width > 0) {
            at = size;
            i += width - 1;
        }
    }
    if (at == 0 || at == size || is_ascii((struct text){out + at, size - at}))
        return size;
    return to_registered(out, at, size);
}

static size_t count_digits(struct text t)
{
    size_t count = 0;

    for (size_t i = 0; i < t.size; i++)
        count += char_is_digit(t.data[i]);
    return count;
}

static size_t normal_phone(struct text value, char out[NORMAL_MAX])
{
    bool international = value.size > 0 && value.data[0] == '+';
    size_t size = 0;

    if (text_starts(value, "00") && count_digits(value) >= INTERNATIONAL_MIN + 2) {
        international = true;
        value = (struct text){value.data + 2, value.size - 2};
    }
    if (international)
        out[size++] = '+';
    for (size_t i = 0; i < value.size && size < NORMAL_MAX; i++) {
        struct text rest = {value.data + i, value.size - i};
        if (international && text_starts(rest, "(0)"))
            i += 2;
        else if (char_is_digit(value.data[i]))
            out[size++] = value.data[i];
    }
    return size;
}

size_t normal_of(enum person_kind kind, struct text value, char out[NORMAL_MAX])
{
    value = text_trim(value);
    return kind == PERSON_EMAIL ? normal_email(value, out) : normal_phone(value, out);
}

/* What is put before the '@' by who has no address, or does not say it. */
static bool is_nobodys_box(struct text local)
{
    static const char *const boxes[] = {
        "test",     "none",     "null",       "na",           "noreply",      "no-reply",
        "no_reply", "no.reply", "donotreply", "do-not-reply", "do_not_reply", "noemail",
        "no-email", "nomail",   "unknown",    "undefined",    "anonymous",    "guest"};

    for (size_t i = 0; i < COUNT(boxes); i++)
        if (text_is(local, boxes[i]))
            return true;
    return false;
}

bool normal_is_nobody(enum person_kind kind, struct text normal)
{
    bool one_digit = true;
    size_t digits = 0;

    if (kind == PERSON_EMAIL) {
        struct text rest = normal, local = text_cut(&rest, '@');
        return rest.data == NULL || local.size == 0 || is_nobodys_box(local);
    }
    for (size_t i = 0; i < normal.size; i++) {
        if (normal.data[i] == '+')
            continue;
        one_digit = one_digit && normal.data[i] == normal.data[normal.size - 1];
        digits++;
    }
    return digits < PHONE_DIGITS_ANY || one_digit;
}
