/* SPDX-License-Identifier: Apache-2.0 */
/* Days: types that stopped, that fell on some days, and days without anything; and the days a chart
 * shows.
 *
 * A day is held against the same weekday of the four weeks before: half of that and less, by more than
 * six deviations of a Poisson count, is a fall. */
#include <math.h>
#include <stdlib.h>

#include "audit/parts.h"
#include "base/compare.h"

enum { WEEK = 7, WEEKS_BEFORE = 4, DAILY_LEAST = 30, REGULAR_DAYS = 14, STOPPED_DAYS = 2 };

/* The middle of that weekday's counts in the four weeks before. */
static double usual(const uint32_t *days, uint32_t first, uint32_t day)
{
    uint32_t before[WEEKS_BEFORE], count = 0;

    for (uint32_t w = 1; w <= WEEKS_BEFORE && day >= first + w * WEEK; w++)
        before[count++] = days[day - w * WEEK];
    if (count < 2)
        return -1;
    qsort(before, count, sizeof(before[0]), compare_u32);
    uint32_t low = before[(count - 1) / 2], high = before[count / 2];
    return ((double)low + high) / 2;
}

static uint32_t day_at(int64_t ms)
{
    return ms <= 0 ? 0 : ms / MS_DAY >= DAYS_MAX ? DAYS_MAX - 1 : (uint32_t)(ms / MS_DAY);
}

/* Came on most of the days of its last two weeks, and then no more? */
static void stopped(struct audit *a, enum event_type type, uint32_t first, uint32_t last)
{
    const uint32_t *days = a->type_days[type];
    uint32_t ended = day_at(a->report.types[type].last_ms), came = 0;
    uint64_t events = 0;
    char when[TIME_TEXT_SIZE];

    if (ended < first + REGULAR_DAYS)
        return;
    looked_at(a, CHECK_type_stopped, 1);
    for (uint32_t d = ended - REGULAR_DAYS + 1; d <= ended; d++) {
        came += days[d] > 0;
        events += days[d];
    }
    if (last - ended < STOPPED_DAYS || came + 4 < REGULAR_DAYS || events < 5 * REGULAR_DAYS)
        return;
    tally_of(a, CHECK_type_stopped)->sessions =
        a->report.sessions * (last - ended) / (last - first + 1);
    if (found(a, CHECK_type_stopped))
        example(a, CHECK_type_stopped, "%s: the last of %llu on %.10s", event_type_name(type),
                (unsigned long long)a->report.types[type].count,
                time_print(a->report.types[type].last_ms, when));
}

/* What was said of a day: several types may fall on one. */
enum day_mark { DAY_LOOKED_AT = 1, DAY_FELL = 2 };

static void fell(struct audit *a, enum event_type type, uint32_t first, uint32_t last,
                 uint8_t *marks)
{
    const uint32_t *days = a->type_days[type];
    uint32_t ended = day_at(a->report.types[type].last_ms);
    char when[TIME_TEXT_SIZE];

    /* The last day is not over, and what stopped is told apart. */
    for (uint32_t d = first; d < last && d <= ended; d++) {
        double expected = usual(days, first, d);
        uint64_t all = 0;

        for (int t = 0; t < EVENT_TYPE_COUNT; t++)
            all += a->type_days[t] == NULL ? 0 : a->type_days[t][d];
        if (expected < DAILY_LEAST || all == 0)
            continue;
        looked_at(a, CHECK_type_fell, (marks[d - first] & DAY_LOOKED_AT) == 0);
        marks[d - first] |= DAY_LOOKED_AT;
        if (days[d] > expected / 2 || days[d] > expected - 6 * sqrt(expected))
            continue;
        if ((marks[d - first] & DAY_FELL) == 0) {
            tally_of(a, CHECK_type_fell)->sessions += a->session_days[d];
            (void)found(a, CHECK_type_fell); /* the example is of the type */
        }
        marks[d - first] |= DAY_FELL;
        example(a, CHECK_type_fell, "%s on %.10s: %u, usual are %.0f", event_type_name(type),
                time_print((int64_t)d * MS_DAY, when), days[d], expected);
    }
}

static void silent(struct audit *a, uint32_t first, uint32_t last, const uint32_t *all)
{
    uint64_t events = 0;
    char when[TIME_TEXT_SIZE];

    for (uint32_t d = first; d <= last; d++)
        events += all[d - first];
    looked_at(a, CHECK_day_silent, last - first + 1);
    if (events < (uint64_t)(last - first + 1) * 5)
        return;
    for (uint32_t d = first + 1; d < last; d++) {
        uint32_t with = 0, of = 0;

        /* that weekday in the weeks around */
        for (int w = -WEEKS_BEFORE; w <= WEEKS_BEFORE; w++) {
            int64_t other = (int64_t)d + w * WEEK;
            if (w == 0 || other < first || other > last)
                continue;
            of++;
            with += all[other - first] > 0;
        }
        if (all[d - first] > 0 || of < 2 || with * 2 <= of)
            continue;
        if (found(a, CHECK_day_silent))
            example(a, CHECK_day_silent, "%.10s", time_print((int64_t)d * MS_DAY, when));
    }
}

void conclude_days(struct audit *a)
{
    struct report *r = &a->report;

    if (r->events == 0)
        return;
    /* What is dated out of all reason would make a chart of decades. */
    uint32_t last = day_at(r->last_ms), first = day_at(r->first_ms);
    while (first < last) {
        uint64_t there = 0, ahead = 0;
        for (int t = 0; t < EVENT_TYPE_COUNT; t++)
            for (uint32_t d = first; a->type_days[t] != NULL && d < first + 60 && d <= last; d++)
                *(d == first ? &there : &ahead) += a->type_days[t][d];
        if (there > 0 && (ahead > 0 || last - first < 60))
            break;
        first++;
    }
    r->first_day = first;
    r->day_count = last - first + 1;
    r->days = arena_array(&a->keep, r->day_count, sizeof(*r->days));
    r->order_days = arena_array(&a->keep, r->day_count, sizeof(*r->order_days));
    for (uint32_t d = first; d <= last; d++)
        for (int t = 0; t < EVENT_TYPE_COUNT; t++) {
            uint32_t count = a->type_days[t] == NULL ? 0 : a->type_days[t][d];
            r->days[d - first] += count;
            r->order_days[d - first] += t == EVENT_purchase ? count : 0;
        }
    uint8_t *marks = arena_array(&a->keep, r->day_count, sizeof(*marks));
    for (int t = 1; t < EVENT_TYPE_COUNT; t++) {
        if (a->type_days[t] == NULL || t >= EVENT_identify)
            continue;
        stopped(a, (enum event_type)t, first, last);
        fell(a, (enum event_type)t, first, last, marks);
    }
    silent(a, first, last, r->days);
}
