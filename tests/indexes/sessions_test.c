/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/sessions.h"

#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "tests/support/sessions.h"
#include "tests/support/test.h"

static struct sessions *build(const struct session_set *set, char path[TEST_PATH_SIZE])
{
    char dir[TEST_PATH_SIZE];
    struct sessions *s;
    struct error err = {0};

    test_path(path, test_dir(dir), "sessions.bin");
    assert_int_equal(sessions_build(set, path, &err), OK);
    assert_int_equal(sessions_open(&s, path, &err), OK);
    return s;
}

static void postings_are_newest_first_and_name_a_session_once(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    product_number first[] = {1, 2, 1}, second[] = {2, 3}, third[] = {1, 3, 3};

    set_views(&m, 5, 1000, first, 3);
    set_views(&m, 6, 2000, second, 2);
    set_views(&m, 5, 3000, third, 3);
    SCOPED(sessions_close) struct sessions *s = build(&m.set, path);
    const session_number *of;
    const product_number *products;

    assert_int_equal(sessions_count(s), 3);
    assert_int_equal(sessions_clicks(s), 8);
    assert_int_equal(sessions_of(s, 1, &of), 2);
    assert_int_equal(of[0], 2);
    assert_int_equal(of[1], 0);
    assert_int_equal(sessions_of(s, 0, &of), 0);
    assert_int_equal(sessions_of(s, 4, &of), 0);
    assert_int_equal(sessions_of(s, PRODUCT_NONE, &of), 0);
    assert_int_equal(session_products(s, 0, &products), 3);
    assert_memory_equal(products, first, sizeof(first));
    assert_int_equal(session_shopper(s, 1), 6);
    assert_int_equal(sessions_frequency(s, 3), 2);
    assert_int_equal(sessions_frequency(s, 9), 0);
}

static void a_session_of_one_click_counts_in_frequencies_only(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    product_number alone[] = {1}, both[] = {1, 2};

    set_views(&m, 0, 1000, alone, 1);
    set_views(&m, 1, 2000, both, 2);
    SCOPED(sessions_close) struct sessions *s = build(&m.set, path);
    const session_number *of;

    assert_int_equal(sessions_count(s), 1);
    assert_int_equal(session_shopper(s, 0), 1);
    assert_int_equal(sessions_of(s, 1, &of), 1);
    assert_int_equal(sessions_frequency(s, 1), 2);
}

static void a_purchase_of_what_was_viewed_is_no_second_click(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    product_number expected[] = {1, 2, 1, 3};
    const product_number *products;

    set_session(&m, 0, 1000);
    set_click(&m, 1, ACTION_VIEW, 0);
    set_click(&m, 2, ACTION_VIEW, 0);
    set_click(&m, 1, ACTION_VIEW, 0);
    set_click(&m, 2, ACTION_CART, 0);
    set_click(&m, 3, ACTION_BUY, 1);
    set_click(&m, 1, ACTION_BUY, 1);
    SCOPED(sessions_close) struct sessions *s = build(&m.set, path);

    assert_int_equal(session_products(s, 0, &products), 4);
    assert_memory_equal(products, expected, sizeof(expected));
}

static void a_long_session_keeps_its_newest_clicks(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    const product_number *products;
    const session_number *of;

    set_session(&m, 0, 1000);
    for (uint32_t i = 0; i < SESSION_CLICKS_MAX + 5; i++)
        set_click(&m, i, ACTION_VIEW, 0);
    SCOPED(sessions_close) struct sessions *s = build(&m.set, path);

    assert_int_equal(session_products(s, 0, &products), SESSION_CLICKS_MAX);
    assert_int_equal(products[0], 5);
    assert_int_equal(sessions_of(s, 4, &of), 0);
    assert_int_equal(sessions_frequency(s, 4), 1);
}

static void postings_stop_at_their_bound_and_frequencies_do_not(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    product_number both[] = {0, 1};
    const session_number *of;

    for (uint32_t i = 0; i < SESSION_POSTINGS_MAX + 7; i++)
        set_views(&m, i, i, both, 2);
    SCOPED(sessions_close) struct sessions *s = build(&m.set, path);

    assert_int_equal(sessions_of(s, 0, &of), SESSION_POSTINGS_MAX);
    assert_int_equal(of[0], SESSION_POSTINGS_MAX + 6);
    assert_int_equal(of[SESSION_POSTINGS_MAX - 1], 7);
    assert_int_equal(sessions_frequency(s, 0), SESSION_POSTINGS_MAX + 7);
}

static void assert_close(double a, double b)
{
    assert_true(fabs(a - b) <= 1e-6);
}

static void weights_follow_their_formula(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    product_number old[] = {0, 1}, young[] = {2, 1};

    for (uint32_t i = 0; i < 18; i++)
        set_views(&m, i, i, old, 2);
    set_views(&m, 18, 18, young, 2);
    set_views(&m, 19, 19, young, 2);
    m.set.product_count = 4;
    SCOPED(sessions_close) struct sessions *s = build(&m.set, path);
    const struct session_weights *w = sessions_weights(s);

    assert_close(w[0].similarity, pow(log(21.0 / 18), 3.5));
    assert_close(w[1].similarity, pow(log(21.0 / 20), 3.5)); /* all sessions have it */
    assert_true(w[1].similarity > 0);
    assert_close(w[2].match, pow(3, -0.2));
    assert_close(w[0].prior, pow(0.8 / 2.6, 1.0 / 3) * pow(18, -0.1));
    assert_close(w[2].prior, pow(2.8 / 1.0, 1.0 / 3) * pow(2, -0.1));
    assert_close(w[3].prior, 0);
}

static void an_empty_set_makes_an_empty_index(void **state)
{
    struct session_set set = {.starts = (uint64_t[]){0}};
    char path[TEST_PATH_SIZE];
    SCOPED(sessions_close) struct sessions *s = build(&set, path);
    const session_number *of;

    assert_int_equal(sessions_count(s), 0);
    assert_int_equal(sessions_of(s, 0, &of), 0);
}

static void equal_sets_give_equal_bytes_below_23_a_click(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0}, again = {0};
    SCOPED(file_map_close) struct file_map x = {0}, y = {0};
    char path[TEST_PATH_SIZE], other[TEST_PATH_SIZE];

    set_make(&m, 20000, 2000, 7);
    set_make(&again, 20000, 2000, 7);
    SCOPED(sessions_close) struct sessions *s = build(&m.set, path);
    SCOPED(sessions_close) struct sessions *t = build(&again.set, other);
    assert_int_equal(file_map_open(&x, path, NULL), OK);
    assert_int_equal(file_map_open(&y, other, NULL), OK);
    assert_int_equal(x.size, y.size);
    assert_memory_equal(x.bytes, y.bytes, x.size);
    assert_true(sessions_bytes(s) < 23 * sessions_clicks(s));
    assert_int_equal(sessions_bytes(t), x.size);
}

/* Reads everything there is through the contract: sanitizers see a number that leads outside. */
static void read_all(const struct sessions *s)
{
    uint64_t clicks = 0;

    for (product_number p = 0; p < sessions_products(s); p++) {
        const session_number *of = NULL;
        size_t count = sessions_of(s, p, &of);
        for (size_t i = 0; i < count; i++) {
            const product_number *products;
            clicks += session_products(s, of[i], &products);
            assert_true(products[0] < sessions_products(s));
        }
    }
    (void)clicks; /* reading was the point */
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
    struct sessions *s = build(&m.set, path);
    sessions_close(&s);
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
        if (sessions_open(&s, path, &err) == OK) {
            read_all(s);
            sessions_close(&s);
        } else {
            assert_int_equal(err.status, ERR_CORRUPT);
            assert_non_null(strstr(err.message, path));
            refused++;
        }
        good.data[at] = was;
    }
    assert_true(refused > 500);
    remove(path);
    assert_int_equal(sessions_open(&s, path, &err), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(postings_are_newest_first_and_name_a_session_once),
        cmocka_unit_test(a_session_of_one_click_counts_in_frequencies_only),
        cmocka_unit_test(a_purchase_of_what_was_viewed_is_no_second_click),
        cmocka_unit_test(a_long_session_keeps_its_newest_clicks),
        cmocka_unit_test(postings_stop_at_their_bound_and_frequencies_do_not),
        cmocka_unit_test(weights_follow_their_formula),
        cmocka_unit_test(an_empty_set_makes_an_empty_index),
        cmocka_unit_test(equal_sets_give_equal_bytes_below_23_a_click),
        cmocka_unit_test(damaged_files_are_refused_by_name_or_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
