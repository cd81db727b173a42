/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/draft.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/money.h"

const char *const draft_field_names[DRAFT_FIELDS] = {
    [FIELD_ITEM_ID] = "item_id",
    [FIELD_TITLE] = "title",
    [FIELD_DESCRIPTION] = "description",
    [FIELD_URL] = "url",
    [FIELD_IMAGE] = "image",
    [FIELD_BRAND] = "brand",
    [FIELD_CATEGORY] = "category",
    [FIELD_PRICE] = "price",
    [FIELD_SALE_PRICE] = "sale_price",
    [FIELD_COST] = "cost",
    [FIELD_CURRENCY] = "currency",
    [FIELD_STOCK] = "stock",
    [FIELD_AVAILABILITY] = "availability",
    [FIELD_PUBLISHED] = "published",
    [FIELD_GTIN] = "gtin",
    [FIELD_AGE_MIN] = "age_min",
    [FIELD_GROUP] = "item_group_id",
};

bool refuse_field(struct feed_refusal *why, const char *code, const char *field, const char *format,
                  ...)
{
    va_list args;

    why->code = code;
    (void)snprintf(why->field, sizeof(why->field), "%s", field);
    va_start(args, format);
    (void)vsnprintf(why->message, sizeof(why->message), format, args);
    va_end(args);
    return false;
}

void draft_begin(struct draft *d, struct arena *a)
{
    d->arena = a;
    d->product = product_blank();
    d->product.attributes = d->attributes;
    d->group = (struct text){0};
    d->given = 0;
    d->why = (struct feed_refusal){0};
}

/* For "%.*s": at most 40 bytes of a value. */
static int shown(struct text t)
{
    return (int)text_utf8_prefix(t, 40).size;
}

/* --- amounts ------------------------------------------------------------------- */

/* Take a currency code off either end. */
static struct text currency_cut(struct text *t)
{
    if (t->size <= 3)
        return (struct text){0};
    struct text front = {t->data, 3}, back = {t->data + t->size - 3, 3};

    if (currency_valid(front)) {
        *t = text_trim((struct text){t->data + 3, t->size - 3});
        return front;
    }
    if (currency_valid(back)) {
        *t = text_trim((struct text){t->data, t->size - 3});
        return back;
    }
    return (struct text){0};
}

static bool currency_take(struct draft *d, const char *field, struct text code)
{
    struct product *p = &d->product;

    if (!currency_valid(code))
        return refuse_field(&d->why, "bad_currency", field,
                            "%s must be three capital letters such as EUR, not '%.*s'", field,
                            shown(code), code.data);
    if ((d->given & 1u << FIELD_CURRENCY) != 0 && !text_equal(p->currency, code))
        return refuse_field(&d->why, "bad_currency", field, "%s is in %.*s, another amount in %.*s",
                            field, 3, code.data, 3, p->currency.data);
    p->currency = code;
    d->given |= 1u << FIELD_CURRENCY;
    return true;
}

static bool amount_set(struct draft *d, const char *field, struct text value, uint8_t tens,
                       int64_t *out)
{
    struct text number = value;
    struct text currency = currency_cut(&number);
    int64_t micros;

    if (!csv_amount(number, tens, &micros))
        return refuse_field(&d->why, "bad_money", field,
                            "%s must be an amount such as 19.90, not '%.*s'", field, shown(value),
                            value.data);
    if (currency.data != NULL && !currency_take(d, field, currency))
        return false;
    *out = micros;
    return true;
}

/* --- other kinds of values ---------------------------------------------------------------- */

static bool stock_set(struct draft *d, struct text value)
{
    int64_t micros;

    if (!money_parse(value, &micros) || micros % MONEY_UNIT != 0)
        return refuse_field(&d->why, "wrong_type", "stock",
                            "stock must be a whole number, not '%.*s'", shown(value), value.data);
    d->product.stock = micros / MONEY_UNIT;
    return true;
}

static bool published_set(struct draft *d, struct text value)
{
    static const struct {
        const char *word;
        bool published;
    } words[] = {
        {"true", true}, {"false", false}, {"1", true},      {"0", false},        {"yes", true},
        {"no", false},  {"active", true}, {"draft", false}, {"archived", false},
    };

    for (size_t i = 0; i < COUNT(words); i++) {
        if (text_equal_nocase(value, text_from(words[i].word))) {
            d->product.published = words[i].published;
            return true;
        }
    }
    return refuse_field(&d->why, "wrong_type", "published",
                        "published must be true or false, not '%.*s'", shown(value), value.data);
}

static bool age_set(struct draft *d, struct text value)
{
    int64_t years;

    if (!text_to_i64(value, &years) || years < 0 || years > 150)
        return refuse_field(&d->why, "wrong_type", "age_min",
                            "age_min must be a number of years, not '%.*s'", shown(value),
                            value.data);
    d->product.age_min = (int32_t)years;
    return true;
}

static bool availability_set(struct draft *d, struct text value)
{
    if (availability_find(value, &d->product.availability))
        return true;
    return refuse_field(&d->why, "wrong_type", "availability",
                        "availability must be in_stock, out_of_stock, preorder or backorder, not "
                        "'%.*s'",
                        shown(value), value.data);
}

/* Descriptions often hold markup where plain text is meant. */
static struct text description_of(struct text value, struct arena *a)
{
    const char *open = memchr(value.data, '<', value.size);

    if (open == NULL || memchr(open, '>', value.size - (size_t)(open - value.data)) == NULL)
        return value;
    return html_text(value, a);
}

static bool value_set(struct draft *d, enum draft_field field, struct text value, uint8_t tens)
{
    struct product *p = &d->product;
    const char *name = draft_field_names[field];

    switch (field) {
    case FIELD_ITEM_ID: p->item_id = value; return true;
    case FIELD_TITLE: p->title = value; return true;
    case FIELD_DESCRIPTION: p->description = description_of(value, d->arena); return true;
    case FIELD_URL: p->url = value; return true;
    case FIELD_IMAGE: p->image = value; return true;
    case FIELD_BRAND: p->brand = value; return true;
    case FIELD_CATEGORY: p->category = value; return true;
    case FIELD_PRICE: return amount_set(d, name, value, tens, &p->price);
    case FIELD_SALE_PRICE: return amount_set(d, name, value, tens, &p->sale_price);
    case FIELD_COST: return amount_set(d, name, value, tens, &p->cost);
    case FIELD_CURRENCY: return currency_take(d, name, value);
    case FIELD_STOCK: return stock_set(d, value);
    case FIELD_AVAILABILITY: return availability_set(d, value);
    case FIELD_PUBLISHED: return published_set(d, value);
    case FIELD_GTIN: p->gtin = value; return true;
    case FIELD_AGE_MIN: return age_set(d, value);
    case FIELD_GROUP: d->group = value; return true;
    case DRAFT_FIELDS: break;
    }
    return true;
}

bool draft_set(struct draft *d, enum draft_field field, struct text value, uint8_t tens)
{
    value = text_trim(value);
    if (value.size == 0)
        return true;
    if (!value_set(d, field, value, tens))
        return false;
    d->given |= 1u << field;
    return true;
}

void draft_attribute(struct draft *d, struct text name, struct text value)
{
    struct product *p = &d->product;

    name = text_trim(name);
    value = text_trim(value);
    if (name.size == 0 || value.size == 0 || p->attribute_count == PRODUCT_ATTRIBUTES_MAX)
        return;
    d->attributes[p->attribute_count++] = (struct attribute){name, value};
}

/* --- one over the other ------------------------------------------------------------------- */

static struct attribute *attribute_find(struct product *p, struct text name)
{
    for (uint32_t i = 0; i < p->attribute_count; i++)
        if (text_equal(p->attributes[i].name, name))
            return &p->attributes[i];
    return NULL;
}

/* Attributes of the same name are replaced, others added. */
static void attributes_over(const struct draft *d, struct product *p, bool first, struct arena *a)
{
    const struct product *from = &d->product;
    struct attribute *all =
        arena_array(a, p->attribute_count + from->attribute_count, sizeof(*all));

    if (p->attribute_count > 0)
        memcpy(all, p->attributes, p->attribute_count * sizeof(*all));
    p->attributes = all;
    for (uint32_t i = 0; i < from->attribute_count; i++) {
        struct attribute *same = attribute_find(p, from->attributes[i].name);

        if (same != NULL && first)
            same->value = from->attributes[i].value;
        else if (same == NULL && p->attribute_count < PRODUCT_ATTRIBUTES_MAX)
            all[p->attribute_count++] = from->attributes[i];
    }
}

static void texts_over(const struct draft *d, struct product *p, bool first)
{
    static const struct {
        enum draft_field field;
        size_t at;
    } texts[] = {
        {FIELD_ITEM_ID, offsetof(struct product, item_id)},
        {FIELD_TITLE, offsetof(struct product, title)},
        {FIELD_DESCRIPTION, offsetof(struct product, description)},
        {FIELD_URL, offsetof(struct product, url)},
        {FIELD_IMAGE, offsetof(struct product, image)},
        {FIELD_BRAND, offsetof(struct product, brand)},
        {FIELD_CATEGORY, offsetof(struct product, category)},
        {FIELD_CURRENCY, offsetof(struct product, currency)},
        {FIELD_GTIN, offsetof(struct product, gtin)},
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct text *to = (struct text *)((char *)p + texts[i].at);

        if ((d->given & 1u << texts[i].field) != 0 && (first || to->size == 0))
            *to = *(const struct text *)((const char *)&d->product + texts[i].at);
    }
}

void draft_over(const struct draft *d, struct product *p, bool first, struct arena *a)
{
    const struct product *from = &d->product;

    texts_over(d, p, first);
    if (from->attribute_count > 0)
        attributes_over(d, p, first, a);
    if (!first)
        return;
    if ((d->given & 1u << FIELD_PRICE) != 0)
        p->price = from->price;
    if ((d->given & 1u << FIELD_SALE_PRICE) != 0)
        p->sale_price = from->sale_price;
    if ((d->given & 1u << FIELD_COST) != 0)
        p->cost = from->cost;
    if ((d->given & 1u << FIELD_STOCK) != 0)
        p->stock = from->stock;
    if ((d->given & 1u << FIELD_AVAILABILITY) != 0)
        p->availability = from->availability;
    if ((d->given & 1u << FIELD_PUBLISHED) != 0)
        p->published = from->published;
    if ((d->given & 1u << FIELD_AGE_MIN) != 0)
        p->age_min = from->age_min;
}
