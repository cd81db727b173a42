/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/catalog.h"

#include <stdio.h>

#include "base/memory.h"
#include "base/money.h"
#include "tests/support/catalog.h"
#include "tests/support/test.h"

static void every_change_is_numbered_and_told(void **state)
{
    CATALOG *c = catalog_new(), *other = catalog_new();
    struct product p = table();
    struct text paths[] = {TEXT("Health")};
    uint64_t first = catalog_changes(c);

    assert_true(first > 0);
    assert_int_not_equal(first, catalog_changes(other));
    (void)catalog_mention(c, TEXT("lamp"));
    fold(c, RECORD_TICK, (struct text){0});
    assert_int_equal(catalog_changes(c), first);
    put(c, &p);
    stock(c, "oak-table", 3, IN_STOCK);
    stock(c, "unknown", 3, IN_STOCK);
    fold(c, RECORD_UNPUBLISH, TEXT("oak-table"));
    assert_int_equal(catalog_changes(c), first + 3);
    for (uint64_t i = first; i < first + 3; i++)
        assert_int_equal(catalog_changed(c, i), catalog_find(c, TEXT("oak-table")));
    catalog_sensitive_set(c, paths, 1);
    assert_int_equal(catalog_changed(c, first + 3), PRODUCT_NONE);
    catalog_sensitive_set(c, paths, 1); /* the same again */
    assert_int_equal(catalog_changes(c), first + 4);
    for (int i = 0; i < CATALOG_CHANGES_KEPT; i++)
        put(c, &p);
    assert_int_equal(catalog_changed(c, first + 4), catalog_find(c, TEXT("oak-table")));
}

static void an_empty_catalog_answers_everything(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};
    struct product p;

    assert_int_equal(catalog_find(c, TEXT("x")), PRODUCT_NONE);
    assert_int_equal(catalog_find(c, (struct text){0}), PRODUCT_NONE);
    assert_int_equal(catalog_product_of(c, 0), PRODUCT_NONE);
    assert_int_equal(catalog_count(c), 0);
    assert_int_equal(catalog_sellable(c, PRODUCT_NONE), NOT_KNOWN);
    assert_int_equal(catalog_price(c, 7), MONEY_NONE);
    assert_int_equal(catalog_category(c, 7), 0);
    assert_int_equal(catalog_brand(c, 7), 0);
    assert_null(catalog_category_path(c, 1).data);
    assert_int_equal(catalog_category_find(c, TEXT("Home")), 0);
    assert_false(catalog_sensitive(c, 0));
    assert_null(catalog_item_id(c, 0).data);
    assert_false(catalog_get(c, 0, &a, &p));
}

static void a_folded_product_is_found_with_its_price_category_and_brand(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};
    struct product p = table(), out;

    put(c, &p);
    product_number n = catalog_find(c, TEXT("oak-table"));
    assert_int_equal(n, 0);
    assert_int_equal(catalog_known(c), 1);
    assert_int_equal(catalog_sellable(c, n), SELLABLE);
    assert_int_equal(catalog_sellable_count(c), 1);
    assert_int_equal(catalog_price(c, n), 249 * MONEY_UNIT);
    assert_text(catalog_category_path(c, catalog_category(c, n)), "Home > Tables");
    assert_text(catalog_brand_name(c, catalog_brand(c, n)), "Nord");
    assert_text(catalog_item_id(c, n), "oak-table");
    assert_true(catalog_get(c, n, &a, &out));
    assert_text(out.title, "Oak table");
    assert_true(catalog_holds(c, &p));
    p.price++;
    assert_false(catalog_holds(c, &p));
}

static void mentioned_ids_keep_their_number_when_a_record_comes(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    struct product p = table();

    assert_int_equal(catalog_mention(c, TEXT("first")), 0);
    assert_int_equal(catalog_mention(c, TEXT("oak-table")), 1);
    assert_int_equal(catalog_mention(c, TEXT("first")), 0);
    assert_int_equal(catalog_mention(c, (struct text){0}), PRODUCT_NONE);
    assert_int_equal(catalog_mention(c, TEXT("")), PRODUCT_NONE);
    assert_int_equal(catalog_known(c), 0);
    assert_int_equal(catalog_sellable(c, 1), NOT_KNOWN);
    put(c, &p);
    assert_int_equal(catalog_find(c, TEXT("oak-table")), 1);
    assert_int_equal(catalog_known(c), 1);
    assert_int_equal(catalog_count(c), 2);
    assert_int_equal(catalog_sellable(c, 1), SELLABLE);
}

static void unknown_ids_are_numbered_up_to_the_bound(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    struct product p = table();
    char id[24];

    for (uint32_t i = 0; i < CATALOG_UNKNOWN_MAX; i++) {
        int size = snprintf(id, sizeof(id), "u%u", i);
        assert_int_equal(catalog_mention(c, (struct text){id, (size_t)size}), i);
    }
    assert_int_equal(catalog_mention(c, TEXT("oak-table")), PRODUCT_NONE);
    assert_int_equal(catalog_mention(c, TEXT("u5")), 5);
    put(c, &p);
    assert_int_equal(catalog_mention(c, TEXT("oak-table")), CATALOG_UNKNOWN_MAX);
    p.item_id = TEXT("u7");
    put(c, &p); /* one unknown less */
    assert_int_equal(catalog_mention(c, TEXT("another")), CATALOG_UNKNOWN_MAX + 1);
    assert_int_equal(catalog_mention(c, TEXT("one more")), PRODUCT_NONE);
}

static void a_variants_id_leads_to_its_product_also_when_it_was_mentioned_before(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    struct product p = table();
    struct variant variants[] = {variant("sku-1", MONEY_NONE, 1), variant("sku-2", MONEY_NONE, 1)};

    product_number early = catalog_mention(c, TEXT("sku-2"));
    p.variants = variants;
    p.variant_count = 2;
    put(c, &p);
    product_number n = catalog_find(c, TEXT("oak-table"));
    assert_int_not_equal(n, early);
    assert_int_equal(catalog_product_of(c, early), n);
    assert_int_equal(catalog_find(c, TEXT("sku-1")), n);
    assert_int_equal(catalog_mention(c, TEXT("sku-2")), n);
    assert_int_equal(catalog_price(c, early), 249 * MONEY_UNIT);
    assert_int_equal(catalog_sellable(c, early), SELLABLE);
    assert_int_equal(catalog_known(c), 1);
    assert_int_equal(catalog_sellable_count(c), 1);
}

static void the_record_that_named_a_variant_last_has_it_and_keeps_it(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    struct product a = table(), b = table();
    struct variant shared = variant("sku", MONEY_NONE, 1);

    a.variants = &shared;
    a.variant_count = 1;
    put(c, &a);
    b.item_id = TEXT("b");
    b.variants = &shared;
    b.variant_count = 1;
    put(c, &b);
    assert_int_equal(catalog_find(c, TEXT("sku")), catalog_find(c, TEXT("b")));
    b.variant_count = 0;
    put(c, &b);
    assert_int_equal(catalog_find(c, TEXT("sku")), catalog_find(c, TEXT("b")));
    put(c, &a);
    assert_int_equal(catalog_find(c, TEXT("sku")), catalog_find(c, TEXT("oak-table")));
}

static void a_products_own_id_cannot_be_taken_by_another_products_variant(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    struct product p = table(), q = table();
    struct variant stolen = variant("oak-table", MONEY_NONE, 1);
    struct variant itself = variant("q", MONEY_NONE, 1);
    struct variant later = variant("r", MONEY_NONE, 1);

    put(c, &p);
    q.item_id = TEXT("q");
    q.variants = (struct variant[]){stolen, itself, later};
    q.variant_count = 3;
    put(c, &q);
    assert_text(catalog_item_id(c, catalog_find(c, TEXT("oak-table"))), "oak-table");
    assert_text(catalog_item_id(c, catalog_find(c, TEXT("q"))), "q");
    assert_text(catalog_item_id(c, catalog_find(c, TEXT("r"))), "q");
    p.item_id = TEXT("r"); /* a variant that becomes a product of its own stands for itself */
    put(c, &p);
    assert_text(catalog_item_id(c, catalog_find(c, TEXT("r"))), "r");
    put(c, &q);
    assert_text(catalog_item_id(c, catalog_find(c, TEXT("r"))), "r");
    assert_int_equal(catalog_known(c), 3);
}

/* A shop begins to group: what was a product is unpublished and comes as a variant of another. */
static void an_unpublished_product_becomes_a_variant_of_the_record_that_names_it(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};
    struct product small = table(), group = table(), out;
    struct variant variants[] = {variant("oak-small", MONEY_NONE, 4),
                                 variant("oak-large", MONEY_NONE, 0)};

    small.item_id = TEXT("oak-small");
    put(c, &small);
    product_number n = catalog_find(c, TEXT("oak-small"));
    group.item_id = TEXT("oak");
    group.variants = variants;
    group.variant_count = 2;
    put(c, &group);
    assert_int_equal(catalog_find(c, TEXT("oak-small")), n); /* while it is published */
    fold(c, RECORD_UNPUBLISH, TEXT("oak-small"));
    put(c, &group);
    assert_text(catalog_item_id(c, catalog_find(c, TEXT("oak-small"))), "oak");
    assert_int_equal(catalog_number(c, TEXT("oak-small")), n);
    assert_int_equal(catalog_known(c), 1);
    assert_int_equal(catalog_sellable(c, n), SELLABLE);
    stock(c, "oak-small", 0, IN_STOCK); /* stock is the variant's from here on */
    assert_int_equal(sellable(c, "oak"), NOT_IN_STOCK);
    fold(c, RECORD_UNPUBLISH, TEXT("oak-small")); /* of no product */
    stock(c, "oak-small", 3, IN_STOCK);
    assert_int_equal(sellable(c, "oak"), SELLABLE);
    put(c, &small); /* and back */
    assert_int_equal(catalog_find(c, TEXT("oak-small")), n);
    assert_true(catalog_get(c, n, &a, &out) && out.variant_count == 0);
    assert_int_equal(catalog_known(c), 2);
    assert_int_equal(catalog_sellable_count(c), 2);
}

/* What leads to it would lead nowhere. */
static void a_product_that_had_variants_becomes_none(void **state)
{
    (void)state;
    CATALOG *c = catalog_new(), *loaded = catalog_new();
    struct product oak = table(), group = table();

    oak.variants = (struct variant[]){variant("oak-small", MONEY_NONE, 4)};
    oak.variant_count = 1;
    put(c, &oak);
    oak.variant_count = 0;
    oak.published = false;
    put(c, &oak);
    group.item_id = TEXT("group");
    group.variants = (struct variant[]){variant("oak-table", MONEY_NONE, 4)};
    group.variant_count = 1;
    save_and_load(c, loaded);
    put(c, &group);
    put(loaded, &group);
    assert_text(catalog_item_id(c, catalog_find(c, TEXT("oak-small"))), "oak-table");
    assert_text(catalog_item_id(c, catalog_find(c, TEXT("oak-table"))), "oak-table");
    assert_text(catalog_item_id(loaded, catalog_find(loaded, TEXT("oak-table"))), "oak-table");
}

static void what_may_be_shown_follows_published_price_and_stock(void **state)
{
    (void)state;
    static const struct {
        int64_t price, stock;
        enum availability availability;
        bool published;
        enum sellable expected;
    } cases[] = {
        {1, STOCK_UNTRACKED, IN_STOCK, true, SELLABLE},
        {1, 1, IN_STOCK, true, SELLABLE},
        {1, 0, IN_STOCK, true, NOT_IN_STOCK},
        {1, -3, IN_STOCK, true, NOT_IN_STOCK},
        {1, 5, OUT_OF_STOCK, true, NOT_IN_STOCK},
        {1, STOCK_UNTRACKED, OUT_OF_STOCK, true, NOT_IN_STOCK},
        {1, 0, PREORDER, true, SELLABLE},
        {1, 0, BACKORDER, true, SELLABLE},
        {0, 1, IN_STOCK, true, NOT_PRICED},
        {MONEY_NONE, 1, IN_STOCK, true, NOT_PRICED},
        {1, 1, IN_STOCK, false, NOT_PUBLISHED},
        {0, 0, OUT_OF_STOCK, false, NOT_PUBLISHED},
    };
    CATALOG *c = catalog_new();
    struct product p = table();

    for (size_t i = 0; i < COUNT(cases); i++) {
        p.price = cases[i].price;
        p.stock = cases[i].stock;
        p.availability = cases[i].availability;
        p.published = cases[i].published;
        put(c, &p);
        assert_int_equal(sellable(c, "oak-table"), cases[i].expected);
        assert_int_equal(catalog_sellable_count(c), cases[i].expected == SELLABLE);
    }
}

static void a_product_with_variants_sells_when_one_of_them_does(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    struct product p = table();
    struct variant v[] = {variant("a", 30, 0), variant("b", 50, 2), variant("c", 0, 1),
                          variant("d", 40, 1)};

    p.price = MONEY_NONE;
    p.stock = 0; /* the product's own stock counts for nothing beside variants */
    p.variants = v;
    p.variant_count = COUNT(v);
    put(c, &p);
    assert_int_equal(sellable(c, "oak-table"), SELLABLE);
    assert_int_equal(catalog_price(c, 0), 40);
    v[1].sale_price = 35;
    put(c, &p);
    assert_int_equal(catalog_price(c, 0), 35);
    v[1].stock = v[3].stock = 0; /* only c is left, which has no price */
    put(c, &p);
    assert_int_equal(sellable(c, "oak-table"), NOT_PRICED);
    v[2].stock = 0;
    put(c, &p);
    assert_int_equal(sellable(c, "oak-table"), NOT_IN_STOCK);
    assert_int_equal(catalog_price(c, 0), 30);
}

static void the_price_tag_is_the_sale_price_only_when_it_is_lower(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    struct product p = table();

    p.price = 100;
    p.sale_price = 80;
    put(c, &p);
    assert_int_equal(catalog_price(c, 0), 80);
    p.sale_price = 120;
    put(c, &p);
    assert_int_equal(catalog_price(c, 0), 100);
    p.sale_price = 0;
    put(c, &p);
    assert_int_equal(catalog_price(c, 0), 100);
}

static void stock_records_change_a_product_or_one_of_its_variants(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};
    struct product p = table(), out;
    struct variant v[] = {variant("a", MONEY_NONE, 0), variant("b", MONEY_NONE, 0)};

    put(c, &p);
    stock(c, "oak-table", 0, IN_STOCK);
    assert_int_equal(sellable(c, "oak-table"), NOT_IN_STOCK);
    stock(c, "oak-table", STOCK_UNTRACKED, IN_STOCK);
    assert_int_equal(sellable(c, "oak-table"), SELLABLE);
    stock(c, "nobody", 3, IN_STOCK);
    assert_int_equal(catalog_count(c), 1);
    p.variants = v;
    p.variant_count = 2;
    put(c, &p);
    assert_int_equal(sellable(c, "oak-table"), NOT_IN_STOCK);
    stock(c, "b", 100000, IN_STOCK);
    assert_int_equal(sellable(c, "oak-table"), SELLABLE);
    assert_true(catalog_get(c, 0, &a, &out));
    assert_int_equal(out.variants[0].stock, 0);
    assert_int_equal(out.variants[1].stock, 100000);
    assert_text(out.title, "Oak table");
    stock(c, "b", 100000, OUT_OF_STOCK);
    assert_int_equal(sellable(c, "oak-table"), NOT_IN_STOCK);
}

static void unpublishing_hides_a_product_until_its_next_record(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    struct product p = table();
    struct variant v = variant("sku", MONEY_NONE, 1);

    p.variants = &v;
    p.variant_count = 1;
    put(c, &p);
    fold(c, RECORD_UNPUBLISH, TEXT("sku"));
    fold(c, RECORD_UNPUBLISH, TEXT("nobody"));
    assert_int_equal(sellable(c, "oak-table"), SELLABLE);
    fold(c, RECORD_UNPUBLISH, TEXT("oak-table"));
    assert_int_equal(sellable(c, "oak-table"), NOT_PUBLISHED);
    assert_int_equal(catalog_sellable_count(c), 0);
    assert_int_equal(catalog_known(c), 1);
    put(c, &p);
    assert_int_equal(sellable(c, "oak-table"), SELLABLE);
}

static void other_records_and_damaged_bodies_change_nothing(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();

    fold(c, RECORD_EVENT, TEXT("anything"));
    fold(c, RECORD_TICK, TEXT(""));
    fold(c, RECORD_PRODUCT, TEXT("\xFF\xFF\xFF"));
    fold(c, RECORD_STOCK, TEXT("\xFF"));
    fold(c, RECORD_PRODUCT, TEXT(""));
    assert_int_equal(catalog_count(c), 0);
}

/* A catalog after many changes: mentions, products of different lengths, stock, variants. */
static void fill(struct catalog *c, uint32_t rounds)
{
    char id[24], sku[24], title[400];
    struct product p = table();

    memset(title, 't', sizeof(title));
    for (uint32_t i = 0; i < rounds; i++) {
        uint32_t which = i * 7919 % 5000;
        struct variant v = variant(sku, (int64_t)i, which % 3);

        p.item_id = (struct text){id, (size_t)snprintf(id, sizeof(id), "p%u", which)};
        v.item_id.size = (size_t)snprintf(sku, sizeof(sku), "s%u", which % 4000);
        p.title = (struct text){title, 20 + i % 380};
        p.category = which % 2 == 0 ? TEXT("A > B") : TEXT("C");
        p.variants = &v;
        p.variant_count = which % 2;
        put(c, &p);
        if (i % 5 == 0)
            stock(c, sku, (int64_t)(i % 3), IN_STOCK);
        (void)catalog_mention(c, (struct text){title, i % 7});
    }
}

static void assert_same(const struct catalog *a, const struct catalog *b)
{
    assert_int_equal(catalog_count(a), catalog_count(b));
    assert_int_equal(catalog_known(a), catalog_known(b));
    assert_int_equal(catalog_sellable_count(a), catalog_sellable_count(b));
    for (product_number n = 0; n < catalog_count(a); n++) {
        assert_true(text_equal(catalog_item_id(a, n), catalog_item_id(b, n)));
        assert_int_equal(catalog_find(b, catalog_item_id(a, n)), catalog_product_of(a, n));
        assert_int_equal(catalog_product_of(a, n), catalog_product_of(b, n));
        assert_int_equal(catalog_sellable(a, n), catalog_sellable(b, n));
        assert_int_equal(catalog_price(a, n), catalog_price(b, n));
        assert_int_equal(catalog_category(a, n), catalog_category(b, n));
        assert_int_equal(catalog_brand(a, n), catalog_brand(b, n));
        assert_true(text_equal(catalog_body(a, n), catalog_body(b, n)));
    }
}

static void a_heap_full_of_old_versions_is_compacted_without_changing_anything(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};
    uint32_t known = 0;

    fill(c, 60000);
    for (product_number n = 0; n < catalog_count(c); n++) {
        struct product p;

        if (catalog_product_of(c, n) != n || !catalog_get(c, n, &a, &p))
            continue;
        known++;
        assert_true(text_equal(p.item_id, catalog_item_id(c, n)));
        assert_true(catalog_holds(c, &p));
        arena_reset(&a);
    }
    assert_int_equal(known, 5000);
    assert_int_equal(catalog_known(c), 5000);
}

static void a_checkpoint_gives_the_same_catalog_back_which_folds_on(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    CATALOG *loaded = catalog_new();

    fill(c, 20000);
    catalog_sensitive_set(loaded, (struct text[]){TEXT("C")}, 1);
    save_and_load(c, loaded);
    assert_same(c, loaded);
    assert_true(catalog_sensitive(loaded, catalog_find(loaded, TEXT("p1"))));
    assert_false(catalog_sensitive(loaded, catalog_find(loaded, TEXT("p2"))));
    assert_int_equal(catalog_category_parent(loaded, catalog_category_find(loaded, TEXT("A > B"))),
                     catalog_category_find(loaded, TEXT("A")));
    fill(c, 7000);
    fill(loaded, 7000);
    assert_same(c, loaded);
}

static void an_empty_catalog_can_be_saved_and_a_foreign_checkpoint_is_refused(void **state)
{
    (void)state;
    CATALOG *c = catalog_new();
    CATALOG *loaded = catalog_new();
    CATALOG *none = catalog_new();
    struct error err = {0};
    char dir[TEST_PATH_SIZE];

    test_dir(dir);
    for (uint64_t round = 1; round <= 2; round++) {
        SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
        SCOPED(checkpoint_close) struct checkpoint *saved = NULL;

        assert_int_equal(checkpoint_begin(&w, dir, (struct position){round}, &err), OK);
        if (round == 1)
            catalog_save(c, w);
        assert_int_equal(checkpoint_commit(&w, 2, &err), OK);
        assert_int_equal(checkpoint_open(&saved, dir, (struct position){round}, &err), OK);
        if (round == 1)
            assert_int_equal(catalog_load(loaded, saved, &err), OK);
        else
            assert_int_equal(catalog_load(none, saved, &err), ERR_CORRUPT);
    }
    assert_int_equal(catalog_count(loaded), 0);
    fill(loaded, 10);
    assert_int_equal(catalog_known(loaded), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_is_numbered_and_told),
        cmocka_unit_test(an_empty_catalog_answers_everything),
        cmocka_unit_test(a_folded_product_is_found_with_its_price_category_and_brand),
        cmocka_unit_test(mentioned_ids_keep_their_number_when_a_record_comes),
        cmocka_unit_test(unknown_ids_are_numbered_up_to_the_bound),
        cmocka_unit_test(a_variants_id_leads_to_its_product_also_when_it_was_mentioned_before),
        cmocka_unit_test(the_record_that_named_a_variant_last_has_it_and_keeps_it),
        cmocka_unit_test(a_products_own_id_cannot_be_taken_by_another_products_variant),
        cmocka_unit_test(an_unpublished_product_becomes_a_variant_of_the_record_that_names_it),
        cmocka_unit_test(a_product_that_had_variants_becomes_none),
        cmocka_unit_test(what_may_be_shown_follows_published_price_and_stock),
        cmocka_unit_test(a_product_with_variants_sells_when_one_of_them_does),
        cmocka_unit_test(the_price_tag_is_the_sale_price_only_when_it_is_lower),
        cmocka_unit_test(stock_records_change_a_product_or_one_of_its_variants),
        cmocka_unit_test(unpublishing_hides_a_product_until_its_next_record),
        cmocka_unit_test(other_records_and_damaged_bodies_change_nothing),
        cmocka_unit_test(a_heap_full_of_old_versions_is_compacted_without_changing_anything),
        cmocka_unit_test(a_checkpoint_gives_the_same_catalog_back_which_folds_on),
        cmocka_unit_test(an_empty_catalog_can_be_saved_and_a_foreign_checkpoint_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
