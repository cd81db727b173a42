/* SPDX-License-Identifier: Apache-2.0 */
/* event_print: an event as the JSON ingest/ reads. Contract in event.h. */
#include "base/json.h"
#include "base/money.h"
#include "base/time.h"
#include "journal/event.h"

struct named_text {
    const char *name;
    struct text value;
};

static void print_text(struct json *j, const char *key, struct text value)
{
    if (value.data != NULL)
        json_key_text(j, key, value);
}

static void print_json(struct json *j, const char *key, struct text value)
{
    if (value.data == NULL)
        return;
    json_key(j, key);
    json_raw(j, value);
}

static void print_items(struct json *j, const struct event *e)
{
    if (e->item_count == 0)
        return;
    json_key(j, "items");
    json_array_begin(j);
    for (uint32_t i = 0; i < e->item_count; i++) {
        const struct event_item *item = &e->items[i];

        json_object_begin(j);
        json_key_text(j, "item_id", item->item_id);
        json_key_i64(j, "quantity", item->quantity);
        if (item->price != MONEY_NONE)
            json_key_money(j, "price", item->price);
        if (item->index != 0)
            json_key_i64(j, "index", item->index);
        json_object_end(j);
    }
    json_array_end(j);
}

/* An object of the texts that are there; nothing when none is. */
static void print_texts(struct json *j, const char *key, const struct named_text *texts,
                        size_t count)
{
    bool begun = false;

    for (size_t i = 0; i < count; i++) {
        if (texts[i].value.data == NULL)
            continue;
        if (!begun) {
            json_key(j, key);
            json_object_begin(j);
        }
        begun = true;
        json_key_text(j, texts[i].name, texts[i].value);
    }
    if (begun)
        json_object_end(j);
}

static void print_page(struct json *j, const struct event *e)
{
    const struct named_text texts[] = {{"url", e->page_url}, {"referrer", e->page_referrer}};

    print_texts(j, "page", texts, COUNT(texts));
}

static void print_context(struct json *j, const struct event *e)
{
    const struct named_text texts[] = {{"user_agent", e->user_agent},
                                       {"device", e->device},
                                       {"locale", e->locale},
                                       {"time_zone", e->time_zone},
                                       {"country", e->country}};
    const struct named_text campaign[] = {
        {"source", e->campaign_source}, {"medium", e->campaign_medium}, {"name", e->campaign_name}};
    bool any = e->campaign_source.data != NULL || e->campaign_medium.data != NULL ||
               e->campaign_name.data != NULL;

    for (size_t i = 0; i < COUNT(texts); i++)
        any = any || texts[i].value.data != NULL;
    if (!any)
        return;
    json_key(j, "context");
    json_object_begin(j);
    for (size_t i = 0; i < COUNT(texts); i++)
        print_text(j, texts[i].name, texts[i].value);
    print_texts(j, "campaign", campaign, COUNT(campaign));
    json_object_end(j);
}

static void print_consent(struct json *j, const struct event *e)
{
    if ((e->flags & EVENT_CONSENT_STATED) == 0)
        return;
    json_key(j, "consent");
    json_object_begin(j);
    json_key_bool(j, "analytics", (e->flags & EVENT_ANALYTICS_REFUSED) == 0);
    json_key_bool(j, "personalization", (e->flags & EVENT_PERSONALIZATION) != 0);
    if ((e->flags & EVENT_EMAIL_UNSAID) == 0)
        json_key_bool(j, "email", (e->flags & EVENT_EMAIL) != 0);
    json_object_end(j);
}

void event_print(const struct event *e, struct buffer *out)
{
    struct json j = json_to(out);
    char time[TIME_TEXT_SIZE];

    json_object_begin(&j);
    json_key_text(&j, "id", e->id);
    json_key_text(&j, "type",
                  e->type == EVENT_OTHER ? e->type_name : text_from(event_type_name(e->type)));
    json_key_string(&j, "time", time_print(e->time_ms, time));
    print_text(&j, "anonymous_id", e->anonymous_id);
    print_text(&j, "user_id", e->user_id);
    print_text(&j, "session_id", e->session_id);
    print_items(&j, e);
    print_text(&j, "currency", e->currency);
    if (e->value != MONEY_NONE)
        json_key_money(&j, "value", e->value);
    print_text(&j, "transaction_id", e->transaction_id);
    print_text(&j, "search_term", e->search_term);
    print_json(&j, "filters", e->filters);
    if (e->scroll_percent >= 0)
        json_key_i64(&j, "scroll_percent", e->scroll_percent);
    print_text(&j, "request_id", e->request_id);
    print_page(&j, e);
    print_context(&j, e);
    print_json(&j, "traits", e->traits);
    print_json(&j, "properties", e->properties);
    print_consent(&j, e);
    json_object_end(&j);
}
