/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "base/calendar.h"

/* 9999-12-31T23:59:59.999Z */
#define TIME_MAX_MS INT64_C(253402300799999)

int64_t time_now_ms(void)
{
    struct timespec now;

    int failed = clock_gettime(CLOCK_REALTIME, &now);
    assert(failed == 0);
    return (int64_t)now.tv_sec * MS_SECOND + now.tv_nsec / 1000000;
}

uint64_t time_monotonic_ns(void)
{
    struct timespec now;

    int failed = clock_gettime(CLOCK_MONOTONIC, &now);
    assert(failed == 0);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil: years begin in
 * March, so that the leap day is the last. */
int64_t calendar_days(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void calendar_date(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

int calendar_month_days(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

bool calendar_ms(const struct calendar *c, int64_t *ms)
{
    if (c->year < 1970 || c->year > 9999 || c->month < 1 || c->month > 12 || c->day < 1 ||
        c->day > calendar_month_days(c->year, c->month))
        return false;
    /* 60 is a leap second, which Unix time counts as the first of the next minute. */
    if (c->hour > 23 || c->minute > 59 || c->second > 60)
        return false;
    *ms = calendar_days(c->year, c->month, c->day) * MS_DAY + (int64_t)c->hour * MS_HOUR +
          (int64_t)c->minute * MS_MINUTE + (int64_t)c->second * MS_SECOND + c->millisecond;
    return true;
}

bool calendar_instant_valid(int64_t ms)
{
    return ms >= 0 && ms <= TIME_MAX_MS;
}

/* What is still to be read. Every read_ function moves `at` only when it succeeds. */
struct reading {
    const char *at, *end;
};

/* Exactly `count` digits. */
static bool read_digits(struct reading *r, int count, int *out)
{
    int value = 0;

    if (r->end - r->at < count)
        return false;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned char)r->at[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        value = value * 10 + (int)digit;
    }
    r->at += count;
    *out = value;
    return true;
}

static bool read_char(struct reading *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* Digits after the decimal point, the first three of which count. */
static bool read_fraction(struct reading *r, int *millisecond)
{
    int weight = 100, value = 0;
    const char *start = r->at;

    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
        value += weight * (*r->at - '0');
        weight /= 10;
    }
    *millisecond = value;
    return r->at > start;
}

bool calendar_read_offset(const char **at, const char *end, int64_t *ms)
{
    struct reading r = {*at, end};
    int hours, minutes = 0;
    bool west = r.at < r.end && *r.at == '-';

    if (read_char(&r, 'Z') || read_char(&r, 'z')) {
        *ms = 0;
    } else {
        if (!(read_char(&r, '+') || read_char(&r, '-')) || !read_digits(&r, 2, &hours))
            return false;
        bool colon = read_char(&r, ':');
        if (!read_digits(&r, 2, &minutes) && colon)
            return false;
        if (hours > 23 || minutes > 59)
            return false;
        *ms = (int64_t)hours * MS_HOUR + (int64_t)minutes * MS_MINUTE;
        if (west)
            *ms = -*ms;
    }
    *at = r.at;
    return true;
}

/* "10:00", "10:00:00", "10:00:00.000" */
static bool read_clock(struct reading *r, struct calendar *c)
{
    if (!read_digits(r, 2, &c->hour) || !read_char(r, ':') || !read_digits(r, 2, &c->minute))
        return false;
    if (!read_char(r, ':'))
        return true;
    if (!read_digits(r, 2, &c->second))
        return false;
    if (read_char(r, '.') || read_char(r, ','))
        return read_fraction(r, &c->millisecond);
    return true;
}

/* Digits alone: Unix seconds or milliseconds. */
static bool parse_unix(struct text t, int64_t *ms)
{
    int64_t value;

    if (!text_to_i64(t, &value))
        return false;
    if (t.size <= 11)
        value *= MS_SECOND;
    if (!calendar_instant_valid(value))
        return false;
    *ms = value;
    return true;
}

bool time_parse(struct text t, int64_t *ms)
{
    struct reading r = {t.data, t.data + t.size};
    struct calendar c = {0};
    int64_t local, offset = 0;
    int year;

    if (t.size < 10 || t.data[4] != '-')
        return t.size > 0 && t.data[0] != '-' && parse_unix(t, ms);
    if (!read_digits(&r, 4, &year) || !read_char(&r, '-') || !read_digits(&r, 2, &c.month) ||
        !read_char(&r, '-') || !read_digits(&r, 2, &c.day))
        return false;
    c.year = year;
    if (r.at < r.end) {
        if (!read_char(&r, 'T') && !read_char(&r, ' ') && !read_char(&r, 't'))
            return false;
        if (!read_clock(&r, &c))
            return false;
        if (r.at < r.end && !calendar_read_offset(&r.at, r.end, &offset))
            return false;
    }
    if (r.at != r.end || !calendar_ms(&c, &local) || !calendar_instant_valid(local - offset))
        return false;
    *ms = local - offset;
    return true;
}

/* `digits` digits of `value` at `out`; returns what is behind them. */
static char *put(char *out, int value, int digits)
{
    for (int i = digits; i-- > 0; value /= 10)
        out[i] = (char)('0' + value % 10);
    return out + digits;
}

const char *time_print(int64_t ms, char out[TIME_TEXT_SIZE])
{
    int64_t days = ms / MS_DAY - (ms % MS_DAY < 0);
    int rest = (int)(ms % MS_DAY) + (ms % MS_DAY < 0 ? MS_DAY : 0);
    const int clock[] = {rest / MS_HOUR, rest / MS_MINUTE % 60, rest / MS_SECOND % 60};
    int64_t year;
    int month, day;

    calendar_date(days, &year, &month, &day);
    char *at = out;
    if (year >= 0 && year <= 9999)
        at = put(at, (int)year, 4);
    else
        at += snprintf(at, TIME_TEXT_SIZE, "%lld", (long long)year);
    *at++ = '-';
    at = put(at, month, 2);
    *at++ = '-';
    at = put(at, day, 2);
    for (size_t i = 0; i < COUNT(clock); i++) {
        *at++ = i == 0 ? 'T' : ':';
        at = put(at, clock[i], 2);
    }
    *at++ = '.';
    at = put(at, rest % MS_SECOND, 3);
    *at++ = 'Z';
    *at++ = '\0';
    assert(at <= out + TIME_TEXT_SIZE);
    return out;
}
