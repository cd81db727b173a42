/* SPDX-License-Identifier: Apache-2.0 */
/* dot: sums of products of bytes, one vector with many. Whole numbers: the same on every processor
 * path.
 *
 * Of no interest outside this folder. */
#ifndef INDEXES_DOT_H
#define INDEXES_DOT_H

#include <stddef.h>
#include <stdint.h>

enum { DOT_SIZE = 64 }; /* bytes of a vector */

struct dot_vector {
    int8_t of[DOT_SIZE]; /* none is -128 */
};

/* By which instructions; dots takes the best there is, tests choose. */
enum dot_path { DOT_PLAIN, DOT_AVX2, DOT_AVX512, DOT_PATH_COUNT };
int dot_path_there(enum dot_path path);

/* out[i] becomes the sum of products of `query` and vectors[i]. */
void dots(const struct dot_vector *query, const struct dot_vector *vectors, size_t count,
          int32_t *out);
void dots_by(enum dot_path path, const struct dot_vector *query, const struct dot_vector *vectors,
             size_t count, int32_t *out);

/* Of one. */
int32_t dot(const struct dot_vector *a, const struct dot_vector *b);

#endif
