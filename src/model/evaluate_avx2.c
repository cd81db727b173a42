/* SPDX-License-Identifier: Apache-2.0 */
/* Scoring with AVX2 (Intel since 2013, AMD since 2015). */
#include "model/evaluate.h"

#ifdef __x86_64__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
/* Into its only caller. */
#define AVX2_PART AVX2 __attribute__((always_inline)) static inline

enum {
    LANES = 8,                /* floats in a register */
    HALF = 32,                /* rows whose bytes fill one: half a word */
    REGISTERS = HALF / LANES, /* of floats, for these */
    LEVELS_HELD = 4,          /* of a search, that need no memory */
};

/* The number of thresholds not above each value, as 32 bits. */
AVX2_PART __m256i search(const struct column_search *c, const float *values)
{
    const __m256 upper = _mm256_load_ps(c->table), lower = _mm256_load_ps(c->table + LANES);
    const __m256 value = _mm256_loadu_ps(values);
    __m256i at = _mm256_set1_epi32(1);

    for (uint32_t level = 0; level < c->levels; level++) {
        __m256 entry = level < LEVELS_HELD - 1    ? _mm256_permutevar8x32_ps(upper, at)
                       : level == LEVELS_HELD - 1 ? _mm256_permutevar8x32_ps(lower, at)
                                                  : _mm256_i32gather_ps(c->table, at, 4);
        __m256 beyond = _mm256_cmp_ps(value, entry, _CMP_GE_OQ);
        at = _mm256_sub_epi32(_mm256_add_epi32(at, at), _mm256_castps_si256(beyond));
    }
    at = _mm256_sub_epi32(at, _mm256_set1_epi32(1 << c->levels));
    if (c->missing_right != 0) {
        __m256i missing = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_UNORD_Q));
        at = _mm256_blendv_epi8(at, _mm256_set1_epi32(CODE_MISSING_RIGHT), missing);
    }
    return at;
}

/* The codes of 32 rows, a byte each. */
AVX2_PART __m256i search_half(const struct column_search *c, const float *values)
{
    __m256i a = search(c, values), b = search(c, values + LANES);
    __m256i d = search(c, values + 2 * LANES), e = search(c, values + 3 * LANES);
    __m256i bytes = _mm256_packus_epi16(_mm256_packus_epi32(a, b), _mm256_packus_epi32(d, e));

    /* packing goes by halves of a register */
    return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/* Condition t holds where the code is beyond t; there is only a signed comparison of bytes. */
AVX2 static void conditions(const struct column_search *c, const float *values, uint32_t words,
                            struct row_bits *out)
{
    const __m256i lowest = _mm256_set1_epi8(INT8_MIN), one = _mm256_set1_epi8(1);

    for (uint32_t w = 0; w < words; w++, values += 64) {
        __m256i low = _mm256_xor_si256(search_half(c, values), lowest);
        __m256i high = _mm256_xor_si256(search_half(c, values + HALF), lowest);
        __m256i place = lowest;
        for (uint32_t t = 0; t < c->thresholds; t++) {
            uint32_t first = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(low, place));
            uint32_t second = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(high, place));
            out[t].words[w] = first | (uint64_t)second << HALF;
            place = _mm256_add_epi8(place, one);
        }
    }
}

AVX2_PART __m256i chosen(__m256i when, __m256i yes, __m256i no)
{
    return _mm256_or_si256(_mm256_and_si256(when, yes), _mm256_andnot_si256(when, no));
}

AVX2_PART void run_selects(const struct model *m, const struct tree_program *p,
                           struct row_bits *bits)
{
    const uint64_t *at = m->selects + p->select_first, *end = at + p->select_count;
    __m256i *out = (__m256i *)(bits + bits_of_selects(m));

    for (; at < end; at++, out += 2) {
        const __m256i *when = (const __m256i *)select_when(bits, *at);
        const __m256i *yes = (const __m256i *)select_yes(bits, *at);
        const __m256i *no = (const __m256i *)select_no(bits, *at);
        out[0] = chosen(when[0], yes[0], no[0]);
        out[1] = chosen(when[1], yes[1], no[1]);
    }
}

/* 32 bits become 32 bytes of 0 or -1. */
AVX2_PART __m256i spread(uint32_t bits)
{
    const __m256i byte_of =
        _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i bit_of = _mm256_set1_epi64x((int64_t)0x8040201008040201);
    __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32((int32_t)bits), byte_of);

    return _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit_of), bit_of);
}

/* The sums of 32 rows stand in four registers: row 4i + k in lane i of register k, so that the leaf
 * numbers, a byte for each row, become indices by shifts alone. */
AVX2_PART void add_leaves(const struct model *m, const struct tree_program *p,
                          const struct row_bits *bits, uint32_t words, __m256 *sums)
{
    const float *values = m->values + p->value_first;
    const uint64_t *roots[PLANES_MAX];

    for (uint32_t i = 0; i < p->planes; i++)
        roots[i] = bits[p->roots[i]].words;
    for (uint32_t half = 0; half < 2 * words; half++, sums += REGISTERS) {
        __m256i leaves = _mm256_setzero_si256();
        for (uint32_t i = p->planes; i-- > 0;) {
            uint32_t plane = (uint32_t)(roots[i][half / 2] >> half % 2 * HALF);
            leaves = _mm256_sub_epi8(_mm256_add_epi8(leaves, leaves), spread(plane));
        }
        for (int k = 0; k < REGISTERS; k++) {
            __m256i index =
                _mm256_and_si256(_mm256_srli_epi32(leaves, 8 * k), _mm256_set1_epi32(0xff));
            sums[k] = _mm256_add_ps(sums[k], _mm256_i32gather_ps(values, index, 4));
        }
    }
}

AVX2 static void trees(const struct model *m, struct row_bits *bits, uint32_t words, float *sums)
{
    __m256 turned[GROUP_ROWS / LANES];

    for (uint32_t i = 0; i < COUNT(turned); i++)
        turned[i] = _mm256_set1_ps(m->base);
    for (uint32_t t = 0; t < m->tree_count; t++) {
        run_selects(m, &m->programs[t], bits);
        add_leaves(m, &m->programs[t], bits, words, turned);
    }
    for (uint32_t i = 0; i < 64 * words; i++)
        sums[i] = turned[i / HALF * REGISTERS + i % REGISTERS][i % HALF / REGISTERS];
}

const struct model_steps model_avx2 = {conditions, trees};

#endif
