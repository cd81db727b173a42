/* SPDX-License-Identifier: Apache-2.0 */
#include "train/encoder_fit.h"

#include <math.h>
#include <stdatomic.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "tests/support/sessions.h"
#include "tests/support/test.h"
#include "train/encoder_step.h"
#include "train/parts.h"

enum { CLUSTERS = 8, OF_CLUSTER = 10, SESSIONS = 2000, CLICKS = 5 };

/* Every session stays with the products of one cluster: a product's cluster is product % CLUSTERS. */
static struct sessions *clustered(const char *dir, uint32_t session_count)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    char path[TEST_PATH_SIZE];
    struct sessions *s = NULL;
    struct random r;
    struct error err = {0};

    random_seed(&r, 1);
    for (uint32_t i = 0; i < session_count; i++) {
        uint32_t cluster = random_below(&r, CLUSTERS);
        set_session(&m, i, i);
        for (int k = 0; k < CLICKS; k++)
            set_click(&m, cluster + CLUSTERS * random_below(&r, OF_CLUSTER), ACTION_VIEW, 0);
    }
    test_path(path, dir, "sessions.bin");
    assert_int_equal(sessions_build(&m.set, path, &err), OK);
    assert_int_equal(sessions_open(&s, path, &err), OK);
    return s;
}

static void fit(const struct sessions *s, const float *start, const char *path)
{
    const struct train_options options = {.keep = 1};
    struct error err = {0};

    if (encoder_fit(s, 3, start, &options, path, &err) != OK)
        fail_msg("%s", err.message);
}

static void sessions_end_up_near_the_products_they_go_on_with(void **state)
{
    SCOPED(encoder_close) struct encoder *e = NULL;
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct error err = {0};
    uint32_t own = 0;

    test_dir(dir);
    SCOPED(sessions_close) struct sessions *s = clustered(dir, SESSIONS);
    fit(s, NULL, test_path(path, dir, "encoder.bin"));
    assert_int_equal(encoder_open(&e, path, &err), OK);
    assert_int_equal(encoder_rows(e), CLUSTERS * OF_CLUSTER);
    for (product_number cluster = 0; cluster < CLUSTERS; cluster++) {
        const product_number clicks[] = {cluster, cluster + CLUSTERS};
        struct session_vector v;
        struct encoder_hit hits[OF_CLUSTER];
        encoder_encode(e, clicks, COUNT(clicks), &v);
        assert_int_equal(encoder_search(e, &v, OF_CLUSTER, hits), OF_CLUSTER);
        for (size_t i = 0; i < OF_CLUSTER; i++)
            own += hits[i].product % CLUSTERS == cluster;
    }
    assert_true(own >= CLUSTERS * OF_CLUSTER * 95 / 100); /* by chance an eighth of them */
}

static void the_same_sessions_give_the_same_bytes_time_after_time(void **state)
{
    SCOPED(file_map_close) struct file_map first = {0};
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE], other[TEST_PATH_SIZE];

    test_dir(dir);
    SCOPED(sessions_close) struct sessions *s = clustered(dir, SESSIONS);
    fit(s, NULL, test_path(path, dir, "first.bin"));
    assert_int_equal(file_map_open(&first, path, NULL), OK);
    for (int i = 0; i < 2; i++) {
        SCOPED(file_map_close) struct file_map again = {0};
        fit(s, NULL, test_path(other, dir, "again.bin"));
        assert_int_equal(file_map_open(&again, other, NULL), OK);
        assert_int_equal(again.size, first.size);
        assert_memory_equal(again.bytes, first.bytes, first.size);
    }
}

static void too_little_to_learn_from_is_told_and_leaves_no_file(void **state)
{
    SCOPED(encoder_close) struct encoder *e = NULL;
    const struct train_options options = {.keep = 1};
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct error err = {0};

    test_dir(dir);
    test_path(path, dir, "encoder.bin");
    SCOPED(sessions_close) struct sessions *s = clustered(dir, 249); /* 996 examples */
    assert_int_equal(encoder_fit(s, 3, NULL, &options, path, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "996 clicks"));
    assert_int_equal(encoder_open(&e, path, &err), ERR_NOT_FOUND);
}

static void products_of_too_few_shoppers_get_no_vector(void **state)
{
    SCOPED(encoder_close) struct encoder *e = NULL;
    SCOPED(sessions_close) struct sessions *s = NULL;
    SCOPED(set_maker_free) struct set_maker m = {0};
    const struct train_options options = {.keep = 1};
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct error err = {0};

    for (uint32_t i = 0; i < 600; i++) {
        const product_number often[] = {i % 7, i % 5, i % 3}, seldom[] = {0, 7, 1};
        set_views(&m, i, i, often, 3);
        if (i < 50) /* by two shoppers only, over and over */
            set_views(&m, i % 2, i, seldom, 3);
    }
    test_dir(dir);
    assert_int_equal(sessions_build(&m.set, test_path(path, dir, "sessions.bin"), &err), OK);
    assert_int_equal(sessions_open(&s, path, &err), OK);
    assert_int_equal(encoder_fit(s, 3, NULL, &options, test_path(path, dir, "e.bin"), &err), OK);
    assert_int_equal(encoder_open(&e, path, &err), OK);
    assert_true(encoder_knows(e, 0) && encoder_knows(e, 6));
    assert_false(encoder_knows(e, 7));
}

/* --- one step --- */

enum { ROWS = 40 };

struct trial {
    struct encoder_model model;
    struct step_input in;
    uint32_t clicks[STEP_EXAMPLES * 4];
    float log_drawn[ROWS];
};

static void draw(float *x, size_t count, double scale, struct random *r)
{
    for (size_t i = 0; i < count; i++)
        x[i] = (float)(scale * random_normal(r));
}

static struct trial *trial_new(uint64_t seed)
{
    struct trial *t = mem_new(1, sizeof(*t));
    size_t numbers = (size_t)ROWS * ENCODER_SIZE;
    struct random r;

    random_seed(&r, seed);
    t->model.row_count = ROWS;
    t->model.vectors = mem_new(numbers, sizeof(float));
    t->model.means = mem_new(numbers, sizeof(float));
    t->model.squares = mem_new(numbers, sizeof(float));
    draw(t->model.vectors, numbers, 0.3, &r);
    draw(&t->model.weights.a[0][0], STEP_WEIGHTS, 0.2, &r);
    for (uint32_t i = 0; i < COUNT(t->clicks); i++)
        t->clicks[i] = random_below(&r, ROWS);
    for (uint32_t i = 0; i < STEP_EXAMPLES; i++)
        t->in.examples[i] =
            (struct example){&t->clicks[4 * i], 1 + i % 4, random_below(&r, ROWS), 1};
    for (uint32_t i = 0; i < STEP_NEGATIVES; i++)
        t->in.negatives[i] = random_below(&r, ROWS);
    t->in.log_drawn = t->log_drawn;
    return t;
}

static void trial_free(struct trial *t)
{
    mem_free(t->model.vectors);
    mem_free(t->model.means);
    mem_free(t->model.squares);
    mem_free(t);
}

/* The loss with one number moved by `by`; nothing is learned. */
static double loss_with(struct step *s, struct trial *t, float *number, float by)
{
    float was = *number;

    t->in.rate = 0;
    *number = was + by;
    double loss = step_run(s, &t->model, &t->in);
    *number = was;
    return loss;
}

/* A first step leaves a tenth of each gradient in Adam's means: they are what moving a number does to the
 * loss. */
static void gradients_are_what_moving_a_number_does_to_the_loss(void **state)
{
    const float by = 4e-3F;
    struct trial *t = trial_new(1), *moved = trial_new(1);
    struct step *s = step_new(ROWS);
    struct random r;

    (void)step_run(s, &t->model, &t->in);
    random_seed(&r, 2);
    for (int i = 0; i < 24; i++) {
        size_t at = random_below(&r, i % 2 == 0 ? ROWS * ENCODER_SIZE : STEP_WEIGHTS);
        float *number = i % 2 == 0 ? moved->model.vectors + at : &moved->model.weights.a[0][0] + at;
        float mean = i % 2 == 0 ? t->model.means[at] : (&t->model.weight_means.a[0][0])[at];
        double slope =
            (loss_with(s, moved, number, by) - loss_with(s, moved, number, -by)) / (2 * (double)by);
        double gradient = 10 * (double)mean;
        if (fabs(slope - gradient) > 0.02 * fabs(gradient) + 1e-3)
            fail_msg("number %zu: %.6f by moving it, %.6f said", at, slope, gradient);
    }
    step_free(s);
    trial_free(t);
    trial_free(moved);
}

static void steps_make_the_loss_smaller_and_are_the_same_twice(void **state)
{
    struct trial *t = trial_new(3), *again = trial_new(3);
    struct step *s = step_new(ROWS);
    double first = 0, last = 0;

    t->in.rate = again->in.rate = 0.01F;
    for (int i = 0; i < 30; i++) {
        last = step_run(s, &t->model, &t->in);
        first = i == 0 ? last : first;
        assert_true(step_run(s, &again->model, &again->in) == last);
    }
    assert_true(last < 0.8 * first);
    assert_memory_equal(t->model.vectors, again->model.vectors,
                        (size_t)ROWS * ENCODER_SIZE * sizeof(float));
    assert_memory_equal(&t->model.weights, &again->model.weights, sizeof(t->model.weights));
    step_free(s);
    trial_free(t);
    trial_free(again);
}

/* --- parts --- */

struct visits {
    atomic_uint of[PARTS_MAX];
};

static void visit(void *context, uint32_t part)
{
    struct visits *v = context;

    atomic_fetch_add(&v->of[part], part + 1);
}

static void every_part_is_run_once_before_the_call_returns(void **state)
{
    for (uint32_t count = 1; count <= PARTS_MAX; count++) {
        struct visits v = {0};
        parts_run(count, visit, &v);
        for (uint32_t i = 0; i < PARTS_MAX; i++)
            assert_int_equal(atomic_load(&v.of[i]), i < count ? i + 1 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_end_up_near_the_products_they_go_on_with),
        cmocka_unit_test(the_same_sessions_give_the_same_bytes_time_after_time),
        cmocka_unit_test(too_little_to_learn_from_is_told_and_leaves_no_file),
        cmocka_unit_test(products_of_too_few_shoppers_get_no_vector),
        cmocka_unit_test(gradients_are_what_moving_a_number_does_to_the_loss),
        cmocka_unit_test(steps_make_the_loss_smaller_and_are_the_same_twice),
        cmocka_unit_test(every_part_is_run_once_before_the_call_returns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
