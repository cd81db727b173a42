/* SPDX-License-Identifier: Apache-2.0 */
/* event: the body of a RECORD_EVENT. Plain texts are one table of rows; the rest stands beside it.
 * Field numbers are on disk: never renumber, never reuse. */
#include "journal/event.h"

#include <string.h>

#include "base/money.h"
#include "journal/record.h"

enum field {
    FIELD_TYPE = 1,
    FIELD_FLAGS = 2,
    FIELD_FINGERPRINT = 3,
    FIELD_TIME = 4,
    FIELD_VALUE = 5,
    FIELD_SCROLL = 6,
    FIELD_ITEM = 7,
    FIELD_TEXTS = 10, /* the rows of texts[], in order */
};

enum item_field { ITEM_ID = 1, ITEM_QUANTITY = 2, ITEM_PRICE = 3, ITEM_INDEX = 4 };

enum {
    TEXT_TYPE_NAME = 1,
    TEXT_ANONYMOUS_ID = 2,
    TEXT_USER_ID = 3,
    TEXT_TRAITS = 20
}; /* rows of texts[] */

static const size_t texts[] = {
    /* new ones go to the end */
    offsetof(struct event, id),
    offsetof(struct event, type_name),
    offsetof(struct event, anonymous_id),
    offsetof(struct event, user_id),
    offsetof(struct event, session_id),
    offsetof(struct event, currency),
    offsetof(struct event, transaction_id),
    offsetof(struct event, search_term),
    offsetof(struct event, request_id),
    offsetof(struct event, page_url),
    offsetof(struct event, page_referrer),
    offsetof(struct event, user_agent),
    offsetof(struct event, device),
    offsetof(struct event, locale),
    offsetof(struct event, time_zone),
    offsetof(struct event, country),
    offsetof(struct event, campaign_source),
    offsetof(struct event, campaign_medium),
    offsetof(struct event, campaign_name),
    offsetof(struct event, filters),
    offsetof(struct event, traits),
    offsetof(struct event, properties),
};

static const char *const names[EVENT_TYPE_COUNT] = {
    "other",
#define EVENT_TYPE(name) #name,
#include "journal/event.def"
#undef EVENT_TYPE
};

static const uint8_t name_sizes[EVENT_TYPE_COUNT] = {
    0, /* "other" is not a name one can send */
#define EVENT_TYPE(name) sizeof(#name) - 1,
#include "journal/event.def"
#undef EVENT_TYPE
};

enum event_type event_type_find(struct text name)
{
    for (int i = 1; i < EVENT_TYPE_COUNT; i++)
        if (name.size == name_sizes[i] && memcmp(name.data, names[i], name.size) == 0)
            return (enum event_type)i;
    return EVENT_OTHER;
}

const char *event_type_name(enum event_type type)
{
    return names[type];
}

static void encode_items(const struct event *e, struct buffer *out)
{
    for (uint32_t i = 0; i < e->item_count; i++) {
        const struct event_item *item = &e->items[i];
        size_t begun = put_begin(out, FIELD_ITEM);

        put_text(out, ITEM_ID, item->item_id);
        if (item->quantity != 1)
            put_i64(out, ITEM_QUANTITY, item->quantity);
        if (item->price != MONEY_NONE)
            put_i64(out, ITEM_PRICE, item->price);
        if (item->index != 0)
            put_i64(out, ITEM_INDEX, item->index);
        put_end(out, begun);
    }
}

_Static_assert(sizeof(texts) / sizeof(texts[0]) == TEXT_TRAITS + 2, "traits are the last but one");

void event_encode(const struct event *e, struct buffer *out)
{
    char fingerprint[sizeof(e->fingerprint)];

    memcpy(fingerprint, &e->fingerprint, sizeof(fingerprint));
    put_i64(out, FIELD_TYPE, e->type);
    put_i64(out, FIELD_FLAGS, e->flags);
    put_text(out, FIELD_FINGERPRINT, (struct text){fingerprint, sizeof(fingerprint)});
    put_i64(out, FIELD_TIME, e->time_ms);
    if (e->value != MONEY_NONE)
        put_i64(out, FIELD_VALUE, e->value);
    if (e->scroll_percent >= 0)
        put_i64(out, FIELD_SCROLL, e->scroll_percent);
    encode_items(e, out);
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct text t;

        memcpy(&t, (const char *)e + texts[i], sizeof(t));
        put_text(out, (uint8_t)(FIELD_TEXTS + i), t);
    }
}

static bool decode_item(struct text body, struct event_item *out)
{
    struct fields f = fields_of(body);

    *out = (struct event_item){.quantity = 1, .price = MONEY_NONE};
    while (fields_next(&f)) {
        switch (f.field) {
        case ITEM_ID: out->item_id = f.text; break;
        case ITEM_QUANTITY: out->quantity = f.number; break;
        case ITEM_PRICE: out->price = f.number; break;
        case ITEM_INDEX: out->index = (int32_t)f.number; break;
        default: break;
        }
    }
    return !f.bad && out->item_id.data != NULL;
}

/* `f` stands on the first of a run of items. They are counted first, so that the array fits. */
static bool decode_items(struct fields *f, struct arena *a, struct event *e)
{
    struct fields ahead = *f;
    uint32_t count = 1;

    while (fields_next(&ahead) && ahead.field == FIELD_ITEM)
        count++;
    if (e->items != NULL || count > EVENT_ITEMS_MAX)
        return false;
    e->items = arena_array(a, count, sizeof(*e->items));
    for (; e->item_count < count; e->item_count++) {
        if (e->item_count > 0)
            (void)fields_next(f); /* seen above */
        if (!decode_item(f->text, &e->items[e->item_count]))
            return false;
    }
    return true;
}

static bool decode_field(struct fields *f, struct arena *a, struct event *e)
{
    switch (f->field) {
    case FIELD_TYPE:
        if (f->number < 0 || f->number >= EVENT_TYPE_COUNT)
            return false;
        e->type = (enum event_type)f->number;
        return true;
    case FIELD_FLAGS: e->flags = (uint32_t)f->number; return true;
    case FIELD_FINGERPRINT:
        if (f->text.size != sizeof(e->fingerprint))
            return false;
        memcpy(&e->fingerprint, f->text.data, sizeof(e->fingerprint));
        return true;
    case FIELD_TIME: e->time_ms = f->number; return true;
    case FIELD_VALUE: e->value = f->number; return true;
    case FIELD_SCROLL: e->scroll_percent = f->number; return true;
    case FIELD_ITEM: return decode_items(f, a, e);
    default: break;
    }
    if (f->field >= FIELD_TEXTS && f->field < FIELD_TEXTS + COUNT(texts))
        memcpy((char *)e + texts[f->field - FIELD_TEXTS], &f->text, sizeof(f->text));
    return true;
}

enum status event_decode(struct text body, struct arena *a, struct event *out, struct error *err)
{
    struct fields f = fields_of(body);
    struct event e = {.value = MONEY_NONE, .scroll_percent = -1};

    while (fields_next(&f))
        if (!decode_field(&f, a, &e))
            return error_set(err, ERR_CORRUPT, "the bytes are no event (field %d)", f.field);
    if (f.bad || e.id.data == NULL)
        return error_set(err, ERR_CORRUPT, "the bytes are no event");
    *out = e;
    return OK;
}

struct event_head event_head(struct text body)
{
    struct event_head head = {.type = EVENT_OTHER};

    for (struct fields f = fields_of(body);
         fields_next(&f) && f.field <= FIELD_TEXTS + TEXT_USER_ID;)
        switch (f.field) {
        case FIELD_TYPE:
            if (f.number > EVENT_OTHER && f.number < EVENT_TYPE_COUNT)
                head.type = (enum event_type)f.number;
            break;
        case FIELD_FLAGS: head.flags = (uint32_t)f.number; break;
        case FIELD_TIME: head.time_ms = f.number; break;
        case FIELD_TEXTS + TEXT_TYPE_NAME: head.type_name = f.text; break;
        case FIELD_TEXTS + TEXT_ANONYMOUS_ID: head.anonymous_id = f.text; break;
        case FIELD_TEXTS + TEXT_USER_ID: head.user_id = f.text; break;
        default: break;
        }
    return head;
}

struct text event_traits(struct text body)
{
    for (struct fields f = fields_of(body); fields_next(&f);)
        if (f.field == FIELD_TEXTS + TEXT_TRAITS)
            return f.text;
    return (struct text){0};
}

struct event_head event_head_of(const struct event *e)
{
    return (struct event_head){.type = e->type,
                               .type_name = e->type_name,
                               .flags = e->flags,
                               .time_ms = e->time_ms,
                               .anonymous_id = e->anonymous_id,
                               .user_id = e->user_id};
}

enum event_type event_peek(struct text body, struct text *name)
{
    struct fields f = fields_of(body);

    *name = (struct text){0};
    while (fields_next(&f)) {
        if (f.field == FIELD_TYPE && f.number > EVENT_OTHER && f.number < EVENT_TYPE_COUNT)
            return (enum event_type)f.number;
        if (f.field == FIELD_TEXTS + TEXT_TYPE_NAME) {
            *name = f.text;
            return EVENT_OTHER;
        }
    }
    return EVENT_OTHER;
}
