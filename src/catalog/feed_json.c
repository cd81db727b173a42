/* SPDX-License-Identifier: Apache-2.0 */
/* feed_json: products as JSON objects, by jansson: a file of lines, or the body of a request. */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "catalog/feed_json.h"

static int shown(const char *s)
{
    return (int)text_utf8_prefix(text_from(s), 40).size;
}

struct text json_scalar_text(const json_t *value, struct arena *a)
{
    char digits[40];
    double number;

    switch (json_typeof(value)) {
    case JSON_STRING:
        return arena_text(a, (struct text){json_string_value(value), json_string_length(value)});
    case JSON_INTEGER:
        return text_from(arena_printf(a, "%lld", (long long)json_integer_value(value)));
    case JSON_REAL:
        number = json_real_value(value);
        (void)snprintf(digits, sizeof(digits), "%.15g", number);
        return arena_text(a, text_from(digits));
    case JSON_TRUE: return TEXT("true");
    case JSON_FALSE: return TEXT("false");
    default: return (struct text){0};
    }
}

/* --- keys of our own schema ------------------------------------------------------------------- */

/* Where the value of a key goes. */
enum kind { KIND_TEXT, KIND_MONEY, KIND_STOCK, KIND_AVAILABILITY, KIND_BOOL, KIND_AGE };

struct key {
    const char *name;
    enum kind kind;
    size_t at; /* in the struct */
};

static const struct key product_keys[] = {
    {"item_id", KIND_TEXT, offsetof(struct product, item_id)},
    {"title", KIND_TEXT, offsetof(struct product, title)},
    {"description", KIND_TEXT, offsetof(struct product, description)},
    {"url", KIND_TEXT, offsetof(struct product, url)},
    {"image", KIND_TEXT, offsetof(struct product, image)},
    {"brand", KIND_TEXT, offsetof(struct product, brand)},
    {"category", KIND_TEXT, offsetof(struct product, category)},
    {"currency", KIND_TEXT, offsetof(struct product, currency)},
    {"gtin", KIND_TEXT, offsetof(struct product, gtin)},
    {"price", KIND_MONEY, offsetof(struct product, price)},
    {"sale_price", KIND_MONEY, offsetof(struct product, sale_price)},
    {"cost", KIND_MONEY, offsetof(struct product, cost)},
    {"stock", KIND_STOCK, offsetof(struct product, stock)},
    {"availability", KIND_AVAILABILITY, offsetof(struct product, availability)},
    {"published", KIND_BOOL, offsetof(struct product, published)},
    {"age_min", KIND_AGE, offsetof(struct product, age_min)},
};

static const struct key variant_keys[] = {
    {"item_id", KIND_TEXT, offsetof(struct variant, item_id)},
    {"title", KIND_TEXT, offsetof(struct variant, title)},
    {"gtin", KIND_TEXT, offsetof(struct variant, gtin)},
    {"price", KIND_MONEY, offsetof(struct variant, price)},
    {"sale_price", KIND_MONEY, offsetof(struct variant, sale_price)},
    {"cost", KIND_MONEY, offsetof(struct variant, cost)},
    {"stock", KIND_STOCK, offsetof(struct variant, stock)},
    {"availability", KIND_AVAILABILITY, offsetof(struct variant, availability)},
};

/* What a value is read for: where its texts go, and how a refusal names it. */
struct place {
    struct arena *arena;
    struct feed_refusal *why;
    const char *field;
};

static bool wrong(const struct place *p, const char *expected)
{
    return refuse_field(p->why, "wrong_type", p->field, "%s must be %s", p->field, expected);
}

static bool text_read(const struct place *p, const json_t *value, struct text *out)
{
    if (json_is_null(value)) {
        *out = (struct text){0};
        return true;
    }
    /* ids and the like are often numbers */
    if (!json_is_string(value) && !json_is_integer(value))
        return wrong(p, "a text");
    *out = json_scalar_text(value, p->arena);
    return true;
}

static bool money_read(const struct place *p, const json_t *value, int64_t *out)
{
    char digits[64];
    struct text t;

    if (json_is_null(value)) {
        *out = MONEY_NONE;
        return true;
    }
    if (json_is_real(value)) {
        double number = json_real_value(value);
        bool sane = number > -1e12 && number < 1e12;
        (void)snprintf(digits, sizeof(digits), "%.6f", sane ? number : 0.0);
        t = sane ? text_from(digits) : TEXT("");
    } else {
        t = json_scalar_text(value, p->arena);
    }
    if (money_parse(t, out))
        return true;
    return refuse_field(p->why, "bad_money", p->field, "%s must be an amount such as \"19.90\"",
                        p->field);
}

static bool stock_read(const struct place *p, const json_t *value, int64_t *out)
{
    if (!json_is_null(value) && !json_is_integer(value))
        return wrong(p, "a whole number, or null where stock is not tracked");
    *out = json_is_null(value) ? STOCK_UNTRACKED : json_integer_value(value);
    return true;
}

static bool availability_read(const struct place *p, const json_t *value, enum availability *out)
{
    if (json_is_null(value)) {
        *out = IN_STOCK;
        return true;
    }
    if (json_is_string(value) && availability_find(text_from(json_string_value(value)), out))
        return true;
    return wrong(p, "in_stock, out_of_stock, preorder or backorder");
}

static bool age_read(const struct place *p, const json_t *value, int32_t *out)
{
    json_int_t years = json_is_null(value) ? 0 : json_integer_value(value);

    if ((!json_is_null(value) && !json_is_integer(value)) || years < 0 || years > 150)
        return wrong(p, "a number of years");
    *out = (int32_t)years;
    return true;
}

static bool value_read(const struct place *p, enum kind kind, const json_t *value, void *out)
{
    switch (kind) {
    case KIND_TEXT: return text_read(p, value, out);
    case KIND_MONEY: return money_read(p, value, out);
    case KIND_STOCK: return stock_read(p, value, out);
    case KIND_AVAILABILITY: return availability_read(p, value, out);
    case KIND_AGE: return age_read(p, value, out);
    case KIND_BOOL:
        if (!json_is_boolean(value))
            return wrong(p, "true or false");
        *(bool *)out = json_is_true(value);
        return true;
    }
    return false;
}

/* Each key of the table that the object has. `within` is put before the names in refusals. */
static bool keys_read(const struct place *p, const json_t *object, const struct key *keys,
                      size_t count, void *out)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, keys[i].name);
        struct place here = *p;

        if (value == NULL)
            continue;
        here.field = p->field[0] == '\0' ? keys[i].name
                                         : arena_printf(p->arena, "%s.%s", p->field, keys[i].name);
        if (!value_read(&here, keys[i].kind, value, (char *)out + keys[i].at))
            return false;
    }
    return true;
}

/* "wood": "oak", "seats": 6, "colours": ["red", "blue"] */
static struct text attribute_text(const json_t *value, struct arena *a)
{
    SCOPED(buffer_free) struct buffer joined = {0};
    const json_t *one;
    size_t i;

    if (!json_is_array(value))
        return json_scalar_text(value, a);
    json_array_foreach(value, i, one)
    {
        if (joined.size > 0)
            buffer_add_text(&joined, TEXT(", "));
        buffer_add_text(&joined, json_scalar_text(one, a));
    }
    return arena_text(a, buffer_text(&joined));
}

static bool attributes_read(const struct place *p, const json_t *object, struct attribute **out,
                            uint32_t *count)
{
    const char *name;
    json_t *value;

    *count = 0;
    if (object == NULL || json_is_null(object))
        return true;
    if (!json_is_object(object))
        return wrong(p, "an object of names and values");
    if (json_object_size(object) > PRODUCT_ATTRIBUTES_MAX)
        return refuse_field(p->why, "too_many", p->field, "%s has more than %d names", p->field,
                            PRODUCT_ATTRIBUTES_MAX);
    *out = arena_array(p->arena, json_object_size(object), sizeof(**out));
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        struct text t = attribute_text(value, p->arena);

        if (json_is_object(value))
            return refuse_field(p->why, "wrong_type", p->field, "%s.%.*s must be a text", p->field,
                                shown(name), name);
        if (t.size > 0)
            (*out)[(*count)++] = (struct attribute){arena_text(p->arena, text_from(name)), t};
    }
    return true;
}

static bool variant_read(const struct place *p, const json_t *object, struct variant *v)
{
    struct place attributes = *p;

    *v = (struct variant){.price = MONEY_NONE,
                          .sale_price = MONEY_NONE,
                          .cost = MONEY_NONE,
                          .stock = STOCK_UNTRACKED};
    if (!json_is_object(object))
        return wrong(p, "an object");
    attributes.field = arena_printf(p->arena, "%s.attributes", p->field);
    return keys_read(p, object, variant_keys, COUNT(variant_keys), v) &&
           attributes_read(&attributes, json_object_get(object, "attributes"), &v->attributes,
                           &v->attribute_count);
}

static bool variants_read(const struct place *p, const json_t *list, struct product *out)
{
    out->variant_count = 0;
    if (json_is_null(list))
        return true;
    if (!json_is_array(list))
        return wrong(p, "a list of variants");
    if (json_array_size(list) > PRODUCT_VARIANTS_MAX)
        return refuse_field(p->why, "too_many", p->field, "there are more than %d variants",
                            PRODUCT_VARIANTS_MAX);
    out->variants = arena_array(p->arena, json_array_size(list), sizeof(*out->variants));
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct place here = {p->arena, p->why, arena_printf(p->arena, "variants[%zu]", i)};

        if (!variant_read(&here, json_array_get(list, i), &out->variants[i]))
            return false;
        out->variant_count++;
    }
    return true;
}

/* "mug" or {"item_id": "mug", "quantity": 2} */
static bool part_read(const struct place *p, const json_t *value, struct bundle_part *out)
{
    const json_t *id = json_is_object(value) ? json_object_get(value, "item_id") : value;
    const json_t *quantity = json_is_object(value) ? json_object_get(value, "quantity") : NULL;
    json_int_t number = json_is_integer(quantity) ? json_integer_value(quantity) : 0;
    struct place here = *p;

    *out = (struct bundle_part){.quantity = 1};
    if (id == NULL || (!json_is_string(id) && !json_is_integer(id)))
        return wrong(p, "an item id, or an object with item_id and quantity");
    out->item_id = json_scalar_text(id, p->arena);
    if (quantity == NULL || json_is_null(quantity))
        return true;
    here.field = arena_printf(p->arena, "%s.quantity", p->field);
    if (number < 1 || number > PART_QUANTITY_MAX)
        return wrong(&here,
                     arena_printf(p->arena, "a whole number from 1 to %d", PART_QUANTITY_MAX));
    out->quantity = (uint32_t)number;
    return true;
}

static bool parts_read(const struct place *p, const json_t *list, struct product *out)
{
    out->part_count = 0;
    if (json_is_null(list))
        return true;
    if (!json_is_array(list))
        return wrong(p, "a list of parts: item ids, or objects with item_id and quantity");
    if (json_array_size(list) > PRODUCT_PARTS_MAX)
        return refuse_field(p->why, "too_many", p->field, "%s has more than %d parts", p->field,
                            PRODUCT_PARTS_MAX);
    out->parts = arena_array(p->arena, json_array_size(list), sizeof(*out->parts));
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct place here = {p->arena, p->why, arena_printf(p->arena, "bundle[%zu]", i)};

        if (!part_read(&here, json_array_get(list, i), &out->parts[out->part_count]))
            return false;
        out->part_count++;
    }
    return true;
}

bool product_read(const json_t *object, struct arena *a, struct product *p,
                  struct feed_refusal *why)
{
    struct place place = {a, why, ""};

    *why = (struct feed_refusal){0};
    if (!json_is_object(object))
        return refuse_field(why, "not_an_object", "", "a product must be a JSON object");
    if (!keys_read(&place, object, product_keys, COUNT(product_keys), p))
        return false;
    const json_t *attributes = json_object_get(object, "attributes");
    place.field = "attributes";
    if (attributes != NULL &&
        !attributes_read(&place, attributes, &p->attributes, &p->attribute_count))
        return false;
    const json_t *parts = json_object_get(object, "bundle");
    place.field = "bundle";
    if (parts != NULL && !parts_read(&place, parts, p))
        return false;
    const json_t *variants = json_object_get(object, "variants");
    place.field = "variants";
    return variants == NULL || variants_read(&place, variants, p);
}

static void value_close(json_t **value)
{
    json_decref(*value); /* NULL is fine */
}

bool feed_patch(struct text body, struct arena *a, struct product *p, struct feed_refusal *why)
{
    SCOPED(value_close) json_t *object = NULL;
    struct text item_id = p->item_id;
    json_error_t problem;

    object = json_loadb(body.data == NULL ? "" : body.data, body.size, 0, &problem);
    if (object == NULL)
        return refuse_field(why, "not_json", "", "this is not JSON: %s", problem.text);
    if (!product_read(object, a, p, why))
        return false;
    if (!text_equal(p->item_id, item_id))
        return refuse_field(why, "wrong_type", "item_id", "item_id cannot be changed");
    return true;
}

/* --- the body of PUT /v1/products ------------------------------------------------------------- */

static int dump_more(const char *bytes, size_t size, void *context)
{
    buffer_add(context, bytes, size);
    return 0;
}

static bool one_give(const json_t *object, uint64_t index, struct arena *a,
                     const struct feed_sink *sink)
{
    struct product p = product_blank();
    struct feed_refusal why;

    if (product_read(object, a, &p, &why) && product_check(&p, &why))
        return sink->product(sink->context, &p, index);
    SCOPED(buffer_free) struct buffer raw = {0};
    (void)json_dump_callback(object, dump_more, &raw,
                             JSON_COMPACT | JSON_ENCODE_ANY); /* it was read */
    return sink->refused(sink->context, why.code, why.field, why.message, buffer_text(&raw), index);
}

enum status feed_read_json(struct text body, const struct feed_sink *sink, struct error *err)
{
    SCOPED(value_close) json_t *root = NULL;
    SCOPED(arena_free) struct arena arena = {0};
    json_error_t problem;

    root = json_loadb(body.data == NULL ? "" : body.data, body.size, 0, &problem);
    if (root == NULL)
        return error_set(err, ERR_INVALID, "the body is not JSON: %s (line %d, column %d)",
                         problem.text, problem.line, problem.column);
    if (!json_is_object(root))
        return error_set(err, ERR_INVALID, "the body must be a product or {\"products\": [...]}");
    const json_t *list = json_object_get(root, "products");
    if (list == NULL) {
        (void)one_give(root, 1, &arena, sink); /* it is the last one in any case */
        return OK;
    }
    if (!json_is_array(list))
        return error_set(err, ERR_INVALID, "products must be a list");
    if (json_array_size(list) > FEED_JSON_PRODUCTS_MAX)
        return error_set(err, ERR_LIMIT, "at most %d products at once, not %zu",
                         FEED_JSON_PRODUCTS_MAX, json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        arena_reset(&arena);
        if (!one_give(json_array_get(list, i), i + 1, &arena, sink))
            break;
    }
    return OK;
}
