/* SPDX-License-Identifier: Apache-2.0 */
/* The rung learned, with trees made by hand that look at one feature. */
#include "base/money.h"
#include "paths/recommend_steps.h"
#include "tests/support/scene.h"
#include "tests/support/trees.h"

enum { PRODUCTS = 12 };

static const char program[] =
    "owner: tests\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "  min_support: {viewed: 3, bought: 3}\n"
    "  traffic: {co_view: 0, learned: 0}\n";

/* Product i costs 1 + 5 i modulo 12, so that no source has them in the order of prices. */
static void put_product(struct scene *s, int i)
{
    struct product p = product_blank();

    p.item_id = text_from(arena_printf(&s->arena, "p%d", i));
    p.title = text_from(arena_printf(&s->arena, "Product %d", i));
    p.category = TEXT("Home > Tables");
    p.currency = TEXT("EUR");
    p.price = (int64_t)(1 + i * 5 % PRODUCTS) * MONEY_UNIT;
    scene_product(s, &p);
}

/* Products that go together by neighbours and sales, and a visitor in mid-session. */
static struct scene *made(void)
{
    struct scene *s = scene_new();

    scene_program(s, text_from(program));
    for (int i = 0; i < PRODUCTS; i++)
        put_product(s, i);
    scene_twelve_sessions(s);
    return s;
}

/* Trees that add one for each threshold the feature is not below: the more of it, the better. */
static struct model *trees_by(enum feature feature, uint32_t thresholds, bool our_names)
{
    SCOPED(buffer_free) struct buffer json = {0};
    const char *names[FEATURE_COUNT];
    struct made_tree trees[PRODUCTS] = {{.node_count = 3}};

    for (uint32_t t = 0; t < thresholds; t++) {
        trees[t] = (struct made_tree){.node_count = 3};
        trees[t].nodes[0] = (struct made_node){1, 2, feature, (float)t + 1.5F, true, 2};
        trees[t].nodes[1] = (struct made_node){.value = 0, .cover = 1};
        trees[t].nodes[2] = (struct made_node){.value = 1, .cover = 1};
    }
    for (int f = 0; f < FEATURE_COUNT; f++)
        names[f] = our_names ? feature_name((enum feature)f) : "something_else";
    made_json_named(trees, thresholds, names, FEATURE_COUNT, &json);
    return model_of_json(buffer_text(&json));
}

/* Let home stand on the rung learned, by these trees. */
static void serve(struct scene *s, const struct model *ranker)
{
    s->trained.ranker = ranker;
    s->trained.gates = (struct generation_gates){.all = {{"home", "learned"}}, .count = 1};
}

static struct answer ask(struct scene *s, const struct recommend_from *from)
{
    const struct question q = {.surfaces = {TEXT("home")},
                               .surface_count = 1,
                               .anonymous_id = TEXT("ada"),
                               .limit = 8,
                               .now_ms = s->now_ms + 1000,
                               .why = true};
    struct answer answer = {.item_count = 0};
    struct error err = {0};

    if (recommend_from(from, &q, &answer, &s->arena, &err) != OK)
        fail_msg("%s", err.message);
    return answer;
}

static void assert_same_items(const struct answer *x, const struct answer *y)
{
    assert_int_equal(x->item_count, y->item_count);
    for (size_t i = 0; i < x->item_count; i++)
        assert_int_equal(x->items[i].product, y->items[i].product);
}

static void the_rung_learned_orders_by_its_trees(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(model_close) struct model *m = trees_by(FEATURE_price, PRODUCTS, true);

    serve(s, m);
    const struct recommend_from from = scene_from(s);
    struct answer answer = ask(s, &from);
    assert_int_equal(answer.rung, RUNG_LEARNED);
    assert_int_equal(answer.trail->rung_allowed, RUNG_LEARNED);
    assert_int_equal(answer.item_count, 8);
    for (size_t i = 1; i < answer.item_count; i++)
        assert_true(answer.items[i - 1].price > answer.items[i].price);
    assert_int_equal(answer.items[0].price, 12 * MONEY_UNIT);
    for (size_t i = 0; i < answer.item_count; i++) { /* the ranking tells of what was shown */
        uint32_t candidate = answer.ranking->order[i];
        assert_int_equal(answer.ranking->set.products[candidate], answer.items[i].product);
        assert_true(answer.ranking->scores[candidate] ==
                    (float)(answer.items[i].price / MONEY_UNIT - 1) + 0.5F);
    }
    struct answer again = ask(s, &from);
    assert_same_items(&answer, &again);
}

static void equal_scores_keep_the_order_in_which_candidates_were_proposed(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(model_close) struct model *m = trees_by(FEATURE_hour, 1, true);

    serve(s, m);
    const struct recommend_from from = scene_from(s);
    struct answer answer = ask(s, &from);
    assert_int_equal(answer.rung, RUNG_LEARNED);
    assert_true(answer.item_count > 4);
    for (size_t i = 1; i < answer.item_count; i++)
        assert_true(answer.ranking->order[i] > answer.ranking->order[i - 1]);
}

static void a_product_is_explained_by_what_was_done_before_what_sells(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(model_close) struct model *m = trees_by(FEATURE_price, PRODUCTS, true);
    uint32_t both = 0;

    serve(s, m);
    const struct recommend_from from = scene_from(s);
    struct answer answer = ask(s, &from);
    for (size_t i = 0; i < answer.item_count; i++) {
        const struct said *said = answer.ranking->set.said[answer.ranking->order[i]];
        bool done = said[SOURCE_neighbours].rank > 0 &&
                    said[SOURCE_neighbours].evidence.kind == EVIDENCE_VIEWED;
        if (!done || said[SOURCE_bestsellers].rank == 0)
            continue;
        assert_int_equal(answer.items[i].candidate.evidence.kind, EVIDENCE_VIEWED);
        assert_int_not_equal(answer.items[i].candidate.source, SOURCE_sequence);
        both++;
    }
    assert_true(both > 0);
}

/* A cut at the step that computes features or at the one that ranks. */
static void past_the_deadline_the_order_is_that_of_the_sources_and_it_says_so(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(model_close) struct model *m = trees_by(FEATURE_price, PRODUCTS, true);

    serve(s, m);
    for (uint8_t place = 0; recommend_step(place) != NULL; place++) {
        const char *name = recommend_step(place);
        if (strcmp(name, "features") != 0 && strcmp(name, "rank") != 0)
            continue;
        struct recommend_from from = scene_from(s);
        from.deadline_step = (uint8_t)(place + 1);
        struct answer late = ask(s, &from);
        assert_true(late.late);
        assert_int_equal(late.rung, RUNG_NEIGHBOURS);
        assert_null(late.ranking->scores);
        assert_string_equal(late.trail->rung_why,
                            "the deadline had passed before the candidates were ranked");
        for (size_t i = 0; i < late.item_count; i++)
            assert_int_not_equal(late.items[i].candidate.source, SOURCE_sequence);
        for (size_t i = 1; i < late.item_count; i++)
            assert_true(late.ranking->order[i] > late.ranking->order[i - 1]);
        assert_int_equal(late.item_count, 8);
    }
}

static void an_answer_cut_anywhere_never_says_learned_unless_the_trees_had_spoken(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(model_close) struct model *m = trees_by(FEATURE_price, PRODUCTS, true);

    serve(s, m);
    for (uint8_t cut = 1; cut < CUT_AT_SOURCE + SOURCE_COUNT; cut++) {
        struct recommend_from from = scene_from(s);
        from.deadline_step = cut;
        struct answer first = ask(s, &from), again = ask(s, &from);
        if (!first.late) /* no step has this place, or home has no such source */
            continue;
        bool ranked = first.ranking != NULL && first.ranking->scores != NULL;
        assert_true(first.item_count > 0);
        assert_true((first.rung == RUNG_LEARNED) == ranked);
        assert_int_equal(first.decision->deadline_step, cut);
        assert_same_items(&first, &again);
    }
}

static void trees_of_other_features_are_not_used(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(model_close) struct model *m = trees_by(FEATURE_price, PRODUCTS, false);

    serve(s, m);
    struct recommend_from from = scene_from(s);
    struct answer answer = ask(s, &from);
    assert_null(answer.ranking);
    assert_int_equal(answer.rung, RUNG_NEIGHBOURS);
    assert_string_equal(answer.trail->rung_why,
                        "the generation's trees are of another version of the program");
    serve(s, NULL);
    struct answer without = ask(s, &from);
    assert_string_equal(without.trail->rung_why,
                        "the generation has no trees to rank with; endcap train says why");
    assert_same_items(&answer, &without);
}

static void a_surface_that_was_not_shown_to_gain_is_not_ranked(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(model_close) struct model *m = trees_by(FEATURE_price, PRODUCTS, true);

    serve(s, m);
    struct recommend_from from = scene_from(s);
    s->trained.gates.count = 0;
    struct answer answer = ask(s, &from);
    assert_null(answer.ranking);
    assert_string_equal(answer.trail->rung_why, "no train has judged this surface yet");
    s->trained.gates = (struct generation_gates){.all = {{"home", "co-view"}}, .count = 1};
    answer = ask(s, &from);
    assert_true(answer.rung <= RUNG_CO_VIEW);
    assert_string_equal(answer.trail->rung_why,
                        "on later sessions no higher rung was shown to be better");
    from.traffic_ignored = true; /* as evaluate and learn ask */
    assert_int_equal(ask(s, &from).rung, RUNG_LEARNED);
}

/* Trees that like what is dear, on the page of a product of a minute ago. */
static void the_page_of_a_product_nobody_met_shows_what_is_like_it(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(model_close) struct model *m = trees_by(FEATURE_price, PRODUCTS, true);
    struct question q = {.surfaces = {TEXT("pdp")},
                         .surface_count = 1,
                         .item_id = TEXT("p12"),
                         .limit = 8,
                         .now_ms = s->now_ms + 1000,
                         .why = true};
    struct answer answer = {.item_count = 0}, known = {.item_count = 0}, learning = known;
    struct error err = {0};

    put_product(s, PRODUCTS);
    s->trained.ranker = m;
    s->trained.gates = (struct generation_gates){.all = {{"pdp", "learned"}}, .count = 1};
    struct recommend_from from = scene_from(s);
    assert_int_equal(recommend_from(&from, &q, &answer, &s->arena, &err), OK);
    assert_int_equal(answer.trail->rung_allowed, RUNG_NEIGHBOURS);
    assert_string_equal(answer.trail->rung_why,
                        "no session that the trees learned from met the page's product");
    assert_true(answer.item_count > 0);
    assert_int_equal(answer.items[0].candidate.source, SOURCE_similar);

    q.item_id = TEXT("p3");
    assert_int_equal(recommend_from(&from, &q, &known, &s->arena, &err), OK);
    assert_int_equal(known.rung, RUNG_LEARNED);
    q.item_id = TEXT("p12");
    from.examples = from.traffic_ignored = true;
    assert_int_equal(recommend_from(&from, &q, &learning, &s->arena, &err), OK);
    assert_non_null(learning.ranking);
}

static void learning_stops_at_the_features_and_needs_no_trees(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct recommend_from from = scene_from(s);
    bool priced = false;

    from.examples = true;
    from.traffic_ignored = true;
    struct answer answer = ask(s, &from);
    assert_int_equal(answer.item_count, 0);
    assert_non_null(answer.ranking);
    assert_null(answer.ranking->scores);
    const struct features *f = &answer.ranking->features;
    assert_int_equal(f->count, answer.ranking->set.count);
    for (size_t i = 0; i < f->count; i++)
        priced = priced || f->values[FEATURE_price * f->stride + i] > 1;
    assert_true(priced);
}

static void in_order_asks_the_sources_of_every_rung_and_no_trees(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct recommend_from from = scene_from(s);

    from.traffic_ignored = true;
    from.in_order = true;
    from.sources_out = ~(1U << SOURCE_sequence);
    struct answer answer = ask(s, &from);
    assert_null(answer.ranking);
    assert_true(answer.item_count > 0);
    for (size_t i = 0; i < answer.item_count; i++) {
        assert_int_equal(answer.items[i].candidate.source, SOURCE_sequence);
        assert_true(i == 0 ||
                    answer.items[i].candidate.score <= answer.items[i - 1].candidate.score);
    }
}

static void a_source_that_is_left_out_is_not_asked(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(model_close) struct model *m = trees_by(FEATURE_price, PRODUCTS, true);

    serve(s, m);
    for (int kind = 0; kind < SOURCE_COUNT; kind++) {
        struct recommend_from from = scene_from(s);
        from.sources_out = 1U << kind;
        struct answer answer = ask(s, &from);
        for (size_t i = 0; i < answer.trail->proposal_count; i++)
            assert_int_not_equal(answer.trail->proposals[i].candidate.source, kind);
        for (uint32_t i = 0; i < answer.ranking->set.count; i++)
            assert_int_equal(answer.ranking->set.said[i][kind].rank, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rung_learned_orders_by_its_trees),
        cmocka_unit_test(equal_scores_keep_the_order_in_which_candidates_were_proposed),
        cmocka_unit_test(a_product_is_explained_by_what_was_done_before_what_sells),
        cmocka_unit_test(past_the_deadline_the_order_is_that_of_the_sources_and_it_says_so),
        cmocka_unit_test(an_answer_cut_anywhere_never_says_learned_unless_the_trees_had_spoken),
        cmocka_unit_test(trees_of_other_features_are_not_used),
        cmocka_unit_test(a_surface_that_was_not_shown_to_gain_is_not_ranked),
        cmocka_unit_test(the_page_of_a_product_nobody_met_shows_what_is_like_it),
        cmocka_unit_test(learning_stops_at_the_features_and_needs_no_trees),
        cmocka_unit_test(in_order_asks_the_sources_of_every_rung_and_no_trees),
        cmocka_unit_test(a_source_that_is_left_out_is_not_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
