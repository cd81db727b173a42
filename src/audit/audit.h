/* SPDX-License-Identifier: Apache-2.0 */
/* audit: are the foundations sound? Events, people, catalog, and what may be switched on upon them.
 *
 * One pass over the journal into tallies, one over the catalog, one over a file of customers when
 * there is one; then the rule of each row of checks.def decides what is a finding. Findings stand in
 * the order of what they touch: what must be fixed first before what only should be.
 *
 * Score of a foundation: 100 times the product, over its findings, of 1 - w * sqrt(touched), w being
 * 0.4 for what must be fixed first and 0.12 for what should be. Touched is the largest of the shares
 * of money, of sessions, of product views and, where none of them is known, of what was looked at.
 *
 * Memory     96 bytes a visitor and 40 an order, up to AUDIT_VISITORS_MAX of each; 40 bytes a product
 *            number; texts of one product at a time, and some 500 bytes a product for likeness.
 * Lifetime   everything in a report lives as long as its audit.
 * Threads    one. Nothing reads a clock: what is old is old compared with now_ms. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "candidates/candidates.h"
#include "catalog/catalog.h"
#include "decisions/decisions.h"
#include "ingest/ledger.h"
#include "journal/event.h"
#include "net/address.h"
#include "program/program.h"

enum { AUDIT_VISITORS_MAX = 4000000, AUDIT_EXAMPLES = 3, AUDIT_DEVICES = 4 };
enum { AUDIT_MORE = 497 }; /* examples beyond those, of checks of pairs; told in JSON only */

enum foundation { FOUNDATION_EVENTS, FOUNDATION_PEOPLE, FOUNDATION_CATALOG, FOUNDATION_READY };
enum { FOUNDATION_COUNT = 4 };
const char *foundation_word(enum foundation f);     /* "events", "people", "catalog", "ready" */
const char *foundation_question(enum foundation f); /* what it answers, as a sentence */

enum check {
#define CHECK(name, ...) CHECK_##name,
#include "audit/checks.def"
#undef CHECK
    CHECK_COUNT
};

enum severity { SEVERITY_NONE, SEVERITY_SHOULD, SEVERITY_MUST };
const char *severity_word(enum severity s); /* "none", "should", "must" */

struct check_row {
    const char *name;
    enum foundation foundation;
    double from, must; /* shares */
    uint64_t least;
    const char *sentence, *advice;
};
extern const struct check_row check_rows[CHECK_COUNT];

/* What a check has looked at, whether or not it found anything. */
struct tally {
    uint64_t count, of; /* of: 0 when there was nothing to look at */
    int64_t money;      /* micros of the shop's currency that go through what was found */
    uint64_t sessions;  /* of events and people */
    uint64_t views;     /* of products: views of what was found */
    uint64_t sample_of; /* how many there are, when `of` is but a sample; else 0 */
    struct text examples[AUDIT_EXAMPLES];
    uint32_t example_count;
    struct text *more; /* AUDIT_MORE of them, or NULL */
    uint32_t more_count;
    product_number example_of; /* the newest example's product, plus 1; 0: none */
};

struct finding {
    enum check check;
    enum severity severity;
    double touched; /* 0 to 1 */
    const char
        *what; /* of which that is the share: "revenue", "sessions", "product views" or "them" */
    struct text sentence;
    const struct tally *tally;
};

/* One event type: what came, and when. */
struct type_figures {
    uint64_t count, unidentified; /* without item, for types that need one */
    int64_t first_ms, last_ms;
    uint64_t devices[AUDIT_DEVICES]; /* desktop, mobile, tablet, unknown or other */
};

enum page_kind {
    PAGE_HOME,
    PAGE_CATEGORY,
    PAGE_PRODUCT,
    PAGE_SEARCH,
    PAGE_CART,
    PAGE_CHECKOUT,
    PAGE_THANKS,
    PAGE_OTHER,
    PAGE_COUNT
};
const char *page_kind_word(enum page_kind k);
const char *audit_device_word(int device);

/* One surface: of the program, or asked for without standing in it. */
struct surface_figures {
    struct text name;
    const char *kind;  /* NULL: not in the program */
    uint64_t asked;    /* decisions kept */
    uint64_t sessions; /* a month with an event of its kind of page */
    const char *lacks; /* what it has too little of; NULL: nothing */
};

/* Refused items that are kept, by the code of their reason. */
enum { REFUSED_CODES_MAX = 16 };
struct refused_figures {
    struct text code;
    uint64_t count;
};

/* Visitors and days a test of two equal groups needs. */
struct test_length {
    double lift;     /* 0.05, 0.10 */
    double visitors; /* in both groups; 0: cannot be told */
    double days;
};

/* Revenue per session, what it deviates by from visitor to visitor (delta method), and how long tests of
 * it take. */
enum { AUDIT_LIFTS = 2 };
struct outcome {
    double per_session, deviation;
    struct test_length tests[AUDIT_LIFTS];
};

struct report {
    int64_t now_ms, first_ms, last_ms; /* of events; 0 none */
    struct text currency;
    uint64_t events, sessions, visitors, customers_seen, orders;
    uint64_t sessions_named;                 /* with a user_id */
    int64_t revenue, revenue_named;          /* micros */
    uint64_t sessions_month, visitors_month; /* of people */
    uint64_t sessions_serving;               /* as answers count them; else as sessions_month */
    uint64_t bot_sessions, bounce_sessions, untracked_visitors;
    uint64_t products, sellable, variants, categories, brands;
    uint64_t customers;  /* records of the file */
    int64_t revenue_cap; /* micros: 99 of 100 visitors who bought spent no more; 0: nobody did */
    struct outcome capped, uncapped; /* no visitor counting for more than that; as it is */
    enum rung rung;
    uint64_t traffic_needed; /* sessions a month for the next rung; 0: there is none */
    struct ledger_counts ledger;
    bool ledger_known;
    struct refused_figures refused[REFUSED_CODES_MAX];
    uint32_t refused_count;
    struct type_figures types[EVENT_TYPE_COUNT];
    uint64_t pages[PAGE_COUNT][EVENT_TYPE_COUNT];
    uint32_t *days; /* events a day, day_count of them from first_day (days since 1970) */
    uint32_t *order_days;
    uint32_t first_day, day_count;
    struct surface_figures *surfaces;
    uint32_t surface_count;
    struct finding *findings;
    uint32_t finding_count, must_count;
    double scores[FOUNDATION_COUNT];
    bool judged[FOUNDATION_COUNT]; /* false: there is nothing that a score could be of */
    struct tally tallies[CHECK_COUNT];
};

struct audit_options {
    const struct catalog *catalog; /* as it is now; outlives the audit */
    const struct program *program; /* likewise */
    int64_t now_ms;
    uint64_t sessions_serving;      /* a month, by which answers climb the ladder; 0: not known */
    struct text customers_encoding; /* of the file of customers; absent: UTF-8 */
};

struct audit;
struct audit *audit_new(const struct audit_options *options);
void audit_free(struct audit **a); /* for SCOPED */

/* The pass over the journal, in its order. */
void audit_event(struct audit *a, const struct event *e, int64_t received_ms);
/* Bring into the cache what that event will touch: for whoever has the next ones at hand. */
void audit_event_ahead(const struct audit *a, const struct event *e);
/* A product or stock record came at that time. */
void audit_stock_told(struct audit *a, struct text item_id, int64_t received_ms);
void audit_decision(struct audit *a, const struct decision *d);
void audit_ledger(struct audit *a, const struct ledger_counts *counts);
/* One refused item that is kept. */
void audit_refused(struct audit *a, const struct refused_item *item);

/* A platform's export of customers, read once and never kept: hashes of each record's
 * addresses and what likeness needs live as long as the audit. Columns are found by their usual
 * names; of several for one field the first that is filled counts, record by record. ERR_INVALID when there
 * is none for name, e-mail address or phone number, and when no record can be read; ERR_IO. Single records
 * that cannot be read are counted and told. */
MUST_USE enum status audit_customers(struct audit *a, FILE *in, struct error *err);

/* Ask the web whether the addresses of the images and pages of published products lead anywhere: what
 * asks others is never done unless wanted. After the events. ERR_IO when that cannot be begun. */
struct audit_links {
    uint32_t max;                /* addresses of images, and as many of pages; 0: none */
    struct address_list allowed; /* may be asked although they are not public (net/probe.h) */
    /* False stops asking: what was not asked counts for nothing. May be NULL. */
    bool (*go_on)(void *context, const char *stage, uint64_t done, uint64_t total);
    void *context;
};
MUST_USE enum status audit_links(struct audit *a, const struct audit_links *options,
                                 struct error *err);

/* Look through the catalog, draw the conclusions. Once. */
const struct report *audit_finish(struct audit *a);

/* Everything above from a data directory up to `until`: journal, decisions, ledger, and customers when
 * `customers` is not NULL; links when some are wanted; then audit_finish. `progress` may be NULL. */
struct audit_source {
    const char *data_dir;
    struct position until;
    FILE *customers;
    struct audit_links links;
    void (*progress)(void *context, const char *stage, uint64_t done, uint64_t total);
    void *context;
};
MUST_USE enum status audit_read(struct audit *a, const struct audit_source *source,
                                const struct report **out, struct error *err);

/* How a report is told. */
void report_json(const struct report *r, struct buffer *out);
void report_text(const struct report *r, struct buffer *out);
void report_html(const struct report *r, struct buffer *out); /* one page, nothing outside it */

void audit_document(struct buffer *out); /* docs/audit.md */

/* Visitors in each of two equal groups to see a relative difference `lift` of a mean whose deviation
 * is `variation` times itself: alpha 0.05 two-sided, power 0.8. */
double test_group_size(double variation, double lift);

#endif
