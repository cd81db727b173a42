/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of popularity. A list is sorted: higher score first, then lower product number. Scores
 * only rise while a product stays where it is, so a list is kept by moving what rose; only a full
 * list that loses a product (it changed its category, or became sensitive) is filled up from all.
 */
#include "indexes/popularity_lists.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

/* One list, of a category or of the shop. */
struct list {
    struct top *top;
    struct popular *products;
    uint32_t max;
};

static struct list shop_list(struct popularity *p, int kind)
{
    return (struct list){&p->head.shop.top[kind], p->head.shop.products[kind], POPULARITY_LIST_MAX};
}

static struct list category_list(struct category_lists *lists, int kind)
{
    return (struct list){&lists->top[kind], lists->products[kind], CATEGORY_LIST_MAX};
}

/* The lists of a category, NULL when it has none. */
static struct category_lists *lists_find(const struct popularity *p, category_number category)
{
    if (category >= p->list_of_count || p->list_of[category] == 0)
        return NULL;
    return &p->lists[p->list_of[category] - 1];
}

static struct category_lists *lists_of(struct popularity *p, category_number category)
{
    struct category_lists *found = lists_find(p, category);

    if (found != NULL)
        return found;
    if (category >= p->list_of_count) {
        p->list_of =
            mem_grow(p->list_of, &p->list_of_room, (size_t)category + 1, sizeof(*p->list_of));
        p->list_of_count = (size_t)category + 1;
    }
    p->lists = mem_grow(p->lists, &p->lists_room, p->list_count + 1, sizeof(*p->lists));
    p->list_of[category] = (uint32_t)++p->list_count;
    return &p->lists[p->list_count - 1];
}

static bool better(struct popular a, struct popular b)
{
    return a.score > b.score || (a.score == b.score && a.product < b.product);
}

static uint32_t place_of(struct list l, product_number product)
{
    uint32_t at = 0;

    while (at < l.top->count && l.products[at].product != product)
        at++;
    return at;
}

/* Put a product in, or move it up. */
static void list_raise(struct list l, product_number product, float score)
{
    struct popular fresh = {product, score};

    if (score <= 0 || (l.top->count == l.max && better(l.products[l.max - 1], fresh)))
        return;
    uint32_t at = place_of(l, product);
    if (at == l.max)
        at--; /* the last one makes room */
    else if (at == l.top->count)
        l.top->count++;
    for (; at > 0 && better(fresh, l.products[at - 1]); at--)
        l.products[at] = l.products[at - 1];
    l.products[at] = fresh;
}

static void list_remove(struct list l, product_number product)
{
    uint32_t at = place_of(l, product);

    if (at == l.top->count)
        return;
    if (l.top->count == l.max)
        l.top->lost = 1;
    l.top->count--;
    memmove(l.products + at, l.products + at + 1, (l.top->count - at) * sizeof(*l.products));
    l.products[l.top->count] = (struct popular){0, 0}; /* saved as it is */
}

static void list_clear(struct list l)
{
    memset(l.products, 0, l.max * sizeof(*l.products));
    *l.top = (struct top){0, 0};
}

static void list_scale(struct list l, int halvings)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < l.top->count; i++) {
        l.products[i].score = ldexpf(l.products[i].score, -halvings);
        if (l.products[i].score >= 0x1p-100F)
            count = i + 1;
    }
    memset(l.products + count, 0, (l.top->count - count) * sizeof(*l.products));
    l.top->count = count;
}

static void scale(struct popularity *p, int kind, int halvings)
{
    list_scale(shop_list(p, kind), halvings);
    for (size_t i = 0; i < p->list_count; i++)
        list_scale(category_list(&p->lists[i], kind), halvings);
}

void popularity_lists_scale_trending(struct popularity *p, int halvings)
{
    scale(p, POPULARITY_TRENDING, halvings);
}

void popularity_lists_scale_bestsellers(struct popularity *p, int halvings)
{
    scale(p, POPULARITY_BESTSELLERS, halvings);
}

static void product_remove(struct popularity *p, const struct catalog *catalog,
                           product_number product)
{
    for (int kind = 0; kind < LIST_KINDS; kind++) {
        list_remove(shop_list(p, kind), product);
        for (category_number c = p->listed[product] - 1; c != 0;
             c = catalog_category_parent(catalog, c)) {
            struct category_lists *lists = lists_find(p, c);
            if (lists != NULL)
                list_remove(category_list(lists, kind), product);
        }
    }
    p->listed[product] = 0;
}

static void product_raise(struct popularity *p, const struct catalog *catalog,
                          product_number product)
{
    float scores[LIST_KINDS];

    popularity_scores(p, product, scores);
    for (int kind = 0; kind < LIST_KINDS; kind++)
        list_raise(shop_list(p, kind), product, scores[kind]);
    if (scores[0] <= 0 && scores[1] <= 0)
        return;
    for (category_number c = p->listed[product] - 1; c != 0;
         c = catalog_category_parent(catalog, c)) {
        struct category_lists *lists = lists_of(p, c);
        for (int kind = 0; kind < LIST_KINDS; kind++)
            list_raise(category_list(lists, kind), product, scores[kind]);
    }
}

/* A product takes its place in the lists of where it is now. */
static void product_place(struct popularity *p, const struct catalog *catalog,
                          product_number product)
{
    bool wanted =
        !catalog_sensitive(catalog, product) && catalog_sellable(catalog, product) != NOT_KNOWN;
    category_number now = wanted ? catalog_category(catalog, product) + 1 : 0;

    if (p->listed[product] != 0 && p->listed[product] != now)
        product_remove(p, catalog, product);
    p->listed[product] = now;
    if (wanted)
        product_raise(p, catalog, product);
}

static bool list_lost(struct list l)
{
    bool lost = l.top->lost != 0;

    l.top->lost = 0;
    return lost;
}

/* Whether any list lost a product while it was full; forgets it. */
static bool any_lost(struct popularity *p)
{
    bool lost = false;

    for (int kind = 0; kind < LIST_KINDS; kind++) {
        lost |= list_lost(shop_list(p, kind));
        for (size_t i = 0; i < p->list_count; i++)
            lost |= list_lost(category_list(&p->lists[i], kind));
    }
    return lost;
}

static void place_all(struct popularity *p, const struct catalog *catalog)
{
    for (int kind = 0; kind < LIST_KINDS; kind++) {
        list_clear(shop_list(p, kind));
        for (size_t i = 0; i < p->list_count; i++)
            list_clear(category_list(&p->lists[i], kind));
    }
    memset(p->listed, 0, p->product_count * sizeof(*p->listed));
    for (product_number i = 0; i < p->product_count; i++)
        product_place(p, catalog, i);
}

void popularity_lists_update(struct popularity *p, const struct catalog *catalog)
{
    bool removed = false;

    for (size_t i = 0; i < p->waiting_count; i++) {
        product_number product = p->waiting[i];
        p->marks[product] = (uint8_t)(p->marks[product] & ~MARK_WAITING);
        if (p->head.all_waiting)
            continue;
        category_number was = p->listed[product];
        product_place(p, catalog, product);
        removed |= was != 0 && was != p->listed[product];
    }
    p->waiting_count = 0;
    if (p->head.all_waiting && p->product_count > 0)
        place_all(p, catalog);
    p->head.all_waiting = 0;
    /* A removal may have made room for products that did not move. */
    if (removed && any_lost(p))
        for (product_number i = 0; i < p->product_count; i++)
            if (p->listed[i] != 0)
                product_raise(p, catalog, i);
}
