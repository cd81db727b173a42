/* SPDX-License-Identifier: Apache-2.0 */
/* program: the YAML document of everything a merchandiser decides, compiled.
 *
 * What may stand in it is the tables of keys.h, which read it, check it and print
 * docs/program.md. experiments, flows and what belongs to them are refused as not
 * yet known. Every mistake is a problem with line and column; a document with a problem is applied
 * not at all.
 *
 * Lifetime   a compiled program is immutable; its texts live inside it. */
#ifndef PROGRAM_PROGRAM_H
#define PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "base/yaml.h"
#include "candidates/candidates.h"
#include "explain/templates.h"
#include "rules/filter.h"
#include "rules/groups.h"
#include "rules/rules.h"
#include "rules/segments.h"

enum {
    PROGRAM_BYTES_MAX = 256 * 1024,
    PROGRAM_SURFACES_MAX = 64,
    PROGRAM_LISTS_MAX = 256,
    PROGRAM_LIST_PRODUCTS_MAX = 1000,
    PROGRAM_SENSITIVE_MAX = 1000,
    SURFACE_LIMIT_MAX = 100,
    SURFACE_LISTS_MAX = 16,
    SURFACE_LIMIT_DEFAULT = 8,
    EXPLORE_PPM_DEFAULT = 20000,
    SUPPORT_FLOOR = 3, /* no shop may set min_support below */
    SUPPORT_VIEWED_DEFAULT = 3,
    SUPPORT_BOUGHT_DEFAULT = 11,
    DECISIONS_DAYS_MAX = 3650,
    TRAFFIC_CO_VIEW_DEFAULT = 10000,
    TRAFFIC_LEARNED_DEFAULT = 50000,
};

enum surface_kind {
    SURFACE_PDP,
    SURFACE_CART,
    SURFACE_POST_CART,
    SURFACE_HOME,
    SURFACE_CATEGORY,
    SURFACE_KIND_COUNT
};
const char *surface_kind_word(enum surface_kind kind);

enum objective { OBJECTIVE_MARGIN, OBJECTIVE_REVENUE, OBJECTIVE_ORDERS };

struct program_list {
    struct text name;
    struct text *products; /* item ids */
    size_t product_count;
};

struct surface {
    struct text name;
    enum surface_kind kind;
    enum objective objective;
    enum source_kind sources[SOURCE_COUNT];
    size_t source_count;
    uint32_t lists[SURFACE_LISTS_MAX]; /* curated lists shown here, by index into program.lists;
                                          none named: all */
    size_t list_count;
    uint32_t limit;
    uint32_t variety_ppm; /* 0: the list as ranked; candidates/variety.h, in millionths */
    uint32_t explore_ppm; /* share of answers on the rung learned that explore, in millionths */
    int explore_line;     /* of the document, that says so; 0: none does */
    struct rule_list own_rules; /* as they were read */
    const struct rules *rules;  /* what it obeys: the shop's rules, then its own; NULL: none */
};

struct program {
    uint32_t version; /* 0: the built-in default */
    int64_t applied_ms;
    struct text author, reason, document;
    struct text owner, currency, time_zone;
    struct zone *zone;                                              /* of that name; NULL: UTC */
    bool consent_analytics, consent_personalization, consent_email; /* when an event says nothing */
    struct text *sensitive;                                         /* category paths */
    size_t sensitive_count;
    uint32_t support_viewed, support_bought; /* never below 3, but for `evaluate` */
    bool unknown_cost_allow;
    uint64_t traffic_co_view,
        traffic_learned;     /* sessions a month from which those rungs may be used */
    uint32_t decisions_days; /* that decisions are kept; 0: as the setting has it */
    struct program_list *lists;
    size_t list_count;
    struct surface *surfaces;
    size_t surface_count;
    struct rule_list rules;   /* of the shop, as they were read */
    struct segment *segments; /* each may name those before it */
    size_t segment_count;
    struct group_list groups;   /* what rules take for the same, by number */
    struct filter_list filters; /* all product filters, by the numbers that rules know them by */
    struct templates templates; /* how reasons are worded */
};

/* The built-in default: a surface of each kind, named like it; analytics and personalisation
 * allowed, e-mail not; min_support 3 and 11; traffic 10,000 and 50,000. Never fails, never freed.
 */
const struct program *program_builtin(void);

/* Compile. Mistakes go to `problems` (in `a`), and then the result is ERR_INVALID and `*out` NULL.
 * The program owns a copy of all it needs; program_free. */
MUST_USE enum status program_compile(struct text document, struct program **out, struct arena *a,
                                     struct problems *problems, struct error *err);
void program_free(struct program *p); /* NULL and the built-in are fine */

/* What is worth knowing of its rules in a shop with this catalog, as remarks with line and column in `found`,
 * which lives in `a`; they are no mistakes. Takes microseconds per product. */
void program_look(const struct program *p, const struct catalog *catalog, int64_t now_ms,
                  struct arena *a, struct problems *found);

/* An object: sound, problems, and remarks, what program_look found of a sound one. */
struct json;
void program_checked_json(bool sound, const struct problems *problems,
                          const struct problems *remarks, struct json *j);

/* Words of enum objective: "margin", "revenue", "orders". */
const char *objective_word(enum objective objective);

/* A surface as the built-in default has it, named like its kind: what a document gets that says no
 * more than a kind. */
struct surface surface_of_kind(enum surface_kind kind);

const struct surface *program_surface(const struct program *p, struct text name); /* NULL: none */

/* RECORD_PROGRAM: version, author, reason, document. */
struct program_record {
    uint32_t version;
    struct text author, reason, document;
};
void program_record_encode(const struct program_record *r, struct buffer *out);
MUST_USE enum status program_record_decode(struct text body, struct program_record *out,
                                           struct error *err);

/* Compile the body of a record; version, author, reason and time are kept with the program.
 * ERR_CORRUPT when the bytes are none; ERR_INVALID, naming the first mistake, for a document this
 * version of the program does not understand. program_free. */
MUST_USE enum status program_of_record(struct text body, int64_t applied_ms, struct program **out,
                                       struct error *err);

/* Markdown of everything the document may say, from the same tables that read it. */
void program_document(struct buffer *out);

#endif
