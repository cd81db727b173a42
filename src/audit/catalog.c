/* SPDX-License-Identifier: Apache-2.0 */
/* The pass over the catalog. */
#include <stdlib.h>

#include "audit/parts.h"
#include "base/memory.h"

enum { PRICE_OUT = 50, CATEGORY_PRICES_LEAST = 5 };

struct tag {
    category_number category;
    product_number product;
    int64_t price;
};

static int by_category_price(const void *a, const void *b)
{
    const struct tag *x = a, *y = b;

    if (x->category != y->category)
        return x->category < y->category ? -1 : 1;
    return x->price < y->price ? -1 : x->price > y->price;
}

static void outlying(struct audit *a, const struct tag *tags, size_t count)
{
    int64_t middle = tags[count / 2].price;
    char usual[MONEY_TEXT_SIZE], own[MONEY_TEXT_SIZE];

    if (count < CATEGORY_PRICES_LEAST || tags->category == 0)
        return;
    looked_at(a, CHECK_price_outlying, count);
    for (size_t i = 0; i < count; i++)
        if (tags[i].price / PRICE_OUT >= middle || middle / PRICE_OUT >= tags[i].price)
            found_product(a, CHECK_price_outlying, tags[i].product,
                          text_from(arena_printf(&a->scratch, "%s, usual is %s",
                                                 money_print(tags[i].price, own),
                                                 money_print(middle, usual))));
}

static void conclude_prices(struct audit *a)
{
    const struct catalog *c = a->options.catalog;
    struct tag *tags = mem_new(catalog_known(c) + 1, sizeof(*tags));
    size_t count = 0;

    for (product_number n = 0; n < catalog_count(c); n++) {
        int64_t price = catalog_price(c, n);
        if (catalog_product_of(c, n) == n && catalog_body(c, n).size > 0 && price != MONEY_NONE &&
            price > 0)
            tags[count++] = (struct tag){catalog_category(c, n), n, price};
    }
    qsort(tags, count, sizeof(*tags), by_category_price);
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i; next < count && tags[next].category == tags[i].category; next++)
            continue;
        outlying(a, &tags[i], next - i);
    }
    mem_free(tags);
}

/* The shop's currency where neither program nor purchases tell: what most products are priced in. */
static struct text common_currency(struct audit *a)
{
    SCOPED(intern_free) struct intern currencies = {0};
    const struct catalog *c = a->options.catalog;
    uint64_t counts[CURRENCIES_MAX] = {0};
    uint32_t most = 0;
    struct product p;

    for (product_number n = 0; n < catalog_count(c); n++) {
        arena_reset(&a->scratch);
        if (catalog_product_of(c, n) != n || !catalog_get(c, n, &a->scratch, &p) ||
            p.currency.size == 0)
            continue;
        uint32_t at = intern_find(&currencies, p.currency);
        if (at == INTERN_NONE && currencies.count < CURRENCIES_MAX)
            at = intern_add(&currencies, p.currency);
        if (at != INTERN_NONE && ++counts[at] > counts[most])
            most = at;
    }
    return counts[most] == 0 ? (struct text){0}
                             : arena_text(&a->keep, intern_text(&currencies, most));
}

static void all_products(struct audit *a)
{
    const struct catalog *c = a->options.catalog;
    struct identities *identities = identities_new();
    struct likeness_shelf *likeness = likeness_shelf_new();
    struct attributes *attributes = attributes_new();
    struct product p;

    for (product_number n = 0; n < catalog_count(c); n++) {
        arena_reset(&a->scratch);
        if (catalog_product_of(c, n) != n || !catalog_get_offered(c, n, &a->scratch, &p))
            continue;
        a->report.products++;
        a->report.variants += p.variant_count;
        catalog_texts(a, n, &p);
        catalog_offers(a, n, &p);
        identities_product(identities, a, n, &p);
        likeness_product(likeness, a, n, &p);
        attributes_product(attributes, &p);
    }
    identities_close(identities, a);
    likeness_close(likeness, a);
    attributes_close(attributes, a);
}

void conclude_catalog(struct audit *a)
{
    const struct catalog *c = a->options.catalog;

    tally_of(a, CHECK_no_catalog)->of = 1;
    tally_of(a, CHECK_no_catalog)->count = catalog_known(c) == 0;
    a->report.sellable = catalog_sellable_count(c);
    a->report.categories = catalog_category_count(c);
    if (catalog_known(c) == 0)
        return;
    if (a->report.currency.size == 0)
        a->report.currency = common_currency(a);
    all_products(a);
    conclude_prices(a);
    conclude_taxonomy(a);
}
