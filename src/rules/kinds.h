/* SPDX-License-Identifier: Apache-2.0 */
/* kinds: what a rule is made of, and the table of kinds. Private to rules/. */
#ifndef RULES_KINDS_H
#define RULES_KINDS_H

#include "rules/rules.h"

#define FILTER_NONE UINT32_MAX

enum { MARK_WORDS_MAX = (FILTERS_MAX + 63) / 64 };

/* What at_most and collapse count by. */
enum cap_by { CAP_ALL, CAP_GROUP, CAP_CATEGORY, CAP_PRICE_BAND };

enum { CAP_BANDS_MAX = 32, CAP_LEVEL_MAX = 8, PIN_ID_MAX = 128 };

struct rule_cap {
    uint32_t count;
    enum cap_by by;
    uint32_t
        level; /* CAP_CATEGORY: names of the path that count, from the top; 0: the whole path */
    int64_t *bands; /* CAP_PRICE_BAND: where bands end, rising, in micros */
    uint32_t band_count;
    uint32_t group; /* CAP_GROUP: its number */
};

/* One thing a rule says. A rule that says several becomes several parts, with the same number. */
struct rule {
    struct rule_ref ref; /* first: outsiders hold its address */
    const struct rule_kind *kind;

    /* When it holds. */
    int64_t from_ms, until_ms;              /* INT64_MIN, INT64_MAX: always */
    const struct filter *segment, *shopper; /* NULL: for everyone */

    /* Which products it is about. */
    uint32_t filter; /* a product filter's number; FILTER_NONE */
    bool unless;     /* about those for which the filter does not hold */

    /* What it says of them; by kind. */
    float factor;       /* boost, bury: the place is multiplied by it */
    int32_t slots;      /* boost: below 0, bury: above 0 */
    uint32_t below;     /* bury: slots before which it does not stand */
    uint32_t slot;      /* pin */
    struct text pinned; /* pin: the item id */
    struct rule_cap cap;
    uint32_t times;       /* fatigue: shown so often */
    uint32_t days;        /* fatigue, exclude */
    uint32_t age;         /* age: years */
    const char *measures; /* require: the key, for rules_look; else NULL */
};

struct rules {
    const struct rule *rules; /* the shop's, then the surface's */
    size_t count;
    const struct filter_list *numbers; /* the program's */
};

/* A list being read. */
struct rules_reading {
    struct rules_reader *reader;
    struct rule_list *list;
    struct rule common;           /* what every part of the rule at hand begins as */
    size_t parts;                 /* it has so far */
    const struct yaml_node *node; /* its kind's value */
};

/* Which rules hold, by what is to be done; arrays have room for all. */
struct rules_held {
    const struct rules *rules;
    const struct rules_facts *facts;
    size_t words; /* of a row of marks */
    uint64_t must[MARK_WORDS_MAX], must_not[MARK_WORDS_MAX], moving[MARK_WORDS_MAX];
    const struct rule **hard;  /* those behind must and must_not */
    const struct rule **moves; /* boosts and buries */
    const struct rule **pins, **caps;
    size_t hard_count, move_count, pin_count, cap_count;
    /* Products forbidden by what the shopper did. */
    struct rules_barred {
        product_number product;
        const struct rule *rule;
    } * barred;
    size_t barred_count, barred_room;
    uint64_t barred_bits; /* by product number % 64 */
};

struct rule_kind {
    const char *word;
    const char *usage;   /* an example of its value */
    const char *meaning; /* for people */
    bool windowed;       /* may have from, until, segment and when_shopper */
    /* Read the value of reading->node into parts (rules_part). */
    void (*parse)(struct rules_reading *reading);
    /* What can be wrong with it beside other rules of one surface, as problems; NULL: nothing. */
    void (*check)(struct rules_reader *reader, const struct rules *rules, const struct rule *rule,
                  uint32_t limit);
    /* Have it hold for a request; NULL: it says nothing about requests. */
    void (*apply)(struct rules_held *held, const struct rule *rule);
};

extern const struct rule_kind rule_kinds[];
extern const size_t rule_kind_count;

/* --- reading ------------------------------------------------------------------------ */

/* Add a part to the rule at hand, which begins as its common part; NULL, with a problem, when it has too
 * many. */
struct rule *rules_part(struct rules_reading *reading);

PRINTF_LIKE(3, 4)
void rules_problem(struct rules_reading *reading, const struct yaml_node *where, const char *format,
                   ...);

/* Its value must be a map of those keys: NULL with a problem otherwise. */
const struct yaml_node *rules_map(struct rules_reading *reading, const char *const keys[]);

/* A product filter's number; false when there is a mistake in it. */
bool rules_filter(struct rules_reading *reading, const struct yaml_node *n, uint32_t *out);

/* The same for a filter written here, about what stands at `where`. */
bool rules_filter_text(struct rules_reading *reading, const struct yaml_node *where,
                       struct text text, uint32_t *out);

/* The value of `key` of a map, a whole number; false when it is not there or wrong. */
bool rules_number(struct rules_reading *reading, const struct yaml_node *map, const char *key,
                  struct yaml_range range, uint32_t *out);

/* The number of a group; false, with a problem, when a program may have no more. */
bool rules_group(struct rules_reading *reading, const struct group *group, uint32_t *out);

/* `text` as a value in a filter. */
void rules_quote(struct text text, struct buffer *out);

void parse_require(struct rules_reading *reading);
void parse_hide(struct rules_reading *reading);
void parse_exclude(struct rules_reading *reading);
void parse_fatigue(struct rules_reading *reading);
void parse_age(struct rules_reading *reading);
void parse_safety(struct rules_reading *reading);
void parse_boost(struct rules_reading *reading);
void parse_bury(struct rules_reading *reading);
void parse_pin(struct rules_reading *reading);
void parse_at_most(struct rules_reading *reading);
void parse_collapse(struct rules_reading *reading);
void parse_explore(struct rules_reading *reading);

void check_pin(struct rules_reader *reader, const struct rules *rules, const struct rule *rule,
               uint32_t limit);

void apply_must(struct rules_held *held, const struct rule *rule);
void apply_must_not(struct rules_held *held, const struct rule *rule);
void apply_exclude(struct rules_held *held, const struct rule *rule);
void apply_fatigue(struct rules_held *held, const struct rule *rule);
void apply_age(struct rules_held *held, const struct rule *rule);
void apply_move(struct rules_held *held, const struct rule *rule);
void apply_pin(struct rules_held *held, const struct rule *rule);
void apply_cap(struct rules_held *held, const struct rule *rule);

/* Whenever `later` holds, `earlier` does. */
bool rule_covers(const struct rule *earlier, const struct rule *later);

/* --- caps --------------------------------------------------------------------------- */

/* The counts of one list that is being filled. */
struct caps;
struct caps *caps_new(const struct rules_held *held, size_t places, struct arena *a);
/* The first cap that the product would break; NULL: none. */
const struct rule *caps_refuse(struct caps *c, product_number n);
/* Count the product that was judged last and not refused. */
void caps_count(struct caps *c);

#endif
