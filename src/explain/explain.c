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

static bool say(enum reason_form form, const struct reason_inputs *in,
                const struct template_values *values, struct arena *a, struct reason *out)
{
    *out = (struct reason){.kind = reason_rows[form].kind,
                           .text = template_fill(in->speech->sentences[form], values, a)};
    return true;
}

/* By how the candidate came about; OWN is what the shopper did with the evidence. */
static enum reason_form form_of(const struct candidate *c, enum reason_form own)
{
    switch (c->source) {
    case SOURCE_also_bought: return REASON_bought_with;
    case SOURCE_similar: return REASON_similar;
    case SOURCE_complement: return REASON_complement;
    default: return own;
    }
}

static bool about_product(const struct candidate *c, enum reason_form own,
                          const struct reason_inputs *in, struct arena *a, struct reason *out)
{
    product_number evidence = c->evidence.reference;
    struct product p;

    if (evidence == c->product || /* to have it is no reason to show it */
        (catalog_sensitive(in->catalog, evidence) && evidence != in->own_page) ||
        !catalog_get(in->catalog, evidence, a, &p) || text_trim(p.title).size == 0)
        return false;
    (void)say(form_of(c, own), in, &(struct template_values){.title = p.title}, a, out);
    out->item_id = p.item_id;
    return true;
}

/* About a category, or, of category 0, about the shop. */
static bool about_category(const struct candidate *c, enum reason_form form, enum reason_form shop,
                           const struct reason_inputs *in, struct arena *a, struct reason *out)
{
    struct template_values values = {0};

    if (c->evidence.reference == 0)
        return say(shop, in, &values, a, out);
    values.category = leaf(catalog_category_path(in->catalog, c->evidence.reference));
    return values.category.size > 0 && say(form, in, &values, a, out);
}

/* The shopper looked at this very product; its title may be said. */
static bool about_itself(const struct candidate *c, const struct reason_inputs *in, struct arena *a,
                         struct reason *out)
{
    struct template_values values = {0};
    struct product p;

    if (catalog_get(in->catalog, c->evidence.reference, a, &p))
        values.title = p.title;
    return say(REASON_looked, in, &values, a, out);
}

bool reason_of(const struct candidate *c, const struct reason_inputs *in, struct arena *a,
               struct reason *out)
{
    switch (c->evidence.kind) {
    case EVIDENCE_VIEWED: return about_product(c, REASON_viewed, in, a, out);
    case EVIDENCE_CART: return about_product(c, REASON_cart, in, a, out);
    case EVIDENCE_BOUGHT: return about_product(c, REASON_bought_after, in, a, out);
    case EVIDENCE_POPULAR:
        return about_category(c, REASON_popular, REASON_popular_shop, in, a, out);
    case EVIDENCE_TRENDING:
        return about_category(c, REASON_trending, REASON_trending_shop, in, a, out);
    case EVIDENCE_LIST:
        return say(REASON_picked, in, &(struct template_values){.list = in->list}, a, out);
    case EVIDENCE_PIN: return say(REASON_pinned, in, &(struct template_values){0}, a, out);
    case EVIDENCE_SELF: return about_itself(c, in, a, out);
    case EVIDENCE_NONE: break;
    }
    return false;
}
