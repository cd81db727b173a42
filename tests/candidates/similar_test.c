/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates/candidates.h"
#include "tests/support/scene.h"

/* Tables, stools and soaps, ten of each; tables and stools of oak are looked at together, soaps with
 * nothing. */
static struct scene *made(void)
{
    struct scene *s = scene_new();
    const enum event_type looks[] = {EVENT_view_item, EVENT_view_item};

    for (int i = 0; i < 10; i++) {
        scene_simple_product(s, arena_printf(&s->arena, "table-%d", i), "Oak table",
                             "Home > Tables");
        scene_simple_product(s, arena_printf(&s->arena, "stool-%d", i), "Pine stool",
                             "Home > Seats");
        scene_simple_product(s, arena_printf(&s->arena, "soap-%d", i), "Olive soap",
                             "Bath > Soaps");
    }
    for (int i = 0; i < 60; i++) {
        const struct text items[] = {text_from(arena_printf(&s->arena, "table-%d", i % 5)),
                                     text_from(arena_printf(&s->arena, "stool-%d", i % 7))};
        scene_session(s, looks, items, 2);
    }
    scene_train(s, 3, 3);
    return s;
}

static product_number product_of(const struct scene *s, const char *id)
{
    product_number n = catalog_find(s->state->catalog, text_from(id));

    assert_int_not_equal(n, PRODUCT_NONE);
    return n;
}

static struct candidate_inputs inputs_of(const struct scene *s, const struct seed *seeds,
                                         size_t count, enum rung rung)
{
    return (struct candidate_inputs){.generation = s->generation,
                                     .catalog = s->state->catalog,
                                     .popularity = s->state->popularity,
                                     .seeds = seeds,
                                     .seed_count = count,
                                     .support_viewed = 3,
                                     .support_bought = 3,
                                     .rung_allowed = rung,
                                     .now_ms = s->now_ms};
}

/* Everything `similar` proposes from one product at hand. */
static size_t similar_to(const struct scene *s, const char *id, enum rung rung,
                         struct candidate *out, size_t max)
{
    SCOPED(arena_free) struct arena a = {0};
    const struct seed seed = {product_of(s, id), EVIDENCE_VIEWED, true, true};
    struct candidate_inputs in = inputs_of(s, &seed, 1, rung);
    struct source *source = source_open(SOURCE_similar, &in, &a);
    size_t count = 0;

    while (source->next(source, &out[count])) {
        assert_int_not_equal(out[count].product, seed.product);
        assert_int_equal(out[count].evidence.reference, seed.product);
        assert_true(++count < max);
    }
    assert_false(source->next(source, &out[count]));
    return count;
}

static bool starts(const struct scene *s, const struct candidate *c, const char *prefix)
{
    return text_starts(catalog_item_id(s->state->catalog, c->product), prefix);
}

enum { FOUND_MAX = 100 };

static void what_says_the_same_of_itself_comes_first(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct candidate found[FOUND_MAX];
    size_t count = similar_to(s, "soap-3", RUNG_NEIGHBOURS, found, FOUND_MAX);

    assert_true(count >= 9);
    for (size_t i = 0; i < 9; i++) {
        assert_true(starts(s, &found[i], "soap-"));
        assert_int_equal(found[i].support, 0);
        assert_int_equal(candidate_rung(&found[i]), RUNG_CURATED);
    }
}

static void what_is_not_alike_is_not_proposed(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct candidate found[FOUND_MAX];
    size_t count = similar_to(s, "soap-3", RUNG_CURATED, found, FOUND_MAX);

    assert_int_equal(count, 9);
    for (size_t i = 0; i < count; i++)
        assert_true(starts(s, &found[i], "soap-"));
}

static void behaviour_counts_from_the_rung_neighbours_on(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct candidate found[FOUND_MAX];
    size_t tables = 0, supported = 0;
    size_t count = similar_to(s, "table-1", RUNG_CO_VIEW, found, FOUND_MAX);

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i].support, 0);
        tables += starts(s, &found[i], "table-");
    }
    assert_int_equal(tables, 9);
    count = similar_to(s, "table-1", RUNG_NEIGHBOURS, found, FOUND_MAX);
    for (size_t i = 0; i < count; i++) {
        bool by_behaviour = found[i].support > 0;
        assert_int_equal(candidate_rung(&found[i]), by_behaviour ? RUNG_NEIGHBOURS : RUNG_CURATED);
        supported += by_behaviour;
    }
    assert_true(supported > 0);
    struct candidate also = {.source = SOURCE_also_viewed, .support = 9};
    assert_int_equal(candidate_rung(&also), RUNG_CO_VIEW);
}

static void fewer_shoppers_than_wanted_leave_content_alone(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(arena_free) struct arena a = {0};
    const struct seed seed = {product_of(s, "table-1"), EVIDENCE_VIEWED, true, true};
    struct candidate_inputs in = inputs_of(s, &seed, 1, RUNG_NEIGHBOURS);
    struct candidate c;
    size_t count = 0;

    in.support_viewed = 1000; /* the program asks for more than when it was trained */
    struct source *source = source_open(SOURCE_similar, &in, &a);
    for (; source->next(source, &c); count++)
        assert_int_equal(c.support, 0);
    assert_true(count >= 9);
}

static void a_product_added_after_the_build_has_neighbours_and_is_one(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct candidate found[FOUND_MAX];
    bool there = false;

    scene_simple_product(s, "fresh", "Olive soap", "Bath > Soaps");
    size_t count = similar_to(s, "fresh", RUNG_NEIGHBOURS, found, FOUND_MAX);
    assert_true(count >= 10);
    for (size_t i = 0; i < 10; i++)
        assert_true(starts(s, &found[i], "soap-"));
    count = similar_to(s, "soap-0", RUNG_NEIGHBOURS, found, FOUND_MAX);
    for (size_t i = 0; i < count; i++)
        there = there || starts(s, &found[i], "fresh");
    assert_true(there);
}

static void a_product_no_longer_sold_still_leads_to_those_like_it(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct candidate found[FOUND_MAX];

    scene_unpublish(s, TEXT("soap-1"));
    scene_train(s, 3, 3); /* it has no vector now */
    assert_null(vectors_find(s->vectors, product_of(s, "soap-1"), NULL));
    assert_true(similar_to(s, "soap-1", RUNG_CURATED, found, FOUND_MAX) >= 9);
    assert_true(starts(s, &found[0], "soap-"));
}

static void sensitive_products_are_in_no_vector(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    struct text paths[] = {TEXT("Bath")};

    catalog_sensitive_set(s->state->catalog, paths, 1);
    scene_train(s, 3, 3);
    assert_null(vectors_find(s->vectors, product_of(s, "soap-1"), NULL));
    assert_non_null(vectors_find(s->vectors, product_of(s, "stool-1"), NULL));
    scene_simple_product(s, "fresh", "Olive soap", "Bath > Soaps");
    vectors_refresh(s->vectors, s->content, s->state->catalog);
    assert_null(vectors_find(s->vectors, product_of(s, "fresh"), NULL));
}

static void what_is_at_hand_outweighs_history_and_purchases_do_not_count(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(arena_free) struct arena a = {0};
    const struct seed seeds[] = {
        {product_of(s, "soap-1"), EVIDENCE_CART, true, true},
        {product_of(s, "soap-1"), EVIDENCE_VIEWED, true, false},
        {product_of(s, "stool-2"), EVIDENCE_BOUGHT, true, false},
        {product_of(s, "table-3"), EVIDENCE_VIEWED, true, false},
    };
    struct candidate_inputs in = inputs_of(s, seeds, COUNT(seeds), RUNG_CURATED);
    struct source *source = source_open(SOURCE_similar, &in, &a);
    struct candidate c;
    size_t count = 0, tables = 0;

    for (; source->next(source, &c); count++) {
        if (count < 9)
            assert_true(starts(s, &c, "soap-") && c.evidence.kind == EVIDENCE_CART);
        else
            assert_int_equal(c.evidence.reference, product_of(s, "table-3"));
        tables += starts(s, &c, "table-");
    }
    assert_int_equal(tables, 9);
}

static void without_vectors_there_is_nothing(void **state)
{
    SCOPED(scene_free) struct scene *s = scene_new();
    SCOPED(arena_free) struct arena a = {0};
    const struct seed seed = {0, EVIDENCE_VIEWED, true, true};
    struct candidate c;

    scene_simple_product(s, "a", "a", NULL);
    for (int i = 0; i < 2; i++) {
        struct candidate_inputs in = inputs_of(s, &seed, 1, RUNG_NEIGHBOURS);
        struct source *source = source_open(SOURCE_similar, &in, &a);
        assert_false(source->next(source, &c));
        scene_train(s, 3, 3); /* a product that says nothing of itself */
        assert_null(s->vectors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_says_the_same_of_itself_comes_first),
        cmocka_unit_test(what_is_not_alike_is_not_proposed),
        cmocka_unit_test(behaviour_counts_from_the_rung_neighbours_on),
        cmocka_unit_test(fewer_shoppers_than_wanted_leave_content_alone),
        cmocka_unit_test(a_product_added_after_the_build_has_neighbours_and_is_one),
        cmocka_unit_test(a_product_no_longer_sold_still_leads_to_those_like_it),
        cmocka_unit_test(sensitive_products_are_in_no_vector),
        cmocka_unit_test(what_is_at_hand_outweighs_history_and_purchases_do_not_count),
        cmocka_unit_test(without_vectors_there_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
