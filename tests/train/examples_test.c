/* SPDX-License-Identifier: Apache-2.0 */
#include "train/examples.h"

#include "base/memory.h"
#include "tests/support/test.h"

enum { CANDIDATES = 60 };

/* Candidates whose feature k has the value 100 k + their number. */
static struct features candidates(uint32_t count)
{
    size_t stride = FEATURE_STRIDE;
    struct features f = {mem_new(FEATURE_COUNT * stride, sizeof(float)), stride, count};

    for (size_t k = 0; k < FEATURE_COUNT; k++) {
        for (uint32_t i = 0; i < count; i++)
            f.values[k * stride + i] = (float)(100 * k + i);
    }
    return f;
}

/* The candidate a row came from. */
static uint32_t candidate_of(const struct examples *e, size_t row)
{
    return (uint32_t)e->values[row * FEATURE_COUNT];
}

static void a_group_is_its_gains_by_falling_size_and_a_few_of_the_rest(void **state)
{
    SCOPED(examples_free) struct examples e = {0};
    struct features f = candidates(CANDIDATES);
    float gains[CANDIDATES] = {[7] = 1, [20] = 3, [41] = 2};

    assert_true(examples_add(&e, &f, gains, 1));
    assert_int_equal(e.group_count, 1);
    assert_int_equal(e.row_count, 3 + EXAMPLE_NEGATIVES);
    assert_int_equal(e.groups[0].rows, e.row_count);
    assert_true(e.groups[0].gain == 6);
    assert_int_equal(candidate_of(&e, 0), 20);
    assert_int_equal(candidate_of(&e, 1), 41);
    assert_int_equal(candidate_of(&e, 2), 7);
    for (size_t row = 0; row < e.row_count; row++) {
        uint32_t candidate = candidate_of(&e, row);
        assert_true(e.gains[row] == gains[candidate]);
        assert_true(row < 4 || candidate > candidate_of(&e, row - 1)); /* none of the rest twice */
        for (size_t k = 0; k < FEATURE_COUNT; k++)
            assert_true(e.values[row * FEATURE_COUNT + k] == (float)(100 * k + candidate));
    }
    mem_free(f.values);
}

static void a_group_without_gain_or_without_another_candidate_is_left_out(void **state)
{
    SCOPED(examples_free) struct examples e = {0};
    struct features f = candidates(3), one = candidates(1), none = candidates(0);
    const float nothing[3] = {0}, all[3] = {1, 2, 3};

    assert_false(examples_add(&e, &f, nothing, 1));
    assert_false(examples_add(&e, &f, all, 1));
    assert_false(examples_add(&e, &one, all, 1));
    assert_false(examples_add(&e, &none, all, 1));
    assert_int_equal(e.group_count, 0);
    assert_int_equal(e.row_count, 0);
    mem_free(f.values);
    mem_free(one.values);
    mem_free(none.values);
}

static void of_too_many_gains_the_smallest_are_left_out(void **state)
{
    SCOPED(examples_free) struct examples e = {0};
    struct features f = candidates(CANDIDATES);
    float gains[CANDIDATES] = {0};

    for (int i = 0; i < 20; i++)
        gains[i] = (float)(1 + i * 7 % 20); /* 1 to 20, mixed */
    assert_true(examples_add(&e, &f, gains, 1));
    assert_int_equal(e.groups[0].rows, EXAMPLE_POSITIVES_MAX + EXAMPLE_NEGATIVES);
    for (size_t row = 0; row < EXAMPLE_POSITIVES_MAX; row++)
        assert_true(e.gains[row] == (float)(20 - row));
    assert_true(e.groups[0].gain == 20 * 21 / 2 - (1 + 2 + 3 + 4));
    for (size_t row = EXAMPLE_POSITIVES_MAX; row < e.row_count; row++)
        assert_true(candidate_of(&e, row) >= 20); /* what was left out stands for nothing */
    mem_free(f.values);
}

static void the_rest_is_drawn_evenly_and_by_the_seed(void **state)
{
    enum { DRAWS = 2000 };
    struct features f = candidates(CANDIDATES);
    const float gains[CANDIDATES] = {[0] = 1};
    uint32_t drawn[CANDIDATES] = {0};

    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        SCOPED(examples_free) struct examples e = {0}, again = {0};
        assert_true(examples_add(&e, &f, gains, seed));
        assert_true(examples_add(&again, &f, gains, seed));
        assert_memory_equal(e.values, again.values, e.row_count * FEATURE_COUNT * sizeof(float));
        for (size_t row = 1; row < e.row_count; row++)
            drawn[candidate_of(&e, row)]++;
    }
    assert_int_equal(drawn[0], 0);
    for (uint32_t i = 1; i < CANDIDATES; i++) /* 814 expected; 22 is one standard deviation */
        assert_in_range(drawn[i], 704, 924);
    mem_free(f.values);
}

static void views_are_the_groups_from_and_until(void **state)
{
    SCOPED(examples_free) struct examples e = {0};
    struct features f = candidates(CANDIDATES);

    for (uint32_t i = 0; i < 5; i++) {
        float gains[CANDIDATES] = {[50] = 1};
        for (uint32_t k = 0; k <= i; k++)
            gains[k] = (float)(10 + i);
        assert_true(examples_add(&e, &f, gains, i));
    }
    size_t rows = e.groups[0].rows + e.groups[1].rows;
    const struct examples from = examples_from(&e, 2), until = examples_until(&e, 2);
    assert_int_equal(from.group_count, 3);
    assert_int_equal(from.row_count, e.row_count - rows);
    assert_ptr_equal(from.groups, e.groups + 2);
    assert_true(from.gains[0] == 12);
    assert_true(from.values == e.values + rows * FEATURE_COUNT);
    assert_int_equal(until.group_count, 2);
    assert_int_equal(until.row_count, rows);
    assert_int_equal(examples_from(&e, 5).row_count, 0);
    assert_int_equal(examples_until(&e, 0).row_count, 0);
    assert_int_equal(examples_until(&e, 5).row_count, e.row_count);
    mem_free(f.values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_is_its_gains_by_falling_size_and_a_few_of_the_rest),
        cmocka_unit_test(a_group_without_gain_or_without_another_candidate_is_left_out),
        cmocka_unit_test(of_too_many_gains_the_smallest_are_left_out),
        cmocka_unit_test(the_rest_is_drawn_evenly_and_by_the_seed),
        cmocka_unit_test(views_are_the_groups_from_and_until),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
