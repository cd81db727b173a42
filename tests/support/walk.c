/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/walk.h"

#include <stdio.h>

#include "base/money.h"

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

struct product walk_product(uint32_t i, struct walk_names *names)
{
    struct product p = product_blank();

    snprintf(names->id, sizeof(names->id), "p-%u", i);
    snprintf(names->title, sizeof(names->title), "Product number %u", i);
    snprintf(names->category, sizeof(names->category), "Department %u > Shelf %u",
             i / WALK_CATEGORY_SIZE % 20, i / WALK_CATEGORY_SIZE);
    p.item_id = text_from(names->id);
    p.title = text_from(names->title);
    p.category = text_from(names->category);
    p.url = TEXT("https://shop.example/products/some-product");
    p.image = TEXT("https://shop.example/images/some-product.jpg");
    p.currency = TEXT("EUR");
    p.price = (int64_t)(5 + i % 200) * MONEY_UNIT;
    p.stock = i % 20 == 0 ? 0 : 10;
    return p;
}
