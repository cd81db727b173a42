/* SPDX-License-Identifier: Apache-2.0 */
/* What each feature gave to the scores of an answer, by trees made by hand. */
#include <math.h>

#include "paths/recommend.h"
#include "tests/support/scene.h"
#include "tests/support/trees.h"

static const char program[] =
    "owner: tests\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "  min_support: {viewed: 3, bought: 3}\n"
    "  traffic: {co_view: 0, learned: 0}\n";

/* One tree that looks at the price, then at the clicks of the session. */
static struct model *trees(void)
{
    static struct made_tree tree;
    static const struct made_node nodes[] = {
        {1, 2, FEATURE_price, 20, false, 10},
        {0, 0, 0, 0.5F, false, 6},
        {3, 4, FEATURE_session_clicks, 2, true, 4},
        {0, 0, 0, -0.25F, false, 1},
        {0, 0, 0, -1, false, 3},
    };
    const char *names[FEATURE_COUNT];
    SCOPED(buffer_free) struct buffer json = {0};

    memcpy(tree.nodes, nodes, sizeof(nodes));
    tree.node_count = COUNT(nodes);
    for (int i = 0; i < FEATURE_COUNT; i++)
        names[i] = feature_name((enum feature)i);
    made_json_named(&tree, 1, names, FEATURE_COUNT, &json);
    return model_of_json(buffer_text(&json));
}

static struct scene *made(void)
{
    struct scene *s = scene_new();
    const enum event_type types[] = {EVENT_view_item, EVENT_view_item, EVENT_purchase};

    scene_program(s, text_from(program));
    for (int i = 0; i < 12; i++)
        scene_simple_product(s, arena_printf(&s->arena, "p%d", i),
                             arena_printf(&s->arena, "Product %d", i), "Home > Tables");
    for (int i = 0; i < 60; i++) {
        const struct text items[] = {text_from(arena_printf(&s->arena, "p%d", i % 12)),
                                     text_from(arena_printf(&s->arena, "p%d", i * 5 % 12)),
                                     text_from(arena_printf(&s->arena, "p%d", i * 7 % 12))};
        scene_session(s, types, items, COUNT(items));
    }
    scene_tick(s);
    scene_train(s, 3, 3);
    scene_event(s, "ada", EVENT_view_item, TEXT("p1"));
    scene_event(s, "ada", EVENT_view_item, TEXT("p5"));
    return s;
}

static void ask(struct scene *s, bool why, struct answer *answer)
{
    struct recommend_from from = scene_from(s);
    struct question q = {.surfaces = {TEXT("pdp")},
                         .surface_count = 1,
                         .anonymous_id = TEXT("ada"),
                         .item_id = TEXT("p5"),
                         .now_ms = s->now_ms + 1000,
                         .why = why};
    struct error err = {0};

    from.traffic_ignored = true;
    assert_int_equal(recommend_from(&from, &q, answer, &s->arena, &err), OK);
    answer_share(answer, s->generation, &s->arena);
}

static void base_and_shares_add_up_to_the_score_the_largest_first(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(model_close) struct model *ranker = trees();
    SCOPED(buffer_free) struct buffer json = {0};
    struct answer answer;

    (void)state;
    s->trained.ranker = ranker;
    ask(s, true, &answer);
    assert_int_equal(answer.rung, RUNG_LEARNED);
    assert_true(answer.item_count > 0);
    assert_int_equal(answer.trail->share_count, answer.item_count);
    for (size_t i = 0; i < answer.trail->share_count; i++) {
        const struct item_shares *shares = &answer.trail->shares[i];
        double sum = (double)shares->base;

        assert_ptr_equal(shares->item, &answer.items[i]);
        for (size_t k = 0; k < FEATURE_COUNT; k++) {
            sum += (double)shares->features[k].share;
            if (k > 0)
                assert_true(fabsf(shares->features[k].share) <=
                            fabsf(shares->features[k - 1].share));
        }
        assert_true(fabs(sum - (double)shares->score) <= 1e-4 * fabs((double)shares->score) + 1e-6);
        assert_true(shares->features[0].share != 0);
        assert_true(shares->features[2].share == 0); /* the tree asks for two */
    }
    answer_json(&answer, &json);
    assert_non_null(strstr(buffer_text(&json).data, "\"attribution\":\"exact SHAP"));
    assert_non_null(strstr(buffer_text(&json).data, "\"feature\":\"session_clicks\",\"value\":2,"));
    assert_non_null(strstr(buffer_text(&json).data, "\"value\":null,\"share\":0}"));
    s->trained.ranker = NULL;
}

static void below_the_rung_learned_and_unasked_nothing_is_shared_out(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(model_close) struct model *ranker = trees();
    SCOPED(buffer_free) struct buffer json = {0};
    struct answer answer;

    (void)state;
    ask(s, true, &answer);
    assert_null(answer.trail->shares);
    answer_json(&answer, &json);
    assert_null(strstr(buffer_text(&json).data, "attribution"));
    s->trained.ranker = ranker;
    ask(s, false, &answer);
    assert_int_equal(answer.rung, RUNG_LEARNED);
    assert_null(answer.trail);
    s->trained.ranker = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_and_shares_add_up_to_the_score_the_largest_first),
        cmocka_unit_test(below_the_rung_learned_and_unasked_nothing_is_shared_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
