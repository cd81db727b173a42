/* SPDX-License-Identifier: Apache-2.0 */
/* calendar: the arithmetic that the parts of base/time.h share; use that header. */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* A date and time of day as read; nothing says that they exist. */
struct calendar {
    int64_t year;
    int month, day; /* from 1 */
    int hour, minute, second, millisecond;
};

/* Days since 1970-01-01 of a date of the Gregorian calendar, and back. */
int64_t calendar_days(int64_t year, int month, int day);
void calendar_date(int64_t days, int64_t *year, int *month, int *day);

int calendar_month_days(int64_t year, int month); /* month from 1 to 12 */

/* The local time in milliseconds, counted as if it were UTC. False when there is no such date or
 * time, or its year is not in 1970 to 9999. */
bool calendar_ms(const struct calendar *c, int64_t *ms);

/* From 1970 to the end of 9999. */
bool calendar_instant_valid(int64_t ms);

/* "Z", "+01:00", "+0100", "+01" at `*at`; moves it behind. Milliseconds east of UTC. */
bool calendar_read_offset(const char **at, const char *end, int64_t *ms);

#endif
