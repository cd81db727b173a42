/* SPDX-License-Identifier: Apache-2.0 */
/* rules: what the shop insists on. Read from a program once, applied to every answer after ranking.
 *
 * A surface obeys the rules of the whole shop and then its own, in the document's order. What each kind of
 * rule does stands in the table of kinds.c, which also prints the documentation. Three tiers:
 *
 *   requirements  require, hide, exclude, fatigue, age, safety, at_most and collapse. Nothing that breaks
 *                 one is ever shown, whatever else is wanted; a list gets shorter before that.
 *   pins          stand in their slot when they break no requirement. In a list too short for their slot
 *                 they stand at its end.
 *   boost, bury   move what is left. A product has a place among those that meet the requirements, counted
 *                 from 1, on every rung alike. `factor` divides (boost) or multiplies (bury) the place,
 *                 `up` and `down` move it by so many; rules apply one after the other, and the list is
 *                 put in order of the places that come out. Of equal ones what was moved up comes first.
 *                 What is buried `below` a slot stands behind it as long as anything else can fill
 *                 the slots before.
 *
 * Lifetime   rules live in the arena they were read into and are immutable. What holds for one
 *            request (struct rules_held) lives in the request's arena.
 * Threads    any number of readers; struct rules_held belongs to one. */
#ifndef RULES_RULES_H
#define RULES_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/time.h"
#include "base/yaml.h"
#include "candidates/candidates.h"
#include "catalog/catalog.h"
#include "profile/profile.h"
#include "rules/filter.h"
#include "rules/groups.h"
#include "rules/marks.h"
#include "rules/segments.h"

enum {
    RULES_MAX = 200,       /* of one list */
    RULE_PARTS_MAX = 16,   /* that one rule may consist of: two tests of a `require`, say */
    RULE_SLOTS_MAX = 100,  /* that a surface may have */
    RULE_WORD_SIZE = 80,   /* bytes of what rule_word writes */
    RULE_NOTES_MAX = 2000, /* kept of one answer */
};

/* Which rule of the document it is. */
struct rule_ref {
    const char *kind; /* "hide"; static */
    uint32_t number;  /* its place in its list, from 1 */
    int line, column; /* of the document */
    bool of_shop;     /* it stands in the top list, for every surface */
};

/* "rule 3 (hide, line 21)", "rule 3 of the shop (hide, line 9)" into `out`; returns out. */
const char *rule_word(const struct rule_ref *rule, char out[RULE_WORD_SIZE]);

/* --- reading ------------------------------------------------------------------------ */

struct rule;

/* What a document's rules are read with. */
struct rules_reader {
    struct filter_reader filters;
    struct filter_list *numbers; /* product filters of the program; lives as long as the rules */
    struct group_list *groups;   /* and what it takes for the same */
    const struct zone *zone;     /* of dates; NULL: UTC */
    bool unknown_cost_allow;     /* a product of unknown cost passes a margin floor */
};

/* The rules of one list of a document. */
struct rule_list {
    struct rule *rules; /* parts, in the document's order */
    size_t count;
    bool explores; /* one says how much to explore */
    uint32_t explore_ppm;
    int explore_line;
};

/* Read the list `n`; what is wrong in it becomes problems, with line and column. */
void rules_read(struct rules_reader *reader, const struct yaml_node *n, bool of_shop,
                struct rule_list *out);

/* What one surface obeys. */
struct rules;

/* The shop's rules, then the surface's own. Pins that can never show, because another has their slot or
 * their slot is beyond `limit`, are problems. NULL when there are no rules. */
const struct rules *rules_plan(struct rules_reader *reader, const struct rule_list *shop,
                               const struct rule_list *own, uint32_t limit);

/* Markdown: every kind of rule, and how they go together. */
void rules_document(struct buffer *out);

/* --- a look at a shop --------------------------------------------------------------- */

/* A shop to look at rules in. */
struct rules_shop {
    const struct catalog *catalog;
    const struct marks
        *marks; /* of the filters of the rules' program, up to date with the catalog */
    int64_t now_ms;
};

/* What is worth knowing of the rules in this shop, as remarks in `found` (in `a`) with line and column:
 * pins that cannot show and why, windows that are over, how many products requirements hide, filters that
 * hold for none. Of a surface's rules its own, or, `of_shop`, the shop's. */
void rules_look(const struct rules *rules, bool of_shop, const struct rules_shop *shop,
                struct arena *a, struct problems *found);

/* --- a request ---------------------------------------------------------------------- */

/* What rules may know of a request. */
struct rules_facts {
    const struct catalog *catalog;
    const struct marks *marks;   /* of the program's filters, up to date with the catalog */
    const struct groups *groups; /* and of its groups */
    const struct shopper_facts *shopper;
    const struct profile *profile; /* what was bought and shown; NULL: nothing of that counts */
    int64_t now_ms;
    uint32_t age_verified; /* years; 0: not verified */
};

/* The rules that hold for one request. */
struct rules_held;

/* Which of `rules` (NULL: none) hold. The facts' pointers must outlast it. */
struct rules_held *rules_begin(const struct rules *rules, const struct rules_facts *facts,
                               struct arena *a);

/* The first requirement that forbids the product, whatever else is shown; NULL when none does.
 * `n` must be a product below the catalog's count. Rules of age and
 * safety hold of a bundle's parts as well. Constant time for a product that is not forbidden and no bundle.
 */
const struct rule_ref *rules_forbid(const struct rules_held *held, product_number n);

/* Do rules choose among more than the first few: by boosts, buries or caps? */
bool rules_choose(const struct rules_held *held);

/* Can rules make the list shorter than what was found? */
bool rules_strict(const struct rules_held *held);

/* The products that rules want in a slot: place `i` of them, in the document's order; false behind the
 * last. PRODUCT_NONE when nothing has the id. */
struct rules_pin {
    product_number product;
    struct text item_id;
    uint32_t slot;
    const struct rule_ref *rule;
};
bool rules_pin(const struct rules_held *held, size_t i, struct rules_pin *out);

/* What a rule did, for the trail. */
enum rule_effect { RULE_REMOVED, RULE_MOVED, RULE_PLACED, RULE_NOT_PLACED };
const char *rule_effect_word(
    enum rule_effect effect); /* "removed", "moved", "placed", "not placed" */

struct rule_note {
    product_number product; /* PRODUCT_NONE: nothing has the id that is pinned */
    enum rule_effect effect;
    struct rule_ref rule;
    uint32_t from,
        to; /* moved: the place before and after; placed or not: `to` is the slot; else 0 */
    const char *why;     /* of what is not placed: a word or a rule; NULL: nothing more is known */
    struct text item_id; /* the product's; rules_place leaves it absent */
};

struct rule_notes {
    struct rule_note *notes; /* room for RULE_NOTES_MAX */
    size_t count;
};

/* Add a note; nothing without notes, or when they are full. */
void rules_note(struct rule_notes *notes, const struct rule_note *note);

struct rules_question {
    const struct candidate *candidates; /* best first; no product twice; none is forbidden */
    uint32_t count;
    uint32_t
        only_pinned; /* behind those: so many more, which stand where a rule pins them or nowhere */
    uint32_t limit;  /* slots */
    uint32_t spare;  /* places behind them, for what may take one's place */
    /* May candidate number `i` be shown? Asked once, before it gets a place by its rank. NULL: always. */
    bool (*may_show)(void *context, uint32_t i);
    void *context;
    struct rule_notes *notes; /* NULL: nobody asked */
};

/* One place of the list. */
struct rules_placed {
    uint32_t candidate;
    const struct rule_ref
        *pinned; /* the rule that put it there; NULL: it stands there by its rank */
};

/* Fill the slots, then the spare places, from the first on without gaps; returns how many. `out` has room
 * for limit + spare. No product twice; every requirement holds for the whole, and for any part of it:
 * the spare ones may replace any that is not pinned. Spare places hold nothing that is buried below a
 * slot. */
size_t rules_place(struct rules_held *held, const struct rules_question *q,
                   struct rules_placed *out, struct arena *a);

#endif
