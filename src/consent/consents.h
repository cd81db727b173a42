/* SPDX-License-Identifier: Apache-2.0 */
/* consents: what shoppers said they allow, per purpose, with source and time. A fold of the journal:
 * of events that state a consent, and of RECORD_CONSENT.
 *
 * What was never stated is the program's default, which the caller knows. Of two statements the one
 * made later counts, in whatever order they came; of one second, the refusal.
 *
 * Threads    one folder, or any number of readers (the shop's state lock sees to it). */
#ifndef CONSENT_CONSENTS_H
#define CONSENT_CONSENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "consent/who.h"
#include "journal/checkpoint.h"
#include "journal/event.h"

enum purpose { PURPOSE_ANALYTICS, PURPOSE_PERSONALIZATION, PURPOSE_EMAIL, PURPOSE_COUNT };
const char *purpose_word(enum purpose purpose);

/* Who said it. */
enum consent_source {
    CONSENT_BY_EVENT,   /* an event of the storefront */
    CONSENT_BY_SHOPPER, /* the shopper, under a public key or with a token of their own */
    CONSENT_BY_SHOP,    /* the shop's server */
    CONSENT_SOURCES
};
const char *consent_source_word(enum consent_source source);

struct statement {
    bool stated; /* else the rest means nothing */
    bool allowed;
    enum consent_source source;
    int64_t time_ms; /* to the second */
};

struct consent {
    struct statement of[PURPOSE_COUNT];
};

/* The body of a RECORD_CONSENT. One of the identifiers is there. */
struct consent_record {
    struct text anonymous_id, user_id;
    int8_t allowed[PURPOSE_COUNT]; /* 1, 0, or -1: not said */
    enum consent_source source;
    int64_t time_ms;
};
void consent_record_encode(const struct consent_record *r, struct buffer *out);
/* Texts point into `body`. ERR_CORRUPT when the bytes are none. */
MUST_USE enum status consent_record_decode(struct text body, struct consent_record *out,
                                           struct error *err);

/* What an event states under its identifiers. False, with `*out` untouched, when it states nothing. To
 * unsubscribe is to refuse e-mail. Anybody can name an address as a browser's id: what is allowed so counts
 * only when the shop itself says it. */
bool consent_record_of_event(const struct event *e, struct consent_record *out);

/* Leave of it what is refused: of what may not be recorded only that is obeyed. False: nothing is left. */
bool consent_record_refusals(struct consent_record *r);

struct consents;

struct consents *consents_new(void);
void consents_free(struct consents *c); /* NULL is fine */

void consents_fold(struct consents *c, struct who who, enum purpose purpose,
                   const struct statement *said);

/* The same for all that a record says, under each identifier it names. */
void consents_fold_record(struct consents *c, const uint8_t id_key[16],
                          const struct consent_record *said);

/* What an identifier stated is not known any more. */
void consents_forget(struct consents *c, struct who who);

/* All of `of` unstated for somebody unknown. */
void consents_read(const struct consents *c, struct who who, struct consent *out);

/* What two identifiers of one person stated: of each purpose what was said later; at the same time,
 * the refusal. */
void consent_join(struct consent *into, const struct consent *other);

/* Nobody ever stated anything. */
bool consents_none(const struct consents *c);
/* False while nobody ever refused `purpose`: then there is no need to look. */
bool consents_any_refused(const struct consents *c, enum purpose purpose);

void consents_save(const struct consents *c, struct checkpoint_writer *w);
/* Into new ones. ERR_CORRUPT when the sections do not fit this program. */
MUST_USE enum status consents_load(struct consents *c, const struct checkpoint *from,
                                   struct error *err);

#endif
