/* SPDX-License-Identifier: Apache-2.0 */
/* feed_google: Google Merchant's product data, as tab-separated values or XML. The names are those
 * of support.google.com/merchants "Product data specification". */
#include <assert.h>
#include <string.h>

#include "base/money.h"
#include "base/time.h"
#include "catalog/feed_reader.h"

enum { BLANKS_MAX = 256 }; /* before XML; what has more is none */

static const struct {
    const char *name;
    enum draft_field field;
} fields[] = {
    {"id", FIELD_ITEM_ID},
    {"title", FIELD_TITLE},
    {"description", FIELD_DESCRIPTION},
    {"link", FIELD_URL},
    {"image_link", FIELD_IMAGE},
    {"brand", FIELD_BRAND},
    {"price", FIELD_PRICE},
    {"sale_price", FIELD_SALE_PRICE},
    {"cost_of_goods_sold", FIELD_COST},
    {"availability", FIELD_AVAILABILITY},
    {"gtin", FIELD_GTIN},
    {"item_group_id", FIELD_GROUP},
    {"quantity", FIELD_STOCK},
    {"inventory", FIELD_STOCK},
};

/* Kept as attributes under their own names. */
static const char *const attributes[] = {
    "color",          "size",           "material",       "pattern",
    "gender",         "age_group",      "condition",      "mpn",
    "size_type",      "size_system",    "custom_label_0", "custom_label_1",
    "custom_label_2", "custom_label_3", "custom_label_4",
};

static bool is_yes(struct text value)
{
    return text_equal_nocase(value, TEXT("yes")) || text_equal_nocase(value, TEXT("true"));
}

/* The shop's own product type says more than Google's category, which may be a bare number. */
static bool category_set(struct draft *d, struct google_item *item, struct text name,
                         struct text value)
{
    bool typed = text_is(name, "product_type");
    uint64_t number;

    if (item->typed || (!typed && text_to_u64(value, &number)))
        return true;
    item->typed = typed;
    return draft_set(d, FIELD_CATEGORY, value, 0);
}

bool google_field(struct feed *f, struct google_item *item, struct text name, struct text value)
{
    struct draft *d = &f->draft;

    value = text_trim(value);
    if (value.size == 0)
        return true;
    if (text_is(name, "product_type") || text_is(name, "google_product_category"))
        return category_set(d, item, name, value);
    if (text_is(name, "sale_price_effective_date"))
        item->sale_dates = value;
    if (text_is(name, "adult"))
        item->adult = is_yes(value);
    if (text_is(name, "is_bundle") && is_yes(value))
        draft_attribute(d, TEXT("is_bundle"), TEXT("yes")); /* its parts the feed does not name */
    for (size_t i = 0; i < COUNT(fields); i++)
        if (text_is(name, fields[i].name))
            return draft_set(d, fields[i].field, value, 0);
    for (size_t i = 0; i < COUNT(attributes); i++)
        if (text_is(name, attributes[i]))
            draft_attribute(d, text_from(attributes[i]), value);
    return true;
}

/* "2026-11-01T00:00+01:00/2026-11-30T00:00+01:00" around now? What cannot be read is not. */
static bool sale_now(struct text dates, int64_t now_ms)
{
    int64_t from, to;
    struct text begin = text_trim(text_cut(&dates, '/'));

    return time_parse(begin, &from) && dates.data != NULL && time_parse(text_trim(dates), &to) &&
           from <= now_ms && now_ms <= to;
}

void google_item_end(struct feed *f, const struct google_item *item, struct text raw, uint64_t line)
{
    struct draft *d = &f->draft;

    if (item->sale_dates.data != NULL && !sale_now(item->sale_dates, f->options->now_ms))
        d->product.sale_price = MONEY_NONE;
    if (item->adult) {
        d->product.age_min = 18;
        d->given |= 1u << FIELD_AGE_MIN;
    }
    if (d->product.item_id.size > 0) {
        gather_row(f, raw, line);
        return;
    }
    (void)refuse_field(&d->why, "missing", "id", "id is missing");
    feed_refuse(f, &d->why, raw, line);
}

/* --- tab-separated values ------------------------------------------------------------------- */

/* "Image Link" or "g:image link" as "image_link". */
static struct text name_normal(struct text name, struct arena *a)
{
    if (text_starts(name, "g:"))
        name = (struct text){name.data + 2, name.size - 2};
    name = arena_text(a, name);
    char *letters = (char *)(uintptr_t)name.data; /* our own copy */
    for (size_t i = 0; i < name.size; i++) {
        if (letters[i] >= 'A' && letters[i] <= 'Z')
            letters[i] = (char)(letters[i] - 'A' + 'a');
        else if (letters[i] == ' ')
            letters[i] = '_';
    }
    return name;
}

struct google_rows {
    struct feed *feed;
    struct csv *csv;
    const struct text *names; /* of the columns */
};

static bool row_item(const struct google_rows *r, struct google_item *item)
{
    draft_begin(&r->feed->draft, &r->feed->arena);
    for (size_t i = 0; i < csv_columns(r->csv); i++)
        if (!google_field(r->feed, item, r->names[i], csv_value(r->csv, i)))
            return false;
    return true;
}

static void row_take(void *context)
{
    const struct google_rows *r = context;
    struct google_item item = {0};

    if (row_item(r, &item))
        google_item_end(r->feed, &item, csv_raw(r->csv), csv_line(r->csv));
    else
        feed_refuse(r->feed, &r->feed->draft.why, csv_raw(r->csv), csv_line(r->csv));
}

static bool names_find(struct feed *f, const struct csv *csv, struct text *names)
{
    bool id = false;

    for (size_t i = 0; i < csv_columns(csv); i++) {
        names[i] = name_normal(csv_column_name(csv, i), &f->columns);
        id |= text_is(names[i], "id");
    }
    return id;
}

static enum status rows_read(struct feed *f, struct error *err)
{
    SCOPED(csv_close) struct csv *csv = NULL;
    struct csv_options options = f->options->csv;

    options.map_count = 0;
    if (csv_open(&csv, f->in, &options, err) != OK)
        return err->status;
    struct text *names = arena_array(&f->columns, csv_columns(csv), sizeof(*names));
    if (!names_find(f, csv, names))
        return error_set(err, ERR_INVALID,
                         "the file has no column 'id', so it is not a Google Merchant feed");
    struct google_rows rows = {f, csv, names};
    return feed_rows(f, csv, row_take, &rows, err);
}

/* XML begins with '<', behind white space and a byte order mark. What is read to see that goes back; into a
 * pipe as much as it takes: one byte by the standard, all of it with glibc. */
static bool begins_xml(FILE *in)
{
    char seen[BLANKS_MAX];
    size_t count = 0;
    off_t at = ftello(in);
    int c = getc(in);

    while (count < BLANKS_MAX && (c == 0 || c == ' ' || (c >= '\t' && c <= '\r') || c == 0xEF ||
                                  c == 0xBB || c == 0xBF || c == 0xFE || c == 0xFF)) {
        seen[count++] = (char)c;
        c = getc(in);
    }
    if (at >= 0 && fseeko(in, at, SEEK_SET) == 0)
        return c == '<';
    bool back = c == EOF || ungetc(c, in) != EOF;
    while (back && count > 0)
        back = ungetc((unsigned char)seen[--count], in) != EOF;
    return c == '<';
}

enum status feed_google(struct feed *f, struct error *err)
{
    return gather_run(f, begins_xml(f->in) ? feed_google_xml : rows_read, err);
}
