/* SPDX-License-Identifier: Apache-2.0 */
/* What each feature gave to the scores of what is shown: only for those who ask, only where trees put
 * the products in order, and adding up to the score. */
#include <jansson.h>
#include <math.h>

#include "model/model.h"
#include "paths/recommend.h"
#include "paths/replay.h"
#include "tests/support/judged.h"
#include "tests/support/scene.h"
#include "tests/support/shop.h"
#include "tests/support/trees.h"

enum { TREES = 40 };

static const char program[] =
    "owner: tests\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "  min_support: {viewed: 3, bought: 3}\n"
    "  traffic: {co_view: 0, learned: 0}\n";

/* Products that go together by neighbours and sales, and a visitor in mid-session. Home stands on the
 * rung learned when there are trees. */
static struct scene *made(const struct model *ranker)
{
    struct scene *s = scene_new();

    scene_program(s, text_from(program));
    scene_twelve_products(s);
    scene_twelve_sessions(s);
    s->trained.ranker = ranker;
    s->trained.gates = (struct generation_gates){.all = {{"home", "learned"}}, .count = 1};
    return s;
}

static struct answer ask(struct scene *s, const struct recommend_from *from, bool why)
{
    const struct question q = {.surfaces = {TEXT("home")},
                               .surface_count = 1,
                               .anonymous_id = TEXT("ada"),
                               .limit = 6,
                               .now_ms = s->now_ms + 1000,
                               .why = why};
    struct answer answer = {.item_count = 0};
    struct error err = {0};

    if (recommend_from(from, &q, &answer, &s->arena, &err) != OK)
        fail_msg("%s", err.message);
    answer_share(&answer, from->generation, &s->arena);
    return answer;
}

static void drop_json(json_t **root)
{
    json_decref(*root);
}

static json_t *json_of(const struct answer *answer)
{
    SCOPED(buffer_free) struct buffer text = {0};

    answer_json(answer, &text);
    json_t *root = json_loadb(buffer_text(&text).data, text.size, 0, NULL);
    assert_non_null(root);
    return root;
}

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-4 * fmax(1, fabs(b))))
        fail_msg("%.9g and %.9g", a, b);
}

static void base_and_shares_are_the_score_for_every_item(void **state)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        SCOPED(model_close) struct model *m = ranked_trees(seed, TREES, FEATURE_COUNT);
        SCOPED(scene_free) struct scene *s = made(m);
        const struct recommend_from from = scene_from(s);
        struct answer answer = ask(s, &from, true);
        assert_int_equal(answer.rung, RUNG_LEARNED);
        assert_int_equal(answer.item_count, 6);
        assert_int_equal(answer.trail->share_count, 6);
        for (size_t i = 0; i < answer.item_count; i++) {
            const struct item_shares *shares = &answer.trail->shares[i];
            double sum = (double)shares->base;
            for (size_t f = 0; f < FEATURE_COUNT; f++)
                sum += (double)shares->features[f].share;
            assert_near(sum, (double)shares->score);
            assert_ptr_equal(shares->item, &answer.items[i]);
            if (i > 0) /* the scores are those of the order shown */
                assert_true(shares->score <= answer.trail->shares[i - 1].score);
        }
    }
}

static void every_feature_stands_once_with_its_value_the_largest_share_first(void **state)
{
    SCOPED(model_close) struct model *m = ranked_trees(7, TREES, FEATURE_COUNT);
    SCOPED(scene_free) struct scene *s = made(m);
    const struct recommend_from from = scene_from(s);
    struct answer answer = ask(s, &from, true);
    const struct features *values = &answer.ranking->features;

    for (size_t i = 0; i < answer.item_count; i++) {
        const struct item_shares *shares = &answer.trail->shares[i];
        uint32_t at = answer.ranking->order[i];
        bool seen[FEATURE_COUNT] = {false};
        for (size_t f = 0; f < FEATURE_COUNT; f++) {
            const struct feature_share *share = &shares->features[f];
            float value = values->values[share->feature * values->stride + at];
            assert_false(seen[share->feature]);
            seen[share->feature] = true;
            assert_true(share->value == value || (isnan(share->value) && isnan(value)));
            if (f > 0)
                assert_true(fabsf(share->share) <= fabsf(shares->features[f - 1].share));
        }
    }
}

static void a_feature_no_tree_looks_at_gave_nothing(void **state)
{
    SCOPED(model_close) struct model *m = ranked_trees(8, TREES, FEATURE_price);
    SCOPED(scene_free) struct scene *s = made(m);
    const struct recommend_from from = scene_from(s);
    struct answer answer = ask(s, &from, true);

    for (size_t i = 0; i < answer.item_count; i++)
        for (size_t f = 0; f < FEATURE_COUNT; f++)
            if (answer.trail->shares[i].features[f].feature == FEATURE_price)
                assert_true(answer.trail->shares[i].features[f].share == 0);
}

/* One tree that adds 1 to what the shopper clicked in this session, which by its weights a quarter of
 * the rows of training were: base 0.5 + 0.25, and all the rest by that one feature. */
static void a_tree_of_one_split_gives_all_to_its_feature(void **state)
{
    SCOPED(buffer_free) struct buffer text = {0};
    const char *names[FEATURE_COUNT];
    struct made_tree tree = {.node_count = 3};

    tree.nodes[0] = (struct made_node){1, 2, FEATURE_looks, 0.5F, true, 4};
    tree.nodes[1] = (struct made_node){.value = 0, .cover = 3};
    tree.nodes[2] = (struct made_node){.value = 1, .cover = 1};
    for (int f = 0; f < FEATURE_COUNT; f++)
        names[f] = feature_name((enum feature)f);
    made_json_named(&tree, 1, names, FEATURE_COUNT, &text);
    SCOPED(model_close) struct model *m = model_of_json(buffer_text(&text));
    SCOPED(scene_free) struct scene *s = made(m);
    const struct recommend_from from = scene_from(s);
    struct answer answer = ask(s, &from, true);
    for (size_t i = 0; i < answer.item_count; i++) {
        const struct item_shares *shares = &answer.trail->shares[i];
        bool looked = shares->features[0].value > 0;
        assert_int_equal(shares->features[0].feature, FEATURE_looks);
        assert_near((double)shares->base, 0.75);
        assert_near((double)shares->features[0].share, looked ? 0.75 : -0.25);
        assert_true(shares->features[1].share == 0);
    }
}

static void the_json_names_the_rule_and_has_all_features_beside_the_evidence(void **state)
{
    SCOPED(model_close) struct model *m = ranked_trees(9, TREES, FEATURE_COUNT);
    SCOPED(scene_free) struct scene *s = made(m);
    const struct recommend_from from = scene_from(s);
    struct answer answer = ask(s, &from, true);
    SCOPED(drop_json) json_t *root = json_of(&answer);
    const json_t *trail = json_object_get(root, "trail"), *item, *row;
    size_t i, f, missing = 0;

    assert_non_null(strstr(json_string_value(json_object_get(trail, "attribution")), "exact SHAP"));
    assert_int_equal(json_array_size(json_object_get(trail, "scores")), answer.item_count);
    json_array_foreach(json_object_get(trail, "scores"), i, item)
    {
        double sum = json_number_value(json_object_get(item, "base"));
        const json_t *features = json_object_get(item, "features");
        assert_int_equal(json_integer_value(json_object_get(item, "slot")), i + 1);
        assert_text(answer.items[i].item_id, json_string_value(json_object_get(item, "item_id")));
        assert_non_null(json_object_get(json_object_get(item, "evidence"), "kind"));
        assert_int_equal(json_array_size(features), FEATURE_COUNT);
        json_array_foreach(features, f, row)
        {
            enum feature feature;
            const char *name = json_string_value(json_object_get(row, "feature"));
            assert_true(feature_find(text_from(name), &feature));
            assert_true(json_is_number(json_object_get(row, "share")));
            missing += json_is_null(json_object_get(row, "value"));
            sum += json_number_value(json_object_get(row, "share"));
        }
        assert_near(sum, json_number_value(json_object_get(item, "score")));
    }
    assert_true(missing > 0); /* nothing is known of the third last product of two */
}

static void nothing_is_computed_for_those_who_do_not_ask(void **state)
{
    SCOPED(model_close) struct model *m = ranked_trees(10, TREES, FEATURE_COUNT);
    SCOPED(scene_free) struct scene *s = made(m);
    const struct recommend_from from = scene_from(s);
    struct answer answer = ask(s, &from, false);
    SCOPED(drop_json) json_t *root = json_of(&answer);

    assert_int_equal(answer.rung, RUNG_LEARNED);
    assert_null(answer.trail);
    assert_null(json_object_get(root, "trail"));
}

static void assert_no_shares(const struct answer *answer)
{
    SCOPED(drop_json) json_t *root = json_of(answer);
    const json_t *trail = json_object_get(root, "trail");

    assert_non_null(trail);
    assert_null(answer->trail->shares);
    assert_null(json_object_get(trail, "scores"));
    assert_null(json_object_get(trail, "attribution"));
}

static void what_no_trees_put_in_order_says_nothing_of_features(void **state)
{
    SCOPED(model_close) struct model *m = ranked_trees(11, TREES, FEATURE_COUNT);
    SCOPED(scene_free) struct scene *s = made(m);
    struct recommend_from from = scene_from(s);
    struct answer answer;

    for (uint8_t place = 0; recommend_step(place) != NULL; place++) {
        if (strcmp(recommend_step(place), "rank") != 0)
            continue;
        from.deadline_step = (uint8_t)(place + 1); /* its time was up before the trees */
        answer = ask(s, &from, true);
        assert_true(answer.late);
        assert_no_shares(&answer);
    }
    from = scene_from(s);
    s->trained.gates.count = 0;
    answer = ask(s, &from, true);
    assert_int_equal(answer.rung, RUNG_NEIGHBOURS);
    assert_no_shares(&answer);
    from.generation = NULL;
    answer = ask(s, &from, true);
    assert_no_shares(&answer);
}

static const char *const asked[] = {"p1", "p2", "p3", "p5"};

/* The path that HTTP and the command take, and the decision replayed from the journal. */
static void a_shop_on_disk_says_the_same_at_once_and_when_the_answer_is_given_again(void **state)
{
    SCOPED(model_close) struct model *m = ranked_trees(12, TREES, FEATURE_COUNT);
    SCOPED(arena_free) struct arena a = {0};
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    ranked_shop(t.shop, m, TEST_NOW);
    for (size_t i = 0; i < COUNT(asked); i++) {
        SCOPED(buffer_free) struct buffer json = {0};
        struct answer answer = {.item_count = 0};
        const struct question q = {.surfaces = {TEXT("home")},
                                   .surface_count = 1,
                                   .anonymous_id = TEXT("v-0"),
                                   .item_id = text_from(asked[i]),
                                   .now_ms = TEST_NOW,
                                   .why = true};
        if (recommend(t.shop, &q, &answer, &a, &err) != OK)
            fail_msg("%s", err.message);
        if (answer.rung != RUNG_LEARNED)
            fail_msg("not ranked: %s", answer.trail->rung_why);
        SCOPED(drop_json) json_t *root = json_of(&answer);
        const json_t *now = json_object_get(json_object_get(root, "trail"), "scores");
        assert_true(json_array_size(now) > 0);
        if (replay_decision(t.shop, text_from(answer.request_id), &json, &err) != OK)
            fail_msg("%s", err.message);
        SCOPED(drop_json) json_t *again = json_loadb(buffer_text(&json).data, json.size, 0, NULL);
        assert_true(json_is_true(json_object_get(again, "replayed")));
        assert_true(json_equal(now, json_object_get(json_object_get(again, "trail"), "scores")));
    }
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_and_shares_are_the_score_for_every_item),
        cmocka_unit_test(every_feature_stands_once_with_its_value_the_largest_share_first),
        cmocka_unit_test(a_feature_no_tree_looks_at_gave_nothing),
        cmocka_unit_test(a_tree_of_one_split_gives_all_to_its_feature),
        cmocka_unit_test(the_json_names_the_rule_and_has_all_features_beside_the_evidence),
        cmocka_unit_test(nothing_is_computed_for_those_who_do_not_ask),
        cmocka_unit_test(what_no_trees_put_in_order_says_nothing_of_features),
        cmocka_unit_test(a_shop_on_disk_says_the_same_at_once_and_when_the_answer_is_given_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
