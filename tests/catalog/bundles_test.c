/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/money.h"
#include "tests/support/catalog.h"
#include "tests/support/test.h"

/* A product of that id, price 10, with so much stock. */
static struct product thing(const char *item_id, int64_t stock)
{
    struct product p = product_blank();

    p.item_id = p.title = text_from(item_id);
    p.category = TEXT("Things");
    p.price = 10 * MONEY_UNIT;
    p.stock = stock;
    return p;
}

static void put_thing(struct catalog *c, const char *item_id, int64_t stock)
{
    struct product p = thing(item_id, stock);

    put(c, &p);
}

/* A bundle of "2*mug cup 3*tea": up to four parts; without stock of its own. */
static void put_bundle_of(struct catalog *c, const char *item_id, const char *parts,
                          struct product p)
{
    struct bundle_part list[PRODUCT_PARTS_MAX];
    struct text rest = text_from(parts);

    p.item_id = p.title = text_from(item_id);
    p.parts = list;
    p.part_count = 0;
    while (rest.size > 0) {
        struct text one = text_cut(&rest, ' ');
        struct text id = one;
        struct text count = text_cut(&id, '*');
        uint64_t quantity = 1;

        if (id.data != NULL)
            assert_true(text_to_u64(count, &quantity));
        list[p.part_count++] = (struct bundle_part){id.data != NULL ? id : one, (uint32_t)quantity};
    }
    put(c, &p);
}

static void put_bundle(struct catalog *c, const char *item_id, const char *parts)
{
    put_bundle_of(c, item_id, parts, thing(item_id, STOCK_UNTRACKED));
}

static product_number number(const struct catalog *c, const char *item_id)
{
    return catalog_find(c, text_from(item_id));
}

static struct product offered(const struct catalog *c, const char *item_id, struct arena *a)
{
    struct product p;

    assert_true(catalog_get_offered(c, number(c, item_id), a, &p));
    return p;
}

/* The stock of the row and of the product offered are the same. */
static void assert_stock(const struct catalog *c, const char *item_id, int64_t expected)
{
    SCOPED(arena_free) struct arena a = {0};
    struct product p = offered(c, item_id, &a);
    float kept = catalog_offer(c, number(c, item_id)).stock;

    assert_int_equal(product_stock(&p), expected);
    if (expected == STOCK_UNTRACKED)
        assert_true(isnan(kept));
    else
        assert_int_equal((int64_t)kept, expected);
}

static void assert_lacking(const struct catalog *c, const char *item_id, const char *part,
                           enum sellable expected)
{
    SCOPED(arena_free) struct arena a = {0};
    product_number lacking;
    enum sellable why;

    assert_true(catalog_part_lacking(c, number(c, item_id), &a, &lacking, &why));
    assert_true(text_is(catalog_item_id(c, lacking), part));
    assert_int_equal(why, expected);
}

static void a_bundle_is_as_sellable_as_its_scarcest_part(void **state)
{
    CATALOG *c = catalog_new();

    put_thing(c, "mug", 7);
    put_thing(c, "tea", 100);
    put_thing(c, "card", STOCK_UNTRACKED);
    put_bundle(c, "set", "2*mug tea card");
    assert_int_equal(sellable(c, "set"), SELLABLE);
    assert_stock(c, "set", 3);
    stock(c, "mug", 1, IN_STOCK); /* one of two */
    assert_int_equal(sellable(c, "set"), NOT_IN_STOCK);
    assert_stock(c, "set", 0);
    assert_lacking(c, "set", "mug", NOT_IN_STOCK);
    assert_int_equal(catalog_sellable_count(c), 3);
    stock(c, "mug", 2, IN_STOCK);
    assert_int_equal(sellable(c, "set"), SELLABLE);
    assert_int_equal(catalog_sellable_count(c), 4);
    stock(c, "tea", 5, OUT_OF_STOCK);
    assert_int_equal(sellable(c, "set"), NOT_IN_STOCK);
    stock(c, "tea", STOCK_UNTRACKED, IN_STOCK);
    stock(c, "mug", STOCK_UNTRACKED, IN_STOCK);
    assert_stock(c, "set", STOCK_UNTRACKED);
}

static void stock_of_the_bundle_itself_counts_as_well(void **state)
{
    CATALOG *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};
    product_number part;
    enum sellable why;

    put_thing(c, "mug", 50);
    put_bundle(c, "set", "mug");
    stock(c, "set", 4, IN_STOCK);
    assert_stock(c, "set", 4);
    stock(c, "mug", 3, IN_STOCK);
    assert_stock(c, "set", 3);
    stock(c, "set", 0, IN_STOCK);
    assert_int_equal(sellable(c, "set"), NOT_IN_STOCK);
    stock(c, "set", STOCK_UNTRACKED, OUT_OF_STOCK);
    assert_int_equal(sellable(c, "set"), NOT_IN_STOCK);
    assert_false(catalog_part_lacking(c, number(c, "set"), &a, &part, &why));
}

static void what_can_be_ordered_before_it_is_there_limits_nothing(void **state)
{
    CATALOG *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};

    put_thing(c, "mug", 3);
    put_thing(c, "tea", 0);
    put_bundle(c, "set", "mug tea");
    assert_int_equal(sellable(c, "set"), NOT_IN_STOCK);
    stock(c, "tea", 0, PREORDER);
    assert_int_equal(sellable(c, "set"), SELLABLE);
    struct product p = offered(c, "set", &a);
    assert_int_equal(product_availability(&p), PREORDER);
    stock(c, "mug", 0, BACKORDER);
    p = offered(c, "set", &a);
    assert_int_equal(product_availability(&p), BACKORDER);
    stock(c, "mug", 0, IN_STOCK); /* the other one's preorder does not make up for it */
    assert_int_equal(sellable(c, "set"), NOT_IN_STOCK);
    stock(c, "mug", 3, IN_STOCK);
    stock(c, "set", 0, IN_STOCK);
    assert_int_equal(sellable(c, "set"), NOT_IN_STOCK);
}

static void parts_may_come_after_the_bundle_and_go_again(void **state)
{
    CATALOG *c = catalog_new();
    struct product p;

    put_bundle(c, "set", "mug tea");
    assert_int_equal(sellable(c, "set"), PART_MISSING);
    assert_lacking(c, "set", "mug", NOT_KNOWN);
    assert_int_equal(sellable(c, "mug"), NOT_KNOWN);
    put_thing(c, "tea", 1);
    put_thing(c, "mug", 1);
    assert_int_equal(sellable(c, "set"), SELLABLE);
    fold(c, RECORD_UNPUBLISH, TEXT("tea"));
    assert_int_equal(sellable(c, "set"), PART_MISSING);
    assert_lacking(c, "set", "tea", NOT_PUBLISHED);
    stock(c, "mug", 0, IN_STOCK); /* what is missing for good says more */
    assert_lacking(c, "set", "tea", NOT_PUBLISHED);
    put_thing(c, "mug", 1);
    p = thing("tea", 1);
    p.price = MONEY_NONE; /* sold in bundles alone */
    put(c, &p);
    assert_int_equal(sellable(c, "tea"), NOT_PRICED);
    assert_int_equal(sellable(c, "set"), SELLABLE);
}

static void parts_that_are_left_out_of_the_next_record_count_no_longer(void **state)
{
    CATALOG *c = catalog_new();
    product_number parts[4];

    put_thing(c, "mug", 1);
    put_thing(c, "tea", 0);
    put_bundle(c, "set", "mug tea");
    put_bundle(c, "other", "tea mug");
    assert_int_equal(sellable(c, "set"), NOT_IN_STOCK);
    put_bundle(c, "set", "mug");
    assert_int_equal(sellable(c, "set"), SELLABLE);
    assert_int_equal(catalog_parts(c, number(c, "set"), parts, 4), 1);
    assert_int_equal(parts[0], number(c, "mug"));
    assert_int_equal(catalog_parts(c, number(c, "other"), parts, 4), 2);
    assert_int_equal(parts[0], number(c, "tea"));
    stock(c, "tea", 4, IN_STOCK);
    assert_stock(c, "other", 1);
    stock(c, "mug", 0, IN_STOCK);
    assert_int_equal(sellable(c, "other"), NOT_IN_STOCK);
    put_thing(c, "set", 1); /* no bundle any more */
    assert_int_equal(sellable(c, "set"), SELLABLE);
    assert_int_equal(catalog_parts(c, number(c, "set"), parts, 4), 0);
}

static void a_part_may_be_one_variant_or_any_of_a_product(void **state)
{
    CATALOG *c = catalog_new();
    struct product shirt = thing("shirt", 0), other = thing("other", 0);

    shirt.variants =
        (struct variant[]){variant("shirt-s", MONEY_NONE, 0), variant("shirt-m", MONEY_NONE, 4)};
    shirt.variant_count = 2;
    put(c, &shirt);
    put_bundle(c, "any", "2*shirt");
    put_bundle(c, "small", "shirt-s");
    put_bundle(c, "middle", "2*shirt-m");
    assert_stock(c, "any", 2);
    assert_int_equal(sellable(c, "small"), NOT_IN_STOCK);
    assert_lacking(c, "small", "shirt-s", NOT_IN_STOCK);
    assert_stock(c, "middle", 2);
    stock(c, "shirt-s", 3, IN_STOCK);
    assert_stock(c, "any", 3);
    assert_stock(c, "small", 3);
    assert_stock(c, "middle", 2);
    shirt.variant_count = 1; /* the middle one is given up */
    put(c, &shirt);
    assert_int_equal(sellable(c, "middle"), PART_MISSING);
    assert_lacking(c, "middle", "shirt-m", NOT_KNOWN);
    other.variants = (struct variant[]){variant("shirt-m", MONEY_NONE, 9)};
    other.variant_count = 1; /* and sold as one of another product */
    put(c, &other);
    assert_stock(c, "middle", 4);
    put_thing(c, "shirt-m", 6); /* and then by itself */
    assert_stock(c, "middle", 3);
    stock(c, "shirt-m", 2, IN_STOCK);
    assert_stock(c, "middle", 1);
}

static void a_bundle_with_variants_sells_each_with_its_parts(void **state)
{
    CATALOG *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};
    struct product set = thing("set", STOCK_UNTRACKED);

    put_thing(c, "mug", 3);
    set.variants =
        (struct variant[]){variant("set-red", MONEY_NONE, 2), variant("set-blue", MONEY_NONE, 9)};
    set.variant_count = 2;
    put_bundle_of(c, "set", "mug", set);
    struct product p = offered(c, "set", &a);
    assert_int_equal(p.variants[0].stock, 2);
    assert_int_equal(p.variants[1].stock, 3);
    put_bundle(c, "case", "2*set-blue");
    assert_stock(c, "case", 1);
    stock(c, "mug", 0, IN_STOCK);
    assert_int_equal(sellable(c, "set"), NOT_IN_STOCK);
    assert_int_equal(sellable(c, "case"), NOT_IN_STOCK);
    assert_lacking(c, "case", "set-blue", NOT_IN_STOCK);
}

static void bundles_in_bundles_follow_what_is_at_the_bottom(void **state)
{
    CATALOG *c = catalog_new();
    product_number parts[8];

    put_bundle(c, "pallet", "4*case leaflet");
    put_bundle(c, "case", "4*six");
    put_bundle(c, "six", "6*bottle");
    put_thing(c, "bottle", 200);
    put_thing(c, "leaflet", STOCK_UNTRACKED);
    assert_stock(c, "six", 33);
    assert_stock(c, "case", 8);
    assert_stock(c, "pallet", 2);
    stock(c, "bottle", 95, IN_STOCK);
    assert_int_equal(sellable(c, "pallet"), NOT_IN_STOCK);
    assert_int_equal(sellable(c, "case"), SELLABLE);
    assert_lacking(c, "pallet", "case", NOT_IN_STOCK);
    assert_int_equal(catalog_parts(c, number(c, "pallet"), parts, 8), 4);
    assert_int_equal(parts[0], number(c, "case"));
    assert_int_equal(parts[3], number(c, "bottle"));
    assert_int_equal(catalog_parts(c, number(c, "pallet"), parts, 2), 2);
    put_bundle(c, "container", "pallet"); /* four in each other are as deep as it goes */
    stock(c, "bottle", 200, IN_STOCK);
    assert_int_equal(sellable(c, "container"), SELLABLE);
    put_bundle(c, "ship", "container");
    assert_int_equal(sellable(c, "ship"), PART_MISSING);
    assert_lacking(c, "ship", "container", PART_MISSING);
    assert_int_equal(sellable(c, "container"), SELLABLE);
}

static void bundles_that_hold_each_other_are_not_sold_until_one_lets_go(void **state)
{
    CATALOG *c = catalog_new();
    product_number parts[4];

    put_thing(c, "mug", 5);
    put_bundle(c, "a", "mug b");
    put_bundle(c, "b", "c");
    put_bundle(c, "c", "a");
    put_bundle(c, "self", "mug self"); /* no door lets it in, but old files may have it */
    assert_int_equal(sellable(c, "a"), PART_MISSING);
    assert_lacking(c, "a", "b", PART_MISSING);
    assert_int_equal(sellable(c, "b"), PART_MISSING);
    assert_int_equal(sellable(c, "c"), PART_MISSING);
    assert_int_equal(sellable(c, "self"), PART_MISSING);
    assert_int_equal(catalog_parts(c, number(c, "a"), parts, 4), 4);
    put_bundle(c, "c", "mug");
    assert_int_equal(sellable(c, "a"), SELLABLE);
    assert_int_equal(sellable(c, "b"), SELLABLE);
    assert_int_equal(sellable(c, "c"), SELLABLE);
}

/* Each holds the ten of the level below: a walk of all would see 11,110 parts. */
static void a_walk_has_an_end_also_where_bundles_multiply(void **state)
{
    CATALOG *c = catalog_new();
    SCOPED(buffer_free) struct buffer below = {0}, here = {0};
    char id[32];

    for (int level = 0; level < 4; level++) {
        for (int i = 0; i < 10; i++) {
            snprintf(id, sizeof(id), "%d-%d", level, i);
            if (level == 0) {
                put_thing(c, id, 1000000);
            } else {
                buffer_add_char(&below, '\0');
                put_bundle(c, id, below.data);
            }
            buffer_printf(&here, "%s%s", i > 0 ? " " : "", id);
        }
        buffer_clear(&below);
        buffer_add_text(&below, buffer_text(&here));
        buffer_clear(&here);
    }
    assert_int_equal(sellable(c, "2-0"), SELLABLE);
    assert_int_equal(sellable(c, "3-0"), PART_MISSING);
    stock(c, "0-0", 0, IN_STOCK);
    assert_int_equal(sellable(c, "1-9"), NOT_IN_STOCK);
    assert_int_equal(sellable(c, "2-9"), NOT_IN_STOCK);
}

static void cost_without_one_of_its_own_is_that_of_the_parts(void **state)
{
    CATALOG *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};
    struct product mug = thing("mug", 5), tea = thing("tea", 5), set = thing("set", 5);

    set.price = 20 * MONEY_UNIT;
    mug.cost = 4 * MONEY_UNIT;
    put(c, &mug);
    put(c, &tea);
    put_bundle_of(c, "set", "2*mug tea", set);
    assert_true(isnan(catalog_offer(c, number(c, "set")).margin));
    tea.variants =
        (struct variant[]){variant("tea-1", MONEY_NONE, 5), variant("tea-2", MONEY_NONE, 5)};
    tea.variant_count = 2;
    tea.variants[0].cost = 7 * MONEY_UNIT;
    tea.cost = 2 * MONEY_UNIT;
    put(c, &tea); /* the dearest may be in it: 2 * 4 + 7 of 20 */
    assert_int_equal(offered(c, "set", &a).cost, 15 * MONEY_UNIT);
    assert_float_equal(catalog_offer(c, number(c, "set")).margin, 0.25, 0.0001);
    put_bundle_of(c, "set", "2*mug tea-2", set);
    assert_int_equal(offered(c, "set", &a).cost, 10 * MONEY_UNIT);
    set.cost = 19 * MONEY_UNIT;
    put_bundle_of(c, "set", "2*mug tea", set);
    assert_float_equal(catalog_offer(c, number(c, "set")).margin, 0.05, 0.0001);
    assert_int_equal(catalog_price(c, number(c, "set")), 20 * MONEY_UNIT);
    mug.cost = INT64_MAX / 2;
    put(c, &mug);
    set.cost = MONEY_NONE;
    put_bundle_of(c, "set", "3*mug", set); /* too much to add up is not known */
    assert_int_equal(offered(c, "set", &a).cost, MONEY_NONE);
}

static void age_and_sensitivity_are_those_of_the_parts_too(void **state)
{
    CATALOG *c = catalog_new(), *loaded = catalog_new();
    const struct text paths[] = {TEXT("Intimate")};
    struct product wine = thing("wine", 5), toy = thing("toy", 5);

    wine.age_min = 18;
    put(c, &wine);
    put_bundle(c, "basket", "wine");
    put_bundle(c, "feast", "basket");
    assert_int_equal(catalog_age_min(c, number(c, "feast")), 18);
    catalog_sensitive_set(c, paths, 1);
    toy.category = TEXT("Intimate > Toys");
    put(c, &toy);
    put_bundle(c, "surprise", "toy-2 toy");
    put_bundle(c, "party", "surprise wine");
    assert_true(catalog_sensitive(c, number(c, "surprise")));
    assert_true(catalog_sensitive(c, number(c, "party")));
    assert_false(catalog_sensitive(c, number(c, "feast")));
    save_and_load(c, loaded); /* a checkpoint keeps no list */
    assert_false(catalog_sensitive(loaded, number(loaded, "party")));
    catalog_sensitive_set(loaded, paths, 1);
    assert_true(catalog_sensitive(loaded, number(loaded, "party")));
    catalog_sensitive_set(c, NULL, 0);
    assert_false(catalog_sensitive(c, number(c, "party")));
    catalog_sensitive_set(c, paths, 1);
    toy.category = TEXT("Games"); /* it moves */
    put(c, &toy);
    assert_false(catalog_sensitive(c, number(c, "party")));
    wine.age_min = 0;
    put(c, &wine);
    assert_int_equal(catalog_age_min(c, number(c, "feast")), 0);
}

static void a_change_of_a_part_is_a_change_of_the_bundles(void **state)
{
    CATALOG *c = catalog_new();

    put_thing(c, "mug", 5);
    put_bundle(c, "set", "mug");
    put_bundle(c, "case", "set");
    put_bundle(c, "else", "tea");
    uint64_t from = catalog_changes(c);
    stock(c, "mug", 4, IN_STOCK);
    assert_int_equal(catalog_changes(c), from + 3);
    assert_int_equal(catalog_changed(c, from), number(c, "mug"));
    assert_int_equal(catalog_changed(c, from + 1), number(c, "set"));
    assert_int_equal(catalog_changed(c, from + 2), number(c, "case"));
}

/* Erasing forgets ids that events alone named; a bundle would never find its part again. */
static void a_parts_name_is_not_forgotten(void **state)
{
    CATALOG *c = catalog_new();

    (void)catalog_mention(c, TEXT("mug"));
    assert_true(catalog_merely_mentioned(c, number(c, "mug")));
    put_bundle(c, "set", "mug");
    assert_false(catalog_merely_mentioned(c, number(c, "mug")));
    struct intern names = {0};
    (void)intern_add(&names, TEXT("mug")); /* its number there is of no use */
    catalog_forget(c, &names);
    intern_free(&names);
    put_thing(c, "mug", 1);
    assert_int_equal(sellable(c, "set"), SELLABLE);
}

/* Bundles of bundles and things, put again and again, in an order that repeats nothing. */
static void churn(struct catalog *c, uint32_t rounds)
{
    char id[32], parts[80];

    for (uint32_t i = 0; i < rounds; i++) {
        uint32_t which = i * 7919 % 300;

        snprintf(id, sizeof(id), "p%u", which);
        snprintf(parts, sizeof(parts), "p%u %u*p%u v%u", (which * 31 + i) % 300, 1 + i % 3,
                 (which * 17 + 5) % 300, i % 40);
        struct product p = thing(id, i % 4);
        struct variant v = variant("", MONEY_NONE, i % 5);
        char variant_id[32];
        v.item_id = (struct text){variant_id,
                                  (size_t)snprintf(variant_id, sizeof(variant_id), "v%u", i % 40)};
        p.variants = &v;
        p.variant_count = which % 5 == 0;
        if (which % 3 == 0)
            put_bundle_of(c, id, parts, p);
        else
            put(c, &p);
        stock(c, id, i % 3, i % 7 == 0 ? PREORDER : IN_STOCK);
    }
}

static void assert_same(const struct catalog *a, const struct catalog *b)
{
    assert_int_equal(catalog_sellable_count(a), catalog_sellable_count(b));
    for (product_number n = 0; n < catalog_count(a); n++) {
        product_number first[50], second[50];
        uint32_t count = catalog_parts(a, n, first, 50);

        assert_int_equal(catalog_sellable(a, n), catalog_sellable(b, n));
        assert_int_equal(catalog_parts(b, n, second, 50), count);
        assert_memory_equal(first, second, count * sizeof(*first));
    }
}

/* What a row says is what a walk finds, whatever came before: nothing was forgotten to be judged. */
static void assert_judged(const struct catalog *c)
{
    SCOPED(arena_free) struct arena a = {0};
    uint32_t sold = 0;

    for (product_number n = 0; n < catalog_count(c); n++) {
        struct product p;
        product_number part;
        enum sellable why = SELLABLE;

        arena_reset(&a);
        if (catalog_product_of(c, n) != n || !catalog_get_offered(c, n, &a, &p))
            continue;
        (void)catalog_part_lacking(c, n, &a, &part, &why);
        bool missing = why != SELLABLE && why != NOT_IN_STOCK;
        enum sellable expected = missing                                    ? PART_MISSING
                                 : product_availability(&p) == OUT_OF_STOCK ? NOT_IN_STOCK
                                                                            : SELLABLE;
        assert_int_equal(catalog_sellable(c, n), expected);
        sold += expected == SELLABLE;
    }
    assert_int_equal(catalog_sellable_count(c), sold);
    assert_true(sold > 0);
}

static void rows_say_what_a_walk_finds_also_after_a_checkpoint(void **state)
{
    CATALOG *c = catalog_new(), *loaded = catalog_new();

    churn(c, 5000);
    assert_judged(c);
    save_and_load(c, loaded);
    assert_same(c, loaded);
    churn(c, 777);
    churn(loaded, 777);
    assert_same(c, loaded);
    assert_judged(loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_is_as_sellable_as_its_scarcest_part),
        cmocka_unit_test(stock_of_the_bundle_itself_counts_as_well),
        cmocka_unit_test(what_can_be_ordered_before_it_is_there_limits_nothing),
        cmocka_unit_test(parts_may_come_after_the_bundle_and_go_again),
        cmocka_unit_test(parts_that_are_left_out_of_the_next_record_count_no_longer),
        cmocka_unit_test(a_part_may_be_one_variant_or_any_of_a_product),
        cmocka_unit_test(a_bundle_with_variants_sells_each_with_its_parts),
        cmocka_unit_test(bundles_in_bundles_follow_what_is_at_the_bottom),
        cmocka_unit_test(bundles_that_hold_each_other_are_not_sold_until_one_lets_go),
        cmocka_unit_test(a_walk_has_an_end_also_where_bundles_multiply),
        cmocka_unit_test(cost_without_one_of_its_own_is_that_of_the_parts),
        cmocka_unit_test(age_and_sensitivity_are_those_of_the_parts_too),
        cmocka_unit_test(a_change_of_a_part_is_a_change_of_the_bundles),
        cmocka_unit_test(a_parts_name_is_not_forgotten),
        cmocka_unit_test(rows_say_what_a_walk_finds_also_after_a_checkpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
