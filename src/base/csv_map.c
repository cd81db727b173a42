/* SPDX-License-Identifier: Apache-2.0 */
/* csv_map: the notation of --map, documented at csv_map_parse, and of amounts. */
#include "base/csv.h"

#include <assert.h>
#include <string.h>

#include "base/money.h"

/* The next pair: up to a comma that is not in quotes. */
static struct text pair_cut(struct text *rest)
{
    struct text pair = {rest->data, 0};
    bool quoted = false;

    while (pair.size < rest->size && (quoted || rest->data[pair.size] != ',')) {
        quoted ^= rest->data[pair.size] == '"';
        pair.size++;
    }
    size_t taken = pair.size + (pair.size < rest->size);
    rest->data += taken;
    rest->size -= taken;
    return text_trim(pair);
}

/* "price/100" becomes "price" and 2. A name without such an ending stays as it is. */
static void tens_cut(struct csv_pair *pair)
{
    struct text t = pair->column;
    size_t zeros = 0;

    while (zeros < t.size && t.data[t.size - 1 - zeros] == '0')
        zeros++;
    if (zeros == 0 || zeros > 6 || t.size < zeros + 3)
        return;
    if (t.data[t.size - 1 - zeros] != '1' || t.data[t.size - 2 - zeros] != '/')
        return;
    pair->column.size = t.size - zeros - 2;
    pair->tens = (uint8_t)zeros;
}

static bool column_parse(struct text t, struct csv_pair *pair)
{
    if (t.size >= 2 && t.data[0] == '"' && t.data[t.size - 1] == '"') {
        pair->column = (struct text){t.data + 1, t.size - 2};
        return pair->column.size > 0;
    }
    pair->column = t;
    tens_cut(pair);
    if (pair->column.size > 1 && text_ends(pair->column, "*")) {
        pair->column.size--;
        pair->prefix = true;
    }
    return pair->column.size > 0;
}

static bool pair_parse(struct text t, struct csv_pair *pair)
{
    struct text rest = t;
    struct text field = text_trim(text_cut(&rest, '='));

    *pair = (struct csv_pair){.field = field};
    if (field.size == 0 || rest.data == NULL)
        return false;
    if (rest.size > 0 && rest.data[0] == '=') {
        pair->constant = text_trim((struct text){rest.data + 1, rest.size - 1});
        return true;
    }
    return column_parse(text_trim(rest), pair);
}

static bool field_mapped(const struct csv_options *options, const struct csv_pair *pair)
{
    if (pair->prefix)
        return false;
    for (size_t i = 0; i < options->map_count; i++)
        if (!options->map[i].prefix && text_equal(options->map[i].field, pair->field))
            return true;
    return false;
}

/* For "%.*s": at most 80 bytes of a text. */
static int shown(struct text t)
{
    return (int)text_utf8_prefix(t, 80).size;
}

enum status csv_map_parse(struct text spec, struct csv_options *options, struct error *err)
{
    struct text rest = spec;

    assert(options->map_count <= CSV_MAP_MAX);
    if (text_trim(spec).size == 0)
        return error_set(err, ERR_INVALID,
                         "the map is empty; give pairs like item_id=StockCode,type==purchase");
    while (rest.size > 0) {
        struct text t = pair_cut(&rest);
        struct csv_pair pair;

        if (!pair_parse(t, &pair))
            return error_set(err, ERR_INVALID,
                             "'%.*s' is not a pair of a map; write field=column or field==constant",
                             shown(t), t.data);
        if (field_mapped(options, &pair))
            return error_set(err, ERR_INVALID, "the map names %.*s twice", shown(pair.field),
                             pair.field.data);
        if (options->map_count == CSV_MAP_MAX)
            return error_set(err, ERR_INVALID, "the map has more than %d pairs", CSV_MAP_MAX);
        options->map[options->map_count++] = pair;
    }
    return OK;
}

bool csv_amount(struct text t, uint8_t tens, int64_t *micros)
{
    static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    char copy[MONEY_TEXT_SIZE];
    int64_t amount;

    assert(tens < COUNT(powers));
    const char *comma = t.size == 0 ? NULL : memchr(t.data, ',', t.size);
    size_t before = comma == NULL ? t.size : (size_t)(comma - t.data);
    if (comma != NULL) {
        bool decimal = t.size < sizeof(copy) && before > 0 && t.size - before >= 2 &&
                       t.size - before <= 3 && memchr(t.data, '.', before) == NULL;
        if (!decimal)
            return false;
        memcpy(copy, t.data, t.size);
        copy[before] = '.';
        t.data = copy;
    }
    if (!money_parse(t, &amount) || amount % powers[tens] != 0)
        return false;
    *micros = amount / powers[tens];
    return true;
}
