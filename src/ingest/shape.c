/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/shape.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/time.h"

enum shape {
    SHAPE_ID,   /* a text, or a whole number taken as its digits */
    SHAPE_TYPE, /* a text: one of event.def or another */
    SHAPE_TEXT,
    SHAPE_MONEY, /* decimal text or a number, from its digits */
    SHAPE_COUNT, /* a whole number from 0 to a thousand million */
    SHAPE_INDEX, /* the same, in 32 bits */
    SHAPE_TIME,
    SHAPE_FLAG,
    SHAPE_JSON,  /* an object, or a list */
    SHAPE_TABLE, /* an object with rows of its own */
    SHAPE_ITEMS,
};

struct table;

struct row {
    const char *name;
    size_t size; /* of the name */
    enum shape shape;
    size_t offset; /* into the struct the table is for */
    const struct table *table;
};

struct table {
    const char *prefix; /* of its fields' names in refusals */
    const struct row *rows;
    size_t count;
};

#define ROW(name, shape, offset)                                                                   \
    {                                                                                              \
        name, sizeof(name) - 1, shape, offset, NULL                                                \
    }
#define IN_EVENT(field) offsetof(struct draft, event.field)
#define TABLE(prefix, rows)                                                                        \
    {                                                                                              \
        prefix, rows, COUNT(rows)                                                                  \
    }

static const struct row item_rows[] = {
    ROW("item_id", SHAPE_ID, offsetof(struct event_item, item_id)),
    ROW("quantity", SHAPE_COUNT, offsetof(struct event_item, quantity)),
    ROW("price", SHAPE_MONEY, offsetof(struct event_item, price)),
    ROW("index", SHAPE_INDEX, offsetof(struct event_item, index)),
};
static const struct row page_rows[] = {
    ROW("url", SHAPE_TEXT, IN_EVENT(page_url)),
    ROW("referrer", SHAPE_TEXT, IN_EVENT(page_referrer)),
};
static const struct row campaign_rows[] = {
    ROW("source", SHAPE_TEXT, IN_EVENT(campaign_source)),
    ROW("medium", SHAPE_TEXT, IN_EVENT(campaign_medium)),
    ROW("name", SHAPE_TEXT, IN_EVENT(campaign_name)),
};
static const struct table campaign_table = TABLE("context.campaign.", campaign_rows);
static const struct row context_rows[] = {
    ROW("user_agent", SHAPE_TEXT, IN_EVENT(user_agent)),
    ROW("device", SHAPE_TEXT, IN_EVENT(device)),
    ROW("locale", SHAPE_TEXT, IN_EVENT(locale)),
    ROW("time_zone", SHAPE_TEXT, IN_EVENT(time_zone)),
    ROW("country", SHAPE_TEXT, IN_EVENT(country)),
    {"campaign", 8, SHAPE_TABLE, 0, &campaign_table},
};
static const struct row consent_rows[] = {
    ROW("analytics", SHAPE_FLAG, offsetof(struct draft, analytics)),
    ROW("personalization", SHAPE_FLAG, offsetof(struct draft, personalization)),
    ROW("email", SHAPE_FLAG, offsetof(struct draft, email)),
};
static const struct table item_table = TABLE("", item_rows);
static const struct table page_table = TABLE("page.", page_rows);
static const struct table context_table = TABLE("context.", context_rows);
static const struct table consent_table = TABLE("consent.", consent_rows);
static const struct row event_rows[] = {
    ROW("id", SHAPE_ID, IN_EVENT(id)),
    ROW("type", SHAPE_TYPE, IN_EVENT(type_name)),
    ROW("time", SHAPE_TIME, offsetof(struct draft, claim.said_ms)),
    ROW("sent_at", SHAPE_TIME, offsetof(struct draft, claim.sent_ms)),
    ROW("anonymous_id", SHAPE_ID, IN_EVENT(anonymous_id)),
    ROW("user_id", SHAPE_ID, IN_EVENT(user_id)),
    ROW("user_token", SHAPE_TEXT, offsetof(struct draft, claim.token)),
    ROW("session_id", SHAPE_ID, IN_EVENT(session_id)),
    ROW("items", SHAPE_ITEMS, IN_EVENT(items)),
    ROW("currency", SHAPE_TEXT, IN_EVENT(currency)),
    ROW("value", SHAPE_MONEY, IN_EVENT(value)),
    ROW("transaction_id", SHAPE_ID, IN_EVENT(transaction_id)),
    ROW("search_term", SHAPE_TEXT, IN_EVENT(search_term)),
    ROW("filters", SHAPE_JSON, IN_EVENT(filters)),
    ROW("scroll_percent", SHAPE_COUNT, IN_EVENT(scroll_percent)),
    ROW("request_id", SHAPE_ID, IN_EVENT(request_id)),
    ROW("traits", SHAPE_JSON, IN_EVENT(traits)),
    ROW("properties", SHAPE_JSON, IN_EVENT(properties)),
    {"page", 4, SHAPE_TABLE, 0, &page_table},
    {"context", 7, SHAPE_TABLE, 0, &context_table},
    {"consent", 7, SHAPE_TABLE, 0, &consent_table},
};
static const struct table event_table = TABLE("", event_rows);

/* A row of a table being read, and where its value goes. */
struct place {
    const struct row *row;
    const struct table *table;
    int item; /* -1: not in an item */
    void *to;
};

/* The field's name in a refusal: "items[3].price", "context.campaign.name". */
static void place_name(const struct place *p, char out[64])
{
    if (p->item >= 0)
        snprintf(out, 64, "items[%d].%s", p->item, p->row->name);
    else
        snprintf(out, 64, "%s%s", p->table->prefix, p->row->name);
}

static bool wrong(struct reader *r, const struct place *p, const char *code, const char *rule)
{
    char name[64];

    place_name(p, name);
    return refuse(r->why, code, name, "%s must be %s", name, rule);
}

static bool is_string(struct text raw)
{
    return raw.data[0] == '"';
}

/* The text of a string, or the raw digits of a number; false and a refusal for anything else. */
static bool read_text(struct reader *r, const struct place *p, struct text raw, struct text *out)
{
    char name[64];

    if (!is_string(raw)) {
        *out = raw;
        return raw.data[0] == '-' || (raw.data[0] >= '0' && raw.data[0] <= '9') ||
               wrong(r, p, "wrong_type", "a text");
    }
    if (tokens_text(raw, r->arena, out))
        return true;
    place_name(p, name);
    return refuse(r->why, "bad_text", name, "%s holds half a surrogate pair or a NUL", name);
}

static bool read_string(struct reader *r, const struct place *p, struct text raw)
{
    struct text value;
    int64_t digits;

    if (!is_string(raw) && (p->row->shape != SHAPE_ID || !text_to_i64(raw, &digits)))
        return wrong(r, p, "wrong_type", "a text");
    if (!read_text(r, p, raw, &value))
        return false;
    memcpy(p->to, &value, sizeof(value));
    return true;
}

static bool read_money(struct reader *r, const struct place *p, struct text raw)
{
    struct text value;
    int64_t micros;

    if (!read_text(r, p, raw, &value))
        return false;
    if (!money_parse(value, &micros))
        return wrong(r, p, "bad_money",
                     "a decimal number such as \"19.90\", of at most 12 digits and 6 decimals");
    memcpy(p->to, &micros, sizeof(micros));
    return true;
}

static bool read_count(struct reader *r, const struct place *p, struct text raw)
{
    struct text value;
    int64_t number;

    if (!read_text(r, p, raw, &value))
        return false;
    if (!text_to_i64(value, &number) || number < 0 || number > 1000000000)
        return wrong(r, p, "wrong_type", "a whole number from 0 to 1000000000");
    if (p->row->shape == SHAPE_INDEX)
        memcpy(p->to, &(int32_t){(int32_t)number}, sizeof(int32_t));
    else
        memcpy(p->to, &number, sizeof(number));
    return true;
}

static bool read_time(struct reader *r, const struct place *p, struct text raw)
{
    struct text value;
    int64_t ms;

    if (!read_text(r, p, raw, &value))
        return false;
    if (value.size == 0)
        return true;
    if (!time_parse(value, &ms))
        return wrong(r, p, "bad_time", "like \"2026-11-22T10:00:00.000Z\"");
    ms = ms > 0 ? ms : 1; /* 0 is "not given" */
    memcpy(p->to, &ms, sizeof(ms));
    return true;
}

static bool read_flag(struct reader *r, const struct place *p, struct text raw)
{
    int8_t value = text_is(raw, "true");

    if (!value && !text_is(raw, "false"))
        return wrong(r, p, "wrong_type", "true or false");
    memcpy(p->to, &value, sizeof(value));
    return true;
}

static bool read_scalar(struct reader *r, const struct place *p)
{
    struct text raw;
    char first = tokens_peek(&r->tokens);

    if (first == '{' || first == '[')
        return wrong(r, p, "wrong_type", "a single value, not an object or a list");
    if (!tokens_scalar(&r->tokens, &raw))
        return false;
    if (first == 'n')
        return true;
    switch (p->row->shape) {
    case SHAPE_MONEY: return read_money(r, p, raw);
    case SHAPE_COUNT:
    case SHAPE_INDEX: return read_count(r, p, raw);
    case SHAPE_TIME: return read_time(r, p, raw);
    case SHAPE_FLAG: return read_flag(r, p, raw);
    default: return read_string(r, p, raw);
    }
}

static bool read_object(struct reader *r, const struct table *table, int item, void *base);

static bool read_items(struct reader *r, const struct place *p, struct draft *draft)
{
    size_t count = 0;

    if (!tokens_take(&r->tokens, '['))
        return wrong(r, p, "wrong_type", "a list of items");
    while (tokens_element(&r->tokens, &count)) {
        if (count > EVENT_ITEMS_MAX)
            return refuse(r->why, "too_many", "items", "an event has at most %d items",
                          EVENT_ITEMS_MAX);
        struct event_item *item = &draft->items[count - 1];
        *item = (struct event_item){.quantity = 1, .price = MONEY_NONE};
        if (tokens_peek(&r->tokens) != '{')
            return refuse(r->why, "wrong_type", "items", "items[%zu] must be an object", count - 1);
        if (!read_object(r, &item_table, (int)count - 1, item))
            return false;
    }
    draft->event.items = count > 0 ? draft->items : NULL;
    draft->event.item_count = (uint32_t)count;
    return r->tokens.fault == NULL;
}

static bool read_json(struct reader *r, const struct place *p)
{
    char first = tokens_peek(&r->tokens);

    if (first != '{' && first != '[')
        return wrong(r, p, "wrong_type", "an object or a list");
    return shape_json(r, p->row->name, 2, p->to);
}

static bool take_null(struct reader *r)
{
    struct text raw;

    return tokens_peek(&r->tokens) == 'n' && tokens_scalar(&r->tokens, &raw);
}

/* `base` is the draft, or an item of it. */
static bool read_value(struct reader *r, const struct place *p, void *base)
{
    switch (p->row->shape) {
    case SHAPE_JSON: return take_null(r) || read_json(r, p);
    case SHAPE_ITEMS: return take_null(r) || read_items(r, p, base);
    case SHAPE_TABLE:
        if (take_null(r))
            return true;
        if (tokens_peek(&r->tokens) != '{')
            return wrong(r, p, "wrong_type", "an object");
        return read_object(r, p->row->table, -1, base);
    default: return read_scalar(r, p);
    }
}

static const struct row *find_row(const struct table *table, struct text key)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].size == key.size && memcmp(table->rows[i].name, key.data, key.size) == 0)
            return &table->rows[i];
    return NULL;
}

/* Fields without a row are checked to be JSON and otherwise passed over. */
static bool read_object(struct reader *r, const struct table *table, int item, void *base)
{
    size_t members = 0;
    uint32_t seen = 0;
    struct text raw_key;

    (void)tokens_take(&r->tokens, '{'); /* the caller looked */
    while (tokens_member(&r->tokens, &members, &raw_key)) {
        struct text key = {raw_key.data + 1, raw_key.size - 2};
        const struct row *row = find_row(table, key);

        if (row == NULL) {
            if (!tokens_skip(&r->tokens))
                return false;
            continue;
        }
        uint32_t bit = UINT32_C(1) << (row - table->rows);
        struct place place = {row, table, item, (char *)base + row->offset};
        if (seen & bit)
            return wrong(r, &place, "too_many", "there once");
        seen |= bit;
        if (!read_value(r, &place, base))
            return false;
    }
    return r->tokens.fault == NULL;
}

/* What is not said of consent is the shop's default, and of e-mail no word of the shopper's. */
static void set_consent(const struct ingest_context *c, struct draft *d)
{
    bool analytics = d->analytics < 0 ? c->default_analytics : d->analytics != 0;
    bool personalization =
        d->personalization < 0 ? c->default_personalization : d->personalization != 0;
    bool email = d->email < 0 ? c->default_email : d->email != 0;

    if (d->analytics < 0 && d->personalization < 0 && d->email < 0)
        return;
    d->event.flags |= EVENT_CONSENT_STATED;
    d->event.flags |= analytics ? 0 : EVENT_ANALYTICS_REFUSED;
    d->event.flags |= personalization ? EVENT_PERSONALIZATION : 0;
    d->event.flags |= email ? EVENT_EMAIL : 0;
    d->event.flags |= d->email < 0 ? EVENT_EMAIL_UNSAID : 0;
}

bool shape_event(struct reader *r, struct draft *out)
{
    static_assert(COUNT(event_rows) <= 32, "read_object keeps a bit a row");

    out->event = (struct event){.value = MONEY_NONE, .scroll_percent = -1};
    out->claim = (struct claim){0};
    r->email = (struct text){0};
    out->analytics = out->personalization = out->email = -1;
    if (tokens_peek(&r->tokens) != '{')
        return refuse(r->why, "not_an_object", "", "an event must be an object");
    if (!read_object(r, &event_table, -1, out))
        return false;
    out->event.type = event_type_find(out->event.type_name);
    if (out->event.type != EVENT_OTHER)
        out->event.type_name = (struct text){0};
    set_consent(r->context, out);
    return true;
}
