/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"
#include "tests/support/test.h"

static void amounts_are_read_up_to_their_edges(void **state)
{
    static const struct {
        const char *text;
        int64_t micros;
    } cases[] = {{"19.90", 19900000},
                 {"-3", -3000000},
                 {"1249.5", 1249500000},
                 {"0.000001", 1},
                 {"-0", 0},
                 {"007", 7000000},
                 {"999999999999.999999", INT64_C(999999999999999999)},
                 {"-999999999999.999999", INT64_C(-999999999999999999)}};
    int64_t micros;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(money_parse(text_from(cases[i].text), &micros));
        assert_true(micros == cases[i].micros);
    }
}

static void everything_else_is_refused(void **state)
{
    static const char *const bad[] = {"",          "-",
                                      ".5",        "5.",
                                      "1.0000001", "1000000000000",
                                      "1,50",      "1 50",
                                      "1.000,5",   "\xE2\x82\xAC 5",
                                      "5 EUR",     "+5",
                                      " 5",        "5 ",
                                      "1e3",       "--1",
                                      "0x1",       "1.2.3"};
    int64_t micros = 7;

    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(money_parse(text_from(bad[i]), &micros));
    assert_false(money_parse((struct text){0}, &micros));
    assert_int_equal(micros, 7);
}

static void amounts_print_with_two_decimals_or_as_many_as_needed(void **state)
{
    char out[MONEY_TEXT_SIZE];

    assert_string_equal(money_print(19900000, out), "19.90");
    assert_string_equal(money_print(5000, out), "0.005");
    assert_string_equal(money_print(-1, out), "-0.000001");
    assert_string_equal(money_print(0, out), "0.00");
    assert_string_equal(money_print(MONEY_NONE, out), "");
    assert_string_equal(money_print(INT64_MAX, out), "9223372036854.775807");
    assert_string_equal(money_print(INT64_MIN + 1, out), "-9223372036854.775807");
}

static void multiplying_says_when_it_does_not_fit(void **state)
{
    int64_t out = 7;

    assert_true(money_times(19900000, 3, &out) && out == 59700000);
    assert_true(money_times(19900000, -1, &out) && out == -19900000);
    assert_true(money_times(INT64_MAX, 1, &out) && out == INT64_MAX);
    assert_false(money_times(INT64_MAX, 2, &out));
    assert_false(money_times(INT64_MIN / 2, 2, &out)); /* that would be MONEY_NONE */
    assert_false(money_times(MONEY_NONE, 1, &out));
    assert_true(out == INT64_MAX);
}

static void a_currency_is_three_capitals(void **state)
{
    assert_true(currency_valid(TEXT("EUR")));
    assert_false(currency_valid(TEXT("eur")));
    assert_false(currency_valid(TEXT("EU")));
    assert_false(currency_valid(TEXT("EURO")));
    assert_false(currency_valid(TEXT("E R")));
    assert_false(currency_valid((struct text){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_read_up_to_their_edges),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(amounts_print_with_two_decimals_or_as_many_as_needed),
        cmocka_unit_test(multiplying_says_when_it_does_not_fit),
        cmocka_unit_test(a_currency_is_three_capitals),
    };
    return cmocka_run_group_tests_name("base/money", tests, NULL, NULL);
}
