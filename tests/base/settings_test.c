/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/settings.h"
#include "tests/support/test.h"

static void every_row_is_sound(void **state)
{
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting_row *row = &setting_rows[i];
        SCOPED(buffer_free) struct buffer printed = {0};
        struct settings s;

        assert_in_range(strlen(row->name), 1, 63);
        assert_true(row->min <= row->max);
        assert_true(row->type != SETTING_U32 || row->max <= UINT32_MAX);
        assert_true(row->type != SETTING_TEXT || row->max < SETTING_TEXT_SIZE);
        assert_int_equal(row->meaning[strlen(row->meaning) - 1], '.');
        settings_defaults(&s);
        settings_print(&s, row, &printed);
        assert_text(buffer_text(&printed), row->def);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(row->name, setting_rows[k].name);
    }
}

/* The settings of every row but one, to see that setting it touched no other. */
static void assert_only_changed(const struct settings *s, const char *name)
{
    struct settings before;

    settings_defaults(&before);
    for (size_t i = 0; i < setting_count; i++) {
        SCOPED(buffer_free) struct buffer a = {0};
        SCOPED(buffer_free) struct buffer b = {0};
        settings_print(s, &setting_rows[i], &a);
        settings_print(&before, &setting_rows[i], &b);
        if (strcmp(setting_rows[i].name, name) != 0)
            assert_text(buffer_text(&a), buffer_text(&b).data);
    }
}

static void every_number_is_taken_at_its_edges_and_refused_past_them(void **state)
{
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting_row *row = &setting_rows[i];
        const uint64_t edges[] = {row->min, row->max};
        struct settings s;
        struct error err = {0};

        if (row->type == SETTING_TEXT)
            continue;
        settings_defaults(&s);
        for (size_t k = 0; k < COUNT(edges); k++) {
            SCOPED(buffer_free) struct buffer in = {0};
            SCOPED(buffer_free) struct buffer past = {0};
            SCOPED(buffer_free) struct buffer printed = {0};
            buffer_add_u64(&in, edges[k]);
            buffer_add_i64(&past, k == 0 ? (int64_t)edges[k] - 1 : (int64_t)edges[k] + 1);
            assert_int_equal(settings_set(&s, row->name, in.data, &err), OK);
            assert_int_equal(settings_set(&s, row->name, past.data, &err), ERR_INVALID);
            settings_print(&s, row, &printed);
            assert_text(buffer_text(&printed), in.data);
        }
        assert_only_changed(&s, row->name);
    }
}

static void a_value_outside_its_range_is_named(void **state)
{
    struct settings s;
    struct error err = {0};

    settings_defaults(&s);
    assert_int_equal(settings_set(&s, "http_workers", "0", &err), ERR_INVALID);
    assert_string_equal(err.message, "http_workers must be 1..64, got '0'");
    assert_int_equal(settings_set(&s, "http-workers", "x", &err), ERR_INVALID);
    assert_int_equal(s.http_workers, 2);
    assert_int_equal(settings_set(&s, "http-workers", "64", &err), OK);
    assert_int_equal(s.http_workers, 64);
    assert_int_equal(settings_set(&s, "http_worker", "1", &err), ERR_NOT_FOUND);
    assert_string_equal(err.message,
                        "there is no setting 'http_worker'; `endcap settings` lists them all");
}

static void a_text_is_taken_up_to_its_length(void **state)
{
    struct settings s;
    struct error err = {0};

    settings_defaults(&s);
    assert_int_equal(settings_set(&s, "train_at", "23:59", &err), OK);
    assert_string_equal(s.train_at, "23:59");
    assert_int_equal(settings_set(&s, "train_at", "023:59", &err), ERR_INVALID);
    assert_string_equal(err.message, "train_at must be at most 5 bytes, got 6");
    assert_int_equal(settings_set(&s, "train_at", "a\nb", &err), ERR_INVALID);
    assert_int_equal(settings_set(&s, "train_at", "\xFF", &err), ERR_INVALID);
    assert_string_equal(s.train_at, "23:59");
    assert_int_equal(settings_set(&s, "train_at", "", &err), OK);
    assert_string_equal(s.train_at, "");
}

static void the_file_outranks_the_environment(void **state)
{
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct settings s;
    struct error err = {0};

    test_dir(dir);
    setenv("ENDCAP_HTTP_WORKERS", "3", 1);
    setenv("ENDCAP_TICK_S", "7", 1);
    assert_int_equal(settings_load(&s, dir, &err), OK);
    assert_int_equal(s.http_workers, 3);
    test_write(
        test_path(path, dir, "settings"),
        TEXT("# ours\n\n  http-workers = 4  \r\norigins = https://a.example https://b.example\n"
             "train_at ="));
    assert_int_equal(settings_load(&s, dir, &err), OK);
    assert_int_equal(s.http_workers, 4);
    assert_int_equal(s.tick_s, 7);
    assert_string_equal(s.origins, "https://a.example https://b.example");
    assert_string_equal(s.train_at, "");
    unsetenv("ENDCAP_HTTP_WORKERS");
    unsetenv("ENDCAP_TICK_S");
}

static void a_mistake_names_its_line_and_changes_nothing(void **state)
{
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct settings s;
    struct error err = {0};

    test_path(path, test_dir(dir), "settings");
    settings_defaults(&s);
    test_write(path, TEXT("tick_s = 9\nhttp_workers = 99\n"));
    assert_int_equal(settings_load(&s, dir, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "settings line 2: http_workers must be 1..64, got '99'"));
    assert_int_equal(s.tick_s, 5);
    test_write(path, TEXT("\nnothing here"));
    assert_int_equal(settings_load(&s, dir, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "line 2: expected 'name = value'"));
    test_write(path, TEXT("colour = red"));
    assert_int_equal(settings_load(&s, dir, &err), ERR_NOT_FOUND);
    test_write(path, TEXT(""));
    setenv("ENDCAP_TICK_S", "0", 1);
    assert_int_equal(settings_load(&s, dir, &err), ERR_INVALID);
    assert_string_equal(err.message, "$ENDCAP_TICK_S: tick_s must be 1..3600, got '0'");
    unsetenv("ENDCAP_TICK_S");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_sound),
        cmocka_unit_test(every_number_is_taken_at_its_edges_and_refused_past_them),
        cmocka_unit_test(a_value_outside_its_range_is_named),
        cmocka_unit_test(a_text_is_taken_up_to_its_length),
        cmocka_unit_test(the_file_outranks_the_environment),
        cmocka_unit_test(a_mistake_names_its_line_and_changes_nothing),
    };
    return cmocka_run_group_tests_name("base/settings", tests, NULL, NULL);
}
