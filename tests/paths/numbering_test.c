/* SPDX-License-Identifier: Apache-2.0 */
/* Which record gave a product its number, as the catalog gave it. */
#include "paths/numbering.h"
#include "paths/person.h"
#include "tests/support/shop.h"

enum { RECORDS_MAX = 16 };

struct passing {
    struct numbering numbering;
    uint32_t firsts[RECORDS_MAX]; /* first mentions in each record that has some, in order */
    size_t count;
};

static void note(void *context, struct text item_id, product_number number, bool first)
{
    struct passing *p = context;

    (void)item_id;
    assert_true(number < p->numbering.given);
    p->firsts[p->count] += first;
}

static bool pass(void *context, const struct record *r)
{
    struct passing *p = context;
    struct error err = {0};
    struct event e;

    arena_reset(&p->numbering.scratch);
    if (r->kind == RECORD_EVENT)
        assert_int_equal(event_decode(r->body, &p->numbering.scratch, &e, &err), OK);
    numbering_pass(&p->numbering, r, r->kind == RECORD_EVENT ? &e : NULL, note, p);
    p->count += p->firsts[p->count] > 0;
    assert_true(p->count < RECORDS_MAX);
    return true;
}

static void each_record_gives_what_it_mentions_first(void **state)
{
    struct test_shop t;
    struct passing p = {.count = 0};
    struct position from = {0};
    struct error err = {0};

    test_shop_open(&t);
    assert_int_equal(
        test_import(t.shop, "catalog",
                    "{\"item_id\":\"set\",\"title\":\"Set\",\"price\":\"9\",\"currency\":\"EUR\","
                    "\"variants\":[{\"item_id\":\"set-red\"}],"
                    "\"bundle\":[{\"item_id\":\"mug\",\"quantity\":4},{\"item_id\":\"pot\","
                    "\"quantity\":1}]}\n",
                    "from=jsonl")
            .stored,
        1);
    assert_int_equal(test_record(t.shop,
                                 "{\"id\":\"1\",\"type\":\"view_item\",\"anonymous_id\":\"v\","
                                 "\"items\":[{\"item_id\":\"lamp\"},{\"item_id\":\"mug\"}]}",
                                 TEST_NOW)
                         .stored,
                     1);
    p.numbering.shop = t.shop;
    if (records_each(t.shop, &from, pass, &p, &err) != OK)
        fail_msg("%s", err.message);
    assert_int_equal(p.count, 2);
    assert_int_equal(p.firsts[0], 4); /* the set, its variant, its parts */
    assert_int_equal(p.firsts[1], 1); /* the lamp */
    assert_int_equal(p.numbering.given, catalog_count(t.shop->state->catalog));
    numbering_free(&p.numbering);
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_record_gives_what_it_mentions_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
