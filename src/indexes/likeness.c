/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/likeness.h"

#include <math.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

_Static_assert(sizeof(struct product_vector) == 128, "vectors are mapped as they are");

uint8_t likeness_sure(uint32_t shoppers)
{
    double n = shoppers;

    return (uint8_t)lrint(VECTOR_SURE * sqrt(n / (n + 10)));
}

struct dots vector_dots_plain(const struct product_vector *a, const struct product_vector *b)
{
    struct dots d = {0};

    for (int i = 0; i < VECTOR_BEHAVIOUR; i++)
        d.behaviour += a->behaviour[i] * b->behaviour[i];
    for (int i = 0; i < CONTENT_SIZE; i++)
        d.content += a->content[i] * b->content[i];
    return d;
}

#ifdef __x86_64__
#define AVX2 __attribute__((target("avx2")))

/* 32 products, summed by fours. Two of at most 127 * 127 fit the 16 bits between. */
AVX2 static __m256i products(const void *a, const void *b)
{
    __m256i x = _mm256_loadu_si256(a), y = _mm256_loadu_si256(b);
    __m256i twos = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(y, x));

    return _mm256_madd_epi16(twos, _mm256_set1_epi16(1));
}

AVX2 static struct dots dots_avx2(const struct product_vector *a, const struct product_vector *b)
{
    const char *x = (const char *)a, *y = (const char *)b;
    __m256i behaviour = _mm256_add_epi32(products(x, y), products(x + 32, y + 32));
    __m256i content = _mm256_add_epi32(products(x + 64, y + 64), products(x + 96, y + 96));
    __m256i halves = _mm256_hadd_epi32(behaviour, content);
    __m128i sums =
        _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
    uint64_t both = (uint64_t)_mm_cvtsi128_si64(_mm_hadd_epi32(sums, sums));

    /* `sure` stands among the behaviour and was multiplied with it */
    return (struct dots){(int32_t)both - a->sure * b->sure, (int32_t)(both >> 32)};
}

struct dots vector_dots(const struct product_vector *a, const struct product_vector *b)
{
    return __builtin_cpu_supports("avx2") ? dots_avx2(a, b) : vector_dots_plain(a, b);
}
#else
struct dots vector_dots(const struct product_vector *a, const struct product_vector *b)
{
    return vector_dots_plain(a, b);
}
#endif
