/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/record.h"

#include <stdlib.h>

#include "tests/support/test.h"

static void numbers_and_texts_come_back_as_written(void **state)
{
    static const int64_t numbers[] = {0, 1, -1, 63, 64, -64, -65, 1 << 20, INT64_MAX, INT64_MIN};
    SCOPED(buffer_free) struct buffer b = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(numbers); i++)
        put_i64(&b, (uint8_t)(i + 1), numbers[i]);
    put_text(&b, 100, TEXT("oak"));
    put_text(&b, 101, TEXT(""));
    put_text(&b, 102, (struct text){0});
    put_text(&b, 255, TEXT("\0\xff"));
    struct fields f = fields_of(buffer_text(&b));
    for (size_t i = 0; i < COUNT(numbers); i++) {
        assert_true(fields_next(&f));
        assert_int_equal(f.field, i + 1);
        assert_false(f.is_text);
        assert_true(f.number == numbers[i]);
    }
    assert_true(fields_next(&f));
    assert_int_equal(f.field, 100);
    assert_text(f.text, "oak");
    assert_true(fields_next(&f));
    assert_int_equal(f.field, 101);
    assert_non_null(f.text.data);
    assert_int_equal(f.text.size, 0);
    assert_true(fields_next(&f));
    assert_int_equal(f.field, 255);
    assert_int_equal(f.text.size, 2);
    assert_false(fields_next(&f));
    assert_false(f.bad);
}

static void bodies_within_bodies_of_any_length_come_back(void **state)
{
    static const size_t sizes[] = {0, 1, 120, 126, 127, 128, 5000, 16383, 16384, 70000};
    (void)state;

    for (size_t i = 0; i < COUNT(sizes); i++) {
        SCOPED(buffer_free) struct buffer b = {0};
        char *filler = calloc(1, sizes[i] + 1);

        put_i64(&b, 1, 7);
        size_t begun = put_begin(&b, 9);
        put_text(&b, 2, (struct text){filler, sizes[i]});
        put_end(&b, begun);
        put_i64(&b, 200, 8);
        struct fields f = fields_of(buffer_text(&b));
        assert_true(fields_next(&f));
        assert_true(fields_next(&f));
        assert_int_equal(f.field, 9);
        struct fields inner = fields_of(f.text);
        assert_true(fields_next(&inner));
        assert_int_equal(inner.text.size, sizes[i]);
        assert_false(fields_next(&inner));
        assert_false(inner.bad);
        assert_true(fields_next(&f));
        assert_int_equal(f.number, 8);
        assert_false(fields_next(&f));
        assert_false(f.bad);
        free(filler);
    }
}

static void a_body_cut_anywhere_is_bad_or_ends_between_fields(void **state)
{
    SCOPED(buffer_free) struct buffer b = {0};
    size_t ends = 0;
    (void)state;

    put_i64(&b, 1, 1234567);
    put_text(&b, 2, TEXT("a table of oak"));
    put_i64(&b, 3, -1);
    for (size_t size = 0; size < b.size; size++) {
        char *exact = malloc(size + 1);
        memcpy(exact, b.data, size);
        struct fields f = fields_of((struct text){exact, size});
        while (fields_next(&f))
            assert_true(f.text.size <= size);
        ends += !f.bad;
        free(exact);
    }
    assert_int_equal(ends, 3); /* nothing, one field, two fields */
}

static void keys_and_numbers_out_of_range_are_bad(void **state)
{
    static const struct text bodies[] = {
        {"\x00\x00", 2},
        {"\x01\x00", 2},
        {"\x80\x04\x00", 3},
        {"\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11},
        {"\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12},
        {"\x03\x7f", 2},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct fields f = fields_of(bodies[i]);
        assert_false(fields_next(&f));
        assert_true(f.bad);
        assert_false(fields_next(&f));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_texts_come_back_as_written),
        cmocka_unit_test(bodies_within_bodies_of_any_length_come_back),
        cmocka_unit_test(a_body_cut_anywhere_is_bad_or_ends_between_fields),
        cmocka_unit_test(keys_and_numbers_out_of_range_are_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
