/* SPDX-License-Identifier: Apache-2.0 */
/* parts: what the passes of an audit share. Private to audit/. */
#ifndef AUDIT_PARTS_H
#define AUDIT_PARTS_H

#include "audit/audit.h"
#include "audit/table.h"
#include "base/arena.h"
#include "base/intern.h"
#include "base/money.h"
#include "base/time.h"
#include "ingest/robots.h"
#include "profile/profile.h"

enum {
    DAYS_MAX = 40000, /* days since 1970 that are told apart */
    CURRENCIES_MAX = 64,
    SURFACES_MAX = 128,
    MONTH_DAYS = 30,
};

/* What a session or a visitor did. */
enum seen {
    SEEN_VIEW = 1,
    SEEN_LIST = 2,
    SEEN_CART = 4,
    SEEN_CHECKOUT = 8,
    SEEN_ORDER = 16,
    SEEN_ACT = 32, /* what only a person does: choosing, searching, scrolling, filtering */
    SEEN_USER = 64,
    SEEN_REFUSED = 128, /* an event that must not be used to personalise */
    SEEN_PAGE = 256,    /* and PAGE_COUNT bits from here: kinds of page */
};

struct visitor {
    uint64_t key;
    uint64_t user;     /* hash of the user_id it came with last; 0 none */
    uint64_t marks;    /* checks the open session touched: bit CHECK_ */
    uint64_t last_act; /* hash of type and items of the last event */
    int64_t last_ms, began_ms;
    int64_t revenue;
    uint32_t sessions, events; /* events: of its life */
    uint32_t session_events;   /* of the open session, orders aside */
    uint32_t seen;             /* enum seen, of the open session */
    uint8_t ever;              /* the first bits of enum seen, of its life */
    uint8_t user_count;        /* told apart up to 255 */
    uint8_t is_order;
    uint8_t robot; /* enum robot_why, by the last event */
};

struct user {
    uint64_t key;   /* of the id in small letters */
    uint64_t exact; /* hash of the id as it came first */
    uint32_t visitors;
    bool spelled_twice;
};

struct order {
    uint64_t key;
    uint64_t visitor;
    int64_t money;
    uint8_t seen; /* what its visitor had done before, or in the same session */
    bool verified, shared;
};

/* Of each product number: what events say of it. */
struct product_tally {
    uint64_t views;
    int64_t revenue;
    int64_t told_ms;     /* newest record of product or stock */
    uint64_t sold_since; /* pieces sold after that */
    uint64_t sold;
    product_number same_as; /* product it was told to be like, plus 1; 0: none */
    enum check told;        /* by which row */
};

struct customers;

struct audit {
    struct audit_options options;
    struct report report;
    struct arena keep;    /* what the report points to */
    struct arena scratch; /* of one event or product */
    struct key_table visitors, users, orders, visits_of_users, lines;
    struct product_tally *products;
    size_t products_room;
    uint32_t *type_days[EVENT_TYPE_COUNT]; /* DAYS_MAX each, when the type was seen */
    uint32_t *session_days;                /* DAYS_MAX */
    uint32_t *page_sessions[PAGE_COUNT];   /* sessions a day with that kind of page */
    uint64_t page_devices[AUDIT_DEVICES];  /* page views */
    int64_t newest_ms;                     /* of any event so far */
    struct intern surfaces;
    uint64_t surface_asked[SURFACES_MAX];
    uint64_t decisions;
    struct robots *robots;
    uint64_t views; /* of products */
    struct customers *customers;
};

static inline struct tally *tally_of(struct audit *a, enum check c)
{
    return &a->report.tallies[c];
}

/* Count one thing found. True while there is room for an example, which is then the caller's to give. One
 * that stands there already is not taken twice. */
bool found(struct audit *a, enum check c);
void example(struct audit *a, enum check c, const char *format, ...) PRINTF_LIKE(3, 4);
/* Found in an event of the visitor's open session: with the session, the money, and the event named. */
void found_event(struct audit *a, enum check c, struct visitor *v, const struct event *e,
                 int64_t money);
/* The same of one of the event's lines; `item` may be NULL. */
void found_line(struct audit *a, enum check c, struct visitor *v, const struct event *e,
                const struct event_item *item, int64_t money);
/* Found in a product: with what events say of it, and its id and `detail` as the example. */
void found_product(struct audit *a, enum check c, product_number n, struct text detail);
void looked_at(struct audit *a, enum check c, uint64_t more);

/* passes and conclusions, in their order */
void conclude_sessions(struct audit *a);
void session_close(struct audit *a, struct visitor *v);
void conclude_events(struct audit *a); /* days, devices, pages, orders */
void conclude_people(struct audit *a);
void conclude_catalog(struct audit *a); /* products, likeness, attributes, categories */
void conclude_customers(struct audit *a);
void conclude_ready(struct audit *a);
void conclude_findings(struct audit *a);

/* of conclude_events */
void conclude_days(struct audit *a);
void conclude_pages(struct audit *a);

/* of conclude_catalog: each looks through all products */
void catalog_texts(struct audit *a, product_number n, const struct product *p);
void catalog_offers(struct audit *a, product_number n, const struct product *p);
struct identities;
struct identities *identities_new(void);
void identities_product(struct identities *i, struct audit *a, product_number n,
                        const struct product *p);
void identities_close(struct identities *i, struct audit *a); /* concludes, and frees */
struct likeness_shelf;
struct likeness_shelf *likeness_shelf_new(void);
void likeness_product(struct likeness_shelf *l, struct audit *a, product_number n,
                      const struct product *p);
void likeness_close(struct likeness_shelf *l, struct audit *a);
struct attributes;
struct attributes *attributes_new(void);
void attributes_product(struct attributes *x, const struct product *p);
void attributes_close(struct attributes *x, struct audit *a);
void conclude_taxonomy(struct audit *a);
bool looks_sensitive(const struct product *p, struct text *word);

enum link_kind { LINK_IMAGE, LINK_PAGE };
struct probe;
/* What came of asking for a product's address. */
void link_answered(struct audit *a, enum link_kind kind, product_number n, const struct probe *p);

enum page_kind page_kind_of(const struct event *e);
/* The event that a kind of page is there for; EVENT_OTHER: none. */
enum event_type page_kind_event(enum page_kind k);

void customers_free(struct customers *c); /* NULL is fine */

/* The words of a text folded (base/words.h), joined by single spaces, into `a`. */
struct text folded_text(struct text t, struct arena *a);
/* The same without anything but letters and digits: "SKU-1" and "sku 1" are one. */
struct text folded_code(struct text t, struct arena *a);
/* Jaro and Winkler's likeness of two texts by bytes, 0 to 1. */
double jaro_winkler(struct text a, struct text b);

#endif
