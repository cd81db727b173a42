/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates/tally.h"

#include <stdlib.h>

#include "base/random.h"
#include "tests/support/test.h"

static void amounts_add_up_and_the_strongest_gives_the_evidence(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct tally t = tally_new(4, &a);
    struct tally_row row;

    tally_add(tally_row(&t, 7), 1.0F, (struct evidence){EVIDENCE_VIEWED, 1});
    tally_add(tally_row(&t, 9), 2.5F, (struct evidence){EVIDENCE_VIEWED, 1});
    tally_add(tally_row(&t, 7), 2.0F, (struct evidence){EVIDENCE_CART, 2});
    assert_true(tally_take(&t, &row));
    assert_int_equal(row.product, 7);
    assert_true(row.score > 2.9F && row.score < 3.1F);
    assert_int_equal(row.evidence.kind, EVIDENCE_CART);
    assert_int_equal(row.evidence.reference, 2);
    assert_int_equal(row.counted, SHOPPER_NONE);
    assert_true(tally_take(&t, &row));
    assert_int_equal(row.product, 9);
    assert_false(tally_take(&t, &row));
    assert_false(tally_take(&t, &row));
}

static void an_empty_tally_gives_nothing(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct tally t = tally_new(0, &a);
    struct tally_row row;

    assert_false(tally_take(&t, &row));
}

static void taking_is_sorting_by_score_then_number(void **state)
{
    enum { MANY = 2000 };
    SCOPED(arena_free) struct arena a = {0};
    struct tally t = tally_new(MANY, &a);
    struct random random;
    struct tally_row row, last = {.score = 1e9F};
    size_t taken = 0;

    random_seed(&random, 3);
    for (int i = 0; i < 5 * MANY; i++)
        tally_add(tally_row(&t, random_below(&random, MANY)), (float)random_below(&random, 4),
                  (struct evidence){EVIDENCE_VIEWED, 1});
    uint32_t count = t.count;
    while (tally_take(&t, &row)) {
        assert_true(row.score < last.score ||
                    (row.score == last.score && row.product > last.product));
        last = row;
        taken++;
    }
    assert_int_equal(taken, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_add_up_and_the_strongest_gives_the_evidence),
        cmocka_unit_test(an_empty_tally_gives_nothing),
        cmocka_unit_test(taking_is_sorting_by_score_then_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
