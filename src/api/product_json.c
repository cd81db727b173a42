/* SPDX-License-Identifier: Apache-2.0 */
#include "api/product_json.h"

#include "base/money.h"

void json_close(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

/* Jansson takes the value over, also when it fails; it fails only for text that is not UTF-8, which
 * the journal does not hold. */
static void set(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static void set_text(json_t *object, const char *name, struct text value)
{
    if (value.data != NULL)
        set(object, name, json_stringn(value.data, value.size));
}

static void set_money(json_t *object, const char *name, int64_t micros)
{
    char text[MONEY_TEXT_SIZE];

    if (micros != MONEY_NONE)
        set(object, name, json_string(money_print(micros, text)));
}

static void set_stock(json_t *object, int64_t stock, enum availability availability)
{
    if (stock != STOCK_UNTRACKED)
        set(object, "stock", json_integer(stock));
    set(object, "availability", json_string(availability_word(availability)));
}

static void set_attributes(json_t *object, const struct attribute *attributes, uint32_t count)
{
    json_t *map;

    if (count == 0)
        return;
    map = json_object();
    for (uint32_t i = 0; i < count; i++) {
        struct text name = attributes[i].name, value = attributes[i].value;

        (void)json_object_setn_new(map, name.data, name.size,
                                   json_stringn(value.data, value.size)); /* as in set */
    }
    set(object, "attributes", map);
}

static json_t *variant_json(const struct variant *v)
{
    json_t *object = json_object();

    set_text(object, "item_id", v->item_id);
    set_text(object, "title", v->title);
    set_money(object, "price", v->price);
    set_money(object, "sale_price", v->sale_price);
    set_money(object, "cost", v->cost);
    set_stock(object, v->stock, v->availability);
    set_text(object, "gtin", v->gtin);
    set_attributes(object, v->attributes, v->attribute_count);
    return object;
}

json_t *product_json(const struct product *p)
{
    json_t *object = json_object();

    set_text(object, "item_id", p->item_id);
    set_text(object, "title", p->title);
    set_text(object, "description", p->description);
    set_text(object, "url", p->url);
    set_text(object, "image", p->image);
    set_text(object, "brand", p->brand);
    set_text(object, "category", p->category);
    set_money(object, "price", p->price);
    set_money(object, "sale_price", p->sale_price);
    set_money(object, "cost", p->cost);
    set_text(object, "currency", p->currency);
    set_stock(object, p->stock, p->availability);
    set(object, "published", json_boolean(p->published));
    set_text(object, "gtin", p->gtin);
    if (p->age_min != 0)
        set(object, "age_min", json_integer(p->age_min));
    set_attributes(object, p->attributes, p->attribute_count);
    if (p->bundle.data != NULL)
        set(object, "bundle", json_loadb(p->bundle.data, p->bundle.size, JSON_DECODE_ANY, NULL));
    if (p->variant_count > 0) {
        json_t *variants = json_array();

        for (uint32_t i = 0; i < p->variant_count; i++)
            (void)json_array_append_new(variants, variant_json(&p->variants[i])); /* as in set */
        set(object, "variants", variants);
    }
    return object;
}

void json_merge_patch(json_t *target, json_t *patch)
{
    const char *name;
    json_t *value;

    json_object_foreach(patch, name, value)
    {
        json_t *present = json_object_get(target, name);

        if (json_is_null(value))
            (void)json_object_del(target, name); /* not there: as wanted */
        else if (json_is_object(value) && json_is_object(present))
            json_merge_patch(present, value);
        else
            (void)json_object_set(target, name, value);
    }
}
