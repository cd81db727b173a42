/* SPDX-License-Identifier: Apache-2.0 */
/* How rows are scored: in groups of GROUP_ROWS. What is known of a group stands in rows of bits, one
 * bit for each of its rows.
 *
 *   conditions  In each column the number of thresholds that are not above a row's value is searched
 *               once; the column's conditions then hold for the rows whose number is beyond their
 *               place. So a condition is computed once, however many nodes ask for it.
 *   selects     A leaf's number has up to 8 bits. Each bit of the number of the leaf that a row ends
 *               in below a node is "condition ? the right child's bit : the left child's", which is
 *               one select for the whole group; where both are constant there is nothing to do. A
 *               tree is the list of its selects, from the bottom up.
 *   leaves      The root's bits become numbers, the numbers values, and these are added to the sums,
 *               tree by tree.
 *
 * No branch depends on a row. That each feature's thresholds are looked at once for all trees is
 * QuickScorer's (Lucchese, Nardini, Orlando, Perego, Tonellotto, Venturini, SIGIR 2015), that equal
 * nodes are merged RapidScorer's (Ye, Zhou, Zou, Gao, Zhang, KDD 2018). They keep a bit for each
 * leaf and combine these; this keeps the bits of the leaf's number, sliced across rows as ciphers
 * are (Biham, A fast new DES implementation in software, FSE 1997).
 *
 * What else was measured stands in docs/decisions/trees.md. */
#ifndef MODEL_EVALUATE_H
#define MODEL_EVALUATE_H

#include <stdalign.h>
#include <stdint.h>

#include "model/parts.h"

enum {
    GROUP_WORDS = 8,
    GROUP_ROWS = 64 * GROUP_WORDS,
    CODE_MISSING_RIGHT = 255, /* beyond every place in a column */
};

/* One bit for each row of a group. */
struct row_bits {
    alignas(64) uint64_t words[GROUP_WORDS];
};

/* The rows of bits by number: constants, the conditions, then what the selects of the tree at hand
 * give, in their order. */
enum { BITS_ZEROS, BITS_ONES, BITS_CONDITIONS };

static inline uint32_t bits_of_selects(const struct model *m)
{
    return BITS_CONDITIONS + m->condition_count;
}

/* A select is three rows of bits by number, so placed in a word that a shift and a mask make of each
 * its distance in bytes. */
enum { SELECT_BITS = 19, SELECT_ROWS = 1 << SELECT_BITS, ROW_SHIFT = 6 };

_Static_assert(sizeof(struct row_bits) == 1 << ROW_SHIFT, "a distance in bytes is a row, shifted");

static inline uint64_t select_pack(uint32_t when, uint32_t yes, uint32_t no)
{
    return ((uint64_t)when << 2 * SELECT_BITS | (uint64_t)yes << SELECT_BITS | no) << ROW_SHIFT;
}

static inline const struct row_bits *select_row(const struct row_bits *bits, uint64_t distance)
{
    const uint64_t mask = (uint64_t)(SELECT_ROWS - 1) << ROW_SHIFT;

    return (const struct row_bits *)(const void *)((const char *)bits + (distance & mask));
}

static inline const struct row_bits *select_when(const struct row_bits *bits, uint64_t select)
{
    return select_row(bits, select >> 2 * SELECT_BITS);
}

static inline const struct row_bits *select_yes(const struct row_bits *bits, uint64_t select)
{
    return select_row(bits, select >> SELECT_BITS);
}

static inline const struct row_bits *select_no(const struct row_bits *bits, uint64_t select)
{
    return select_row(bits, select);
}

/* One path: how a kind of processor does it. Only the first 64 * words rows matter. */
struct model_steps {
    /* out[i] becomes the column's condition number i. */
    void (*conditions)(const struct column_search *column, const float *values, uint32_t words,
                       struct row_bits *out);
    /* sums[i] becomes the score of row i. The constants and conditions stand in `bits`. */
    void (*trees)(const struct model *m, struct row_bits *bits, uint32_t words, float *sums);
};

extern const struct model_steps model_plain, model_avx2, model_avx512;

/* The steps of a path that is there. */
const struct model_steps *model_steps_of(enum model_path path);

#endif
