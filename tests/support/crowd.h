/* SPDX-License-Identifier: Apache-2.0 */
/* crowd: a shop of its own, filled through the real paths by a made crowd, any one of whom may be left
 * out: for tests of what hangs on one person. Ten seconds pass between two things that happen. */
#ifndef TESTS_SUPPORT_CROWD_H
#define TESTS_SUPPORT_CROWD_H

#include "base/arena.h"
#include "journal/event.h"
#include "paths/recommend.h"
#include "tests/support/shop.h"

struct crowd_shop {
    struct test_shop t;
    struct arena arena;
    int64_t now_ms;
    uint32_t events;      /* recorded so far */
    const char *left_out; /* a shopper of whom nothing is recorded; NULL: nobody */
};

/* Make the shop and apply `program`, which stands behind owner, currency and policies that give
 * everybody's consent and no traffic thresholds, and a support of 3 unless the program sets it. It may
 * begin with further policies, indented. */
void crowd_open(struct crowd_shop *c, const char *program);
void crowd_close(struct crowd_shop *c); /* for SCOPED */
/* Apply another such program. */
void crowd_program(struct crowd_shop *c, const char *program);

/* A product at 10.00 EUR; `category` NULL: none. */
void crowd_product(struct crowd_shop *c, const char *id, const char *title, const char *category);

/* One verified event about `items`, a list like "table,lamp". */
void crowd_event(struct crowd_shop *c, const char *shopper, enum event_type type,
                 const char *items);

/* Popularity takes its new values; then a generation of all there is serves. */
void crowd_train(struct crowd_shop *c);

/* The answer for `surface` to a stranger, or to what `q` says besides; kept when the shop can write. */
void crowd_ask(struct crowd_shop *c, struct question q, struct answer *out);

/* The item of an answer; NULL: it is not there. */
const struct answer_item *crowd_item(const struct answer *answer, const char *id);

#endif
