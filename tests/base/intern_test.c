/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/intern.h"
#include "base/memory.h"
#include "base/random.h"
#include "tests/support/test.h"

static struct text name_of(uint32_t number, char out[16])
{
    int size = snprintf(out, 16, "item-%u", number);

    return (struct text){out, (size_t)size};
}

static void numbers_are_dense_and_stay(void **state)
{
    SCOPED(intern_free) struct intern i = {0};
    char name[16];

    assert_int_equal(intern_find(&i, TEXT("a")), INTERN_NONE);
    for (uint32_t n = 0; n < 5000; n++) {
        assert_int_equal(intern_find(&i, name_of(n, name)), INTERN_NONE);
        assert_int_equal(intern_add(&i, name_of(n, name)), n);
    }
    for (uint32_t n = 0; n < 5000; n++) {
        assert_int_equal(intern_add(&i, name_of(n, name)), n);
        assert_int_equal(intern_find(&i, name_of(n, name)), n);
        assert_true(text_equal(intern_text(&i, n), name_of(n, name)));
    }
    assert_int_equal(i.count, 5000);
}

static void the_empty_text_has_a_number_and_an_absent_one_has_none(void **state)
{
    SCOPED(intern_free) struct intern i = {0};

    assert_int_equal(intern_add(&i, TEXT("")), 0);
    assert_int_equal(intern_find(&i, TEXT("")), 0);
    assert_text(intern_text(&i, 0), "");
    assert_int_equal(intern_add(&i, (struct text){0}), INTERN_NONE);
    assert_int_equal(intern_find(&i, (struct text){0}), INTERN_NONE);
    assert_int_equal(i.count, 1);
    assert_int_equal(intern_add(&i, (struct text){"a\0b", 3}), 1);
    assert_int_equal(intern_find(&i, TEXT("a")), INTERN_NONE);
}

static void part_of_a_text_already_there_can_be_added(void **state)
{
    SCOPED(intern_free) struct intern i = {0};

    intern_add(&i, TEXT("Home > Tables > Oak > Round > Small > Cheap"));
    for (size_t size = 1; size < 40; size++) {
        struct text whole = intern_text(&i, 0);
        uint32_t n = intern_add(&i, (struct text){whole.data, size});
        assert_int_equal(n, size);
        assert_int_equal(intern_text(&i, n).size, size);
        assert_memory_equal(intern_text(&i, n).data, "Home > Tables > Oak > Round > Small > Cheap",
                            size);
    }
}

static void a_saved_one_is_found_in_again_after_reindexing(void **state)
{
    SCOPED(intern_free) struct intern i = {0};
    char name[16];

    for (uint32_t n = 0; n < 1000; n++)
        intern_add(&i, name_of(n, name));
    SCOPED(intern_free)
    struct intern copy = {.bytes = mem_copy(i.bytes, i.bytes_size),
                          .bytes_size = i.bytes_size,
                          .bytes_room = i.bytes_size,
                          .starts = mem_copy(i.starts, (i.count + 1) * sizeof(*i.starts)),
                          .starts_room = i.count + 1,
                          .count = i.count};
    intern_reindex(&copy);
    for (uint32_t n = 0; n < 1000; n++)
        assert_int_equal(intern_find(&copy, name_of(n, name)), n);
    assert_int_equal(intern_find(&copy, name_of(1000, name)), INTERN_NONE);
    assert_int_equal(intern_add(&copy, name_of(1000, name)), 1000);
}

static void a_forgotten_text_is_found_no_more_and_numbers_stay(void **state)
{
    SCOPED(intern_free) struct intern i = {0};
    char name[16];

    for (uint32_t n = 0; n < 100; n++)
        intern_add(&i, name_of(n, name));
    size_t size = i.bytes_size;
    intern_forget(&i, (const uint32_t[]){50}, 1);
    assert_true(i.bytes_size < size && intern_forgotten(&i, 50));
    assert_int_equal(intern_find(&i, name_of(50, name)), INTERN_NONE);
    assert_int_equal(intern_skip(&i), 100);
    assert_true(intern_forgotten(&i, 100) && !intern_forgotten(&i, 99));
    assert_int_equal(intern_add(&i, name_of(50, name)), 101); /* new again */
    for (uint32_t n = 102; n < 300; n++)                      /* over a growth */
        assert_int_equal(intern_add(&i, name_of(n, name)), n);
    for (uint32_t n = 0; n < 100; n++)
        assert_int_equal(intern_find(&i, name_of(n, name)), n == 50 ? 101 : n);
}

/* In heaps, beside each other, first and last, over again: what stays is found and reads as it did. */
static void many_are_forgotten_at_once(void **state)
{
    enum { COUNT_ALL = 5000 };
    SCOPED(intern_free) struct intern i = {0};
    struct random random;
    uint32_t numbers[COUNT_ALL];
    bool gone[COUNT_ALL] = {false};
    char name[16];

    random_seed(&random, 1);
    for (uint32_t n = 0; n < COUNT_ALL; n++)
        assert_int_equal(intern_add(&i, name_of(n, name)), n);
    for (uint32_t of = 2; of < 40; of *= 3) {
        size_t count = 0;
        for (uint32_t n = 0; n < COUNT_ALL; n++)
            if (random_below(&random, of) == 0 || n == 0 || n == COUNT_ALL - 1)
                gone[numbers[count++] = n] = true;
        intern_forget(&i, numbers, count);
        for (uint32_t n = 0; n < COUNT_ALL; n++) {
            assert_true(intern_forgotten(&i, n) == gone[n]);
            assert_int_equal(intern_find(&i, name_of(n, name)), gone[n] ? INTERN_NONE : n);
            assert_true(gone[n] || text_equal(intern_text(&i, n), name_of(n, name)));
        }
    }
    intern_forget(&i, numbers, 0);
    assert_int_equal(intern_add(&i, name_of(0, name)), COUNT_ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_dense_and_stay),
        cmocka_unit_test(the_empty_text_has_a_number_and_an_absent_one_has_none),
        cmocka_unit_test(part_of_a_text_already_there_can_be_added),
        cmocka_unit_test(a_forgotten_text_is_found_no_more_and_numbers_stay),
        cmocka_unit_test(many_are_forgotten_at_once),
        cmocka_unit_test(a_saved_one_is_found_in_again_after_reindexing),
    };
    return cmocka_run_group_tests_name("base/intern", tests, NULL, NULL);
}
