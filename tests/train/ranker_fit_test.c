/* SPDX-License-Identifier: Apache-2.0 */
#include "train/ranker_fit.h"

#include <math.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "tests/support/test.h"

enum { CANDIDATES = 12, NOISE = FEATURE_COUNT - 1, KNOWN = 3 };

static const struct train_options options = {.keep = 1};

/* Groups in which one candidate gained: that of the largest feature KNOWN, or, without a `rule`, any. */
static void make(struct examples *e, uint32_t groups, bool rule, uint64_t seed)
{
    const size_t stride = FEATURE_STRIDE;
    float *values = mem_new(FEATURE_COUNT * stride, sizeof(*values));
    struct random r;

    random_seed(&r, seed);
    for (uint32_t g = 0; g < groups; g++) {
        float gains[CANDIDATES] = {0}, *known = values + KNOWN * stride;
        uint32_t best = 0;
        for (uint32_t i = 0; i < CANDIDATES; i++) {
            for (size_t k = 0; k < FEATURE_COUNT; k++)
                values[k * stride + i] = (float)random_unit(&r);
            values[NOISE * stride + i] = i % 3 == 0 ? NAN : (float)i;
            best = known[i] > known[best] ? i : best;
        }
        gains[rule ? best : random_below(&r, CANDIDATES)] = 1 + (float)random_unit(&r);
        assert_true(examples_add(e, &(struct features){values, stride, CANDIDATES}, gains, seed));
    }
    mem_free(values);
}

static struct model *fit(const struct examples *to_fit, const struct examples *to_stop,
                         enum loss loss, struct ranker_figures *figures)
{
    struct model *m = NULL;
    struct error err = {0};

    if (ranker_fit(&(const struct ranker_task){to_fit, to_stop, loss}, &options, &m, figures,
                   &err) != OK)
        fail_msg("%s", err.message);
    return m;
}

/* In how many groups of later examples the trees put the one that gained first. */
static uint32_t first_places(const struct model *m, const struct examples *e)
{
    SCOPED(arena_free) struct arena a = {0};
    const size_t stride = FEATURE_STRIDE;
    float *values = arena_array(&a, FEATURE_COUNT * stride, sizeof(*values));
    uint32_t right = 0;
    size_t at = 0;

    for (size_t g = 0; g < e->group_count; at += e->groups[g++].rows) {
        float scores[CANDIDATES];
        uint32_t rows = e->groups[g].rows, best = 0;
        for (uint32_t i = 0; i < rows; i++) {
            for (size_t k = 0; k < FEATURE_COUNT; k++)
                values[k * stride + i] = e->values[(at + i) * FEATURE_COUNT + k];
        }
        model_score(m, &(struct model_rows){values, stride, rows}, scores, &a);
        for (uint32_t i = 1; i < rows; i++)
            best = scores[i] > scores[best] ? i : best;
        right += best == 0; /* what gained stands first in a group */
    }
    return right;
}

static void trees_learn_a_planted_order_by_every_loss(void **state)
{
    SCOPED(examples_free) struct examples to_fit = {0}, to_stop = {0}, later = {0};

    make(&to_fit, 400, true, 1);
    make(&to_stop, 60, true, 2);
    make(&later, 100, true, 3);
    for (int loss = 0; loss < LOSS_COUNT; loss++) {
        struct ranker_figures figures;
        SCOPED(model_close)
        struct model *m = fit(&to_fit, &to_stop, (enum loss)loss, &figures);
        assert_true(features_match(m));
        assert_int_equal(model_trees(m), figures.trees);
        assert_true(figures.loss_after < figures.loss_before / 2);
        assert_true(first_places(m, &later) >= 80);
        assert_int_equal(figures.fit_groups, 400);
        assert_int_equal(figures.stop_groups, 60);
        assert_int_equal(figures.fit_rows, 400 * CANDIDATES);
    }
}

/* Keeps how many trees it was last told of while they grew. */
static void note(void *context, const char *stage, uint64_t done, uint64_t total)
{
    uint64_t *last = context;

    *last = done < total ? done : *last;
}

static void boosting_ends_when_later_examples_are_not_ranked_better(void **state)
{
    SCOPED(examples_free) struct examples to_fit = {0}, to_stop = {0};
    struct ranker_figures figures;
    struct error err = {0};
    uint64_t grown = 0;

    make(&to_fit, 250, true, 4);
    for (size_t i = 0; i < 2; i++) /* half of what came later follows the rule */
        make(&to_stop, 60, i == 0, 5);
    SCOPED(model_close) struct model *m = NULL;
    const struct train_options watched = {.keep = 1, .progress = note, .context = &grown};
    if (ranker_fit(&(const struct ranker_task){&to_fit, &to_stop, LOSS_SOFTMAX}, &watched, &m,
                   &figures, &err) != OK)
        fail_msg("%s", err.message);
    assert_true(grown <= figures.trees + 30); /* without a better one for 30 trees */
    assert_in_range(figures.trees, 1, RANKER_TREES_MAX - 31);
    assert_int_equal(model_trees(m), figures.trees);
    assert_true(figures.loss_after < figures.loss_before);
}

/* Only the feature that the rule speaks of stays; by chance another one might help. */
static void leave_known(struct examples *e)
{
    for (size_t i = 0; i < e->row_count * FEATURE_COUNT; i++)
        e->values[i] = i % FEATURE_COUNT == KNOWN ? e->values[i] : 0;
}

static void what_teaches_nothing_gives_no_trees_and_says_so(void **state)
{
    SCOPED(examples_free) struct examples to_fit = {0}, to_stop = {0};
    struct ranker_figures figures;
    struct model *m = NULL;
    struct error err = {0};

    make(&to_fit, 250, true, 6);
    make(&to_stop, 60, true, 7);
    leave_known(&to_fit);
    leave_known(&to_stop);
    for (size_t i = 0; i < to_stop.row_count; i++) /* later, the opposite is true */
        to_stop.values[i * FEATURE_COUNT + KNOWN] *= -1;
    assert_int_equal(ranker_fit(&(const struct ranker_task){&to_fit, &to_stop, LOSS_NDCG}, &options,
                                &m, &figures, &err),
                     ERR_NOT_FOUND);
    assert_string_equal(err.message, "no tree ranks later examples better than none does");
    assert_null(m);
    assert_int_equal(figures.trees, 0);
}

static void too_few_examples_are_counted_in_a_sentence(void **state)
{
    SCOPED(examples_free) struct examples to_fit = {0}, to_stop = {0};
    struct ranker_figures figures;
    struct model *m = NULL;
    struct error err = {0};

    make(&to_fit, RANKER_GROUPS_MIN - 1, true, 8);
    make(&to_stop, 50, true, 9);
    assert_int_equal(ranker_fit(&(const struct ranker_task){&to_fit, &to_stop, LOSS_NDCG}, &options,
                                &m, &figures, &err),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "199 moments to learn a ranking from and 50 to stop by"));
    make(&to_fit, 1, true, 10);
    const struct examples fewer = examples_from(&to_stop, 1);
    assert_int_equal(ranker_fit(&(const struct ranker_task){&to_fit, &fewer, LOSS_NDCG}, &options,
                                &m, &figures, &err),
                     ERR_NOT_FOUND);
    assert_null(m);
}

static void the_same_examples_give_the_same_trees(void **state)
{
    SCOPED(examples_free) struct examples to_fit = {0}, to_stop = {0};
    SCOPED(file_map_close) struct file_map x = {0}, y = {0};
    char dir[TEST_PATH_SIZE], paths[2][TEST_PATH_SIZE];
    struct ranker_figures figures;
    struct error err = {0};

    make(&to_fit, 300, true, 11);
    make(&to_stop, 60, true, 12);
    test_dir(dir);
    for (int i = 0; i < 2; i++) {
        SCOPED(model_close)
        struct model *m = fit(&to_fit, &to_stop, LOSS_NDCG, &figures);
        test_path(paths[i], dir, i == 0 ? "first.bin" : "second.bin");
        assert_int_equal(model_save(m, paths[i], &err), OK);
    }
    assert_int_equal(file_map_open(&x, paths[0], NULL), OK);
    assert_int_equal(file_map_open(&y, paths[1], NULL), OK);
    assert_int_equal(x.size, y.size);
    assert_memory_equal(x.bytes, y.bytes, x.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_learn_a_planted_order_by_every_loss),
        cmocka_unit_test(boosting_ends_when_later_examples_are_not_ranked_better),
        cmocka_unit_test(what_teaches_nothing_gives_no_trees_and_says_so),
        cmocka_unit_test(too_few_examples_are_counted_in_a_sentence),
        cmocka_unit_test(the_same_examples_give_the_same_trees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
