/* SPDX-License-Identifier: Apache-2.0 */
/* record: one entry of the journal: a kind, the time it was received, and a body.
 *
 * Bodies are compact bytes written with the `put_` functions and read with fields_next: a field
 * number (1..255) and a value, fields in rising order, absent fields not written; unknown fields
 * are skipped by older readers. Integers are zigzag varints, texts a length and the bytes. */
#ifndef JOURNAL_RECORD_H
#define JOURNAL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "journal/numbers.h"

enum record_kind {
    RECORD_EVENT = 1,      /* journal/event.h */
    RECORD_PRODUCT = 2,    /* journal/product.h: the whole product as it is now */
    RECORD_STOCK = 3,      /* journal/product.h: stock and availability of one product or variant */
    RECORD_UNPUBLISH = 4,  /* body: the item id */
    RECORD_PROGRAM = 5,    /* program/: a version with author, reason and document */
    RECORD_GENERATION = 6, /* indexes/: the generation that serves from here on */
    RECORD_TICK = 7,       /* global counters take their new values; no body */
    RECORD_PREFERENCES = 8, /* consent/: what a shopper wishes from here on */
    RECORD_IDENTITY = 9,    /* identity/: what is said by hand of who is one person */
    RECORD_CONSENT = 12,    /* consent/consents.h: what a shopper allows, not said by an event */
    RECORD_ERASURE = 13,    /* consent/erasures.h: a person is erased, from here on */
    RECORD_ERASED = 14,     /* journal/erased.h: stands where a record of an erased person stood */
    RECORD_RETENTION = 15,  /* profiles silent since then go; body: that time, 8 bytes */
};

struct record {
    struct position position;
    enum record_kind kind;
    int64_t time_ms; /* when it was received, by our clock; never falls along the journal */
    struct text body;
};

/* Writing a body. */
void put_i64(struct buffer *b, uint8_t field, int64_t value);
void put_text(struct buffer *b, uint8_t field, struct text value); /* absent: nothing is written */

/* A text field that is a body itself: put_begin, the inner fields, put_end with what it returned.
 */
size_t put_begin(struct buffer *b, uint8_t field);
void put_end(struct buffer *b, size_t begun);

/* Reading a body: call fields_next until it is false. Damaged bytes end it with `bad` set. */
struct fields {
    struct text rest;
    uint8_t field;
    bool is_text;
    int64_t number;
    struct text text; /* points into the body */
    bool bad;
};
struct fields fields_of(struct text body);
bool fields_next(struct fields *f);

#endif
