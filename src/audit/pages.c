/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of page, by what addresses usually look like; and where pages are viewed without the event they
 * are there for. */
#include <string.h>

#include "audit/parts.h"

const char *page_kind_word(enum page_kind k)
{
    static const char *const words[] = {"home", "category", "product", "search",
                                        "cart", "checkout", "thanks",  "other"};

    return words[k];
}

const char *audit_device_word(int device)
{
    static const char *const words[] = {"desktop", "mobile", "tablet", "other"};

    return words[device];
}

/* Parts of paths, the surest first; a page is of the kind of the first that its path holds. */
static const struct {
    const char *part;
    enum page_kind kind;
} parts[] = {
    {"/thank", PAGE_THANKS},        {"order-received", PAGE_THANKS},
    {"order-confirm", PAGE_THANKS}, {"/orders/", PAGE_THANKS},
    {"/checkout", PAGE_CHECKOUT},   {"/kasse", PAGE_CHECKOUT},
    {"/cart", PAGE_CART},           {"/basket", PAGE_CART},
    {"/warenkorb", PAGE_CART},      {"/panier", PAGE_CART},
    {"/products/", PAGE_PRODUCT},   {"/product/", PAGE_PRODUCT},
    {"/produkt/", PAGE_PRODUCT},    {"/produit/", PAGE_PRODUCT},
    {"/p/", PAGE_PRODUCT},          {"/item/", PAGE_PRODUCT},
    {"/dp/", PAGE_PRODUCT},         {"/collections/", PAGE_CATEGORY},
    {"/category", PAGE_CATEGORY},   {"/categories/", PAGE_CATEGORY},
    {"/kategorie", PAGE_CATEGORY},  {"/c/", PAGE_CATEGORY},
    {"/shop/", PAGE_CATEGORY},      {"/search", PAGE_SEARCH},
    {"/suche", PAGE_SEARCH},        {"?q=", PAGE_SEARCH},
    {"?s=", PAGE_SEARCH},
};

/* What stands behind the host, query included; absent: nothing. */
static struct text path_of(struct text url)
{
    const char *host = memmem(url.data, url.size, "://", 3);
    size_t from = host == NULL ? 0 : (size_t)(host - url.data) + 3;
    const char *path = memchr(url.data + from, '/', url.size - from);

    if (path == NULL)
        return host == NULL ? url : TEXT("/");
    return (struct text){path, url.size - (size_t)(path - url.data)};
}

/* Parts begin with a slash, a question mark or the o of order. */
static bool begins_part(char c)
{
    return c == '/' || c == '?' || c == 'o';
}

static enum page_kind kind_of_path(struct text path)
{
    size_t first = COUNT(parts), end = path.size;

    for (size_t at = 0; at < path.size; at++) {
        if ((path.data[at] == '?' || path.data[at] == '#') && at < end)
            end = at;
        if (!begins_part(path.data[at]))
            continue;
        for (size_t i = 0; i < first; i++)
            if (text_starts((struct text){path.data + at, path.size - at}, parts[i].part))
                first = i;
    }
    return first < COUNT(parts) ? parts[first].kind : end <= 1 ? PAGE_HOME : PAGE_OTHER;
}

static enum page_kind kind_of_type(enum event_type type)
{
    switch (type) {
    case EVENT_view_item: return PAGE_PRODUCT;
    case EVENT_view_item_list: return PAGE_CATEGORY;
    case EVENT_search: return PAGE_SEARCH;
    case EVENT_view_cart: return PAGE_CART;
    case EVENT_begin_checkout: return PAGE_CHECKOUT;
    case EVENT_purchase: return PAGE_THANKS;
    default: return PAGE_OTHER;
    }
}

enum page_kind page_kind_of(const struct event *e)
{
    if (e->page_url.size == 0)
        return kind_of_type(e->type);
    return kind_of_path(path_of(e->page_url));
}

enum event_type page_kind_event(enum page_kind k)
{
    static const enum event_type events[PAGE_COUNT] = {
        [PAGE_CATEGORY] = EVENT_view_item_list, [PAGE_PRODUCT] = EVENT_view_item,
        [PAGE_SEARCH] = EVENT_search,           [PAGE_CART] = EVENT_view_cart,
        [PAGE_CHECKOUT] = EVENT_begin_checkout, [PAGE_THANKS] = EVENT_purchase,
    };

    return events[k];
}

enum { PAGES_LEAST = 50 };

static void blind_page(struct audit *a, enum page_kind k)
{
    const struct report *r = &a->report;
    enum event_type wanted = page_kind_event(k);
    uint64_t viewed = r->pages[k][EVENT_page_view];
    uint64_t came = r->pages[k][wanted];

    if (wanted == EVENT_OTHER || viewed < PAGES_LEAST)
        return;
    /* A purchase comes from the server, and names no page. */
    if (wanted == EVENT_purchase)
        came = r->types[EVENT_purchase].count;
    looked_at(a, CHECK_page_blind, 1);
    if (came * 10 >= viewed)
        return;
    tally_of(a, CHECK_page_blind)->sessions += viewed;
    if (found(a, CHECK_page_blind))
        example(a, CHECK_page_blind, "%s pages: %llu page views, %llu %s", page_kind_word(k),
                (unsigned long long)viewed, (unsigned long long)came, event_type_name(wanted));
}

/* Of an event per page view on this device: far below that on the others? */
static void blind_device(struct audit *a, int device, enum event_type type)
{
    const struct type_figures *t = &a->report.types[type];
    uint64_t all_pages = 0, pages = a->page_devices[device], here = t->devices[device];

    for (int d = 0; d < AUDIT_DEVICES; d++)
        all_pages += a->page_devices[d];
    uint64_t others = t->count - here, other_pages = all_pages - pages;
    if (pages < PAGES_LEAST || other_pages < PAGES_LEAST)
        return;
    double expected = (double)others / (double)other_pages * (double)pages;
    if (expected < PAGES_LEAST)
        return;
    looked_at(a, CHECK_device_blind, 1);
    if ((double)here >= 0.15 * expected)
        return;
    tally_of(a, CHECK_device_blind)->sessions += a->report.sessions * pages / all_pages;
    if (found(a, CHECK_device_blind))
        example(a, CHECK_device_blind, "%s on %s: %llu, where %.0f were to be expected",
                event_type_name(type), audit_device_word(device), (unsigned long long)here,
                expected);
}

void conclude_pages(struct audit *a)
{
    static const enum event_type types[] = {EVENT_view_item,      EVENT_view_item_list,
                                            EVENT_add_to_cart,    EVENT_search,
                                            EVENT_begin_checkout, EVENT_select_item};

    for (int k = 0; k < PAGE_COUNT; k++)
        blind_page(a, (enum page_kind)k);
    for (int d = 0; d < AUDIT_DEVICES - 1; d++)
        for (size_t i = 0; i < COUNT(types); i++)
            blind_device(a, d, types[i]);
}
