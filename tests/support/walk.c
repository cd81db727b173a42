/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/walk.h"

uint32_t walk_popular(struct random *r, uint32_t products)
{
    double u = random_unit(r);

    return (uint32_t)(u * u * u * u * products);
}

uint32_t walk_near(struct random *r, uint32_t products, uint32_t product)
{
    uint32_t first = product / WALK_CATEGORY_SIZE * WALK_CATEGORY_SIZE;
    uint32_t near = first + random_below(r, WALK_CATEGORY_SIZE);

    return random_below(r, 10) == 0 ? walk_popular(r, products) : near < products ? near : product;
}
