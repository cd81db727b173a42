/* SPDX-License-Identifier: Apache-2.0 */
/* Many records folded in one turn. */
#include "base/money.h"
#include "base/random.h"
#include "tests/support/catalog.h"
#include "tests/support/test.h"

enum { IDS = 12, RECORDS = 4000 };

/* A record of whatever kind about one of a few ids, of which products, variants and bundles are made. */
static void any_record(struct random *r, struct buffer *body, enum record_kind *kind)
{
    static const char *const ids[IDS] = {"a", "b", "c", "d", "e", "f",
                                         "g", "h", "i", "j", "k", "l"};
    const char *id = ids[random_below(r, IDS)];
    struct product p = product_blank();
    struct bundle_part parts[3];
    struct variant variants[2];

    p.item_id = p.title = text_from(id);
    p.category = TEXT("Things");
    p.price = 10 * MONEY_UNIT;
    p.stock = (int64_t)random_below(r, 6) - 1;
    buffer_clear(body);
    *kind = random_below(r, 10) == 0  ? RECORD_UNPUBLISH
            : random_below(r, 3) == 0 ? RECORD_PRODUCT
                                      : RECORD_STOCK;
    if (*kind == RECORD_UNPUBLISH) {
        buffer_add_string(body, id);
        return;
    }
    if (*kind == RECORD_STOCK) {
        stock_encode(&(struct stock_change){p.item_id, p.stock, IN_STOCK}, body);
        return;
    }
    if (random_below(r, 4) == 0)
        p.category = TEXT("Secret");
    p.age_min = (int32_t)random_below(r, 3) * 9;
    p.parts = parts;
    for (uint32_t k = random_below(r, 2) * random_below(r, 4); p.part_count < k; p.part_count++)
        parts[p.part_count] =
            (struct bundle_part){text_from(ids[random_below(r, IDS)]), random_below(r, 2) + 1};
    p.variants = variants;
    for (uint32_t k = random_below(r, 4) == 0 ? 2 : 0; p.variant_count < k; p.variant_count++)
        variants[p.variant_count] = variant(ids[random_below(r, IDS)], 5 * MONEY_UNIT, 3);
    product_encode(&p, body);
}

static void assert_same_offers(const struct catalog *x, const struct catalog *y)
{
    assert_int_equal(catalog_count(x), catalog_count(y));
    assert_int_equal(catalog_sellable_count(x), catalog_sellable_count(y));
    for (product_number n = 0; n < catalog_count(x); n++) {
        struct offer one = catalog_offer(x, n), other = catalog_offer(y, n);
        assert_int_equal(catalog_sellable(x, n), catalog_sellable(y, n));
        assert_int_equal(catalog_sensitive(x, n), catalog_sensitive(y, n));
        assert_int_equal(catalog_age_min(x, n), catalog_age_min(y, n));
        assert_memory_equal(&one.stock, &other.stock, sizeof(one.stock));
        assert_memory_equal(&one.margin, &other.margin, sizeof(one.margin));
    }
}

static void bundles_judged_once_a_turn_are_as_if_judged_each_time(void **state)
{
    CATALOG *each = catalog_new();
    CATALOG *turns = catalog_new();
    SCOPED(buffer_free) struct buffer body = {0};
    const struct text secret = TEXT("Secret");
    struct random r;
    uint32_t bundles = 0;

    random_seed(&r, 5);
    catalog_sensitive_set(each, &secret, 1);
    catalog_sensitive_set(turns, &secret, 1);
    for (int i = 0; i < RECORDS; i++) {
        enum record_kind kind;
        any_record(&r, &body, &kind);
        struct record record = {.kind = kind, .body = buffer_text(&body)};
        product_number n = catalog_fold(each, &record);
        assert_int_equal(catalog_fold_later(turns, &record), n);
        if (random_below(&r, 20) > 0)
            continue;
        uint64_t changes = catalog_changes(turns);
        catalog_settle(turns);
        bundles += catalog_changes(turns) > changes;
        assert_same_offers(each, turns);
        catalog_settle(turns); /* nothing waits any more */
    }
    assert_true(bundles > RECORDS / 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundles_judged_once_a_turn_are_as_if_judged_each_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
