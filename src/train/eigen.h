/* SPDX-License-Identifier: Apache-2.0 */
/* eigen: the largest eigenvalues of a big symmetric matrix and their vectors, of which only is known
 * what it makes of vectors. Randomised subspace iteration: Halko, Martinsson, Tropp, "Finding structure with
 * randomness", SIAM Review 53 (2011), algorithms 4.4 (the range, with QR at every step) and 5.3 (the
 * projected problem). QR of tall matrices by blocks: Demmel, Grigori, Hoemmen, Langou,
 * "Communication-optimal parallel and sequential QR and LU", SIAM J. Sci. Comput. 34 (2012), section
 * 3. OpenBLAS and LAPACKE do the dense parts.
 *
 * The start is random of a fixed seed and every sum has one order: the same matrix gives the same
 * bits, on one machine. (OpenBLAS chooses its kernels by the processor.)
 *
 * Of no interest outside this folder. */
#ifndef TRAIN_EIGEN_H
#define TRAIN_EIGEN_H

#include <stdint.h>

struct eigen_matrix {
    uint32_t size;
    /* out = matrix * x; both have `size` rows of `width` floats. */
    void (*multiply)(const void *context, const float *x, uint32_t width, float *out);
    const void *context;
};

/* By falling value. */
struct eigen {
    uint32_t size, count;
    float *vectors; /* size rows of `count`: the eigenvectors are its columns, of length 1 */
    float *values;  /* count */
};
void eigen_free(struct eigen *e); /* the arrays, not the struct */

/* The `wanted` largest (fewer when the matrix is smaller) of the wanted + 16 of the largest size: so
 * negative ones only where there are not enough others. Memory: two times size * (wanted + 16)
 * floats. */
struct eigen eigen_largest(const struct eigen_matrix *m, uint32_t wanted);

#endif
