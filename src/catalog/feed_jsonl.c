/* SPDX-License-Identifier: Apache-2.0 */
/* feed_jsonl: one JSON object a line: our own products or, with a mapping, anybody's flat objects.
 */
#include <assert.h>
#include <string.h>

#include "catalog/feed_json.h"
#include "catalog/feed_reader.h"

enum { LINE_MAX_BYTES = 1024 * 1024 };

static void value_close(json_t **value)
{
    json_decref(*value); /* NULL is fine */
}

/* The next line without its end; false at the end of the file. Of a longer line than fits only the
 * beginning is kept and `*whole` is false. */
static bool line_read(FILE *in, struct buffer *line, bool *whole)
{
    int c = getc_unlocked(in);

    buffer_clear(line);
    *whole = true;
    if (c == EOF)
        return false;
    for (; c != EOF && c != '\n'; c = getc_unlocked(in)) {
        if (line->size < LINE_MAX_BYTES)
            buffer_add_char(line, (char)c);
        else
            *whole = false;
    }
    return true;
}

/* A mapped value: of a list the first element counts. */
static struct text mapped_text(const json_t *value, struct arena *a)
{
    if (json_is_array(value))
        value = json_array_get(value, 0);
    return value == NULL ? (struct text){0} : json_scalar_text(value, a);
}

static const json_t *key_find(const json_t *object, struct text key, struct arena *a)
{
    return json_object_get(object, arena_text(a, key).data);
}

static void prefix_take(struct draft *d, const json_t *object, struct text prefix)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        struct text key = text_from(name);

        if (key.size > prefix.size && memcmp(key.data, prefix.data, prefix.size) == 0)
            draft_attribute(d, (struct text){key.data + prefix.size, key.size - prefix.size},
                            mapped_text(value, d->arena));
    }
}

static const struct csv_pair *pair_find(const struct csv_options *map, const char *field)
{
    for (size_t i = 0; i < map->map_count; i++)
        if (!map->map[i].prefix && text_is(map->map[i].field, field))
            return &map->map[i];
    return NULL;
}

static struct text pair_text(const struct csv_pair *pair, const json_t *object, struct arena *a)
{
    if (pair->column.data == NULL)
        return pair->constant;
    const json_t *value = key_find(object, pair->column, a);
    return value == NULL ? (struct text){0} : mapped_text(value, a);
}

static void attributes_take(struct draft *d, const json_t *object, const struct csv_options *map)
{
    static const char one[] = "attributes.";

    for (size_t i = 0; i < map->map_count; i++) {
        const struct csv_pair *pair = &map->map[i];
        struct text name = pair->field;

        if (pair->prefix && text_is(name, "attributes"))
            prefix_take(d, object, pair->column);
        if (pair->prefix || !text_starts(name, one))
            continue;
        name = (struct text){name.data + sizeof(one) - 1, name.size - (sizeof(one) - 1)};
        draft_attribute(d, name, pair_text(pair, object, d->arena));
    }
}

static bool mapped_read(struct draft *d, const json_t *object, const struct csv_options *map)
{
    for (size_t i = 0; i < DRAFT_FIELDS; i++) {
        const struct csv_pair *pair = pair_find(map, draft_field_names[i]);
        const json_t *same = json_object_get(object, draft_field_names[i]);
        struct text value = {0};

        if (pair != NULL)
            value = pair_text(pair, object, d->arena);
        else if (same != NULL)
            value = mapped_text(same, d->arena);
        if (i != FIELD_GROUP &&
            !draft_set(d, (enum draft_field)i, value, pair == NULL ? 0 : pair->tens))
            return false;
    }
    attributes_take(d, object, map);
    return true;
}

static void line_give(struct feed *f, struct text line, uint64_t number)
{
    SCOPED(value_close) json_t *object = NULL;
    struct draft *d = &f->draft;
    json_error_t problem;
    bool good;

    arena_reset(&f->arena);
    draft_begin(d, &f->arena);
    object = json_loadb(line.data, line.size, 0, &problem);
    if (object == NULL)
        good = refuse_field(&d->why, "not_json", "", "the line is not JSON: %s", problem.text);
    else if (!json_is_object(object))
        good = refuse_field(&d->why, "not_an_object", "", "a product must be a JSON object");
    else if (f->options->csv.map_count > 0)
        good = mapped_read(d, object, &f->options->csv);
    else
        good = product_read(object, &f->arena, &d->product, &d->why);
    if (good)
        feed_give(f, &d->product, line, number);
    else
        feed_refuse(f, &d->why, line, number);
}

enum status feed_jsonl(struct feed *f, struct error *err)
{
    SCOPED(buffer_free) struct buffer line = {0};
    uint64_t number = 0;
    bool whole;

    while (!f->stopped && line_read(f->in, &line, &whole)) {
        struct text t = buffer_text(&line);

        if (++number == 1 && text_starts(t, "\xEF\xBB\xBF"))
            t = (struct text){t.data + 3, t.size - 3};
        if (number == 1 && !text_starts(text_trim(t), "{"))
            return error_set(err, ERR_INVALID, "line 1 does not begin a JSON object");
        if (!whole) {
            (void)refuse_field(&f->draft.why, "too_long", "", "the line is longer than 1 MiB");
            feed_refuse(f, &f->draft.why, text_utf8_prefix(t, 32 * 1024), number);
        } else if (text_trim(t).size > 0) {
            line_give(f, t, number);
        }
    }
    if (ferror(f->in))
        return error_set(err, ERR_IO, "reading failed");
    return OK;
}
