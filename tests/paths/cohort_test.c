/* SPDX-License-Identifier: Apache-2.0 */
/* Of whom nothing is known but how they came: what sells to those who came the same way. */
#include <stdio.h>

#include "base/time.h"
#include "paths/recommend.h"
#include "paths/replay.h"
#include "tests/support/shop.h"

static const char program[] =
    "owner: tests\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "surfaces:\n"
    "  - {name: sells, kind: home, limit: 4, sources: [bestsellers]}\n";

/* `count` buyers of `item` who landed by a campaign with a device, and bought without a word of either. */
static void buy(struct test_shop *t, const char *item, int count, const char *context)
{
    static int number;
    char json[1024];

    for (int i = 0; i < count; i++, number++) {
        snprintf(
            json, sizeof(json),
            "{\"events\":[{\"id\":\"l-%d\",\"type\":\"page_view\",\"anonymous_id\":\"v-%d\",%s},"
            "{\"id\":\"b-%d\",\"type\":\"purchase\",\"anonymous_id\":\"v-%d\",\"items\":"
            "[{\"item_id\":\"%s\",\"price\":\"1.00\"}],\"currency\":\"EUR\"}]}",
            number, number, context, number, number, item);
        assert_int_equal(test_record(t->shop, json, TEST_NOW).stored, 2);
    }
}

static void tick(struct test_shop *t)
{
    struct error err = {0};

    assert_int_equal(shop_tick(t->shop, TEST_NOW, &err), OK);
}

/* The shop sells lamps; who comes from "blog" on a phone buys oak, on a desk tiles. */
static void open_shop(struct test_shop *t)
{
    test_shop_open(t);
    assert_int_equal(test_import(t->shop, "catalog",
                                 "{\"item_id\":\"lamp\",\"title\":\"Lamp\",\"price\":\"1\"}\n"
                                 "{\"item_id\":\"oak\",\"title\":\"Oak\",\"price\":\"1\"}\n"
                                 "{\"item_id\":\"tile\",\"title\":\"Tile\",\"price\":\"1\"}\n",
                                 "from=jsonl;currency=EUR")
                         .stored,
                     3);
    test_program(t->shop, program, TEST_NOW);
    buy(t, "lamp", 1, "\"context\":{}");
    tick(t); /* from here on purchases count */
    buy(t, "lamp", 90, "\"context\":{\"device\":\"desktop\"}");
    buy(t, "oak", 40, "\"context\":{\"device\":\"mobile\",\"campaign\":{\"source\":\"blog\"}}");
    buy(t, "tile", 50, "\"context\":{\"device\":\"desktop\",\"campaign\":{\"source\":\"blog\"}}");
    tick(t);
}

static const char *first(struct test_shop *t, const char *visitor, struct arrival arrival,
                         char request_id[REQUEST_ID_SIZE])
{
    static char out[64];
    SCOPED(arena_free) struct arena a = {0};
    struct question q = {.surfaces = {TEXT("sells")},
                         .surface_count = 1,
                         .anonymous_id = text_from(visitor),
                         .arrival = arrival,
                         .now_ms = TEST_NOW};
    struct answer answer;
    struct error err = {0};

    if (recommend(t->shop, &q, &answer, &a, &err) != OK)
        fail_msg("%s", err.message);
    assert_int_equal(answer.item_count, 3);
    assert_text(answer.items[0].reason.text, "Popular in this shop");
    snprintf(out, sizeof(out), "%.*s", (int)answer.items[0].item_id.size,
             answer.items[0].item_id.data);
    if (request_id != NULL)
        memcpy(request_id, answer.request_id, REQUEST_ID_SIZE);
    return out;
}

static struct arrival by(const char *source, enum device_kind device)
{
    return (struct arrival){.source = arrival_word(text_from(source)), .device = (uint8_t)device};
}

static void a_stranger_sees_what_sells_to_those_who_came_the_same_way(void **state)
{
    struct test_shop t;

    open_shop(&t);
    assert_string_equal(first(&t, "new", (struct arrival){0}, NULL), "lamp");
    assert_string_equal(first(&t, "new", by("blog", DEVICE_MOBILE), NULL), "oak");
    assert_string_equal(first(&t, "new", by("blog", DEVICE_DESKTOP), NULL), "tile");
    assert_string_equal(first(&t, "new", by("Blog", DEVICE_UNKNOWN), NULL), "tile");
    assert_string_equal(first(&t, "new", by("other", DEVICE_MOBILE), NULL), "oak");
    assert_string_equal(first(&t, "new", by("other", DEVICE_DESKTOP), NULL), "lamp");
    assert_string_equal(first(&t, "new", by("other", DEVICE_TABLET), NULL), "lamp");
    test_shop_close(&t);
}

static void who_landed_and_did_nothing_yet_is_one_of_those_who_came_so(void **state)
{
    struct test_shop t;

    open_shop(&t);
    assert_int_equal(
        test_record(t.shop,
                    "{\"id\":\"x-1\",\"type\":\"page_view\",\"anonymous_id\":\"late\","
                    "\"context\":{\"device\":\"mobile\",\"campaign\":{\"source\":\"blog\"}}}",
                    TEST_NOW)
            .stored,
        1);
    assert_string_equal(first(&t, "late", (struct arrival){0}, NULL), "oak");
    assert_int_equal(test_record(t.shop,
                                 "{\"id\":\"x-2\",\"type\":\"view_item\",\"anonymous_id\":\"late\","
                                 "\"items\":[{\"item_id\":\"tile\"}]}",
                                 TEST_NOW)
                         .stored,
                     1);
    assert_string_equal(first(&t, "late", (struct arrival){0}, NULL), "lamp"); /* no stranger now */
    test_shop_close(&t);
}

static void an_answer_by_cohort_is_given_again(void **state)
{
    struct test_shop t;
    char id[REQUEST_ID_SIZE];
    SCOPED(buffer_free) struct buffer story = {0};
    struct error err = {0};

    open_shop(&t);
    assert_string_equal(first(&t, "new", by("blog", DEVICE_MOBILE), id), "oak");
    buy(&t, "lamp", 300, "\"context\":{\"device\":\"mobile\",\"campaign\":{\"source\":\"blog\"}}");
    assert_string_equal(first(&t, "new", by("blog", DEVICE_MOBILE), NULL), "oak");
    tick(&t);
    assert_string_equal(first(&t, "new", by("blog", DEVICE_MOBILE), NULL), "lamp");
    assert_int_equal(replay_decision(t.shop, text_from(id), &story, &err), OK);
    assert_non_null(strstr(story.data, "\"replayed\":true"));
    assert_int_equal(state_save(t.shop->state, t.dir, 1, &err), OK);
    test_shop_reopen(&t, SHOP_DRY);
    assert_int_equal(t.shop->state->checkpoint.number, t.shop->state->position.number);
    assert_string_equal(first(&t, "new", by("blog", DEVICE_MOBILE), NULL), "lamp");
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_sees_what_sells_to_those_who_came_the_same_way),
        cmocka_unit_test(who_landed_and_did_nothing_yet_is_one_of_those_who_came_so),
        cmocka_unit_test(an_answer_by_cohort_is_given_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
