/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of features.def, as people read them. */
#include "features/features.h"

#include <stdio.h>

#include "tests/support/test.h"

static void every_row_has_words_that_are_explained(void **state)
{
    for (int i = 0; i < FEATURE_COUNT; i++) {
        enum feature f = (enum feature)i, found = FEATURE_COUNT;
        if (feature_type_meaning(feature_type(f)) == NULL)
            fail_msg("%s: document.c does not say what type '%s' is", feature_name(f),
                     feature_type(f));
        if (feature_from_meaning(feature_from(f)) == NULL)
            fail_msg("%s: document.c does not say what '%s' is", feature_name(f), feature_from(f));
        assert_true(feature_find(text_from(feature_name(f)), &found));
        assert_int_equal(found, f); /* no two have one name */
        assert_true(strlen(feature_name(f)) < MODEL_NAME_MAX);
    }
    assert_null(feature_type_meaning("colour"));
    assert_null(feature_from_meaning("the stars"));
}

static void what_is_no_feature_is_not_found(void **state)
{
    enum feature found = FEATURE_price;

    assert_false(feature_find(TEXT("prices"), &found));
    assert_false(feature_find((struct text){0}, &found));
    assert_int_equal(found, FEATURE_price);
}

/* Meanings stand in one line of a terminal and in a cell of a table. */
static void meanings_are_one_line_and_break_no_table(void **state)
{
    for (int i = 0; i < FEATURE_COUNT; i++) {
        const char *meaning = feature_meaning((enum feature)i);
        assert_true(strlen(meaning) > 0 && strlen(meaning) <= 110);
        assert_null(strpbrk(meaning, "|\n"));
    }
}

static void the_document_has_a_row_for_each_and_all_words(void **state)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    char row[256];

    features_document(&out);
    const char *document = buffer_text(&out).data;
    for (int i = 0; i < FEATURE_COUNT; i++) {
        enum feature f = (enum feature)i;
        snprintf(row, sizeof(row), "\n| `%s` | %s | %s | %s |\n", feature_name(f), feature_type(f),
                 feature_from(f), feature_meaning(f));
        assert_non_null(strstr(document, row));
    }
    assert_non_null(strstr(document, feature_type_meaning("money")));
    assert_non_null(strstr(document, feature_from_meaning("encoder")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_words_that_are_explained),
        cmocka_unit_test(what_is_no_feature_is_not_found),
        cmocka_unit_test(meanings_are_one_line_and_break_no_table),
        cmocka_unit_test(the_document_has_a_row_for_each_and_all_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
