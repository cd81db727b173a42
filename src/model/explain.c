/* SPDX-License-Identifier: Apache-2.0 */
/* Shapley values of one row, leaf by leaf.
 *
 * To a leaf lead splits by some features. For each of these features let z be the share of the
 * training rows that its splits on the way let pass, and o be 1 when the row itself passes them,
 * else 0. Where only the features of a set S are known, the leaf is reached by the product of o over
 * those in S and z over the others. Feature j's Shapley value of that is
 *
 *   (o_j - z_j) times the integral over t from 0 to 1 of the product over the other i of
 *   z_i (1 - t) + o_i t
 *
 * since the integral of t^|S| (1 - t)^(n-1-|S|) is the Shapley weight of S. The integrand is a
 * polynomial of degree n - 1, which Gauss's rule of n/2 points integrates exactly: the values of
 * Lundberg, Erion and Lee's algorithm 2, by sums of positive terms instead of its divisions. */
#include <assert.h>
#include <math.h>

#include "model/parts.h"

enum {
    PATH_MAX = MODEL_LEAVES_MAX - 1, /* splits on the way to a leaf */
    POINTS_MAX = (PATH_MAX + 1) / 2,
};

/* The splits by one feature on the way. */
struct step {
    uint32_t feature;
    double passes; /* the row: 0 or 1 */
    double passed; /* share of the training rows */
};

/* Gauss's rule for integrals from 0 to 1. */
struct rule {
    double at[POINTS_MAX], weight[POINTS_MAX];
};

struct explaining {
    const struct model *m;
    const struct model_rows *rows;
    size_t row;
    double *shares;
    struct rule *rules[POINTS_MAX + 1]; /* by their points; NULL where not yet wanted */
    struct arena *arena;
    struct step steps[PATH_MAX + 1]; /* one more to look at */
    uint32_t step_count;
};

/* The Legendre polynomial of degree n at x, and its derivative. */
static double legendre(uint32_t n, double x, double *derivative)
{
    double before = 1, value = x;

    for (uint32_t k = 2; k <= n; k++) {
        double next = ((2.0 * k - 1) * x * value - (k - 1.0) * before) / k;
        before = value;
        value = next;
    }
    *derivative = n * (x * value - before) / (x * x - 1);
    return value;
}

/* The points are the zeros of the Legendre polynomial (Press et al., Numerical Recipes, 4.5). */
static const struct rule *rule_of(struct explaining *e, uint32_t points)
{
    enum { STEPS = 8 }; /* Newton's doubles the right digits with each */

    if (e->rules[points] != NULL)
        return e->rules[points];
    struct rule *rule = arena_alloc(e->arena, sizeof(*rule));
    for (uint32_t i = 0; i < points; i++) {
        double x = cos(M_PI * (i + 0.75) / (points + 0.5)), derivative = 1;
        for (int k = 0; k < STEPS; k++)
            x -= legendre(points, x, &derivative) / derivative;
        rule->at[i] = (1 - x) / 2;
        rule->weight[i] = 1 / ((1 - x * x) * derivative * derivative);
    }
    e->rules[points] = rule;
    return rule;
}

/* Share out a leaf's value to the features on the way to it. */
static void explain_leaf(struct explaining *e, double value)
{
    const struct step *steps = e->steps;
    uint32_t count = e->step_count, points = (count + 1) / 2;
    const struct rule *rule = rule_of(e, points);
    double all = 1, gains[PATH_MAX], factors[PATH_MAX], before[PATH_MAX];

    for (uint32_t i = 0; i < count; i++) {
        all *= steps[i].passed;
        gains[i] = 0;
    }
    e->shares[e->m->feature_count] += value * all;
    for (uint32_t p = 0; p < points; p++) {
        double product = 1, at = rule->at[p];
        for (uint32_t i = 0; i < count; i++) {
            factors[i] = steps[i].passed * (1 - at) + steps[i].passes * at;
            before[i] = product;
            product *= factors[i];
        }
        product = rule->weight[p];
        for (uint32_t i = count; i-- > 0; product *= factors[i])
            gains[i] += before[i] * product;
    }
    for (uint32_t i = 0; i < count; i++)
        e->shares[steps[i].feature] += value * gains[i] * (steps[i].passes - steps[i].passed);
}

static bool goes_right(const struct explaining *e, uint32_t condition)
{
    const struct model_column *column = &e->m->columns[e->m->condition_columns[condition]];
    float value = e->rows->values[column->feature * e->rows->stride + e->row];

    return isnan(value) ? column->missing_right != 0 : value >= e->m->thresholds[condition];
}

static const struct model_node *explain_node(struct explaining *e, const struct model_node *node);

/* Explain the subtree of `child` with the split that leads into it among the steps; returns the
 * node behind it. */
static const struct model_node *explain_child(struct explaining *e, const struct model_node *child,
                                              struct step step)
{
    uint32_t at = 0, count = e->step_count;

    while (at < count && e->steps[at].feature != step.feature)
        at++;
    struct step was = e->steps[at];
    if (at < count) {
        step.passes *= was.passes;
        step.passed *= was.passed;
    } else {
        e->step_count++;
    }
    e->steps[at] = step;
    const struct model_node *behind = explain_node(e, child);
    e->steps[at] = was;
    e->step_count = count;
    return behind;
}

/* Explain the subtree of `node`; returns the node behind it. */
static const struct model_node *explain_node(struct explaining *e, const struct model_node *node)
{
    if (node->condition == NODE_LEAF) {
        explain_leaf(e, node->number);
        return node + 1;
    }
    uint32_t condition = node->condition & ~NODE_RIGHT_FIRST;
    bool right_first = (node->condition & NODE_RIGHT_FIRST) != 0;
    bool right = goes_right(e, condition);
    double left = node->number;
    struct step step = {.feature = e->m->columns[e->m->condition_columns[condition]].feature,
                        .passes = right == right_first,
                        .passed = right_first ? 1 - left : left};
    const struct model_node *second = explain_child(e, node + 1, step);

    step.passes = 1 - step.passes;
    step.passed = 1 - step.passed;
    return explain_child(e, second, step);
}

void model_explain(const struct model *m, const struct model_rows *rows, size_t row, float *shares,
                   struct arena *a)
{
    struct explaining e = {.m = m, .rows = rows, .row = row, .arena = a};
    const struct model_node *node = m->nodes;

    assert(row < rows->count && rows->count <= rows->stride);
    e.shares = arena_array(a, m->feature_count + 1, sizeof(*e.shares));
    e.shares[m->feature_count] = m->base;
    for (uint32_t t = 0; t < m->tree_count; t++)
        node = explain_node(&e, node);
    for (uint32_t f = 0; f <= m->feature_count; f++)
        shares[f] = (float)e.shares[f];
}
