/* SPDX-License-Identifier: Apache-2.0 */
/* plan: the shop's rules and a surface's own as one, and which of them hold for a request. */
#include <assert.h>
#include <string.h>

#include "rules/kinds.h"

const struct rules *rules_plan(struct rules_reader *reader, const struct rule_list *shop,
                               const struct rule_list *own, uint32_t limit)
{
    struct rules *plan = arena_alloc(reader->filters.keep, sizeof(*plan));
    size_t count = shop->count + own->count;
    struct rule *all = arena_array(reader->filters.keep, count, sizeof(*all));

    if (count == 0)
        return NULL;
    for (size_t i = 0; i < shop->count; i++)
        all[i] = shop->rules[i];
    for (size_t i = 0; i < own->count; i++)
        all[shop->count + i] = own->rules[i];
    *plan = (struct rules){all, count, reader->numbers};
    for (size_t i = 0; i < count; i++) {
        if (all[i].kind->check != NULL)
            all[i].kind->check(reader, plan, &all[i], limit);
    }
    return plan;
}

/* --- what holds --------------------------------------------------------------------- */

static void bit_set(uint64_t *words, uint32_t bit)
{
    words[bit / 64] |= UINT64_C(1) << bit % 64;
}

void apply_must(struct rules_held *held, const struct rule *rule)
{
    bit_set(held->must, rule->filter);
    held->hard[held->hard_count++] = rule;
}

void apply_must_not(struct rules_held *held, const struct rule *rule)
{
    bit_set(held->must_not, rule->filter);
    held->hard[held->hard_count++] = rule;
}

void apply_age(struct rules_held *held, const struct rule *rule)
{
    if (held->facts->age_verified < rule->age)
        apply_must_not(held, rule);
}

static void bar(struct rules_held *held, product_number n, const struct rule *rule)
{
    const struct catalog *catalog = held->facts->catalog;

    if (n >= catalog_count(catalog) || held->barred_count == held->barred_room)
        return;
    n = catalog_product_of(catalog, n);
    held->barred[held->barred_count++] = (struct rules_barred){n, rule};
    held->barred_bits |= UINT64_C(1) << n % 64;
}

static bool filter_holds_for(const struct rules_held *held, uint32_t filter, product_number n)
{
    return mark_holds(marks_of(held->facts->marks, n), filter);
}

void apply_exclude(struct rules_held *held, const struct rule *rule)
{
    const struct profile *p = held->facts->profile;
    int64_t since_s = held->facts->now_ms / MS_SECOND - (int64_t)rule->days * (MS_DAY / MS_SECOND);

    for (uint32_t i = 0; p != NULL && i < p->count; i++) {
        const struct action *action = &p->actions[i];
        product_number n = action->product;
        if (action->kind != ACTION_BUY || action->time_s < since_s ||
            n >= catalog_count(held->facts->catalog))
            continue;
        n = catalog_product_of(held->facts->catalog, n);
        if (rule->filter == FILTER_NONE || !filter_holds_for(held, rule->filter, n))
            bar(held, n, rule);
    }
}

void apply_fatigue(struct rules_held *held, const struct rule *rule)
{
    const struct profile *p = held->facts->profile;
    int64_t since_s = held->facts->now_ms / MS_SECOND - (int64_t)rule->days * (MS_DAY / MS_SECOND);

    for (uint32_t i = 0; p != NULL && i < p->shown_count; i++) {
        const struct shown_product *shown = &p->shown[i];
        if (shown->times >= rule->times && shown->last_s >= since_s)
            bar(held, shown->product, rule);
    }
}

void apply_move(struct rules_held *held, const struct rule *rule)
{
    bit_set(held->moving, rule->filter);
    held->moves[held->move_count++] = rule;
}

void apply_pin(struct rules_held *held, const struct rule *rule)
{
    held->pins[held->pin_count++] = rule;
}

void apply_cap(struct rules_held *held, const struct rule *rule)
{
    held->caps[held->cap_count++] = rule;
}

static bool holds(const struct rule *rule, const struct rules_facts *facts)
{
    return facts->now_ms >= rule->from_ms && facts->now_ms < rule->until_ms &&
           (rule->segment == NULL || filter_shopper(rule->segment, facts->shopper)) &&
           (rule->shopper == NULL || filter_shopper(rule->shopper, facts->shopper));
}

struct rules_held *rules_begin(const struct rules *rules, const struct rules_facts *facts,
                               struct arena *a)
{
    struct rules_held *held = arena_alloc(a, sizeof(*held));
    size_t count = rules == NULL ? 0 : rules->count;
    const struct rule **lists = arena_array(a, 4 * count, sizeof(struct rule *));
    size_t history = 0;

    held->rules = rules;
    held->facts = facts;
    held->words = rules == NULL ? 0 : (rules->numbers->count + 63) / 64;
    held->hard = lists;
    held->moves = lists + count;
    held->pins = lists + 2 * count;
    held->caps = lists + 3 * count;
    for (size_t i = 0; i < count; i++) {
        void (*apply)(struct rules_held *, const struct rule *) = rules->rules[i].kind->apply;
        history += apply == apply_exclude || apply == apply_fatigue;
    }
    held->barred_room = history * PROFILE_ACTIONS_MAX;
    held->barred = arena_array(a, held->barred_room, sizeof(*held->barred));
    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = &rules->rules[i];
        if (rule->kind->apply != NULL && holds(rule, facts))
            rule->kind->apply(held, rule);
    }
    return held;
}

/* --- what is forbidden -------------------------------------------------------------- */

static bool breaks(const struct rule *rule, const uint64_t *row)
{
    bool wanted = rule->kind->apply == apply_must;

    return mark_holds(row, rule->filter) != wanted;
}

static const struct rule *barred_by(const struct rules_held *held, product_number n)
{
    if ((held->barred_bits >> n % 64 & 1) == 0)
        return NULL;
    for (size_t i = 0; i < held->barred_count; i++) {
        if (held->barred[i].product == n)
            return held->barred[i].rule;
    }
    return NULL;
}

/* The first of the document that it breaks. */
static const struct rule *first_broken(const struct rules_held *held, const uint64_t *row,
                                       const struct rule *barred)
{
    for (size_t i = 0; row != NULL && i < held->hard_count; i++) {
        const struct rule *rule = held->hard[i];
        if (barred != NULL && barred < rule)
            return barred;
        if (breaks(rule, row))
            return rule;
    }
    return barred;
}

/* Age and safety are of what is handed over: they hold of a bundle's parts as of itself. */
static bool is_of_parts(const struct rule *rule)
{
    return rule->kind->parse == parse_age || rule->kind->parse == parse_safety;
}

static bool part_breaks(const struct rules_held *held, const struct rule *rule,
                        const product_number *parts, uint32_t count)
{
    bool broken = false;

    for (uint32_t i = 0; i < count && !broken; i++)
        broken = breaks(rule, marks_of(held->facts->marks, parts[i]));
    return broken;
}

/* The first that a part of the bundle breaks; NULL: none, or `n` is no bundle. */
static const struct rule *broken_by_part(const struct rules_held *held, product_number n)
{
    product_number parts[CATALOG_PARTS_MAX];
    uint32_t count = catalog_parts(held->facts->catalog, n, parts, CATALOG_PARTS_MAX);

    for (size_t i = 0; count > 0 && i < held->hard_count; i++) {
        if (is_of_parts(held->hard[i]) && part_breaks(held, held->hard[i], parts, count))
            return held->hard[i];
    }
    return NULL;
}

const struct rule_ref *rules_forbid(const struct rules_held *held, product_number n)
{
    const uint64_t *row = held->hard_count == 0 ? NULL : marks_of(held->facts->marks, n);
    const struct rule *barred = barred_by(held, n);
    uint64_t broken = 0;

    for (size_t w = 0; row != NULL && w < held->words; w++)
        broken |= (row[w] & held->must_not[w]) | (held->must[w] & ~row[w]);
    const struct rule *part = broken_by_part(held, n);
    const struct rule *own =
        broken == 0 && barred == NULL ? NULL : first_broken(held, broken == 0 ? NULL : row, barred);
    if (own == NULL || (part != NULL && part < own))
        own = part;
    return own == NULL ? NULL : &own->ref;
}

bool rules_choose(const struct rules_held *held)
{
    return held->move_count + held->cap_count > 0;
}

bool rules_strict(const struct rules_held *held)
{
    return held->hard_count + held->barred_count + held->cap_count > 0;
}

bool rules_pin(const struct rules_held *held, size_t i, struct rules_pin *out)
{
    if (i >= held->pin_count)
        return false;
    const struct rule *rule = held->pins[i];
    *out = (struct rules_pin){catalog_find(held->facts->catalog, rule->pinned), rule->pinned,
                              rule->slot, &rule->ref};
    return true;
}
