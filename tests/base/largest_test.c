/* SPDX-License-Identifier: Apache-2.0 */
#include "base/largest.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "tests/support/test.h"

enum { KEYS_MAX = 700 };

static int falling(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x < *y) - (*x > *y);
}

static void keys_order_by_number_then_which(void **state)
{
    static const float numbers[] = {-INFINITY, -3, -1.5F, -1e-30F, 0, 1e-30F, 0.5F, 7, INFINITY};

    for (size_t i = 0; i < COUNT(numbers); i++) {
        uint64_t key = largest_key(numbers[i], 5);
        assert_true(largest_number(key) == numbers[i]);
        assert_int_equal(largest_which(key), 5);
        assert_true(largest_key(numbers[i], 4) > key);
        assert_true(i == 0 || largest_key(numbers[i - 1], 0) < key);
    }
    assert_true(largest_key(-0.0F, 3) == largest_key(0.0F, 3));
}

static void the_first_are_those_a_sort_gives(void **state)
{
    uint64_t keys[KEYS_MAX], front[KEYS_MAX], sorted[KEYS_MAX];
    struct random r;

    random_seed(&r, 3);
    for (int round = 0; round < 500; round++) {
        size_t count = random_below(&r, KEYS_MAX + 1), wanted = random_below(&r, KEYS_MAX + 1);
        uint32_t distinct = 1 + random_below(&r, 1000); /* many are equal */
        for (size_t i = 0; i < count; i++)
            sorted[i] = front[i] = keys[i] = random_below(&r, distinct);
        qsort(sorted, count, sizeof(sorted[0]), falling);
        largest_first(keys, count, wanted);
        largest_front(front, count, wanted);
        wanted = wanted < count ? wanted : count;
        assert_memory_equal(keys, sorted, wanted * sizeof(keys[0]));
        qsort(front, wanted, sizeof(front[0]), falling);
        assert_memory_equal(front, sorted, wanted * sizeof(front[0]));
        qsort(keys, count, sizeof(keys[0]), falling); /* nothing was lost */
        assert_memory_equal(keys, sorted, count * sizeof(keys[0]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_order_by_number_then_which),
        cmocka_unit_test(the_first_are_those_a_sort_gives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
