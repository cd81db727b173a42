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
    assert_int_equal(catalog_category_cut(c, dining, 0), dining);
    assert_int_equal(catalog_category_cut(c, dining, 1), home);
    assert_int_equal(catalog_category_cut(c, dining, 2), catalog_category_parent(c, dining));
    assert_int_equal(catalog_category_cut(c, dining, 9), dining);
    assert_int_equal(catalog_category_cut(c, 0, 1), 0);
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

static category_number category_of(struct catalog *c, const char *path)
{
    struct product p = table();

    p.category = text_from(path);
    put(c, &p);
    return catalog_category(c, catalog_find(c, p.item_id));
}

static void only_the_angle_bracket_separates(void **state)
{
    CATALOG *c = catalog_new();
    category_number n = category_of(c, "Home > Tables");

    assert_int_equal(category_of(c, "\tHome  >Tables > "), n);
    assert_int_equal(category_of(c, ">> Home > > Tables"), n);
    assert_int_equal(category_of(c, "Home &gt; Tables"), n);
    assert_int_equal(category_of(c, "Home&gt;Tables"), n);
    assert_int_equal(catalog_category_find(c, TEXT("Home&gt;Tables")), n);
    assert_int_equal(catalog_category_count(c), 2);
    n = category_of(c, "TV/Video > Bed & Bath");
    assert_text(catalog_category_path(c, n), "TV/Video > Bed & Bath");
    assert_text(catalog_category_path(c, catalog_category_parent(c, n)), "TV/Video");
    assert_int_equal(catalog_category_parent(c, category_of(c, "Home, Garden | Pots")), 0);
    assert_int_equal(category_of(c, " &gt; > "), 0);
}

/* Which the audit tells (category_twins). */
static void case_and_inner_spaces_make_another_category(void **state)
{
    CATALOG *c = catalog_new();
    category_number n = category_of(c, "Home > Tables");

    assert_int_not_equal(category_of(c, "home > tables"), n);
    assert_int_not_equal(category_of(c, "Home > Ta bles"), n);
    assert_int_equal(catalog_category_count(c), 5);
    assert_int_equal(catalog_category_find(c, TEXT("HOME")), 0);
}

static void a_path_is_sixteen_deep_at_most(void **state)
{
    CATALOG *c = catalog_new();
    SCOPED(buffer_free) struct buffer path = {0};

    for (int i = 1; i <= 20; i++)
        buffer_printf(&path, "%s%d", i > 1 ? " > " : "", i);
    buffer_add_char(&path, '\0');
    category_number n = category_of(c, path.data);
    assert_true(text_ends(catalog_category_path(c, n), " > 15 > 16"));
    assert_int_equal(catalog_category_count(c), 16);
    assert_int_equal(catalog_category_find(c, buffer_text(&path)), n);
    assert_int_equal(category_of(c, path.data), n);
    assert_int_equal(catalog_category_count(c), 16);
}

static void a_product_moves_with_its_next_record(void **state)
{
    CATALOG *c = catalog_new(), *loaded = catalog_new();
    category_number tables = category_of(c, "Home > Tables"), desks;

    desks = category_of(c, "Home > Desks");
    assert_int_not_equal(desks, tables);
    assert_false(catalog_category_within(c, desks, tables));
    assert_true(catalog_category_within(c, desks, catalog_category_find(c, TEXT("Home"))));
    save_and_load(c, loaded);
    assert_int_equal(category_of(loaded, "Home > Tables"), tables);
    assert_int_equal(catalog_category_count(loaded), 3);
    assert_int_equal(category_of(loaded, ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(categories_form_a_tree),
        cmocka_unit_test(sensitive_paths_cover_all_below_them_also_what_comes_later),
        cmocka_unit_test(only_the_angle_bracket_separates),
        cmocka_unit_test(case_and_inner_spaces_make_another_category),
        cmocka_unit_test(a_path_is_sixteen_deep_at_most),
        cmocka_unit_test(a_product_moves_with_its_next_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
