/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "candidates/candidates.h"
#include "tests/support/scene.h"

/* A shop where `hub` was seen with every one of 30 others by many, some more often, and bought with
 * a few, which were also put in the cart after it. */
static struct scene *made(void)
{
    struct scene *s = scene_new();
    const enum event_type looks[] = {EVENT_view_item, EVENT_view_item};
    const enum event_type buys[] = {EVENT_purchase, EVENT_purchase};
    const enum event_type carts[] = {EVENT_add_to_cart, EVENT_add_to_cart};

    for (int i = 0; i < 31; i++) {
        const char *id = i == 0 ? "hub" : arena_printf(&s->arena, "p%d", i);
        scene_simple_product(s, id, id, i % 2 == 0 ? "Even" : "Odd");
    }
    for (int i = 1; i < 31; i++) {
        const struct text both[] = {TEXT("hub"), text_from(arena_printf(&s->arena, "p%d", i))};
        for (int k = 0; k < 3 + i % 4; k++)
            scene_session(s, looks, both, 2);
        for (int k = 0; k < 4 && i < 5; k++) {
            scene_session(s, buys, both, 2);
            scene_session(s, carts, both, 2);
        }
    }
    scene_tick(s);
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
                                         size_t count)
{
    return (struct candidate_inputs){.generation = s->generation,
                                     .catalog = s->state->catalog,
                                     .popularity = s->state->popularity,
                                     .seeds = seeds,
                                     .seed_count = count,
                                     .category =
                                         catalog_category_find(s->state->catalog, TEXT("Even")),
                                     .support_viewed = 3,
                                     .support_bought = 3,
                                     .now_ms = s->now_ms};
}

static void every_source_yields_best_first_and_stays_at_its_end(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(arena_free) struct arena a = {0};
    const struct seed seeds[] = {
        {product_of(s, "hub"), EVIDENCE_CART, true, true},
        {product_of(s, "p4"), EVIDENCE_CART, true, false},
        {product_of(s, "p4"), EVIDENCE_VIEWED, true, false},
        {product_of(s, "p9"), EVIDENCE_BOUGHT, false, false},
    };
    const struct text ids[] = {TEXT("p3"), TEXT("p1")};
    const struct curated_list list = {ids, 2, 0};
    struct candidate_inputs in = inputs_of(s, seeds, COUNT(seeds));
    const product_number hub = seeds[0].product;
    struct session_vector encoded;

    in.lists = &list;
    in.list_count = 1;
    encoder_encode(s->encoder, &hub, 1, &encoded);
    in.encoded = &encoded;
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        struct source *source = source_open((enum source_kind)i, &in, &a);
        struct candidate c, last = {.score = 1e30F};
        size_t count = 0;
        while (source->next(source, &c)) {
            assert_int_equal(c.source, i);
            assert_true(c.score <= last.score);
            assert_int_not_equal(c.evidence.kind, EVIDENCE_NONE);
            assert_true(c.product < catalog_count(s->state->catalog));
            last = c;
            count++;
        }
        assert_true(count > 0);
        assert_false(source->next(source, &c));
        assert_false(source->next(source, &c));
    }
}

static void every_source_is_at_its_end_when_nothing_is_known(void **state)
{
    SCOPED(scene_free) struct scene *s = scene_new();
    SCOPED(arena_free) struct arena a = {0};
    struct candidate_inputs in = inputs_of(s, NULL, 0);
    struct candidate c;

    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        struct source *source = source_open((enum source_kind)i, &in, &a);
        assert_false(source->next(source, &c));
    }
}

static void evidence_is_a_seed_and_nothing_else(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(arena_free) struct arena a = {0};
    const struct seed seeds[] = {{product_of(s, "p2"), EVIDENCE_CART, true, true},
                                 {product_of(s, "hub"), EVIDENCE_VIEWED, true, false}};
    struct candidate_inputs in = inputs_of(s, seeds, COUNT(seeds));
    const enum source_kind kinds[] = {SOURCE_also_viewed, SOURCE_also_bought, SOURCE_neighbours};

    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct source *source = source_open(kinds[i], &in, &a);
        struct candidate c;
        while (source->next(source, &c)) {
            bool of_seed = false;
            for (size_t k = 0; k < COUNT(seeds); k++)
                of_seed = of_seed ||
                          (c.evidence.reference == seeds[k].product &&
                           (c.evidence.kind == seeds[k].kind ||
                            (c.evidence.kind == EVIDENCE_SELF && c.product == seeds[k].product)));
            assert_true(of_seed);
            assert_true(c.support >= 3);
        }
    }
}

static bool is_of_few(void *context, product_number n)
{
    const product_number *few = context;

    return n == few[0] || n == few[1] || n == few[2];
}

/* A shop of more bestsellers than its list holds, in five categories: what a rule leaves of them is found
 * below the list's end, best first, each as what sells in its category. */
static void bestsellers_go_on_with_what_is_wanted_of_every_category(void **state)
{
    enum { PRODUCTS = POPULARITY_LIST_MAX + 60, LEAST = 3 };
    SCOPED(scene_free) struct scene *s = scene_new();
    SCOPED(arena_free) struct arena a = {0};
    struct candidate c, last = {.score = 1e30F};
    size_t found = 0;

    for (int i = 0; i < PRODUCTS; i++) {
        const char *id = arena_printf(&s->arena, "p%d", i);
        scene_simple_product(s, id, id, arena_printf(&s->arena, "Shelf %d", i % 5));
        for (int k = 0; k < PRODUCTS - i; k++) /* p0 most */
            popularity_fold(s->state->popularity, product_of(s, id), EVENT_view_item, 1, s->now_ms);
    }
    scene_tick(s);
    product_number few[LEAST] = {product_of(s, "p230"), product_of(s, "p210"), product_of(s, "p3")};
    struct candidate_inputs in = inputs_of(s, NULL, 0);
    in.category = 0;
    struct source *list = source_open(SOURCE_bestsellers, &in, &a);
    size_t listed = 0;
    while (list->next(list, &c))
        listed++;
    assert_int_equal(listed, POPULARITY_LIST_MAX);
    in.wanted = is_of_few;
    in.wanted_context = few;
    struct source *wide = source_open(SOURCE_bestsellers, &in, &a);
    const product_number order[LEAST] = {few[2], few[1], few[0]};
    for (size_t i = 0; wide->next(wide, &c); i++) {
        assert_true(c.score <= last.score);
        last = c;
        if (i < POPULARITY_LIST_MAX)
            continue;
        assert_in_range(found, 0, LEAST - 1);
        assert_int_equal(c.product, order[found++]);
        assert_int_equal(c.evidence.kind, EVIDENCE_POPULAR);
        assert_int_equal(c.evidence.reference, catalog_category(s->state->catalog, c.product));
    }
    assert_int_equal(found, LEAST);
    assert_false(wide->next(wide, &c));
}

/* Promise 5: take the evidence away and the claim disappears. */
static void without_the_seed_no_candidate_rests_on_it(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(arena_free) struct arena a = {0};
    const struct seed seed = {product_of(s, "p7"), EVIDENCE_VIEWED, true, true};
    struct candidate_inputs in = inputs_of(s, &seed, 1);
    struct candidate c;

    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        in.seed_count = 1;
        struct source *with = source_open((enum source_kind)i, &in, &a);
        size_t rests = 0;
        while (with->next(with, &c))
            rests += c.evidence.kind == EVIDENCE_VIEWED && c.evidence.reference == seed.product;
        in.seed_count = 0;
        struct source *without = source_open((enum source_kind)i, &in, &a);
        while (without->next(without, &c))
            assert_false(c.evidence.kind == EVIDENCE_VIEWED || c.evidence.kind == EVIDENCE_SELF);
        if (i == SOURCE_also_viewed)
            assert_true(rests > 0);
    }
}

static void what_is_at_hand_outweighs_history(void **state)
{
    SCOPED(scene_free) struct scene *s = scene_new();
    SCOPED(arena_free) struct arena a = {0};
    const enum event_type looks[] = {EVENT_view_item, EVENT_view_item};
    const struct text new_pair[] = {TEXT("new"), TEXT("beside-new")};
    const struct text old_pair[] = {TEXT("old"), TEXT("beside-old")};

    for (size_t i = 0; i < 2; i++) {
        scene_simple_product(s, new_pair[i].data, "x", NULL);
        scene_simple_product(s, old_pair[i].data, "x", NULL);
    }
    for (int i = 0; i < 6; i++) {
        scene_session(s, looks, old_pair, 2);
        scene_session(s, looks, new_pair, 2);
    }
    scene_train(s, 3, 3);
    struct seed seeds[] = {{product_of(s, "new"), EVIDENCE_VIEWED, true, false},
                           {product_of(s, "old"), EVIDENCE_VIEWED, true, false}};
    struct candidate_inputs in = inputs_of(s, seeds, 2);
    struct candidate c;
    struct source *source = source_open(SOURCE_also_viewed, &in, &a);
    assert_true(source->next(source, &c)); /* the newer counts more */
    assert_int_equal(c.product, product_of(s, "beside-new"));
    const float newer = c.score;
    assert_true(source->next(source, &c));
    const float share = c.score / newer;

    seeds[0].at_hand = true;
    source = source_open(SOURCE_also_viewed, &in, &a);
    assert_true(source->next(source, &c));
    assert_int_equal(c.product, product_of(s, "beside-new"));
    const float at_hand = c.score;
    assert_true(source->next(source, &c));
    assert_true(c.score / at_hand < share);
}

static size_t count_all(enum source_kind kind, const struct candidate_inputs *in, struct arena *a)
{
    struct source *source = source_open(kind, in, a);
    struct candidate c;
    size_t count = 0;

    while (source->next(source, &c))
        count++;
    return count;
}

static void complement_starts_from_cart_lines_at_hand_alone(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(arena_free) struct arena a = {0};
    struct seed seed = {product_of(s, "hub"), EVIDENCE_CART, true, true};
    struct candidate_inputs in = inputs_of(s, &seed, 1);

    /* p1 and p3: of p2 and p4 nothing is known but that they are Even as it is, so they would do as well */
    assert_int_equal(count_all(SOURCE_complement, &in, &a), 2);
    in.support_viewed = 5; /* a shop that asks for more gets less */
    assert_int_equal(count_all(SOURCE_complement, &in, &a), 0);
    in.support_viewed = 3;
    seed.at_hand = false; /* put in the cart once */
    assert_int_equal(count_all(SOURCE_complement, &in, &a), 0);
    seed = (struct seed){seed.product, EVIDENCE_VIEWED, true, true};
    assert_int_equal(count_all(SOURCE_complement, &in, &a), 0);
    seed = (struct seed){product_of(s, "p1"), EVIDENCE_CART, true, true};
    assert_int_equal(count_all(SOURCE_complement, &in, &a), 0); /* what came before it */
}

static void a_generation_from_before_complement_has_none(void **state)
{
    SCOPED(scene_free) struct scene *s = made();
    SCOPED(arena_free) struct arena a = {0};
    const struct seed seed = {product_of(s, "hub"), EVIDENCE_CART, true, true};
    struct candidate_inputs in = inputs_of(s, &seed, 1);

    s->trained.complement = NULL;
    assert_int_equal(count_all(SOURCE_complement, &in, &a), 0);
    assert_true(count_all(SOURCE_also_bought, &in, &a) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_source_yields_best_first_and_stays_at_its_end),
        cmocka_unit_test(every_source_is_at_its_end_when_nothing_is_known),
        cmocka_unit_test(evidence_is_a_seed_and_nothing_else),
        cmocka_unit_test(bestsellers_go_on_with_what_is_wanted_of_every_category),
        cmocka_unit_test(without_the_seed_no_candidate_rests_on_it),
        cmocka_unit_test(what_is_at_hand_outweighs_history),
        cmocka_unit_test(complement_starts_from_cart_lines_at_hand_alone),
        cmocka_unit_test(a_generation_from_before_complement_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
