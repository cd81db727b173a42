/* SPDX-License-Identifier: Apache-2.0 */
/* Customers and products that stand there twice, in made data whose truth is known. */
#include "tests/support/doubles.h"

#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "tests/support/test.h"

static void links_are_always_right_and_suggestions_nearly(void **state)
{
    for (uint64_t seed = 5; seed < 8; seed++) {
        struct doubles d = customers_doubled(seed);
        print_message("linked %u, right %u; suggested %u, right %u; of %u doubles\n", d.linked,
                      d.linked_right, d.suggested, d.suggested_right, d.right);
        assert_true(d.linked > 300);
        assert_int_equal(d.linked, d.linked_right);
        assert_true(d.suggested_right >= 0.9 * d.suggested);
        assert_true(d.suggested_right >= 0.9 * (d.right - d.linked_right));
    }
}

static void repeated_products_are_found_and_models_told_apart(void **state)
{
    struct doubles d = products_doubled();

    print_message("told %u, right %u; of %u repeated\n", d.suggested, d.suggested_right, d.right);
    assert_int_equal(d.suggested_right, d.suggested);
    assert_true(d.suggested_right >= 0.9 * d.right);
}

static struct audit *audited(char *csv, struct catalog *catalog)
{
    struct audit *a = audit_new(
        &(struct audit_options){.catalog = catalog, .program = program_builtin(), .now_ms = 1});
    FILE *in = fmemopen(csv, strlen(csv), "r");
    struct error err = {0};

    assert_non_null(in);
    assert_int_equal(audit_customers(a, in, &err), OK);
    fclose(in);
    return a;
}

/* Each record, and whether it holds something made up. */
static void made_up_customers_are_told_and_join_nobody(void **state)
{
    static const struct {
        const char *record;
        bool made_up;
    } rows[] = {
        {"Anna,Berg,noreply@berg.example,+49 30 5550142", true},
        {"Anna,Berg,do_not_reply@berg.example,", true},
        {"Anna,Berg,No-Reply@berg.example,", true},
        {"Anna,Berg,anna@example.com,", true},
        {"Anna,Berg,anna@shop.invalid,", true},
        {"Anna,Berg,,0000000000", true},
        {"Anna,Berg,,+49 30 0000000", true},
        {"Anna,Berg,,030 1234567", true},
        {"Test,Test,t1@mail.example,", true},
        {"Guest,Checkout,t2@mail.example,+49 30 5550143", true},
        {"Guest,Checkout,t3@mail.example,+49 30 5550143", true},
        {"Max,Mustermann,t4@mail.example,", true},
        {"Anna,Berg,anna@contest.com,+49 30 5550144", false},
        {"Anna,Berg,testarossa@mail.example,", false},
        {"Guest,Carter,g@mail.example,+49 30 5550145", false},
        {"John,Doering,j@mail.example,+49 30 0000001", false},
    };
    SCOPED(buffer_free) struct buffer csv = {0};
    SCOPED(audit_free) struct audit *a = NULL;
    struct catalog *catalog = catalog_new();
    uint64_t expected = 0;

    buffer_add_string(&csv, "First Name,Last Name,Email,Phone\n");
    for (size_t i = 0; i < COUNT(rows); i++) {
        SCOPED(buffer_free) struct buffer one = {0};
        buffer_printf(&one, "First Name,Last Name,Email,Phone\n%s\n", rows[i].record);
        SCOPED(audit_free) struct audit *alone = audited(one.data, catalog);
        if (audit_finish(alone)->tallies[CHECK_customer_placeholder].count != rows[i].made_up)
            fail_msg("%s", rows[i].record);
        buffer_printf(&csv, "%s\n", rows[i].record);
        expected += rows[i].made_up;
    }
    a = audited(csv.data, catalog);
    const struct report *r = audit_finish(a);
    catalog_free(catalog);
    assert_int_equal(r->tallies[CHECK_customer_placeholder].count, expected);
    assert_int_equal(r->tallies[CHECK_customer_same_phone].count, 0); /* two guests, one till */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeated_products_are_found_and_models_told_apart),
        cmocka_unit_test(made_up_customers_are_told_and_join_nobody),
        cmocka_unit_test(links_are_always_right_and_suggestions_nearly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
