/* SPDX-License-Identifier: Apache-2.0 */
/* What `evaluate` says of an answer beside its accuracy, on answers one can work out by hand. */
#include <math.h>

#include "paths/evaluation.h"
#include "tests/support/scene.h"

static void assert_close(double a, double b)
{
    if (fabs(a - b) > 1e-6)
        fail_msg("%.9f is not %.9f", a, b);
}

static struct scene *made(void)
{
    const enum event_type looks[] = {EVENT_view_item, EVENT_view_item};
    struct scene *s = scene_new();

    scene_simple_product(s, "t1", "Oak table", "Home > Tables");
    scene_simple_product(s, "t2", "Oak table", "Home > Tables");
    scene_simple_product(s, "s1", "Pine stool", "Home > Seats");
    scene_simple_product(s, "h", "Pine thing", "Home");
    scene_simple_product(s, "b", "Olive soap", "Bath > Soaps");
    scene_simple_product(s, "x", "Of no category", NULL);
    for (int i = 0; i < 7; i++) {
        const struct text items[] = {TEXT("t1"), i < 3 ? TEXT("t2") : TEXT("s1")};
        scene_session(s, looks, items, 2);
    }
    scene_train(s, 3, 3);
    return s;
}

static struct rung_figures figures_of(const struct scene *s, const char *const lists[][4],
                                      size_t list_count)
{
    const struct walk walk = {.state = s->state, .generation = s->generation};
    SCOPED(diversity_end) struct diversity d;
    struct rung_figures out = {.present = true};

    diversity_begin(&d, &walk);
    for (size_t i = 0; i < list_count; i++) {
        struct answer_item items[4] = {{.slot = 0}};
        struct answer answer = {.items = items};
        for (; answer.item_count < 4 && lists[i][answer.item_count] != NULL; answer.item_count++)
            items[answer.item_count].product =
                catalog_find(s->state->catalog, text_from(lists[i][answer.item_count]));
        diversity_add(&d, &answer);
    }
    diversity_figures(&d, &out);
    return out;
}

static void categories_are_apart_by_the_tree(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    static const char *const same[][4] = {{"t1", "t2"}}, *const sibling[][4] = {{"t1", "s1"}},
                             *const parent[][4] = {{"t1", "h"}}, *const other[][4] = {{"t1", "b"}},
                             *const none[][4] = {{"t1", "x"}},
                             *const two[][4] = {{"t1", "t2", "s1", "x"}, {"b", "h"}, {"b"}, {NULL}};

    assert_close(figures_of(s, same, 1).ild_category, 0);
    assert_close(figures_of(s, sibling, 1).ild_category, 0.5);
    assert_close(figures_of(s, parent, 1).ild_category, 0.5);
    assert_close(figures_of(s, other, 1).ild_category, 1);
    assert_true(isnan(figures_of(s, none, 1).ild_category));
    assert_close(figures_of(s, two, 4).ild_category, (1.0 / 3 + 1) / 2); /* lists count alike */
}

static void vectors_are_apart_by_their_likeness(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    static const char *const self[][4] = {{"t1", "t1"}}, *const pair[][4] = {{"t1", "s1"}},
                             *const mixed[][4] = {{"t1", "t1", "s1"}}, *const one[][4] = {{"t1"}};
    double apart = figures_of(s, pair, 1).ild_vector, none = figures_of(s, self, 1).ild_vector;

    assert_true(none >= 0 &&
                apart > none + 0.1); /* what few shoppers know is not quite its own like */
    assert_close(figures_of(s, mixed, 1).ild_vector, (none + 2 * apart) / 3);
    assert_true(isnan(figures_of(s, one, 1).ild_vector));
}

static void what_few_sessions_hold_is_news(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    static const char *const all[][4] = {{"t1"}, {"t2", "b"}};

    /* held by 7, 3 and none of 7 sessions */
    assert_close(figures_of(s, all, 2).novelty, (0 - log2(4.0 / 8) - log2(1.0 / 8)) / 3);
    s->generation = NULL;
    assert_true(isnan(figures_of(s, all, 2).novelty));
    assert_true(isnan(figures_of(s, all, 2).ild_vector));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(categories_are_apart_by_the_tree),
        cmocka_unit_test(vectors_are_apart_by_their_likeness),
        cmocka_unit_test(what_few_sessions_hold_is_news),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
