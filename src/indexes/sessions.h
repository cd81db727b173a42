/* SPDX-License-Identifier: Apache-2.0 */
/* sessions: past sessions by product, the index of session nearest neighbours.
 *
 * Postings give, for each product, its most recent sessions, newest first; a session gives its
 * products in order and its shopper. After VMIS-kNN (Kersbergen, Sprangers, Schelter, SIGMOD 2022).
 * Numbers of products and sessions only, never an identifier. Under 23 bytes a click, all told.
 *
 * What is indexed of a set: its sessions with at least two clicks, the newest SESSION_CLICKS_MAX of
 * each; of anything but a view only the first mention of a product in its session, since a cart or
 * purchase of what was just viewed is no second look. All sessions count in frequencies.
 *
 * Lifetime   a generation's (mapped, immutable). Any number of readers. */
#ifndef INDEXES_SESSIONS_H
#define INDEXES_SESSIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "journal/numbers.h"

enum {
    SESSION_CLICKS_MAX = 200,    /* newest clicks of a session that are indexed */
    SESSION_POSTINGS_MAX = 2000, /* newest sessions of a product that are indexed */
};

/* Sessions to index, oldest first: session s has the clicks starts[s] .. starts[s + 1] - 1. */
struct session_set {
    uint32_t session_count;
    uint64_t click_count;
    uint64_t *starts;         /* session_count + 1 */
    product_number *products; /* click_count, in order of time; never PRODUCT_NONE or sensitive */
    uint8_t *kinds;           /* click_count, enum action_kind */
    int64_t *end_ms;          /* session_count: its last click */
    shopper_number *shoppers; /* session_count */
    uint32_t *orders; /* click_count: number of the order for ACTION_BUY, else 0; may be NULL */
    product_number product_count; /* numbers are below this */
};
void session_set_free(struct session_set *s); /* the arrays, not the struct */

/* Numbers of sessions in the order of shoppers, one shopper's oldest first; for mem_free. */
uint32_t *session_set_by_shopper(const struct session_set *set);

/* Write the index file. Deterministic: equal sets give equal bytes. ERR_LIMIT past 2^32 - 1 clicks.
 */
MUST_USE enum status sessions_build(const struct session_set *set, const char *path,
                                    struct error *err);

struct sessions; /* an open index */

/* Map and check. ERR_CORRUPT naming the file. */
MUST_USE enum status sessions_open(struct sessions **out, const char *path, struct error *err);
void sessions_close(struct sessions **s); /* for SCOPED */

uint32_t sessions_count(const struct sessions *s);
uint64_t sessions_clicks(const struct sessions *s);
product_number sessions_products(const struct sessions *s); /* products are below this */
uint64_t sessions_bytes(const struct sessions *s);

/* The most recent sessions holding `product`, newest (highest number) first. */
size_t sessions_of(const struct sessions *s, product_number product, const session_number **out);
/* A session's products in order. */
size_t session_products(const struct sessions *s, session_number session,
                        const product_number **out);
shopper_number session_shopper(const struct sessions *s, session_number session);
/* How many sessions of the whole set hold the product (not cut by the postings' bound). */
uint32_t sessions_frequency(const struct sessions *s, product_number product);

/* What neighbours weigh a product by; derived from frequencies when the index is built, so that no
 * answer waits for a logarithm. N is the number of sessions of the set, f the product's frequency,
 * r its frequency among the newest tenth of the sessions. A product of no session has zeros. */
struct session_weights {
    float similarity; /* ln((N + 1) / f)^3.5: how much it says that two sessions share it */
    float match;      /* (f + 1)^-0.2: how much its place in a neighbour says of what follows */
    float prior;      /* ((r + 0.8) / (0.1 f + 0.8))^(1/3) * f^-0.1: rising or falling, and not
                         merely big */
};
/* Of every product below sessions_products(). */
const struct session_weights *sessions_weights(const struct sessions *s);

#endif
