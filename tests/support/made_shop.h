/* SPDX-License-Identifier: Apache-2.0 */
/* made_shop: a shop without a fault, in memory: products as the demo's (demo/goods.h) with all they
 * want, sixty days of sessions, customers, answers asked for, a ledger. What is planted into it is what
 * an audit must find, and nothing else. */
#ifndef TESTS_SUPPORT_MADE_SHOP_H
#define TESTS_SUPPORT_MADE_SHOP_H

#include "audit/audit.h"
#include "base/arena.h"
#include "base/random.h"

enum { MADE_DAYS = 60, MADE_SESSIONS_A_DAY = 40, MADE_PRODUCTS = 300, MADE_CUSTOMERS = 400 };

struct made_event {
    struct event event;
    int64_t late_ms; /* between happening and receipt */
    bool dropped, planted;
};

struct made_product {
    struct product product;
    int64_t told_ms;               /* when its stock was told last */
    long image_status, url_status; /* what asking for them gives; 0: 200 */
    bool planted;
};

struct made_customer {
    const char *first, *last, *email, *phone, *street, *city, *zip;
    bool planted;
};

struct made_shop {
    struct arena arena;
    struct random random;
    struct made_product *products;
    size_t product_count, products_room;
    struct made_event *events; /* in no order */
    size_t event_count, events_room;
    struct made_customer *customers;
    size_t customer_count, customers_room;
    struct ledger_counts ledger;
    const char *unasked, *asked_once; /* surfaces; NULL: all are asked for twenty times */
    int64_t start_ms, now_ms;
    uint32_t planted; /* for ids of what is added */
};

/* The same seed makes the same. */
struct made_shop *made_shop_new(uint64_t seed);
void made_shop_free(struct made_shop **m); /* for SCOPED */

/* A further event of its own visitor and id; a further product, a copy of one with an id of its own. */
struct made_event *made_event_add(struct made_shop *m, enum event_type type, int64_t time_ms);
struct made_product *made_product_add(struct made_shop *m, const struct product *like);
/* One line of one product at its price, in memory of its own. */
void made_item(struct made_shop *m, struct event *e, const struct product *p);

/* One of a type that nothing was planted into yet, by chance; fails the test when there is none. */
struct made_event *made_pick(struct made_shop *m, enum event_type type);
/* One without variants, for sale, likewise. */
struct made_product *made_pick_product(struct made_shop *m);
struct made_customer *made_pick_customer(struct made_shop *m);

/* An audit of it; the report lives as long as the audit. */
const struct report *made_shop_audit(struct made_shop *m, struct audit **audit);

#endif
