/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/time.h"
#include "tests/support/test.h"

/* What `run` writes to standard error. */
static void captured(void (*run)(void), struct buffer *out)
{
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct error err = {0};

    test_path(path, test_dir(dir), "log");
    int kept = dup(STDERR_FILENO);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(kept >= 0 && file >= 0);
    assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
    run();
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    close(kept);
    close(file);
    assert_int_equal(file_read(path, 64 * 1024 * 1024, out, &err), OK);
}

static void say_one(void)
{
    log_line(LOG_INFO, "served", "request=%s us=%d", "r-5f", 412);
}

static void a_line_has_time_level_kind_and_pairs(void **state)
{
    SCOPED(buffer_free) struct buffer out = {0};
    int64_t ms;

    captured(say_one, &out);
    struct text line = buffer_text(&out);
    struct text time = text_cut(&line, ' ');
    assert_true(time_parse(time, &ms));
    assert_int_equal(time.size, 24);
    assert_text(line, "level=info kind=served request=r-5f us=412\n");
}

static void say_on_all_levels(void)
{
    for (int level = LOG_DEBUG; level <= LOG_ERROR; level++)
        log_line((enum log_level)level, "x", "n=%d", level);
}

static void lines_below_the_level_are_dropped(void **state)
{
    static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR};

    for (size_t i = 0; i < COUNT(levels); i++) {
        SCOPED(buffer_free) struct buffer out = {0};
        size_t lines = 0;
        log_level_set(levels[i]);
        captured(say_on_all_levels, &out);
        for (size_t k = 0; k < out.size; k++)
            lines += out.data[k] == '\n';
        assert_int_equal(lines, 4 - i);
    }
    log_level_set(LOG_INFO);
}

static void say_too_much(void)
{
    char long_text[3 * LOG_LINE_SIZE];

    for (size_t i = 0; i + 3 < sizeof(long_text); i += 3)
        memcpy(long_text + i, "\xE2\x82\xAC", 4);
    log_line(LOG_INFO, "x", "a=%s", long_text);
    log_line(LOG_INFO, "x", "a=one\nlevel=forged\r\n");
}

static void a_line_is_one_line_of_bounded_length(void **state)
{
    SCOPED(buffer_free) struct buffer out = {0};

    captured(say_too_much, &out);
    struct text rest = buffer_text(&out);
    struct text first = text_cut(&rest, '\n');
    assert_in_range(first.size, LOG_LINE_SIZE - 8, LOG_LINE_SIZE);
    assert_true(text_utf8_valid(first));
    struct text second = text_cut(&rest, '\n');
    assert_true(text_ends(second, "a=one level=forged"));
    assert_text(rest, "");
}

static void *say_many(void *unused)
{
    for (int i = 0; i < 200; i++)
        log_line(LOG_INFO, "many", "text=%0100d", i);
    return unused;
}

static void say_from_threads(void)
{
    pthread_t threads[4];

    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, say_many, NULL), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void lines_of_several_threads_do_not_mix(void **state)
{
    SCOPED(buffer_free) struct buffer out = {0};
    size_t lines = 0;

    captured(say_from_threads, &out);
    struct text rest = buffer_text(&out);
    for (; rest.size > 0; lines++)
        assert_int_equal(text_cut(&rest, '\n').size, strlen("2026-11-22T10:00:00.000Z level=info "
                                                            "kind=many text=") +
                                                         100);
    assert_int_equal(lines, 800);
}

static void words_for_levels_are_read(void **state)
{
    enum log_level level = LOG_INFO;

    assert_true(log_level_parse(TEXT("error"), &level) && level == LOG_ERROR);
    assert_true(log_level_parse(TEXT("debug"), &level) && level == LOG_DEBUG);
    assert_false(log_level_parse(TEXT("loud"), &level));
    assert_false(log_level_parse((struct text){0}, &level));
    assert_int_equal(level, LOG_DEBUG);
}

static void quoted_values_are_escaped_and_cut(void **state)
{
    char out[LOG_QUOTE_SIZE], text[1000];

    assert_string_equal(log_quote(TEXT("a \"b\"\\\n\x7F"), out), "\"a \\\"b\\\"\\\\\\x0a\\x7f\"");
    assert_string_equal(log_quote((struct text){0}, out), "\"\"");
    static const char *const units[] = {"a",        "\"",           "\n",
                                        "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t i = 0; i < COUNT(units); i++) {
        for (size_t shift = 0; shift < 4; shift++) {
            size_t size = shift;
            memset(text, 'x', shift);
            while (size + 4 < sizeof(text)) {
                memcpy(text + size, units[i], strlen(units[i]));
                size += strlen(units[i]);
            }
            log_quote((struct text){text, size}, out);
            assert_in_range(strlen(out), LOG_QUOTE_SIZE - 20, LOG_QUOTE_SIZE - 1);
            assert_int_equal(out[strlen(out) - 1], '"');
            assert_true(text_utf8_valid(text_from(out)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_kind_and_pairs),
        cmocka_unit_test(lines_below_the_level_are_dropped),
        cmocka_unit_test(a_line_is_one_line_of_bounded_length),
        cmocka_unit_test(lines_of_several_threads_do_not_mix),
        cmocka_unit_test(words_for_levels_are_read),
        cmocka_unit_test(quoted_values_are_escaped_and_cut),
    };
    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
