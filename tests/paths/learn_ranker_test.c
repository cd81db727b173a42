/* SPDX-License-Identifier: Apache-2.0 */
/* Shops on disk that learn: when trees are published, and when they are not. */
#include "paths/learn_ranker.h"

#include "base/money.h"
#include "base/random.h"
#include "base/time.h"
#include "paths/learn.h"
#include "paths/recommend.h"
#include "tests/support/shop.h"

enum {
    SHELVES = 2,
    OF_SHELF = 30,
    PRODUCTS = SHELVES * OF_SHELF,
    CHEAP = 5, /* every fifth product is on sale */
    SESSIONS = 9600,
    NEWEST = SESSIONS * 8 / 100,
};

static const char program[] =
    "owner: tests\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "  min_support: {viewed: 3, bought: 3}\n"
    "  traffic: {co_view: 1, learned: 1}\n";

/* What shoppers of a shop go on to after the first product they look at. */
enum habit {
    ANYTHING,     /* any product there is: noise */
    LATELY_CHEAP, /* any of the same shelf; of late, one that is on sale */
};

static void apply_program(struct test_shop *t)
{
    SCOPED(arena_free) struct arena a = {0};
    const struct program_change change = {.document = text_from(program),
                                          .author = TEXT("tests"),
                                          .reason = TEXT("a test"),
                                          .expected_version = UINT32_MAX,
                                          .now_ms = TEST_NOW};
    struct problems problems = {0};
    struct error err = {0};
    uint32_t version;

    if (shop_apply_program(t->shop, &change, &a, &problems, &version, &err) != OK)
        fail_msg("%s", err.message);
}

static void fill_catalog(struct test_shop *t)
{
    SCOPED(buffer_free) struct buffer rows = {0};

    for (int i = 0; i < PRODUCTS; i++)
        buffer_printf(&rows,
                      "{\"item_id\":\"P%d\",\"title\":\"P%d\",\"category\":\"Shelf %d\","
                      "\"price\":\"10.00\",%s\"currency\":\"EUR\"}\n",
                      i, i, i / OF_SHELF, i % CHEAP == 0 ? "\"sale_price\":\"7.00\"," : "");
    assert_int_equal(test_import(t->shop, "catalog", rows.data, "from=jsonl").stored, PRODUCTS);
}

static uint32_t next_of(uint32_t first, enum habit habit, bool newest, struct random *r)
{
    uint32_t shelf = first / OF_SHELF * OF_SHELF;

    if (habit == ANYTHING)
        return random_below(r, PRODUCTS);
    return newest ? shelf + CHEAP * random_below(r, OF_SHELF / CHEAP)
                  : shelf + random_below(r, OF_SHELF);
}

static void view(struct buffer *rows, uint32_t session, uint32_t at, uint32_t product)
{
    char time[TIME_TEXT_SIZE];
    int64_t time_ms = TEST_NOW - (int64_t)(SESSIONS - session) * MS_MINUTE + at * MS_SECOND;

    buffer_printf(rows,
                  "{\"id\":\"%u-%u\",\"type\":\"view_item\",\"anonymous_id\":\"v-%u\",\"time\":"
                  "\"%s\",\"items\":[{\"item_id\":\"P%u\"}]}\n",
                  session, at, session, time_print(time_ms, time), product);
}

/* Sessions of two views, one a minute; each shopper comes once. */
static void fill_journal(struct test_shop *t, uint32_t sessions, enum habit habit)
{
    SCOPED(buffer_free) struct buffer rows = {0};
    struct random r;

    random_seed(&r, 1);
    for (uint32_t s = SESSIONS - sessions; s < SESSIONS; s++) {
        uint32_t first = random_below(&r, PRODUCTS);
        view(&rows, s, 0, first);
        view(&rows, s, 1, next_of(first, habit, s >= SESSIONS - NEWEST, &r));
    }
    assert_int_equal(test_import(t->shop, "events", rows.data, "from=jsonl").stored, 2 * sessions);
}

static void shop_that_learned(struct test_shop *t, uint32_t sessions, enum habit habit,
                              struct learn_result *out)
{
    struct error err = {0};

    test_shop_open(t);
    apply_program(t);
    fill_catalog(t);
    fill_journal(t, sessions, habit);
    const struct learn_options options = {
        .data_dir = t->dir, .settings = &t->settings, .now_ms = TEST_NOW};
    if (learn(&options, out, &err) != OK)
        fail_msg("%s", err.message);
    if (shop_use_generation(t->shop, out->generation.number, TEST_ACTOR(TEST_NOW), &err) != OK)
        fail_msg("%s", err.message);
}

static const struct learned_surface *surface_of(const struct learn_result *r, const char *name)
{
    for (size_t i = 0; i < r->surface_count; i++) {
        if (strcmp(r->surfaces[i].name, name) == 0)
            return &r->surfaces[i];
    }
    fail_msg("no surface %s was judged", name);
    return NULL;
}

/* The answer of the product page, to a shopper nobody knows. */
static void ask(struct test_shop *t, const char *item_id, struct answer *out, struct arena *a)
{
    const struct question q = {.surfaces = {TEXT("pdp")},
                               .surface_count = 1,
                               .anonymous_id = TEXT("new"),
                               .item_id = text_from(item_id),
                               .now_ms = TEST_NOW + MS_MINUTE};
    struct error err = {0};

    if (recommend(t->shop, &q, out, a, &err) != OK)
        fail_msg("%s", err.message);
}

static void a_preference_the_lower_rungs_cannot_see_is_learned_and_published(void **state)
{
    SCOPED(learn_result_free) struct learn_result made = {.surface_count = 0};
    SCOPED(arena_free) struct arena a = {0};
    struct test_shop t;
    struct answer answer;

    shop_that_learned(&t, SESSIONS, LATELY_CHEAP, &made);
    assert_int_equal(made.rung_max, RUNG_LEARNED);
    const struct gate *gate = &surface_of(&made, "pdp")->gate;
    assert_int_equal(gate->chosen, RUNG_LEARNED);
    assert_true(gate->rungs[RUNG_LEARNED].low > 0);
    assert_string_equal(gate->rungs[RUNG_LEARNED].why, "better by more than chance");
    assert_true(made.ranker.trees > 0);

    const struct generation *serving = generation_pin(t.shop->generations);
    assert_true(serving->transitions != NULL && serving->encoder != NULL);
    assert_non_null(serving->ranker);
    assert_int_equal(model_trees(serving->ranker), made.ranker.trees);
    assert_string_equal(generation_gate(serving, TEXT("pdp")), "learned");
    generation_unpin(t.shop->generations, serving);

    ask(&t, "P31", &answer, &a);
    assert_int_equal(answer.rung, RUNG_LEARNED);
    for (size_t i = 0; i < 3; i++) { /* the shop's habit of late, in its answers */
        uint32_t product = answer.items[i].product;
        assert_int_equal(answer.items[i].price, 7 * MONEY_UNIT);
        assert_true(product >= OF_SHELF);
    }
    test_shop_close(&t);
}

static void noise_is_never_published_as_learned(void **state)
{
    SCOPED(learn_result_free) struct learn_result made = {.surface_count = 0};
    SCOPED(arena_free) struct arena a = {0};
    struct test_shop t;
    struct answer answer;

    shop_that_learned(&t, SESSIONS, ANYTHING, &made);
    assert_int_equal(made.rung_max, RUNG_LEARNED);
    for (size_t i = 0; i < made.surface_count; i++) {
        const struct gate *gate = &made.surfaces[i].gate;
        assert_int_not_equal(gate->chosen, RUNG_LEARNED);
        if (gate->rungs[RUNG_LEARNED].tried)
            assert_non_null(gate->rungs[RUNG_LEARNED].why);
        else
            assert_string_equal(made.ranker_why.message,
                                "no tree ranks later examples better than none does");
    }
    const struct generation *serving = generation_pin(t.shop->generations);
    assert_null(serving->ranker);
    assert_string_not_equal(generation_gate(serving, TEXT("pdp")), "learned");
    generation_unpin(t.shop->generations, serving);
    ask(&t, "P31", &answer, &a);
    assert_true(answer.rung < RUNG_LEARNED);
    test_shop_close(&t);
}

static void too_little_to_learn_from_leaves_the_rung_below_and_says_so(void **state)
{
    SCOPED(learn_result_free) struct learn_result made = {.surface_count = 0};
    SCOPED(arena_free) struct arena a = {0};
    struct test_shop t;
    struct answer answer;

    shop_that_learned(&t, 2500, LATELY_CHEAP, &made);
    const struct gate *gate = &surface_of(&made, "pdp")->gate;
    assert_int_equal(gate->chosen, RUNG_NEIGHBOURS);
    assert_false(gate->rungs[RUNG_LEARNED].tried);
    assert_string_equal(gate->rungs[RUNG_NEIGHBOURS].why,
                        "too few sessions to judge; traffic allows it");
    assert_int_equal(made.ranker_why.status, ERR_NOT_FOUND);
    assert_non_null(strstr(made.ranker_why.message, "too few"));
    ask(&t, "P31", &answer, &a);
    assert_int_equal(answer.rung, RUNG_NEIGHBOURS);
    test_shop_close(&t);
}

static void a_handful_of_sessions_is_counted_and_nothing_is_judged(void **state)
{
    SCOPED(learn_result_free) struct learn_result made = {.surface_count = 0};
    struct test_shop t;

    shop_that_learned(&t, 10, LATELY_CHEAP, &made);
    assert_int_equal(made.surface_count, 0);
    assert_string_equal(made.ranker_why.message, "10 sessions are too few");
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preference_the_lower_rungs_cannot_see_is_learned_and_published),
        cmocka_unit_test(noise_is_never_published_as_learned),
        cmocka_unit_test(too_little_to_learn_from_leaves_the_rung_below_and_says_so),
        cmocka_unit_test(a_handful_of_sessions_is_counted_and_nothing_is_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
