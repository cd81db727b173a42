/* SPDX-License-Identifier: Apache-2.0 */
/* ranked: a shop of which every surface stands on the rung learned, with trees that say what chance had
 * them say: which order they give is of no account, that it is one is. */
#ifndef TESTS_SUPPORT_RANKED_H
#define TESTS_SUPPORT_RANKED_H

#include "base/arena.h"
#include "indexes/generation.h"
#include "tests/support/shop.h"

enum { RANKED_PRODUCTS = 120 };

/* A shop with products, past sessions, a generation that serves, and `program` (owner, currency and
 * policies are there already; the rest of the document). `*now_ms` becomes when the past ended. */
void ranked_shop_open(struct test_shop *t, const char *program, int64_t *now_ms);

/* The same, and what tests of answers need beside it. */
struct ranked_place {
    struct test_shop t;
    struct arena a;
    const struct generation *generation; /* that serves, pinned */
    int64_t now_ms;
};
void ranked_place_open(struct ranked_place *p, const char *program);
void ranked_place_close(struct ranked_place *p);

/* Serve from a generation of all there is, with trees made of `seed`. */
void ranked_shop_train(struct shop *shop, uint64_t seed, int64_t now_ms);

/* One shopper's session, number `session` of them, from `*now_ms` on, a minute an event: views, carts,
 * purchases and lists shown, of products drawn by the number. `each` is called behind every event that
 * is an action, with the product; NULL is fine. */
typedef void ranked_each(void *context, const char *shopper, int64_t time_ms);
void ranked_shop_walk(struct shop *shop, uint32_t session, int64_t *now_ms, ranked_each *each,
                      void *context);

#endif
