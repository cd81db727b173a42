/* SPDX-License-Identifier: Apache-2.0 */
/* tokens: walking a JSON document token by token, strictly (RFC 8259), in one pass. Private to
 * ingest/.
 *
 * A document that is no JSON sets `fault`; from then on nothing can be taken, so that callers may
 * look at it once, at the end. Texts point into the document, or into the arena when they had
 * escapes.
 *
 * Threads    one; and one walk at a time on a thread (see simdjson_bridge.h). */
#ifndef INGEST_TOKENS_H
#define INGEST_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum { TOKENS_DEPTH_MAX = 1024 };

struct tokens {
    struct text body;
    const uint32_t *at; /* `count` offsets, and the body's size behind */
    size_t count;
    size_t next;
    const char *fault; /* a constant sentence: why it is no JSON */
};

/* False, with fault set, when the bytes are not even tokens. */
bool tokens_open(struct tokens *t, struct text body);

/* The first byte of the next token; 0 at the end or after a fault. */
static inline char tokens_peek(const struct tokens *t)
{
    return t->fault == NULL && t->next < t->count ? t->body.data[t->at[t->next]] : '\0';
}

/* Take the next token if it is this brace, bracket, colon or comma. */
static inline bool tokens_take(struct tokens *t, char c)
{
    bool is = tokens_peek(t) == c;

    t->next += is;
    return is;
}

bool tokens_fault(struct tokens *t, const char *sentence); /* keeps the first; false */

/* The bytes of the next token, without space behind it. */
struct text tokens_raw(const struct tokens *t);

/* Take a scalar: its raw bytes, checked. Strings with their quotes. */
bool tokens_scalar(struct tokens *t, struct text *raw);

/* Take a value of any kind, checked. */
bool tokens_skip(struct tokens *t);

/* Take the next key and colon of an object whose '{' was taken (`members` counts, from 0): false at
 * its '}', which is taken, and on a fault. */
bool tokens_member(struct tokens *t, size_t *members, struct text *raw_key);

/* The same for an array's elements. */
bool tokens_element(struct tokens *t, size_t *elements);

/* The content of a checked raw string. False when it is no text: a lone surrogate or a NUL. */
bool tokens_text(struct text raw, struct arena *a, struct text *out);

/* Nothing may follow the document. */
bool tokens_end(struct tokens *t);

#endif
