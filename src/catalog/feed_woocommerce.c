/* SPDX-License-Identifier: Apache-2.0 */
/* feed_woocommerce: WooCommerce's product export, by the column names of English and what
 * WC_Product_CSV_Exporter (woocommerce/includes/export) writes into them.
 *
 * item_id    the ID, which every row has, no other has, and never changes; a map may say otherwise
 *            (item_id=SKU), and then holds where the row has it.
 * variation  a row of its own, before or behind its Parent, which is called by its SKU or "id:44".
 *            One that is not published is kept, out of stock, so that events of it are understood.
 * grouped    products sold one by one and shown together: no bundle, which is sold at one price. It
 *            has no price, so it is known and not shown; what it groups are products of their own.
 *
 * The file is read for names first (names_read), then its rows are gathered. */
#include <assert.h>
#include <string.h>

#include "base/file.h"
#include "base/intern.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/time.h"
#include "catalog/feed_reader.h"
#include "journal/event.h"

enum {
    BLOCK_BYTES = 65536, /* of input that is copied, */
    BLOCK_ROWS = 64,     /* which stand for so many rows */
};

#define COLUMNS(COLUMN)                                                                            \
    COLUMN(id, "ID")                                                                               \
    COLUMN(type, "Type")                                                                           \
    COLUMN(sku, "SKU")                                                                             \
    COLUMN(gtin, "GTIN, UPC, EAN, or ISBN")                                                        \
    COLUMN(name, "Name")                                                                           \
    COLUMN(published, "Published")                                                                 \
    COLUMN(featured, "Is featured?")                                                               \
    COLUMN(visibility, "Visibility in catalog")                                                    \
    COLUMN(summary, "Short description")                                                           \
    COLUMN(description, "Description")                                                             \
    COLUMN(sale_begin, "Date sale price starts")                                                   \
    COLUMN(sale_end, "Date sale price ends")                                                       \
    COLUMN(in_stock, "In stock?")                                                                  \
    COLUMN(stock, "Stock")                                                                         \
    COLUMN(backorders, "Backorders allowed?")                                                      \
    COLUMN(sale_price, "Sale price")                                                               \
    COLUMN(price, "Regular price")                                                                 \
    COLUMN(cost, "Cost of goods")                                                                  \
    COLUMN(categories, "Categories")                                                               \
    COLUMN(tags, "Tags")                                                                           \
    COLUMN(brands, "Brands")                                                                       \
    COLUMN(images, "Images")                                                                       \
    COLUMN(parent, "Parent")

struct columns {
#define COLUMN(name, header) size_t name;
    COLUMNS(COLUMN)
#undef COLUMN
    size_t attribute_names[PRODUCT_ATTRIBUTES_MAX], attribute_values[PRODUCT_ATTRIBUTES_MAX];
    size_t attribute_count;
};

struct woocommerce {
    struct feed *feed;
    struct csv *csv; /* of this reading */
    struct columns columns;
    struct feed_columns *mapped;
    struct zone *zone; /* NULL: UTC */
    bool naming;       /* this reading is for names */
    uint64_t rows;
    struct intern items; /* item ids of the file, */
    uint64_t *lines;     /* the line of each, */
    size_t lines_room;
    struct intern names; /* what variations may call a product, "id:44" and its SKU, */
    uint32_t *named;     /* and the item of each */
    size_t named_room;
};

static void woocommerce_close(struct woocommerce *w)
{
    csv_close(&w->csv);
    zone_close(&w->zone);
    intern_free(&w->items);
    intern_free(&w->names);
    mem_free(w->lines);
    mem_free(w->named);
}

/* --- values ------------------------------------------------------------------- */

/* A value of the row, "" where the file has no such column. Before what a spreadsheet might take for a
 * formula the export puts an apostrophe: "'-1". */
static struct text cell(const struct woocommerce *w, size_t column)
{
    struct text t = column == SIZE_MAX ? TEXT("") : text_trim(csv_value(w->csv, column));

    if (t.size > 1 && t.data[0] == '\'' && strchr("=+-@", t.data[1]) != NULL)
        t = (struct text){t.data + 1, t.size - 1};
    return t;
}

/* The first word of a Type tells: "variation", also "subscription_variation, virtual". */
static struct text main_type(const struct woocommerce *w)
{
    struct text types = cell(w, w->columns.type);

    return text_trim(text_cut(&types, ','));
}

static bool is_variation(const struct woocommerce *w)
{
    return text_ends(main_type(w), "variation");
}

/* --- what is sold: products and variations alike ---------------------------------------------- */

static void give(struct draft *d, enum draft_field field)
{
    d->given |= 1u << field;
}

/* "2026-11-30 9:00:00" or "2026-11-30" in the shop's zone. */
static bool date_read(const struct woocommerce *w, struct text t, int64_t whole_day, int64_t *ms)
{
    if (time_parse_format(t, "%Y-%m-%d %H:%M:%S", w->zone, ms))
        return true;
    if (!time_parse_format(t, "%Y-%m-%d", w->zone, ms))
        return false;
    *ms += whole_day;
    return true;
}

/* Is now between the dates of the sale, those that it has? What cannot be read is no date of it. */
static bool on_sale(const struct woocommerce *w)
{
    struct text begin = cell(w, w->columns.sale_begin), end = cell(w, w->columns.sale_end);
    int64_t now_ms = w->feed->options->now_ms, at;

    return (begin.size == 0 || (date_read(w, begin, 0, &at) && at <= now_ms)) &&
           (end.size == 0 || (date_read(w, end, MS_DAY - 1, &at) && now_ms <= at));
}

static bool prices_take(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;

    return draft_set(d, FIELD_PRICE, cell(w, w->columns.price), 0) &&
           draft_set(d, FIELD_COST, cell(w, w->columns.cost), 0) &&
           (!on_sale(w) || draft_set(d, FIELD_SALE_PRICE, cell(w, w->columns.sale_price), 0));
}

/* The number in Stock, where the shop counts it: rounded down, plugins sell by weight. "parent": the
 * variations share one number, which stands with their product. */
static bool quantity_take(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;
    struct text t = cell(w, w->columns.stock);
    int64_t micros;

    if (t.size == 0 || text_equal_nocase(t, TEXT("parent")))
        return true;
    if (!csv_amount(t, 0, &micros))
        return refuse_field(&d->why, "wrong_type", "Stock", "Stock must be a number");
    d->product.stock = micros / MONEY_UNIT - (micros % MONEY_UNIT < 0);
    give(d, FIELD_STOCK);
    return true;
}

static bool stock_take(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;
    struct product *p = &d->product;
    struct text status = cell(w, w->columns.in_stock);
    struct text backorders = cell(w, w->columns.backorders);
    bool more = text_is(backorders, "1") || text_equal_nocase(backorders, TEXT("notify"));

    if (!quantity_take(w))
        return false;
    if (text_is(status, "0"))
        p->availability = OUT_OF_STOCK;
    else if (text_equal_nocase(status, TEXT("backorder")))
        p->availability = BACKORDER;
    else if (status.size > 0 && !text_is(status, "1"))
        return refuse_field(&d->why, "wrong_type", "In stock?",
                            "In stock? must be 1, 0 or backorder");
    else if (more && p->stock != STOCK_UNTRACKED && p->stock <= 0)
        p->availability = BACKORDER;
    give(d, FIELD_AVAILABILITY);
    return true;
}

/* 1 is published; 0 private, -1 a draft or planned, 2 waits for a review. */
static bool published_take(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;
    struct text t = cell(w, w->columns.published);

    d->product.published = t.size == 0 || text_is(t, "1");
    give(d, FIELD_PUBLISHED);
    if (d->product.published || text_is(t, "0") || text_is(t, "-1") || text_is(t, "2"))
        return true;
    return refuse_field(&d->why, "wrong_type", "Published", "Published must be 1, 0, -1 or 2");
}

static void attributes_take(struct woocommerce *w)
{
    const struct columns *c = &w->columns;

    for (size_t i = 0; i < c->attribute_count; i++)
        draft_attribute(&w->feed->draft, cell(w, c->attribute_names[i]),
                        woocommerce_list(cell(w, c->attribute_values[i]), &w->feed->arena));
}

static bool offer_take(struct woocommerce *w)
{
    attributes_take(w);
    (void)draft_set(&w->feed->draft, FIELD_GTIN, cell(w, w->columns.gtin), 0); /* any text */
    return prices_take(w) && stock_take(w) && published_take(w);
}

/* --- products ------------------------------------------------------------------- */

static size_t depth_of(struct text path)
{
    size_t depth = 0;

    for (size_t i = 0; i < path.size; i++)
        depth += path.data[i] == '>';
    return depth;
}

/* A product is in one category here: the deepest of its own, of equals the first. Of several all are an
 * attribute. */
static void categories_take(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;
    struct text all = cell(w, w->columns.categories), rest = all, deepest = {0};
    size_t count = 0;

    while (rest.size > 0) {
        struct text path = woocommerce_list_cut(&rest, d->arena);

        if (path.size == 0 || text_equal_nocase(path, TEXT("Uncategorized")))
            continue;
        count++;
        if (deepest.size == 0 || depth_of(path) > depth_of(deepest))
            deepest = path;
    }
    (void)draft_set(d, FIELD_CATEGORY, deepest, 0); /* any text */
    if (count > 1)
        draft_attribute(d, TEXT("categories"), woocommerce_list(all, d->arena));
}

/* The first of Brands; shops without that column often have an attribute of the name. */
static void brand_take(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;
    struct text brands = cell(w, w->columns.brands);
    struct text brand = woocommerce_list_cut(&brands, d->arena);

    for (uint32_t i = 0; i < d->product.attribute_count && brand.size == 0; i++)
        if (text_equal_nocase(d->attributes[i].name, TEXT("brand")))
            brand = d->attributes[i].value;
    (void)draft_set(d, FIELD_BRAND, brand, 0); /* any text */
}

static void texts_take(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;
    struct text name = cell(w, w->columns.name);
    struct text images = cell(w, w->columns.images);

    if (name.size > 0 && memchr(name.data, '&', name.size) != NULL)
        name = html_text(name, d->arena);
    (void)draft_set(d, FIELD_TITLE, name, 0); /* any text, and so below */
    (void)draft_set(d, FIELD_IMAGE, woocommerce_list_cut(&images, d->arena), 0);
}

/* Last, when the row is found to be good: it takes the time of all else, and no row is refused for its
 * sake. */
static void description_take(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;
    struct text html = cell(w, w->columns.description);

    if (html.size == 0)
        html = cell(w, w->columns.summary);
    if (html.size == 0 || w->feed->quiet || (d->given & 1u << FIELD_DESCRIPTION) != 0)
        return;
    d->product.description = html_text(woocommerce_html(html, d->arena), d->arena);
    give(d, FIELD_DESCRIPTION);
}

/* What rules may ask for. */
static void marks_take(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;
    struct text type = main_type(w), types = cell(w, w->columns.type);

    draft_attribute(d, TEXT("tags"), woocommerce_list(cell(w, w->columns.tags), d->arena));
    if (text_is(cell(w, w->columns.featured), "1"))
        draft_attribute(d, TEXT("featured"), TEXT("yes"));
    if (!text_is(types, "simple") && !text_is(types, "variable"))
        draft_attribute(d, TEXT("type"), types);
    if (text_is(type, "bundle") || text_is(type, "composite"))
        draft_attribute(d, TEXT("is_bundle"), TEXT("yes")); /* its parts the file does not name */
}

/* "hidden" is in no list of the shop, "search" in none but results: as in WooCommerce's own related
 * products neither is shown. */
static void visibility_take(struct woocommerce *w)
{
    struct text t = cell(w, w->columns.visibility);

    if (text_equal_nocase(t, TEXT("hidden")) || text_equal_nocase(t, TEXT("search")))
        w->feed->draft.product.published = false;
}

static void product_take(struct woocommerce *w, struct text id)
{
    struct draft *d = &w->feed->draft;

    texts_take(w);
    categories_take(w);
    brand_take(w);
    marks_take(w);
    visibility_take(w);
    d->product.url = text_from(arena_printf(d->arena, "/?p=%.*s", (int)id.size, id.data));
    give(d, FIELD_URL);
}

/* --- variations ------------------------------------------------------------------- */

/* "Blue / Large": its attributes' values, else its name. */
static void variation_take(struct woocommerce *w)
{
    SCOPED(buffer_free) struct buffer joined = {0};
    struct draft *d = &w->feed->draft;

    for (uint32_t i = 0; i < d->product.attribute_count; i++) {
        if (joined.size > 0)
            buffer_add_text(&joined, TEXT(" / "));
        buffer_add_text(&joined, d->attributes[i].value);
    }
    d->product.title =
        joined.size == 0 ? cell(w, w->columns.name) : arena_text(d->arena, buffer_text(&joined));
    if (!d->product.published)
        d->product.availability = OUT_OF_STOCK;
}

/* Whose it is, into the draft's group. A variation lends its product nothing. */
static bool parent_take(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;
    struct text parent = cell(w, w->columns.parent);
    uint32_t name = parent.size == 0 ? INTERN_NONE : intern_find(&w->names, parent);

    d->given &= 1u << FIELD_ITEM_ID | 1u << FIELD_CURRENCY;
    if (w->naming)
        return true;
    if (parent.size == 0)
        return refuse_field(&d->why, "missing", "Parent", "the variation has no Parent");
    if (name == INTERN_NONE)
        return refuse_field(&d->why, "missing", "Parent",
                            "its Parent '%.*s' is not in the file, or was refused",
                            (int)text_utf8_prefix(parent, 40).size, parent.data);
    d->group = intern_text(&w->items, w->named[name]);
    return true;
}

/* --- rows ------------------------------------------------------------------- */

/* The row's item is that of this line alone. */
static bool item_own(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;
    struct text item_id = d->product.item_id;
    uint32_t item = intern_find(&w->items, item_id);

    assert(item != INTERN_NONE); /* reading for names found the row as good as now */
    if (w->lines[item] == csv_line(w->csv))
        return true;
    return refuse_field(&d->why, "wrong_type", "ID", "the item_id %.*s is that of line %llu",
                        (int)text_utf8_prefix(item_id, 40).size, item_id.data,
                        (unsigned long long)w->lines[item]);
}

/* The row into the feed's draft. */
static bool row_draft(struct woocommerce *w)
{
    struct draft *d = &w->feed->draft;
    struct text id = cell(w, w->columns.id);
    bool variation = is_variation(w);
    uint64_t number;

    draft_begin(d, &w->feed->arena);
    if (!text_to_u64(id, &number))
        return refuse_field(&d->why, id.size == 0 ? "missing" : "wrong_type", "ID",
                            "ID must be a number");
    if (!offer_take(w))
        return false;
    if (variation)
        variation_take(w);
    else
        product_take(w, id);
    if (!feed_columns_draft(w->feed, w->csv, w->mapped))
        return false;
    if (d->product.item_id.size == 0 || d->product.item_id.size > EVENT_ID_MAX)
        d->product.item_id = id;
    give(d, FIELD_ITEM_ID);
    d->group = (struct text){0}; /* a map cannot say whose it is */
    if (!product_check(&d->product, &d->why) || (variation && !parent_take(w)))
        return false;
    if (!variation)
        description_take(w);
    return true;
}

static void name_add(struct woocommerce *w, struct text name, uint32_t item)
{
    uint32_t count = w->names.count;

    if (name.size == 0 || intern_add(&w->names, name) != count)
        return;
    w->named = mem_grow(w->named, &w->named_room, w->names.count, sizeof(*w->named));
    w->named[count] = item;
}

/* Of several rows of one item the first has it. */
static void names_take(struct woocommerce *w)
{
    struct text id = cell(w, w->columns.id);
    uint32_t count = w->items.count;
    uint32_t item = intern_add(&w->items, w->feed->draft.product.item_id);

    if (item != count)
        return;
    w->lines = mem_grow(w->lines, &w->lines_room, w->items.count, sizeof(*w->lines));
    w->lines[item] = csv_line(w->csv);
    if (is_variation(w))
        return;
    name_add(w, text_from(arena_printf(&w->feed->arena, "id:%.*s", (int)id.size, id.data)), item);
    name_add(w, cell(w, w->columns.sku), item);
}

static void row_take(void *context)
{
    struct woocommerce *w = context;
    struct feed *f = w->feed;
    bool good = row_draft(w);

    if (w->naming) {
        if (good)
            names_take(w);
        feed_reading(f, ++w->rows);
    } else if (good && item_own(w)) {
        gather_row(f, csv_raw(w->csv), csv_line(w->csv));
    } else {
        feed_refuse(f, &f->draft.why, csv_raw(w->csv), csv_line(w->csv));
    }
}

static void attribute_columns_find(struct woocommerce *w)
{
    struct columns *c = &w->columns;
    char name[48];

    for (c->attribute_count = 0; c->attribute_count < PRODUCT_ATTRIBUTES_MAX;
         c->attribute_count++) {
        size_t at = c->attribute_count;

        (void)snprintf(name, sizeof(name), "Attribute %zu name", at + 1);
        c->attribute_names[at] = csv_column(w->csv, text_from(name));
        (void)snprintf(name, sizeof(name), "Attribute %zu value(s)", at + 1);
        c->attribute_values[at] = csv_column(w->csv, text_from(name));
        if (c->attribute_names[at] == SIZE_MAX || c->attribute_values[at] == SIZE_MAX)
            return;
    }
}

static enum status columns_find(struct woocommerce *w, struct error *err)
{
    struct columns *c = &w->columns;

#define COLUMN(field, header) c->field = csv_column(w->csv, TEXT(header));
    COLUMNS(COLUMN)
#undef COLUMN
    const struct {
        size_t column;
        const char *header;
    } needed[] = {{c->id, "ID"},
                  {c->type, "Type"},
                  {c->name, "Name"},
                  {c->published, "Published"},
                  {c->price, "Regular price"}};
    for (size_t i = 0; i < COUNT(needed); i++)
        if (needed[i].column == SIZE_MAX)
            return error_set(
                err, ERR_INVALID,
                "this is not a product export of WooCommerce in English: its first line lacks the "
                "column %s; export all columns with your WordPress profile's language set to "
                "English, or read the file with --from csv --map",
                needed[i].header);
    attribute_columns_find(w);
    w->mapped = feed_columns_find(w->feed, w->csv);
    return OK;
}

/* --- readings ------------------------------------------------------------------- */

static enum status rows_read(struct feed *f, struct error *err)
{
    struct woocommerce *w = f->woocommerce;

    csv_close(&w->csv);
    arena_reset(&f->columns);
    if (csv_open(&w->csv, f->in, &f->options->csv, err) != OK || columns_find(w, err) != OK)
        return err->status;
    return feed_rows(f, w->csv, row_take, w, err);
}

/* The reading for names, and back to where it began. */
static enum status names_read(struct feed *f, struct error *err)
{
    struct woocommerce *w = f->woocommerce;
    off_t begin = ftello(f->in);

    f->quiet = w->naming = true;
    if (rows_read(f, err) != OK)
        return err->status;
    f->quiet = w->naming = false;
    if (fseeko(f->in, begin, SEEK_SET) != 0)
        return error_set(err, ERR_IO, "the file could be read once but not again");
    return OK;
}

/* What cannot be read again into a file that can. */
static enum status copy_keep(struct feed *f, FILE *copy, struct error *err)
{
    size_t count;

    if (copy == NULL)
        return error_set(err, ERR_IO, "no temporary file can be made to read the input twice");
    char *bytes = arena_alloc(&f->arena, BLOCK_BYTES);
    uint64_t rows = 0;
    while (!f->stopped && (count = fread(bytes, 1, BLOCK_BYTES, f->in)) > 0) {
        if (fwrite(bytes, 1, count, copy) != count)
            return error_set(err, ERR_IO, "the temporary file cannot hold the input");
        feed_reading(f, rows += BLOCK_ROWS);
    }
    if (ferror(f->in) != 0)
        return error_set(err, ERR_IO, "the input cannot be read");
    if (fflush(copy) != 0 || fseeko(copy, 0, SEEK_SET) != 0)
        return error_set(err, ERR_IO, "the temporary file cannot hold the input");
    f->in = copy;
    return OK;
}

static enum status products_read(struct feed *f, struct error *err)
{
    SCOPED(woocommerce_close) struct woocommerce w = {.feed = f};
    struct text zone = f->options->time_zone;

    if (zone.size > 0 && zone_open(&w.zone, arena_text(&f->arena, zone).data, err) != OK)
        return err->status;
    f->woocommerce = &w;
    enum status status = names_read(f, err);
    if (status == OK && !f->stopped)
        status = gather_run(f, rows_read, err);
    f->woocommerce = NULL;
    return status;
}

enum status feed_woocommerce(struct feed *f, struct error *err)
{
    SCOPED(file_close) FILE *copy = NULL;
    FILE *in = f->in;
    off_t at = ftello(in);

    if (at < 0 || fseeko(in, at, SEEK_SET) != 0) {
        copy = tmpfile();
        if (copy_keep(f, copy, err) != OK)
            return err->status;
    }
    enum status status = f->stopped ? OK : products_read(f, err);
    f->in = in;
    return status;
}
