/* SPDX-License-Identifier: Apache-2.0 */
/* demo: a made-up shop with made-up shoppers, from a fixed seed.
 *
 * The shop sells furniture and things for the home. The shoppers follow a stated choice model
 * (demo/choice.h): a multinomial logit over what they happen to consider, with tastes for styles, a
 * budget, and things that go together. Nothing of it is real, and nothing reads it back but through
 * the same paths that a real shop's data takes.
 *
 * Threads    one at a time. */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "paths/shop.h"

struct demo_options {
    uint64_t seed;
    uint32_t products;       /* 2,000 in `endcap demo` */
    uint32_t days;           /* 60 */
    uint32_t sessions_a_day; /* 450 */
    uint64_t events_max;     /* stop after so many; 0: when the days are over */
    int64_t now_ms;          /* the last of those days ends here */
    void (*progress)(void *context, const char *stage, uint64_t done, uint64_t total);
    void *context;
};

struct demo_options demo_defaults(int64_t now_ms);

struct demo_counts {
    uint64_t products, events, sessions, purchases;
};

/* Record the products, then the events, through the record path, and end with a tick. `stop` (may
 * be NULL) is looked at between batches. */
MUST_USE enum status demo_fill(struct shop *shop, const struct demo_options *options,
                               const volatile sig_atomic_t *stop, struct demo_counts *counts,
                               struct error *err);

/* The page at `/` and what it loads: true when `path` is one of them. `content_type` and `body`
 * live as long as the process. */
bool demo_file(struct text path, const char **content_type, struct text *body);

/* What the page needs to know, as JSON: the public `key` it calls with, the currency, the
 * categories, and products of one category ("" for the bestsellers). The state is locked inside. */
void demo_products_json(struct shop *shop, struct text key, struct text category,
                        struct buffer *out);

#endif
