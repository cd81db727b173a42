/* SPDX-License-Identifier: Apache-2.0 */
#include "train/substitutes.h"

#include "tests/support/scene.h"

static bool alike(struct scene *s, const char *a, const char *b)
{
    struct substitutes substitutes = {.catalog = s->state->catalog};
    product_number x = catalog_find(s->state->catalog, text_from(a));
    product_number y = catalog_find(s->state->catalog, text_from(b));
    bool there = substitutes_are(&substitutes, x, y);

    assert_int_equal(substitutes_are(&substitutes, y, x), there);
    arena_free(&substitutes.scratch);
    return there;
}

static void a_substitute_is_of_the_same_category_and_called_alike(void **state)
{
    SCOPED(scene_free) struct scene *s = scene_new();

    scene_simple_product(s, "table", "Oak table", "Home > Tables");
    scene_simple_product(s, "desk", "oak TABLE, with drawers (white)", "Home > Tables");
    scene_simple_product(s, "pine", "Pine table", "Home > Tables");
    scene_simple_product(s, "trestle", "Pair of trestles", "Home > Tables");
    scene_simple_product(s, "above", "Oak table", "Home");
    scene_simple_product(s, "elsewhere", "Oak table", "Garden > Tables");
    scene_simple_product(s, "nowhere", "Oak table", NULL);
    scene_simple_product(s, "neither", "Oak table", NULL);

    assert_true(alike(s, "table", "desk"));
    assert_true(alike(s, "table", "pine")); /* one word of two */
    assert_false(alike(s, "table", "trestle"));
    assert_false(alike(s, "pine", "trestle"));
    assert_false(alike(s, "table", "above"));
    assert_false(alike(s, "table", "elsewhere"));
    assert_false(alike(s, "nowhere", "neither")); /* no category says nothing */
}

static void what_has_no_words_is_no_substitute(void **state)
{
    SCOPED(scene_free) struct scene *s = scene_new();

    scene_simple_product(s, "dots", "...", "Home");
    scene_simple_product(s, "dashes", "---", "Home");
    scene_simple_product(s, "glass", "Tischlampe Größe", "Home");
    scene_simple_product(s, "wood", "Tischlampe Große", "Home");
    assert_false(alike(s, "dots", "dashes"));
    assert_true(alike(s, "glass", "wood"));
}

static void a_title_of_very_many_words_is_cut(void **state)
{
    SCOPED(scene_free) struct scene *s = scene_new();
    char title[PRODUCT_TITLE_MAX];

    for (size_t i = 0; i < sizeof(title) - 1; i++)
        title[i] = i % 3 == 2 ? ' ' : (char)('a' + i * (i % 3 + 1) / 7 % 26);
    title[sizeof(title) - 1] = '\0';
    scene_simple_product(s, "long", title, "Home");
    scene_simple_product(s, "same", title, "Home");
    assert_true(alike(s, "long", "same"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_substitute_is_of_the_same_category_and_called_alike),
        cmocka_unit_test(what_has_no_words_is_no_substitute),
        cmocka_unit_test(a_title_of_very_many_words_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
