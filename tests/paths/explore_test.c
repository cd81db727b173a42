/* SPDX-License-Identifier: Apache-2.0 */
/* A share of answers on the rung learned shows a product from below the limit. */
#include "base/file.h"
#include "base/money.h"
#include "paths/recommend.h"
#include "paths/replay.h"
#include "tests/support/ranked.h"

enum { LIMIT = 6, POOL = 20, ASKED = 4000 };

static const char program[] = "surfaces:\n"
                              "  - {name: home, kind: home, limit: 6, explore: 0.1}\n"
                              "  - {name: still, kind: home, limit: 6, explore: 0}\n";

static struct question question_of(struct arena *a, uint32_t i, int64_t now_ms, const char *surface)
{
    return (struct question){.surfaces = {text_from(surface)},
                             .surface_count = 1,
                             .anonymous_id = text_from(arena_printf(a, "shopper-%u", i % 60)),
                             .now_ms = now_ms + i};
}

static struct answer ask(const struct recommend_from *from, const struct question *q,
                         struct arena *a)
{
    struct answer answer = {.item_count = 0};
    struct error err = {0};

    if (recommend_from(from, q, &answer, a, &err) != OK)
        fail_msg("%s", err.message);
    return answer;
}

/* What the same question's answer without exploring, 20 longer, says of this one. */
static void check_explored(const struct decision *d, const struct answer *ranked)
{
    uint32_t at = d->explored_slot - 1, place = UINT32_MAX;

    assert_int_equal(d->item_count, LIMIT);
    assert_true(d->explored_slot >= 1 && d->explored_slot <= LIMIT);
    for (uint32_t i = 0; i < LIMIT; i++) {
        if (i != at)
            assert_int_equal(d->items[i].product, ranked->items[i < at ? i : i - 1].product);
    }
    for (uint32_t i = LIMIT; i < ranked->item_count; i++)
        place = ranked->items[i].product == d->items[at].product ? i - LIMIT : place;
    assert_true(place < d->explore_pool);
}

static void a_tenth_of_answers_explores_and_the_rest_is_as_ranked(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    int64_t now_ms;
    uint32_t explored = 0, slots[LIMIT] = {0};

    ranked_shop_open(&t, program, &now_ms);
    const struct generation *generation = generation_pin(t.shop->generations);
    const struct recommend_from from = {.state = t.shop->state,
                                        .generation = generation,
                                        .rung_max = RUNG_COUNT - 1,
                                        .deadline_step = NOT_CUT};
    for (uint32_t i = 0; i < ASKED; i++) {
        struct question q = question_of(&a, i, now_ms, "home");
        const struct answer answer = ask(&from, &q, &a);
        const struct decision *d = answer.decision;
        q.surfaces[0] = TEXT("still");
        q.limit = LIMIT + POOL;
        const struct answer ranked = ask(&from, &q, &a);
        assert_int_equal(answer.rung, RUNG_LEARNED);
        assert_int_equal(ranked.decision->explore_ppm, 0);
        assert_int_equal(ranked.decision->explored_slot, 0);
        assert_int_equal(d->explore_ppm, 100000);
        assert_int_equal(answer.item_count, LIMIT);
        if (d->explored_slot > 0) {
            explored++;
            slots[d->explored_slot - 1]++;
            assert_int_equal(d->explore_pool, POOL);
            check_explored(d, &ranked);
        }
        for (uint32_t k = 0; k < LIMIT && d->explored_slot == 0; k++)
            assert_int_equal(answer.items[k].product, ranked.items[k].product);
        arena_reset(&a);
    }
    assert_in_range(explored, ASKED / 10 - 80, ASKED / 10 + 80); /* four deviations */
    for (uint32_t i = 0; i < LIMIT; i++)
        assert_in_range(slots[i], explored / LIMIT - 32, explored / LIMIT + 32);
    generation_unpin(t.shop->generations, generation);
    test_shop_close(&t);
}

static void on_robots_nothing_is_explored(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    int64_t now_ms;

    ranked_shop_open(&t, program, &now_ms);
    const struct generation *generation = generation_pin(t.shop->generations);
    const struct recommend_from from = {.state = t.shop->state,
                                        .generation = generation,
                                        .rung_max = RUNG_COUNT - 1,
                                        .deadline_step = NOT_CUT};
    for (uint32_t i = 0; i < 400; i++) {
        struct question q = question_of(&a, i, now_ms, "home");
        q.user_agent = TEXT("Googlebot/2.1");
        const struct answer answer = ask(&from, &q, &a);
        assert_int_equal(answer.rung, RUNG_LEARNED);
        assert_int_equal(answer.decision->robot, ROBOT_KNOWN);
        assert_int_equal(answer.decision->explore_ppm, 0);
        arena_reset(&a);
    }
    generation_unpin(t.shop->generations, generation);
    test_shop_close(&t);
}

static void learning_and_evaluating_do_not_explore(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    int64_t now_ms;

    ranked_shop_open(&t, program, &now_ms);
    const struct generation *generation = generation_pin(t.shop->generations);
    struct recommend_from from = {.state = t.shop->state,
                                  .generation = generation,
                                  .rung_max = RUNG_COUNT - 1,
                                  .deadline_step = NOT_CUT};
    for (uint32_t i = 0; i < 400; i++) {
        struct question q = question_of(&a, i, now_ms, "home");
        from.traffic_ignored = i % 2 == 0;
        from.seen_again = i % 2 == 1;
        const struct answer answer = ask(&from, &q, &a);
        assert_int_equal(answer.decision->explored_slot, 0);
        assert_int_equal(answer.decision->explore_ppm, 0);
        arena_reset(&a);
    }
    generation_unpin(t.shop->generations, generation);
    test_shop_close(&t);
}

static void below_the_rung_learned_nothing_is_explored(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    int64_t now_ms;

    ranked_shop_open(&t, program, &now_ms);
    const struct generation *generation = generation_pin(t.shop->generations);
    const struct recommend_from from = {.state = t.shop->state,
                                        .generation = generation,
                                        .rung_max = RUNG_NEIGHBOURS,
                                        .deadline_step = NOT_CUT};
    for (uint32_t i = 0; i < 400; i++) {
        const struct question q = question_of(&a, i, now_ms, "home");
        assert_int_equal(ask(&from, &q, &a).decision->explore_ppm, 0);
        arena_reset(&a);
    }
    generation_unpin(t.shop->generations, generation);
    test_shop_close(&t);
}

static void when_all_is_shown_nothing_is_left_to_explore(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    int64_t now_ms;

    ranked_shop_open(&t,
                     "surfaces: [{name: home, kind: home, limit: 100, sources: [bestsellers], "
                     "explore: 0.1}]\n",
                     &now_ms);
    const struct generation *generation = generation_pin(t.shop->generations);
    const struct recommend_from from = {.state = t.shop->state,
                                        .generation = generation,
                                        .rung_max = RUNG_COUNT - 1,
                                        .deadline_step = NOT_CUT};
    for (uint32_t i = 0; i < 100; i++) {
        const struct question q = question_of(&a, i, now_ms, "home");
        const struct answer answer = ask(&from, &q, &a);
        assert_true(answer.item_count > 0 && answer.item_count < 100);
        assert_int_equal(answer.decision->explore_ppm, 100000);
        assert_int_equal(answer.decision->explore_pool, 0);
        assert_int_equal(answer.decision->explored_slot, 0);
        assert_true(decision_propensity(answer.decision, 0) == 1);
    }
    generation_unpin(t.shop->generations, generation);
    test_shop_close(&t);
}

static void an_answer_that_explored_is_given_again_byte_for_byte(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct error err = {0};
    int64_t now_ms;
    uint32_t explored = 0;

    ranked_shop_open(&t, program, &now_ms);
    struct answer *answers = arena_array(&a, 120, sizeof(*answers));
    for (uint32_t i = 0; i < 120; i++) {
        const struct question q = question_of(&a, i, now_ms, "home");
        assert_int_equal(recommend(t.shop, &q, &answers[i], &a, &err), OK);
    }
    for (uint32_t i = 0; i < 20; i++)
        ranked_shop_walk(t.shop, 1000 + i, &now_ms, NULL, NULL);
    assert_int_equal(shop_tick(t.shop, now_ms, &err), OK);
    ranked_shop_train(t.shop, 8, now_ms);
    for (uint32_t i = 0; i < 120 && explored < 5; i++) {
        SCOPED(buffer_free) struct buffer json = {0}, kept = {0};
        if (answers[i].decision->explored_slot == 0)
            continue;
        explored++;
        if (replay_decision(t.shop, text_from(answers[i].request_id), &json, &err) != OK)
            fail_msg("%s", err.message);
        assert_non_null(strstr(buffer_text(&json).data, "\"replayed\":true"));
        answer_json(&answers[i], &kept);
        const char *items = strstr(buffer_text(&kept).data, "\"items\":");
        kept.data[kept.size - 1] = '\0'; /* without the closing brace */
        assert_non_null(strstr(json.data, items));
    }
    assert_true(explored >= 3);
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tenth_of_answers_explores_and_the_rest_is_as_ranked),
        cmocka_unit_test(on_robots_nothing_is_explored),
        cmocka_unit_test(learning_and_evaluating_do_not_explore),
        cmocka_unit_test(below_the_rung_learned_nothing_is_explored),
        cmocka_unit_test(when_all_is_shown_nothing_is_left_to_explore),
        cmocka_unit_test(an_answer_that_explored_is_given_again_byte_for_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
