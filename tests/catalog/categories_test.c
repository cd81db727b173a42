/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tests/support/catalog.h"
#include "tests/support/test.h"

static void categories_form_a_tree(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    struct product p = table();

    p.category = TEXT(" Home>Tables  >Dining ");
    put(c, &p);
    category_number dining = catalog_category(c, 0);
    category_number home = catalog_category_find(c, TEXT("Home"));
    assert_int_equal(catalog_category_count(c), 3);
    assert_text(catalog_category_path(c, dining), "Home > Tables > Dining");
    assert_int_equal(catalog_category_find(c, TEXT("Home >Tables")),
                     catalog_category_parent(c, dining));
    assert_true(catalog_category_within(c, dining, home));
    assert_true(catalog_category_within(c, home, home));
    assert_false(catalog_category_within(c, home, dining));
    assert_false(catalog_category_within(c, 0, home));
    assert_false(catalog_category_within(c, 0, 0));
    assert_int_equal(catalog_category_parent(c, home), 0);
    p.category = TEXT(" > ");
    put(c, &p);
    assert_int_equal(catalog_category(c, 0), 0);
    assert_int_equal(catalog_category_count(c), 3);
}

static void sensitive_paths_cover_all_below_them_also_what_comes_later(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    struct product p = table();
    const struct text paths[] = {TEXT("health>Pregnancy"), TEXT("Finance")};

    put(c, &p);
    p.item_id = TEXT("test");
    p.category = TEXT("Health > Pregnancy > Tests");
    put(c, &p);
    catalog_sensitive_set(c, paths, 2);
    assert_false(catalog_sensitive(c, catalog_find(c, TEXT("oak-table"))));
    assert_true(catalog_sensitive(c, catalog_find(c, TEXT("test"))));
    p.item_id = TEXT("loan");
    p.category = TEXT("Finance > Loans");
    put(c, &p);
    p.item_id = TEXT("vitamin");
    p.category = TEXT("Health > Vitamins");
    put(c, &p);
    assert_true(catalog_sensitive(c, catalog_find(c, TEXT("loan"))));
    assert_false(catalog_sensitive(c, catalog_find(c, TEXT("vitamin"))));
    assert_int_equal(sellable(c, "loan"), SELLABLE);
    catalog_sensitive_set(c, NULL, 0);
    assert_false(catalog_sensitive(c, catalog_find(c, TEXT("test"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(categories_form_a_tree),
        cmocka_unit_test(sensitive_paths_cover_all_below_them_also_what_comes_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
