/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogs alone, without a program and without events. */
#include "audit/audit.h"

#include <stdio.h>

#include "base/money.h"
#include "tests/support/test.h"

static void put(struct catalog *c, const char *id, const char *currency, const char *category)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct product p = product_blank();

    p.item_id = p.title = text_from(id);
    p.price = 10 * MONEY_UNIT;
    p.currency = text_from(currency);
    p.category = text_from(category);
    product_encode(&p, &body);
    (void)catalog_fold(c, &(struct record){.kind = RECORD_PRODUCT, .body = buffer_text(&body)});
}

static struct tally tally(struct catalog *c, enum check check)
{
    SCOPED(audit_free)
    struct audit *a =
        audit_new(&(struct audit_options){.catalog = c, .program = program_builtin(), .now_ms = 1});
    struct tally t = audit_finish(a)->tallies[check];

    return t;
}

static void the_currency_of_most_is_the_shops_when_nothing_else_tells(void **state)
{
    struct catalog *c = catalog_new();

    put(c, "a", "USD", "");
    put(c, "b", "EUR", "");
    put(c, "c", "EUR", "");
    struct tally t = tally(c, CHECK_currency_mixed);
    assert_int_equal(t.of, 3);
    assert_int_equal(t.count, 1);
    catalog_free(c);
}

static void levels_of_a_platforms_taxonomy_are_not_the_shops_to_drop(void **state)
{
    struct catalog *theirs = catalog_new(), *ours = catalog_new();

    put(theirs, "a", "EUR", "Apparel & Accessories > Clothing Accessories > Hair Accessories");
    put(theirs, "b", "EUR", "Furniture > Indoors > Tables");
    put(theirs, "c", "EUR", "Own things > Things > Thing");
    put(ours, "a", "EUR", "Furniture > Indoors > Tables");
    assert_int_equal(tally(theirs, CHECK_category_chain).count, 2); /* of its own */
    assert_int_equal(tally(ours, CHECK_category_chain).count, 2);
    catalog_free(theirs);
    catalog_free(ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_currency_of_most_is_the_shops_when_nothing_else_tells),
        cmocka_unit_test(levels_of_a_platforms_taxonomy_are_not_the_shops_to_drop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
