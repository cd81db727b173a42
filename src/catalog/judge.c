/* SPDX-License-Identifier: Apache-2.0 */
/* judge: may a product be shown, and for how much; of the product alone, a bundle's parts laid over
 * it already. */
#include <assert.h>

#include "base/money.h"
#include "catalog/state.h"

const char *sellable_word(enum sellable s)
{
    static const char *const words[] = {
        [SELLABLE] = "sellable",   [NOT_KNOWN] = "unknown",         [NOT_PUBLISHED] = "unpublished",
        [NOT_PRICED] = "no_price", [NOT_IN_STOCK] = "out_of_stock", [PART_MISSING] = "part_missing",
        [SENSITIVE] = "sensitive",
    };

    assert((size_t)s < COUNT(words));
    return words[s];
}

bool catalog_in_stock(int64_t stock, enum availability a)
{
    switch (a) {
    case IN_STOCK: return stock == STOCK_UNTRACKED || stock > 0;
    case PREORDER:
    case BACKORDER: return true;
    case OUT_OF_STOCK: return false;
    }
    return false;
}

/* The lower of price and sale price; MONEY_NONE when there is no price above zero. */
static int64_t price_tag(int64_t price, int64_t sale_price)
{
    if (price <= 0)
        return MONEY_NONE;
    return sale_price > 0 && sale_price < price ? sale_price : price;
}

static struct price_tag tag_of(int64_t price, int64_t sale_price, int64_t cost)
{
    return (struct price_tag){price_tag(price, sale_price), price, cost};
}

/* The cheaper of two, MONEY_NONE counting as none. */
static struct price_tag cheaper(struct price_tag a, struct price_tag b)
{
    return a.price == MONEY_NONE || (b.price != MONEY_NONE && b.price < a.price) ? b : a;
}

/* The tag of a product that has none of its own: of the cheapest variant in stock, of all when none
 * is. */
static struct price_tag variant_tag(const struct product *p, bool stocked)
{
    struct price_tag available = {MONEY_NONE, MONEY_NONE, MONEY_NONE}, any = available;

    for (uint32_t i = 0; i < p->variant_count; i++) {
        const struct variant *v = &p->variants[i];
        struct price_tag tag =
            tag_of(v->price, v->sale_price, v->cost != MONEY_NONE ? v->cost : p->cost);

        any = cheaper(any, tag);
        if (catalog_in_stock(v->stock, v->availability))
            available = cheaper(available, tag);
    }
    return stocked ? available : any;
}

/* In ten thousandths, from `lowest` to 1. */
static uint16_t share_of(int64_t part, int64_t whole, double lowest)
{
    double share = (double)part / (double)whole;

    share = share < lowest ? lowest : share > 1 ? 1 : share;
    return (uint16_t)((share - lowest) * ROW_SHARES + 0.5);
}

/* That of variants added up, of which one alone may be untracked. */
int64_t product_stock(const struct product *p)
{
    int64_t sum = p->variant_count == 0 ? p->stock : 0;

    for (uint32_t i = 0; i < p->variant_count; i++) {
        int64_t more = p->variants[i].stock;
        if (more == STOCK_UNTRACKED)
            return STOCK_UNTRACKED;
        if (more > 0 && __builtin_add_overflow(sum, more, &sum))
            sum = INT64_MAX;
    }
    return sum;
}

static enum availability availability_of(int64_t stock, enum availability a)
{
    return catalog_in_stock(stock, a) ? a : OUT_OF_STOCK;
}

bool availability_worse(enum availability a, enum availability than)
{
    static const uint8_t ranks[] = {
        [IN_STOCK] = 0, [PREORDER] = 1, [BACKORDER] = 2, [OUT_OF_STOCK] = 3};

    return ranks[a] > ranks[than];
}

enum availability product_availability(const struct product *p)
{
    enum availability best = availability_of(p->stock, p->availability);

    for (uint32_t i = 0; i < p->variant_count; i++) {
        enum availability a = availability_of(p->variants[i].stock, p->variants[i].availability);
        if (i == 0 || availability_worse(best, a))
            best = a;
    }
    return best;
}

static uint16_t stock_kept(const struct product *p)
{
    const int64_t most = ROW_UNKNOWN - 1;
    int64_t stock = product_stock(p);

    if (stock == STOCK_UNTRACKED)
        return ROW_UNKNOWN;
    return (uint16_t)(stock < 0 ? 0 : stock < most ? stock : most);
}

struct price_tag catalog_price_tag(const struct product *p)
{
    struct price_tag tag = tag_of(p->price, p->sale_price, p->cost);

    return tag.price != MONEY_NONE ? tag : variant_tag(p, product_availability(p) != OUT_OF_STOCK);
}

void row_judge(struct row *row, const struct product *p, bool whole)
{
    struct price_tag tag = catalog_price_tag(p);

    row->price = tag.price;
    row->age_min = (uint8_t)(p->age_min < 0 ? 0 : p->age_min < UINT8_MAX ? p->age_min : UINT8_MAX);
    row->stock = stock_kept(p);
    row->margin = row->discount = ROW_UNKNOWN;
    if (tag.price != MONEY_NONE)
        row->discount = share_of(tag.full - tag.price, tag.full, 0);
    if (tag.price != MONEY_NONE && tag.cost != MONEY_NONE)
        row->margin = share_of(tag.price - tag.cost, tag.price, -1);
    if (!p->published)
        row->sellable = NOT_PUBLISHED;
    else if (row->price == MONEY_NONE)
        row->sellable = NOT_PRICED;
    else if (!whole)
        row->sellable = PART_MISSING;
    else
        row->sellable = product_availability(p) != OUT_OF_STOCK ? SELLABLE : NOT_IN_STOCK;
}
