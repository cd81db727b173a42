/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates/variety.h"

#include "base/money.h"
#include "base/random.h"
#include "tests/support/scene.h"

enum { KINDS = 3, OF_KIND = 10, PRODUCTS = KINDS * OF_KIND };

/* Ten oak tables, ten pine stools beside them under Home, ten soaps elsewhere; tables and stools are
 * looked at by themselves, soaps by nobody. */
static struct scene *made(bool trained)
{
    static const char *const titles[KINDS] = {"Oak table", "Pine stool", "Olive soap"};
    static const char *const categories[KINDS] = {"Home > Tables", "Home > Seats", "Bath > Soaps"};
    static const char *const brands[KINDS] = {"Nord", "Sud", "Est"};
    const enum event_type looks[] = {EVENT_view_item, EVENT_view_item};
    struct scene *s = scene_new();

    for (int i = 0; i < PRODUCTS; i++) {
        struct product p = product_blank();
        p.item_id = text_from(arena_printf(&s->arena, "p-%d", i));
        p.title = text_from(titles[i / OF_KIND]);
        p.category = text_from(categories[i / OF_KIND]);
        p.brand = text_from(brands[i / OF_KIND]);
        p.price = MONEY_UNIT;
        scene_product(s, &p);
    }
    for (int i = 0; i < 60; i++) {
        int from = i % 2 * OF_KIND;
        const struct text items[] = {
            text_from(arena_printf(&s->arena, "p-%d", from + i % OF_KIND)),
            text_from(arena_printf(&s->arena, "p-%d", from + (i / 2 + 1) % OF_KIND))};
        scene_session(s, looks, items, 2);
    }
    if (trained)
        scene_train(s, 3, 3);
    return s;
}

/* Tables first, then stools, then soaps. */
static struct variety_inputs inputs_of(const struct scene *s, struct candidate out[PRODUCTS],
                                       uint32_t variety_ppm)
{
    for (int i = 0; i < PRODUCTS; i++) {
        SCOPED(arena_free) struct arena a = {0};
        out[i] = (struct candidate){
            .product = catalog_find(s->state->catalog, text_from(arena_printf(&a, "p-%d", i)))};
        assert_int_not_equal(out[i].product, PRODUCT_NONE);
    }
    return (struct variety_inputs){.generation = s->generation,
                                   .catalog = s->state->catalog,
                                   .candidates = out,
                                   .count = PRODUCTS,
                                   .places = 8,
                                   .variety_ppm = variety_ppm,
                                   .behaviour = true};
}

static void a_trace_of_variety_changes_nothing_and_all_of_it_shows_every_kind(void **state)
{
    for (int trained = 0; trained < 2; trained++) {
        SCOPED(scene_free) struct scene *s = made(trained != 0);
        struct candidate candidates[PRODUCTS];
        uint32_t from[PRODUCTS];
        struct variety_inputs in = inputs_of(s, candidates, 10);

        assert_true((s->generation != NULL) == (trained != 0));
        variety_order(&in, from, &s->arena);
        for (uint32_t i = 0; i < PRODUCTS; i++)
            assert_int_equal(from[i], i);
        in.variety_ppm = VARIETY_ALL_PPM;
        variety_order(&in, from, &s->arena);
        assert_int_equal(from[0], 0);           /* the best comes first */
        assert_int_equal(from[1] / OF_KIND, 2); /* soaps are no sibling */
        assert_int_equal(from[2] / OF_KIND, 1);
    }
}

static void more_variety_brings_other_kinds_further_up(void **state)
{
    SCOPED(scene_free) struct scene *s = made(true);
    struct candidate candidates[PRODUCTS];
    uint32_t from[PRODUCTS], before = PRODUCTS;
    uint32_t moved = 0;

    for (uint32_t ppm = 100000; ppm <= 900000; ppm += 100000) {
        struct variety_inputs in = inputs_of(s, candidates, ppm);
        uint32_t first = 0;
        variety_order(&in, from, &s->arena);
        while (first < PRODUCTS && from[first] / OF_KIND == 0)
            first++;
        assert_true(first <= before);
        moved += first < before;
        before = first;
    }
    assert_true(moved >= 2);
    assert_true(before <= 2);
}

static void scores_that_are_close_are_given_up_more_easily(void **state)
{
    SCOPED(scene_free) struct scene *s = made(true);
    struct candidate candidates[PRODUCTS];
    uint32_t close[PRODUCTS], apart[PRODUCTS];
    float scores[PRODUCTS];
    struct variety_inputs in = inputs_of(s, candidates, 400000);

    in.scores = scores;
    for (int i = 0; i < PRODUCTS; i++) /* the last is far below, all others are nearly equal */
        scores[i] = i == PRODUCTS - 1 ? -100 : 1 - 0.001F * (float)i;
    variety_order(&in, close, &s->arena);
    for (int i = 0; i < PRODUCTS; i++) /* nothing comes near the first eight */
        scores[i] = i < 8 ? 100 - (float)i : -100 - (float)i;
    variety_order(&in, apart, &s->arena);
    assert_true(close[1] / OF_KIND != 0);
    for (uint32_t i = 0; i < 8; i++)
        assert_true(apart[i] < 8);
    for (int i = 0; i < PRODUCTS; i++)
        scores[i] = 3; /* no score says anything: the place does */
    in.variety_ppm = 10;
    variety_order(&in, close, &s->arena);
    for (uint32_t i = 0; i < PRODUCTS; i++)
        assert_int_equal(close[i], i);
}

static void a_score_above_one_further_up_counts_as_that(void **state)
{
    SCOPED(scene_free) struct scene *s = made(true);
    struct candidate candidates[PRODUCTS];
    uint32_t from[PRODUCTS];
    float scores[PRODUCTS];
    struct variety_inputs in = inputs_of(s, candidates, 10);

    in.scores = scores;
    for (int i = 0; i < PRODUCTS; i++)
        scores[i] = i == 12 ? 50 : (float)(PRODUCTS - i); /* it was put down there on purpose */
    variety_order(&in, from, &s->arena);
    for (uint32_t i = 0; i < PRODUCTS; i++)
        assert_int_equal(from[i], i);
}

/* The same rule by its plain words: everything compared with everything, each time anew. */
static double alike(const struct scene *s, product_number a, product_number b)
{
    const struct catalog *c = s->state->catalog;
    category_number x = catalog_category(c, a), y = catalog_category(c, b);
    category_number above_x = catalog_category_parent(c, x),
                    above_y = catalog_category_parent(c, y);
    double category = x == y ? 1 : x == above_y || y == above_x || above_x == above_y ? 0.5 : 0;
    double brand = catalog_brand(c, a) == catalog_brand(c, b) ? 1 : 0;
    const struct product_vector *v = vectors_find(s->generation->vectors, a, NULL);
    const struct product_vector *w = vectors_find(s->generation->vectors, b, NULL);

    if (v == NULL || w == NULL)
        return 0.75 * category + 0.25 * brand;
    double vector = (double)vectors_likeness(v, w);
    vector = vector < 0 ? 0 : vector > 1 ? 1 : vector;
    return 0.5 * vector + 0.375 * category + 0.125 * brand;
}

static void assert_best_at(const struct scene *s, const struct variety_inputs *in,
                           const uint32_t *from, size_t place)
{
    double v = in->variety_ppm / 1e6, most = -10, chosen = -10;

    for (uint32_t i = 0; i < in->count; i++) {
        double crowded = 0;
        bool placed = false;
        for (size_t k = 0; k < place; k++) {
            double near = alike(s, in->candidates[i].product, in->candidates[from[k]].product);
            crowded = near > crowded ? near : crowded;
            placed = placed || from[k] == i;
        }
        double relevance = (double)(in->count - i) / (double)in->count;
        double worth = (1 - v) * relevance - v * crowded;
        if (!placed && worth > most)
            most = worth;
        if (i == from[place])
            chosen = worth;
    }
    assert_true(chosen > most - 0.001); /* but for rounding */
}

static void every_place_goes_to_what_is_worth_most_there(void **state)
{
    SCOPED(scene_free) struct scene *s = made(true);
    struct candidate candidates[PRODUCTS], all[PRODUCTS];
    struct random random;
    uint32_t from[PRODUCTS];

    random_seed(&random, 7);
    for (int round = 0; round < 200; round++) {
        struct variety_inputs in = inputs_of(s, all, 1 + random_below(&random, VARIETY_ALL_PPM));
        bool there[PRODUCTS] = {false};
        for (uint32_t i = 0; i < PRODUCTS; i++) {
            uint32_t with = i + random_below(&random, PRODUCTS - i);
            struct candidate swapped = all[i];
            candidates[i] = all[i] = all[with];
            all[with] = swapped;
        }
        in.candidates = candidates;
        in.count = 1 + random_below(&random, PRODUCTS);
        in.places = 1 + random_below(&random, PRODUCTS);
        variety_order(&in, from, &s->arena);
        for (size_t i = 0; i < in.count; i++) {
            assert_true(from[i] < in.count && !there[from[i]]);
            there[from[i]] = true;
            if (i < in.places)
                assert_best_at(s, &in, from, i);
            else if (i > in.places)
                assert_true(from[i] > from[i - 1]); /* the rest keeps its order */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_of_variety_changes_nothing_and_all_of_it_shows_every_kind),
        cmocka_unit_test(more_variety_brings_other_kinds_further_up),
        cmocka_unit_test(scores_that_are_close_are_given_up_more_easily),
        cmocka_unit_test(a_score_above_one_further_up_counts_as_that),
        cmocka_unit_test(every_place_goes_to_what_is_worth_most_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
