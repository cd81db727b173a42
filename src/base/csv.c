/* SPDX-License-Identifier: Apache-2.0 */
/* csv: one buffer slides over the file. A row is [at, line end); when it holds no quote it is split
 * where it lies, else it is fed to libcsv line by line until libcsv says that the row ended. */
#include "base/csv.h"

#include <assert.h>
#include <csv.h>
#include <string.h>

#include "base/csv_source.h"
#include "base/memory.h"

enum {
    BLOCK = 256 * 1024,
    ROOM = CSV_ROW_BYTES_MAX + BLOCK,
    RAW_MAX = 32 * 1024,
    RUNAWAYS_PER_MIB = 8,
    CONSTANTS_AT = CSV_COLUMNS_MAX, /* fields from here on are constants of the map */
};

struct csv {
    struct csv_source source;
    char *buffer; /* ROOM bytes */
    size_t at, end;
    size_t quote; /* the first quote at or behind `at`, or `end` */
    bool ended;   /* nothing behind `end` */
    bool again;   /* the current row is to be given once more (no_header) */
    char delimiter, terminator;
    bool all_quoted;
    uint64_t line, row_line;
    uint64_t runaways; /* rows that a quote never closed swallowed */
    const char *refusal;
    struct text raw;

    struct csv_parser parser;
    bool parser_open;
    char *row; /* fields of a quoted row, CSV_ROW_BYTES_MAX bytes */
    size_t row_size;
    bool row_done;

    struct text fields[CSV_COLUMNS_MAX];
    size_t count; /* may pass CSV_COLUMNS_MAX: then the row is refused */
    bool field_long;

    char *names; /* the header's bytes */
    struct text columns[CSV_COLUMNS_MAX];
    size_t column_count;
    struct csv_pair map[CSV_MAP_MAX];
    size_t map_count;
    size_t map_column[CSV_MAP_MAX];
};

/* --- the sliding buffer ------------------------------------------------------------------- */

static void quote_find(struct csv *c)
{
    const char *q = memchr(c->buffer + c->at, '"', c->end - c->at);

    c->quote = q == NULL ? c->end : (size_t)(q - c->buffer);
}

/* Move what is left to the front and read behind it. */
static enum status fill(struct csv *c, struct error *err)
{
    size_t got;

    memmove(c->buffer, c->buffer + c->at, c->end - c->at);
    c->end -= c->at;
    c->at = 0;
    assert(c->end <= CSV_ROW_BYTES_MAX);
    if (csv_source_read(&c->source, c->buffer + c->end, BLOCK, &got, err) != OK)
        return err->status;
    c->end += got;
    c->ended = got == 0;
    quote_find(c);
    return OK;
}

/* How far behind `at` the line ends that holds at + from: on its terminator, or at the end of the
 * file. More than CSV_ROW_BYTES_MAX when the row is longer than that. */
static enum status line_end(struct csv *c, size_t from, size_t *length, struct error *err)
{
    for (;;) {
        size_t held = c->end - c->at;
        const char *start = c->buffer + c->at;
        const char *found = from < held ? memchr(start + from, c->terminator, held - from) : NULL;

        *length = found != NULL ? (size_t)(found - start) : held;
        if (found != NULL || c->ended || held > CSV_ROW_BYTES_MAX)
            return OK;
        from = held;
        if (fill(c, err) != OK)
            return err->status;
    }
}

static void advance(struct csv *c, size_t bytes)
{
    c->at += bytes;
    if (c->at > c->end)
        c->at = c->end;
    if (c->quote < c->at)
        quote_find(c);
}

/* Pass over the rest of a line that is too long to hold. */
static enum status line_skip(struct csv *c, struct error *err)
{
    for (;;) {
        const char *found = memchr(c->buffer + c->at, c->terminator, c->end - c->at);

        if (found != NULL) {
            advance(c, (size_t)(found - c->buffer) - c->at + 1);
            return OK;
        }
        c->at = c->end;
        if (c->ended)
            return OK;
        if (fill(c, err) != OK)
            return err->status;
    }
}

static enum status refuse(struct csv *c, const char *code, struct error *err, const char *message)
{
    c->refusal = code;
    return error_set(err, ERR_INVALID, "%s", message);
}

/* --- rows without a quote ------------------------------------------------------------------- */

static bool blank(const struct csv *c, char byte)
{
    return (byte == ' ' || byte == '\t' || (byte == '\r' && c->terminator != '\r')) &&
           byte != c->delimiter;
}

static struct text trimmed(const struct csv *c, const char *from, const char *to)
{
    while (from < to && blank(c, *from))
        from++;
    while (from < to && blank(c, to[-1]))
        to--;
    return (struct text){from, (size_t)(to - from)};
}

static void field_add(struct csv *c, struct text t)
{
    c->field_long |= t.size > CSV_FIELD_BYTES_MAX;
    if (c->count < CSV_COLUMNS_MAX)
        c->fields[c->count] = t;
    c->count++;
}

static void split(struct csv *c, const char *from, const char *to)
{
    c->count = 0;
    c->field_long = false;
    if (trimmed(c, from, to).size == 0)
        return;
    for (;;) {
        const char *cut = memchr(from, c->delimiter, (size_t)(to - from));

        field_add(c, trimmed(c, from, cut == NULL ? to : cut));
        if (cut == NULL)
            return;
        from = cut + 1;
    }
}

/* --- rows with quotes ------------------------------------------------------------------- */

static void on_field(void *bytes, size_t size, void *context)
{
    struct csv *c = context;

    assert(c->row_size + size <= CSV_ROW_BYTES_MAX + 1);
    memcpy(c->row + c->row_size, bytes, size);
    field_add(c, (struct text){c->row + c->row_size, size});
    c->row_size += size;
}

static void on_row(int terminator, void *context)
{
    struct csv *c = context;

    (void)terminator;
    c->row_done = true;
}

static int is_newline(unsigned char byte)
{
    return byte == '\n';
}

static int is_return(unsigned char byte)
{
    return byte == '\r';
}

static int is_blank(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static int is_blank_or_tab(unsigned char byte)
{
    return byte == ' ' || byte == '\t';
}

static enum status parser_renew(struct csv *c, struct error *err)
{
    if (c->parser_open)
        csv_free(&c->parser);
    c->parser_open = csv_init(&c->parser, 0) == 0;
    if (!c->parser_open)
        return error_set(err, ERR_IO, "libcsv could not be set up");
    csv_set_delim(&c->parser, (unsigned char)c->delimiter);
    csv_set_blk_size(&c->parser, 4096);
    csv_set_term_func(&c->parser, c->terminator == '\r' ? is_return : is_newline);
    csv_set_space_func(&c->parser, c->terminator == '\r' ? is_blank_or_tab : is_blank);
    return OK;
}

static enum status feed(struct csv *c, const char *bytes, size_t size, struct error *err)
{
    if (csv_parse(&c->parser, bytes, size, on_field, on_row, c) != size)
        return error_set(err, ERR_IO, "libcsv: %s", csv_strerror(csv_error(&c->parser)));
    return OK;
}

/* Keep the beginning of the row at `at` where the buffer's moves do not reach it. */
static void raw_keep(struct csv *c)
{
    size_t size = c->end - c->at < RAW_MAX ? c->end - c->at : RAW_MAX;
    const char *found = memchr(c->buffer + c->at, c->terminator, size);

    memcpy(c->row, c->buffer + c->at, size);
    c->raw = (struct text){c->row, found == NULL ? size : (size_t)(found - c->buffer) - c->at};
}

/* A quote that nothing closes: give up the line it stands in and go on behind it. When that has
 * happened too often for the bytes read, the whole stretch goes, so that time stays linear. */
static enum status runaway(struct csv *c, struct error *err)
{
    uint64_t allowed = RUNAWAYS_PER_MIB * (c->source.taken / CSV_ROW_BYTES_MAX + 1);

    if (parser_renew(c, err) != OK)
        return err->status;
    raw_keep(c);
    if (++c->runaways > allowed) {
        for (size_t i = c->at; i < c->end; i++)
            c->line += c->buffer[i] == c->terminator;
        c->at = c->end;
    }
    if (line_skip(c, err) != OK)
        return err->status;
    c->line++;
    return refuse(c, "bad_text", err,
                  "a quote opens here that nothing closes within 1 MiB; double quotes inside a "
                  "quoted field");
}

/* The quoted row at `at`: its bytes with the last terminator in *length. */
static enum status quoted(struct csv *c, size_t *length, uint64_t *lines, struct error *err)
{
    size_t from = 0;

    c->count = 0;
    c->field_long = false;
    c->row_size = 0;
    c->row_done = false;
    *lines = 0;
    for (;;) {
        size_t end;

        if (line_end(c, from, &end, err) != OK)
            return err->status;
        if (end > CSV_ROW_BYTES_MAX)
            return runaway(c, err);
        bool terminated = c->at + end < c->end;
        if (feed(c, c->buffer + c->at + from, end - from, err) != OK ||
            feed(c, &c->terminator, 1, err) != OK)
            return err->status;
        *lines += 1;
        from = end + terminated;
        *length = from;
        if (c->row_done)
            return OK;
        if (!terminated)
            return runaway(c, err);
    }
}

/* --- rows ------------------------------------------------------------------- */

static enum status check(struct csv *c, struct error *err)
{
    if (c->count > CSV_COLUMNS_MAX)
        return refuse(c, "too_many", err, "the row has more than 1,000 fields");
    if (c->field_long)
        return refuse(c, "too_long", err, "a field is longer than 256 KiB");
    return OK;
}

/* The line at `at`, of `length` bytes, is too long to hold. */
static enum status line_refuse(struct csv *c, struct error *err)
{
    raw_keep(c);
    c->line++;
    if (line_skip(c, err) != OK)
        return err->status;
    return refuse(c, "too_long", err, "the row is longer than 1 MiB");
}

/* One line or quoted row at `at`, which is not the end. A blank line gives no fields. */
static enum status row_read(struct csv *c, struct error *err)
{
    size_t length;
    uint64_t lines = 1;

    if (line_end(c, 0, &length, err) != OK)
        return err->status;
    c->row_line = c->line;
    bool has_quote = c->all_quoted || c->quote < c->at + length;
    if (!has_quote && length > CSV_ROW_BYTES_MAX)
        return line_refuse(c, err);
    const char *from = c->buffer + c->at;
    if (has_quote && trimmed(c, from, from + length).size > 0) {
        if (quoted(c, &length, &lines, err) != OK)
            return err->status;
    } else {
        split(c, from, from + length);
        length += c->at + length < c->end;
    }
    from = c->buffer + c->at;
    c->raw = (struct text){from, length < RAW_MAX ? length : RAW_MAX};
    c->line += lines;
    bool good = csv_bytes_valid(from, length);
    advance(c, length);
    if (!good)
        return refuse(c, "bad_text", err,
                      "the row is not valid text; give the encoding if the file is not UTF-8");
    return check(c, err);
}

enum status csv_next(struct csv *c, struct error *err)
{
    if (c->again) {
        c->again = false;
        return OK;
    }
    do {
        if (c->at == c->end && !c->ended && fill(c, err) != OK)
            return err->status;
        if (c->at == c->end)
            return error_set(err, ERR_NOT_FOUND, "no more rows");
        enum status status = row_read(c, err);
        if (status != OK)
            return status;
    } while (c->count == 0);
    return OK;
}

/* --- opening ------------------------------------------------------------------- */

static enum status header_read(struct csv *c, bool no_header, struct error *err)
{
    enum status status = csv_next(c, err);
    struct buffer names = {0};

    if (status == ERR_NOT_FOUND)
        return error_set(err, ERR_INVALID, "the file is empty");
    if (status != OK)
        return error_wrap(err, "the first line");
    c->column_count = c->count;
    for (size_t i = 0; i < c->count; i++) {
        size_t at = names.size;

        if (no_header)
            buffer_add_u64(&names, i + 1);
        else
            buffer_add_text(&names, c->fields[i]);
        c->columns[i].size = names.size - at;
    }
    (void)buffer_text(&names); /* so that even empty names have an address */
    c->names = names.data;
    size_t at = 0;
    for (size_t i = 0; i < c->count; i++) {
        c->columns[i].data = c->names + at;
        at += c->columns[i].size;
    }
    c->again = no_header;
    return OK;
}

size_t csv_column(const struct csv *c, struct text name)
{
    for (size_t i = 0; i < c->column_count; i++)
        if (text_equal(c->columns[i], name))
            return i;
    return SIZE_MAX;
}

static bool prefix_present(const struct csv *c, struct text prefix)
{
    for (size_t i = 0; i < c->column_count; i++)
        if (c->columns[i].size >= prefix.size &&
            memcmp(c->columns[i].data, prefix.data, prefix.size) == 0)
            return true;
    return false;
}

static enum status column_missing(const struct csv *c, const struct csv_pair *pair,
                                  struct error *err)
{
    char listed[300];
    size_t used = 0;

    listed[0] = '\0';
    for (size_t i = 0; i < c->column_count; i++) {
        struct text name = text_utf8_prefix(c->columns[i], 60);

        if (used + name.size + 8 > sizeof(listed)) {
            (void)snprintf(listed + used, sizeof(listed) - used, ", ...");
            break;
        }
        used += (size_t)snprintf(listed + used, sizeof(listed) - used, "%s%.*s", i > 0 ? ", " : "",
                                 (int)name.size, name.data);
    }
    struct text column = text_utf8_prefix(pair->column, 80);
    uint64_t number;
    const char *hint = text_to_u64(pair->column, &number) && !c->again /* no_header */
                           ? "; columns have numbers where the file has no header, with --no-header"
                           : "";
    return error_set(err, ERR_INVALID, "the file has no column '%.*s%s'; it has %s%s",
                     (int)column.size, column.data, pair->prefix ? "*" : "", listed, hint);
}

static enum status map_resolve(struct csv *c, const struct csv_options *options, struct error *err)
{
    c->map_count = options->map_count;
    for (size_t i = 0; i < c->map_count; i++) {
        const struct csv_pair *pair = &options->map[i];

        c->map[i] = *pair;
        c->map_column[i] = CONSTANTS_AT + i;
        if (pair->column.data == NULL)
            continue;
        c->map_column[i] = csv_column(c, pair->column);
        bool there = pair->prefix ? prefix_present(c, pair->column) : c->map_column[i] != SIZE_MAX;
        if (!there)
            return column_missing(c, pair, err);
    }
    return OK;
}

static enum status start(struct csv *c, FILE *in, const struct csv_options *options,
                         struct error *err)
{
    size_t length;

    if (csv_source_open(&c->source, in, options->encoding, err) != OK || fill(c, err) != OK)
        return err->status;
    if (memchr(c->buffer, '\n', c->end) == NULL && memchr(c->buffer, '\r', c->end) != NULL)
        c->terminator = '\r'; /* as old Macs wrote it */
    if (line_end(c, 0, &length, err) != OK)
        return err->status;
    c->delimiter = options->delimiter;
    if (c->delimiter == 0)
        c->delimiter = csv_delimiter_guess(c->buffer + c->at, length);
    if (parser_renew(c, err) != OK || header_read(c, options->no_header, err) != OK)
        return err->status;
    return map_resolve(c, options, err);
}

enum status csv_open(struct csv **out, FILE *in, const struct csv_options *options,
                     struct error *err)
{
    SCOPED(csv_close) struct csv *c = mem_new(1, sizeof(*c));
    char delimiter = options->delimiter;

    assert(in != NULL && options->map_count <= CSV_MAP_MAX);
    if (delimiter == '"' || delimiter == '\n' || delimiter == '\r')
        return error_set(err, ERR_INVALID, "a quote or a line end cannot be the delimiter");
    c->buffer = mem_new(1, ROOM);
    c->row = mem_new(1, CSV_ROW_BYTES_MAX + 1);
    c->terminator = '\n';
    c->line = 1;
    c->all_quoted = options->all_quoted;
    if (start(c, in, options, err) != OK)
        return err->status;
    *out = c;
    c = NULL;
    return OK;
}

void csv_close(struct csv **csv)
{
    struct csv *c = *csv;

    if (c == NULL)
        return;
    if (c->parser_open)
        csv_free(&c->parser);
    csv_source_close(&c->source);
    mem_free(c->buffer);
    mem_free(c->row);
    mem_free(c->names);
    mem_free(c);
    *csv = NULL;
}

/* --- the current row ------------------------------------------------------------------- */

uint64_t csv_line(const struct csv *c)
{
    return c->row_line;
}

struct text csv_raw(const struct csv *c)
{
    struct text raw = c->raw;

    while (raw.size > 0 && (raw.data[raw.size - 1] == '\n' || raw.data[raw.size - 1] == '\r'))
        raw.size--;
    return raw;
}

const char *csv_refusal(const struct csv *c)
{
    return c->refusal;
}

uint64_t csv_bytes(const struct csv *c)
{
    return c->source.taken;
}

/* The place in the map of our field of that name, or map_count. */
static size_t pair_find(const struct csv *c, struct text name)
{
    size_t i = 0;

    while (i < c->map_count && (c->map[i].prefix || !text_equal(c->map[i].field, name)))
        i++;
    return i;
}

size_t csv_field(const struct csv *c, const char *name)
{
    size_t pair = pair_find(c, text_from(name));

    return pair < c->map_count ? c->map_column[pair] : csv_column(c, text_from(name));
}

size_t csv_pair_field(const struct csv *c, size_t pair)
{
    assert(pair < c->map_count);
    return c->map[pair].prefix ? SIZE_MAX : c->map_column[pair];
}

struct text csv_value(const struct csv *c, size_t field)
{
    if (field >= CONSTANTS_AT) {
        assert(field - CONSTANTS_AT < c->map_count);
        return c->map[field - CONSTANTS_AT].constant;
    }
    return field < c->count ? c->fields[field] : TEXT("");
}

uint8_t csv_tens(const struct csv *c, const char *name)
{
    size_t pair = pair_find(c, text_from(name));

    return pair < c->map_count ? c->map[pair].tens : 0;
}

size_t csv_columns(const struct csv *c)
{
    return c->column_count;
}

struct text csv_column_name(const struct csv *c, size_t column)
{
    assert(column < c->column_count);
    return c->columns[column];
}

size_t csv_row_fields(const struct csv *c)
{
    return c->count;
}
