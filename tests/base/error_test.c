/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/text.h"
#include "tests/support/test.h"

static void a_sentence_grows_on_the_way_up(void **state)
{
    struct error err = {0};

    assert_int_equal(error_set(&err, ERR_LIMIT, "disk budget of %d GiB used up", 20), ERR_LIMIT);
    assert_int_equal(error_wrap(&err, "recording event %s", "e-81"), ERR_LIMIT);
    assert_int_equal(err.status, ERR_LIMIT);
    assert_string_equal(err.message, "recording event e-81: disk budget of 20 GiB used up");
}

static void the_code_alone_needs_no_error(void **state)
{
    assert_int_equal(error_set(NULL, ERR_IO, "x"), ERR_IO);
}

static void a_message_too_long_is_cut_between_code_points(void **state)
{
    struct error err = {0};
    char name[2000];

    for (size_t shift = 0; shift < 3; shift++) {
        memset(name, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof(name); i += 3)
            memcpy(name + i, "\xE2\x82\xAC", 4);
        error_set(&err, ERR_INVALID, "%s", name);
        assert_true(text_utf8_valid(text_from(err.message)));
        assert_in_range(strlen(err.message), sizeof(err.message) - 3, sizeof(err.message) - 1);
        error_wrap(&err, "%s", "x");
        assert_true(text_utf8_valid(text_from(err.message)));
        assert_in_range(strlen(err.message), sizeof(err.message) - 3, sizeof(err.message) - 1);
        error_wrap(&err, "%s", name);
        assert_true(text_utf8_valid(text_from(err.message)));
    }
}

static void an_error_may_be_told_again_in_its_own_words(void **state)
{
    struct error err = {0};

    error_set(&err, ERR_INVALID, "inner");
    error_set(&err, ERR_CONFLICT, "outer (%s)", err.message);
    assert_string_equal(err.message, "outer (inner)");
}

static void every_status_has_a_word_of_its_own(void **state)
{
    for (int i = OK; i <= ERR_CORRUPT; i++) {
        assert_string_not_equal(status_word((enum status)i), "unknown");
        for (int k = OK; k < i; k++)
            assert_string_not_equal(status_word((enum status)i), status_word((enum status)k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_grows_on_the_way_up),
        cmocka_unit_test(the_code_alone_needs_no_error),
        cmocka_unit_test(a_message_too_long_is_cut_between_code_points),
        cmocka_unit_test(an_error_may_be_told_again_in_its_own_words),
        cmocka_unit_test(every_status_has_a_word_of_its_own),
    };
    return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
