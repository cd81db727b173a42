/* SPDX-License-Identifier: Apache-2.0 */
/* time_parse_format of base/time.h: strptime without the locale, with fractions of a second. */
#include <string.h>

#include "base/calendar.h"
#include "base/time.h"

static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};
static const char *const weekdays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                       "thursday", "friday", "saturday"};

/* The text still to be read, and what was read. */
struct reading {
    const char *at, *end;
    struct calendar c;
    int half;        /* 0 unknown, 1 am, 2 pm */
    bool has_offset; /* the text says its own offset from UTC */
    int64_t offset_ms;
    bool has_unix;
    int64_t unix_seconds;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_spaces(struct reading *r)
{
    while (r->at < r->end && is_space(*r->at))
        r->at++;
}

/* One to `digits_max` digits, as strptime reads numbers. */
static bool read_number(struct reading *r, int digits_max, int *out)
{
    int value = 0, digits = 0;

    for (; digits < digits_max && r->at < r->end && char_is_digit(*r->at); digits++)
        value = value * 10 + (*r->at++ - '0');
    *out = value;
    return digits > 0;
}

/* A name in full or its first three letters, in any case; its number from 1. */
static bool read_name(struct reading *r, const char *const names[], int count, int *out)
{
    for (int i = 0; i < count; i++) {
        const size_t sizes[] = {strlen(names[i]), 3};
        for (size_t k = 0; k < COUNT(sizes); k++) {
            struct text name = {names[i], sizes[k]};
            if ((size_t)(r->end - r->at) >= name.size &&
                text_equal_nocase((struct text){r->at, name.size}, name)) {
                r->at += name.size;
                *out = i + 1;
                return true;
            }
        }
    }
    return false;
}

static bool read_half(struct reading *r)
{
    if (r->end - r->at < 2)
        return false;
    if (text_equal_nocase((struct text){r->at, 2}, TEXT("am")))
        r->half = 1;
    else if (text_equal_nocase((struct text){r->at, 2}, TEXT("pm")))
        r->half = 2;
    else
        return false;
    r->at += 2;
    return true;
}

static bool read_fraction(struct reading *r)
{
    int weight = 100;
    const char *start = r->at;

    r->c.millisecond = 0;
    for (; r->at < r->end && char_is_digit(*r->at); r->at++, weight /= 10)
        r->c.millisecond += weight * (*r->at - '0');
    return r->at > start;
}

static bool read_unix(struct reading *r)
{
    const char *start = r->at;

    while (r->at < r->end && char_is_digit(*r->at))
        r->at++;
    r->has_unix = text_to_i64((struct text){start, (size_t)(r->at - start)}, &r->unix_seconds) &&
                  r->unix_seconds <= INT64_MAX / MS_SECOND &&
                  calendar_instant_valid(r->unix_seconds * MS_SECOND);
    return r->has_unix;
}

static bool read_year(struct reading *r, int digits)
{
    int value;

    if (!read_number(r, digits, &value))
        return false;
    if (digits == 2) /* as POSIX has it */
        value += value < 69 ? 2000 : 1900;
    r->c.year = value;
    return true;
}

static bool read_pattern(struct reading *r, const char *format);

/* One "%x". */
static bool read_one(struct reading *r, char what)
{
    int ignored;

    switch (what) {
    case 'Y': return read_year(r, 4);
    case 'y': return read_year(r, 2);
    case 'm': return read_number(r, 2, &r->c.month);
    case 'e': skip_spaces(r); return read_number(r, 2, &r->c.day);
    case 'd': return read_number(r, 2, &r->c.day);
    case 'k':
    case 'l': skip_spaces(r); return read_number(r, 2, &r->c.hour);
    case 'H':
    case 'I': return read_number(r, 2, &r->c.hour);
    case 'M': return read_number(r, 2, &r->c.minute);
    case 'S': return read_number(r, 2, &r->c.second);
    case 'f': return read_fraction(r);
    case 'p': return read_half(r);
    case 'b':
    case 'B':
    case 'h': return read_name(r, months, (int)COUNT(months), &r->c.month);
    case 'a':
    case 'A': return read_name(r, weekdays, (int)COUNT(weekdays), &ignored);
    case 'z':
        r->has_offset = calendar_read_offset(&r->at, r->end, &r->offset_ms);
        return r->has_offset;
    case 's': return read_unix(r);
    case 'F': return read_pattern(r, "%Y-%m-%d");
    case 'T': return read_pattern(r, "%H:%M:%S");
    case 'R': return read_pattern(r, "%H:%M");
    case 'D': return read_pattern(r, "%m/%d/%y");
    case 'n':
    case 't': skip_spaces(r); return true;
    case '%': return r->at < r->end && *r->at++ == '%';
    default: return false;
    }
}

/* At most one level deep: %F, %T, %R and %D hold none of themselves. */
static bool read_pattern(struct reading *r, const char *format)
{
    for (const char *f = format; *f != '\0'; f++) {
        if (*f == '%') {
            f++;
            if (*f == '\0' || !read_one(r, *f))
                return false;
        } else if (is_space(*f)) {
            skip_spaces(r);
        } else if (r->at == r->end || *r->at++ != *f) {
            return false;
        }
    }
    return true;
}

bool time_format_valid(const char *format)
{
    bool dated = false;

    for (const char *f = format; *f != '\0'; f++) {
        if (*f != '%')
            continue;
        f++;
        if (*f == '\0' || strchr("YymedklHIMSfpbBhaAzsFTRDnt%", *f) == NULL)
            return false;
        dated = dated || strchr("YysFD", *f) != NULL;
    }
    return dated;
}

bool time_parse_format(struct text t, const char *format, const struct zone *zone, int64_t *ms)
{
    struct reading r = {.at = t.data, .end = t.data + t.size, .c = {.month = 1, .day = 1}};
    int64_t local, instant;

    if (t.size == 0 || !read_pattern(&r, format) || r.at != r.end)
        return false;
    if (r.half != 0) {
        if (r.c.hour < 1 || r.c.hour > 12)
            return false;
        r.c.hour = r.c.hour % 12 + (r.half == 2 ? 12 : 0);
    }
    if (r.has_unix) {
        instant = r.unix_seconds * MS_SECOND + r.c.millisecond;
    } else {
        if (!calendar_ms(&r.c, &local))
            return false;
        instant = r.has_offset   ? local - r.offset_ms
                  : zone != NULL ? zone_to_utc(zone, local)
                                 : local;
    }
    if (!calendar_instant_valid(instant))
        return false;
    *ms = instant;
    return true;
}
