/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/evaluate.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "tests/support/shop.h"

/* A folder for the two files, and another that stands for the folder of temporary things. */
struct bench {
    char dir[TEST_PATH_SIZE], train[TEST_PATH_SIZE], test[TEST_PATH_SIZE],
        temporary[TEST_PATH_SIZE];
    struct evaluate_options options;
    struct evaluation figures;
    struct error err;
};

/* `from` .. `from + count - 1`, each a session along `path`: "abc" is products a, b and c. */
static void add_sessions(struct buffer *out, const char *name, int count, const char *path)
{
    static int64_t second = 1700000000;

    for (int s = 0; s < count; s++) {
        for (const char *p = path; *p != '\0'; p++)
            buffer_printf(out, "%s-%d,%c,%lld\n", name, s, *p, (long long)second++);
    }
}

static void bench_init(struct bench *b, struct buffer *train, struct buffer *test)
{
    test_path(b->train, test_dir(b->dir), "train.csv");
    test_path(b->test, b->dir, "test.csv");
    test_dir(b->temporary);
    assert_int_equal(setenv("TMPDIR", b->temporary, 1), 0);
    test_write(b->train, buffer_text(train));
    test_write(b->test, buffer_text(test));
    buffer_free(train);
    buffer_free(test);
    b->options = (struct evaluate_options){.train_path = b->train,
                                           .test_path = b->test,
                                           .min_prefix = 1,
                                           .min_support = 1,
                                           .rung = -1};
    b->err = (struct error){.status = OK};
}

static struct buffer sessions_file(void)
{
    struct buffer out = {0};

    buffer_add_string(&out, "session_id,item_id,time\n");
    return out;
}

/* Sessions a b c and x y z, 30 of each; and what comes of them. */
static struct buffer two_paths(void)
{
    struct buffer out = sessions_file();

    add_sessions(&out, "abc", 30, "abc");
    add_sessions(&out, "xyz", 30, "xyz");
    return out;
}

static void run(struct bench *b)
{
    if (evaluate_files(&b->options, &b->figures, &b->err) != OK)
        fail_msg("%s", b->err.message);
}

static void assert_close(double a, double b)
{
    if (a < b - 1e-9 || a > b + 1e-9)
        fail_msg("%.9f is not %.9f", a, b);
}

static void what_followed_in_training_is_foreseen_on_the_rungs_that_learn(void **state)
{
    struct bench b;
    struct buffer train = two_paths(), test = sessions_file();

    add_sessions(&test, "t", 5, "abc");
    bench_init(&b, &train, &test);
    run(&b);
    assert_int_equal(b.figures.predictions, 10);
    assert_int_equal(b.figures.train_sessions, 60);
    assert_int_equal(b.figures.train_clicks, 180);
    assert_int_equal(b.figures.train_products, 6);
    assert_int_equal(b.figures.test_sessions, 5);
    assert_false(b.figures.own);
    for (int rung = 0; rung < RUNG_COUNT; rung++)
        assert_true(b.figures.rungs[rung].present);
    const struct rung_figures *f = &b.figures.rungs[RUNG_NEIGHBOURS];
    assert_close(f->recall, 1);
    assert_true(f->us_mean > 0 && f->us_p50 <= f->us_p99);
    assert_close(b.figures.rungs[RUNG_CO_VIEW].recall, 1);
    /* Each product is held by 30 of 60 sessions, none has a category, each has a vector. */
    assert_close(f->novelty, -log2(31.0 / 61));
    assert_true(isnan(f->ild_category));
    assert_true(f->ild_vector > 0.1 && f->ild_vector < 2);
    assert_false(b.figures.varied[0][RUNG_NEIGHBOURS].present);
    /* Curated has what was looked at, and never what comes next. */
    assert_close(b.figures.rungs[RUNG_CURATED].recall, 0);
}

static void variety_is_walked_beside_and_has_its_price(void **state)
{
    struct bench b;
    struct buffer train = two_paths(), test = sessions_file();

    add_sessions(&test, "t", 5, "abc");
    bench_init(&b, &train, &test);
    b.options.rung = RUNG_NEIGHBOURS;
    b.options.variety_ppm[0] = 1;
    b.options.variety_ppm[1] = 1000000;
    b.options.variety_count = 2;
    run(&b);
    const struct rung_figures *plain = &b.figures.rungs[RUNG_NEIGHBOURS];
    const struct rung_figures *trace = &b.figures.varied[0][RUNG_NEIGHBOURS];
    const struct rung_figures *all = &b.figures.varied[1][RUNG_NEIGHBOURS];
    assert_true(trace->present && all->present);
    assert_false(b.figures.varied[0][RUNG_CO_VIEW].present);
    assert_int_equal(b.figures.predictions, 10);
    assert_close(trace->mrr, plain->mrr);
    assert_true(all->mrr < plain->mrr);
    assert_close(all->recall, plain->recall); /* all there is is shown either way */
    assert_close(all->ild_vector, plain->ild_vector);
}

/* Sessions of `clicks` that walk along 26 products, mostly to the next one. */
static void add_walks(struct buffer *out, const char *name, int count, int clicks)
{
    static struct random r = {{1, 2, 3, 4}};

    for (int s = 0; s < count; s++) {
        char own[32], path[16] = "";
        uint32_t at = random_below(&r, 26);
        for (int i = 0; i < clicks; i++) {
            path[i] = (char)('a' + at);
            at = random_below(&r, 4) == 0 ? random_below(&r, 26) : (at + 1) % 26;
        }
        (void)snprintf(own, sizeof(own), "%s-%d", name, s);
        add_sessions(out, own, 1, path);
    }
}

/* After a: b or c. One test session per path. */
static struct rung_figures after_a(const char *const *paths, size_t count)
{
    struct bench b;
    struct buffer train = sessions_file(), test = sessions_file();

    add_sessions(&train, "ab", 40, "ab");
    add_sessions(&train, "ac", 20, "ac");
    for (size_t i = 0; i < count; i++)
        add_sessions(&test, paths[i], 1, paths[i]);
    bench_init(&b, &train, &test);
    b.options.rung = RUNG_NEIGHBOURS;
    run(&b);
    assert_int_equal(b.figures.predictions, count);
    return b.figures.rungs[RUNG_NEIGHBOURS];
}

static void figures_follow_their_definitions(void **state)
{
    const char *const paths[] = {"ab", "ac", "a?"};
    struct rung_figures b = after_a(&paths[0], 1), c = after_a(&paths[1], 1);
    struct rung_figures all = after_a(paths, 3);
    double place_b = 1 / b.mrr, place_c = 1 / c.mrr;

    assert_close(b.recall, 1);
    assert_close(c.recall, 1);
    assert_true(place_b >= 1 && place_b <= 3 && place_c >= 1 && place_c <= 3);
    assert_true(fabs(place_b - place_c) >= 1);
    assert_close(b.ndcg, 1 / log2(place_b + 1));
    assert_close(c.ndcg, 1 / log2(place_c + 1));
    assert_close(all.recall, 2.0 / 3); /* what training never held is a miss */
    assert_close(all.mrr, (b.mrr + c.mrr) / 3);
    assert_close(all.ndcg, (b.ndcg + c.ndcg) / 3);
    assert_close(all.coverage, 1);
}

static void a_rung_alone_and_a_longer_prefix_can_be_asked_for(void **state)
{
    struct bench b;
    struct buffer train = two_paths(), test = sessions_file();

    add_sessions(&test, "t", 5, "xyz");
    bench_init(&b, &train, &test);
    b.options.rung = RUNG_BESTSELLERS;
    b.options.min_prefix = 2;
    run(&b);
    assert_int_equal(b.figures.predictions, 5);
    for (int rung = 0; rung < RUNG_COUNT; rung++)
        assert_int_equal(b.figures.rungs[rung].present, rung == RUNG_BESTSELLERS);
}

static void support_is_demanded_when_asked_for(void **state)
{
    for (uint32_t support = 2; support <= 3; support++) {
        struct bench b;
        struct buffer train = two_paths(), test = sessions_file();
        add_sessions(&train, "few", 2, "rs");
        add_sessions(&test, "t", 1, "rs");
        bench_init(&b, &train, &test);
        b.options.rung = RUNG_NEIGHBOURS;
        b.options.min_support = support;
        run(&b);
        assert_int_equal(b.figures.predictions, 1);
        /* With three demanded the trending fill up what two cannot carry. */
        assert_true(support == 2 ? b.figures.rungs[RUNG_NEIGHBOURS].mrr == 1
                                 : b.figures.rungs[RUNG_NEIGHBOURS].mrr < 1);
    }
}

static void nothing_is_learned_from_the_test(void **state)
{
    struct bench b;
    struct buffer train = two_paths(), test = sessions_file();

    /* The same transition again and again, never seen in training. */
    add_sessions(&test, "t", 50, "az");
    bench_init(&b, &train, &test);
    b.options.rung = RUNG_NEIGHBOURS;
    run(&b);
    double first = b.figures.rungs[RUNG_NEIGHBOURS].mrr;
    struct buffer again = two_paths(), one = sessions_file();
    add_sessions(&one, "t", 1, "az");
    bench_init(&b, &again, &one);
    b.options.rung = RUNG_NEIGHBOURS;
    run(&b);
    assert_close(b.figures.rungs[RUNG_NEIGHBOURS].mrr, first);
}

static void an_interrupted_evaluation_says_so(void **state)
{
    struct bench b;
    struct buffer train = two_paths(), test = two_paths();
    volatile sig_atomic_t stop = 1;
    (void)state;

    bench_init(&b, &train, &test);
    b.options.rung = RUNG_BESTSELLERS;
    b.options.stop = &stop;
    assert_int_equal(evaluate_files(&b.options, &b.figures, &b.err), ERR_UNAVAILABLE);
    assert_string_equal(b.err.message, "interrupted");
}

static void nothing_is_left_behind(void **state)
{
    struct bench b;
    struct buffer train = two_paths(), test = sessions_file();

    add_sessions(&test, "t", 1, "abc");
    bench_init(&b, &train, &test);
    run(&b);
    DIR *d = opendir(b.temporary);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        assert_true(e->d_name[0] == '.');
    closedir(d);
}

static void a_file_that_cannot_be_used_is_named(void **state)
{
    struct bench b;
    struct buffer train = two_paths(), test = {0};

    buffer_add_string(&test, "session,item,time\n1,2,3\n");
    bench_init(&b, &train, &test);
    assert_int_equal(evaluate_files(&b.options, &b.figures, &b.err), ERR_INVALID);
    assert_non_null(strstr(b.err.message, "test.csv must have the columns session_id, item_id"));
    test_write(b.test, TEXT("session_id,item_id,time\ns,a,1700000000\ns,b,soon\n"));
    assert_int_equal(evaluate_files(&b.options, &b.figures, &b.err), ERR_INVALID);
    assert_non_null(strstr(b.err.message, "test.csv, line 3: time 'soon' is not a time"));
    test_write(b.test, TEXT("session_id,item_id,time\n"));
    assert_int_equal(evaluate_files(&b.options, &b.figures, &b.err), ERR_INVALID);
    assert_non_null(strstr(b.err.message, "test.csv has no rows"));
    test_write(b.test, TEXT("session_id,item_id,time\ns,a,1700000000\n"));
    b.options.train_path = "/nowhere/train.csv";
    assert_int_equal(evaluate_files(&b.options, &b.figures, &b.err), ERR_NOT_FOUND);
    assert_string_equal(b.err.message, "/nowhere/train.csv cannot be opened");
}

/* Two weeks of a shop in which everybody goes a b c, and puts c into the cart. */
static void fill(struct shop *shop, int days)
{
    struct buffer lines = {0};

    for (const char *p = "abc"; *p != '\0'; p++)
        buffer_printf(&lines,
                      "{\"item_id\":\"%c\",\"title\":\"%c\",\"price\":\"1.00\","
                      "\"currency\":\"EUR\"}\n",
                      *p, *p);
    (void)test_import(shop, "catalog", lines.data, "from=jsonl");
    buffer_clear(&lines);
    for (int day = 1; day <= days; day++)
        for (int s = 0; s < 5; s++)
            for (int i = 0; i < 4; i++)
                buffer_printf(&lines,
                              "{\"id\":\"%d-%d-%d\",\"type\":\"%s\",\"anonymous_id\":\"v-%d\","
                              "\"session_id\":\"s-%d-%d\",\"time\":\"2026-11-%02dT0%d:00:0%dZ\","
                              "\"items\":[{\"item_id\":\"%c\"}]}\n",
                              day, s, i, i == 3 ? "add_to_cart" : "view_item", day * 10 + s, day, s,
                              day, s, i, "abcc"[i]);
    assert_int_equal(test_import(shop, "events", lines.data, "from=jsonl").stored, days * 20);
    buffer_free(&lines);
}

static void a_shop_is_evaluated_on_the_last_seventh_of_its_days(void **state)
{
    struct test_shop t;
    struct evaluation figures;
    struct error err = {.status = OK};
    struct evaluate_options options = {.min_prefix = 1, .min_support = 1, .rung = -1};

    test_shop_open(&t);
    fill(t.shop, 14);
    struct position before = t.shop->state->position;
    if (evaluate_shop(t.shop, &options, &figures, &err) != OK)
        fail_msg("%s", err.message);
    assert_true(figures.own);
    assert_int_equal(figures.train_sessions + figures.test_sessions, 70);
    assert_true(figures.test_sessions >= 9 && figures.test_sessions <= 11);
    /* a to b and b to c; the cart, after it was viewed, is no prediction. */
    assert_int_equal(figures.predictions, 2 * figures.test_sessions);
    for (int rung = 0; rung < RUNG_COUNT; rung++)
        assert_true(figures.rungs[rung].present && figures.served[rung].present);
    assert_close(figures.rungs[RUNG_NEIGHBOURS].recall, 1);
    assert_close(figures.served[RUNG_NEIGHBOURS].recall, 1);
    assert_int_equal(t.shop->state->position.number, before.number);
    test_shop_close(&t);
}

static void a_shop_without_a_past_is_told_so(void **state)
{
    struct test_shop t;
    struct evaluation figures;
    struct error err = {.status = OK};
    struct evaluate_options options = {.min_prefix = 1, .min_support = 1, .rung = -1};

    test_shop_open(&t);
    assert_int_equal(evaluate_shop(t.shop, &options, &figures, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "no event of the journal names a product"));
    test_shop_close(&t);
}

static void trees_can_be_compared_with_each_source_and_other_losses(void **state)
{
    struct bench b;
    struct buffer train = sessions_file(), test = sessions_file();

    add_walks(&train, "old", 1100, 2);
    add_walks(&train, "new", 110, 10); /* what trees are grown from, and to stop by */
    add_walks(&test, "t", 80, 5);
    bench_init(&b, &train, &test);
    b.options.ablate = true;
    b.options.rung = RUNG_LEARNED;
    run(&b);
    const struct ablation *a = &b.figures.ablation;
    const struct rung_figures *learned = &b.figures.rungs[RUNG_LEARNED];
    assert_true(learned->present && a->present && a->all.present);
    assert_true(learned->recall > 0.7);
    assert_true(fabs(a->all.recall - learned->recall) < 0.1); /* a part of the same sessions */
    for (int loss = 0; loss < LOSS_COUNT; loss++)
        assert_true(a->loss[loss].present && a->loss[loss].recall > 0.6);
    assert_close(a->loss[LOSS_SOFTMAX].mrr, a->all.mrr); /* that of the trees in use */
    assert_true(a->alone[SOURCE_sequence].present && a->without[SOURCE_sequence].present);
    assert_true(a->alone[SOURCE_neighbours].recall > 0.6);
    assert_true(a->alone[SOURCE_recently_viewed].recall < 0.5); /* it knows no other products */
    assert_true(a->without[SOURCE_recently_viewed].recall > 0.6);
}

static void too_little_to_grow_trees_from_is_said_when_they_are_to_be_compared(void **state)
{
    struct bench b;
    struct buffer train = two_paths(), test = sessions_file();

    add_sessions(&test, "t", 5, "abc");
    bench_init(&b, &train, &test);
    b.options.ablate = true;
    assert_int_equal(evaluate_files(&b.options, &b.figures, &b.err), ERR_NOT_FOUND);
    assert_non_null(strstr(b.err.message, "too few"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_followed_in_training_is_foreseen_on_the_rungs_that_learn),
        cmocka_unit_test(variety_is_walked_beside_and_has_its_price),
        cmocka_unit_test(figures_follow_their_definitions),
        cmocka_unit_test(a_rung_alone_and_a_longer_prefix_can_be_asked_for),
        cmocka_unit_test(support_is_demanded_when_asked_for),
        cmocka_unit_test(nothing_is_learned_from_the_test),
        cmocka_unit_test(an_interrupted_evaluation_says_so),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(a_file_that_cannot_be_used_is_named),
        cmocka_unit_test(trees_can_be_compared_with_each_source_and_other_losses),
        cmocka_unit_test(too_little_to_grow_trees_from_is_said_when_they_are_to_be_compared),
        cmocka_unit_test(a_shop_is_evaluated_on_the_last_seventh_of_its_days),
        cmocka_unit_test(a_shop_without_a_past_is_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
