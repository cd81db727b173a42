/* SPDX-License-Identifier: Apache-2.0 */
/* feed_shopify: Shopify's product export. The rows of a Handle stand together: the first one says
 * what the product is, each row may hold a variant and an image.
 *
 * An export of a shop with several locations has no quantities: its stock is not tracked here. */
#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/intern.h"
#include "base/money.h"
#include "catalog/feed_reader.h"
#include "journal/event.h"

enum { OPTIONS = 3, TAGS_ATTRIBUTES_MAX = 60, METAFIELD_VALUE_MAX = 200 };

#define COLUMNS(COLUMN)                                                                            \
    COLUMN(handle, "Handle")                                                                       \
    COLUMN(title, "Title")                                                                         \
    COLUMN(body, "Body (HTML)")                                                                    \
    COLUMN(vendor, "Vendor")                                                                       \
    COLUMN(category, "Product Category")                                                           \
    COLUMN(type, "Type")                                                                           \
    COLUMN(tags, "Tags")                                                                           \
    COLUMN(published, "Published")                                                                 \
    COLUMN(status, "Status")                                                                       \
    COLUMN(sku, "Variant SKU")                                                                     \
    COLUMN(tracker, "Variant Inventory Tracker")                                                   \
    COLUMN(quantity, "Variant Inventory Qty")                                                      \
    COLUMN(policy, "Variant Inventory Policy")                                                     \
    COLUMN(price, "Variant Price")                                                                 \
    COLUMN(compare_at, "Variant Compare At Price")                                                 \
    COLUMN(barcode, "Variant Barcode")                                                             \
    COLUMN(image, "Image Src")                                                                     \
    COLUMN(image_position, "Image Position")                                                       \
    COLUMN(cost, "Cost per item")

struct columns {
#define COLUMN(name, header) size_t name;
    COLUMNS(COLUMN)
#undef COLUMN
    size_t option_names[OPTIONS], option_values[OPTIONS];
};

struct shopify {
    struct feed *feed;
    struct csv *csv;
    struct columns columns;
    struct arena arena; /* of the product being put together */
    struct product product;
    struct variant *variants; /* PRODUCT_VARIANTS_MAX */
    struct attribute *attributes;
    struct text handle; /* absent: none is open */
    struct text option_names[OPTIONS];
    struct intern variant_ids;
    int64_t image_position;
    uint64_t line;
    struct text raw; /* the first row */
};

static void shopify_close(struct shopify *s)
{
    csv_close(&s->csv);
    arena_free(&s->arena);
    intern_free(&s->variant_ids);
}

/* A value of the row, "" where the file has no such column. */
static struct text cell(const struct shopify *s, size_t column)
{
    return column == SIZE_MAX ? TEXT("") : text_trim(csv_value(s->csv, column));
}

/* SKUs and barcodes often begin with an apostrophe, so that spreadsheets leave them alone. */
static struct text code(const struct shopify *s, size_t column)
{
    struct text t = cell(s, column);

    if (t.size > 0 && t.data[0] == '\'')
        t = (struct text){t.data + 1, t.size - 1};
    return t;
}

static struct text kept(struct shopify *s, struct text t)
{
    return t.size == 0 ? (struct text){0} : arena_text(&s->arena, t);
}

/* --- what the product is ------------------------------------------------------------------- */

static void attribute_add(struct shopify *s, struct text name, struct text value)
{
    if (value.size == 0 || s->product.attribute_count == TAGS_ATTRIBUTES_MAX)
        return;
    s->attributes[s->product.attribute_count++] = (struct attribute){kept(s, name), kept(s, value)};
}

/* "Color (product.metafields.shopify.color-pattern)" as an attribute named "Color". Lists of
 * products to recommend, which Shopify keeps there as well, are not the product's properties. */
static void metafields_take(struct shopify *s)
{
    for (size_t i = 0; i < csv_columns(s->csv); i++) {
        struct text name = csv_column_name(s->csv, i);
        struct text value = cell(s, i);
        const char *mark = memmem(name.data, name.size, " (product.metafields.", 21);

        if (value.size == 0 || value.size > METAFIELD_VALUE_MAX || mark == NULL ||
            memmem(name.data, name.size, "shopify--discovery", 18) != NULL)
            continue;
        attribute_add(s, (struct text){name.data, (size_t)(mark - name.data)}, value);
    }
}

static bool is_published(const struct shopify *s)
{
    struct text status = cell(s, s->columns.status);

    return !text_equal_nocase(cell(s, s->columns.published), TEXT("false")) &&
           (status.size == 0 || text_equal_nocase(status, TEXT("active")));
}

static void product_take(struct shopify *s)
{
    struct product *p = &s->product;
    struct text category = cell(s, s->columns.category);
    struct text type = cell(s, s->columns.type);

    p->title = kept(s, cell(s, s->columns.title));
    p->description = html_text(cell(s, s->columns.body), &s->arena);
    p->brand = kept(s, cell(s, s->columns.vendor));
    p->published = is_published(s);
    p->url =
        text_from(arena_printf(&s->arena, "/products/%.*s", (int)s->handle.size, s->handle.data));
    bool categorised = category.size > 0 && !text_equal_nocase(category, TEXT("Uncategorized"));
    p->category = kept(s, categorised ? category : type);
    attribute_add(s, TEXT("tags"), cell(s, s->columns.tags));
    if (categorised)
        attribute_add(s, TEXT("type"), type);
    metafields_take(s);
}

/* The image of the lowest position. */
static void image_take(struct shopify *s)
{
    struct text image = cell(s, s->columns.image);
    int64_t position = INT64_MAX - 1;

    if (image.size == 0)
        return;
    (void)text_to_i64(cell(s, s->columns.image_position), &position); /* else behind all others */
    if (position >= s->image_position)
        return;
    s->image_position = position;
    s->product.image = kept(s, image);
}

/* --- variants ------------------------------------------------------------------- */

static bool amount(struct shopify *s, size_t column, const char *field, int64_t *out,
                   struct feed_refusal *why)
{
    struct text t = cell(s, column);

    *out = MONEY_NONE;
    if (t.size == 0 || money_parse(t, out))
        return true;
    return refuse_field(why, "bad_money", field, "%s must be an amount such as 19.90", field);
}

static bool money_take(struct shopify *s, struct variant *v, struct feed_refusal *why)
{
    int64_t compare_at;

    if (!amount(s, s->columns.price, "Variant Price", &v->price, why) ||
        !amount(s, s->columns.compare_at, "Variant Compare At Price", &compare_at, why) ||
        !amount(s, s->columns.cost, "Cost per item", &v->cost, why))
        return false;
    v->sale_price = MONEY_NONE;
    if (v->price != MONEY_NONE && compare_at != MONEY_NONE && compare_at > v->price) {
        v->sale_price = v->price;
        v->price = compare_at;
    }
    return true;
}

static bool stock_take(struct shopify *s, struct variant *v, struct feed_refusal *why)
{
    struct text quantity = cell(s, s->columns.quantity);

    v->stock = STOCK_UNTRACKED;
    v->availability = IN_STOCK;
    if (cell(s, s->columns.tracker).size == 0 || quantity.size == 0)
        return true;
    if (text_equal_nocase(cell(s, s->columns.policy), TEXT("continue")))
        v->availability = BACKORDER;
    if (text_to_i64(quantity, &v->stock))
        return true;
    return refuse_field(why, "wrong_type", "Variant Inventory Qty",
                        "Variant Inventory Qty must be a whole number");
}

/* "black / 14 inch": the option values, also the variant's title. */
static struct text option_title(struct shopify *s)
{
    SCOPED(buffer_free) struct buffer joined = {0};

    for (size_t i = 0; i < OPTIONS; i++) {
        struct text value = cell(s, s->columns.option_values[i]);

        if (value.size > 0 && joined.size > 0)
            buffer_add_text(&joined, TEXT(" / "));
        buffer_add_text(&joined, value);
    }
    return kept(s, buffer_text(&joined));
}

/* Shopify's handles may be longer than our ids: then the end becomes a hash. */
static struct text id_fitted(struct shopify *s, struct text id)
{
    if (id.size <= EVENT_ID_MAX)
        return id;
    struct text front = text_utf8_prefix(id, EVENT_ID_MAX - 17);
    return text_from(arena_printf(&s->arena, "%.*s-%016llx", (int)front.size, front.data,
                                  (unsigned long long)hash_text(id, 0)));
}

/* An id made from the handle and what tells this variant from its sisters: the same in every export
 * as long as its options keep their names. */
static struct text made_id(struct shopify *s, struct text title, unsigned copy)
{
    SCOPED(buffer_free) struct buffer id = {0};

    buffer_add_text(&id, s->handle);
    buffer_add_char(&id, '/');
    buffer_add_text(&id, title);
    if (copy > 1)
        buffer_printf(&id, "#%u", copy);
    return id_fitted(s, kept(s, buffer_text(&id)));
}

/* The SKU where the variant has one of its own, else a made id. */
static struct text variant_id(struct shopify *s, struct text title)
{
    struct text sku = code(s, s->columns.sku);
    uint32_t count = s->variant_ids.count;

    if (sku.size > 0 && sku.size <= EVENT_ID_MAX && intern_add(&s->variant_ids, sku) == count)
        return kept(s, sku);
    for (unsigned copy = 1;; copy++) {
        struct text id = made_id(s, title, copy);
        if (intern_add(&s->variant_ids, id) == count)
            return id;
    }
}

static void options_take(struct shopify *s, struct variant *v)
{
    v->attributes = arena_array(&s->arena, OPTIONS, sizeof(*v->attributes));
    for (size_t i = 0; i < OPTIONS; i++) {
        struct text value = cell(s, s->columns.option_values[i]);
        bool is_default = text_is(s->option_names[i], "Title") && text_is(value, "Default Title");

        if (s->option_names[i].size > 0 && value.size > 0 && !is_default)
            v->attributes[v->attribute_count++] =
                (struct attribute){s->option_names[i], kept(s, value)};
    }
}

static bool variant_take(struct shopify *s, struct feed_refusal *why)
{
    struct product *p = &s->product;
    struct variant v = {0};

    if (cell(s, s->columns.price).size == 0 && cell(s, s->columns.sku).size == 0 &&
        cell(s, s->columns.option_values[0]).size == 0)
        return true; /* a further image */
    if (p->variant_count == PRODUCT_VARIANTS_MAX)
        return refuse_field(why, "too_many", "Variant SKU", "the product has more than %d variants",
                            PRODUCT_VARIANTS_MAX);
    if (!money_take(s, &v, why) || !stock_take(s, &v, why))
        return false;
    v.title = option_title(s);
    v.item_id = variant_id(s, v.title);
    if (text_is(v.title, "Default Title"))
        v.title = (struct text){0};
    v.gtin = kept(s, code(s, s->columns.barcode));
    options_take(s, &v);
    p->variants[p->variant_count++] = v;
    return true;
}

/* --- rows ------------------------------------------------------------------- */

static void product_end(struct shopify *s)
{
    if (s->handle.data != NULL)
        feed_give(s->feed, &s->product, s->raw, s->line);
    s->handle = (struct text){0};
}

static void product_begin(struct shopify *s, struct text handle)
{
    arena_reset(&s->arena);
    intern_free(&s->variant_ids);
    s->handle = arena_text(&s->arena, handle);
    s->product = product_blank();
    s->product.item_id = id_fitted(s, s->handle);
    s->attributes = arena_array(&s->arena, TAGS_ATTRIBUTES_MAX, sizeof(*s->attributes));
    s->product.attributes = s->attributes;
    s->product.variants = s->variants;
    s->image_position = INT64_MAX;
    s->line = csv_line(s->csv);
    s->raw = arena_text(&s->arena, csv_raw(s->csv));
    for (size_t i = 0; i < OPTIONS; i++)
        s->option_names[i] = kept(s, cell(s, s->columns.option_names[i]));
    product_take(s);
}

static void row_take(void *context)
{
    struct shopify *s = context;
    struct text handle = cell(s, s->columns.handle);
    struct feed_refusal why;
    bool good = handle.size > 0;

    if (!good)
        (void)refuse_field(&why, "missing", "Handle", "Handle is missing");
    if (good && !text_equal(handle, s->handle)) {
        product_end(s);
        product_begin(s, handle);
    }
    if (good) {
        image_take(s);
        good = variant_take(s, &why);
    }
    if (!good)
        feed_refuse(s->feed, &why, csv_raw(s->csv), csv_line(s->csv));
}

static enum status columns_find(struct shopify *s, struct error *err)
{
    struct columns *c = &s->columns;
    char name[32];

#define COLUMN(field, header) c->field = csv_column(s->csv, TEXT(header));
    COLUMNS(COLUMN)
#undef COLUMN
    for (int i = 0; i < OPTIONS; i++) {
        (void)snprintf(name, sizeof(name), "Option%d Name", i + 1);
        c->option_names[i] = csv_column(s->csv, text_from(name));
        (void)snprintf(name, sizeof(name), "Option%d Value", i + 1);
        c->option_values[i] = csv_column(s->csv, text_from(name));
    }
    if (c->handle == SIZE_MAX || c->title == SIZE_MAX || c->price == SIZE_MAX)
        return error_set(
            err, ERR_INVALID,
            "this is not a product export of Shopify: its first line must have Handle, "
            "Title and Variant Price");
    return OK;
}

enum status feed_shopify(struct feed *f, struct error *err)
{
    SCOPED(shopify_close) struct shopify s = {.feed = f};
    struct csv_options options = f->options->csv;

    options.map_count = 0;
    if (csv_open(&s.csv, f->in, &options, err) != OK || columns_find(&s, err) != OK)
        return err->status;
    s.variants = arena_array(&f->columns, PRODUCT_VARIANTS_MAX, sizeof(*s.variants));
    if (feed_rows(f, s.csv, row_take, &s, err) != OK)
        return err->status;
    product_end(&s);
    return OK;
}
