/* SPDX-License-Identifier: Apache-2.0 */
/* time: clocks, timestamps and time zones.
 *
 * Times are 64-bit milliseconds since 1970-01-01 UTC. Only base/ and step timing in paths/ read a
 * clock; everything that decides is given its time. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum {
    MS_SECOND = 1000,
    MS_MINUTE = 60 * MS_SECOND,
    MS_HOUR = 60 * MS_MINUTE,
    MS_DAY = 24 * MS_HOUR,
    TIME_TEXT_SIZE = 32,
};

int64_t time_now_ms(void);        /* wall clock */
uint64_t time_monotonic_ns(void); /* for durations */

/* ISO 8601 / RFC 3339: "2026-11-22T10:00:00.000Z", with "+01:00" offsets, "T" or a space, seconds
 * and fraction optional, UTC without an offset; a bare date is midnight UTC; digits alone are Unix
 * seconds (up to 11 digits) or milliseconds (12 and more). Years 1970 to 9999. False leaves `*ms`
 * alone. */
bool time_parse(struct text t, int64_t *ms);

/* "2026-11-22T10:00:00.000Z" into `out`; returns out. */
const char *time_print(int64_t ms, char out[TIME_TEXT_SIZE]);

/* A zone of the system's time zone database ("Europe/Berlin", "UTC"). Immutable after opening; any
 * number of threads may use it. */
struct zone;

/* ERR_NOT_FOUND when the database has no such zone, naming it. */
MUST_USE enum status zone_open(struct zone **out, const char *name, struct error *err);
void zone_close(struct zone **zone); /* for SCOPED; *zone may be NULL */

/* Milliseconds to add to UTC to get local time at that instant. */
int64_t zone_offset_ms(const struct zone *zone, int64_t utc_ms);

/* The instant of a local time ("local_ms" is counted as if it were UTC). Twice-occurring times take
 * the earlier instant; skipped ones move forward by the gap. */
int64_t zone_to_utc(const struct zone *zone, int64_t local_ms);

/* Read `t` by a strptime format ("%d/%m/%Y %H:%M"), local to `zone` (NULL: UTC) unless the text has
 * an offset of its own (%z). The whole of `t` must match. Knows %Y %y %m %b %B %h %d %e %H %I %k %l
 * %M %S %f (fraction of a second) %p %a %A %z %s %F %T %R %D %n %t %%; names are English. What the
 * format does not say is the first of January, midnight. False leaves `*ms` alone. */
bool time_parse_format(struct text t, const char *format, const struct zone *zone, int64_t *ms);

/* Whether time_parse_format knows all of `format` and it says at least the year. */
bool time_format_valid(const char *format);

#endif
