/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "features/features.h"
#include "indexes/vectors.h"
#include "tests/support/scene.h"

/* Four tables and four soaps, of each half looked at in the same sessions. */
static struct scene *made(void)
{
    struct scene *s = scene_new();
    const enum event_type looks[] = {EVENT_view_item, EVENT_view_item};

    for (int i = 0; i < 4; i++) {
        scene_simple_product(s, arena_printf(&s->arena, "table-%d", i), "Oak table", "Tables");
        scene_simple_product(s, arena_printf(&s->arena, "soap-%d", i), "Olive soap", "Soaps");
    }
    for (int i = 0; i < 20; i++) {
        const char *what = i % 2 == 0 ? "table" : "soap";
        const struct text items[] = {text_from(arena_printf(&s->arena, "%s-0", what)),
                                     text_from(arena_printf(&s->arena, "%s-1", what))};
        scene_session(s, looks, items, 2);
    }
    scene_train(s, 3, 3);
    return s;
}

static product_number product_of(const struct scene *s, const char *id)
{
    return catalog_find(s->state->catalog, text_from(id));
}

/* The features of `candidate` in a session of these products, newest first. */
static struct features features_of(const struct scene *s, product_number candidate,
                                   const product_number *session, size_t count, struct arena *a)
{
    static const struct profile nobody;
    struct seed *seeds = arena_array(a, count, sizeof(*seeds));
    struct candidate_set set = {arena_array(a, 1, sizeof(*set.products)),
                                arena_array(a, 1, sizeof(*set.said)), 1};
    struct features out;

    set.products[0] = candidate;
    for (size_t i = 0; i < count; i++)
        seeds[i] = (struct seed){session[i], EVIDENCE_VIEWED, true, false};
    const struct feature_inputs in = {.generation = s->generation,
                                      .catalog = s->state->catalog,
                                      .profile = &nobody,
                                      .seeds = seeds,
                                      .seed_count = count,
                                      .candidates = &set,
                                      .now_ms = s->now_ms};
    features_compute(&in, &out, a);
    return out;
}

static float value(const struct features *f, enum feature feature)
{
    return f->values[feature * f->stride];
}

static void a_candidate_is_compared_with_the_session(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(arena_free) struct arena a = {0};
    const product_number session[] = {product_of(s, "table-0"), product_of(s, "soap-0")};
    product_number candidate = product_of(s, "soap-1");
    const struct vectors *v = s->generation->vectors;
    float first =
        vectors_likeness(vectors_find(v, session[0], NULL), vectors_find(v, candidate, NULL));
    float second =
        vectors_likeness(vectors_find(v, session[1], NULL), vectors_find(v, candidate, NULL));
    struct features f = features_of(s, candidate, session, 2, &a);

    assert_true(second > 0.5F && second > first + 0.3F);
    assert_true(value(&f, FEATURE_alike_1) == first);
    assert_true(value(&f, FEATURE_alike_nearest) == second);
    assert_true(value(&f, FEATURE_alike_mean) == (first + second) / 2);
}

static void a_product_of_a_minute_ago_is_compared_too(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(arena_free) struct arena a = {0};
    const product_number session[] = {product_of(s, "table-3")};

    scene_simple_product(s, "fresh", "Oak table", "Tables");
    struct features f = features_of(s, product_of(s, "fresh"), session, 1, &a);
    assert_true(value(&f, FEATURE_alike_1) > 0.6F); /* 0.7 of content that is the same */
}

static void what_has_no_vector_is_further_than_anything(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(arena_free) struct arena a = {0};
    const product_number session[] = {product_of(s, "table-0")};

    scene_simple_product(s, "odd", "Zyx", NULL);
    struct features f = features_of(s, product_of(s, "odd"), session, 1, &a);
    assert_true(value(&f, FEATURE_alike_1) == VECTORS_APART);
    assert_true(value(&f, FEATURE_alike_nearest) == VECTORS_APART);
    assert_true(vectors_likeness(NULL, NULL) == VECTORS_APART);
}

static void without_vectors_or_session_it_is_missing(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(arena_free) struct arena a = {0};
    const product_number session[] = {product_of(s, "table-0")};
    product_number candidate = product_of(s, "table-1");

    struct features f = features_of(s, candidate, session, 0, &a);
    assert_true(isnan(value(&f, FEATURE_alike_mean)));
    s->trained.vectors = NULL;
    f = features_of(s, candidate, session, 1, &a);
    assert_true(isnan(value(&f, FEATURE_alike_1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_candidate_is_compared_with_the_session),
        cmocka_unit_test(a_product_of_a_minute_ago_is_compared_too),
        cmocka_unit_test(what_has_no_vector_is_further_than_anything),
        cmocka_unit_test(without_vectors_or_session_it_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
