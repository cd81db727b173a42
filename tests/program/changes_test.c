/* SPDX-License-Identifier: Apache-2.0 */
#include "program/changes.h"

#include "tests/support/test.h"

static struct arena arena;

static int clear(void **state)
{
    arena_free(&arena);
    return 0;
}

/* Every change, one a line. */
static const char *changes(const char *before, const char *after)
{
    struct changes found;
    const char *all = "";

    program_changes(text_from(before), text_from(after), &arena, &found);
    for (size_t i = 0; i < found.count; i++)
        all = arena_printf(&arena, "%s%s\n", all, found.lines[i]);
    if (found.more > 0)
        all = arena_printf(&arena, "%sand %zu more\n", all, found.more);
    return all;
}

static void layout_and_comments_are_no_change(void **state)
{
    assert_string_equal(changes("a: {b: 1, c: [x, y]}\n",
                                "# said otherwise\na:\n  b: '1'\n  c:\n    - x\n    - y\n"),
                        "");
}

static void a_value_says_what_it_was_and_is(void **state)
{
    assert_string_equal(changes("owner: ada\npolicies: {min_support: {viewed: 3}}\n",
                                "owner: eve\npolicies: {min_support: {viewed: 4}}\n"),
                        "owner: ada, now eve\npolicies.min_support.viewed: 3, now 4\n");
}

static void keys_come_and_go(void **state)
{
    assert_string_equal(changes("a: {x: 1}\n", "a: {y: [2, {z: ~}]}\n"),
                        "a.x: removed, was 1\na.y: added [2, {z: ~}]\n");
}

static void surfaces_and_lists_are_told_apart_by_name(void **state)
{
    assert_string_equal(
        changes(
            "surfaces:\n  - {name: front, kind: home, limit: 8}\n  - {name: side, kind: pdp}\n",
            "surfaces:\n  - {name: back, kind: cart}\n  - {name: front, kind: home, limit: 4}\n"),
        "surfaces.front.limit: 8, now 4\nsurfaces.side: removed\n"
        "surfaces.back: added {name: back, kind: cart}\n");
    assert_string_equal(changes("lists: [{name: a, products: [x]}, {name: b, products: [y]}]\n",
                                "lists: [{name: b, products: [y]}, {name: a, products: [x]}]\n"),
                        "lists: in another order\n");
}

static void items_without_a_name_are_told_apart_by_what_they_say(void **state)
{
    assert_string_equal(changes("l: {products: [a, b, c]}\n", "l: {products: [a, d, c]}\n"),
                        "l.products: removed b\nl.products: added d\n");
    assert_string_equal(changes("rules: [{pin: {product: a, slot: 1}}, {hide: x}]\n",
                                "rules: [{pin: {product: a, slot: 2}}, {hide: x}]\n"),
                        "rules: removed {pin: {product: a, slot: 1}}\n"
                        "rules: added {pin: {product: a, slot: 2}}\n");
    assert_string_equal(changes("s: [a, b]\n", "s: [b, a]\n"), "s: in another order\n");
    assert_string_equal(changes("s: [a]\n", "s: [a, a]\n"), "s: added a\n");
    assert_string_equal(changes("s: [a, b]\n", "s: [c, b, a]\n"),
                        "s: added c\ns: in another order\n");
}

static void long_values_are_cut_and_control_characters_are_spaces(void **state)
{
    SCOPED(buffer_free) struct buffer after = {0};

    buffer_add_string(&after, "a: \"x\\n\\u0007");
    for (int i = 0; i < 60; i++)
        buffer_add_string(&after, "\xc3\xa9");
    buffer_add_string(&after, "\"\n");
    const char *told = changes("{}\n", buffer_text(&after).data);

    assert_non_null(strstr(told, "a: added x  \xc3\xa9"));
    assert_non_null(strstr(told, "\xc3\xa9...\n"));
}

static void more_changes_than_anybody_reads_are_counted(void **state)
{
    SCOPED(buffer_free) struct buffer after = {0};

    for (int i = 0; i < CHANGES_MAX + 7; i++)
        buffer_printf(&after, "k%d: 1\n", i);
    assert_non_null(strstr(changes("{}\n", buffer_text(&after).data), "and 7 more\n"));
}

static void what_is_no_yaml_has_no_changes(void **state)
{
    assert_string_equal(changes("a: [", "a: 1\n"), "");
    assert_string_equal(changes("a: 1\n", "a: ]"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(layout_and_comments_are_no_change, clear),
        cmocka_unit_test_teardown(a_value_says_what_it_was_and_is, clear),
        cmocka_unit_test_teardown(keys_come_and_go, clear),
        cmocka_unit_test_teardown(surfaces_and_lists_are_told_apart_by_name, clear),
        cmocka_unit_test_teardown(items_without_a_name_are_told_apart_by_what_they_say, clear),
        cmocka_unit_test_teardown(long_values_are_cut_and_control_characters_are_spaces, clear),
        cmocka_unit_test_teardown(more_changes_than_anybody_reads_are_counted, clear),
        cmocka_unit_test_teardown(what_is_no_yaml_has_no_changes, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
