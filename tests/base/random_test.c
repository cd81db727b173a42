/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/random.h"
#include "tests/support/test.h"

static void a_seed_gives_the_same_sequence_everywhere(void **state)
{
    struct random r = {{1, 2, 3, 4}}, one, other;

    /* The reference implementation's first outputs from that state. */
    assert_true(random_next(&r) == 11520);
    assert_true(random_next(&r) == 0);
    assert_true(random_next(&r) == 1509978240);
    assert_true(random_next(&r) == UINT64_C(1215971899390074240));
    random_seed(&one, 42);
    random_seed(&other, 42);
    for (int i = 0; i < 100; i++)
        assert_true(random_next(&one) == random_next(&other));
    random_seed(&other, 43);
    assert_true(random_next(&one) != random_next(&other));
}

static void bounded_numbers_are_even_and_below_their_bound(void **state)
{
    struct random r;
    int counts[10] = {0};

    random_seed(&r, 1);
    for (int i = 0; i < 100000; i++)
        counts[random_below(&r, 10)]++;
    for (size_t i = 0; i < COUNT(counts); i++)
        assert_in_range(counts[i], 9600, 10400);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(random_below(&r, 1), 0);
        assert_true(random_below(&r, UINT32_MAX) < UINT32_MAX);
    }
}

static void distributions_have_their_mean_and_variance(void **state)
{
    struct random r;
    double unit = 0, normal = 0, square = 0, exponential = 0;
    const int n = 200000;

    random_seed(&r, 2);
    for (int i = 0; i < n; i++) {
        double u = random_unit(&r), x = random_normal(&r), e = random_exponential(&r);
        assert_true(u >= 0 && u < 1 && isfinite(x) && e >= 0 && isfinite(e));
        unit += u;
        normal += x;
        square += x * x;
        exponential += e;
    }
    assert_true(fabs(unit / n - 0.5) < 0.005);
    assert_true(fabs(normal / n) < 0.01);
    assert_true(fabs(square / n - 1) < 0.02);
    assert_true(fabs(exponential / n - 1) < 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_gives_the_same_sequence_everywhere),
        cmocka_unit_test(bounded_numbers_are_even_and_below_their_bound),
        cmocka_unit_test(distributions_have_their_mean_and_variance),
    };
    return cmocka_run_group_tests_name("base/random", tests, NULL, NULL);
}
