/* SPDX-License-Identifier: Apache-2.0 */
/* sparse: a big matrix with few entries in a row, and its product with a narrow dense one.
 *
 * Of no interest outside this folder. */
#ifndef TRAIN_SPARSE_H
#define TRAIN_SPARSE_H

#include <stdint.h>

/* The entries of row r: at[starts[r]] .. at[starts[r + 1] - 1] are their columns, `values` beside. */
struct sparse {
    uint32_t rows, columns;
    uint64_t *starts; /* rows + 1 */
    uint32_t *at;
    float *values;
};
void sparse_free(struct sparse *m); /* the arrays, not the struct */

struct sparse sparse_transposed(const struct sparse *m);

/* out = m * x: `x` has m->columns rows of `width` floats, `out` m->rows of them. On two threads, but
 * each row is summed by one, in the order of its entries: the bits are always the same. */
void sparse_multiply(const struct sparse *m, const float *x, uint32_t width, float *out);

#endif
