/* SPDX-License-Identifier: Apache-2.0 */
/* product: the bodies of RECORD_PRODUCT and RECORD_STOCK. Field numbers are on disk: never
 * renumber, never reuse. */
#include "journal/product.h"

#include <string.h>

#include "base/money.h"
#include "journal/record.h"

enum field {
    FIELD_ITEM_ID = 1,
    FIELD_TITLE,
    FIELD_DESCRIPTION,
    FIELD_URL,
    FIELD_IMAGE,
    FIELD_BRAND,
    FIELD_CATEGORY,
    FIELD_CURRENCY,
    FIELD_PRICE,
    FIELD_SALE_PRICE,
    FIELD_COST,
    FIELD_STOCK, /* absent: not tracked */
    FIELD_AVAILABILITY,
    FIELD_PUBLISHED,
    FIELD_GTIN,
    FIELD_AGE_MIN,
    FIELD_BUNDLE,         /* no longer written, and not read: parts as JSON, without quantities */
    FIELD_ATTRIBUTE_NAME, /* each followed by its value */
    FIELD_ATTRIBUTE_VALUE,
    FIELD_VARIANT, /* a body with the fields above */
    FIELD_PART,    /* an item id, followed by its quantity when that is not 1 */
    FIELD_PART_QUANTITY,
};

static const char *const words[] = {"in_stock", "out_of_stock", "preorder", "backorder"};
static const char *const spaced[] = {"in stock", "out of stock", "pre order", "back order"};

bool availability_find(struct text word, enum availability *out)
{
    word = text_trim(word);
    for (size_t i = 0; i < COUNT(words); i++) {
        if (text_equal_nocase(word, text_from(words[i])) ||
            text_equal_nocase(word, text_from(spaced[i]))) {
            *out = (enum availability)i;
            return true;
        }
    }
    return false;
}

const char *availability_word(enum availability a)
{
    return words[a];
}

struct product product_blank(void)
{
    return (struct product){
        .price = MONEY_NONE,
        .sale_price = MONEY_NONE,
        .cost = MONEY_NONE,
        .stock = STOCK_UNTRACKED,
        .availability = IN_STOCK,
        .published = true,
    };
}

static void put_money(struct buffer *out, uint8_t field, int64_t micros)
{
    if (micros != MONEY_NONE)
        put_i64(out, field, micros);
}

static void put_stock(struct buffer *out, int64_t stock, enum availability availability)
{
    if (stock != STOCK_UNTRACKED)
        put_i64(out, FIELD_STOCK, stock);
    put_i64(out, FIELD_AVAILABILITY, availability);
}

static void put_attributes(struct buffer *out, const struct attribute *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        put_text(out, FIELD_ATTRIBUTE_NAME, list[i].name);
        put_text(out, FIELD_ATTRIBUTE_VALUE, list[i].value);
    }
}

static void put_variant(struct buffer *out, const struct variant *v)
{
    size_t begun = put_begin(out, FIELD_VARIANT);

    put_text(out, FIELD_ITEM_ID, v->item_id);
    put_text(out, FIELD_TITLE, v->title);
    put_money(out, FIELD_PRICE, v->price);
    put_money(out, FIELD_SALE_PRICE, v->sale_price);
    put_money(out, FIELD_COST, v->cost);
    put_stock(out, v->stock, v->availability);
    put_text(out, FIELD_GTIN, v->gtin);
    put_attributes(out, v->attributes, v->attribute_count);
    put_end(out, begun);
}

void product_encode(const struct product *p, struct buffer *out)
{
    put_text(out, FIELD_ITEM_ID, p->item_id);
    put_text(out, FIELD_TITLE, p->title);
    put_text(out, FIELD_DESCRIPTION, p->description);
    put_text(out, FIELD_URL, p->url);
    put_text(out, FIELD_IMAGE, p->image);
    put_text(out, FIELD_BRAND, p->brand);
    put_text(out, FIELD_CATEGORY, p->category);
    put_text(out, FIELD_CURRENCY, p->currency);
    put_money(out, FIELD_PRICE, p->price);
    put_money(out, FIELD_SALE_PRICE, p->sale_price);
    put_money(out, FIELD_COST, p->cost);
    put_stock(out, p->stock, p->availability);
    put_i64(out, FIELD_PUBLISHED, p->published);
    put_text(out, FIELD_GTIN, p->gtin);
    if (p->age_min != 0)
        put_i64(out, FIELD_AGE_MIN, p->age_min);
    put_attributes(out, p->attributes, p->attribute_count);
    for (uint32_t i = 0; i < p->variant_count; i++)
        put_variant(out, &p->variants[i]);
    for (uint32_t i = 0; i < p->part_count; i++) {
        put_text(out, FIELD_PART, p->parts[i].item_id);
        if (p->parts[i].quantity != 1)
            put_i64(out, FIELD_PART_QUANTITY, p->parts[i].quantity);
    }
}

/* How many fields of that number follow in the body `f` is at the start of. */
static uint32_t count_fields(struct fields f, uint8_t field)
{
    uint32_t count = 0;

    while (fields_next(&f))
        count += f.field == field;
    return count;
}

static bool read_availability(int64_t number, enum availability *out)
{
    if (number < 0 || number >= (int64_t)COUNT(words))
        return false;
    *out = (enum availability)number;
    return true;
}

/* A name or a value of an attribute; false when they do not alternate. `room` was counted before.
 */
static bool read_attribute(const struct fields *f, struct attribute *list, uint32_t room,
                           uint32_t *count)
{
    if (f->field == FIELD_ATTRIBUTE_NAME) {
        if (*count >= room || (*count > 0 && list[*count - 1].value.data == NULL))
            return false;
        list[(*count)++].name = f->text;
        return f->is_text;
    }
    if (*count == 0 || list[*count - 1].value.data != NULL)
        return false;
    list[*count - 1].value = f->text;
    return f->is_text;
}

static bool variant_decode(struct text body, struct arena *a, struct variant *v)
{
    struct fields f = fields_of(body);
    uint32_t room = count_fields(f, FIELD_ATTRIBUTE_NAME);

    *v = (struct variant){.price = MONEY_NONE,
                          .sale_price = MONEY_NONE,
                          .cost = MONEY_NONE,
                          .stock = STOCK_UNTRACKED};
    if (room > PRODUCT_ATTRIBUTES_MAX)
        return false;
    v->attributes = room > 0 ? arena_array(a, room, sizeof(*v->attributes)) : NULL;
    while (fields_next(&f)) {
        switch (f.field) {
        case FIELD_ITEM_ID: v->item_id = f.text; break;
        case FIELD_TITLE: v->title = f.text; break;
        case FIELD_PRICE: v->price = f.number; break;
        case FIELD_SALE_PRICE: v->sale_price = f.number; break;
        case FIELD_COST: v->cost = f.number; break;
        case FIELD_STOCK: v->stock = f.number; break;
        case FIELD_AVAILABILITY:
            if (!read_availability(f.number, &v->availability))
                return false;
            break;
        case FIELD_GTIN: v->gtin = f.text; break;
        case FIELD_ATTRIBUTE_NAME:
        case FIELD_ATTRIBUTE_VALUE:
            if (!read_attribute(&f, v->attributes, room, &v->attribute_count))
                return false;
            break;
        default: break;
        }
    }
    return !f.bad && v->item_id.data != NULL;
}

/* A part's id, or the quantity of the part before it. `room` was counted before. */
static bool read_part(const struct fields *f, struct product *p, uint32_t room)
{
    if (f->field == FIELD_PART) {
        if (p->part_count >= room)
            return false;
        p->parts[p->part_count++] = (struct bundle_part){f->text, 1};
        return f->is_text;
    }
    if (p->part_count == 0 || f->is_text || f->number < 1 || f->number > PART_QUANTITY_MAX)
        return false;
    p->parts[p->part_count - 1].quantity = (uint32_t)f->number;
    return true;
}

static bool decode_text(const struct fields *f, struct product *p)
{
    switch (f->field) {
    case FIELD_ITEM_ID: p->item_id = f->text; return true;
    case FIELD_TITLE: p->title = f->text; return true;
    case FIELD_DESCRIPTION: p->description = f->text; return true;
    case FIELD_URL: p->url = f->text; return true;
    case FIELD_IMAGE: p->image = f->text; return true;
    case FIELD_BRAND: p->brand = f->text; return true;
    case FIELD_CATEGORY: p->category = f->text; return true;
    case FIELD_CURRENCY: p->currency = f->text; return true;
    case FIELD_GTIN: p->gtin = f->text; return true;
    case FIELD_BUNDLE: return true;
    default: return false;
    }
}

static bool decode_number(const struct fields *f, struct product *p)
{
    switch (f->field) {
    case FIELD_PRICE: p->price = f->number; return true;
    case FIELD_SALE_PRICE: p->sale_price = f->number; return true;
    case FIELD_COST: p->cost = f->number; return true;
    case FIELD_STOCK: p->stock = f->number; return true;
    case FIELD_PUBLISHED: p->published = f->number != 0; return true;
    case FIELD_AGE_MIN: p->age_min = (int32_t)f->number; return true;
    case FIELD_AVAILABILITY: return read_availability(f->number, &p->availability);
    default: return true; /* of a newer program */
    }
}

/* Room for what the body holds of lists; false when that is more than a product has. */
static bool lists_make(struct product *p, struct fields f, struct arena *a, uint32_t *attributes,
                       uint32_t *parts)
{
    uint32_t variants = count_fields(f, FIELD_VARIANT);

    *attributes = count_fields(f, FIELD_ATTRIBUTE_NAME);
    *parts = count_fields(f, FIELD_PART);
    if (*attributes > PRODUCT_ATTRIBUTES_MAX || variants > PRODUCT_VARIANTS_MAX ||
        *parts > PRODUCT_PARTS_MAX)
        return false;
    p->attributes = *attributes > 0 ? arena_array(a, *attributes, sizeof(*p->attributes)) : NULL;
    p->variants = variants > 0 ? arena_array(a, variants, sizeof(*p->variants)) : NULL;
    p->parts = *parts > 0 ? arena_array(a, *parts, sizeof(*p->parts)) : NULL;
    return true;
}

enum status product_decode(struct text body, struct arena *a, struct product *out,
                           struct error *err)
{
    struct fields f = fields_of(body);
    struct product p = product_blank();
    uint32_t attributes, parts;
    bool good = lists_make(&p, f, a, &attributes, &parts);

    while (good && fields_next(&f)) {
        if (f.field == FIELD_VARIANT)
            good = p.variants != NULL && /* counted above, so it never is */
                   variant_decode(f.text, a, &p.variants[p.variant_count++]);
        else if (f.field == FIELD_ATTRIBUTE_NAME || f.field == FIELD_ATTRIBUTE_VALUE)
            good = read_attribute(&f, p.attributes, attributes, &p.attribute_count);
        else if (f.field == FIELD_PART || f.field == FIELD_PART_QUANTITY)
            good = read_part(&f, &p, parts);
        else
            good = decode_text(&f, &p) || decode_number(&f, &p);
    }
    if (!good || f.bad || p.item_id.data == NULL)
        return error_set(err, ERR_CORRUPT, "the bytes are no product (field %d)", f.field);
    *out = p;
    return OK;
}

void stock_encode(const struct stock_change *c, struct buffer *out)
{
    put_text(out, FIELD_ITEM_ID, c->item_id);
    put_stock(out, c->stock, c->availability);
}

enum status stock_decode(struct text body, struct stock_change *out, struct error *err)
{
    struct fields f = fields_of(body);
    struct stock_change c = {.stock = STOCK_UNTRACKED};
    bool good = true;

    while (good && fields_next(&f)) {
        if (f.field == FIELD_ITEM_ID)
            c.item_id = f.text;
        else if (f.field == FIELD_STOCK)
            c.stock = f.number;
        else if (f.field == FIELD_AVAILABILITY)
            good = read_availability(f.number, &c.availability);
    }
    if (!good || f.bad || c.item_id.data == NULL)
        return error_set(err, ERR_CORRUPT, "the bytes are no stock change");
    *out = c;
    return OK;
}
