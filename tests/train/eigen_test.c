/* SPDX-License-Identifier: Apache-2.0 */
#include "train/eigen.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/support/test.h"
#include "train/sparse.h"

/* A sparse matrix of `per_row` random entries a row. */
static struct sparse made(uint32_t rows, uint32_t columns, uint32_t per_row)
{
    uint64_t entries = (uint64_t)rows * per_row;
    struct sparse m = {rows, columns, mem_new((size_t)rows + 1, sizeof(*m.starts)),
                       mem_new(entries, sizeof(*m.at)), mem_new(entries, sizeof(*m.values))};
    struct random r;

    random_seed(&r, 7);
    for (uint32_t row = 0; row < rows; row++) {
        m.starts[row + 1] = m.starts[row] + per_row;
        for (uint64_t i = m.starts[row]; i < m.starts[row + 1]; i++) {
            m.at[i] = random_below(&r, columns);
            m.values[i] = (float)random_normal(&r);
        }
    }
    return m;
}

static float *filled(size_t count)
{
    float *x = mem_new(count, sizeof(*x));
    struct random r;

    random_seed(&r, 8);
    for (size_t i = 0; i < count; i++)
        x[i] = (float)random_normal(&r);
    return x;
}

static void a_product_has_the_bits_of_one_thread(void **state)
{
    enum { ROWS = 30000, COLUMNS = 500, WIDTH = 8 };
    struct sparse m = made(ROWS, COLUMNS, 10); /* enough for two threads */
    float *x = filled((size_t)COLUMNS * WIDTH), *out = filled((size_t)ROWS * WIDTH);

    sparse_multiply(&m, x, WIDTH, out);
    for (uint32_t row = 0; row < ROWS; row++) {
        float sum[WIDTH] = {0};
        for (uint64_t i = m.starts[row]; i < m.starts[row + 1]; i++)
            for (uint32_t k = 0; k < WIDTH; k++)
                sum[k] += m.values[i] * x[m.at[i] * WIDTH + k];
        assert_memory_equal(sum, out + (size_t)row * WIDTH, sizeof(sum));
    }
    sparse_free(&m);
    mem_free(x);
    mem_free(out);
}

static void a_matrix_transposed_twice_is_itself(void **state)
{
    struct sparse m = made(200, 50, 1);
    struct sparse t = sparse_transposed(&m), again = sparse_transposed(&t);

    assert_int_equal(t.rows, 50);
    assert_int_equal(again.columns, 50);
    assert_memory_equal(m.starts, again.starts, 201 * sizeof(*m.starts));
    assert_memory_equal(m.at, again.at, 200 * sizeof(*m.at));
    assert_memory_equal(m.values, again.values, 200 * sizeof(*m.values));
    sparse_free(&m);
    sparse_free(&t);
    sparse_free(&again);
}

/* A diagonal of 100, -80, 64, ... over every seventh place, and small ones elsewhere. */
static float diagonal(uint32_t i)
{
    uint32_t nth = i / 7;

    if (i % 7 != 3 || nth > 90)
        return 0.01F;
    return 100 * powf(-0.8F, (float)nth);
}

static void multiply_diagonal(const void *context, const float *x, uint32_t width, float *out)
{
    uint32_t size = *(const uint32_t *)context;

    for (uint32_t i = 0; i < size; i++)
        for (uint32_t k = 0; k < width; k++)
            out[(size_t)i * width + k] = diagonal(i) * x[(size_t)i * width + k];
}

static void the_largest_are_found_in_order(void **state)
{
    uint32_t size = 9000; /* of two blocks */
    struct eigen_matrix m = {size, multiply_diagonal, &size};
    struct eigen e = eigen_largest(&m, 8);

    assert_int_equal(e.size, size);
    assert_int_equal(e.count, 8);
    for (uint32_t k = 0; k < 8; k++) {
        uint32_t at = 14 * k + 3; /* every second one is below zero */
        assert_true(fabsf(e.values[k] - diagonal(at)) < 0.05F);
        for (uint32_t i = 0; i < size; i++) {
            float value = fabsf(e.vectors[(size_t)i * e.count + k]);
            assert_true(fabsf(value - (i == at ? 1.0F : 0.0F)) < 0.1F);
        }
    }
    eigen_free(&e);
}

static void eigenvectors_are_orthonormal_whatever_the_size(void **state)
{
    static const uint32_t sizes[] = {0, 1, 5, 40, 100, 4096, 8191, 8192, 20000};

    for (size_t s = 0; s < COUNT(sizes); s++) {
        struct eigen_matrix m = {sizes[s], multiply_diagonal, &sizes[s]};
        struct eigen e = eigen_largest(&m, 20), again = eigen_largest(&m, 20);
        assert_int_equal(e.count, sizes[s] < 20 ? sizes[s] : 20);
        for (uint32_t a = 0; a < e.count; a++) {
            for (uint32_t b = 0; b <= a; b++) {
                double dot = 0;
                for (uint32_t i = 0; i < e.size; i++)
                    dot += (double)e.vectors[(size_t)i * e.count + a] *
                           e.vectors[(size_t)i * e.count + b];
                assert_true(fabs(dot - (a == b)) < 1e-4);
            }
        }
        assert_memory_equal(e.vectors, again.vectors,
                            (size_t)e.size * e.count * sizeof(*e.vectors));
        eigen_free(&e);
        eigen_free(&again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_product_has_the_bits_of_one_thread),
        cmocka_unit_test(a_matrix_transposed_twice_is_itself),
        cmocka_unit_test(the_largest_are_found_in_order),
        cmocka_unit_test(eigenvectors_are_orthonormal_whatever_the_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
