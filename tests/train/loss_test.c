/* SPDX-License-Identifier: Apache-2.0 */
#include "train/loss.h"

#include <math.h>

#include "base/random.h"
#include "tests/support/test.h"

enum { ROWS = 12 };

/* One or two groups of ROWS, gains first by falling size. */
struct made {
    struct examples examples;
    struct example_group groups[2];
    float gains[2 * ROWS], scores[2 * ROWS], gradients[2 * ROWS], curvatures[2 * ROWS];
};

static void make(struct made *m, size_t groups, uint64_t seed)
{
    struct random r;

    *m = (struct made){.gradients = {0}};
    random_seed(&r, seed);
    for (size_t g = 0; g < groups; g++) {
        m->gains[g * ROWS] = 4;
        m->gains[g * ROWS + 1] = 2;
        m->gains[g * ROWS + 2] = 1;
        m->groups[g] = (struct example_group){ROWS, 7};
    }
    for (size_t i = 0; i < groups * ROWS; i++)
        m->scores[i] = (float)random_normal(&r);
    m->examples = (struct examples){
        .gains = m->gains, .groups = m->groups, .row_count = groups * ROWS, .group_count = groups};
}

static void gradients(struct made *m, enum loss loss)
{
    loss_gradients(loss, &m->examples, m->scores, m->gradients, m->curvatures);
}

static double target(const struct made *m, int i)
{
    return (double)m->gains[i] / (double)m->groups[0].gain;
}

/* The losses of the header, of the first group. */
static double softmax_of(const struct made *m, const double *s)
{
    double sum = 0, loss = 0;

    for (int i = 0; i < ROWS; i++)
        sum += exp(s[i]);
    for (int i = 0; i < ROWS; i++)
        loss -= target(m, i) * (s[i] - log(sum));
    return loss;
}

static double pairwise_of(const struct made *m, const double *s)
{
    double loss = 0;

    for (int i = 0; i < ROWS; i++) {
        for (int k = 0; k < ROWS; k++) {
            if (target(m, i) > target(m, k))
                loss += (target(m, i) - target(m, k)) * log(1 + exp(s[k] - s[i]));
        }
    }
    return loss;
}

/* First and second differences of `of` by each score. */
static void assert_differences(double (*of)(const struct made *, const double *), enum loss loss,
                               bool curved)
{
    const double by = 1e-4;
    struct made m;

    make(&m, 1, 1);
    gradients(&m, loss);
    for (int i = 0; i < ROWS; i++) {
        double s[ROWS];
        for (int k = 0; k < ROWS; k++)
            s[k] = (double)m.scores[k];
        double here = of(&m, s);
        s[i] += by;
        double above = of(&m, s);
        s[i] -= 2 * by;
        double below = of(&m, s);
        assert_true(fabs((above - below) / (2 * by) - (double)m.gradients[i]) < 2e-6);
        if (curved)
            assert_true(fabs((above - 2 * here + below) / (by * by) - (double)m.curvatures[i]) <
                        1e-4);
    }
}

static void softmax_goes_where_its_loss_falls(void **state)
{
    assert_differences(softmax_of, LOSS_SOFTMAX, true);
}

static void pairwise_goes_where_its_loss_falls(void **state)
{
    assert_differences(pairwise_of, LOSS_PAIRWISE, true);
}

static void ndcg_lifts_what_gained_and_lowers_the_rest(void **state)
{
    struct made m;
    double sum = 0;

    make(&m, 1, 2);
    gradients(&m, LOSS_NDCG);
    assert_true(m.gradients[0] < 0); /* going down the gradient, its score rises */
    for (int i = 3; i < ROWS; i++)
        assert_true(m.gradients[i] > 0);
    for (int i = 0; i < ROWS; i++)
        sum += (double)m.gradients[i];
    assert_true(fabs(sum) < ROWS * 1e-6);
}

/* Two rows: the right one at place two. Changing places changes DCG from 1 / log2(3) to 1. */
static void ndcg_weighs_a_pair_by_what_changing_places_would_win(void **state)
{
    struct example_group group = {2, 5};
    float gains[] = {5, 0}, scores[] = {0, 1}, gradient[2], curvature[2];
    const struct examples e = {.gains = gains, .groups = &group, .row_count = 2, .group_count = 1};
    double wrong = 1 / (1 + exp(-1)), won = 1 - 1 / log2(3);

    loss_gradients(LOSS_NDCG, &e, scores, gradient, curvature);
    assert_true(fabs((double)gradient[0] + won * wrong) < 2e-6);
    assert_true(fabs((double)gradient[1] - won * wrong) < 2e-6);
    assert_true(fabs((double)curvature[0] - won * wrong * (1 - wrong)) < 2e-6);
}

static void going_down_any_gradient_ranks_better(void **state)
{
    for (int loss = 0; loss < LOSS_COUNT; loss++) {
        struct made m;
        make(&m, 2, 3);
        double before = loss_mean(&m.examples, m.scores);
        for (int step = 0; step < 200; step++) {
            gradients(&m, (enum loss)loss);
            for (int i = 0; i < 2 * ROWS; i++)
                m.scores[i] -= m.gradients[i];
        }
        assert_true(loss_mean(&m.examples, m.scores) < before - 0.3);
        for (int i = 3; i < ROWS; i++) {
            assert_true(m.scores[0] > m.scores[1] && m.scores[1] > m.scores[2]);
            assert_true(m.scores[2] > m.scores[i]);
        }
    }
}

static void a_group_weighs_its_gain_from_a_fifth_to_five_times(void **state)
{
    static const float factors[] = {0.001F, 0.5F, 1, 3, 1000};
    struct made alone, m;

    make(&alone, 1, 4);
    gradients(&alone, LOSS_SOFTMAX);
    for (size_t f = 0; f < COUNT(factors); f++) {
        make(&m, 2, 4);
        memcpy(m.scores, alone.scores, ROWS * sizeof(float));
        for (int i = 0; i < ROWS; i++)
            m.gains[i] *= factors[f];
        m.groups[0].gain *= factors[f];
        gradients(&m, LOSS_SOFTMAX);
        double expected = 2 * (double)factors[f] / (1 + (double)factors[f]);
        expected = expected < 0.2 ? 0.2 : expected;
        for (int i = 0; i < ROWS; i++)
            assert_true(fabs((double)m.gradients[i] - expected * (double)alone.gradients[i]) <
                        1e-5);
    }
    struct example_group groups[20] = {{2, 700}};
    float gains[40] = {700}, scores[40] = {0}, gradient[40], curvature[40];
    const struct examples many = {
        .gains = gains, .groups = groups, .row_count = 40, .group_count = 20};
    for (int g = 1; g < 20; g++) {
        groups[g] = (struct example_group){2, 1};
        gains[(size_t)2 * (size_t)g] = 1;
    }
    loss_gradients(LOSS_SOFTMAX, &many, scores, gradient, curvature);
    assert_true(fabs((double)gradient[0] + 5 * 0.5) < 1e-5); /* it gained nineteen times the mean */
}

/* XGBoost adds gradients up in doubles, in an order that hangs on threads: sums must not. */
static void gradients_are_whole_numbers_of_a_small_step(void **state)
{
    for (int loss = 0; loss < LOSS_COUNT; loss++) {
        struct made m;
        make(&m, 2, 5);
        gradients(&m, (enum loss)loss);
        for (int i = 0; i < 2 * ROWS; i++) {
            double steps = (double)m.gradients[i] * (1 << 20);
            assert_true(steps == round(steps));
            steps = (double)m.curvatures[i] * (1 << 20);
            assert_true(steps == round(steps) && steps >= 1); /* never without curvature */
        }
    }
}

static void the_mean_loss_is_that_of_chance_where_all_scores_are_equal(void **state)
{
    struct made m;

    make(&m, 2, 6);
    memset(m.scores, 0, sizeof(m.scores));
    assert_true(fabs(loss_mean(&m.examples, m.scores) - log(ROWS)) < 1e-9);
    m.scores[0] = m.scores[ROWS] = 500; /* far out, and still a number */
    assert_true(isfinite(loss_mean(&m.examples, m.scores)));
    m.examples.group_count = 0;
    assert_true(loss_mean(&m.examples, m.scores) == 0);
}

static void a_loss_is_found_by_its_word(void **state)
{
    for (int i = 0; i < LOSS_COUNT; i++) {
        enum loss found = LOSS_COUNT;
        assert_true(loss_find(text_from(loss_word((enum loss)i)), &found));
        assert_int_equal(found, i);
    }
    assert_false(loss_find(TEXT("hinge"), &(enum loss){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softmax_goes_where_its_loss_falls),
        cmocka_unit_test(pairwise_goes_where_its_loss_falls),
        cmocka_unit_test(ndcg_lifts_what_gained_and_lowers_the_rest),
        cmocka_unit_test(ndcg_weighs_a_pair_by_what_changing_places_would_win),
        cmocka_unit_test(going_down_any_gradient_ranks_better),
        cmocka_unit_test(a_group_weighs_its_gain_from_a_fifth_to_five_times),
        cmocka_unit_test(gradients_are_whole_numbers_of_a_small_step),
        cmocka_unit_test(the_mean_loss_is_that_of_chance_where_all_scores_are_equal),
        cmocka_unit_test(a_loss_is_found_by_its_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
