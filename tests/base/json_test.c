/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>

#include <jansson.h>

#include "base/json.h"
#include "base/money.h"
#include "base/random.h"
#include "tests/support/test.h"

static void an_object_gets_its_commas_and_keeps_its_order(void **state)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct json j = json_to(&out);

    json_object_begin(&j);
    json_key_string(&j, "b", "x");
    json_key(&j, "a");
    json_array_begin(&j);
    json_u64(&j, UINT64_MAX);
    json_i64(&j, INT64_MIN);
    json_object_begin(&j);
    json_object_end(&j);
    json_array_begin(&j);
    json_array_end(&j);
    json_raw(&j, TEXT("{\"r\":1}"));
    json_absent(&j);
    json_array_end(&j);
    json_key_bool(&j, "t", true);
    json_key_money(&j, "price", 19900000);
    json_key_money(&j, "none", MONEY_NONE);
    json_key_text(&j, "absent", (struct text){0});
    json_key_string(&j, "null", NULL);
    json_key_u64(&j, "u", 0);
    json_key_i64(&j, "i", -1);
    json_key_double(&j, "d", 0.5);
    json_object_end(&j);
    assert_text(
        buffer_text(&out),
        "{\"b\":\"x\",\"a\":[18446744073709551615,-9223372036854775808,{},[],{\"r\":1},null],"
        "\"t\":true,\"price\":\"19.90\",\"none\":null,\"absent\":null,\"null\":null,"
        "\"u\":0,\"i\":-1,\"d\":0.5}");
}

static void check_text(struct text in, const char *expected)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct json j = json_to(&out);

    json_text(&j, in);
    assert_text(buffer_text(&out), expected);
}

static void strings_are_escaped_where_json_asks_for_it(void **state)
{
    check_text(TEXT(""), "\"\"");
    check_text(TEXT("plain text of more than eight bytes"),
               "\"plain text of more than eight bytes\"");
    check_text(TEXT("\"\\\b\f\n\r\t"), "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    check_text((struct text){"\0\x1F\x7F/", 4}, "\"\\u0000\\u001f\x7F/\"");
    check_text(TEXT("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"),
               "\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"");
}

static void what_is_not_utf8_becomes_the_replacement_character(void **state)
{
    check_text(TEXT("a\xFF"), "\"a\xEF\xBF\xBD\"");
    check_text(TEXT("\xC3("), "\"\xEF\xBF\xBD(\"");
    check_text(TEXT("\xE2\x82"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_text(TEXT("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void every_byte_at_every_place_reads_back(void **state)
{
    for (int c = 0; c < 0x80; c++) {
        for (size_t at = 0; at < 18; at++) {
            SCOPED(buffer_free) struct buffer out = {0};
            struct json j = json_to(&out);
            char bytes[18];
            memset(bytes, 'x', sizeof(bytes));
            bytes[at] = (char)c;
            json_text(&j, (struct text){bytes, sizeof(bytes)});
            json_t *read = json_loadb(out.data, out.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
            assert_non_null(read);
            assert_int_equal(json_string_length(read), sizeof(bytes));
            assert_memory_equal(json_string_value(read), bytes, sizeof(bytes));
            json_decref(read);
        }
    }
}

static void check_float(float value, const char *expected)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct json j = json_to(&out);

    json_float(&j, value);
    assert_text(buffer_text(&out), expected);
}

static void floats_have_the_digits_of_a_float(void **state)
{
    check_float(0, "0");
    check_float(0.1F, "0.1");
    check_float(-1.0F / 3, "-0.33333334");
    check_float(16777216, "16777216");
    check_float(1e-6F, "1e-06");
    check_float(FLT_MAX, "3.4028235e+38");
    check_float(NAN, "null");
    check_float(-INFINITY, "null");
}

static void check_double(double value, const char *expected)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct json j = json_to(&out);

    json_double(&j, value);
    assert_text(buffer_text(&out), expected);
}

static void doubles_are_as_short_as_can_be(void **state)
{
    check_double(0, "0");
    check_double(-0.0, "-0");
    check_double(1, "1");
    check_double(-2.5, "-2.5");
    check_double(0.1, "0.1");
    check_double(0.1 + 0.2, "0.30000000000000004");
    check_double(1.0 / 3, "0.3333333333333333");
    check_double(19.99, "19.99");
    check_double(1e-5, "0.00001");
    check_double(123456.789, "123456.789");
    check_double(9007199254740991, "9007199254740991");
    check_double(1e300, "1e+300");
    check_double(5e-324, "5e-324");
    check_double(-DBL_MAX, "-1.7976931348623157e+308");
    check_double(-1.2345678901234567e-5, "-0.000012345678901234568");
    check_double(9.999e-6, "9.999e-06");
    check_double(1e17, "1e+17");
    check_double(99999999999999984.0, "99999999999999984");
    check_double((double)0.1F, "0.10000000149011612");
    check_double((double)NAN, "null");
    check_double(-(double)INFINITY, "null");
}

static void random_doubles_read_back_equal(void **state)
{
    struct random r;

    random_seed(&r, 3);
    for (int i = 0; i < 50000; i++) {
        SCOPED(buffer_free) struct buffer out = {0};
        struct json j = json_to(&out);
        uint64_t bits = random_next(&r);
        double value, back;
        memcpy(&value, &bits, sizeof(value));
        if (i % 2 == 0)
            value = random_normal(&r) * pow(10, (double)random_below(&r, 12) - 6);
        if (!isfinite(value))
            continue;
        json_double(&j, value);
        assert_true(text_to_double(buffer_text(&out), &back));
        assert_true(back == value);
    }
}

static void levels_up_to_the_bound_can_be_opened(void **state)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct json j = json_to(&out);

    for (int i = 1; i < JSON_DEPTH_MAX; i++)
        json_array_begin(&j);
    for (int i = 1; i < JSON_DEPTH_MAX; i++)
        json_array_end(&j);
    assert_int_equal(out.size, 2 * (JSON_DEPTH_MAX - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_gets_its_commas_and_keeps_its_order),
        cmocka_unit_test(strings_are_escaped_where_json_asks_for_it),
        cmocka_unit_test(what_is_not_utf8_becomes_the_replacement_character),
        cmocka_unit_test(every_byte_at_every_place_reads_back),
        cmocka_unit_test(doubles_are_as_short_as_can_be),
        cmocka_unit_test(floats_have_the_digits_of_a_float),
        cmocka_unit_test(random_doubles_read_back_equal),
        cmocka_unit_test(levels_up_to_the_bound_can_be_opened),
    };
    return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
