/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates/candidates.h"

#include "tests/support/test.h"

/* A source that gives what it was told, and counts how often it was asked. */
struct told {
    struct source source;
    const product_number *products;
    size_t count, at, asked;
};

static bool told_next(struct source *self, struct candidate *out)
{
    struct told *t = (struct told *)self;

    t->asked++;
    if (t->at == t->count)
        return false;
    *out = (struct candidate){.product = t->products[t->at],
                              .score = 1.0F / (float)(1 + t->at),
                              .source = t->source.kind};
    t->at++;
    return true;
}

static struct told told(enum source_kind kind, const product_number *products, size_t count)
{
    return (struct told){{kind, told_next}, products, count, 0, 0};
}

static const product_number first[] = {5, 3, 8}, second[] = {3, 9, 5, 7};

static const char *no_nines(void *context, const struct candidate *c)
{
    (void)context;
    return c->product == 9 ? "nine" : NULL;
}

static void the_first_source_to_propose_a_product_keeps_it(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct told x = told(SOURCE_neighbours, first, 3), y = told(SOURCE_also_viewed, second, 4);
    struct source *sources[] = {&x.source, &y.source};
    struct candidate out[10];
    struct gather g = {.sources = sources, .source_count = 2, .per_source_max = 10, .max = 10};

    assert_int_equal(candidates_gather(&g, out, &a), 5);
    const product_number expected[] = {5, 3, 8, 9, 7};
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(out[i].product, expected[i]);
        assert_int_equal(out[i].source, i < 3 ? SOURCE_neighbours : SOURCE_also_viewed);
    }
}

static void what_is_not_admitted_is_dropped_with_its_word(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct told x = told(SOURCE_neighbours, first, 3), y = told(SOURCE_also_viewed, second, 4);
    struct source *sources[] = {&x.source, &y.source};
    struct candidate out[10];
    struct proposal proposals[20];
    struct gather g = {.sources = sources,
                       .source_count = 2,
                       .per_source_max = 10,
                       .max = 10,
                       .admit = no_nines,
                       .proposals = proposals,
                       .proposals_max = 20};

    assert_int_equal(candidates_gather(&g, out, &a), 4);
    assert_int_equal(g.proposal_count, 7);
    static const char *const dropped[] = {NULL, NULL, NULL, "duplicate", "nine", "duplicate", NULL};
    for (size_t i = 0; i < COUNT(dropped); i++) {
        if (dropped[i] == NULL)
            assert_null(proposals[i].dropped);
        else
            assert_string_equal(proposals[i].dropped, dropped[i]);
    }
}

static void pulling_stops_when_there_is_enough(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct told x = told(SOURCE_neighbours, first, 3), y = told(SOURCE_also_viewed, second, 4);
    struct source *sources[] = {&x.source, &y.source};
    struct candidate out[3];
    struct gather g = {.sources = sources, .source_count = 2, .per_source_max = 10, .max = 3};

    assert_int_equal(candidates_gather(&g, out, &a), 3);
    assert_int_equal(x.asked, 3);
    assert_int_equal(y.asked, 0);
    x.at = x.asked = 0;
    g.per_source_max = 1;
    assert_int_equal(candidates_gather(&g, out, &a), 2);
    assert_int_equal(x.asked, 1);
    assert_int_equal(y.asked, 1);
}

static bool no_neighbours(void *context, enum source_kind kind)
{
    (void)context;
    return kind != SOURCE_neighbours;
}

static void a_source_that_may_not_be_pulled_is_passed_over(void **state)
{
    SCOPED(arena_free) struct arena a = {0};
    struct told x = told(SOURCE_neighbours, first, 3), y = told(SOURCE_also_viewed, second, 4);
    struct source *sources[] = {&x.source, &y.source};
    struct candidate out[10];
    struct gather g = {.sources = sources,
                       .source_count = 2,
                       .per_source_max = 10,
                       .max = 10,
                       .may_pull = no_neighbours};

    assert_int_equal(candidates_gather(&g, out, &a), 4);
    assert_int_equal(x.asked, 0);
    assert_int_equal(out[0].product, 3);
}

static void more_products_than_first_slots_are_told_apart(void **state)
{
    enum { MANY = 3000 };
    SCOPED(arena_free) struct arena a = {0};
    static product_number products[MANY];
    static struct candidate out[MANY];
    struct told x;
    struct source *sources[] = {&x.source};
    struct gather g = {.sources = sources, .source_count = 1, .per_source_max = MANY, .max = MANY};

    for (uint32_t i = 0; i < MANY; i++)
        products[i] = i % 1500 * 1024;
    x = told(SOURCE_curated, products, MANY);
    assert_int_equal(candidates_gather(&g, out, &a), 1500);
}

static void sources_have_words_and_those_of_rungs_are_found_again(void **state)
{
    enum rung rung;

    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        enum source_kind kind = (enum source_kind)i;
        assert_true(strlen(source_word(kind)) > 0);
        assert_true(source_rung(kind) < RUNG_COUNT);
        assert_true(strlen(source_meaning(kind)) > 0);
    }
    for (size_t i = 0; i < RUNG_COUNT; i++) {
        assert_true(rung_find(text_from(rung_word((enum rung)i)), &rung));
        assert_int_equal(rung, i);
    }
    assert_false(rung_find(TEXT("magic"), &rung));
    assert_int_equal(source_rung(SOURCE_also_bought), RUNG_CO_VIEW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_source_to_propose_a_product_keeps_it),
        cmocka_unit_test(what_is_not_admitted_is_dropped_with_its_word),
        cmocka_unit_test(pulling_stops_when_there_is_enough),
        cmocka_unit_test(a_source_that_may_not_be_pulled_is_passed_over),
        cmocka_unit_test(more_products_than_first_slots_are_told_apart),
        cmocka_unit_test(sources_have_words_and_those_of_rungs_are_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
