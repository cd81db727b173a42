/* SPDX-License-Identifier: Apache-2.0 */
/* feed_google_xml: RSS 2.0 (<item>) or Atom (<entry>) with Google's fields, read as a stream. Only
 * direct children of an item count, so that the price inside g:shipping is not the product's.
 *
 * The network is never asked, entities are not expanded, and libxml2's own bounds on sizes and
 * depths stay on (no XML_PARSE_HUGE). */
#include <assert.h>
#include <libxml/xmlreader.h>
#include <string.h>

#include "base/json.h"
#include "catalog/feed_reader.h"

enum { RAW_MAX = 24 * 1024, RAW_VALUE_MAX = 1024 };

struct xml {
    struct feed *feed;
    xmlTextReaderPtr reader;
    int item_depth; /* of the open item, -1 outside */
    bool refused;   /* the open item already was */
    uint64_t line;  /* where the open item begins */
    uint64_t items;
    struct google_item item;
    struct buffer name, value; /* of the open field */
    struct buffer raw;         /* the item so far, as JSON */
    struct json json;
};

static void xml_close(struct xml *x)
{
    if (x->reader != NULL)
        xmlFreeTextReader(x->reader);
    buffer_free(&x->name);
    buffer_free(&x->value);
    buffer_free(&x->raw);
}

static int read_file(void *context, char *out, int room)
{
    FILE *in = context;
    size_t got = fread(out, 1, (size_t)room, in);

    return got == 0 && ferror(in) ? -1 : (int)got;
}

/* libxml2 would print to standard error; what went wrong is read from the reader instead. */
static void say_nothing(void *context, const char *message, xmlParserSeverities severity,
                        xmlTextReaderLocatorPtr where)
{
    (void)context;
    (void)message;
    (void)severity;
    (void)where;
}

static bool named(const struct xml *x, const char *name)
{
    return xmlStrEqual(xmlTextReaderConstLocalName(x->reader), (const xmlChar *)name);
}

static void item_begin(struct xml *x)
{
    arena_reset(&x->feed->arena);
    draft_begin(&x->feed->draft, &x->feed->arena);
    x->item_depth = xmlTextReaderDepth(x->reader);
    x->item = (struct google_item){0};
    x->refused = false;
    x->line = (uint64_t)xmlGetLineNo(xmlTextReaderCurrentNode(x->reader));
    x->items++;
    buffer_clear(&x->raw);
    x->json = json_to(&x->raw);
    json_object_begin(&x->json);
}

static void item_end(struct xml *x)
{
    json_object_end(&x->json);
    x->item_depth = -1;
    struct text raw = buffer_text(&x->raw);
    if (x->refused)
        feed_refuse(x->feed, &x->feed->draft.why, raw, x->line);
    else
        google_item_end(x->feed, &x->item, raw, x->line);
}

static void field_end(struct xml *x)
{
    struct text name = arena_text(&x->feed->arena, buffer_text(&x->name));
    struct text value = arena_text(&x->feed->arena, buffer_text(&x->value));

    if (x->raw.size < RAW_MAX)
        json_key_text(&x->json, name.data, text_utf8_prefix(value, RAW_VALUE_MAX));
    if (!x->refused)
        x->refused = !google_field(x->feed, &x->item, name, value);
    buffer_clear(&x->name);
}

/* Atom: <link href="..."/> */
static void link_attribute(struct xml *x)
{
    xmlChar *href = xmlTextReaderGetAttribute(x->reader, (const xmlChar *)"href");

    if (href != NULL)
        buffer_add_string(&x->value, (const char *)href);
    xmlFree(href);
}

static void element_begin(struct xml *x)
{
    int depth = xmlTextReaderDepth(x->reader);
    bool empty = xmlTextReaderIsEmptyElement(x->reader) == 1;

    if (x->item_depth < 0) {
        if (!named(x, "item") && !named(x, "entry"))
            return;
        item_begin(x);
        if (empty)
            item_end(x);
        return;
    }
    if (depth != x->item_depth + 1)
        return;
    buffer_clear(&x->name);
    buffer_clear(&x->value);
    buffer_add_string(&x->name, (const char *)xmlTextReaderConstLocalName(x->reader));
    if (named(x, "link"))
        link_attribute(x);
    if (empty)
        field_end(x);
}

static void element_end(struct xml *x)
{
    int depth = xmlTextReaderDepth(x->reader);

    if (x->item_depth >= 0 && depth == x->item_depth)
        item_end(x);
    else if (x->item_depth >= 0 && depth == x->item_depth + 1)
        field_end(x);
}

static void text_add(struct xml *x)
{
    const xmlChar *value = xmlTextReaderConstValue(x->reader);
    int depth = xmlTextReaderDepth(x->reader);

    if (value == NULL || x->item_depth < 0 || depth != x->item_depth + 2)
        return;
    size_t size = strlen((const char *)value);
    if (x->value.size + size <= CSV_FIELD_BYTES_MAX)
        buffer_add(&x->value, value, size);
}

static void node(struct xml *x)
{
    switch (xmlTextReaderNodeType(x->reader)) {
    case XML_READER_TYPE_ELEMENT: element_begin(x); break;
    case XML_READER_TYPE_END_ELEMENT: element_end(x); break;
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE: text_add(x); break;
    default: break;
    }
}

enum status feed_google_xml(struct feed *f, struct error *err)
{
    SCOPED(xml_close) struct xml x = {.feed = f, .item_depth = -1};
    int more = 1;

    x.reader = xmlReaderForIO(read_file, NULL, f->in, NULL, NULL,
                              XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_BIG_LINES);
    if (x.reader == NULL)
        return error_set(err, ERR_IO, "libxml2 could not be set up");
    xmlTextReaderSetErrorHandler(x.reader, say_nothing, NULL);
    while (!f->stopped && (more = xmlTextReaderRead(x.reader)) == 1)
        node(&x);
    if (more < 0)
        return error_set(err, ERR_INVALID, "line %d: the file is not well-formed XML",
                         xmlTextReaderGetParserLineNumber(x.reader));
    if (x.items == 0)
        return error_set(err, ERR_INVALID,
                         "the file has no <item> or <entry>, so it is not a Google Merchant feed");
    return OK;
}
