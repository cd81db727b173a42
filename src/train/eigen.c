/* SPDX-License-Identifier: Apache-2.0 */
/* A row-major matrix of n rows and k columns is, byte for byte, a column-major one of k rows and n
 * columns: its transpose. So the QR of what is tall here is the LQ of what is wide to LAPACK, and
 * nothing is ever copied to be turned. */
#include "train/eigen.h"

#include <assert.h>
#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

enum {
    SPARE = 16,        /* columns above those wanted (section 4.2 of Halko et al.) */
    ITERATIONS = 4,    /* of the power, each with QR */
    BLOCK_ROWS = 4096, /* of one QR: what fits the cache */
};

void eigen_free(struct eigen *e)
{
    mem_free(e->vectors);
    mem_free(e->values);
    *e = (struct eigen){0};
}

static float *start(uint32_t size, uint32_t width)
{
    struct random r;
    float *x = mem_new((size_t)size * width, sizeof(*x));

    random_seed(&r, 1);
    for (size_t i = 0; i < (size_t)size * width; i++)
        x[i] = (float)(2 * random_unit(&r) - 1);
    return x;
}

/* --- QR of a tall matrix --- */

/* Rows from first of block `i` on; the last block takes what is left over. */
static uint32_t block_start(uint32_t rows, uint32_t blocks, uint32_t i)
{
    return i == blocks ? rows : i * BLOCK_ROWS;
}

/* LQ of the `columns` columns of height k at `a`: Q stays there, L goes to `lower`. */
static void factor_block(float *a, lapack_int k, lapack_int columns, float *tau, float *lower)
{
    lapack_int failed = LAPACKE_sgelqf(LAPACK_COL_MAJOR, k, columns, a, k, tau);

    assert(failed == 0);
    for (lapack_int column = 0; column < k; column++)
        for (lapack_int row = 0; row < k; row++)
            lower[column * k + row] = row >= column ? a[column * k + row] : 0;
    failed = LAPACKE_sorglq(LAPACK_COL_MAJOR, k, columns, k, a, k, tau);
    assert(failed == 0);
    (void)failed; /* in case asserts are off */
}

/* Columns of `x` become orthonormal and span what they spanned. rows >= width. */
static void orthonormalise(float *x, uint32_t rows, uint32_t width)
{
    uint32_t blocks = rows / BLOCK_ROWS > 0 ? rows / BLOCK_ROWS : 1;
    lapack_int k = (lapack_int)width;
    size_t square = (size_t)width * width;
    float *lowers = mem_new(blocks, square * sizeof(*lowers));
    float *unused = mem_new(square, sizeof(*unused));
    float *tau = mem_new(width, sizeof(*tau));
    float *copy = mem_new((size_t)2 * BLOCK_ROWS * width, sizeof(*copy));

    assert(rows >= width);
    for (uint32_t i = 0; i < blocks; i++) {
        uint32_t first = block_start(rows, blocks, i), end = block_start(rows, blocks, i + 1);
        factor_block(x + (size_t)first * width, k, (lapack_int)(end - first), tau,
                     lowers + i * square);
    }
    factor_block(lowers, k, k * (lapack_int)blocks, tau, unused);
    for (uint32_t i = 0; i < blocks; i++) {
        uint32_t first = block_start(rows, blocks, i), end = block_start(rows, blocks, i + 1);
        float *block = x + (size_t)first * width;
        memcpy(copy, block, (size_t)(end - first) * width * sizeof(*copy));
        cblas_sgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, k, (int)(end - first), k, 1,
                    lowers + i * square, k, copy, k, 0, block, k);
    }
    mem_free(lowers);
    mem_free(unused);
    mem_free(tau);
    mem_free(copy);
}

/* --- the projected problem --- */

/* The eigenvectors of q' * aq, symmetric but for rounding, as rows of the result; values rise. */
static float *project(const float *q, const float *aq, uint32_t size, uint32_t width, float *values)
{
    int k = (int)width;
    float *b = mem_new((size_t)width * width, sizeof(*b));

    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, k, (int)size, 1, q, k, aq, k, 0, b, k);
    for (uint32_t i = 0; i < width; i++)
        for (uint32_t j = 0; j < i; j++)
            b[i * width + j] = b[j * width + i] = (b[i * width + j] + b[j * width + i]) / 2;
    lapack_int failed = LAPACKE_ssyevd(LAPACK_COL_MAJOR, 'V', 'U', k, b, k, values);
    assert(failed == 0);
    (void)failed; /* in case asserts are off */
    return b;
}

/* Numbers of eigenvalues by falling value, equal ones by number. */
static void order_values(const float *values, uint32_t count, uint32_t *order)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = i;
        for (; at > 0 && values[order[at - 1]] < values[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

struct eigen eigen_largest(const struct eigen_matrix *m, uint32_t wanted)
{
    uint32_t width = wanted + SPARE < m->size ? wanted + SPARE : m->size;
    struct eigen e = {.size = m->size, .count = wanted < m->size ? wanted : m->size};

    openblas_set_num_threads(1); /* by more, sums would go by the number of cores */
    e.values = mem_new(e.count, sizeof(*e.values));
    if (m->size == 0) {
        e.vectors = mem_new(1, sizeof(*e.vectors));
        return e;
    }
    float *q = start(m->size, width), *next = mem_new((size_t)m->size * width, sizeof(*next));
    for (int i = 0; i < ITERATIONS; i++) {
        m->multiply(m->context, q, width, next);
        orthonormalise(next, m->size, width);
        float *done = q;
        q = next;
        next = done;
    }
    m->multiply(m->context, q, width, next);
    float *values = mem_new(width, sizeof(*values));
    float *rows = project(q, next, m->size, width, values);
    uint32_t *order = mem_new(width, sizeof(*order));
    order_values(values, width, order);
    float *turn = mem_new((size_t)width * e.count, sizeof(*turn));
    for (uint32_t j = 0; j < e.count; j++) {
        e.values[j] = values[order[j]];
        for (uint32_t i = 0; i < width; i++)
            turn[i * e.count + j] = rows[order[j] * width + i];
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m->size, (int)e.count, (int)width,
                1, q, (int)width, turn, (int)e.count, 0, next, (int)e.count);
    e.vectors = next;
    mem_free(q);
    mem_free(values);
    mem_free(rows);
    mem_free(order);
    mem_free(turn);
    return e;
}
