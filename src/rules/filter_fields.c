/* SPDX-License-Identifier: Apache-2.0 */
/* filter_fields: the table of what filters may ask, and how each is read. */
#include "profile/profile.h"
#include "rules/inside.h"
#include "rules/segments.h"

/* --- how values are made ------------------------------------------------------------ */

static bool text_read(struct text t, struct value *out)
{
    *out = (struct value){.text = t, .whole = 1};
    return t.size > 0;
}

static bool number_read(int64_t number, struct value *out)
{
    *out = (struct value){.part = number, .whole = 1};
    return true;
}

static bool money_read(wide micros, struct value *out)
{
    *out = (struct value){.part = micros, .whole = MONEY_UNIT};
    return true;
}

static bool share_read(wide part, int64_t whole, struct value *out)
{
    *out = (struct value){.part = part, .whole = whole};
    return whole > 0;
}

#define READER(name)                                                                               \
    static bool name(const struct subject *s, const struct node *test UNUSED,                      \
                     struct place *at UNUSED, struct value *out)

/* --- of products -------------------------------------------------------------------- */

READER(brand)
{
    return s->product != NULL && text_read(text_trim(s->product->brand), out);
}

READER(category)
{
    return text_read(catalog_category_path(s->catalog, catalog_category(s->catalog, s->number)),
                     out);
}

READER(title)
{
    return s->product != NULL && text_read(s->product->title, out);
}

READER(price)
{
    return s->tag.price != MONEY_NONE && money_read(s->tag.price, out);
}

READER(cost)
{
    return s->tag.cost != MONEY_NONE && money_read(s->tag.cost, out);
}

READER(margin)
{
    return s->tag.price != MONEY_NONE && s->tag.cost != MONEY_NONE &&
           share_read((wide)s->tag.price - s->tag.cost, s->tag.price, out);
}

READER(margin_amount)
{
    return s->tag.price != MONEY_NONE && s->tag.cost != MONEY_NONE &&
           money_read((wide)s->tag.price - s->tag.cost, out);
}

READER(discount)
{
    return s->tag.price != MONEY_NONE &&
           share_read((wide)s->tag.full - s->tag.price, s->tag.full, out);
}

READER(stock)
{
    int64_t stock = s->product == NULL ? STOCK_UNTRACKED : product_stock(s->product);

    return stock != STOCK_UNTRACKED && number_read(stock, out);
}

/* From the best on (availability_worse). */
static const char *const availabilities[] = {"in_stock", "preorder", "backorder", "out_of_stock",
                                             NULL};

READER(availability)
{
    return s->product != NULL &&
           text_read(text_from(availability_word(product_availability(s->product))), out);
}

READER(published)
{
    return s->product != NULL && number_read(s->product->published, out);
}

READER(age_min)
{
    return s->product != NULL && number_read(s->product->age_min, out);
}

/* It names its parts, or the feed says that it has some (Google's is_bundle). */
static bool is_set(const struct product *p)
{
    bool said = p->part_count > 0;

    for (uint32_t i = 0; i < p->attribute_count && !said; i++)
        said = text_is(p->attributes[i].name, "is_bundle") &&
               text_equal_nocase(p->attributes[i].value, TEXT("yes"));
    return said;
}

READER(is_bundle)
{
    return s->product != NULL && number_read(is_set(s->product), out);
}

READER(has_variants)
{
    return s->product != NULL && number_read(s->product->variant_count > 0, out);
}

/* The next of the product's and its variants' own. */
static bool next_text(const struct subject *s, struct place *at,
                      struct text (*of)(const struct product *p, const struct variant *v),
                      struct value *out)
{
    while (s->product != NULL && at->variant <= s->product->variant_count) {
        uint32_t n = at->variant++;
        if (text_read(of(s->product, n == 0 ? NULL : &s->product->variants[n - 1]), out))
            return true;
    }
    return false;
}

static struct text item_id_of(const struct product *p, const struct variant *v)
{
    return v == NULL ? p->item_id : v->item_id;
}

static struct text gtin_of(const struct product *p, const struct variant *v)
{
    return v == NULL ? p->gtin : v->gtin;
}

READER(item_id)
{
    return next_text(s, at, item_id_of, out);
}

READER(gtin)
{
    return next_text(s, at, gtin_of, out);
}

static bool attribute(const struct subject *s, const struct node *test, struct place *at,
                      struct value *out)
{
    const struct product *p = s->product;

    for (; p != NULL && at->variant <= p->variant_count; at->variant++, at->attribute = 0) {
        const struct variant *v = at->variant == 0 ? NULL : &p->variants[at->variant - 1];
        const struct attribute *list = v == NULL ? p->attributes : v->attributes;
        uint32_t count = v == NULL ? p->attribute_count : v->attribute_count;

        while (at->attribute < count) {
            const struct attribute *a = &list[at->attribute++];
            if (text_equal_nocase(a->name, test->attribute) && text_read(text_trim(a->value), out))
                return true;
        }
    }
    return false;
}

/* --- of shoppers -------------------------------------------------------------------- */

/* What stands for a word; 0: not said. */
static bool code_read(uint32_t code, struct value *out)
{
    *out = (struct value){.part = code, .whole = MONEY_UNIT};
    return code != 0;
}

READER(source)
{
    return code_read(s->shopper->arrival.source, out);
}

READER(medium)
{
    return code_read(s->shopper->arrival.medium, out);
}

READER(campaign)
{
    return code_read(s->shopper->arrival.campaign, out);
}

READER(country)
{
    return code_read(s->shopper->arrival.country, out);
}

static const char *const devices[] = {"desktop", "mobile", "tablet", NULL};

READER(device)
{
    return text_read(text_from(device_word((enum device_kind)s->shopper->arrival.device)), out);
}

READER(returning)
{
    return s->shopper->history && number_read(s->shopper->returning, out);
}

READER(days_since_last_visit)
{
    return s->shopper->history && s->shopper->days_since_last >= 0 &&
           number_read(s->shopper->days_since_last, out);
}

READER(days_since_order)
{
    return s->shopper->history && s->shopper->days_since_order >= 0 &&
           number_read(s->shopper->days_since_order, out);
}

READER(orders)
{
    return s->shopper->history && number_read(s->shopper->orders, out);
}

READER(spend)
{
    return s->shopper->history && money_read(s->shopper->spend_micros, out);
}

/* --- the table ---------------------------------------------------------------------- */

#define PRODUCT(name, type, meaning)                                                               \
    {                                                                                              \
#name, NULL, FILTER_PRODUCTS, type, false, name, NULL, meaning                             \
    }
#define PRODUCT_MANY(name, type, meaning)                                                          \
    {                                                                                              \
#name, NULL, FILTER_PRODUCTS, type, true, name, NULL, meaning                              \
    }
#define SHOPPER(name, also, type, meaning)                                                         \
    {                                                                                              \
#name, also, FILTER_SHOPPERS, type, false, name, NULL, meaning                             \
    }

const struct field filter_fields[] = {
    PRODUCT(brand, FIELD_TEXT, "the brand"),
    PRODUCT(category, FIELD_PATH,
            "the whole path, like \"Home > Tables\"; `within` takes in all below it"),
    PRODUCT(title, FIELD_TEXT, "the whole title"),
    PRODUCT_MANY(item_id, FIELD_ID, "the product's item id, or one of a variant of it"),
    PRODUCT_MANY(gtin, FIELD_ID, "its GTIN, or one of a variant"),
    PRODUCT(price, FIELD_MONEY,
            "what the price tag says: the sale price when there is one; of the cheapest variant in "
            "stock when the product itself has none"),
    PRODUCT(cost, FIELD_MONEY, "what it costs the shop"),
    PRODUCT(margin, FIELD_SHARE, "(price - cost) / price"),
    PRODUCT(margin_amount, FIELD_MONEY, "price - cost"),
    PRODUCT(discount, FIELD_SHARE, "share that is taken off the full price; 0 without a sale"),
    PRODUCT(stock, FIELD_NUMBER,
            "pieces, those of variants added up; not known when it is not tracked"),
    {"availability", NULL, FILTER_PRODUCTS, FIELD_WORD, false, availability, availabilities,
     "the best of its variants'; a tracked stock of 0 is out_of_stock"},
    PRODUCT(published, FIELD_FLAG, "may be shown at all"),
    PRODUCT(age_min, FIELD_NUMBER, "years a buyer must have; 0 when there is no such age"),
    PRODUCT(is_bundle, FIELD_FLAG,
            "consists of other products; stock, cost and age_min of one follow its parts"),
    PRODUCT(has_variants, FIELD_FLAG, "comes in several versions"),
    {ATTRIBUTE_PREFIX "NAME", NULL, FILTER_PRODUCTS, FIELD_ATTRIBUTE, true, attribute, NULL,
     "any attribute of the feed, of the product or of one of its variants"},
    {"returning", NULL, FILTER_SHOPPERS, FIELD_FLAG, false, returning, NULL,
     "had a session before this one"},
    SHOPPER(source, "campaign.source", FIELD_CAMPAIGN,
            "utm_source of this visit; else of the last one that had a campaign"),
    SHOPPER(medium, "campaign.medium", FIELD_CAMPAIGN, "utm_medium of the same"),
    SHOPPER(campaign, "campaign.name", FIELD_CAMPAIGN,
            "utm_campaign of this visit, as the request says it"),
    {"device", NULL, FILTER_SHOPPERS, FIELD_WORD, false, device, devices, "what they hold"},
    SHOPPER(country, NULL, FIELD_COUNTRY, "two letters like SE, as the storefront says it"),
    SHOPPER(days_since_last_visit, NULL, FIELD_NUMBER,
            "whole days since the session before this one; not known of who is new"),
    SHOPPER(orders, NULL, FIELD_NUMBER, "orders the shop vouches for; at most 255 are counted"),
    SHOPPER(spend, NULL, FIELD_MONEY, "money in those orders; refunds are not taken off"),
    SHOPPER(days_since_order, NULL, FIELD_NUMBER,
            "whole days since the last of them; not known when there is none"),
};
const size_t filter_field_count = COUNT(filter_fields);
