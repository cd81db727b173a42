/* SPDX-License-Identifier: Apache-2.0 */
/* feed_csv: products from a file of any columns, by a mapping. */
#include <assert.h>
#include <string.h>

#include "base/money.h"
#include "catalog/feed_reader.h"

enum { ATTRIBUTE_COLUMNS_MAX = CSV_COLUMNS_MAX };

/* Where everything stands in the file. */
struct columns {
    size_t fields[DRAFT_FIELDS];
    uint8_t tens[DRAFT_FIELDS];
    size_t attributes[ATTRIBUTE_COLUMNS_MAX];
    struct text names[ATTRIBUTE_COLUMNS_MAX];
    size_t attribute_count;
};

static void attribute_add(struct columns *c, size_t column, struct text name)
{
    if (c->attribute_count == ATTRIBUTE_COLUMNS_MAX || name.size == 0)
        return;
    c->attributes[c->attribute_count] = column;
    c->names[c->attribute_count++] = name;
}

/* "attributes=attr_*": every such column, without the prefix. */
static void prefix_add(struct columns *c, const struct csv *csv, struct text prefix)
{
    for (size_t i = 0; i < csv_columns(csv); i++) {
        struct text name = csv_column_name(csv, i);

        if (name.size > prefix.size && memcmp(name.data, prefix.data, prefix.size) == 0)
            attribute_add(c, i, (struct text){name.data + prefix.size, name.size - prefix.size});
    }
}

static void columns_find(struct columns *c, const struct csv *csv,
                         const struct csv_options *options)
{
    static const char one[] = "attributes.";

    for (size_t i = 0; i < DRAFT_FIELDS; i++) {
        c->fields[i] = csv_field(csv, draft_field_names[i]);
        c->tens[i] = csv_tens(csv, draft_field_names[i]);
    }
    for (size_t i = 0; i < options->map_count; i++) {
        const struct csv_pair *pair = &options->map[i];

        if (pair->prefix && text_is(pair->field, "attributes"))
            prefix_add(c, csv, pair->column);
        if (!pair->prefix && text_starts(pair->field, one))
            attribute_add(c, csv_pair_field(csv, i),
                          (struct text){pair->field.data + sizeof(one) - 1,
                                        pair->field.size - (sizeof(one) - 1)});
    }
}

/* The row into f->draft. */
static bool row_draft(struct feed *f, const struct csv *csv, const struct columns *c)
{
    struct draft *d = &f->draft;

    draft_begin(d, &f->arena);
    for (size_t i = 0; i < DRAFT_FIELDS; i++)
        if (c->fields[i] != SIZE_MAX &&
            !draft_set(d, (enum draft_field)i, csv_value(csv, c->fields[i]), c->tens[i]))
            return false;
    for (size_t i = 0; i < c->attribute_count; i++)
        draft_attribute(d, c->names[i], csv_value(csv, c->attributes[i]));
    if (c->fields[FIELD_SALE_PRICE] != SIZE_MAX)
        d->given |= 1u << FIELD_SALE_PRICE; /* an empty one ends the sale */
    if (d->product.item_id.size == 0)
        return refuse_field(&d->why, "missing", "item_id", "item_id is missing");
    if ((d->given & 1u << FIELD_PRICE) != 0 && d->product.price <= 0)
        return refuse_field(&d->why, "bad_money", "price", "price must be above zero");
    return true;
}

static enum status rows_read(struct feed *f, struct error *err)
{
    SCOPED(csv_close) struct csv *csv = NULL;
    enum status status;

    if (csv_open(&csv, f->in, &f->options->csv, err) != OK)
        return err->status;
    if (csv_field(csv, "item_id") == SIZE_MAX)
        return error_set(err, ERR_INVALID,
                         "the file has no column item_id; say which one it is with item_id=COLUMN "
                         "in the map");
    struct columns *c = arena_alloc(&f->columns, sizeof(*c));
    columns_find(c, csv, &f->options->csv);
    while (!f->stopped && (status = csv_next(csv, err)) != ERR_NOT_FOUND) {
        arena_reset(&f->arena);
        if (status == ERR_INVALID)
            feed_refuse_row(f, csv, err);
        else if (status != OK)
            return status;
        else if (row_draft(f, csv, c))
            gather_row(f, csv_raw(csv), csv_line(csv));
        else
            feed_refuse(f, &f->draft.why, csv_raw(csv), csv_line(csv));
    }
    *err = (struct error){0};
    return OK;
}

enum status feed_csv(struct feed *f, struct error *err)
{
    return gather_run(f, rows_read, err);
}
