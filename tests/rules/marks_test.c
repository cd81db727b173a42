/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/marks.h"

#include "tests/support/filters.h"
#include "tests/support/test.h"

enum { PRODUCTS = 200, FILTERS = 70 };

static void catalog_done(struct catalog **c)
{
    catalog_free(*c);
}

static void marks_done(struct marks **m)
{
    marks_free(*m);
}

#define CATALOG SCOPED(catalog_done) struct catalog
#define MARKS   SCOPED(marks_done) struct marks
#define ARENA   SCOPED(arena_free) struct arena

static void random_filters(struct random *r, struct arena *a, const struct filter **out,
                           size_t count)
{
    SCOPED(buffer_free) struct buffer text = {0};

    for (size_t i = 0; i < count; i++) {
        buffer_clear(&text);
        random_filter(r, 3, &text);
        out[i] = filter_of(a, buffer_text(&text).data, FILTER_PRODUCTS);
    }
}

/* Every mark of every product is what the filter says. */
static void assert_marks(const struct marks *m, const struct catalog *c,
                         const struct filter *const *filters, size_t count)
{
    ARENA a = {0};

    for (product_number n = 0; n < catalog_count(c); n++) {
        if (catalog_product_of(c, n) != n)
            continue;
        const uint64_t *row = marks_of(m, n);
        for (size_t k = 0; k < count; k++)
            assert_int_equal(mark_holds(row, k), filter_product(filters[k], c, n, &a));
        arena_reset(&a);
    }
}

static void put_random(struct random *r, struct catalog *c)
{
    ARENA a = {0};
    struct product p = random_product(r, &a, random_below(r, PRODUCTS));

    catalog_put(c, &p);
}

static void change_at_random(struct random *r, struct catalog *c)
{
    SCOPED(buffer_free) struct buffer body = {0};
    ARENA a = {0};
    struct text id = text_from(arena_printf(&a, "p%u", random_below(r, PRODUCTS)));

    switch (random_below(r, 4)) {
    case 0: catalog_fold(c, &(struct record){.kind = RECORD_UNPUBLISH, .body = id}); break;
    case 1:
        stock_encode(&(struct stock_change){id, random_below(r, 3), IN_STOCK}, &body);
        catalog_fold(c, &(struct record){.kind = RECORD_STOCK, .body = buffer_text(&body)});
        break;
    case 2: (void)catalog_mention(c, id); break;
    default: put_random(r, c); break;
    }
}

static void marks_are_what_the_filters_say(void **state)
{
    ARENA a = {0};
    struct random r;
    const struct filter *filters[FILTERS];

    for (uint64_t seed = 1; seed <= 20; seed++) {
        CATALOG *c = catalog_new();
        random_seed(&r, seed);
        size_t count = 1 + random_below(&r, FILTERS);
        random_filters(&r, &a, filters, count);
        MARKS *m = marks_new(filters, count);
        for (uint32_t round = 0; round < 10; round++) {
            for (uint32_t i = random_below(&r, 100); i > 0; i--)
                change_at_random(&r, c);
            marks_follow(m, c);
            assert_marks(m, c, filters, count);
        }
    }
}

static void other_filters_keep_what_the_same_ones_said(void **state)
{
    ARENA a = {0};
    CATALOG *c = catalog_new();
    struct random r;
    const struct filter *filters[2 * FILTERS];

    random_seed(&r, 4);
    random_filters(&r, &a, filters, 2 * FILTERS);
    for (uint32_t i = 0; i < 2 * PRODUCTS; i++)
        change_at_random(&r, c);
    MARKS *m = marks_new(filters, FILTERS);
    marks_follow(m, c);
    for (uint32_t round = 0; round < 20; round++) {
        size_t first = random_below(&r, FILTERS), count = random_below(&r, FILTERS + 1);
        marks_take(m, filters + random_below(&r, FILTERS), 3);
        if (round % 2 == 0)
            marks_follow(m, c);
        change_at_random(&r, c);
        marks_take(m, filters + first, count);
        marks_follow(m, c);
        if (count > 0)
            assert_marks(m, c, filters + first, count);
        else
            assert_null(marks_of(m, 0));
    }
}

/* Something happens between two turns: a little or, now and then, more than the catalog tells of. */
static void change_between_turns(struct random *r, struct catalog *c)
{
    const struct text sensitive[] = {TEXT("Home > Tables")};
    uint32_t what = random_below(r, 60);

    if (what == 0)
        catalog_sensitive_set(c, sensitive, random_below(r, 2));
    for (uint32_t i = what == 1 ? 2 * CATALOG_CHANGES_KEPT : random_below(r, 4); i > 0; i--)
        change_at_random(r, c);
}

static void made_ahead_in_turns_they_are_the_same(void **state)
{
    ARENA a = {0};
    struct random r, again;
    const struct filter *filters[2 * FILTERS], *same[2 * FILTERS];

    for (uint64_t seed = 1; seed <= 20; seed++) {
        CATALOG *c = catalog_new();
        random_seed(&again, seed);
        random_filters(&again, &a, same, 2 * FILTERS);
        random_seed(&r, seed);
        random_filters(&r, &a, filters, 2 * FILTERS);
        for (uint32_t i = 0; i < 2 * PRODUCTS; i++)
            change_at_random(&r, c);
        size_t first = random_below(&r, FILTERS), count = 1 + random_below(&r, FILTERS);
        MARKS *m = marks_new(filters, FILTERS), *ahead = marks_new(filters + first, count);
        while (!marks_advance(ahead, m, c, 7)) {
            change_between_turns(&r, c);
            if (random_below(&r, 4) > 0)
                marks_follow(m, c);
        }
        assert_false(marks_adopt(&m, &ahead, same + first, count - 1));
        assert_false(marks_adopt(&m, &ahead, same + first + 1, count));
        assert_true(marks_adopt(&m, &ahead, same + first, count));
        assert_marks(m, c, same + first, count); /* nothing is left to find out */
        change_between_turns(&r, c);
        marks_follow(m, c);
        assert_marks(m, c, same + first, count);
    }
}

static void made_ahead_in_part_the_rest_follows(void **state)
{
    ARENA a = {0};
    CATALOG *c = catalog_new();
    struct random r;
    const struct filter *filters[FILTERS];

    random_seed(&r, 6);
    random_filters(&r, &a, filters, FILTERS);
    for (uint32_t i = 0; i < 2 * PRODUCTS; i++)
        change_at_random(&r, c);
    MARKS *m = marks_new(filters, 3), *ahead = marks_new(filters + 1, 30), *none = NULL;
    assert_false(marks_adopt(&m, &none, filters, 3));
    assert_false(marks_advance(ahead, m, c, 50));
    change_at_random(&r, c);
    assert_true(marks_adopt(&m, &ahead, filters + 1, 30));
    marks_follow(m, c);
    assert_marks(m, c, filters + 1, 30);
    marks_take(m, filters, 20);
    marks_follow(m, c);
    assert_marks(m, c, filters, 20);
    MARKS *nothing = marks_new(NULL, 0);
    assert_true(marks_advance(nothing, m, c, 1));
    assert_true(marks_adopt(&m, &nothing, NULL, 0));
    marks_follow(m, c);
    assert_null(marks_of(m, 0));
}

static void more_changes_than_are_told_are_followed(void **state)
{
    ARENA a = {0};
    CATALOG *c = catalog_new(), *other = catalog_new();
    struct random r;
    const struct filter *filters[3];

    random_seed(&r, 5);
    random_filters(&r, &a, filters, 3);
    MARKS *m = marks_new(filters, 3), *late = marks_new(filters, 3);
    for (int i = 0; i < 3 * CATALOG_CHANGES_KEPT; i++) {
        put_random(&r, c);
        marks_keep_up(m, c);
    }
    marks_follow(m, c);
    assert_marks(m, c, filters, 3);
    marks_follow(late, c);
    assert_marks(late, c, filters, 3);
    for (int i = 0; i < 3 * CATALOG_CHANGES_KEPT; i++)
        put_random(&r, c);
    marks_follow(late, c);
    assert_marks(late, c, filters, 3);
    put_random(&r, other);
    marks_follow(late, other);
    assert_marks(late, other, filters, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_what_the_filters_say),
        cmocka_unit_test(other_filters_keep_what_the_same_ones_said),
        cmocka_unit_test(made_ahead_in_turns_they_are_the_same),
        cmocka_unit_test(made_ahead_in_part_the_rest_follows),
        cmocka_unit_test(more_changes_than_are_told_are_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
