/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/dot.h"

#include <assert.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

static void dots_plain(const struct dot_vector *query, const struct dot_vector *vectors,
                       size_t count, int32_t *out)
{
    for (size_t i = 0; i < count; i++) {
        int32_t sum = 0;
        for (int k = 0; k < DOT_SIZE; k++)
            sum += query->of[k] * vectors[i].of[k];
        out[i] = sum;
    }
}

/* By how much the numbers of blocks are raised. */
enum { RAISED = 8 };

static int32_t sum_of(const struct dot_vector *query)
{
    int32_t sum = 0;

    for (int k = 0; k < DOT_SIZE; k++)
        sum += query->of[k];
    return sum;
}

static void blocks_plain(const struct dot_vector *query, const struct dot_block *blocks,
                         size_t count, int32_t *out)
{
    const int8_t *first = query->of, *second = query->of + DOT_SIZE / 2;

    for (size_t b = 0; b < count; b++) {
        for (int lane = 0; lane < DOT_BLOCK; lane++) {
            int32_t sum = 0;
            for (int k = 0; k < DOT_SIZE / 2; k++) {
                uint8_t both = blocks[b].of[k / 4][lane][k % 4];
                sum += first[k] * ((both & 15) - RAISED) + second[k] * ((both >> 4) - RAISED);
            }
            *out++ = sum;
        }
    }
}

#ifdef __x86_64__
#define AVX2   __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vnni")))

/* 32 products, summed by fours. Two of at most 127 * 127 fit the 16 bits between. */
AVX2 static inline __m256i fours(__m256i x, __m256i y)
{
    __m256i twos = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(y, x));

    return _mm256_madd_epi16(twos, _mm256_set1_epi16(1));
}

AVX2 static void dots_avx2(const struct dot_vector *query, const struct dot_vector *vectors,
                           size_t count, int32_t *out)
{
    __m256i low = _mm256_loadu_si256((const void *)query->of);
    __m256i high = _mm256_loadu_si256((const void *)(query->of + 32));

    for (size_t i = 0; i < count; i++) {
        __m256i a = fours(_mm256_loadu_si256((const void *)vectors[i].of), low);
        __m256i b = fours(_mm256_loadu_si256((const void *)(vectors[i].of + 32)), high);
        __m256i eight = _mm256_add_epi32(a, b);
        __m128i four =
            _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
        four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
        four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1));
        out[i] = _mm_cvtsi128_si32(four);
    }
}

/* Four bytes of the query, beside themselves. */
static inline int32_t four_of(const struct dot_vector *query, int k)
{
    int32_t four;

    memcpy(&four, query->of + 4 * (ptrdiff_t)k, sizeof(four));
    return four;
}

/* Products of numbers without a sign and bytes with one, summed by fours. */
AVX2 static inline __m256i fours_raised(__m256i raised, __m256i query)
{
    return _mm256_madd_epi16(_mm256_maddubs_epi16(raised, query), _mm256_set1_epi16(1));
}

AVX2 static void blocks_avx2(const struct dot_vector *query, const struct dot_block *blocks,
                             size_t count, int32_t *out)
{
    __m256i low_bits = _mm256_set1_epi8(15), start = _mm256_set1_epi32(-RAISED * sum_of(query));

    for (size_t half = 0; half < 2 * count; half++, out += DOT_BLOCK / 2) {
        const uint8_t *of = blocks[half / 2].of[0][half % 2 * (DOT_BLOCK / 2)];
        __m256i sums = start;
        for (int k = 0; k < DOT_FOURS / 2; k++, of += sizeof(blocks->of[0])) {
            __m256i both = _mm256_loadu_si256((const void *)of);
            __m256i first = _mm256_set1_epi32(four_of(query, k));
            __m256i second = _mm256_set1_epi32(four_of(query, k + DOT_FOURS / 2));
            __m256i upper = _mm256_and_si256(_mm256_srli_epi16(both, 4), low_bits);
            sums = _mm256_add_epi32(sums, fours_raised(_mm256_and_si256(both, low_bits), first));
            sums = _mm256_add_epi32(sums, fours_raised(upper, second));
        }
        _mm256_storeu_si256((void *)out, sums);
    }
}

/* The sums of the sixteen lanes of each of four, as four lanes. */
AVX512 static inline __m128i sums_of_four(__m512i a, __m512i b, __m512i c, __m512i d)
{
    __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));

    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/* The processor multiplies bytes without a sign by bytes with one: the query is raised by 128, and
 * 128 times the sum of each vector taken off again. */
AVX512 static inline __m512i raised_products(__m512i raised, __m512i ones, const void *vector)
{
    __m512i v = _mm512_loadu_si512(vector);
    __m512i sums = _mm512_dpbusd_epi32(_mm512_setzero_si512(), ones, v);

    return _mm512_sub_epi32(_mm512_dpbusd_epi32(_mm512_setzero_si512(), raised, v),
                            _mm512_slli_epi32(sums, 7));
}

AVX512 static void dots_avx512(const struct dot_vector *query, const struct dot_vector *vectors,
                               size_t count, int32_t *out)
{
    __m512i ones = _mm512_set1_epi8(1);
    __m512i raised = _mm512_xor_si512(_mm512_loadu_si512(query->of), _mm512_set1_epi8((char)-128));
    size_t i = 0;

    for (; i + 4 <= count; i += 4) {
        __m128i four = sums_of_four(raised_products(raised, ones, vectors[i].of),
                                    raised_products(raised, ones, vectors[i + 1].of),
                                    raised_products(raised, ones, vectors[i + 2].of),
                                    raised_products(raised, ones, vectors[i + 3].of));
        _mm_storeu_si128((void *)(out + i), four);
    }
    for (; i < count; i++)
        out[i] = _mm512_reduce_add_epi32(raised_products(raised, ones, vectors[i].of));
}

AVX512 static void blocks_avx512(const struct dot_vector *query, const struct dot_block *blocks,
                                 size_t count, int32_t *out)
{
    __m512i low_bits = _mm512_set1_epi8(15), start = _mm512_set1_epi32(-RAISED * sum_of(query));
    __m512i fours[DOT_FOURS];

    for (int k = 0; k < DOT_FOURS; k++)
        fours[k] = _mm512_set1_epi32(four_of(query, k));
    for (size_t b = 0; b < count; b++, out += DOT_BLOCK) {
        __m512i first = start, second = _mm512_setzero_si512();
        for (int k = 0; k < DOT_FOURS / 2; k++) {
            __m512i both = _mm512_loadu_si512(blocks[b].of[k]);
            __m512i upper = _mm512_and_si512(_mm512_srli_epi16(both, 4), low_bits);
            first = _mm512_dpbusd_epi32(first, _mm512_and_si512(both, low_bits), fours[k]);
            second = _mm512_dpbusd_epi32(second, upper, fours[k + DOT_FOURS / 2]);
        }
        _mm512_storeu_si512(out, _mm512_add_epi32(first, second));
    }
}
#endif

int dot_path_there(enum dot_path path)
{
    switch (path) {
    case DOT_PLAIN: return 1;
#ifdef __x86_64__
    case DOT_AVX2: return __builtin_cpu_supports("avx2") != 0;
    case DOT_AVX512:
        return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vnni") != 0;
#endif
    default: return 0;
    }
}

void dots_by(enum dot_path path, const struct dot_vector *query, const struct dot_vector *vectors,
             size_t count, int32_t *out)
{
    assert(dot_path_there(path));
    switch (path) {
#ifdef __x86_64__
    case DOT_AVX2: dots_avx2(query, vectors, count, out); return;
    case DOT_AVX512: dots_avx512(query, vectors, count, out); return;
#endif
    default: dots_plain(query, vectors, count, out);
    }
}

static enum dot_path best_path(void)
{
    return dot_path_there(DOT_AVX512) ? DOT_AVX512
           : dot_path_there(DOT_AVX2) ? DOT_AVX2
                                      : DOT_PLAIN;
}

void dots(const struct dot_vector *query, const struct dot_vector *vectors, size_t count,
          int32_t *out)
{
    dots_by(best_path(), query, vectors, count, out);
}

int32_t dot(const struct dot_vector *a, const struct dot_vector *b)
{
    int32_t sum;

    dots(a, b, 1, &sum);
    return sum;
}

/* --- blocks --- */

size_t dot_blocks(size_t count)
{
    return (count + DOT_BLOCK - 1) / DOT_BLOCK;
}

/* -7 to 7, raised. */
static uint8_t coarse(int8_t byte)
{
    return (uint8_t)((byte * 7 + (byte < 0 ? -63 : 63)) / 127 + RAISED);
}

void dot_blocks_fill(const struct dot_vector *vectors, size_t count, struct dot_block *out)
{
    memset(out, RAISED | RAISED << 4, dot_blocks(count) * sizeof(*out));
    for (size_t i = 0; i < count; i++) {
        const int8_t *first = vectors[i].of, *second = vectors[i].of + DOT_SIZE / 2;
        for (int k = 0; k < DOT_SIZE / 2; k++)
            out[i / DOT_BLOCK].of[k / 4][i % DOT_BLOCK][k % 4] =
                (uint8_t)(coarse(first[k]) | coarse(second[k]) << 4);
    }
}

void dots_of_blocks_by(enum dot_path path, const struct dot_vector *query,
                       const struct dot_block *blocks, size_t count, int32_t *out)
{
    assert(dot_path_there(path));
    switch (path) {
#ifdef __x86_64__
    case DOT_AVX2: blocks_avx2(query, blocks, count, out); return;
    case DOT_AVX512: blocks_avx512(query, blocks, count, out); return;
#endif
    default: blocks_plain(query, blocks, count, out);
    }
}

void dots_of_blocks(const struct dot_vector *query, const struct dot_block *blocks, size_t count,
                    int32_t *out)
{
    dots_of_blocks_by(best_path(), query, blocks, count, out);
}
