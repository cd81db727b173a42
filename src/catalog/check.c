/* SPDX-License-Identifier: Apache-2.0 */
/* check: the bounds every product keeps, whatever it came from. */
#include <string.h>

#include "base/intern.h"
#include "base/money.h"
#include "catalog/draft.h"
#include "journal/event.h"

enum { ATTRIBUTE_NAME_MAX = 128, ATTRIBUTE_VALUE_MAX = 1024, CATEGORY_MAX = 512, GTIN_MAX = 64 };

static void cut(struct text *t, size_t bytes_max)
{
    *t = t->size == 0 ? (struct text){0} : text_utf8_prefix(*t, bytes_max);
}

static bool id_check(struct text id, const char *field, struct feed_refusal *why)
{
    if (id.size == 0)
        return refuse_field(why, "missing", field, "%s is missing", field);
    if (id.size > EVENT_ID_MAX)
        return refuse_field(why, "too_long", field, "%s is longer than %d bytes", field,
                            EVENT_ID_MAX);
    if (!text_utf8_valid(id))
        return refuse_field(why, "bad_text", field, "%s is not valid UTF-8", field);
    return true;
}

static bool money_check(int64_t micros, const char *field, struct feed_refusal *why)
{
    if (micros == MONEY_NONE || micros >= 0)
        return true;
    return refuse_field(why, "bad_money", field, "%s must not be negative", field);
}

static bool attributes_check(struct attribute *list, uint32_t count, struct feed_refusal *why)
{
    if (count > PRODUCT_ATTRIBUTES_MAX)
        return refuse_field(why, "too_many", "attributes", "there are more than %d attributes",
                            PRODUCT_ATTRIBUTES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (list[i].name.size == 0 || list[i].name.size > ATTRIBUTE_NAME_MAX)
            return refuse_field(why, "too_long", "attributes",
                                "an attribute's name must have 1 to %d bytes", ATTRIBUTE_NAME_MAX);
        list[i].value = text_utf8_prefix(list[i].value, ATTRIBUTE_VALUE_MAX);
        if (list[i].value.data == NULL)
            list[i].value = TEXT("");
    }
    return true;
}

static bool variant_check(struct variant *v, const char *field, struct feed_refusal *why)
{
    cut(&v->title, PRODUCT_TITLE_MAX);
    cut(&v->gtin, GTIN_MAX);
    return id_check(v->item_id, field, why) && money_check(v->price, field, why) &&
           money_check(v->sale_price, field, why) && money_check(v->cost, field, why) &&
           attributes_check(v->attributes, v->attribute_count, why);
}

static bool variants_check(struct product *p, struct feed_refusal *why)
{
    SCOPED(intern_free) struct intern seen = {0};
    char field[64];

    if (p->variant_count > PRODUCT_VARIANTS_MAX)
        return refuse_field(why, "too_many", "variants", "there are more than %d variants",
                            PRODUCT_VARIANTS_MAX);
    for (uint32_t i = 0; i < p->variant_count; i++) {
        (void)snprintf(field, sizeof(field), "variants[%u]", i);
        if (!variant_check(&p->variants[i], field, why))
            return false;
        if (intern_add(&seen, p->variants[i].item_id) != i)
            return refuse_field(why, "wrong_type", field, "%s has the item_id of another variant",
                                field);
    }
    return true;
}

static bool is_own_id(const struct product *p, struct text item_id)
{
    bool own = text_equal(p->item_id, item_id);

    for (uint32_t i = 0; i < p->variant_count && !own; i++)
        own = text_equal(p->variants[i].item_id, item_id);
    return own;
}

/* The place of an earlier part of the same id, else `i`. */
static uint32_t part_before(const struct product *p, uint32_t i)
{
    uint32_t at = 0;

    while (at < i && !text_equal(p->parts[at].item_id, p->parts[i].item_id))
        at++;
    return at;
}

static bool parts_check(struct product *p, struct feed_refusal *why)
{
    char field[64];

    if (p->part_count > PRODUCT_PARTS_MAX)
        return refuse_field(why, "too_many", "bundle", "bundle has more than %d parts",
                            PRODUCT_PARTS_MAX);
    for (uint32_t i = 0; i < p->part_count; i++) {
        (void)snprintf(field, sizeof(field), "bundle[%u]", i);
        if (!id_check(p->parts[i].item_id, field, why))
            return false;
        if (is_own_id(p, p->parts[i].item_id))
            return refuse_field(why, "wrong_type", field,
                                "%s is the bundle itself or a variant of it, and a bundle cannot "
                                "hold itself",
                                field);
        if (part_before(p, i) < i)
            return refuse_field(why, "wrong_type", field,
                                "%s was named before; say how many with quantity", field);
        if (p->parts[i].quantity < 1 || p->parts[i].quantity > PART_QUANTITY_MAX)
            return refuse_field(why, "wrong_type", field, "%s must have a quantity from 1 to %d",
                                field, PART_QUANTITY_MAX);
    }
    return true;
}

static bool size_check(const struct product *p, struct feed_refusal *why)
{
    SCOPED(buffer_free) struct buffer encoded = {0};
    uint32_t parts = p->variant_count + p->attribute_count + p->part_count;

    for (uint32_t i = 0; i < p->variant_count; i++)
        parts += p->variants[i].attribute_count;
    if (parts < 100) /* at most 1.2 KiB each: cannot reach the bound */
        return true;
    product_encode(p, &encoded);
    if (encoded.size <= PRODUCT_BODY_MAX)
        return true;
    return refuse_field(why, "too_long", "", "the product with its variants is larger than %d KiB",
                        PRODUCT_BODY_MAX / 1024);
}

static bool url_check(struct text *url, const char *field, struct feed_refusal *why)
{
    if (url->size > PRODUCT_URL_MAX)
        return refuse_field(why, "too_long", field, "%s is longer than %d bytes", field,
                            PRODUCT_URL_MAX);
    cut(url, PRODUCT_URL_MAX);
    return true;
}

bool product_check(struct product *p, struct feed_refusal *why)
{
    if (!id_check(p->item_id, "item_id", why))
        return false;
    cut(&p->title, PRODUCT_TITLE_MAX);
    cut(&p->description, PRODUCT_DESCRIPTION_MAX);
    cut(&p->brand, PRODUCT_TITLE_MAX);
    cut(&p->category, CATEGORY_MAX);
    cut(&p->gtin, GTIN_MAX);
    if (p->title.data == NULL)
        p->title = p->item_id;
    if (p->currency.size == 0)
        p->currency = (struct text){0};
    else if (!currency_valid(p->currency))
        return refuse_field(why, "bad_currency", "currency",
                            "currency must be three capital letters such as EUR");
    if (p->age_min < 0 || p->age_min > 150)
        return refuse_field(why, "wrong_type", "age_min", "age_min must be a number of years");
    return url_check(&p->url, "url", why) && url_check(&p->image, "image", why) &&
           money_check(p->price, "price", why) && money_check(p->sale_price, "sale_price", why) &&
           money_check(p->cost, "cost", why) &&
           attributes_check(p->attributes, p->attribute_count, why) && variants_check(p, why) &&
           parts_check(p, why) && size_check(p, why);
}

bool product_same(const struct product *a, const struct product *b)
{
    SCOPED(buffer_free) struct buffer first = {0};
    SCOPED(buffer_free) struct buffer second = {0};

    product_encode(a, &first);
    product_encode(b, &second);
    return text_equal(buffer_text(&first), buffer_text(&second));
}
