/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diff.h"

#include "base/random.h"
#include "tests/support/test.h"

static struct arena arena;

static int clear(void **state)
{
    arena_free(&arena);
    return 0;
}

static const char *unified(const char *before, const char *after)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct diff d;

    diff_texts(text_from(before), text_from(after), &arena, &d);
    diff_unified(&d, "old", "new", &out);
    return arena_text(&arena, buffer_text(&out)).data;
}

static void equal_texts_have_no_diff(void **state)
{
    assert_string_equal(unified("", ""), "");
    assert_string_equal(unified("a\nb\n", "a\nb\n"), "");
}

static void a_changed_line_stands_between_its_neighbours(void **state)
{
    assert_string_equal(unified("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nE\nf\ng\nh\n"),
                        "--- old\n+++ new\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n");
}

static void what_is_added_to_nothing_and_taken_to_nothing_names_line_0(void **state)
{
    assert_string_equal(unified("", "a\n"), "--- old\n+++ new\n@@ -0,0 +1 @@\n+a\n");
    assert_string_equal(unified("a\nb\n", ""), "--- old\n+++ new\n@@ -1,2 +0,0 @@\n-a\n-b\n");
}

static void changes_far_apart_are_hunks_of_their_own(void **state)
{
    assert_string_equal(unified("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\ny\n"),
                        "--- old\n+++ new\n@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n"
                        "@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+y\n");
    assert_string_equal(
        unified("1\n2\n3\n4\n5\n6\n7\n8\n", "x\n2\n3\n4\n5\n6\n7\ny\n"),
        "--- old\n+++ new\n@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n");
}

static void a_line_end_that_is_missing_is_a_difference(void **state)
{
    assert_string_equal(unified("a\n", "a"),
                        "--- old\n+++ new\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n");
}

/* Both texts out of the diff again; how many edits it has. */
static size_t checked(struct text before, struct text after)
{
    SCOPED(buffer_free) struct buffer first = {0}, second = {0};
    struct diff d;

    diff_texts(before, after, &arena, &d);
    for (size_t i = 0; i < d.count; i++) {
        if (d.lines[i].sign != '+')
            buffer_add_text(&first, d.lines[i].line);
        if (d.lines[i].sign != '-')
            buffer_add_text(&second, d.lines[i].line);
    }
    assert_true(text_equal(buffer_text(&first), before));
    assert_true(text_equal(buffer_text(&second), after));
    return d.added + d.removed;
}

/* The fewest edits, by the table of longest common subsequences of texts of one letter a line. */
static size_t fewest(struct text x, struct text y)
{
    size_t common[64][64] = {{0}}, n = x.size / 2, m = y.size / 2;

    for (size_t i = 1; i <= n; i++)
        for (size_t k = 1; k <= m; k++) {
            size_t longer =
                common[i - 1][k] > common[i][k - 1] ? common[i - 1][k] : common[i][k - 1];

            common[i][k] =
                x.data[2 * i - 2] == y.data[2 * k - 2] ? common[i - 1][k - 1] + 1 : longer;
        }
    return n + m - 2 * common[n][m];
}

static void random_lines(struct random *r, struct buffer *out)
{
    uint32_t count = random_below(r, 60);

    buffer_clear(out);
    for (uint32_t i = 0; i < count; i++)
        buffer_printf(out, "%c\n", (char)('a' + random_below(r, 4)));
}

static void a_diff_gives_both_texts_back_with_the_fewest_edits(void **state)
{
    SCOPED(buffer_free) struct buffer x = {0}, y = {0};
    struct random r;

    random_seed(&r, 7);
    for (int i = 0; i < 2000; i++) {
        random_lines(&r, &x);
        random_lines(&r, &y);
        assert_int_equal(checked(buffer_text(&x), buffer_text(&y)),
                         fewest(buffer_text(&x), buffer_text(&y)));
        arena_reset(&arena);
    }
}

static void texts_that_differ_in_too_much_are_replaced_between_what_is_equal(void **state)
{
    SCOPED(buffer_free) struct buffer x = {0}, y = {0};

    buffer_add_string(&x, "head\n");
    buffer_add_string(&y, "head\n");
    for (int i = 0; i < DIFF_EDITS_MAX; i++) {
        buffer_printf(&x, "x%d\n", i);
        buffer_printf(&y, "y%d\n", i);
    }
    buffer_add_string(&x, "tail\n");
    buffer_add_string(&y, "tail\n");
    assert_int_equal(checked(buffer_text(&x), buffer_text(&y)), 2 * DIFF_EDITS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(equal_texts_have_no_diff, clear),
        cmocka_unit_test_teardown(a_changed_line_stands_between_its_neighbours, clear),
        cmocka_unit_test_teardown(what_is_added_to_nothing_and_taken_to_nothing_names_line_0,
                                  clear),
        cmocka_unit_test_teardown(changes_far_apart_are_hunks_of_their_own, clear),
        cmocka_unit_test_teardown(a_line_end_that_is_missing_is_a_difference, clear),
        cmocka_unit_test_teardown(a_diff_gives_both_texts_back_with_the_fewest_edits, clear),
        cmocka_unit_test_teardown(texts_that_differ_in_too_much_are_replaced_between_what_is_equal,
                                  clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
