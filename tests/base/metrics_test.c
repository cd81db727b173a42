/* SPDX-License-Identifier: Apache-2.0 */
/* With the argument "print" it prints the metrics for `make check`, which hands them to promtool.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/metrics.h"
#include "tests/support/test.h"

static void assert_line(const char *line)
{
    SCOPED(buffer_free) struct buffer out = {0};
    SCOPED(buffer_free) struct buffer whole = {0};

    metrics_print(&out);
    buffer_printf(&whole, "\n%s\n", line);
    if (strstr(buffer_text(&out).data, whole.data) == NULL)
        fail_msg("no line '%s' in:\n%s", line, buffer_text(&out).data);
}

static void *count_many(void *unused)
{
    for (int i = 0; i < 50000; i++)
        metric_add(METRIC_events_stored_total, 2);
    return unused;
}

static void no_count_of_any_thread_is_lost(void **state)
{
    pthread_t threads[4];

    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_many, NULL), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(metric_get(METRIC_events_stored_total), 400000);
    assert_line("endcap_events_stored_total 400000");
}

static void a_gauge_is_what_was_set_last(void **state)
{
    metric_set(METRIC_writer_queue_events, 12);
    metric_set(METRIC_writer_queue_events, -3);
    assert_line("endcap_writer_queue_events -3");
    assert_line("# TYPE endcap_writer_queue_events gauge");
}

static void a_duration_falls_into_its_bucket_and_all_above(void **state)
{
    metric_time(METRIC_commit_seconds, 100000);                /* at the first bound */
    metric_time(METRIC_commit_seconds, 100001);                /* one past it */
    metric_time(METRIC_commit_seconds, UINT64_C(20000000000)); /* past the last */
    assert_line("# TYPE endcap_commit_seconds histogram");
    assert_line("endcap_commit_seconds_bucket{le=\"0.0001\"} 1");
    assert_line("endcap_commit_seconds_bucket{le=\"0.00025\"} 2");
    assert_line("endcap_commit_seconds_bucket{le=\"10\"} 2");
    assert_line("endcap_commit_seconds_bucket{le=\"+Inf\"} 3");
    assert_line("endcap_commit_seconds_sum 20.000200001");
    assert_line("endcap_commit_seconds_count 3");
}

static void every_row_is_printed_and_named_by_its_type(void **state)
{
    static const struct {
        const char *name, *type;
    } rows[] = {
#define METRIC(name, type, help) {#name, #type},
#include "metrics.def"
#undef METRIC
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct text name = text_from(rows[i].name);
        bool total = text_ends(name, "_total"), counter = strcmp(rows[i].type, "COUNTER") == 0;
        char line[128];
        assert_int_equal(total, counter);
        if (strcmp(rows[i].type, "SECONDS") == 0)
            assert_true(text_ends(name, "_seconds"));
        snprintf(line, sizeof(line), "# TYPE endcap_%s %s", rows[i].name,
                 counter                              ? "counter"
                 : strcmp(rows[i].type, "GAUGE") == 0 ? "gauge"
                                                      : "histogram");
        assert_line(line);
    }
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_count_of_any_thread_is_lost),
        cmocka_unit_test(a_gauge_is_what_was_set_last),
        cmocka_unit_test(a_duration_falls_into_its_bucket_and_all_above),
        cmocka_unit_test(every_row_is_printed_and_named_by_its_type),
    };

    if (count == 2 && strcmp(arguments[1], "print") == 0) {
        SCOPED(buffer_free) struct buffer out = {0};
        metrics_print(&out);
        return fputs(buffer_text(&out).data, stdout) < 0;
    }
    return cmocka_run_group_tests_name("base/metrics", tests, NULL, NULL);
}
