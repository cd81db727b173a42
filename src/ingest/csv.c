/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/csv.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/time.h"
#include "ingest/csv_words.h"
#include "ingest/judge.h"
#include "ingest/occurrences.h"

/* Fields that are texts of the event, in the order ids are made from. */
static const struct {
    const char *name, *also; /* another name for it */
    size_t at;
} texts[] = {
    {"anonymous_id", NULL, offsetof(struct event, anonymous_id)},
    {"user_id", NULL, offsetof(struct event, user_id)},
    {"session_id", NULL, offsetof(struct event, session_id)},
    {"currency", NULL, offsetof(struct event, currency)},
    {"transaction_id", NULL, offsetof(struct event, transaction_id)},
    {"search_term", NULL, offsetof(struct event, search_term)},
    {"request_id", NULL, offsetof(struct event, request_id)},
    {"filters", NULL, offsetof(struct event, filters)},
    {"page.url", "url", offsetof(struct event, page_url)},
    {"page.referrer", "referrer", offsetof(struct event, page_referrer)},
    {"context.user_agent", "user_agent", offsetof(struct event, user_agent)},
    {"context.device", "device", offsetof(struct event, device)},
    {"context.locale", "locale", offsetof(struct event, locale)},
    {"context.time_zone", "time_zone", offsetof(struct event, time_zone)},
    {"context.country", "country", offsetof(struct event, country)},
    {"context.campaign.source", "campaign.source", offsetof(struct event, campaign_source)},
    {"context.campaign.medium", "campaign.medium", offsetof(struct event, campaign_medium)},
    {"context.campaign.name", "campaign.name", offsetof(struct event, campaign_name)},
};

enum field {
    FIELD_ID,
    FIELD_TYPE,
    FIELD_TIME,
    FIELD_ITEM_ID,
    FIELD_QUANTITY,
    FIELD_PRICE,
    FIELD_INDEX,
    FIELD_VALUE,
    FIELD_SCROLL,
    FIELDS
};

static const char *const field_names[FIELDS] = {
    "id", "type", "time", "item_id", "quantity", "price", "index", "value", "scroll_percent",
};

struct property {
    struct text name;
    size_t column;
};

struct csv_events {
    struct csv *csv;
    const struct csv_events_options *options;
    const struct ingest_context *context;
    struct zone *zone;
    char time_format[64];
    size_t fields[FIELDS];
    size_t texts[COUNT(texts)];
    uint8_t price_tens, value_tens;
    struct property *properties;
    size_t property_count, property_room;
    struct occurrences seen;
    bool sorted;        /* the file's times never fall */
    int64_t sorted_ms;  /* the time `seen` is about */
    bool plain_orders;  /* a transaction_id of digits alone was there */
    struct buffer made; /* texts made for the row: properties */
    struct event event; /* of the row */
    struct event_item item;
    char id[64], visitor[EVENT_ID_MAX + 16];
    struct refusal why;
};

/* --- reading values ------------------------------------------------------------------- */

static struct text cell(const struct csv_events *c, enum field field)
{
    return c->fields[field] == SIZE_MAX ? TEXT("") : csv_value(c->csv, c->fields[field]);
}

static int shown(struct text t)
{
    return (int)text_utf8_prefix(t, 40).size;
}

/* Has the text an offset from UTC of its own, or is it a count of seconds? */
static bool time_absolute(struct text t)
{
    bool digits = true;

    for (size_t i = 0; i < t.size; i++) {
        digits &= t.data[i] >= '0' && t.data[i] <= '9';
        if (i > 10 && (t.data[i] == '+' || t.data[i] == '-'))
            return true;
    }
    return digits || text_ends(t, "Z") || text_ends(t, "z");
}

static bool time_of(const struct csv_events *c, struct text t, int64_t *ms)
{
    if (c->time_format[0] != '\0')
        return time_parse_format(t, c->time_format, c->zone, ms);
    if (!time_parse(t, ms))
        return false;
    if (c->zone != NULL && !time_absolute(t))
        *ms = zone_to_utc(c->zone, *ms);
    return true;
}

static bool take_time(struct csv_events *c)
{
    struct text t = cell(c, FIELD_TIME);

    if (t.size == 0)
        return refuse(&c->why, "missing", "time", "time is missing");
    if (time_of(c, t, &c->event.time_ms) && c->event.time_ms > 0)
        return true;
    if (c->time_format[0] != '\0')
        return refuse(&c->why, "bad_time", "time", "time must look like %s, not '%.*s'",
                      c->time_format, shown(t), t.data);
    return refuse(&c->why, "bad_time", "time",
                  "time must be like 2026-11-22T10:00:00Z or Unix seconds, not '%.*s'", shown(t),
                  t.data);
}

static bool take_amount(struct csv_events *c, enum field field, uint8_t tens, int64_t *out)
{
    struct text t = cell(c, field);

    if (t.size == 0 || csv_amount(t, tens, out))
        return true;
    return refuse(&c->why, "bad_money", field_names[field],
                  "%s must be an amount such as 19.90, not '%.*s'", field_names[field], shown(t),
                  t.data);
}

/* A whole number; "6.0" is one too. */
static bool take_number(struct csv_events *c, enum field field, int64_t *out)
{
    struct text t = cell(c, field);
    int64_t micros;

    if (t.size == 0)
        return true;
    if (!money_parse(t, &micros) || micros % MONEY_UNIT != 0)
        return refuse(&c->why, "wrong_type", field_names[field],
                      "%s must be a whole number, not '%.*s'", field_names[field], shown(t),
                      t.data);
    *out = micros / MONEY_UNIT;
    return true;
}

static void take_texts(struct csv_events *c)
{
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct text t;

        if (c->texts[i] == SIZE_MAX)
            continue;
        t = csv_value(c->csv, c->texts[i]);
        if (t.size > 0)
            *(struct text *)(void *)((char *)&c->event + texts[i].at) = t;
    }
}

/* "C" and digits, where other orders of the file are digits alone. */
static bool cancelled(struct csv_events *c)
{
    struct text t = c->event.transaction_id;
    bool marked = t.size > 1 && t.data[0] == 'C';
    bool digits = t.size > (size_t)marked;

    for (size_t i = marked; i < t.size; i++)
        digits &= t.data[i] >= '0' && t.data[i] <= '9';
    c->plain_orders |= digits && !marked;
    return digits && marked && c->plain_orders;
}

static bool take_type(struct csv_events *c)
{
    struct event *e = &c->event;
    struct text word = cell(c, FIELD_TYPE);

    e->type = EVENT_view_item;
    if (word.size > 0)
        e->type = csv_type_find(word);
    else if (c->fields[FIELD_TYPE] != SIZE_MAX)
        return refuse(&c->why, "missing", "type", "type is missing");
    if (e->type == EVENT_OTHER)
        e->type_name = word;
    if (e->type == EVENT_purchase && (cancelled(c) || c->item.quantity < 0)) {
        e->type = EVENT_refund;
        if (c->item.quantity < 0)
            c->item.quantity = -c->item.quantity;
    }
    if (c->item.quantity <= 0)
        return refuse(&c->why, "wrong_type", "quantity", "quantity must be 1 or more");
    return true;
}

static bool take_item(struct csv_events *c)
{
    int64_t index = 0;

    c->item =
        (struct event_item){.item_id = cell(c, FIELD_ITEM_ID), .quantity = 1, .price = MONEY_NONE};
    if (!take_number(c, FIELD_QUANTITY, &c->item.quantity) ||
        !take_amount(c, FIELD_PRICE, c->price_tens, &c->item.price) ||
        !take_number(c, FIELD_INDEX, &index))
        return false;
    if (index < 0 || index > INT32_MAX)
        return refuse(&c->why, "wrong_type", "index", "index must be 0 or more");
    c->item.index = (int32_t)index;
    c->event.items = &c->item;
    c->event.item_count = c->item.item_id.size > 0;
    return true;
}

static bool check_item(struct csv_events *c)
{
    if (c->event.item_count > 0 || !csv_type_about_item(c->event.type))
        return true;
    return refuse(&c->why, "missing", "item_id", "item_id is missing");
}

static void take_properties(struct csv_events *c)
{
    struct json json;
    bool any = false;

    buffer_clear(&c->made);
    json = json_to(&c->made);
    json_object_begin(&json);
    for (size_t i = 0; i < c->property_count; i++) {
        struct text value = csv_value(c->csv, c->properties[i].column);

        if (value.size == 0)
            continue;
        any = true;
        json_key_text(&json, c->properties[i].name.data, value);
    }
    json_object_end(&json);
    if (any)
        c->event.properties = buffer_text(&c->made);
}

/* The session or, failing that, the order stands for a visitor nobody named. */
static void take_visitor(struct csv_events *c)
{
    struct event *e = &c->event;

    if (e->anonymous_id.size > 0 || e->user_id.size > 0)
        return;
    e->anonymous_id = e->session_id;
    if (e->session_id.size > 0 || e->transaction_id.size == 0)
        return;
    int size = snprintf(
        c->visitor, sizeof(c->visitor), "order:%.*s",
        (int)(e->transaction_id.size < EVENT_ID_MAX ? e->transaction_id.size : EVENT_ID_MAX),
        e->transaction_id.data);
    e->anonymous_id = (struct text){c->visitor, (size_t)size};
}

/* --- ids ------------------------------------------------------------------- */

/* Of all mapped fields' texts. */
static uint64_t row_hash(const struct csv_events *c, uint64_t seed)
{
    uint64_t hash = seed;

    for (size_t i = 0; i < FIELDS; i++)
        if (c->fields[i] != SIZE_MAX)
            hash = hash_text(csv_value(c->csv, c->fields[i]), hash + i);
    for (size_t i = 0; i < COUNT(texts); i++)
        if (c->texts[i] != SIZE_MAX)
            hash = hash_text(csv_value(c->csv, c->texts[i]), hash + i);
    for (size_t i = 0; i < c->property_count; i++)
        hash = hash_text(csv_value(c->csv, c->properties[i].column), hash + i);
    return hash;
}

static void hex_add(char **to, uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        *(*to)++ = "0123456789abcdef"[value >> shift & 15];
}

/* "row-", 128 bits of hash, "-", the occurrence. Equal rows have equal times: where these never
 * fall, only rows of the present time can come again. */
static void make_id(struct csv_events *c)
{
    uint64_t first = row_hash(c, 1);
    char *at = c->id;

    if (c->sorted && c->event.time_ms != c->sorted_ms) {
        occurrences_forget(&c->seen);
        c->sorted_ms = c->event.time_ms;
    }
    uint64_t before = occurrences_add(&c->seen, first);
    for (const char *prefix = "row-"; *prefix != '\0'; prefix++)
        *at++ = *prefix;
    hex_add(&at, first);
    hex_add(&at, row_hash(c, 2));
    int size =
        snprintf(at, sizeof(c->id) - (size_t)(at - c->id), "-%llu", (unsigned long long)before);
    c->event.id = (struct text){c->id, (size_t)(at - c->id) + (size_t)size};
}

/* --- rows ------------------------------------------------------------------- */

static bool row_read(struct csv_events *c)
{
    struct event *e = &c->event;

    *e = (struct event){.id = cell(c, FIELD_ID), .value = MONEY_NONE, .scroll_percent = -1};
    take_texts(c);
    if (!take_time(c) || !take_item(c) || !take_type(c) || !check_item(c) ||
        !take_amount(c, FIELD_VALUE, c->value_tens, &e->value) ||
        !take_number(c, FIELD_SCROLL, &e->scroll_percent))
        return false;
    if (e->currency.size == 0 && (c->item.price != MONEY_NONE || e->value != MONEY_NONE))
        e->currency = c->options->currency;
    if (c->property_count > 0)
        take_properties(c);
    take_visitor(c);
    if (e->id.size == 0)
        make_id(c);
    return true;
}

enum status csv_events_next(struct csv_events *c, struct batch *batch, struct error *err)
{
    enum status status = csv_next(c->csv, err);
    struct text raw = csv_raw(c->csv);
    uint64_t line = csv_line(c->csv);

    if (status == ERR_INVALID) {
        (void)refuse(&c->why, csv_refusal(c->csv), "", "%s", err->message);
        *err = (struct error){0};
        batch_refuse(batch, &c->why, raw, c->context->person_key, line);
        return OK;
    }
    if (status != OK)
        return status;
    if (row_read(c))
        ingest_event(&c->event, &(struct ingest_said){.raw = raw, .line = line}, c->context, batch);
    else
        batch_refuse(batch, &c->why, raw, c->context->person_key, line);
    return OK;
}

uint64_t csv_events_bytes(const struct csv_events *c)
{
    return csv_bytes(c->csv);
}

/* --- opening ------------------------------------------------------------------- */

/* Names are kept zero-terminated: JSON's keys want them so. */
static void property_add(struct csv_events *c, struct text name, size_t column)
{
    char *copy;

    if (name.size == 0 || column == SIZE_MAX || c->property_count == INGEST_PROPERTIES_MAX)
        return;
    c->properties =
        mem_grow(c->properties, &c->property_room, c->property_count + 1, sizeof(*c->properties));
    copy = mem_new(name.size + 1, 1);
    memcpy(copy, name.data, name.size);
    c->properties[c->property_count++] = (struct property){{copy, name.size}, column};
}

static void properties_find(struct csv_events *c)
{
    static const char one[] = "properties.";
    const struct csv_options *options = &c->options->csv;

    for (size_t i = 0; i < options->map_count; i++) {
        const struct csv_pair *pair = &options->map[i];
        size_t skip = sizeof(one) - 1;

        if (!pair->prefix && text_starts(pair->field, one))
            property_add(c, (struct text){pair->field.data + skip, pair->field.size - skip},
                         csv_pair_field(c->csv, i));
        if (!pair->prefix || !text_is(pair->field, "properties"))
            continue;
        for (size_t k = 0; k < csv_columns(c->csv); k++) {
            struct text name = csv_column_name(c->csv, k);
            size_t size = pair->column.size;

            if (name.size > size && memcmp(name.data, pair->column.data, size) == 0)
                property_add(c, (struct text){name.data + size, name.size - size}, k);
        }
    }
}

static void fields_find(struct csv_events *c)
{
    for (size_t i = 0; i < FIELDS; i++)
        c->fields[i] = csv_field(c->csv, field_names[i]);
    for (size_t i = 0; i < COUNT(texts); i++) {
        c->texts[i] = csv_field(c->csv, texts[i].name);
        if (c->texts[i] == SIZE_MAX && texts[i].also != NULL)
            c->texts[i] = csv_field(c->csv, texts[i].also);
    }
    c->price_tens = csv_tens(c->csv, "price");
    c->value_tens = csv_tens(c->csv, "value");
    properties_find(c);
}

static bool names_somebody(const struct csv_events *c)
{
    static const char *const names[] = {"anonymous_id", "user_id", "session_id", "transaction_id"};

    for (size_t i = 0; i < COUNT(names); i++)
        if (csv_field(c->csv, names[i]) != SIZE_MAX)
            return true;
    return false;
}

/* A mapped field nobody reads is a mistake in its name. */
static bool field_known(const struct csv_pair *pair)
{
    bool known = text_is(pair->field, "properties") || text_starts(pair->field, "properties.");

    for (size_t i = 0; i < FIELDS; i++)
        known |= text_is(pair->field, field_names[i]);
    for (size_t i = 0; i < COUNT(texts); i++)
        known |= text_is(pair->field, texts[i].name) ||
                 (texts[i].also != NULL && text_is(pair->field, texts[i].also));
    return known;
}

static enum status map_check(const struct csv_events *c, struct error *err)
{
    const struct csv_options *options = &c->options->csv;

    for (size_t i = 0; i < options->map_count; i++)
        if (!field_known(&options->map[i]))
            return error_set(err, ERR_INVALID, "the map names %.*s, which events do not have",
                             shown(options->map[i].field), options->map[i].field.data);
    if (c->fields[FIELD_TIME] == SIZE_MAX)
        return error_set(err, ERR_INVALID,
                         "the file has no column time; say which one it is with time=COLUMN in the "
                         "map");
    if (!names_somebody(c))
        return error_set(err, ERR_INVALID,
                         "nothing says whose events these are; map anonymous_id, user_id, "
                         "session_id or transaction_id");
    return OK;
}

static enum status start(struct csv_events *c, FILE *in, struct error *err)
{
    if (csv_open(&c->csv, in, &c->options->csv, err) != OK)
        return err->status;
    fields_find(c);
    return map_check(c, err);
}

/* Do the times of the file never fall? Rows that cannot be read do not matter: they get no id. */
static bool times_sorted(struct csv_events *c)
{
    int64_t last = INT64_MIN, ms;
    enum status status;

    while ((status = csv_next(c->csv, NULL)) != ERR_NOT_FOUND) {
        if (status == ERR_IO)
            return false;
        if (status != OK || !time_of(c, cell(c, FIELD_TIME), &ms))
            continue;
        if (ms < last)
            return false;
        last = ms;
    }
    return true;
}

static void properties_clear(struct csv_events *c)
{
    for (size_t i = 0; i < c->property_count; i++)
        mem_free((char *)(uintptr_t)c->properties[i].name.data); /* property_add's copies */
    c->property_count = 0;
}

static enum status look_ahead(struct csv_events *c, FILE *in, struct error *err)
{
    off_t begin = ftello(in);

    if (begin < 0 || fseeko(in, begin, SEEK_SET) != 0)
        return start(c, in, err);
    if (start(c, in, err) != OK || c->fields[FIELD_ID] != SIZE_MAX)
        return err->status;
    c->sorted = times_sorted(c);
    c->sorted_ms = INT64_MIN;
    csv_close(&c->csv);
    properties_clear(c);
    if (fseeko(in, begin, SEEK_SET) != 0)
        return error_set(err, ERR_IO, "the file could be read once but not again");
    return start(c, in, err);
}

enum status csv_events_open(struct csv_events **out, FILE *in,
                            const struct csv_events_options *options,
                            const struct ingest_context *context, struct error *err)
{
    SCOPED(csv_events_close) struct csv_events *c = mem_new(1, sizeof(*c));
    char zone[128];

    c->options = options;
    c->context = context;
    if (options->time_format.size >= sizeof(c->time_format) ||
        options->time_zone.size >= sizeof(zone))
        return error_set(err, ERR_INVALID, "the time format or the time zone is too long");
    (void)snprintf(c->time_format, sizeof(c->time_format), "%.*s", (int)options->time_format.size,
                   options->time_format.size > 0 ? options->time_format.data : "");
    (void)snprintf(zone, sizeof(zone), "%.*s", (int)options->time_zone.size,
                   options->time_zone.size > 0 ? options->time_zone.data : "");
    if (zone[0] != '\0' && zone_open(&c->zone, zone, err) != OK)
        return error_set(err, ERR_INVALID,
                         "time zone '%s' is not known; write it like Europe/Berlin", zone);
    *err = (struct error){0};
    if (look_ahead(c, in, err) != OK)
        return err->status;
    *out = c;
    c = NULL;
    return OK;
}

void csv_events_close(struct csv_events **events)
{
    struct csv_events *c = *events;

    if (c == NULL)
        return;
    csv_close(&c->csv);
    zone_close(&c->zone);
    properties_clear(c);
    mem_free(c->properties);
    occurrences_clear(&c->seen);
    buffer_free(&c->made);
    mem_free(c);
    *events = NULL;
}
