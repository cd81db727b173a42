/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/product.h"

#include <stdlib.h>

#include "base/money.h"
#include "tests/support/test.h"

static struct product oak_table(struct variant variants[2], struct attribute attributes[2])
{
    static struct bundle_part parts[] = {{{"a", 1}, 1}, {{"b", 1}, PART_QUANTITY_MAX}};
    struct product p = product_blank();

    attributes[0] = (struct attribute){TEXT("wood"), TEXT("oak")};
    attributes[1] = (struct attribute){TEXT("legs"), TEXT("")};
    variants[0] = (struct variant){.item_id = TEXT("oak-140"),
                                   .title = TEXT("140 cm"),
                                   .price = 249000000,
                                   .sale_price = MONEY_NONE,
                                   .cost = MONEY_NONE,
                                   .stock = 5,
                                   .availability = PREORDER,
                                   .attributes = attributes,
                                   .attribute_count = 1};
    variants[1] = (struct variant){.item_id = TEXT("oak-160"),
                                   .price = MONEY_NONE,
                                   .sale_price = 1,
                                   .cost = 0,
                                   .stock = STOCK_UNTRACKED,
                                   .gtin = TEXT("4006381333931")};
    p.item_id = TEXT("oak");
    p.title = TEXT("Oak table");
    p.category = TEXT("Home > Tables");
    p.currency = TEXT("EUR");
    p.price = 249000000;
    p.stock = 0;
    p.availability = OUT_OF_STOCK;
    p.published = false;
    p.age_min = 18;
    p.parts = parts;
    p.part_count = COUNT(parts);
    p.attributes = attributes;
    p.attribute_count = 2;
    p.variants = variants;
    p.variant_count = 2;
    return p;
}

static void a_product_with_variants_comes_back_whole(void **state)
{
    SCOPED(buffer_free) struct buffer b = {0}, again = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct variant variants[2];
    struct attribute attributes[2];
    struct product p = oak_table(variants, attributes), out;
    struct error err = {0};
    (void)state;

    product_encode(&p, &b);
    assert_int_equal(product_decode(buffer_text(&b), &a, &out, &err), OK);
    assert_text(out.title, "Oak table");
    assert_null(out.brand.data);
    assert_int_equal(out.stock, 0);
    assert_int_equal(out.availability, OUT_OF_STOCK);
    assert_false(out.published);
    assert_int_equal(out.age_min, 18);
    assert_int_equal(out.attribute_count, 2);
    assert_text(out.attributes[1].name, "legs");
    assert_text(out.attributes[1].value, "");
    assert_int_equal(out.variant_count, 2);
    assert_int_equal(out.variants[0].availability, PREORDER);
    assert_int_equal(out.variants[0].attribute_count, 1);
    assert_int_equal(out.part_count, 2);
    assert_text(out.parts[0].item_id, "a");
    assert_int_equal(out.parts[0].quantity, 1);
    assert_text(out.parts[1].item_id, "b");
    assert_int_equal(out.parts[1].quantity, 10000);
    assert_true(out.variants[1].price == MONEY_NONE);
    assert_true(out.variants[1].stock == STOCK_UNTRACKED);
    assert_int_equal(out.variants[1].cost, 0);
    product_encode(&out, &again);
    assert_int_equal(again.size, b.size);
    assert_memory_equal(again.data, b.data, b.size);
}

static void damaged_products_never_crash(void **state)
{
    SCOPED(buffer_free) struct buffer b = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct variant variants[2];
    struct attribute attributes[2];
    struct product p = oak_table(variants, attributes), out;
    size_t refused = 0;
    (void)state;

    product_encode(&p, &b);
    for (size_t i = 0; i < b.size * 8; i++) {
        struct error err = {0};
        char *bytes = malloc(b.size);

        memcpy(bytes, b.data, b.size);
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
        enum status status = product_decode((struct text){bytes, b.size}, &a, &out, &err);
        assert_int_equal(err.status, status);
        refused += status != OK;
        free(bytes);
    }
    assert_true(refused > 0);
}

static void stock_changes_come_back(void **state)
{
    SCOPED(buffer_free) struct buffer b = {0};
    struct stock_change c = {TEXT("oak-140"), -2, BACKORDER}, out;
    struct error err = {0};
    (void)state;

    stock_encode(&c, &b);
    assert_int_equal(stock_decode(buffer_text(&b), &out, &err), OK);
    assert_text(out.item_id, "oak-140");
    assert_int_equal(out.stock, -2);
    assert_int_equal(out.availability, BACKORDER);
    buffer_clear(&b);
    c.stock = STOCK_UNTRACKED;
    stock_encode(&c, &b);
    assert_int_equal(stock_decode(buffer_text(&b), &out, &err), OK);
    assert_true(out.stock == STOCK_UNTRACKED);
    assert_int_equal(stock_decode(TEXT("nonsense"), &out, &err), ERR_CORRUPT);
}

static void availability_is_read_in_googles_spellings(void **state)
{
    enum availability a = IN_STOCK;
    (void)state;

    assert_true(availability_find(TEXT("out of stock"), &a));
    assert_int_equal(a, OUT_OF_STOCK);
    assert_true(availability_find(TEXT(" In_Stock "), &a));
    assert_int_equal(a, IN_STOCK);
    assert_true(availability_find(TEXT("PREORDER"), &a));
    assert_int_equal(a, PREORDER);
    assert_false(availability_find(TEXT("maybe"), &a));
    assert_int_equal(a, PREORDER);
    assert_string_equal(availability_word(BACKORDER), "backorder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_product_with_variants_comes_back_whole),
        cmocka_unit_test(damaged_products_never_crash),
        cmocka_unit_test(stock_changes_come_back),
        cmocka_unit_test(availability_is_read_in_googles_spellings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
