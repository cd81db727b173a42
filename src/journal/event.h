/* SPDX-License-Identifier: Apache-2.0 */
/* event: one thing a shopper did, as the journal keeps it.
 *
 * E-mail addresses and phone numbers never get this far: ingest/ has replaced them by keyed hashes.
 * All texts point into memory of whoever filled the struct (a request's arena, a record's body). */
#ifndef JOURNAL_EVENT_H
#define JOURNAL_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum event_type {
    EVENT_OTHER,
#define EVENT_TYPE(name) EVENT_##name,
#include "journal/event.def"
#undef EVENT_TYPE
    EVENT_TYPE_COUNT
};

/* EVENT_OTHER when the name is not in event.def. */
enum event_type event_type_find(struct text name);
const char *event_type_name(enum event_type type); /* "other" for EVENT_OTHER */

enum {
    EVENT_ITEMS_MAX = 200,
    EVENT_ID_MAX = 128,              /* bytes of any identifier: id, anonymous_id, item_id, ... */
    EVENT_TEXT_MAX = 2048,           /* bytes of any other single text */
    SESSION_GAP_MS = 30 * 60 * 1000, /* a session is over when nothing came for so long */
};

enum event_flags {
    EVENT_VERIFIED = 1,           /* came under a secret key, by import, or over the socket */
    EVENT_PERSONALIZATION = 2,    /* consent: may be used to personalise */
    EVENT_EMAIL = 4,              /* consent: may be used to send e-mail */
    EVENT_CONSENT_STATED = 8,     /* the event itself said so, not the program's default */
    EVENT_USER_VERIFIED = 16,     /* user_id is vouched for: secret key or signed token */
    EVENT_ANALYTICS_REFUSED = 32, /* only on events of type consent, which then say nothing else */
    EVENT_TIME_AHEAD = 64, /* its time lay a minute or more ahead of ours, and was cut back */
    EVENT_GPC = 128, /* came with Sec-GPC: 1 and said nothing of e-mail: refused, unless they did */
    EVENT_EMAIL_UNSAID = 256, /* a consent was stated, but not of e-mail: EVENT_EMAIL is no word of
                                 theirs */
};

struct event_item {
    struct text item_id;
    int64_t quantity; /* 1 when not given; never negative */
    int64_t price;    /* micros of the event's currency, MONEY_NONE when not given */
    int32_t index;    /* position in the list it stood in, 0 when not given */
};

struct event {
    struct text id;
    enum event_type type;
    struct text type_name; /* only for EVENT_OTHER */
    uint32_t flags;        /* enum event_flags */
    uint64_t fingerprint;  /* of what the sender said, without sent_at: equal for an honest retry */
    int64_t time_ms; /* when it happened, corrected for the sender's clock, never in the future */
    struct text anonymous_id; /* one of anonymous_id and user_id is present */
    struct text user_id;
    struct text session_id;
    struct event_item *items;
    uint32_t item_count;
    struct text currency; /* ISO 4217 */
    int64_t value;        /* micros, MONEY_NONE */
    struct text transaction_id;
    struct text search_term;
    struct text request_id; /* the decision that led here */
    struct text page_url, page_referrer;
    struct text user_agent, device, locale, time_zone, country;
    struct text campaign_source, campaign_medium, campaign_name;
    struct text filters, traits, properties; /* compact JSON as received, redacted */
    int64_t scroll_percent;                  /* -1 when not given */
};

/* Append the body of a RECORD_EVENT. */
void event_encode(const struct event *e, struct buffer *out);

/* Read it back; texts point into `body`, items into `a`. ERR_CORRUPT when the bytes are none. */
MUST_USE enum status event_decode(struct text body, struct arena *a, struct event *out,
                                  struct error *err);

/* Append it as one JSON object in our own schema, such as ingest/ reads back to the same event: for
 * exports, and for refused items that may be tried again. */
void event_print(const struct event *e, struct buffer *out);

/* What tells whose it is and whether it may be kept, without decoding the rest. Texts point into
 * `body`, absent where there are none. */
struct event_head {
    enum event_type type;
    struct text type_name;
    uint32_t flags;
    int64_t time_ms;
    struct text anonymous_id, user_id;
};
struct event_head event_head(struct text body);
/* The same of an event that is decoded. */
struct event_head event_head_of(const struct event *e);

/* Its traits alone, absent where there are none. */
struct text event_traits(struct text body);

/* The type of an encoded event alone and, for EVENT_OTHER, its name. */
enum event_type event_peek(struct text body, struct text *name);

#endif
