/* SPDX-License-Identifier: Apache-2.0 */
/* Scoring with AVX-512 (F and BW; Intel since 2017, AMD since 2022). */
#include "model/evaluate.h"

#ifdef __x86_64__
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw")))
/* Into its only caller, where what it is told is constant. */
#define AVX512_PART AVX512 __attribute__((always_inline)) static inline

enum {
    LANES = 16,              /* floats in a register */
    REGISTERS = 64 / LANES,  /* of floats, for the rows of a word */
    TABLE_MAX = 256 / LANES, /* registers that hold a table of 256 floats */
};

/* What stands in a table at each index: of 16 entries in the first register only, else of `count`
 * registers. Bits of the index beyond are not looked at. */
AVX512_PART __m512 look_up(const __m512 *table, int count, __m512i index)
{
    __m512 found[TABLE_MAX / 2];

    if (count == 1)
        return _mm512_permutexvar_ps(index, table[0]);
#pragma GCC unroll 8
    for (int i = 0; i < count / 2; i++)
        found[i] = _mm512_permutex2var_ps(table[2 * i], index, table[2 * i + 1]);
#pragma GCC unroll 4
    for (int left = count / 2, bit = 2 * LANES; left > 1; left /= 2, bit *= 2) {
        __mmask16 upper = _mm512_test_epi32_mask(index, _mm512_set1_epi32(bit));
#pragma GCC unroll 4
        for (int i = 0; i < left / 2; i++)
            found[i] = _mm512_mask_blend_ps(upper, found[2 * i], found[2 * i + 1]);
    }
    return found[0];
}

/* Down one level of the search: to 2i, or 2i + 1 when the value is not below entry i. */
AVX512_PART __m512i descend(const __m512 *table, int count, __m512i at, __m512 value)
{
    __mmask16 beyond = _mm512_cmp_ps_mask(value, look_up(table, count, at), _CMP_GE_OQ);
    __m512i twice = _mm512_add_epi32(at, at);

    return _mm512_mask_add_epi32(twice, beyond, twice, _mm512_set1_epi32(1));
}

/* Level d of the search is a table of its own, the 2^d entries from 2^d on. */
AVX512_PART void search(const struct column_search *c, int levels, const float *values,
                        uint32_t words, uint8_t *codes)
{
    const int registers = 1 << (levels - 4);
    __m512 table[TABLE_MAX];

#pragma GCC unroll 16
    for (int i = 0; i < registers; i++)
        table[i] = _mm512_load_ps(c->table + LANES * i);
    for (uint32_t i = 0; i < 64 * words; i += LANES) {
        __m512 value = _mm512_loadu_ps(values + i);
        __m512i at = _mm512_set1_epi32(1);
        at = descend(table, 1, at, value);
        at = descend(table, 1, at, value);
        at = descend(table, 1, at, value);
        at = descend(table, 1, at, value);
        at = descend(table + 1, 1, at, value);
        if (levels > 5)
            at = descend(table + 2, 2, at, value);
        if (levels > 6)
            at = descend(table + 4, 4, at, value);
        if (levels > 7)
            at = descend(table + 8, 8, at, value);
        at = _mm512_sub_epi32(at, _mm512_set1_epi32(1 << levels));
        if (c->missing_right != 0)
            at = _mm512_mask_mov_epi32(at, _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q),
                                       _mm512_set1_epi32(CODE_MISSING_RIGHT));
        _mm_store_si128((__m128i *)(codes + i), _mm512_cvtepi32_epi8(at));
    }
}

AVX512 static void search_any(const struct column_search *c, const float *values, uint32_t words,
                              uint8_t *codes)
{
    switch (c->levels) {
    case 5: search(c, 5, values, words, codes); break;
    case 6: search(c, 6, values, words, codes); break;
    case 7: search(c, 7, values, words, codes); break;
    default: search(c, 8, values, words, codes); break;
    }
}

/* Condition t holds where the code is beyond t. */
AVX512_PART void compare(const struct column_search *c, int words, const uint8_t *codes,
                         struct row_bits *out)
{
    __m512i code[GROUP_WORDS], place = _mm512_setzero_si512();

#pragma GCC unroll 8
    for (int w = 0; w < words; w++)
        code[w] = _mm512_load_si512(codes + 64 * w);
    for (uint32_t t = 0; t < c->thresholds; t++) {
#pragma GCC unroll 8
        for (int w = 0; w < words; w++)
            out[t].words[w] = _mm512_cmpgt_epu8_mask(code[w], place);
        place = _mm512_add_epi8(place, _mm512_set1_epi8(1));
    }
}

AVX512 static void compare_any(const struct column_search *c, uint32_t words, const uint8_t *codes,
                               struct row_bits *out)
{
    switch (words) {
    case 1: compare(c, 1, codes, out); break;
    case 2: compare(c, 2, codes, out); break;
    case 3: compare(c, 3, codes, out); break;
    case 4: compare(c, 4, codes, out); break;
    case 5: compare(c, 5, codes, out); break;
    case 6: compare(c, 6, codes, out); break;
    case 7: compare(c, 7, codes, out); break;
    default: compare(c, 8, codes, out); break;
    }
}

AVX512 static void conditions(const struct column_search *c, const float *values, uint32_t words,
                              struct row_bits *out)
{
    alignas(64) uint8_t codes[GROUP_ROWS];

    search_any(c, values, words, codes);
    compare_any(c, words, codes, out);
}

AVX512_PART void run_selects(const struct model *m, const struct tree_program *p,
                             struct row_bits *bits)
{
    const uint64_t *select = m->selects + p->select_first, *end = select + p->select_count;
    struct row_bits *out = bits + bits_of_selects(m);

    for (; select < end; select++, out++) {
        __m512i when = _mm512_load_si512(select_when(bits, *select));
        __m512i yes = _mm512_load_si512(select_yes(bits, *select));
        __m512i no = _mm512_load_si512(select_no(bits, *select));
        _mm512_store_si512(out, _mm512_ternarylogic_epi64(when, yes, no, 0xca));
    }
}

/* The sums of a word's 64 rows stand in four registers: row 4i + k in lane i of register k, so that
 * the leaf numbers, a byte for each row, become indices by shifts alone. */
AVX512_PART void add_leaves(const struct model *m, const struct tree_program *p, int planes,
                            const struct row_bits *bits, uint32_t words, __m512 *sums)
{
    const float *values = m->values + p->value_first;
    const uint64_t *roots[PLANES_MAX];
    const int registers = 1 << (planes - 4);
    __m512 table[TABLE_MAX];

#pragma GCC unroll 8
    for (int i = 0; i < planes; i++)
        roots[i] = bits[p->roots[i]].words;
#pragma GCC unroll 16
    for (int i = 0; i < registers; i++)
        table[i] = _mm512_load_ps(values + LANES * i);
    for (uint32_t w = 0; w < words; w++, sums += REGISTERS) {
        __m512i leaves = _mm512_setzero_si512();
#pragma GCC unroll 8
        for (int i = 0; i < planes; i++)
            leaves =
                _mm512_mask_add_epi8(leaves, roots[i][w], leaves, _mm512_set1_epi8((char)(1 << i)));
#pragma GCC unroll 4
        for (uint32_t k = 0; k < REGISTERS; k++)
            sums[k] =
                _mm512_add_ps(sums[k], look_up(table, registers, _mm512_srli_epi32(leaves, 8 * k)));
    }
}

AVX512 static void trees(const struct model *m, struct row_bits *bits, uint32_t words, float *sums)
{
    __m512 turned[GROUP_ROWS / LANES];

    for (uint32_t i = 0; i < COUNT(turned); i++)
        turned[i] = _mm512_set1_ps(m->base);
    for (uint32_t t = 0; t < m->tree_count; t++) {
        const struct tree_program *p = &m->programs[t];
        run_selects(m, p, bits);
        switch (p->planes) {
        case 6: add_leaves(m, p, 6, bits, words, turned); break;
        case 7: add_leaves(m, p, 7, bits, words, turned); break;
        case 8: add_leaves(m, p, 8, bits, words, turned); break;
        default: add_leaves(m, p, 5, bits, words, turned); break;
        }
    }
    for (uint32_t i = 0; i < 64 * words; i++)
        sums[i] = turned[i / 64 * REGISTERS + i % REGISTERS][i % 64 / REGISTERS];
}

const struct model_steps model_avx512 = {conditions, trees};

#endif
