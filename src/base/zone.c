/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones of base/time.h, read from the system's TZif files (RFC 8536): a sorted list of
 * transitions and, for what comes after the last, a rule in the form of POSIX' TZ variable. */
#include <assert.h>
#include <string.h>

#include "base/calendar.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/time.h"

#ifndef ZONE_FOLDER
#define ZONE_FOLDER "/usr/share/zoneinfo/"
#endif

enum { NAME_MAX_SIZE = 64, FILE_MAX = 1024 * 1024, HEADER_SIZE = 44 };

/* "Mm.w.d/time": the w-th weekday d of month m (5: the last), at `second` of that day. */
struct change {
    int month, week, weekday;
    int64_t second;
};

/* What holds after the last transition. */
struct rule {
    int32_t offset; /* seconds east, outside of summer time */
    bool has_summer;
    int32_t summer_offset;
    struct change start, end; /* of summer time, each in the local time before it */
};

struct zone {
    size_t count;
    int64_t *at;      /* count instants, seconds, ascending */
    int32_t *offsets; /* count: seconds east from that instant on */
    int32_t first;    /* before the first transition */
    bool has_rule;
    struct rule rule;
};

void zone_close(struct zone **zone)
{
    if (*zone == NULL)
        return;
    mem_free((*zone)->at);
    mem_free((*zone)->offsets);
    mem_free(*zone);
    *zone = NULL;
}

static int64_t read_big_endian(const char *p, int bytes)
{
    uint64_t value = (p[0] & 0x80) != 0 ? UINT64_MAX : 0;

    for (int i = 0; i < bytes; i++)
        value = value << 8 | (unsigned char)p[i];
    return (int64_t)value;
}

/* The six counts of a TZif header. */
struct counts {
    size_t is_ut, is_standard, leaps, transitions, types, name_bytes;
};

static bool read_header(struct text file, struct counts *c)
{
    size_t counts[6];

    if (file.size < HEADER_SIZE || !text_starts(file, "TZif") || file.data[4] < '2')
        return false;
    for (int i = 0; i < 6; i++) {
        int64_t n = read_big_endian(file.data + 20 + (ptrdiff_t)i * 4, 4);
        if (n < 0 || n > FILE_MAX)
            return false;
        counts[i] = (size_t)n;
    }
    *c = (struct counts){counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
    return true;
}

static size_t body_size(const struct counts *c, size_t time_size)
{
    return c->transitions * (time_size + 1) + c->types * 6 + c->name_bytes +
           c->leaps * (time_size + 4) + c->is_standard + c->is_ut;
}

/* A number of at most three digits. */
static bool read_number(struct text *t, int *out)
{
    int value = 0;
    size_t i = 0;

    for (; i < t->size && i < 3 && t->data[i] >= '0' && t->data[i] <= '9'; i++)
        value = value * 10 + (t->data[i] - '0');
    *t = (struct text){t->data + i, t->size - i};
    *out = value;
    return i > 0;
}

static bool read_mark(struct text *t, char c)
{
    if (t->size == 0 || t->data[0] != c)
        return false;
    *t = (struct text){t->data + 1, t->size - 1};
    return true;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static bool read_duration(struct text *t, int64_t *seconds)
{
    int hours, minutes = 0, rest = 0;
    bool negative = read_mark(t, '-');

    if (!negative)
        (void)read_mark(t, '+'); /* it says nothing */
    if (!read_number(t, &hours))
        return false;
    if (read_mark(t, ':') && !read_number(t, &minutes))
        return false;
    if (read_mark(t, ':') && !read_number(t, &rest))
        return false;
    *seconds = hours * 3600 + minutes * 60 + rest;
    if (negative)
        *seconds = -*seconds;
    return *seconds >= -167 * 3600 && *seconds <= 167 * 3600;
}

/* "CET" or "<+03>". */
static bool read_abbreviation(struct text *t)
{
    size_t i = 0;

    if (t->size > 0 && t->data[0] == '<') {
        while (i < t->size && t->data[i] != '>')
            i++;
        i++;
    } else {
        while (i < t->size && ((t->data[i] | 0x20) >= 'a' && (t->data[i] | 0x20) <= 'z'))
            i++;
    }
    if (i < 3 || i > t->size)
        return false;
    *t = (struct text){t->data + i, t->size - i};
    return true;
}

/* ",Mm.w.d[/time]" */
static bool read_change(struct text *t, struct change *c)
{
    c->second = 2 * 3600;
    if (!read_mark(t, ',') || !read_mark(t, 'M') || !read_number(t, &c->month) ||
        !read_mark(t, '.') || !read_number(t, &c->week) || !read_mark(t, '.') ||
        !read_number(t, &c->weekday))
        return false;
    if (read_mark(t, '/') && !read_duration(t, &c->second))
        return false;
    return c->month >= 1 && c->month <= 12 && c->week >= 1 && c->week <= 5 && c->weekday <= 6;
}

/* "CET-1CEST,M3.5.0,M10.5.0/3". Other forms of the two dates are not read: false. */
static bool read_rule(struct text t, struct rule *rule)
{
    int64_t west, summer_west;

    *rule = (struct rule){0};
    if (!read_abbreviation(&t) || !read_duration(&t, &west))
        return false;
    rule->offset = (int32_t)-west;
    if (t.size == 0)
        return true;
    if (!read_abbreviation(&t))
        return false;
    summer_west = west - 3600;
    if (t.size > 0 && t.data[0] != ',' && !read_duration(&t, &summer_west))
        return false;
    rule->has_summer = true;
    rule->summer_offset = (int32_t)-summer_west;
    return read_change(&t, &rule->start) && read_change(&t, &rule->end) && t.size == 0;
}

/* The 64-bit data block and the footer behind it. */
static bool read_body(struct text body, const struct counts *c, struct zone *zone)
{
    const char *at = body.data, *kinds = at + c->transitions * 8, *types = kinds + c->transitions;

    if (c->types == 0 || body_size(c, 8) > body.size)
        return false;
    zone->count = c->transitions;
    zone->at = mem_new(c->transitions, sizeof(*zone->at));
    zone->offsets = mem_new(c->transitions, sizeof(*zone->offsets));
    zone->first = (int32_t)read_big_endian(types, 4);
    for (size_t i = 0; i < c->transitions; i++) {
        size_t kind = (unsigned char)kinds[i];
        zone->at[i] = read_big_endian(at + i * 8, 8);
        if (kind >= c->types || (i > 0 && zone->at[i] <= zone->at[i - 1]))
            return false;
        zone->offsets[i] = (int32_t)read_big_endian(types + kind * 6, 4);
        if (zone->offsets[i] < -26 * 3600 || zone->offsets[i] > 26 * 3600)
            return false;
    }
    struct text footer = {body.data + body_size(c, 8), body.size - body_size(c, 8)};
    if (read_mark(&footer, '\n'))
        zone->has_rule = read_rule(text_cut(&footer, '\n'), &zone->rule);
    return true;
}

static bool read_file(struct text file, struct zone *zone)
{
    struct counts c;

    if (!read_header(file, &c))
        return false;
    size_t skip = HEADER_SIZE + body_size(&c, 4); /* the 32-bit data that version 1 had */
    if (skip > file.size)
        return false;
    file = (struct text){file.data + skip, file.size - skip};
    if (!read_header(file, &c))
        return false;
    return read_body((struct text){file.data + HEADER_SIZE, file.size - HEADER_SIZE}, &c, zone);
}

static bool name_valid(const char *name)
{
    size_t size = strlen(name);

    if (size == 0 || size > NAME_MAX_SIZE || name[0] == '/' || strstr(name, "..") != NULL)
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = (char)(name[i] | 0x20);
        if (!((c >= 'a' && c <= 'z') || (name[i] >= '0' && name[i] <= '9') ||
              strchr("/_-+", name[i]) != NULL))
            return false;
    }
    return true;
}

enum status zone_open(struct zone **out, const char *name, struct error *err)
{
    SCOPED(zone_close) struct zone *zone = mem_new(1, sizeof(*zone));
    SCOPED(buffer_free) struct buffer path = {0};
    SCOPED(buffer_free) struct buffer file = {0};
    struct error detail = {0};

    if (!name_valid(name))
        return error_set(err, ERR_NOT_FOUND,
                         "there is no time zone '%.*s'; zones are named like 'Europe/Berlin'",
                         (int)NAME_MAX_SIZE, name);
    buffer_printf(&path, "%s%s", ZONE_FOLDER, name);
    enum status status = file_read(path.data, FILE_MAX, &file, &detail);
    /* A folder ("Europe") or a file that is no zone ("tzdata.zi") has that name by chance. */
    if (status != OK || !read_file(buffer_text(&file), zone)) {
        if (!file_exists(ZONE_FOLDER))
            return error_set(err, ERR_UNAVAILABLE,
                             "there are no time zones under " ZONE_FOLDER
                             "; install the package tzdata");
        return error_set(err, ERR_NOT_FOUND,
                         "there is no time zone '%s'; zones are named like 'Europe/Berlin'", name);
    }
    *out = zone;
    zone = NULL;
    return OK;
}

/* The local second, counted as if it were UTC, at which a change happens in `year`. */
static int64_t change_second(const struct change *c, int64_t year)
{
    int64_t first = calendar_days(year, c->month, 1);
    int weekday = (int)(((first + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    int day = 1 + (c->weekday - weekday + 7) % 7 + (c->week - 1) * 7;

    if (day > calendar_month_days(year, c->month))
        day -= 7; /* week 5 is the last */
    return (first + day - 1) * 86400 + c->second;
}

static int32_t rule_offset(const struct rule *r, int64_t second)
{
    int64_t year, local = second + r->offset;
    int month, day;

    if (!r->has_summer)
        return r->offset;
    calendar_date(local / 86400 - (local % 86400 < 0), &year, &month, &day);
    int64_t start = change_second(&r->start, year) - r->offset;
    int64_t end = change_second(&r->end, year) - r->summer_offset;
    bool summer = start < end ? second >= start && second < end : second >= start || second < end;
    return summer ? r->summer_offset : r->offset;
}

int64_t zone_offset_ms(const struct zone *zone, int64_t utc_ms)
{
    int64_t second = utc_ms / MS_SECOND - (utc_ms % MS_SECOND < 0);
    size_t low = 0, high = zone->count; /* transitions before `low` are not later than `second` */

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->at[middle] <= second)
            low = middle + 1;
        else
            high = middle;
    }
    int32_t offset = low == 0 ? zone->first : zone->offsets[low - 1];
    if (low == zone->count && zone->has_rule)
        offset = rule_offset(&zone->rule, second);
    return (int64_t)offset * MS_SECOND;
}

int64_t zone_to_utc(const struct zone *zone, int64_t local_ms)
{
    /* No zone is further than a day from UTC, so these are the offsets before and after a change
     * that is near. Where both fit, the time occurs twice and the one before is earlier. */
    int64_t before = zone_offset_ms(zone, local_ms - MS_DAY);
    int64_t after = zone_offset_ms(zone, local_ms + MS_DAY);

    if (before == after || zone_offset_ms(zone, local_ms - before) == before)
        return local_ms - before;
    if (zone_offset_ms(zone, local_ms - after) == after)
        return local_ms - after;
    return local_ms - before; /* skipped: as far behind the gap as it was inside */
}
