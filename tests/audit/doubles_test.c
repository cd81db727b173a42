/* SPDX-License-Identifier: Apache-2.0 */
/* Customers and products that stand there twice, in made data whose truth is known. */
#include "tests/support/doubles.h"

#include "tests/support/test.h"

static void links_are_always_right_and_suggestions_nearly(void **state)
{
    struct doubles d = customers_doubled();

    print_message("linked %u, right %u; suggested %u, right %u; of %u doubles\n", d.linked,
                  d.linked_right, d.suggested, d.suggested_right, d.right);
    assert_true(d.linked > 0);
    assert_int_equal(d.linked, d.linked_right);
    assert_true(d.suggested_right >= 0.9 * d.suggested);
    assert_true(d.suggested_right >= 0.9 * (d.right - d.linked_right));
}

static void repeated_products_are_found_and_models_told_apart(void **state)
{
    struct doubles d = products_doubled();

    print_message("told %u, right %u; of %u repeated\n", d.suggested, d.suggested_right, d.right);
    assert_int_equal(d.suggested_right, d.suggested);
    assert_true(d.suggested_right >= 0.9 * d.right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeated_products_are_found_and_models_told_apart),
        cmocka_unit_test(links_are_always_right_and_suggestions_nearly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
