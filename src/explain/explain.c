/* SPDX-License-Identifier: Apache-2.0 */
#include "explain/explain.h"

/* "Tables" of "Home > Tables". */
static struct text leaf(struct text path)
{
    struct text rest = path, last = path;

    while (rest.data != NULL)
        last = text_cut(&rest, '>');
    return text_trim(last);
}

/* How a sentence about a product goes: FRONT title BACK. */
struct phrase {
    const char *kind, *front, *back;
};

static const struct phrase viewed = {"viewed", "Because you viewed ", ""};
static const struct phrase in_cart = {"cart", "Because you put ", " in your cart"};
static const struct phrase bought = {"bought_after", "Because you bought ", ""};
static const struct phrase bought_with = {"bought_with", "Often bought with ", ""};
static const struct phrase similar = {"similar", "Similar to ", ""};
static const struct phrase complement = {"complement", "Goes with ", ""};

static bool about_product(const struct candidate *c, const struct phrase *own,
                          const struct catalog *catalog, struct arena *a, struct reason *out)
{
    const struct phrase *phrase = c->source == SOURCE_also_bought  ? &bought_with
                                  : c->source == SOURCE_similar    ? &similar
                                  : c->source == SOURCE_complement ? &complement
                                                                   : own;
    struct product p;

    if (c->evidence.reference == c->product || /* to have it is no reason to show it */
        catalog_sensitive(catalog, c->evidence.reference) ||
        !catalog_get(catalog, c->evidence.reference, a, &p) || text_trim(p.title).size == 0)
        return false;
    const char *text =
        arena_printf(a, "%s%.*s%s", phrase->front, (int)p.title.size, p.title.data, phrase->back);
    *out = (struct reason){phrase->kind, p.item_id, text_from(text)};
    return true;
}

/* And one about a category: FRONT name, or WHOLE for the shop. */
struct category_phrase {
    const char *kind, *front, *whole;
};

static const struct category_phrase popular = {"popular", "Popular in ", "Popular in this shop"};
static const struct category_phrase trending = {"trending", "Trending in ", "Trending now"};

static bool about_category(const struct candidate *c, const struct category_phrase *phrase,
                           const struct catalog *catalog, struct arena *a, struct reason *out)
{
    *out = (struct reason){.kind = phrase->kind, .text = text_from(phrase->whole)};
    if (c->evidence.reference == 0)
        return true;
    struct text name = leaf(catalog_category_path(catalog, c->evidence.reference));
    if (name.size == 0)
        return false;
    out->text = text_from(arena_printf(a, "%s%.*s", phrase->front, (int)name.size, name.data));
    return true;
}

bool reason_of(const struct candidate *c, const struct catalog *catalog, struct arena *a,
               struct reason *out)
{
    switch (c->evidence.kind) {
    case EVIDENCE_VIEWED: return about_product(c, &viewed, catalog, a, out);
    case EVIDENCE_CART: return about_product(c, &in_cart, catalog, a, out);
    case EVIDENCE_BOUGHT: return about_product(c, &bought, catalog, a, out);
    case EVIDENCE_POPULAR: return about_category(c, &popular, catalog, a, out);
    case EVIDENCE_TRENDING: return about_category(c, &trending, catalog, a, out);
    case EVIDENCE_LIST:
        *out = (struct reason){.kind = "picked", .text = TEXT("Picked by the shop")};
        return true;
    case EVIDENCE_PIN:
        *out = (struct reason){.kind = "pinned", .text = TEXT("Our pick")};
        return true;
    case EVIDENCE_SELF:
        *out = (struct reason){.kind = "looked", .text = TEXT("You looked at this")};
        return true;
    case EVIDENCE_NONE: break;
    }
    return false;
}
