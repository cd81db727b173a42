/* SPDX-License-Identifier: Apache-2.0 */
#include "net/target.h"

#include "tests/support/test.h"

static struct arena arena;
static struct error err;

static int clear(void **state)
{
    arena_free(&arena);
    err = (struct error){0};
    return 0;
}

static void a_path_is_cut_and_decoded_part_by_part(void **state)
{
    struct target t;

    assert_int_equal(target_parse(TEXT("/v1/products/a%2Fb%20c+d?x=1"), &arena, &t, &err), OK);
    assert_text(t.path, "/v1/products/a%2Fb%20c+d");
    assert_int_equal(t.segment_count, 3);
    assert_text(t.segments[2], "a/b c+d");
}

static void the_root_has_no_parts_and_a_slash_at_the_end_makes_an_empty_one(void **state)
{
    struct target t;

    assert_int_equal(target_parse(TEXT("/"), &arena, &t, &err), OK);
    assert_int_equal(t.segment_count, 0);
    assert_int_equal(target_parse(TEXT("/v1/"), &arena, &t, &err), OK);
    assert_int_equal(t.segment_count, 2);
    assert_text(t.segments[1], "");
}

static void parameters_are_decoded(void **state)
{
    struct target t;

    assert_int_equal(
        target_parse(TEXT("/?q=oak+table%2B&empty=&flag&caf%C3%A9=1&"), &arena, &t, &err), OK);
    assert_int_equal(t.parameter_count, 4);
    assert_text(target_parameter(&t, "q"), "oak table+");
    assert_text(target_parameter(&t, "empty"), "");
    assert_text(target_parameter(&t, "flag"), "");
    assert_text(target_parameter(&t, "caf\xC3\xA9"), "1");
    assert_null(target_parameter(&t, "absent").data);
}

static void what_is_malformed_is_refused(void **state)
{
    static const char *const bad[] = {
        "",           "v1",   "*",          "/%",        "/%4",         "/%zz",     "/%00",
        "/?a=%0d%0a", "/%ff", "/?a=%c0%80", "/?a=1&a=2", "/?%61=1&a=2", "http://x/"};
    struct target t;

    for (size_t i = 0; i < COUNT(bad); i++) {
        err = (struct error){0};
        assert_int_equal(target_parse(text_from(bad[i]), &arena, &t, &err), ERR_INVALID);
        assert_int_equal(err.status, ERR_INVALID);
    }
}

static void every_bound_holds_at_its_edge_and_one_past_it(void **state)
{
    struct buffer b = {0};
    struct target t;

    for (int i = 0; i < TARGET_SEGMENTS_MAX; i++)
        buffer_add_string(&b, "/a");
    assert_int_equal(target_parse(buffer_text(&b), &arena, &t, &err), OK);
    buffer_add_string(&b, "/a");
    assert_int_equal(target_parse(buffer_text(&b), &arena, &t, &err), ERR_LIMIT);

    buffer_clear(&b);
    buffer_add_string(&b, "/?");
    for (int i = 0; i < TARGET_PARAMETERS_MAX; i++)
        buffer_printf(&b, "p%d=1&", i);
    assert_int_equal(target_parse(buffer_text(&b), &arena, &t, &err), OK);
    buffer_add_string(&b, "more");
    assert_int_equal(target_parse(buffer_text(&b), &arena, &t, &err), ERR_LIMIT);

    buffer_clear(&b);
    buffer_add_string(&b, "/");
    while (b.size < TARGET_BYTES_MAX)
        buffer_add_char(&b, 'a');
    assert_int_equal(target_parse(buffer_text(&b), &arena, &t, &err), OK);
    buffer_add_char(&b, 'a');
    assert_int_equal(target_parse(buffer_text(&b), &arena, &t, &err), ERR_LIMIT);
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_path_is_cut_and_decoded_part_by_part, clear),
        cmocka_unit_test_teardown(the_root_has_no_parts_and_a_slash_at_the_end_makes_an_empty_one,
                                  clear),
        cmocka_unit_test_teardown(parameters_are_decoded, clear),
        cmocka_unit_test_teardown(what_is_malformed_is_refused, clear),
        cmocka_unit_test_teardown(every_bound_holds_at_its_edge_and_one_past_it, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
