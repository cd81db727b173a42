/* SPDX-License-Identifier: Apache-2.0 */
/* columns: a file's rows one by one, and where our fields stand in them by its map. */
#include <string.h>

#include "catalog/feed_reader.h"

enum { READING_EVERY = 4096 }; /* rows between two calls of the sink's `reading` */

void feed_reading(struct feed *f, uint64_t rows)
{
    if (rows % READING_EVERY == 0 && f->sink->reading != NULL)
        f->stopped |= !f->sink->reading(f->sink->context);
}

enum status feed_rows(struct feed *f, struct csv *csv, void (*row)(void *context), void *context,
                      struct error *err)
{
    enum status status;

    while (!f->stopped && (status = csv_next(csv, err)) != ERR_NOT_FOUND) {
        arena_reset(&f->arena);
        if (status == ERR_INVALID)
            feed_refuse_row(f, csv, err);
        else if (status != OK)
            return status;
        else
            row(context);
    }
    *err = (struct error){0};
    return OK;
}

static void attribute_add(struct feed_columns *c, size_t column, struct text name)
{
    if (c->attribute_count == COUNT(c->attributes) || name.size == 0)
        return;
    c->attributes[c->attribute_count] = column;
    c->names[c->attribute_count++] = name;
}

/* "attributes=attr_*": every such column, without the prefix. */
static void prefix_add(struct feed_columns *c, const struct csv *csv, struct text prefix)
{
    for (size_t i = 0; i < csv_columns(csv); i++) {
        struct text name = csv_column_name(csv, i);

        if (name.size > prefix.size && memcmp(name.data, prefix.data, prefix.size) == 0)
            attribute_add(c, i, (struct text){name.data + prefix.size, name.size - prefix.size});
    }
}

struct feed_columns *feed_columns_find(struct feed *f, const struct csv *csv)
{
    static const char one[] = "attributes.";
    const struct csv_options *options = &f->options->csv;
    struct feed_columns *c = arena_alloc(&f->columns, sizeof(*c));

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
    return c;
}

bool feed_columns_draft(struct feed *f, const struct csv *csv, const struct feed_columns *c)
{
    struct draft *d = &f->draft;

    for (size_t i = 0; i < DRAFT_FIELDS; i++)
        if (c->fields[i] != SIZE_MAX &&
            !draft_set(d, (enum draft_field)i, csv_value(csv, c->fields[i]), c->tens[i]))
            return false;
    for (size_t i = 0; i < c->attribute_count; i++)
        draft_attribute(d, c->names[i], csv_value(csv, c->attributes[i]));
    return true;
}
