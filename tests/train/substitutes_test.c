/* SPDX-License-Identifier: Apache-2.0 */
#include "train/substitutes.h"

#include <math.h>

#include "tests/support/scene.h"

/* Products with vectors of their own, in the order of their numbers. */
struct shelf {
    struct scene *scene;
    struct vectors *vectors;
};

static void put(struct shelf *s, const char *item, const char *category)
{
    scene_simple_product(s->scene, item, item, category);
}

/* Content of that cosine with that of the first; behaviour of all is the same. */
static void vectors_of(struct shelf *s, const double *cosines, uint32_t count)
{
    static const uint32_t shoppers[8] = {50, 50, 50, 50, 50, 50, 50, 50};
    struct product_vector made[8] = {{{0}, 0, {0}}};
    product_number products[8];
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct error err = {0};

    for (uint32_t i = 0; i < count; i++) {
        products[i] = i;
        made[i].behaviour[0] = VECTOR_UNIT;
        made[i].sure = VECTOR_SURE;
        made[i].content[0] = (int8_t)lrint(cosines[i] * VECTOR_UNIT);
        made[i].content[1] = (int8_t)lrint(sqrt(1 - cosines[i] * cosines[i]) * VECTOR_UNIT);
    }
    const struct vector_set set = {count, count, products, shoppers, made, false};
    test_path(path, test_dir(dir), "vectors.bin");
    assert_int_equal(vectors_build(&set, NULL, NULL, path, &err), OK);
    assert_int_equal(vectors_open(&s->vectors, path, &err), OK);
}

static bool alike(const struct shelf *s, const char *a, const char *b)
{
    struct substitutes substitutes = {s->scene->state->catalog, s->vectors};
    product_number x = catalog_find(s->scene->state->catalog, text_from(a));
    product_number y = catalog_find(s->scene->state->catalog, text_from(b));
    bool there = substitutes_are(&substitutes, x, y);

    assert_int_equal(substitutes_are(&substitutes, y, x), there);
    return there;
}

static void a_substitute_is_of_the_same_category_and_has_a_close_vector(void **state)
{
    static const double cosines[] = {1, 0.5, 0.3, 0.9, 0.9, 0.9};
    SCOPED(scene_free) struct scene *scene = scene_new();
    struct shelf s = {.scene = scene};

    put(&s, "table", "Home > Tables");
    put(&s, "desk", "Home > Tables");
    put(&s, "trestle", "Home > Tables");
    put(&s, "above", "Home");
    put(&s, "elsewhere", "Garden > Tables");
    put(&s, "nowhere", NULL);
    put(&s, "unseen", "Home > Tables"); /* it has no vector */
    vectors_of(&s, cosines, COUNT(cosines));

    assert_true(alike(&s, "table", "desk"));
    assert_false(alike(&s, "table", "trestle"));
    assert_false(alike(&s, "table", "above"));
    assert_false(alike(&s, "table", "elsewhere"));
    assert_false(alike(&s, "nowhere", "nowhere"));
    assert_false(alike(&s, "table", "unseen"));
    vectors_close(&s.vectors);
}

static void without_vectors_nothing_is_known_to_be_a_substitute(void **state)
{
    SCOPED(scene_free) struct scene *scene = scene_new();
    struct shelf s = {.scene = scene};

    put(&s, "table", "Home");
    put(&s, "desk", "Home");
    assert_false(alike(&s, "table", "desk"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_substitute_is_of_the_same_category_and_has_a_close_vector),
        cmocka_unit_test(without_vectors_nothing_is_known_to_be_a_substitute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
