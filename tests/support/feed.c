/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/feed.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/file.h"
#include "base/money.h"
#include "tests/support/test.h"

static void text_note(struct buffer *out, const char *name, struct text t)
{
    if (t.data != NULL)
        buffer_printf(out, " %s=%.*s", name, (int)t.size, t.data);
}

static void money_note(struct buffer *out, const char *name, int64_t micros)
{
    char amount[MONEY_TEXT_SIZE];

    if (micros != MONEY_NONE)
        buffer_printf(out, " %s=%s", name, money_print(micros, amount));
}

static void stock_note(struct buffer *out, int64_t stock, enum availability a)
{
    if (stock != STOCK_UNTRACKED)
        buffer_printf(out, " stock=%" PRId64, stock);
    if (a != IN_STOCK)
        buffer_printf(out, " %s", availability_word(a));
}

static void attributes_note(struct buffer *out, const struct attribute *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        buffer_printf(out, " %.*s=%.*s", (int)list[i].name.size, list[i].name.data,
                      (int)list[i].value.size, list[i].value.data);
}

static void variant_note(struct buffer *out, const struct variant *v)
{
    buffer_printf(out, "  + %.*s", (int)v->item_id.size, v->item_id.data);
    text_note(out, "title", v->title);
    money_note(out, "price", v->price);
    money_note(out, "sale_price", v->sale_price);
    money_note(out, "cost", v->cost);
    stock_note(out, v->stock, v->availability);
    text_note(out, "gtin", v->gtin);
    attributes_note(out, v->attributes, v->attribute_count);
    buffer_add_char(out, '\n');
}

static bool more(struct transcript *t)
{
    return ++t->calls != t->stop_after;
}

static bool product_note(void *context, const struct product *p, uint64_t line)
{
    struct transcript *t = context;
    struct buffer *out = &t->out;

    buffer_printf(out, "%" PRIu64 " %.*s", line, (int)p->item_id.size, p->item_id.data);
    text_note(out, "title", p->title);
    text_note(out, "description", p->description);
    text_note(out, "url", p->url);
    text_note(out, "image", p->image);
    text_note(out, "brand", p->brand);
    text_note(out, "category", p->category);
    money_note(out, "price", p->price);
    money_note(out, "sale_price", p->sale_price);
    money_note(out, "cost", p->cost);
    text_note(out, "currency", p->currency);
    stock_note(out, p->stock, p->availability);
    buffer_add_string(out, p->published ? "" : " unpublished");
    text_note(out, "gtin", p->gtin);
    if (p->age_min != 0)
        buffer_printf(out, " age_min=%d", p->age_min);
    for (uint32_t i = 0; i < p->part_count; i++)
        buffer_printf(out, " part=%u*%.*s", p->parts[i].quantity, (int)p->parts[i].item_id.size,
                      p->parts[i].item_id.data);
    attributes_note(out, p->attributes, p->attribute_count);
    buffer_add_char(out, '\n');
    for (uint32_t i = 0; i < p->variant_count; i++)
        variant_note(out, &p->variants[i]);
    return more(t);
}

static bool refused_note(void *context, const char *code, const char *field, const char *message,
                         struct text raw, uint64_t line)
{
    struct transcript *t = context;

    assert_true(code != NULL && message[0] != '\0');
    assert_true(raw.data == NULL || text_utf8_valid(raw) || text_is(text_from(code), "bad_text"));
    buffer_printf(&t->out, "%" PRIu64 " refused %s %s: %s\n", line, code, field, message);
    return more(t);
}

static bool before_find(void *context, struct text item_id, struct arena *a, struct product *out)
{
    struct transcript *t = context;

    return catalog_get(t->catalog, catalog_find(t->catalog, item_id), a, out);
}

struct feed_sink transcript_sink(struct transcript *t)
{
    return (struct feed_sink){.context = t,
                              .product = product_note,
                              .refused = refused_note,
                              .before = t->catalog == NULL ? NULL : before_find};
}

static ssize_t stream_read(void *cookie, char *out, size_t room)
{
    struct text *rest = cookie;
    size_t size = rest->size < room ? rest->size : room;

    memcpy(out, rest->data, size);
    *rest = (struct text){rest->data + size, rest->size - size};
    return (ssize_t)size;
}

enum status transcript_read(struct transcript *t, struct text content, bool piped,
                            const struct feed_options *options, struct error *err)
{
    struct feed_sink sink = transcript_sink(t);
    struct text rest = content;
    SCOPED(file_close)
    FILE *in = piped ? fopencookie(&rest, "r", (cookie_io_functions_t){.read = stream_read})
                     : fmemopen((void *)(uintptr_t)content.data, content.size, "r");

    assert_non_null(in);
    return feed_read(in, options, &sink, err);
}

void assert_feed(struct text content, const struct feed_options *options, const char *expected)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct transcript t = {0};
    struct error err = {0};
    enum status status = transcript_read(&t, content, false, options, &err);

    out = t.out;
    if (status != OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, OK);
    assert_string_equal(buffer_text(&out).data, expected);
}

struct feed_options feed_options_for(enum feed_format format, const char *map)
{
    struct feed_options options = {.format = format};
    struct error err = {0};

    if (map != NULL)
        assert_int_equal(csv_map_parse(text_from(map), &options.csv, &err), OK);
    return options;
}
