/* SPDX-License-Identifier: Apache-2.0 */
#include "train/substitutes.h"

/* Cosine in tenths. */
enum { CLOSE_TENTHS = 4, TENTHS = 10 };

bool substitutes_are(void *context, product_number a, product_number b)
{
    const struct substitutes *s = context;
    category_number category = catalog_category(s->catalog, a);

    if (s->vectors == NULL || category == 0 || category != catalog_category(s->catalog, b))
        return false;
    const struct product_vector *x = vectors_find(s->vectors, a, NULL);
    const struct product_vector *y = vectors_find(s->vectors, b, NULL);
    return x != NULL && y != NULL &&
           TENTHS * vector_dots(x, y).content >= CLOSE_TENTHS * VECTOR_UNIT * VECTOR_UNIT;
}
