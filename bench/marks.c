/* SPDX-License-Identifier: Apache-2.0 */
/* How fast 64 filters are answered for a million products, followed through changes, and asked of
 * candidates: one JSON line. The products and filters are made (fixed numbers); the checksum counts what
 * holds. */
#include <stdio.h>

#include "base/memory.h"
#include "base/money.h"
#include "base/time.h"
#include "rules/marks.h"
#include "tests/support/filters.h"

enum {
    PRODUCTS = 1000000,
    FILTERS = 64,
    CHANGES = 1000,
    CANDIDATES = 300,
    ANSWERS = 10000,
    RULES = 20,
    ROWS_A_TURN = 1000, /* as paths/shop_program.c has it */
};

static void make(struct catalog *c, uint32_t i, uint32_t stock)
{
    char id[16], title[64], category[48], brand[16], width[16];
    struct attribute attributes[2] = {{TEXT("wood"), i % 3 == 0 ? TEXT("oak") : TEXT("ash")},
                                      {TEXT("width"), {0}}};
    struct product p = product_blank();

    p.item_id = (struct text){id, (size_t)snprintf(id, sizeof(id), "p-%u", i)};
    p.title = (struct text){title, (size_t)snprintf(title, sizeof(title), "Table %u, oak", i)};
    p.category =
        (struct text){category, (size_t)snprintf(category, sizeof(category),
                                                 "Home > Group %u > Kind %u", i % 20, i % 200)};
    p.brand = (struct text){brand, (size_t)snprintf(brand, sizeof(brand), "Brand %u", i % 50)};
    p.description =
        TEXT("Solid oak, oiled by hand, with rounded corners and a top of three boards.");
    p.currency = TEXT("EUR");
    p.price = (int64_t)(i % 5000 + 100) * MONEY_UNIT / 100;
    p.cost = p.price / 100 * (40 + i % 60);
    p.stock = stock;
    attributes[1].value =
        (struct text){width, (size_t)snprintf(width, sizeof(width), "%u", i % 240)};
    p.attributes = attributes;
    p.attribute_count = 2;
    catalog_put(c, &p);
}

static void make_filters(struct arena *a, const struct filter *filters[FILTERS])
{
    for (uint32_t k = 0; k < FILTERS; k++) {
        const char *texts[] = {
            arena_printf(a, "brand = \"Brand %u\"", k),
            arena_printf(a, "category within \"Home > Group %u\" and price >= %u", k % 20, k),
            arena_printf(a, "margin < %u%% or stock < 3", k),
            arena_printf(a, "attribute.wood in (oak, elm) and attribute.width > %u", k),
        };
        filters[k] = filter_of(a, texts[k % COUNT(texts)], FILTER_PRODUCTS);
    }
}

static double seconds_since(uint64_t begun)
{
    return (double)(time_monotonic_ns() - begun) / 1e9;
}

/* 20 rules over 300 candidates, as often as `answers`; how many hold. */
static uint64_t ask(const struct marks *m, uint32_t answers)
{
    uint64_t hold = 0;

    for (uint32_t i = 0; i < answers; i++)
        for (uint32_t k = 0; k < CANDIDATES; k++) {
            const uint64_t *row = marks_of(m, (i * 7919 + k * 104729) % PRODUCTS);
            for (uint32_t rule = 0; rule < RULES; rule++)
                hold += mark_holds(row, rule * 3);
        }
    return hold;
}

int main(void)
{
    struct arena a = {0};
    const struct filter *filters[FILTERS];
    struct catalog *c = catalog_new();

    make_filters(&a, filters);
    for (uint32_t i = 0; i < PRODUCTS; i++)
        make(c, i, i % 10);
    struct marks *m = marks_new(filters, FILTERS - 1);
    uint64_t begun = time_monotonic_ns();
    marks_follow(m, c);
    double build = seconds_since(begun);

    begun = time_monotonic_ns();
    marks_take(m, filters, FILTERS);
    marks_follow(m, c);
    double one_more = seconds_since(begun);

    struct marks *ahead = marks_new(filters + 1, FILTERS - 1); /* without the first, for the last */
    marks_take(m, filters, FILTERS - 1);
    marks_follow(m, c);
    uint64_t longest = 0, all = time_monotonic_ns();
    for (bool made = false; !made;) {
        begun = time_monotonic_ns();
        made = marks_advance(ahead, m, c, ROWS_A_TURN);
        uint64_t turn = time_monotonic_ns() - begun;
        longest = turn > longest ? turn : longest;
    }
    double making = seconds_since(all);
    begun = time_monotonic_ns();
    bool adopted = marks_adopt(&m, &ahead, filters + 1, FILTERS - 1);
    marks_follow(m, c);
    uint64_t adopting = time_monotonic_ns() - begun;
    marks_free(ahead);
    marks_take(m, filters, FILTERS);
    marks_follow(m, c);

    uint64_t following = 0;
    for (uint32_t i = 0; i < CHANGES; i++) {
        make(c, i * 977, 2);
        begun = time_monotonic_ns();
        marks_follow(m, c);
        following += time_monotonic_ns() - begun;
    }
    begun = time_monotonic_ns();
    uint64_t hold = ask(m, ANSWERS);
    double asking = seconds_since(begun);
    printf(
        "{\"bench\":\"marks\",\"products\":%d,\"filters\":%d,\"build_s\":%.3f,\"one_more_s\":%.3f,"
        "\"ahead_s\":%.3f,\"ahead_turn_us\":%.0f,\"adopt_us\":%.1f,\"adopted\":%d,"
        "\"follow_us\":%.2f,\"candidate_ns\":%.1f,\"checksum\":%llu}\n",
        PRODUCTS, FILTERS, build, one_more, making, (double)longest / 1e3, (double)adopting / 1e3,
        adopted, (double)following / CHANGES / 1e3, asking / ANSWERS / CANDIDATES * 1e9,
        (unsigned long long)hold);
    marks_free(m);
    catalog_free(c);
    arena_free(&a);
    return 0;
}
