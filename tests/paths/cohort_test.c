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

/* The first product of a home page, whose reason is `*reason`, when somebody asks who came so. */
static const char *ask(struct test_shop *t, struct question *q, const char **reason,
                       char request_id[REQUEST_ID_SIZE])
{
    static char out[64], said[128];
    SCOPED(arena_free) struct arena a = {0};
    struct answer answer;
    struct error err = {0};

    q->surfaces[q->surface_count++] = TEXT("sells");
    if (recommend(t->shop, q, &answer, &a, &err) != OK)
        fail_msg("%s", err.message);
    assert_true(answer.item_count > 0);
    snprintf(out, sizeof(out), "%.*s", (int)answer.items[0].item_id.size,
             answer.items[0].item_id.data);
    snprintf(said, sizeof(said), "%.*s", (int)answer.items[0].reason.text.size,
             answer.items[0].reason.text.data);
    *reason = said;
    if (request_id != NULL)
        memcpy(request_id, answer.request_id, REQUEST_ID_SIZE);
    return out;
}

static const char *first(struct test_shop *t, const char *visitor, struct arrival arrival,
                         char request_id[REQUEST_ID_SIZE])
{
    struct question q = {
        .anonymous_id = text_from(visitor), .arrival = arrival, .now_ms = TEST_NOW};
    const char *reason, *out = ask(t, &q, &reason, request_id);

    assert_string_equal(reason, "Popular in this shop");
    return out;
}

static const char *first_at(struct test_shop *t, const char *visitor, int64_t now_ms)
{
    struct question q = {.anonymous_id = text_from(visitor), .now_ms = now_ms};
    const char *reason;

    return ask(t, &q, &reason, NULL);
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
    assert_string_equal(first(&t, "late", (struct arrival){0}, NULL), "oak"); /* this visit alone */
    assert_string_equal(first_at(&t, "late", TEST_NOW + MS_DAY), "lamp"); /* a visit came before */
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

/* --- where they landed --- */

static void tell(struct test_shop *t, const char *visitor, const char *more)
{
    static int number;
    char json[1024];

    snprintf(json, sizeof(json), "{\"id\":\"t-%d\",\"anonymous_id\":\"%s\",%s}", number++, visitor,
             more);
    assert_int_equal(test_record(t->shop, json, TEST_NOW).stored, 1);
}

#define LOOKED(item) "\"type\":\"view_item\",\"items\":[{\"item_id\":\"" item "\"}]"
#define LISTED(one, two)                                                                           \
    "\"type\":\"view_item_list\",\"items\":[{\"item_id\":\"" one "\"},{\"item_id\":\"" two "\"}]"

/* `count` buyers of `item` who came in by what `landing` says. */
static void land_and_buy(struct test_shop *t, const char *landing, const char *item, int count)
{
    static int number;
    char visitor[32], bought[256];

    snprintf(bought, sizeof(bought),
             "\"type\":\"purchase\",\"items\":[{\"item_id\":\"%s\",\"price\":\"1.00\"}],"
             "\"currency\":\"EUR\"",
             item);
    for (int i = 0; i < count; i++) {
        snprintf(visitor, sizeof(visitor), "buyer-%d", number++);
        if (landing != NULL)
            tell(t, visitor, landing);
        tell(t, visitor, bought);
    }
}

/* The shop sells rugs; who lands on lamps buys bulbs, and who lands on tables buys oil, all the same. */
static void open_departments(struct test_shop *t)
{
    test_shop_open(t);
    assert_int_equal(
        test_import(
            t->shop, "catalog",
            "{\"item_id\":\"rug\",\"title\":\"R\",\"price\":\"1\",\"category\":\"Rugs\"}\n"
            "{\"item_id\":\"bulb\",\"title\":\"B\",\"price\":\"1\",\"category\":\"Bulbs\"}\n"
            "{\"item_id\":\"oil\",\"title\":\"O\",\"price\":\"1\",\"category\":\"Oils\"}\n"
            "{\"item_id\":\"desk\",\"title\":\"D\",\"price\":\"1\",\"category\":"
            "\"Home > Lamps > Desk\"}\n"
            "{\"item_id\":\"floor\",\"title\":\"F\",\"price\":\"1\",\"category\":"
            "\"Home > Lamps > Floor\"}\n"
            "{\"item_id\":\"table\",\"title\":\"T\",\"price\":\"1\",\"category\":"
            "\"Home > Tables\"}\n",
            "from=jsonl;currency=EUR")
            .stored,
        6);
    test_program(t->shop, program, TEST_NOW);
    land_and_buy(t, NULL, "rug", 1);
    tick(t); /* from here on purchases count */
    land_and_buy(t, NULL, "rug", 90);
    land_and_buy(t, LOOKED("floor"), "bulb", 60);
    land_and_buy(t, LISTED("table", "table"), "oil", 60);
    land_and_buy(t, NULL, "desk", 3);
    tick(t);
}

static void who_lands_somewhere_sees_what_those_bought_who_landed_there(void **state)
{
    struct test_shop t;

    open_departments(&t);
    assert_string_equal(first(&t, "new", (struct arrival){0}, NULL), "rug");
    tell(&t, "lamps", LOOKED("desk")); /* another part of the same department */
    assert_string_equal(first(&t, "lamps", (struct arrival){0}, NULL), "bulb");
    tell(&t, "tables", LOOKED("table"));
    tell(&t, "tables", LOOKED("desk")); /* where it began counts */
    assert_string_equal(first(&t, "tables", (struct arrival){0}, NULL), "oil");
    assert_string_equal(first_at(&t, "tables", TEST_NOW + MS_DAY), "rug"); /* known from before */
    test_shop_close(&t);
}

static void a_list_of_one_category_is_its_page(void **state)
{
    struct test_shop t;

    open_departments(&t);
    tell(&t, "lamps", LISTED("floor", "desk"));
    assert_string_equal(first(&t, "lamps", (struct arrival){0}, NULL), "bulb");
    tell(&t, "shelf", LISTED("table", "rug"));
    assert_string_equal(first(&t, "shelf", (struct arrival){0}, NULL), "rug");
    tell(&t, "stale",
         LISTED("floor", "no longer sold")); /* what the shop does not know says nothing */
    assert_string_equal(first(&t, "stale", (struct arrival){0}, NULL), "bulb");
    tell(&t, "lost", LISTED("no longer sold", "nor this"));
    assert_string_equal(first(&t, "lost", (struct arrival){0}, NULL), "rug");
    tell(&t, "ours", "\"request_id\":\"shown-by-us\"," LISTED("floor", "desk"));
    assert_string_equal(first(&t, "ours", (struct arrival){0}, NULL), "rug");
    tell(&t, "ours", LOOKED("table")); /* the first that counts */
    assert_string_equal(first(&t, "ours", (struct arrival){0}, NULL), "oil");
    test_shop_close(&t);
}

static void the_page_at_hand_is_the_landing_of_who_did_nothing_yet(void **state)
{
    struct test_shop t;
    struct question page = {.item_id = TEXT("floor"), .now_ms = TEST_NOW};
    struct question list = {.category = TEXT("Home > Tables"), .now_ms = TEST_NOW};
    const char *reason;

    open_departments(&t);
    assert_string_equal(ask(&t, &page, &reason, NULL), "bulb");
    assert_string_equal(ask(&t, &list, &reason, NULL), "oil");
    test_shop_close(&t);
}

static void what_sells_there_comes_in_as_what_sells_there(void **state)
{
    struct test_shop t;
    struct question q = {.anonymous_id = TEXT("deep"), .now_ms = TEST_NOW};
    const char *reason;

    open_departments(&t);
    land_and_buy(&t, LOOKED("desk"), "desk", 200);
    tick(&t);
    tell(&t, "deep", LOOKED("desk"));
    assert_string_equal(ask(&t, &q, &reason, NULL), "desk");
    assert_string_equal(reason, "Popular in Desk");
    test_shop_close(&t);
}

static void evaluate_may_ask_in_the_shops_own_order(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {0};
    struct question q = {.surfaces = {TEXT("sells")},
                         .surface_count = 1,
                         .item_id = TEXT("floor"),
                         .now_ms = TEST_NOW};
    struct answer answer;
    struct error err = {0};

    open_departments(&t);
    struct recommend_from from = {
        .state = t.shop->state, .rung_max = RUNG_COUNT - 1, .deadline_step = NOT_CUT};
    assert_int_equal(recommend_from(&from, &q, &answer, &a, &err), OK);
    assert_text(answer.items[0].item_id, "bulb");
    from.cohorts_out = true;
    assert_int_equal(recommend_from(&from, &q, &answer, &a, &err), OK);
    assert_text(answer.items[0].item_id, "rug");
    test_shop_close(&t);
}

static void without_consent_no_landing_is_kept(void **state)
{
    struct test_shop t;

    open_departments(&t);
    tell(&t, "shy", "\"consent\":{\"analytics\":true,\"personalization\":false}," LOOKED("floor"));
    assert_string_equal(first(&t, "shy", (struct arrival){0}, NULL), "rug");
    tell(&t, "once", LOOKED("floor"));
    assert_string_equal(first(&t, "once", (struct arrival){0}, NULL), "bulb");
    tell(&t, "once", "\"type\":\"consent\",\"consent\":{\"personalization\":false}");
    assert_string_equal(first(&t, "once", (struct arrival){0}, NULL), "rug");
    test_shop_close(&t);
}

static void an_answer_by_landing_is_given_again_and_told(void **state)
{
    struct test_shop t;
    char id[REQUEST_ID_SIZE];
    SCOPED(buffer_free) struct buffer story = {0};
    struct error err = {0};

    open_departments(&t);
    tell(&t, "lamps", LOOKED("desk"));
    assert_string_equal(first(&t, "lamps", (struct arrival){0}, id), "bulb");
    land_and_buy(&t, LOOKED("floor"), "rug", 300);
    tell(&t, "lamps", LOOKED("table"));
    tick(&t);
    assert_string_equal(first(&t, "lamps", (struct arrival){0}, NULL), "rug");
    assert_int_equal(replay_decision(t.shop, text_from(id), &story, &err), OK);
    assert_non_null(strstr(story.data, "\"replayed\":true"));
    assert_non_null(strstr(story.data, "landed   Home > Lamps > Desk"));
    assert_non_null(strstr(story.data, "in the order of those with the same landing\\n"
                                       "    where the landing is in Home > Lamps\\n"));
    assert_non_null(
        strstr(story.data, "\"landing\":\"Home > Lamps > Desk\",\"cohort\":[\"landing\"]"));
    assert_int_equal(state_save(t.shop->state, t.dir, 1, &err), OK);
    test_shop_reopen(&t, SHOP_DRY);
    assert_int_equal(t.shop->state->checkpoint.number, t.shop->state->position.number);
    assert_string_equal(first(&t, "lamps", (struct arrival){0}, NULL), "rug");
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_sees_what_sells_to_those_who_came_the_same_way),
        cmocka_unit_test(who_landed_and_did_nothing_yet_is_one_of_those_who_came_so),
        cmocka_unit_test(an_answer_by_cohort_is_given_again),
        cmocka_unit_test(who_lands_somewhere_sees_what_those_bought_who_landed_there),
        cmocka_unit_test(a_list_of_one_category_is_its_page),
        cmocka_unit_test(the_page_at_hand_is_the_landing_of_who_did_nothing_yet),
        cmocka_unit_test(what_sells_there_comes_in_as_what_sells_there),
        cmocka_unit_test(evaluate_may_ask_in_the_shops_own_order),
        cmocka_unit_test(without_consent_no_landing_is_kept),
        cmocka_unit_test(an_answer_by_landing_is_given_again_and_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
