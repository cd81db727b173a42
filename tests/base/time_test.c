/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/time.h"
#include "tests/support/test.h"

static void iso_times_are_read_in_all_their_forms(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"2026-11-22T10:00:00.000Z", INT64_C(1795341600000)},
        {"2026-11-22t10:00:00z", INT64_C(1795341600000)},
        {"2026-11-22 10:00:00", INT64_C(1795341600000)},
        {"2026-11-22T10:00", INT64_C(1795341600000)},
        {"2026-11-22T11:00:00+01:00", INT64_C(1795341600000)},
        {"2026-11-22T11:00+0100", INT64_C(1795341600000)},
        {"2026-11-22T04:30-05:30", INT64_C(1795341600000)},
        {"2026-11-22T11:00:00+01", INT64_C(1795341600000)},
        {"2026-11-22T10:00:00.1Z", INT64_C(1795341600100)},
        {"2026-11-22T10:00:00,123456789Z", INT64_C(1795341600123)},
        {"2026-11-22", INT64_C(1795305600000)},
        {"2024-02-29", INT64_C(1709164800000)},
        {"1970-01-01T00:00:00Z", 0},
        {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
        {"0", 0},
        {"1795341600", INT64_C(1795341600000)},
        {"99999999999", INT64_C(99999999999000)},
        {"100000000000", INT64_C(100000000000)},
        {"1795341600123", INT64_C(1795341600123)},
    };
    int64_t ms;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (!time_parse(text_from(cases[i].text), &ms) || ms != cases[i].ms)
            fail_msg("'%s' is not read as %lld", cases[i].text, (long long)cases[i].ms);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "253402300800000",
                                      "9999999999999999999",
                                      "2026-11-22T",
                                      "2026-11-22T10",
                                      "2026-11-22T10:",
                                      "2026-11-22T10:00:",
                                      "2026-11-22T10:00:00.",
                                      "2026-11-22T10:00:00.Z",
                                      "2026-11-22T10:00:00 Z",
                                      "2026-11-22T24:00:00",
                                      "2026-11-22T10:60",
                                      "2026-11-22T10:00:61",
                                      "2026-13-01",
                                      "2026-00-01",
                                      "2026-04-31",
                                      "2026-02-29",
                                      "2026-11-0",
                                      "2026-11-00",
                                      "1969-12-31",
                                      "1970-01-01T00:00+00:01",
                                      "9999-12-31T23:59:59-00:01",
                                      "2026-11-22T10:00+1",
                                      "2026-11-22T10:00+01:",
                                      "2026-11-22T10:00+24:00",
                                      "2026-11-22T10:00+01:60",
                                      "2026-11-22T10:00Zx",
                                      "2026/11/22",
                                      "22.11.2026",
                                      "2026-11-22x",
                                      "2026-1-22 10:00"};
    int64_t ms = 7;

    for (size_t i = 0; i < COUNT(bad); i++) {
        if (time_parse(text_from(bad[i]), &ms))
            fail_msg("'%s' is read", bad[i]);
    }
    assert_false(time_parse((struct text){0}, &ms));
    assert_int_equal(ms, 7);
}

static void every_day_prints_and_reads_back(void **state)
{
    char text[TIME_TEXT_SIZE];
    int64_t back;

    for (int64_t ms = 0; ms < INT64_C(253402300800000); ms += (int64_t)MS_DAY * 11 + 12345678) {
        time_t seconds = (time_t)(ms / 1000);
        struct tm tm;
        char expected[TIME_TEXT_SIZE + 32];
        size_t size =
            strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
        snprintf(expected + size, sizeof(expected) - size, ".%03dZ", (int)(ms % 1000));
        assert_string_equal(time_print(ms, text), expected);
        assert_true(time_parse(text_from(text), &back) && back == ms);
    }
    assert_string_equal(time_print(-1, text), "1969-12-31T23:59:59.999Z");
    assert_true(strlen(time_print(INT64_MIN, text)) < TIME_TEXT_SIZE);
    assert_true(strlen(time_print(INT64_MAX, text)) < TIME_TEXT_SIZE);
}

static int64_t at(const char *text)
{
    int64_t ms = -1;

    assert_true(time_parse(text_from(text), &ms));
    return ms;
}

static void zones_know_summer_time_also_after_their_last_transition(void **state)
{
    SCOPED(zone_close) struct zone *zone = NULL;
    struct error err = {0};

    assert_int_equal(zone_open(&zone, "Europe/Berlin", &err), OK);
    assert_int_equal(zone_offset_ms(zone, at("2026-03-29T00:59:59.999Z")), MS_HOUR);
    assert_int_equal(zone_offset_ms(zone, at("2026-03-29T01:00:00Z")), 2 * MS_HOUR);
    assert_int_equal(zone_offset_ms(zone, at("2026-10-25T00:59:59.999Z")), 2 * MS_HOUR);
    assert_int_equal(zone_offset_ms(zone, at("2026-10-25T01:00:00Z")), MS_HOUR);
    assert_int_equal(zone_offset_ms(zone, at("2090-03-26T00:59:59Z")), MS_HOUR);
    assert_int_equal(zone_offset_ms(zone, at("2090-03-26T01:00:00Z")), 2 * MS_HOUR);
    assert_int_equal(zone_offset_ms(zone, at("2090-07-01")), 2 * MS_HOUR);
    assert_int_equal(zone_offset_ms(zone, at("2090-12-01")), MS_HOUR);
}

static void local_times_that_occur_twice_or_never_have_one_instant(void **state)
{
    SCOPED(zone_close) struct zone *zone = NULL;
    struct error err = {0};

    assert_int_equal(zone_open(&zone, "Europe/Berlin", &err), OK);
    assert_true(zone_to_utc(zone, at("2026-07-01T12:00")) == at("2026-07-01T10:00"));
    assert_true(zone_to_utc(zone, at("2026-10-25T02:30")) == at("2026-10-25T00:30")); /* twice */
    assert_true(zone_to_utc(zone, at("2026-10-25T03:00")) == at("2026-10-25T02:00"));
    assert_true(zone_to_utc(zone, at("2026-03-29T02:30")) == at("2026-03-29T01:30")); /* never */
    assert_true(zone_to_utc(zone, at("2026-03-29T01:59")) == at("2026-03-29T00:59"));
    assert_true(zone_to_utc(zone, at("2026-03-29T03:00")) == at("2026-03-29T01:00"));
}

static void zones_agree_with_the_c_library(void **state)
{
    static const char *const names[] = {
        "America/New_York", "Asia/Kolkata",     "Australia/Lord_Howe", "Europe/Dublin", "UTC",
        "Pacific/Apia",     "America/Santiago", "Africa/Casablanca"};

    for (size_t i = 0; i < COUNT(names); i++) {
        SCOPED(zone_close) struct zone *zone = NULL;
        struct error err = {0};
        assert_int_equal(zone_open(&zone, names[i], &err), OK);
        setenv("TZ", names[i], 1);
        tzset();
        for (time_t second = 0; second < 4102444800; second += 86400 * 5 + 3571) {
            struct tm tm;
            localtime_r(&second, &tm);
            if (zone_offset_ms(zone, (int64_t)second * 1000) != tm.tm_gmtoff * 1000)
                fail_msg("%s differs at %lld", names[i], (long long)second);
        }
    }
    unsetenv("TZ");
    tzset();
}

static void a_name_that_is_no_zone_is_refused(void **state)
{
    static const char *const bad[] = {
        "",          "Europe/Nowhere", "../passwd", "/etc/passwd",    "Europe",
        "tzdata.zi", "Europe/../UTC",  "a b",       "Europe/Be\nrlin"};

    for (size_t i = 0; i < COUNT(bad); i++) {
        SCOPED(zone_close) struct zone *zone = NULL;
        struct error err = {0};
        assert_int_equal(zone_open(&zone, bad[i], &err), ERR_NOT_FOUND);
        assert_non_null(strstr(err.message, bad[i]));
        assert_null(zone);
    }
}

static void formats_are_read_whole(void **state)
{
    static const struct {
        const char *text, *format, *expected;
    } cases[] = {
        {"22/11/2026 10:05", "%d/%m/%Y %H:%M", "2026-11-22T10:05"},
        {"1/2/2026 9:05", "%m/%d/%Y %H:%M", "2026-01-02T09:05"},
        {"12/31/69", "%D", NULL},
        {"12/31/68", "%m/%d/%y", "2068-12-31"},
        {"20261122", "%Y%m%d", "2026-11-22"},
        {"Sun, 22 Nov 2026 10:05:06 +0100", "%a, %d %b %Y %T %z", "2026-11-22T09:05:06"},
        {"november 22 2026", "%B %d %Y", "2026-11-22"},
        {"may 2 2026", "%B %d %Y", "2026-05-02"},
        {"2026-11-22 12:05:06.25 AM", "%F %I:%M:%S.%f %p", "2026-11-22T00:05:06.250"},
        {"2026-11-22 12:05 pm", "%F %I:%M %p", "2026-11-22T12:05"},
        {"2026-11-22 13:05 pm", "%F %I:%M %p", NULL},
        {"1795341600.5", "%s.%f", "2026-11-22T10:00:00.5"},
        {"100%2026", "100%%%Y", "2026-01-01"},
        {" 2026", " %Y", "2026-01-01"},
        {"2026 ", "%Y", NULL},
        {"2026", "%Y-%m", NULL},
        {"31/02/2026", "%d/%m/%Y", NULL},
        {"x", "%Q", NULL},
        {"x", "x%", NULL},
        {"", "", NULL},
        {"99999999999999999999", "%s", NULL},
        {"9223372036854775807", "%s", NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t ms = 7;
        bool read = time_parse_format(text_from(cases[i].text), cases[i].format, NULL, &ms);
        int64_t expected = cases[i].expected == NULL ? 7 : at(cases[i].expected);
        if (read != (cases[i].expected != NULL) || ms != expected)
            fail_msg("'%s' by '%s' gives %lld", cases[i].text, cases[i].format, (long long)ms);
    }
}

static void a_format_is_local_to_its_zone_unless_the_text_says_otherwise(void **state)
{
    SCOPED(zone_close) struct zone *zone = NULL;
    struct error err = {0};
    int64_t ms;

    assert_int_equal(zone_open(&zone, "Europe/Berlin", &err), OK);
    assert_true(time_parse_format(TEXT("01.07.2026 12:00"), "%d.%m.%Y %H:%M", zone, &ms));
    assert_true(ms == at("2026-07-01T10:00Z"));
    assert_true(time_parse_format(TEXT("2026-07-01 12:00 Z"), "%F %R %z", zone, &ms));
    assert_true(ms == at("2026-07-01T12:00Z"));
}

static void a_format_is_known_before_it_is_used(void **state)
{
    assert_true(time_format_valid("%d/%m/%Y %H:%M"));
    assert_true(time_format_valid("%s"));
    assert_false(time_format_valid("%H:%M"));
    assert_false(time_format_valid("%Y %Q"));
    assert_false(time_format_valid("%Y%"));
    assert_false(time_format_valid(""));
}

static void clocks_go_forward(void **state)
{
    uint64_t first = time_monotonic_ns();

    assert_true(time_monotonic_ns() >= first);
    assert_true(time_now_ms() > at("2020-01-01"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_times_are_read_in_all_their_forms),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(every_day_prints_and_reads_back),
        cmocka_unit_test(zones_know_summer_time_also_after_their_last_transition),
        cmocka_unit_test(local_times_that_occur_twice_or_never_have_one_instant),
        cmocka_unit_test(zones_agree_with_the_c_library),
        cmocka_unit_test(a_name_that_is_no_zone_is_refused),
        cmocka_unit_test(formats_are_read_whole),
        cmocka_unit_test(a_format_is_local_to_its_zone_unless_the_text_says_otherwise),
        cmocka_unit_test(a_format_is_known_before_it_is_used),
        cmocka_unit_test(clocks_go_forward),
    };
    return cmocka_run_group_tests_name("base/time", tests, NULL, NULL);
}
