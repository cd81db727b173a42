/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/catalog.h"

#include "base/money.h"
#include "tests/support/test.h"

void catalog_done(struct catalog **c)
{
    catalog_free(*c);
}

void fold(struct catalog *c, enum record_kind kind, struct text body)
{
    catalog_fold(c, &(struct record){.kind = kind, .body = body});
}

void put(struct catalog *c, const struct product *p)
{
    SCOPED(buffer_free) struct buffer body = {0};

    product_encode(p, &body);
    fold(c, RECORD_PRODUCT, buffer_text(&body));
}

struct product table(void)
{
    struct product p = product_blank();

    p.item_id = TEXT("oak-table");
    p.title = TEXT("Oak table");
    p.category = TEXT("Home > Tables");
    p.brand = TEXT("Nord");
    p.currency = TEXT("EUR");
    p.price = 249 * MONEY_UNIT;
    return p;
}

struct variant variant(const char *item_id, int64_t price, int64_t stock)
{
    return (struct variant){.item_id = text_from(item_id),
                            .price = price,
                            .sale_price = MONEY_NONE,
                            .cost = MONEY_NONE,
                            .stock = stock};
}

void stock(struct catalog *c, const char *item_id, int64_t count, enum availability a)
{
    SCOPED(buffer_free) struct buffer body = {0};

    stock_encode(&(struct stock_change){text_from(item_id), count, a}, &body);
    fold(c, RECORD_STOCK, buffer_text(&body));
}

enum sellable sellable(const struct catalog *c, const char *item_id)
{
    return catalog_sellable(c, catalog_find(c, text_from(item_id)));
}

void save_and_load(const struct catalog *c, struct catalog *loaded)
{
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
    SCOPED(checkpoint_close) struct checkpoint *saved = NULL;
    struct error err = {0};
    char dir[TEST_PATH_SIZE];

    test_dir(dir);
    assert_int_equal(checkpoint_begin(&w, dir, (struct position){1}, &err), OK);
    catalog_save(c, w);
    assert_int_equal(checkpoint_commit(&w, 1, &err), OK);
    assert_int_equal(checkpoint_open(&saved, dir, (struct position){1}, &err), OK);
    assert_int_equal(catalog_load(loaded, saved, &err), OK);
}
