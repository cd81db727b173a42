/* SPDX-License-Identifier: Apache-2.0 */
/* The surface's variety in the path: on every rung, with exploration, and in a replay. */
#include "candidates/variety.h"

#include "paths/preferences.h"
#include "paths/recommend.h"
#include "paths/replay.h"
#include "tests/support/ranked.h"

enum { LIMIT = 8, ASKED = 400 };

static const char program[] =
    "surfaces:\n"
    "  - {name: plain, kind: home, limit: 8, explore: 0}\n"
    "  - {name: mixed, kind: home, limit: 8, explore: 0, variety: 0.6}\n"
    "  - {name: tried, kind: home, limit: 8, explore: 0.1, variety: 0.6}\n";

static struct question question_of(struct ranked_place *p, const char *surface, uint32_t i)
{
    return (struct question){.surfaces = {text_from(surface)},
                             .surface_count = 1,
                             .anonymous_id = text_from(arena_printf(&p->a, "shopper-%u", i % 60)),
                             .now_ms = p->now_ms + i};
}

static struct answer ask(struct ranked_place *p, const char *surface, uint32_t i, enum rung rung)
{
    const struct recommend_from from = {.state = p->t.shop->state,
                                        .generation = p->generation,
                                        .rung_max = rung,
                                        .deadline_step = NOT_CUT};
    struct question q = question_of(p, surface, i);
    struct answer answer = {.item_count = 0};
    struct error err = {0};

    if (recommend_from(&from, &q, &answer, &p->a, &err) != OK)
        fail_msg("%s", err.message);
    assert_int_equal(answer.item_count, LIMIT);
    return answer;
}

/* Pairs of products of one category. */
static uint32_t same_category(const struct ranked_place *p, const struct answer *answer)
{
    const struct catalog *c = p->t.shop->state->catalog;
    uint32_t count = 0;

    for (size_t i = 0; i < answer->item_count; i++)
        for (size_t k = 0; k < i; k++)
            count += catalog_category(c, answer->items[i].product) ==
                     catalog_category(c, answer->items[k].product);
    return count;
}

static bool equal(const struct answer *x, const struct answer *y)
{
    for (size_t i = 0; i < LIMIT; i++)
        if (x->items[i].product != y->items[i].product)
            return false;
    return true;
}

static void every_rung_mixes_and_the_best_stays_first(void **state)
{
    struct ranked_place p;

    ranked_place_open(&p, program);
    for (int rung = RUNG_BESTSELLERS; rung < RUNG_COUNT; rung++) {
        uint32_t plain = 0, mixed = 0;
        for (uint32_t i = 0; i < 60; i++) {
            struct answer x = ask(&p, "plain", i, (enum rung)rung);
            struct answer y = ask(&p, "mixed", i, (enum rung)rung);
            plain += same_category(&p, &x);
            mixed += same_category(&p, &y);
            assert_int_equal(x.items[0].product, y.items[0].product);
        }
        assert_true(mixed < plain);
    }
    ranked_place_close(&p);
}

/* What explores puts one product into the varied list, from what stands below it. */
static void exploring_goes_from_the_varied_list(void **state)
{
    struct ranked_place p;
    uint32_t explored = 0;

    ranked_place_open(&p, program);
    for (uint32_t i = 0; i < ASKED; i++) {
        struct answer tried = ask(&p, "tried", i, RUNG_LEARNED);
        struct answer mixed = ask(&p, "mixed", i, RUNG_LEARNED);
        const struct decision *d = tried.decision;
        assert_int_equal(d->explore_ppm, 100000);
        if (d->explored_slot == 0) {
            assert_true(equal(&tried, &mixed));
            continue;
        }
        uint32_t at = d->explored_slot - 1;
        explored++;
        for (uint32_t k = 0; k < LIMIT; k++) {
            assert_true(k == at ||
                        tried.items[k].product == mixed.items[k < at ? k : k - 1].product);
            assert_int_not_equal(tried.items[at].product, mixed.items[k].product);
        }
    }
    assert_true(explored > ASKED / 20 && explored < ASKED / 5);
    ranked_place_close(&p);
}

static void a_shopper_who_wishes_variety_gets_it_where_the_surface_has_less(void **state)
{
    struct ranked_place p;
    struct error err = {0};

    ranked_place_open(&p, program);
    struct answer plain = ask(&p, "plain", 7, RUNG_LEARNED),
                  mixed = ask(&p, "mixed", 7, RUNG_LEARNED);
    assert_false(equal(&plain, &mixed));
    struct preferences_change c = {.whose = {.anonymous_id = TEXT("shopper-7")},
                                   .personal = PREFERENCES_UNSAID,
                                   .variety_ppm = 600000,
                                   .now_ms = p.now_ms};
    assert_int_equal(shop_change_preferences(p.t.shop, &c, &p.a, &err), OK);
    struct answer wished = ask(&p, "plain", 7, RUNG_LEARNED);
    assert_true(equal(&wished, &mixed));
    c.variety_ppm = 100000; /* the surface's own is more */
    assert_int_equal(shop_change_preferences(p.t.shop, &c, &p.a, &err), OK);
    struct answer own = ask(&p, "mixed", 7, RUNG_LEARNED);
    assert_true(equal(&own, &mixed));
    ranked_place_close(&p);
}

static void a_varied_answer_replays(void **state)
{
    struct ranked_place p;
    struct error err = {0};

    ranked_place_open(&p, program);
    for (uint32_t i = 0; i < 6; i++) {
        SCOPED(buffer_free) struct buffer json = {0};
        struct question q = question_of(&p, i % 2 == 0 ? "tried" : "mixed", i);
        struct answer answer = {.item_count = 0};
        assert_int_equal(recommend(p.t.shop, &q, &answer, &p.a, &err), OK);
        if (replay_decision(p.t.shop, text_from(answer.request_id), &json, &err) != OK)
            fail_msg("%s", err.message);
        assert_non_null(strstr(json.data, "\"replayed\":true"));
    }
    ranked_place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rung_mixes_and_the_best_stays_first),
        cmocka_unit_test(exploring_goes_from_the_varied_list),
        cmocka_unit_test(a_shopper_who_wishes_variety_gets_it_where_the_surface_has_less),
        cmocka_unit_test(a_varied_answer_replays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
