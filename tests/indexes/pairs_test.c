/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/pairs.h"

#include <math.h>
#include <stdbool.h>

#include "base/file.h"
#include "base/random.h"
#include "base/time.h"
#include "tests/support/sessions.h"
#include "tests/support/test.h"

static struct pairs *build_as(const struct session_set *set, const struct pairs_options *options,
                              char path[TEST_PATH_SIZE])
{
    char dir[TEST_PATH_SIZE];
    struct pairs *p;
    struct error err = {0};

    test_path(path, test_dir(dir), "pairs.bin");
    assert_int_equal(pairs_build(set, options, path, &err), OK);
    assert_int_equal(pairs_open(&p, path, &err), OK);
    return p;
}

static struct pairs *build(const struct session_set *set, enum pair_kind kind, uint32_t support_min,
                           char path[TEST_PATH_SIZE])
{
    const struct pairs_options options = {.kind = kind, .support_min = support_min};

    return build_as(set, &options, path);
}

/* The pair of two products, NULL when they are none. */
static const struct pair *pair_of(const struct pairs *p, product_number a, product_number b)
{
    const struct pair *list;
    size_t count = pairs_of(p, a, &list);

    for (size_t i = 0; i < count; i++)
        if (list[i].product == b)
            return &list[i];
    return NULL;
}

static void assert_score(const struct pairs *p, product_number a, product_number b, double expected)
{
    const struct pair *pair = pair_of(p, a, b);

    assert_non_null(pair);
    assert_true(fabs(pair->score - expected) < 1e-6 * expected);
}

static void viewed_scores_follow_their_formula(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    product_number old[] = {0, 1, 2}, young[] = {0, 1};

    set_views(&m, 0, 0, old, 3);
    set_views(&m, 1, INT64_C(60) * MS_DAY, young, 2);
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_VIEWED, 1, path);

    double q = 0.15;
    assert_score(p, 0, 1, 1.5 / (pow(2, 1 - q) * pow(2, q)));
    assert_score(p, 1, 0, 0.8 * 1.5 / 2);
    assert_score(p, 0, 2, 0.5 * exp(-1.0 / 3) / pow(2, 1 - q));
    assert_score(p, 2, 0, 0.8 * 0.5 * exp(-1.0 / 3) / pow(2, q));
    assert_int_equal(pairs_count(p), 6);
}

static void support_counts_distinct_shoppers_and_decides_membership(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    product_number near[] = {0, 1}, far[] = {0, 2};
    shopper_number near_shoppers[] = {4, 9, 4, 70000, 9, 4}, far_shoppers[] = {4, 9, 4, 9};

    for (uint32_t i = 0; i < 6; i++)
        set_views(&m, near_shoppers[i], i, near, 2);
    for (uint32_t i = 0; i < 4; i++)
        set_views(&m, far_shoppers[i], 10 + i, far, 2);
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_VIEWED, 3, path);

    assert_int_equal(pair_of(p, 0, 1)->support, 3);
    assert_int_equal(pair_of(p, 1, 0)->support, 3);
    assert_null(pair_of(p, 0, 2)); /* four sessions, but of two shoppers */
    SCOPED(pairs_close) struct pairs *all = build(&m.set, PAIR_VIEWED, 1, path);
    assert_int_equal(pair_of(all, 0, 2)->support, 2);
}

static void what_is_far_apart_is_no_pair(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];

    set_session(&m, 0, 0);
    for (product_number i = 0; i < 70; i++)
        set_click(&m, i, ACTION_VIEW, 0);
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_VIEWED, 1, path);

    assert_non_null(pair_of(p, 40, 50));
    assert_null(pair_of(p, 40, 51));
    assert_null(pair_of(p, 18, 19)); /* not among the newest 50 clicks */
    assert_non_null(pair_of(p, 20, 21));
    assert_null(pair_of(p, 69, 69));
}

static void a_bestseller_does_not_win_by_size(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    product_number with_mate[] = {0, 1}, with_bestseller[] = {0, 2}, alone[] = {2, 3};
    const struct pair *list;

    for (uint32_t i = 0; i < 1000; i++)
        set_views(&m, 100 + i, 0, alone, 2);
    for (uint32_t i = 0; i < 4; i++)
        set_views(&m, i, 0, with_mate, 2);
    for (uint32_t i = 0; i < 5; i++)
        set_views(&m, 10 + i, 0, with_bestseller, 2);
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_VIEWED, 3, path);

    assert_int_equal(pairs_of(p, 0, &list), 2);
    assert_int_equal(list[0].product, 1);
    assert_int_equal(list[1].product, 2);
}

static void bought_pairs_are_of_one_order(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];

    for (uint32_t i = 0; i < 3; i++) {
        set_session(&m, i, 0);
        set_click(&m, 5, ACTION_VIEW, 0);
        set_click(&m, 1, ACTION_BUY, 1);
        set_click(&m, 2, ACTION_BUY, 1);
        set_click(&m, 3, ACTION_BUY, 2);
    }
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_BOUGHT, 3, path);

    assert_int_equal(pair_of(p, 1, 2)->support, 3);
    assert_int_equal(pair_of(p, 2, 1)->support, 3);
    assert_score(p, 1, 2, 3.0 / 3);
    assert_null(pair_of(p, 1, 3));
    assert_null(pair_of(p, 5, 1)); /* looked at, never bought together */
    assert_int_equal(pairs_count(p), 2);
}

static void looking_before_buying_adds_to_a_bought_pair(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];

    set_session(&m, 0, 0);
    set_click(&m, 1, ACTION_BUY, 1);
    set_click(&m, 2, ACTION_BUY, 1);
    set_session(&m, 1, 0);
    set_click(&m, 1, ACTION_VIEW, 0);
    set_click(&m, 2, ACTION_BUY, 7);
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_BOUGHT, 1, path);

    assert_int_equal(pair_of(p, 1, 2)->support, 1);
    assert_score(p, 1, 2, 1.3 / pow(2, 0.3));
    assert_score(p, 2, 1, 1 / pow(2, 0.7));
}

/* A session of what is put in the cart, one after the other. */
static void set_carts(struct set_maker *m, shopper_number shopper, int64_t end_ms,
                      const product_number *products, size_t count)
{
    set_session(m, shopper, end_ms);
    for (size_t i = 0; i < count; i++)
        set_click(m, products[i], ACTION_CART, 0);
}

static void complement_scores_follow_their_formula(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    product_number old[] = {0, 1, 2}, young[] = {0, 1};

    set_carts(&m, 0, 0, old, 3);
    set_carts(&m, 1, INT64_C(180) * MS_DAY, young, 2);
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_COMPLEMENT, 1, path);

    assert_score(p, 0, 1, 1.5 / (sqrt(2) * sqrt(2)) * 2 / 5);
    assert_score(p, 0, 2, 0.5 * exp(-1.0 / 3) / sqrt(2) * 1 / 4);
    assert_score(p, 1, 2, 0.5 / sqrt(2) * 1 / 4);
    assert_int_equal(pairs_count(p), 3);
}

static void what_was_added_before_does_not_count(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];

    for (uint32_t i = 0; i < 3; i++) {
        set_session(&m, i, 0);
        set_click(&m, 7, ACTION_VIEW, 0); /* to look is not to add */
        set_click(&m, 0, ACTION_CART, 0);
        set_click(&m, 1, ACTION_CART, 0);
        set_click(&m, 0, ACTION_CART, 0); /* one more of it */
        set_click(&m, 0, ACTION_BUY, 1);  /* what was in the cart is bought */
        set_click(&m, 1, ACTION_BUY, 1);
        set_click(&m, 2, ACTION_BUY, 1); /* nobody saw it being put in the cart */
        set_click(&m, 3, ACTION_BUY, 1);
    }
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_COMPLEMENT, 3, path);

    assert_int_equal(pair_of(p, 0, 1)->support, 3);
    assert_null(pair_of(p, 1, 0));
    assert_non_null(pair_of(p, 0, 2));
    assert_non_null(pair_of(p, 1, 3));
    assert_null(pair_of(p, 2, 3)); /* of two bought at once none comes after the other */
    assert_null(pair_of(p, 7, 0));
    assert_int_equal(pairs_count(p), 5);
}

static void supporters_of_a_complement_are_distinct_shoppers(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    product_number often[] = {0, 1}, wide[] = {0, 2};

    for (uint32_t i = 0; i < 50; i++)
        set_carts(&m, i % 2, i, often, 2); /* the same two all the time */
    for (uint32_t i = 0; i < 3; i++)
        set_carts(&m, 10 + i, 100 + i, wide, 2);
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_COMPLEMENT, 3, path);

    assert_null(pair_of(p, 0, 1));
    assert_int_equal(pair_of(p, 0, 2)->support, 3);
}

static void what_is_added_long_after_is_no_complement(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];

    set_session(&m, 0, 0);
    for (product_number i = 0; i < 60; i++)
        for (int looks = 0; looks < 10; looks++) /* which are no steps */
            set_click(&m, i, looks == 9 ? ACTION_CART : ACTION_VIEW, 0);
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_COMPLEMENT, 1, path);

    assert_non_null(pair_of(p, 0, 20));
    assert_null(pair_of(p, 0, 21));
    assert_non_null(pair_of(p, 39, 59));
}

/* 40 of the 100 carts that hold the first product go on with what a third of all carts go on with, 8
 * with what hardly any other does. */
static void what_everybody_adds_anyway_does_not_win(void **state)
{
    enum { X, BESTSELLER, MATE, OTHER };
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    product_number with_bestseller[] = {X, BESTSELLER}, with_mate[] = {X, MATE};
    product_number elsewhere[] = {OTHER, BESTSELLER};
    const struct pair *list;

    for (uint32_t i = 0; i < 40; i++)
        set_carts(&m, i, 0, with_bestseller, 2);
    for (uint32_t i = 0; i < 8; i++)
        set_carts(&m, 100 + i, 0, with_mate, 2);
    for (uint32_t i = 0; i < 2; i++)
        set_carts(&m, 200 + i, 0, with_mate + 1, 1);
    for (uint32_t i = 0; i < 52; i++)
        set_carts(&m, 300 + i, 0, with_bestseller, 1);
    for (uint32_t i = 0; i < 700; i++)
        set_carts(&m, 1000 + i, 0, elsewhere, 2);
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_COMPLEMENT, 3, path);

    assert_int_equal(pairs_of(p, X, &list), 2);
    assert_int_equal(list[0].product, MATE);
    assert_int_equal(list[1].product, BESTSELLER);
}

static bool next_to_each_other(void *context, product_number a, product_number b)
{
    uint32_t *asked = context;

    ++*asked;
    return a + 1 == b || b + 1 == a;
}

static void substitutes_are_left_out_and_make_room(void **state)
{
    enum { HUB = 500 };
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    uint32_t asked = 0;
    const struct pairs_options options = {.kind = PAIR_COMPLEMENT,
                                          .support_min = 3,
                                          .substitute = next_to_each_other,
                                          .context = &asked};
    const struct pair *list;

    for (product_number i = HUB - 1; i >= HUB - 70; i--) /* the nearest with the most supporters */
        for (uint32_t k = 0; k < i - (HUB - 71); k++)
            set_carts(&m, k, 0, (product_number[]){HUB, i}, 2);
    SCOPED(pairs_close) struct pairs *p = build_as(&m.set, &options, path);

    assert_int_equal(pairs_of(p, HUB, &list), PAIRS_PER_PRODUCT_MAX);
    assert_null(pair_of(p, HUB, HUB - 1));
    assert_int_equal(list[0].product, HUB - 2);
    assert_in_range(asked, PAIRS_PER_PRODUCT_MAX + 1, 68); /* of 70 two have too few supporters */
}

static void a_list_is_the_best_of_it_in_order(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    const struct pair *list;

    for (product_number i = 1; i <= 2 * PAIRS_PER_PRODUCT_MAX; i++)
        for (uint32_t k = 0; k <= i / 2; k++)
            set_views(&m, i, 0, (product_number[]){0, i}, 2);
    SCOPED(pairs_close) struct pairs *p = build(&m.set, PAIR_VIEWED, 1, path);

    assert_int_equal(pairs_of(p, 0, &list), PAIRS_PER_PRODUCT_MAX);
    for (size_t i = 0; i < PAIRS_PER_PRODUCT_MAX; i++)
        assert_true(list[i].product > PAIRS_PER_PRODUCT_MAX - 2);
    for (size_t i = 1; i < PAIRS_PER_PRODUCT_MAX; i++)
        assert_true(list[i].score < list[i - 1].score || list[i].product > list[i - 1].product);
    assert_int_equal(pairs_of(p, PRODUCT_NONE, &list), 0);
}

/* Every pair of a made set against a plain double loop over its sessions. */
static void pairs_agree_with_a_plain_recount(void **state)
{
    enum { PRODUCTS = 60 };
    SCOPED(set_maker_free) struct set_maker m = {0};
    static double sums[PRODUCTS][PRODUCTS];
    static uint8_t met[PRODUCTS][PRODUCTS][512]; /* by shopper */
    double frequency[PRODUCTS] = {0};
    char path[TEST_PATH_SIZE];
    uint64_t pairs = 0;

    set_make(&m, 6000, PRODUCTS, 5);
    const struct session_set *s = &m.set;
    int64_t newest = s->end_ms[s->session_count - 1];
    for (uint32_t i = 0; i < s->session_count; i++) {
        product_number steps[64];
        uint32_t count = 0;
        uint64_t first = s->starts[i], end = s->starts[i + 1];
        for (uint64_t c = end - first > 50 ? end - 50 : first; c < end; c++)
            if (count == 0 || steps[count - 1] != s->products[c])
                steps[count++] = s->products[c];
        bool seen[PRODUCTS] = {false};
        for (uint32_t a = 0; a < count; a++) {
            frequency[steps[a]] += !seen[steps[a]];
            seen[steps[a]] = true;
        }
        double days = (double)(newest - s->end_ms[i]) / (double)MS_DAY;
        for (uint32_t a = 0; a < count; a++)
            for (uint32_t b = a + 1; b < count && b <= a + 10; b++) {
                double w = pow(2, -days / 60) * exp(-(double)(b - a - 1) / 3);
                sums[steps[a]][steps[b]] += w;
                sums[steps[b]][steps[a]] += 0.8 * w;
                met[steps[a]][steps[b]][s->shoppers[i]] = 1;
                met[steps[b]][steps[a]][s->shoppers[i]] = 1;
            }
    }
    SCOPED(pairs_close) struct pairs *p = build(s, PAIR_VIEWED, 2, path);
    for (product_number a = 0; a < PRODUCTS; a++)
        for (product_number b = 0; b < PRODUCTS; b++) {
            uint32_t support = 0;
            for (int i = 0; i < 512; i++)
                support += met[a][b][i];
            const struct pair *pair = pair_of(p, a, b);
            if (a == b || support < 2) {
                assert_null(pair);
                continue;
            }
            assert_non_null(pair);
            assert_int_equal(pair->support, support);
            double norm = pow(frequency[a], 0.85) * pow(frequency[b], 0.15);
            assert_score(p, a, b, sums[a][b] / norm);
            pairs++;
        }
    assert_int_equal(pairs_count(p), pairs);
    assert_true(pairs > 500);
}

static void damaged_files_are_refused_by_name_or_harmless(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    SCOPED(buffer_free) struct buffer good = {0};
    char path[TEST_PATH_SIZE];
    struct random r;
    struct error err = {0};
    size_t refused = 0;

    set_make(&m, 300, 50, 1);
    struct pairs *p = build(&m.set, PAIR_VIEWED, 1, path);
    pairs_close(&p);
    assert_int_equal(file_read(path, 1 << 20, &good, NULL), OK);
    random_seed(&r, 3);
    for (int i = 0; i < 2000; i++) {
        struct text bad = buffer_text(&good);
        size_t at = random_below(&r, (uint32_t)good.size);
        char was = good.data[at];
        good.data[at] = (char)random_next(&r);
        if (i % 10 == 0)
            bad.size = random_below(&r, (uint32_t)good.size);
        test_write(path, bad);
        if (pairs_open(&p, path, &err) == OK) {
            for (product_number k = 0; k < 50; k++)
                for (product_number l = 0; l < 50; l++)
                    (void)pair_of(p, k, l); /* sanitizers see a number that leads outside */
            pairs_close(&p);
        } else {
            assert_int_equal(err.status, ERR_CORRUPT);
            assert_non_null(strstr(err.message, path));
            refused++;
        }
        good.data[at] = was;
    }
    assert_true(refused > 500);
}

static void an_empty_set_makes_an_empty_index(void **state)
{
    struct session_set set = {.starts = (uint64_t[]){0}};
    char path[TEST_PATH_SIZE];
    const struct pair *list;

    for (int kind = 0; kind < PAIR_KIND_COUNT; kind++) {
        SCOPED(pairs_close) struct pairs *p = build(&set, kind, 3, path);
        assert_int_equal(pairs_of(p, 0, &list), 0);
        assert_int_equal(pairs_count(p), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(viewed_scores_follow_their_formula),
        cmocka_unit_test(support_counts_distinct_shoppers_and_decides_membership),
        cmocka_unit_test(what_is_far_apart_is_no_pair),
        cmocka_unit_test(a_bestseller_does_not_win_by_size),
        cmocka_unit_test(bought_pairs_are_of_one_order),
        cmocka_unit_test(looking_before_buying_adds_to_a_bought_pair),
        cmocka_unit_test(complement_scores_follow_their_formula),
        cmocka_unit_test(what_was_added_before_does_not_count),
        cmocka_unit_test(supporters_of_a_complement_are_distinct_shoppers),
        cmocka_unit_test(what_is_added_long_after_is_no_complement),
        cmocka_unit_test(what_everybody_adds_anyway_does_not_win),
        cmocka_unit_test(substitutes_are_left_out_and_make_room),
        cmocka_unit_test(a_list_is_the_best_of_it_in_order),
        cmocka_unit_test(pairs_agree_with_a_plain_recount),
        cmocka_unit_test(damaged_files_are_refused_by_name_or_harmless),
        cmocka_unit_test(an_empty_set_makes_an_empty_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
