/* SPDX-License-Identifier: Apache-2.0 */
/* One product after the other, all its places in all sessions, as pairs_build.c does: one row of sums
 * is all the memory that counting needs. */
#include "train/factor.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "train/eigen.h"
#include "train/sparse.h"

enum { DISTANCE_MAX = 5 };

static const double distance_scale = 2; /* a click further weighs e^(-1 / scale) of it */
static const double recency = 2;        /* the oldest session weighs e^-recency of the newest */
static const double context_power = 0.75;

#define ROW_NONE UINT32_MAX

struct meetings {
    const struct session_set *set;
    uint32_t *shoppers;       /* of each product */
    uint32_t *row_of;         /* of each product: ROW_NONE when it takes no part */
    product_number *products; /* of each row */
    uint32_t rows;
    /* clicks of those that take part, one after the other, without repetitions in a row */
    uint32_t step_count;
    uint32_t *steps;      /* rows */
    uint32_t *session_of; /* of a step */
    float *weights;       /* of a session */
    uint32_t *at_starts;  /* rows + 1 */
    uint32_t *at;         /* the steps of each row */
    double by_distance[DISTANCE_MAX + 1];
};

static void meetings_free(struct meetings *m)
{
    void *all[] = {m->row_of,  m->products,  m->steps, m->session_of,
                   m->weights, m->at_starts, m->at};

    for (size_t i = 0; i < COUNT(all); i++)
        mem_free(all[i]);
}

void factor_free(struct factor *f)
{
    mem_free(f->vectors);
    mem_free(f->shoppers);
    *f = (struct factor){0};
}

/* --- who takes part --- */

static uint32_t *count_shoppers(const struct session_set *set)
{
    uint32_t *counts = mem_new(set->product_count, sizeof(*counts));
    shopper_number *last = mem_new(set->product_count, sizeof(*last)); /* 1 + it */
    uint32_t *sessions = session_set_by_shopper(set);

    for (uint32_t i = 0; i < set->session_count; i++) {
        uint32_t s = sessions[i];
        for (uint64_t c = set->starts[s]; c < set->starts[s + 1]; c++) {
            product_number p = set->products[c];
            counts[p] += last[p] != set->shoppers[s] + 1;
            last[p] = set->shoppers[s] + 1;
        }
    }
    mem_free(last);
    mem_free(sessions);
    return counts;
}

static void choose_rows(struct meetings *m, uint32_t support_min)
{
    product_number products = m->set->product_count;

    m->row_of = mem_new(products, sizeof(*m->row_of));
    m->products = mem_new(products, sizeof(*m->products));
    for (product_number p = 0; p < products; p++) {
        bool takes_part = m->shoppers[p] > 0 && m->shoppers[p] >= support_min;
        m->row_of[p] = takes_part ? m->rows : ROW_NONE;
        if (takes_part)
            m->products[m->rows++] = p;
        else
            m->shoppers[p] = 0;
    }
}

static void take_steps(struct meetings *m)
{
    const struct session_set *set = m->set;

    m->steps = mem_resize(NULL, set->click_count, sizeof(*m->steps));
    m->session_of = mem_resize(NULL, set->click_count, sizeof(*m->session_of));
    m->weights = mem_new(set->session_count, sizeof(*m->weights));
    for (uint32_t s = 0; s < set->session_count; s++) {
        double newer = (double)(set->session_count - 1 - s) / (double)set->session_count;
        uint32_t last = ROW_NONE;
        m->weights[s] = (float)exp(-recency * newer);
        for (uint64_t c = set->starts[s]; c < set->starts[s + 1]; c++) {
            uint32_t row = m->row_of[set->products[c]];
            if (row == ROW_NONE || row == last)
                continue;
            last = m->steps[m->step_count] = row;
            m->session_of[m->step_count++] = s;
        }
    }
    for (int d = 1; d <= DISTANCE_MAX; d++)
        m->by_distance[d] = exp(-(d - 1) / distance_scale);
}

static void sort_places(struct meetings *m)
{
    m->at_starts = mem_new((size_t)m->rows + 1, sizeof(*m->at_starts));
    m->at = mem_resize(NULL, m->step_count, sizeof(*m->at));
    for (uint32_t i = 0; i < m->step_count; i++)
        m->at_starts[m->steps[i] + 1]++;
    for (uint32_t row = 0; row < m->rows; row++)
        m->at_starts[row + 1] += m->at_starts[row];
    uint32_t *fill = mem_copy(m->at_starts, (size_t)m->rows * sizeof(*fill));
    for (uint32_t i = 0; i < m->step_count; i++)
        m->at[fill[m->steps[i]]++] = i;
    mem_free(fill);
}

/* --- how often they met --- */

/* The steps of the session within reach of `step`: *first .. *end - 1. */
static void reach(const struct meetings *m, uint32_t step, uint32_t *first, uint32_t *end)
{
    uint32_t session = m->session_of[step];

    *first = *end = step;
    while (*first > 0 && step - *first < DISTANCE_MAX && m->session_of[*first - 1] == session)
        --*first;
    while (*end < m->step_count && *end - step <= DISTANCE_MAX && m->session_of[*end] == session)
        ++*end;
}

/* Of each row, the weight of all its meetings. */
static double *sum_meetings(const struct meetings *m)
{
    double *sums = mem_new(m->rows, sizeof(*sums));

    for (uint32_t i = 0; i < m->step_count; i++) {
        uint32_t first, end;
        reach(m, i, &first, &end);
        for (uint32_t k = i + 1; k < end; k++) {
            double weight = (double)m->weights[m->session_of[i]] * m->by_distance[k - i];
            if (m->steps[k] == m->steps[i])
                continue;
            sums[m->steps[i]] += weight;
            sums[m->steps[k]] += weight;
        }
    }
    return sums;
}

/* One row at work. */
struct row {
    double *sums; /* of each row it met */
    uint32_t *touched, count;
};

static void meet(const struct meetings *m, uint32_t row, struct row *r)
{
    r->count = 0;
    for (uint32_t i = m->at_starts[row]; i < m->at_starts[row + 1]; i++) {
        uint32_t step = m->at[i], first, end;
        double weight = m->weights[m->session_of[step]];
        reach(m, step, &first, &end);
        for (uint32_t k = first; k < end; k++) {
            uint32_t other = m->steps[k];
            if (other == row)
                continue;
            if (r->sums[other] == 0)
                r->touched[r->count++] = other;
            r->sums[other] += weight * m->by_distance[k < step ? step - k : k - step];
        }
    }
}

/* A, as factor.h has it. */
static struct sparse information(const struct meetings *m)
{
    double *sums = sum_meetings(m), total = 0, own_power = (1 + context_power) / 2;
    struct row r = {.sums = mem_new(m->rows, sizeof(*r.sums)),
                    .touched = mem_new(m->rows, sizeof(*r.touched))};
    struct sparse a = {.rows = m->rows,
                       .columns = m->rows,
                       .starts = mem_new((size_t)m->rows + 1, sizeof(*a.starts))};
    size_t count = 0, at_room = 0, values_room = 0;

    for (uint32_t row = 0; row < m->rows; row++)
        total += pow(sums[row], context_power);
    for (uint32_t row = 0; row < m->rows; row++)
        sums[row] = own_power * log(sums[row]); /* one that met nobody is never asked about */
    for (uint32_t row = 0; row < m->rows; row++) {
        meet(m, row, &r);
        a.at = mem_grow(a.at, &at_room, count + r.count, sizeof(*a.at));
        a.values = mem_grow(a.values, &values_room, count + r.count, sizeof(*a.values));
        for (uint32_t i = 0; i < r.count; i++) {
            uint32_t other = r.touched[i];
            double value = log(r.sums[other] * total) - sums[row] - sums[other];
            r.sums[other] = 0;
            if (!(value > 0))
                continue;
            a.at[count] = other;
            a.values[count++] = (float)value;
        }
        a.starts[row + 1] = count;
    }
    mem_free(sums);
    mem_free(r.sums);
    mem_free(r.touched);
    return a;
}

/* --- vectors --- */

static void multiply(const void *context, const float *x, uint32_t width, float *out)
{
    sparse_multiply(context, x, width, out);
}

static void scale_row(const float *row, const struct eigen *e, float *out)
{
    double square = 0;

    for (uint32_t k = 0; k < e->count; k++) {
        out[k] = e->values[k] > 0 ? row[k] * sqrtf(e->values[k]) : 0;
        square += (double)out[k] * out[k];
    }
    for (uint32_t k = 0; k < e->count; k++)
        out[k] = square > 0 ? (float)(out[k] / sqrt(square)) : 0;
}

struct factor factor_products(const struct session_set *set, uint32_t support_min)
{
    struct meetings m = {.set = set, .shoppers = count_shoppers(set)};
    struct factor f = {.product_count = set->product_count, .shoppers = m.shoppers};

    choose_rows(&m, support_min);
    take_steps(&m);
    sort_places(&m);
    struct sparse a = information(&m);
    struct eigen_matrix matrix = {m.rows, multiply, &a};
    struct eigen e = eigen_largest(&matrix, FACTOR_SIZE);
    f.vectors = mem_new((size_t)set->product_count * FACTOR_SIZE, sizeof(*f.vectors));
    for (uint32_t row = 0; row < m.rows; row++) {
        product_number p = m.products[row];
        scale_row(e.vectors + (size_t)row * e.count, &e, f.vectors + (size_t)p * FACTOR_SIZE);
        if (a.starts[row + 1] == a.starts[row])
            f.shoppers[p] = 0; /* it met nobody */
    }
    eigen_free(&e);
    sparse_free(&a);
    meetings_free(&m);
    return f;
}
