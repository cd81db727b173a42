/* SPDX-License-Identifier: Apache-2.0 */
/* feed_csv: products from a file of any columns, by a mapping. */
#include "catalog/feed_reader.h"

struct csv_rows {
    struct feed *feed;
    struct csv *csv;
    const struct feed_columns *columns;
};

/* The row into the feed's draft. */
static bool row_draft(const struct csv_rows *r)
{
    struct draft *d = &r->feed->draft;

    draft_begin(d, &r->feed->arena);
    if (!feed_columns_draft(r->feed, r->csv, r->columns))
        return false;
    if (r->columns->fields[FIELD_SALE_PRICE] != SIZE_MAX)
        d->given |= 1u << FIELD_SALE_PRICE; /* an empty one ends the sale */
    if (d->product.item_id.size == 0)
        return refuse_field(&d->why, "missing", "item_id", "item_id is missing");
    if ((d->given & 1u << FIELD_PRICE) != 0 && d->product.price <= 0)
        return refuse_field(&d->why, "bad_money", "price", "price must be above zero");
    return true;
}

static void row_take(void *context)
{
    const struct csv_rows *r = context;

    if (row_draft(r))
        gather_row(r->feed, csv_raw(r->csv), csv_line(r->csv));
    else
        feed_refuse(r->feed, &r->feed->draft.why, csv_raw(r->csv), csv_line(r->csv));
}

static enum status rows_read(struct feed *f, struct error *err)
{
    SCOPED(csv_close) struct csv *csv = NULL;

    if (csv_open(&csv, f->in, &f->options->csv, err) != OK)
        return err->status;
    if (csv_field(csv, "item_id") == SIZE_MAX)
        return error_set(err, ERR_INVALID,
                         "the file has no column item_id; say which one it is with item_id=COLUMN "
                         "in the map");
    struct csv_rows rows = {f, csv, feed_columns_find(f, csv)};
    return feed_rows(f, csv, row_take, &rows, err);
}

enum status feed_csv(struct feed *f, struct error *err)
{
    return gather_run(f, rows_read, err);
}
