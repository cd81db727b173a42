/* SPDX-License-Identifier: Apache-2.0 */
/* likeness: how much two products are alike, by what shoppers did and by what they say of
 * themselves.
 *
 * Behaviour and content are two vectors of length VECTOR_UNIT in whole numbers, B and C the cosines
 * of two products' (times VECTOR_UNIT squared). How sure behaviour is goes by the distinct shoppers n
 * behind it, r = sqrt(n / (n + 10)), and for two products by w = r r':
 *
 *   likeness = 0.7 C + w (0.7 B - 0.4 C)
 *
 * Two well-known products are three parts content and seven parts behaviour. Where nothing is known
 * of the behaviour of one, what is expected of it takes its place, 4/7 of C, so that new products are
 * neither better nor worse off than others and content alone compares like any other pair. Measured
 * on a shop with a catalog and orders; see docs/decisions/vectors.md.
 *
 * Everything is whole numbers: the same bits on every processor path.
 *
 * Threads    pure. */
#ifndef INDEXES_LIKENESS_H
#define INDEXES_LIKENESS_H

#include <stddef.h>
#include <stdint.h>

#include "indexes/content.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    VECTOR_UNIT = CONTENT_UNIT,
    VECTOR_BEHAVIOUR = 63,
    VECTOR_SURE = 16,                                     /* `sure` of r = 1 */
    LIKENESS_UNIT = 10 * 256 * VECTOR_UNIT * VECTOR_UNIT, /* a likeness of 1 */
};

/* A product's vector: two lines of the cache where it is aligned, which it need not be. */
struct product_vector {
    int8_t behaviour[VECTOR_BEHAVIOUR]; /* zeros when none is known */
    uint8_t sure;                       /* r in VECTOR_SURE parts; 0: no behaviour */
    int8_t content[CONTENT_SIZE];       /* zeros when there is none */
};

/* `sure` of that many distinct shoppers. */
uint8_t likeness_sure(uint32_t shoppers);

/* B and C, above. */
struct dots {
    int32_t behaviour, content;
};

/* The fastest way that this processor has. */
struct dots vector_dots(const struct product_vector *a, const struct product_vector *b);

/* The plain way, which every other gives the same as. */
struct dots vector_dots_plain(const struct product_vector *a, const struct product_vector *b);

/* What two products' dots make of them; LIKENESS_UNIT is 1. */
static inline int32_t likeness_of(struct dots d, uint32_t sure, uint32_t other)
{
    int32_t w = (int32_t)(sure * other);

    return d.content * (7 * 256 - 4 * w) + d.behaviour * 7 * w;
}

static inline int32_t likeness(const struct product_vector *a, const struct product_vector *b)
{
    return likeness_of(vector_dots(a, b), a->sure, b->sure);
}

#ifdef __cplusplus
}
#endif

#endif
