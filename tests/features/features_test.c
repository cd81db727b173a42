/* SPDX-License-Identifier: Apache-2.0 */
#include "features/features.h"

#include <math.h>

#include "base/money.h"
#include "base/time.h"
#include "program/program.h"
#include "tests/support/scene.h"
#include "tests/support/trees.h"

enum { TABLE, DESK, LAMP, CANDIDATES };

static const char *const ids[CANDIDATES] = {"table", "desk", "lamp"};

/* What one question knows. */
struct asked {
    struct scene *scene;
    product_number products[CANDIDATES];
    struct said said[CANDIDATES][SOURCE_COUNT];
    struct candidate_set set;
    struct seed seeds[CANDIDATES];
    struct profile profile;
    struct session_vector encoded;
    struct feature_inputs in;
    struct features features;
};

static void put(struct scene *s, const char *id, const char *category, const char *brand,
                int64_t sale_price)
{
    struct product p = product_blank();

    p.item_id = p.title = text_from(id);
    p.category = text_from(category);
    p.brand = text_from(brand);
    p.currency = TEXT("EUR");
    p.price = 10 * MONEY_UNIT;
    p.sale_price = sale_price;
    if (brand != NULL && strcmp(brand, "Oak") == 0) { /* the only one of known cost and stock */
        p.cost = 5 * MONEY_UNIT;
        p.stock = 7;
    }
    scene_product(s, &p);
}

/* Sessions table desk, table desk, table lamp, desk lamp, lamp table. */
static struct scene *made(void)
{
    static const char *const sessions[][2] = {{"table", "desk"},
                                              {"table", "desk"},
                                              {"table", "lamp"},
                                              {"desk", "lamp"},
                                              {"lamp", "table"}};
    const enum event_type looks[] = {EVENT_view_item, EVENT_view_item};
    struct scene *s = scene_new();

    put(s, "table", "Home > Tables", "Oak", MONEY_NONE);
    put(s, "desk", "Home > Tables", "Elm", 7 * MONEY_UNIT);
    put(s, "lamp", "Home > Lamps", NULL, MONEY_NONE);
    for (size_t i = 0; i < COUNT(sessions); i++) {
        const struct text items[] = {text_from(sessions[i][0]), text_from(sessions[i][1])};
        scene_session(s, looks, items, 2);
    }
    scene_train(s, 3, 3);
    return s;
}

static void ask(struct asked *q, struct scene *s)
{
    *q = (struct asked){.scene = s};
    for (uint32_t i = 0; i < CANDIDATES; i++)
        q->products[i] = catalog_find(s->state->catalog, text_from(ids[i]));
    q->set = (struct candidate_set){q->products, q->said, CANDIDATES};
    q->in = (struct feature_inputs){.generation = s->generation,
                                    .catalog = s->state->catalog,
                                    .profile = &q->profile,
                                    .encoded = &q->encoded,
                                    .candidates = &q->set,
                                    .surface = SURFACE_HOME,
                                    .hour = 14,
                                    .now_ms = s->now_ms};
}

static void compute(struct asked *q)
{
    features_compute(&q->in, &q->features, &q->scene->arena);
}

/* Ada looked at the lamp some other day; now at the table, then at the desk; a minute passed. */
static void ask_for_ada(struct asked *q, struct scene *s)
{
    scene_event(s, "ada", EVENT_view_item, TEXT("lamp"));
    scene_wait(s, MS_DAY);
    scene_event(s, "ada", EVENT_view_item, TEXT("table"));
    scene_event(s, "ada", EVENT_view_item, TEXT("desk"));
    ask(q, s);
    q->in.now_ms = s->now_ms + MS_MINUTE;
    profiles_read(s->state->profiles, shopper_key_of(TEXT("ada"), (struct text){0}), q->in.now_ms,
                  true, &q->profile);
    const product_number clicks[] = {q->products[DESK], q->products[TABLE]};
    for (size_t i = 0; i < COUNT(clicks); i++)
        q->seeds[i] = (struct seed){clicks[i], EVIDENCE_VIEWED, true, false};
    encoder_encode(s->encoder, clicks, COUNT(clicks), &q->encoded);
    q->in.seeds = q->seeds;
    q->in.seed_count = COUNT(clicks);
}

static float value_of(const struct asked *q, enum feature feature, uint32_t candidate)
{
    return q->features.values[(size_t)feature * q->features.stride + candidate];
}

/* What the table, the desk and the lamp should have; NAN: missing. */
struct expected {
    enum feature feature;
    double values[CANDIDATES];
};

static void assert_features(const struct asked *q, const struct expected *expected, size_t count)
{
    for (size_t e = 0; e < count; e++) {
        for (uint32_t i = 0; i < CANDIDATES; i++) {
            double value = (double)value_of(q, expected[e].feature, i);
            double wanted = expected[e].values[i];
            if (isnan(wanted) ? !isnan(value) : !(fabs(value - wanted) <= 1e-5))
                fail_msg("%s of the %s is %f, not %f", feature_name(expected[e].feature), ids[i],
                         value, wanted);
        }
    }
}

static void transitions_are_those_from_the_last_products_of_the_session(void **state)
{
    static const struct expected expected[] = {
        {FEATURE_direct_1, {0, 0, 1}}, /* from the desk: to the lamp, once */
        {FEATURE_direct_share_1, {0, 0, 0.25}},
        {FEATURE_after_1, {0, 0, 0.25}},
        {FEATURE_before_1, {0.5, 0, 0}},
        {FEATURE_together_1, {0.447214, 0, 0.25}}, /* 2 of (4 + 1)(3 + 1), 1 of (3 + 1)(3 + 1) */
        {FEATURE_direct_2, {0, 2, 1}},             /* from the table */
        {FEATURE_direct_share_2, {0, 2.0 / 6, 1.0 / 6}},
        {FEATURE_direct_3, {NAN, NAN, NAN}}, /* there is no third product */
        {FEATURE_recent_3, {NAN, NAN, NAN}},
        {FEATURE_two_hops, {0.25, 0, 0}}, /* desk, lamp, table: a half of a half */
        {FEATURE_two_hops_rare, {0.25 / 2.236068, 0, 0}},
        {FEATURE_sessions, {4, 3, 3}},
        {FEATURE_ends, {0.25, 2.0 / 3, 2.0 / 3}},
        {FEATURE_leaves, {3, 1, 1}},
        {FEATURE_age, {0.8, 0.8, 0.4}},
        {FEATURE_silence, {0, 0.2, 0}},
        {FEATURE_last_sessions, {3, 3, 3}}, /* of the desk */
        {FEATURE_last_leaves, {1, 1, 1}},
    };
    SCOPED(scene_free) struct scene *s = made();
    struct asked q;

    ask_for_ada(&q, s);
    compute(&q);
    assert_features(&q, expected, COUNT(expected));
}

static void the_catalog_says_what_a_product_costs_and_how_it_fits_the_session(void **state)
{
    static const struct expected expected[] = {
        {FEATURE_price, {10, 7, 10}},
        {FEATURE_price_ratio, {10 / 8.5, 7 / 8.5, 10 / 8.5}}, /* the session's mean is 8.5 */
        {FEATURE_discount, {0, 0.3, 0}},
        {FEATURE_margin, {0.5, NAN, NAN}},
        {FEATURE_stock, {7, NAN, NAN}},
        {FEATURE_same_category, {1, 1, 0}}, /* as the desk */
        {FEATURE_same_brand, {0, 1, NAN}},
        {FEATURE_category_session, {1, 1, 0}},
        {FEATURE_brand_session, {0.5, 0.5, NAN}},
        {FEATURE_category_shopper, {0, 0, 1}}, /* the lamp of the other day */
        {FEATURE_brand_shopper, {0, 0, NAN}},
    };
    SCOPED(scene_free) struct scene *s = made();
    struct asked q;

    ask_for_ada(&q, s);
    compute(&q);
    assert_features(&q, expected, COUNT(expected));
}

static void looks_and_times_are_those_of_the_shopper(void **state)
{
    static const struct expected expected[] = {
        {FEATURE_looks, {1, 1, 0}},
        {FEATURE_looked_ago, {1, 0, NAN}},
        {FEATURE_looked_before, {0, 0, 1}},
        {FEATURE_session_clicks, {2, 2, 2}},
        {FEATURE_session_products, {2, 2, 2}},
        {FEATURE_session_repeats, {0, 0, 0}},
        {FEATURE_session_repeats_now, {0, 0, 0}},
        {FEATURE_session_minutes, {70.0 / 60, 70.0 / 60, 70.0 / 60}},
        {FEATURE_session_idle, {1, 1, 1}},
        {FEATURE_session_last_kind, {0, 0, 0}},
        {FEATURE_proposed, {3, 3, 3}},
        {FEATURE_surface, {SURFACE_HOME, SURFACE_HOME, SURFACE_HOME}},
        {FEATURE_hour, {14, 14, 14}},
    };
    SCOPED(scene_free) struct scene *s = made();
    struct asked q;

    ask_for_ada(&q, s);
    compute(&q);
    assert_features(&q, expected, COUNT(expected));
}

static void a_repeated_look_counts_as_one_product_clicked_again(void **state)
{
    static const struct expected expected[] = {
        {FEATURE_looks, {2, 0, 0}},
        {FEATURE_looked_ago, {0, NAN, NAN}},
        {FEATURE_session_clicks, {2, 2, 2}},
        {FEATURE_session_products, {1, 1, 1}},
        {FEATURE_session_repeats, {0.5, 0.5, 0.5}},
        {FEATURE_session_repeats_now, {1, 1, 1}},
        {FEATURE_direct_2, {NAN, NAN, NAN}},
    };
    SCOPED(scene_free) struct scene *s = made();
    struct asked q;

    ask_for_ada(&q, s);
    q.seeds[0].product = q.products[TABLE];
    compute(&q);
    assert_features(&q, expected, COUNT(expected));
}

static void sources_are_told_by_place_and_share_of_their_best_score(void **state)
{
    static const struct expected expected[] = {
        {FEATURE_rank_neighbours, {2, NAN, 1}},
        {FEATURE_score_neighbours, {0.5, NAN, 1}},
        {FEATURE_rank_bestsellers, {NAN, NAN, NAN}},
        {FEATURE_score_bestsellers, {NAN, NAN, NAN}},
        {FEATURE_slot, {1, 2, 3}},
        {FEATURE_supporters, {5, 0, 9}},
        {FEATURE_neighbours_best, {4, 4, 4}},
    };
    SCOPED(scene_free) struct scene *s = made();
    struct asked q;

    ask_for_ada(&q, s);
    q.said[LAMP][SOURCE_neighbours] = (struct said){.score = 4, .rank = 1, .support = 3};
    q.said[LAMP][SOURCE_also_viewed] = (struct said){.score = 1, .rank = 1, .support = 9};
    q.said[TABLE][SOURCE_neighbours] = (struct said){.score = 2, .rank = 2, .support = 5};
    q.said[DESK][SOURCE_neighbours] = (struct said){.score = 99}; /* without a place: never said */
    compute(&q);
    assert_features(&q, expected, COUNT(expected));
}

static void nearness_is_the_encoders(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct asked q;
    double chances = 0;

    ask_for_ada(&q, s);
    compute(&q);
    const struct expected expected[] = {
        {FEATURE_encoded_1,
         {(double)encoder_between(s->encoder, q.products[DESK], q.products[TABLE]), 1,
          (double)encoder_between(s->encoder, q.products[DESK], q.products[LAMP])}},
        {FEATURE_encoded_3, {NAN, NAN, NAN}},
        {FEATURE_session_likeness,
         {(double)encoder_likeness(s->encoder, &q.encoded, q.products[TABLE]),
          (double)encoder_likeness(s->encoder, &q.encoded, q.products[DESK]),
          (double)encoder_likeness(s->encoder, &q.encoded, q.products[LAMP])}},
    };
    assert_features(&q, expected, COUNT(expected));
    double best = (double)value_of(&q, FEATURE_sequence_best, 0), spread = 0;
    for (uint32_t i = 0; i < CANDIDATES; i++) {
        double lead = (double)value_of(&q, FEATURE_session_likeness, i) - best;
        assert_true(lead <= 0);
        assert_true(fabs((double)value_of(&q, FEATURE_session_lead, i) - lead) < 1e-6);
        chances += (double)value_of(&q, FEATURE_session_chance, i);
        spread += exp(12 * lead);
    }
    assert_true(fabs(chances - 1) < 1e-5);
    assert_true(fabs((double)value_of(&q, FEATURE_sequence_spread, 0) - spread) < 1e-4);
}

/* A stranger on a first page: the product itself and the question are all there is. */
static void what_is_not_known_is_missing_and_never_zero(void **state)
{
    static const enum feature missing[] = {
        FEATURE_rank_curated,    FEATURE_score_sequence,   FEATURE_direct_1,
        FEATURE_after_1,         FEATURE_two_hops,         FEATURE_session_likeness,
        FEATURE_session_chance,  FEATURE_encoded_1,        FEATURE_encoded_mean,
        FEATURE_sequence_spread, FEATURE_price_ratio,      FEATURE_same_category,
        FEATURE_same_brand,      FEATURE_category_session, FEATURE_category_shopper,
        FEATURE_looked_ago,      FEATURE_session_repeats,  FEATURE_session_repeats_now,
        FEATURE_session_minutes, FEATURE_session_idle,     FEATURE_session_last_kind,
        FEATURE_last_sessions,   FEATURE_last_ends,
    };
    static const struct expected known[] = {{FEATURE_price, {10, 7, 10}},
                                            {FEATURE_sessions, {4, 3, 3}},
                                            {FEATURE_looks, {0, 0, 0}},
                                            {FEATURE_session_clicks, {0, 0, 0}}};
    SCOPED(scene_free) struct scene *s = made();
    struct asked q;

    ask(&q, s);
    compute(&q);
    for (size_t i = 0; i < COUNT(missing); i++) {
        const struct expected none = {missing[i], {NAN, NAN, NAN}};
        assert_features(&q, &none, 1);
    }
    assert_features(&q, known, COUNT(known));
    q.in.encoded = NULL;
    compute(&q);
    assert_features(&q, known, COUNT(known));
}

static void rows_are_padded_with_zeros_and_no_candidates_are_fine(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct asked q;

    ask_for_ada(&q, s);
    compute(&q);
    assert_int_equal(q.features.stride, FEATURE_STRIDE);
    assert_int_equal(q.features.count, CANDIDATES);
    for (int f = 0; f < FEATURE_COUNT; f++) {
        for (uint32_t i = CANDIDATES; i < FEATURE_STRIDE; i++)
            assert_true(value_of(&q, (enum feature)f, i) == 0);
    }
    q.set.count = 0;
    compute(&q);
    assert_int_equal(q.features.count, 0);
}

static void every_feature_has_a_name_of_its_own_and_a_meaning(void **state)
{
    for (int f = 0; f < FEATURE_COUNT; f++) {
        assert_true(strlen(feature_from((enum feature)f)) > 0);
        assert_true(strlen(feature_meaning((enum feature)f)) > 0);
        assert_true(strlen(feature_name((enum feature)f)) <= MODEL_NAME_MAX);
        for (int other = 0; other < f; other++)
            assert_string_not_equal(feature_name((enum feature)f),
                                    feature_name((enum feature)other));
    }
}

static bool matches(const char *const *names, uint32_t features)
{
    SCOPED(buffer_free) struct buffer json = {0};
    const struct made_tree leaf = {.nodes = {{.value = 1, .cover = 1}}, .node_count = 1};

    made_json_named(&leaf, 1, names, features, &json);
    SCOPED(model_close) struct model *m = model_of_json(buffer_text(&json));
    return features_match(m);
}

static void a_model_of_other_features_does_not_match(void **state)
{
    const char *names[FEATURE_COUNT + 1];

    for (int f = 0; f < FEATURE_COUNT; f++)
        names[f] = feature_name((enum feature)f);
    names[FEATURE_COUNT] = "one_more";
    assert_true(matches(names, FEATURE_COUNT));
    assert_false(matches(names, FEATURE_COUNT - 1));
    assert_false(matches(names, FEATURE_COUNT + 1));
    assert_false(matches(NULL, FEATURE_COUNT));
    const char *first = names[0];
    names[0] = names[1];
    names[1] = first;
    assert_false(matches(names, FEATURE_COUNT)); /* in another order */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transitions_are_those_from_the_last_products_of_the_session),
        cmocka_unit_test(the_catalog_says_what_a_product_costs_and_how_it_fits_the_session),
        cmocka_unit_test(looks_and_times_are_those_of_the_shopper),
        cmocka_unit_test(a_repeated_look_counts_as_one_product_clicked_again),
        cmocka_unit_test(sources_are_told_by_place_and_share_of_their_best_score),
        cmocka_unit_test(nearness_is_the_encoders),
        cmocka_unit_test(what_is_not_known_is_missing_and_never_zero),
        cmocka_unit_test(rows_are_padded_with_zeros_and_no_candidates_are_fine),
        cmocka_unit_test(every_feature_has_a_name_of_its_own_and_a_meaning),
        cmocka_unit_test(a_model_of_other_features_does_not_match),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
