/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/profiles.h"

#include <assert.h>

#include "base/random.h"

static const int64_t noon = INT64_C(1700000000000);

struct shopper_key test_key(uint64_t n)
{
    return (struct shopper_key){{n * UINT64_C(0x9E3779B97F4A7C15), n + 1}};
}

bool test_view(struct profiles *p, uint64_t who, product_number product, int64_t time_ms,
               uint32_t flags)
{
    struct profile_event e = {.key = test_key(who),
                              .time_ms = time_ms,
                              .type = EVENT_view_item,
                              .flags = flags,
                              .arrival = {.device = (uint8_t)(product % DEVICE_COUNT)},
                              .products = &product,
                              .product_count = 1};
    bool began;

    (void)profiles_fold(p, &e, &began);
    return began;
}

void test_show(struct profiles *p, uint64_t who, product_number first, uint32_t count,
               int64_t time_ms)
{
    product_number products[200];
    struct profile_event e = {.key = test_key(who),
                              .time_ms = time_ms,
                              .type = EVENT_view_item_list,
                              .flags = ALLOWED,
                              .products = products,
                              .product_count = count};
    bool began;

    assert(count <= COUNT(products));
    for (uint32_t i = 0; i < count; i++)
        products[i] = first + i;
    (void)profiles_fold(p, &e, &began);
}

struct profile test_look(const struct profiles *p, uint64_t who, int64_t now_ms)
{
    struct profile out;

    profiles_read(p, test_key(who), now_ms, true, &out);
    return out;
}

void test_crowd(struct profiles *p, struct crowd c)
{
    struct random r;

    random_seed(&r, c.seed);
    for (uint32_t i = 0; i < c.events; i++) {
        double u = random_unit(&r);
        uint32_t flags = ALLOWED;
        if (random_below(&r, 1000) == 0)
            flags = STATED;
        if (c.listed > 0 && random_below(&r, 3) == 0)
            test_show(p, (uint64_t)(u * u * c.shoppers), random_below(&r, 100000), c.listed,
                      noon + (int64_t)i * 500);
        test_view(p, (uint64_t)(u * u * c.shoppers), random_below(&r, 100000),
                  noon + (int64_t)i * 500 - random_below(&r, 3000), flags);
    }
}
