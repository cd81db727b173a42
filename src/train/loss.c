/* SPDX-License-Identifier: Apache-2.0 */
#include "train/loss.h"

#include <assert.h>
#include <math.h>

enum { ROWS_MAX = EXAMPLE_POSITIVES_MAX + EXAMPLE_NEGATIVES };

static const char *const words[LOSS_COUNT] = {"softmax", "pairwise", "ndcg"};
static const double steps = 1 << 20, weight_least = 0.2, weight_most = 5;

/* One group at work. */
struct group {
    uint32_t rows;
    const float *scores;
    double targets[ROWS_MAX], gradients[ROWS_MAX], curvatures[ROWS_MAX];
};

const char *loss_word(enum loss loss)
{
    assert(loss < LOSS_COUNT);
    return words[loss];
}

bool loss_find(struct text word, enum loss *out)
{
    for (int i = 0; i < LOSS_COUNT; i++) {
        if (text_is(word, words[i])) {
            *out = (enum loss)i;
            return true;
        }
    }
    return false;
}

static double mean_gain(const struct examples *e)
{
    double sum = 0;

    for (size_t i = 0; i < e->group_count; i++)
        sum += (double)e->groups[i].gain;
    return e->group_count > 0 ? sum / (double)e->group_count : 1;
}

static double weight_of(const struct example_group *g, double mean)
{
    double weight = (double)g->gain / mean;

    return weight < weight_least ? weight_least : weight > weight_most ? weight_most : weight;
}

static void targets_of(const struct example_group *g, const float *gains, double *out)
{
    for (uint32_t i = 0; i < g->rows; i++)
        out[i] = (double)gains[i] / (double)g->gain;
}

static void probabilities(const float *scores, uint32_t rows, double *out)
{
    double most = (double)scores[0], sum = 0;

    for (uint32_t i = 1; i < rows; i++)
        most = (double)scores[i] > most ? (double)scores[i] : most;
    for (uint32_t i = 0; i < rows; i++) {
        out[i] = exp((double)scores[i] - most);
        sum += out[i];
    }
    for (uint32_t i = 0; i < rows; i++)
        out[i] /= sum;
}

static void softmax(struct group *g)
{
    double p[ROWS_MAX];

    probabilities(g->scores, g->rows, p);
    for (uint32_t i = 0; i < g->rows; i++) {
        g->gradients[i] = p[i] - g->targets[i];
        g->curvatures[i] = p[i] * (1 - p[i]);
    }
}

/* 1 / log2(1 + place) of each row, by falling score; equal scores keep their order. */
static void discounts_of(const struct group *g, double *out)
{
    for (uint32_t i = 0; i < g->rows; i++) {
        uint32_t place = 1;
        for (uint32_t k = 0; k < g->rows; k++)
            place += g->scores[k] > g->scores[i] || (g->scores[k] == g->scores[i] && k < i);
        out[i] = 1 / log2(1 + (double)place);
    }
}

/* DCG of the best order: rows stand by falling gain already, those without behind. */
static double ideal_of(const struct group *g)
{
    double sum = 0;

    for (uint32_t i = 0; i < g->rows; i++)
        sum += g->targets[i] / log2(2 + (double)i);
    return sum;
}

static void pairs(struct group *g, bool by_ndcg)
{
    double discounts[ROWS_MAX], ideal = ideal_of(g);

    discounts_of(g, discounts);
    for (uint32_t i = 0; i < g->rows; i++)
        g->gradients[i] = g->curvatures[i] = 0;
    for (uint32_t i = 0; i < g->rows && g->targets[i] > 0; i++) {
        for (uint32_t k = i + 1; k < g->rows; k++) {
            double weight = g->targets[i] - g->targets[k];
            double wrong = 1 / (1 + exp((double)g->scores[i] - (double)g->scores[k]));
            if (by_ndcg)
                weight *= fabs(discounts[i] - discounts[k]) / ideal;
            g->gradients[i] -= weight * wrong;
            g->gradients[k] += weight * wrong;
            g->curvatures[i] += weight * wrong * (1 - wrong);
            g->curvatures[k] += weight * wrong * (1 - wrong);
        }
    }
}

static float rounded(double x)
{
    return (float)(round(x * steps) / steps);
}

void loss_gradients(enum loss loss, const struct examples *e, const float *scores, float *gradients,
                    float *curvatures)
{
    double mean = mean_gain(e);
    size_t at = 0;

    for (size_t i = 0; i < e->group_count; i++) {
        struct group g = {.rows = e->groups[i].rows, .scores = scores + at};
        double weight = weight_of(&e->groups[i], mean);
        assert(g.rows <= ROWS_MAX);
        targets_of(&e->groups[i], e->gains + at, g.targets);
        if (loss == LOSS_SOFTMAX)
            softmax(&g);
        else
            pairs(&g, loss == LOSS_NDCG);
        for (uint32_t k = 0; k < g.rows; k++, at++) {
            gradients[at] = rounded(weight * g.gradients[k]);
            curvatures[at] = rounded(weight * g.curvatures[k] + 1 / steps);
        }
    }
    assert(at == e->row_count);
}

double loss_mean(const struct examples *e, const float *scores)
{
    double mean = mean_gain(e), sum = 0, weights = 0;
    size_t at = 0;

    for (size_t i = 0; i < e->group_count; i++) {
        double p[ROWS_MAX], targets[ROWS_MAX], weight = weight_of(&e->groups[i], mean), own = 0;
        probabilities(scores + at, e->groups[i].rows, p);
        targets_of(&e->groups[i], e->gains + at, targets);
        for (uint32_t k = 0; k < e->groups[i].rows; k++)
            own -= targets[k] > 0 ? targets[k] * log(p[k] + 1e-12) : 0;
        sum += weight * own;
        weights += weight;
        at += e->groups[i].rows;
    }
    return weights > 0 ? sum / weights : 0;
}
