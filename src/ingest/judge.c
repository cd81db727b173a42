/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/money.h"
#include "base/time.h"
#include "ingest/person.h"

struct judged {
    struct event *e;
    const struct claim *claim;
    const struct ingest_context *context;
    struct arena *arena;
    struct refusal *why;
};

enum text_kind { KIND_ID, KIND_TEXT, KIND_URL, KIND_JSON };

static const struct {
    const char *name;
    size_t offset;
    enum text_kind kind;
} texts[] = {
    {"id", offsetof(struct event, id), KIND_ID},
    {"type", offsetof(struct event, type_name), KIND_ID},
    {"anonymous_id", offsetof(struct event, anonymous_id), KIND_ID},
    {"user_id", offsetof(struct event, user_id), KIND_ID},
    {"session_id", offsetof(struct event, session_id), KIND_ID},
    {"currency", offsetof(struct event, currency), KIND_ID},
    {"transaction_id", offsetof(struct event, transaction_id), KIND_ID},
    {"request_id", offsetof(struct event, request_id), KIND_ID},
    {"search_term", offsetof(struct event, search_term), KIND_TEXT},
    {"page.url", offsetof(struct event, page_url), KIND_URL},
    {"page.referrer", offsetof(struct event, page_referrer), KIND_URL},
    {"context.user_agent", offsetof(struct event, user_agent), KIND_TEXT},
    {"context.device", offsetof(struct event, device), KIND_TEXT},
    {"context.locale", offsetof(struct event, locale), KIND_TEXT},
    {"context.time_zone", offsetof(struct event, time_zone), KIND_TEXT},
    {"context.country", offsetof(struct event, country), KIND_TEXT},
    {"context.campaign.source", offsetof(struct event, campaign_source), KIND_TEXT},
    {"context.campaign.medium", offsetof(struct event, campaign_medium), KIND_TEXT},
    {"context.campaign.name", offsetof(struct event, campaign_name), KIND_TEXT},
    {"filters", offsetof(struct event, filters), KIND_JSON},
    {"traits", offsetof(struct event, traits), KIND_JSON},
    {"properties", offsetof(struct event, properties), KIND_JSON},
};

bool refuse(struct refusal *why, const char *code, const char *field, const char *format, ...)
{
    va_list args;

    why->code = code;
    snprintf(why->field, sizeof(why->field), "%s", field);
    va_start(args, format);
    vsnprintf(why->message, sizeof(why->message), format, args);
    va_end(args);
    return false;
}

static struct text *text_at(struct event *e, size_t offset)
{
    return (struct text *)(void *)((char *)e + offset);
}

static bool is_id(struct text t)
{
    bool control = false;

    for (size_t i = 0; i < t.size; i++)
        control |= (unsigned char)t.data[i] < 0x20 || t.data[i] == 0x7f;
    return !control && t.size > 0 && t.size <= EVENT_ID_MAX;
}

/* Empty is absent; the rest is bounded, and without bytes that have no place in it. */
static bool check_text(struct text *t, enum text_kind kind, const char *name, struct refusal *why)
{
    static const size_t limits[] = {[KIND_ID] = EVENT_ID_MAX,
                                    [KIND_TEXT] = EVENT_TEXT_MAX,
                                    [KIND_URL] = EVENT_TEXT_MAX,
                                    [KIND_JSON] = INGEST_EVENT_BYTES_MAX};

    if (t->size == 0) {
        *t = (struct text){0};
        return true;
    }
    if (t->size > limits[kind])
        return refuse(why, "too_long", name, "%s has %zu bytes; %zu are allowed", name, t->size,
                      limits[kind]);
    if (kind == KIND_ID && !is_id(*t))
        return refuse(why, "bad_text", name, "%s holds a control character", name);
    return true;
}

static bool check_texts(struct judged *j)
{
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct text *t = text_at(j->e, texts[i].offset);

        if (t->data != NULL && !check_text(t, texts[i].kind, texts[i].name, j->why))
            return false;
    }
    return true;
}

static bool check_items(struct judged *j)
{
    char name[32];

    if (j->e->item_count > EVENT_ITEMS_MAX)
        return refuse(j->why, "too_many", "items", "an event has at most %d items",
                      EVENT_ITEMS_MAX);
    for (uint32_t i = 0; i < j->e->item_count; i++) {
        struct event_item *item = &j->e->items[i];

        if (is_id(item->item_id))
            continue;
        snprintf(name, sizeof(name), "items[%u].item_id", i);
        if (!check_text(&item->item_id, KIND_ID, name, j->why))
            return false;
        return refuse(j->why, "missing", name, "an item needs an item_id");
    }
    return true;
}

static bool check_type(struct judged *j)
{
    struct event *e = j->e;

    if (e->type == EVENT_OTHER && e->type_name.data == NULL)
        return refuse(j->why, "missing", "type", "an event needs a type, such as \"view_item\"");
    if (e->type >= EVENT_email_sent && e->type != EVENT_unsubscribe && !j->context->secret)
        return refuse(j->why, "wrong_type", "type",
                      "%s comes from the engine or under a secret key only",
                      event_type_name(e->type));
    return true;
}

/* A refused item that is tried again must not become one person with all others redacted. */
static bool is_redacted(struct text t)
{
    return text_is(t, "[redacted]");
}

static bool check_who(struct judged *j)
{
    struct event *e = j->e;

    if (e->id.data == NULL || is_redacted(e->id))
        return refuse(j->why, "missing", "id",
                      "an event needs an id of its own, so that a retry counts once");
    if (is_redacted(e->user_id) || is_redacted(e->anonymous_id))
        return refuse(j->why, "missing", "anonymous_id", "who it was has been redacted");
    if (e->anonymous_id.data == NULL && e->user_id.data == NULL)
        return refuse(j->why, "missing", "anonymous_id",
                      "an event needs an anonymous_id or a user_id");
    e->flags &= ~(uint32_t)(EVENT_VERIFIED | EVENT_USER_VERIFIED);
    if (j->context->secret)
        e->flags |= EVENT_VERIFIED;
    if (e->user_id.data == NULL)
        return true;
    if (!j->context->secret && !user_token_valid(j->claim->token, e->user_id, j->context->token_key,
                                                 j->context->received_ms))
        return refuse(j->why, "bad_token", "user_token",
                      j->claim->token.size == 0
                          ? "a user_id under a public key needs a user_token signed by the shop"
                          : "the user_token is not valid for this user_id, or has expired");
    e->flags |= EVENT_USER_VERIFIED;
    return true;
}

static bool check_money(struct judged *j)
{
    struct event *e = j->e;

    if (e->currency.data != NULL && !currency_valid(e->currency))
        return refuse(j->why, "bad_currency", "currency",
                      "currency must be three capital letters of ISO 4217, such as \"EUR\"");
    for (uint32_t i = 0; i < e->item_count; i++) {
        char name[32];

        if (e->items[i].quantity >= 0 &&
            (e->items[i].price >= 0 || e->items[i].price == MONEY_NONE))
            continue;
        snprintf(name, sizeof(name), "items[%u].%s", i,
                 e->items[i].quantity < 0 ? "quantity" : "price");
        return refuse(j->why, e->items[i].quantity < 0 ? "wrong_type" : "bad_money", name,
                      "%s must not be negative; what comes back is a refund", name);
    }
    return true;
}

/* A choice against analytics must be kept to be honoured: who, when, and nothing else. */
static void keep_choice_alone(struct event *e)
{
    struct event bare = {.id = e->id,
                         .type = e->type,
                         .flags = e->flags | EVENT_ANALYTICS_REFUSED,
                         .anonymous_id = e->anonymous_id,
                         .user_id = e->user_id,
                         .time_ms = e->time_ms,
                         .value = MONEY_NONE,
                         .scroll_percent = -1};

    *e = bare;
}

/* Global Privacy Control speaks where the shopper did not. */
static void take_defaults(struct event *e, const struct ingest_context *context)
{
    e->flags &= ~(uint32_t)(EVENT_PERSONALIZATION | EVENT_EMAIL | EVENT_EMAIL_UNSAID);
    if (context->gpc) {
        e->flags |= EVENT_GPC;
        return;
    }
    e->flags |= context->default_personalization ? EVENT_PERSONALIZATION : 0;
    e->flags |= context->default_email ? EVENT_EMAIL : 0;
}

static bool check_consent(struct judged *j)
{
    struct event *e = j->e;
    bool stated = (e->flags & EVENT_CONSENT_STATED) != 0;
    bool analytics =
        stated ? (e->flags & EVENT_ANALYTICS_REFUSED) == 0 : j->context->default_analytics;

    e->flags &= ~(uint32_t)EVENT_ANALYTICS_REFUSED;
    e->flags &= ~(uint32_t)EVENT_GPC;
    if (!stated) {
        take_defaults(e, j->context);
    } else if (j->context->gpc && (e->flags & EVENT_EMAIL_UNSAID) != 0) {
        e->flags &= ~(uint32_t)EVENT_EMAIL;
        e->flags |= EVENT_GPC;
    }
    if (e->type == EVENT_consent && !stated)
        return refuse(j->why, "missing", "consent", "a consent event needs the field consent");
    if (analytics)
        return true;
    if (e->type != EVENT_consent) {
        e->flags |=
            stated ? EVENT_ANALYTICS_REFUSED : 0; /* what it refuses is obeyed all the same */
        return refuse(j->why, "no_consent", "consent", "the shopper did not consent to analytics");
    }
    keep_choice_alone(e);
    return true;
}

/* Segment's rule: the difference between our clock and the sender's, at sending, moves the event.
 */
static bool set_time(struct judged *j)
{
    const struct claim *claim = j->claim;
    int64_t received_ms = j->context->received_ms;
    int64_t time_ms = claim->said_ms;

    if (time_ms == 0)
        time_ms = received_ms;
    else if (claim->sent_ms != 0)
        time_ms += received_ms - claim->sent_ms;
    j->e->flags &= ~(uint32_t)EVENT_TIME_AHEAD;
    j->e->flags |= time_ms - received_ms >= MS_MINUTE ? EVENT_TIME_AHEAD : 0;
    if (time_ms > received_ms)
        time_ms = received_ms;
    j->e->time_ms = time_ms > 0 ? time_ms : 1; /* 0 is "not given" */
    return true;
}

static bool replace_people(struct judged *j)
{
    const uint8_t *key = j->context->person_key;
    struct arena *a = j->arena;

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct text *t = text_at(j->e, texts[i].offset);

        if (t->data == NULL || texts[i].kind == KIND_JSON)
            continue;
        *t =
            texts[i].kind == KIND_URL ? person_replace_url(*t, key, a) : person_replace(*t, key, a);
    }
    for (uint32_t i = 0; i < j->e->item_count; i++)
        j->e->items[i].item_id = person_replace(j->e->items[i].item_id, key, a);
    return true;
}

/* Anybody can type an address into a page: under a public key traits tell nobody's, and none is kept. */
static bool strip_addresses(struct judged *j)
{
    SCOPED(buffer_free) struct buffer out = {0};
    struct text traits = j->e->traits, hash;
    size_t from = 0, done = 0;

    if (j->context->secret)
        return true;
    while ((hash = person_find_hash(traits, &from)).size > 0) {
        buffer_add(&out, traits.data + done, (size_t)(hash.data - traits.data) - done);
        buffer_add(&out, hash.data, 6); /* "email:" or "phone:" */
        buffer_add_text(&out, TEXT("nobody"));
        done = from;
    }
    if (done == 0)
        return true;
    buffer_add(&out, traits.data + done, traits.size - done);
    j->e->traits = arena_text(j->arena, buffer_text(&out));
    return true;
}

/* Of what the sender said: neither when it was sent, nor what we concluded. */
static bool set_fingerprint(struct judged *j)
{
    struct event *e = j->e;
    int64_t numbers[] = {j->claim->said_ms, e->value,      e->scroll_percent,
                         (int64_t)e->type,  e->item_count, 0};
    uint64_t hash;

    if (e->flags & EVENT_CONSENT_STATED)
        numbers[5] = e->flags & (EVENT_CONSENT_STATED | EVENT_PERSONALIZATION | EVENT_EMAIL |
                                 EVENT_ANALYTICS_REFUSED);
    hash = hash_bytes(numbers, sizeof(numbers), 0);
    for (size_t i = 0; i < COUNT(texts); i++) {
        const struct text *t = text_at(e, texts[i].offset);

        if (t->data != NULL)
            hash = hash_text(*t, hash + i);
    }
    for (uint32_t i = 0; i < e->item_count; i++) {
        const struct event_item *item = &e->items[i];
        int64_t of_item[] = {item->quantity, item->price, item->index};

        hash = hash_bytes(of_item, sizeof(of_item), hash_text(item->item_id, hash));
    }
    e->fingerprint = hash;
    return true;
}

bool judge(struct event *e, const struct claim *claim, const struct ingest_context *context,
           struct arena *a, struct refusal *why)
{
    static bool (*const checks[])(struct judged *) = {
        check_texts,     /* lengths, control characters    */
        check_items,     /* their number and ids           */
        check_type,      /* what happened                  */
        check_who,       /* to whom, and how we know       */
        check_money,     /* in which currency              */
        set_time,        /* when, by our clock             */
        replace_people,  /* hashes for e-mail and phone    */
        strip_addresses, /* those that anybody can name    */
        check_consent,   /* may it be kept                 */
        set_fingerprint  /* equal for an honest retry      */
    };
    struct judged j = {e, claim, context, a, why};

    for (size_t i = 0; i < COUNT(checks); i++)
        if (!checks[i](&j))
            return false;
    return true;
}
