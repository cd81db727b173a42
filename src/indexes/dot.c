/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/dot.h"

#include <assert.h>

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

void dots(const struct dot_vector *query, const struct dot_vector *vectors, size_t count,
          int32_t *out)
{
    enum dot_path path = dot_path_there(DOT_AVX512) ? DOT_AVX512
                         : dot_path_there(DOT_AVX2) ? DOT_AVX2
                                                    : DOT_PLAIN;

    dots_by(path, query, vectors, count, out);
}

int32_t dot(const struct dot_vector *a, const struct dot_vector *b)
{
    int32_t sum;

    dots(a, b, 1, &sum);
    return sum;
}
