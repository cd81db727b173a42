/* SPDX-License-Identifier: Apache-2.0 */
/* ingest: outside bytes become events, or refusals that say which field and why.
 *
 * What is done here, in this order: limits (event 32 KiB, depth 8, 200 items, 32 properties,
 * strings as in journal/event.h); shape and types; ids and money; time: `time` is corrected by
 * received - sent_at when sent_at is given, and never lies in the future; consent: an event without
 * analytics consent (stated, or the program's default) is refused as no_consent; a user_id under a
 * public key needs a signed user_token; e-mail addresses and phone numbers (traits.email,
 * traits.phone, any other text value that is one, page URLs' query values) are replaced by "email:"
 * or "phone:" and a keyed hash; in traits under a public key, where anybody can type one, by
 * "email:nobody" or "phone:nobody". What a no_consent event says of consent goes along (batch_add_choice).
 *
 * Threads    everything here is pure: given its context, any number of threads. */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "ingest/batch.h"
#include "journal/event.h"

enum {
    INGEST_EVENT_BYTES_MAX = 32 * 1024,
    INGEST_BODY_BYTES_MAX = 1024 * 1024,
    INGEST_BODY_EVENTS_MAX = 1000,
    INGEST_DEPTH_MAX = 8,
    INGEST_PROPERTIES_MAX = 32,
};

/* What judging an item depends on besides its bytes. */
struct ingest_context {
    int64_t received_ms;
    bool secret; /* under a secret key, by import, or over the socket */
    bool gpc;    /* came with Sec-GPC: 1 */
    bool default_analytics, default_personalization, default_email; /* program: consent_default */
    uint8_t person_key[32]; /* HMAC key for e-mail and phone hashes */
    uint8_t token_key[32];  /* HMAC key of user tokens */
    uint8_t id_key[16];     /* key of event id hashes */
};

/* One event or {"events": [...]} into entries of `batch`. ERR_INVALID when the body is no JSON of
 * either shape, ERR_LIMIT over 1,000 events: nothing is added then. */
MUST_USE enum status ingest_json(struct text body, const struct ingest_context *context,
                                 struct batch *batch, struct error *err);

/* One line of a JSONL import: always adds exactly one entry. An event without "id" gets one from
 * its bytes and `occurrence` (how often the same bytes stood before in this file). */
void ingest_json_line(struct text line, uint64_t number, uint64_t occurrence,
                      const struct ingest_context *context, struct batch *batch);

/* What came with an event that another format filled. A zeroed one says nothing. */
struct ingest_said {
    int64_t sent_ms;   /* 0: none */
    struct text token; /* of the user; absent: none */
    struct text raw;   /* as it came, kept when it is refused */
    uint64_t line;     /* of a file, from 1 */
};

/* An event that another format filled, its time_ms uncorrected (0: none): the shared checks
 * (lengths, time, consent, token, hashing) and one entry. Texts are copied as needed. Of consent, a
 * filler that knows it sets EVENT_CONSENT_STATED and the flags of what was allowed or
 * EVENT_ANALYTICS_REFUSED. */
void ingest_event(struct event *e, const struct ingest_said *said,
                  const struct ingest_context *context, struct batch *batch);

/* "1735689600.<64 hex>": expiry in Unix seconds, and HMAC-SHA-256 over user_id "." expiry with the
 * shop's token key. Compared in constant time. */
bool user_token_valid(struct text token, struct text user_id, const uint8_t token_key[32],
                      int64_t now_ms);
/* Makes one (tests, `endcap` for engineers trying it out). */
void user_token_make(struct text user_id, int64_t expires_s, const uint8_t token_key[32],
                     struct buffer *out);

#endif
