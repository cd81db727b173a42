/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "base/text.h"
#include "tests/support/test.h"

static void absent_differs_from_empty(void **state)
{
    struct text absent = {0};

    assert_false(text_equal(absent, TEXT("")));
    assert_true(text_equal(absent, text_from(NULL)));
    assert_true(text_compare(absent, TEXT("")) < 0);
    assert_int_equal(text_compare(absent, absent), 0);
    assert_false(text_is(absent, ""));
    assert_false(text_starts(absent, ""));
    assert_null(text_trim(absent).data);
}

static void texts_compare_by_bytes_then_length(void **state)
{
    assert_true(text_compare(TEXT("a"), TEXT("b")) < 0);
    assert_true(text_compare(TEXT("ab"), TEXT("a")) > 0);
    assert_true(text_compare(TEXT("\xC3\xA9"), TEXT("z")) > 0);
    assert_int_equal(text_compare(TEXT("same"), TEXT("same")), 0);
    assert_true(text_starts(TEXT("pk_1"), "pk_") && !text_starts(TEXT("pk"), "pk_"));
    assert_true(text_ends(TEXT("a.csv"), ".csv") && !text_ends(TEXT("csv"), ".csv"));
    assert_true(text_equal_nocase(TEXT("USER"), TEXT("user")));
    assert_false(text_equal_nocase(TEXT("\xC3\x89"), TEXT("\xC3\xA9")));
    assert_text(text_trim(TEXT(" \t a b\r\n")), "a b");
    assert_text(text_trim(TEXT("  ")), "");
}

static void a_cut_text_gives_every_part_and_then_nothing(void **state)
{
    struct text rest = TEXT("a,,b,");

    assert_text(text_cut(&rest, ','), "a");
    assert_text(text_cut(&rest, ','), "");
    assert_text(text_cut(&rest, ','), "b");
    assert_text(rest, "");
    assert_text(text_cut(&rest, ','), "");
    assert_null(rest.data);
    assert_null(text_cut(&rest, ',').data);
}

static void utf8_is_checked_at_every_edge_of_rfc_3629(void **state)
{
    static const char *const good[] = {"",
                                       "plain ascii of more than eight bytes",
                                       "\x7F",
                                       "\xC2\x80",
                                       "\xDF\xBF",
                                       "\xE0\xA0\x80",
                                       "\xED\x9F\xBF",
                                       "\xEE\x80\x80",
                                       "\xEF\xBF\xBF",
                                       "\xF0\x90\x80\x80",
                                       "\xF4\x8F\xBF\xBF",
                                       "12345678\xE2\x82\xAC"};
    static const char *const bad[] = {
        "\x80",         "\xC0\x80",         "\xC1\xBF",         "\xC2",
        "\xC2\x7F",     "\xE0\x9F\xBF",     "\xED\xA0\x80",     "\xE2\x82",
        "\xE2\x28\xA1", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xFF",         "1234567\xE2",      "12345678\xC3"};

    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(text_utf8_valid(text_from(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(text_utf8_valid(text_from(bad[i])));
    for (size_t at = 0; at < 20; at++) {
        char zero[20];
        memset(zero, 'x', sizeof(zero));
        assert_true(text_utf8_valid((struct text){zero, sizeof(zero)}));
        zero[at] = '\0';
        assert_false(text_utf8_valid((struct text){zero, sizeof(zero)}));
    }
}

static void a_prefix_never_cuts_a_code_point(void **state)
{
    struct text t = TEXT("a\xE2\x82\xAC"
                         "b");

    assert_int_equal(text_utf8_prefix(t, 0).size, 0);
    assert_int_equal(text_utf8_prefix(t, 3).size, 1);
    assert_int_equal(text_utf8_prefix(t, 4).size, 4);
    assert_int_equal(text_utf8_prefix(t, 5).size, 5);
    assert_int_equal(text_utf8_prefix(t, 99).size, 5);
}

static void integers_are_read_up_to_their_edges_and_not_past(void **state)
{
    int64_t i = 7;
    uint64_t u = 7;

    assert_true(text_to_u64(TEXT("18446744073709551615"), &u) && u == UINT64_MAX);
    assert_true(text_to_i64(TEXT("9223372036854775807"), &i) && i == INT64_MAX);
    assert_true(text_to_i64(TEXT("-9223372036854775808"), &i) && i == INT64_MIN);
    assert_true(text_to_i64(TEXT("-0"), &i) && i == 0);
    u = 7;
    i = 7;
    assert_false(text_to_u64(TEXT("18446744073709551616"), &u));
    assert_false(text_to_i64(TEXT("9223372036854775808"), &i));
    assert_false(text_to_i64(TEXT("-9223372036854775809"), &i));
    static const char *const bad[] = {"", "-", "+1", " 1", "1 ", "1.0", "0x1", "--1", "a"};
    for (size_t k = 0; k < COUNT(bad); k++) {
        assert_false(text_to_u64(text_from(bad[k]), &u));
        assert_false(text_to_i64(text_from(bad[k]), &i));
    }
    assert_int_equal(u, 7);
    assert_int_equal(i, 7);
}

static void decimals_are_read_as_strtod_reads_them(void **state)
{
    static const char *const good[] = {"0",
                                       "-0",
                                       "1",
                                       "1.5",
                                       ".5",
                                       "5.",
                                       "1e3",
                                       "1E+3",
                                       "1e-3",
                                       "0.1",
                                       "3.14159",
                                       "1e22",
                                       "1e23",
                                       "9007199254740993",
                                       "9007199254740992",
                                       "123456789012345678901234567890",
                                       "0.000000000000000000000000000001",
                                       "2.2250738585072014e-308",
                                       "4.9e-324",
                                       "1e-400",
                                       "1.7976931348623157e308",
                                       "00012.50",
                                       "0.1000000000000000055511151231257827021181583404541015625"};
    double value;

    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(text_to_double(text_from(good[i]), &value));
        double expected = strtod(good[i], NULL);
        assert_memory_equal(&value, &expected, sizeof(value));
    }
    value = 7;
    static const char *const bad[] = {"",    ".",  "-",  "e5",  "1e",  "1e+",   "1e+-5", "+1",
                                      "1,5", " 1", "1 ", "nan", "inf", "0x1p3", "1e999", "1.5.2"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(text_to_double(text_from(bad[i]), &value));
    assert_true(value == 7);
}

static void random_doubles_read_back_equal(void **state)
{
    struct random r;

    random_seed(&r, 5);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = random_next(&r);
        double value, back;
        memcpy(&value, &bits, sizeof(value));
        if (!isfinite(value))
            continue;
        char text[40];
        snprintf(text, sizeof(text), "%.17g", value);
        assert_true(text_to_double(text_from(text), &back));
        assert_memory_equal(&value, &back, sizeof(value));
        snprintf(text, sizeof(text), "%.3f", fmod(value, 1e6));
        assert_true(text_to_double(text_from(text), &back));
        assert_true(back == strtod(text, NULL));
    }
}

static void a_buffer_grows_and_stays_terminated(void **state)
{
    struct buffer b = {0};

    assert_text(buffer_text(&b), "");
    buffer_add(&b, NULL, 0);
    buffer_add_text(&b, (struct text){0});
    assert_int_equal(b.size, 0);
    for (int i = 0; i < 1000; i++) {
        buffer_add_char(&b, 'x');
        assert_int_equal(b.data[b.size], '\0');
    }
    buffer_clear(&b);
    assert_text(buffer_text(&b), "");
    buffer_add_string(&b, "n=");
    buffer_add_u64(&b, UINT64_MAX);
    buffer_add_char(&b, ' ');
    buffer_add_i64(&b, INT64_MIN);
    buffer_add_char(&b, ' ');
    buffer_add_u64(&b, 0);
    assert_text(buffer_text(&b), "n=18446744073709551615 -9223372036854775808 0");
    buffer_free(&b);
    assert_null(b.data);
}

static void numbers_print_as_printf_prints_them(void **state)
{
    struct buffer b = {0};
    char expected[32];

    for (uint64_t n = 1; n < UINT64_MAX / 7; n = n * 7 + 3) {
        buffer_clear(&b);
        buffer_add_u64(&b, n);
        snprintf(expected, sizeof(expected), "%llu", (unsigned long long)n);
        assert_text(buffer_text(&b), expected);
    }
    buffer_free(&b);
}

static void formatted_text_of_any_length_fits(void **state)
{
    struct buffer b = {0};

    for (int width = 0; width < 600; width++) {
        size_t before = b.size;
        buffer_printf(&b, "%*d", width, 7);
        assert_int_equal(b.size - before, width == 0 ? 1 : width);
        assert_int_equal(strlen(b.data), b.size);
    }
    buffer_free(&b);
}

static void hexadecimal_goes_there_and_back(void **state)
{
    struct buffer b = {0};
    unsigned char bytes[4] = {0x00, 0x7f, 0xa5, 0xff}, back[4] = {0};

    buffer_add_hex(&b, bytes, sizeof(bytes));
    assert_text(buffer_text(&b), "007fa5ff");
    assert_true(text_from_hex(buffer_text(&b), back, sizeof(back)));
    assert_memory_equal(bytes, back, sizeof(back));
    assert_true(text_from_hex(TEXT("007FA5FF"), back, sizeof(back)));
    assert_false(text_from_hex(TEXT("007fa5f"), back, sizeof(back)));
    assert_false(text_from_hex(TEXT("007fa5ff0"), back, sizeof(back)));
    assert_false(text_from_hex(TEXT("117fa5fg"), back, sizeof(back)));
    assert_memory_equal(bytes, back, sizeof(back));
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_differs_from_empty),
        cmocka_unit_test(texts_compare_by_bytes_then_length),
        cmocka_unit_test(a_cut_text_gives_every_part_and_then_nothing),
        cmocka_unit_test(utf8_is_checked_at_every_edge_of_rfc_3629),
        cmocka_unit_test(a_prefix_never_cuts_a_code_point),
        cmocka_unit_test(integers_are_read_up_to_their_edges_and_not_past),
        cmocka_unit_test(decimals_are_read_as_strtod_reads_them),
        cmocka_unit_test(random_doubles_read_back_equal),
        cmocka_unit_test(a_buffer_grows_and_stays_terminated),
        cmocka_unit_test(numbers_print_as_printf_prints_them),
        cmocka_unit_test(formatted_text_of_any_length_fits),
        cmocka_unit_test(hexadecimal_goes_there_and_back),
    };
    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
