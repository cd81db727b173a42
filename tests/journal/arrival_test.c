/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/arrival.h"

#include "tests/support/test.h"

static void a_word_is_a_number_capitals_and_spaces_aside(void **state)
{
    assert_int_equal(arrival_word((struct text){0}), 0);
    assert_int_equal(arrival_word(TEXT("  ")), 0);
    assert_int_not_equal(arrival_word(TEXT("google")), 0);
    assert_int_equal(arrival_word(TEXT("google")), arrival_word(TEXT(" GOOGLE ")));
    assert_int_equal(arrival_word(TEXT("frühling")), arrival_word(TEXT("FRÜHLING")));
    assert_int_not_equal(arrival_word(TEXT("google")), arrival_word(TEXT("googl")));
    assert_int_not_equal(arrival_word(TEXT("ab")), arrival_word(TEXT("ba")));
    /* kept in checkpoints and decisions: the same for ever */
    assert_int_equal(arrival_word(TEXT("google")), UINT32_C(0x98a91899));
}

static void a_country_is_two_letters(void **state)
{
    assert_int_equal(arrival_country(TEXT("SE")), 'S' << 8 | 'E');
    assert_int_equal(arrival_country(TEXT(" se ")), 'S' << 8 | 'E');
    assert_true(arrival_country(TEXT("DE")) < arrival_country(TEXT("DK")));
    assert_int_equal(arrival_country(TEXT("S")), 0);
    assert_int_equal(arrival_country(TEXT("SWE")), 0);
    assert_int_equal(arrival_country(TEXT("S1")), 0);
    assert_int_equal(arrival_country((struct text){0}), 0);
    char letters[2];
    assert_text(arrival_country_text(arrival_country(TEXT("se")), letters), "SE");
    assert_null(arrival_country_text(0, letters).data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_is_a_number_capitals_and_spaces_aside),
        cmocka_unit_test(a_country_is_two_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
