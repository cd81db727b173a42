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

/* Nearly the same, of half the size: numbers from -7 to 7, each the nearest to 7 / 127 of the byte it
 * stands for, for vectors that are looked through again and again. Sixteen vectors lie in a block, each
 * eight numbers of one beside the same eight of the others, so that sixteen sums grow side by side. */
enum { DOT_BLOCK = 16, DOT_FOURS = DOT_SIZE / 4 };

struct dot_block {
    uint8_t of[DOT_FOURS / 2][DOT_BLOCK]
              [4]; /* raised by 8; the numbers of the vector's first half in the
                                                lower bits, those of its second half in the upper ones */
};

/* Lay `count` vectors out in dot_blocks(count) blocks; behind the last vector are zeros. */
size_t dot_blocks(size_t count);
void dot_blocks_fill(const struct dot_vector *vectors, size_t count, struct dot_block *out);

/* out[i] becomes the sum of products of `query`, in whole bytes, and vector i of the blocks: DOT_BLOCK
 * sums of each. */
void dots_of_blocks(const struct dot_vector *query, const struct dot_block *blocks, size_t count,
                    int32_t *out);
void dots_of_blocks_by(enum dot_path path, const struct dot_vector *query,
                       const struct dot_block *blocks, size_t count, int32_t *out);

#endif
