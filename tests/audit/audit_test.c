/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/audit.h"

#include <string.h>

#include "tests/support/faults.h"
#include "tests/support/test.h"

static const struct finding *finding_of(const struct report *r, enum check c)
{
    for (uint32_t i = 0; i < r->finding_count; i++)
        if (r->findings[i].check == c)
            return &r->findings[i];
    return NULL;
}

/* Looked at, and silent: a check that never looks cannot be wrong. */
static void a_shop_without_a_fault_is_looked_through_and_found_sound(void **state)
{
    SCOPED(made_shop_free) struct made_shop *m = made_shop_new(1);
    SCOPED(audit_free) struct audit *a = NULL;
    const struct report *r = made_shop_audit(m, &a);

    for (uint32_t i = 0; i < r->finding_count; i++)
        print_error("%s: %.*s\n", check_rows[r->findings[i].check].name,
                    (int)r->findings[i].sentence.size, r->findings[i].sentence.data);
    assert_int_equal(r->finding_count, 0);
    for (int c = 0; c < CHECK_COUNT; c++) {
        if (r->tallies[c].of > 0 || strstr(check_rows[c].sentence, "{of}") == NULL)
            continue;
        print_error("%s looked at nothing\n", check_rows[c].name);
        fail();
    }
    for (int f = 0; f < FOUNDATION_COUNT; f++)
        assert_true(r->scores[f] == 100);
}

static void every_check_finds_the_fault_made_for_it(void **state)
{
    bool failed = false;

    for (int c = 0; c < CHECK_COUNT; c++) {
        SCOPED(made_shop_free) struct made_shop *m = made_shop_new(1);
        SCOPED(audit_free) struct audit *a = NULL;
        const struct fault *fault = NULL;

        for (size_t i = 0; i < fault_count; i++)
            fault = faults[i].check == (enum check)c ? &faults[i] : fault;
        if (fault == NULL) {
            print_error("%s has no fault made for it\n", check_rows[c].name);
            failed = true;
            continue;
        }
        fault->plant(m);
        const struct report *r = made_shop_audit(m, &a);
        if (finding_of(r, (enum check)c) != NULL)
            continue;
        print_error("%s missed its fault: %llu of %llu\n", check_rows[c].name,
                    (unsigned long long)r->tallies[c].count, (unsigned long long)r->tallies[c].of);
        failed = true;
    }
    assert_false(failed);
}

static void of_a_hundred_planted_faults_at_most_three_are_missed(void **state)
{
    for (uint64_t seed = 11; seed < 14; seed++) {
        struct fault_figures f = faults_found(seed);
        for (int c = 0; c < CHECK_COUNT; c++)
            if (f.missed[c] > 0)
                print_error("seed %llu: missed %u of %s\n", (unsigned long long)seed, f.missed[c],
                            check_rows[c].name);
        assert_int_equal(f.planted, FAULTS_PLANTED);
        assert_true(f.kinds >= 30);
        assert_true(f.found >= 97);
        assert_true(f.false_alarms <= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shop_without_a_fault_is_looked_through_and_found_sound),
        cmocka_unit_test(of_a_hundred_planted_faults_at_most_three_are_missed),
        cmocka_unit_test(every_check_finds_the_fault_made_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
