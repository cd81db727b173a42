/* SPDX-License-Identifier: Apache-2.0 */
/* shape: from the tokens of one JSON event to the fields of a draft, by one table of rows. Private
 * to ingest/. */
#ifndef INGEST_SHAPE_H
#define INGEST_SHAPE_H

#include "ingest/judge.h"
#include "ingest/tokens.h"

/* What was read, before judge() saw it. Texts point into the document or the arena. */
struct draft {
    struct event event; /* its items point to `items` */
    struct claim claim;
    int8_t analytics, personalization, email; /* -1: not said */
    struct event_item items[EVENT_ITEMS_MAX];
};

struct reader {
    struct tokens tokens;
    struct arena *arena;
    const struct ingest_context *context;
    struct refusal *why;
    struct buffer scratch; /* compact JSON being written */
    struct text email;     /* traits.email of the event, as it came; absent: none */
};

/* Read the object that is next. False: `why` says what is wrong with it, the walk stands somewhere
 * inside; or the tokens have a fault. */
bool shape_event(struct reader *r, struct draft *out);

/* Copy the value that is next as compact JSON without what identifies a person, into the arena. At
 * most INGEST_PROPERTIES_MAX members, INGEST_DEPTH_MAX levels less `depth`. `name` is for refusals;
 * of "traits" the e-mail address goes to the reader's `email` as it came.
 */
bool shape_json(struct reader *r, const char *name, int depth, struct text *out);

#endif
