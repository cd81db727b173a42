/* SPDX-License-Identifier: Apache-2.0 */
/* look: what rules come to in one shop, for whoever wrote them. Nothing here is a mistake of the document:
 * a product may come back in stock, and a pin of last Christmas harms nobody. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "rules/kinds.h"

struct look {
    const struct rules *rules;
    const struct rules_shop *shop;
    struct arena *arena;
    struct problems *found;
};

PRINTF_LIKE(3, 4)
static void remark(struct look *l, const struct rule *rule, const char *format, ...)
{
    const struct yaml_node where = {.line = rule->ref.line, .column = rule->ref.column};
    char word[RULE_WORD_SIZE], message[400];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args); /* cut where it is too long */
    va_end(args);
    problem_add(l->found, l->arena, &where, "%s: %s", rule_word(&rule->ref, word), message);
}

static bool may_be_shown(const struct look *l, product_number n)
{
    const struct catalog *c = l->shop->catalog;

    return catalog_product_of(c, n) == n && catalog_sellable(c, n) == SELLABLE &&
           !catalog_sensitive(c, n);
}

static bool mark_of(const struct look *l, const struct rule *rule, product_number n)
{
    return mark_holds(marks_of(l->shop->marks, n), rule->filter);
}

/* Of the products that may be shown: all, those for which the filter holds, and those that do not pass it
 * because their cost is not known. */
struct tally {
    uint32_t all, hold, costless;
};

static struct tally tally_of(const struct look *l, const struct rule *rule)
{
    const struct catalog *c = l->shop->catalog;
    bool margin = rule->measures != NULL && text_starts(text_from(rule->measures), "margin");
    struct tally t = {0};

    for (product_number n = 0; n < catalog_count(c); n++) {
        if (!may_be_shown(l, n))
            continue;
        bool holds = mark_of(l, rule, n);
        t.all++;
        t.hold += holds;
        t.costless += margin && !holds && isnan(catalog_offer(c, n).margin);
    }
    return t;
}

static void look_filter(struct look *l, const struct rule *rule)
{
    const struct tally t = tally_of(l, rule);
    bool must = rule->kind->apply == apply_must;
    uint32_t hidden = must ? t.all - t.hold : t.hold;

    if (!must && t.hold == 0)
        remark(l, rule, "its filter holds for none of %u products", t.all);
    else if (must && t.costless > 0)
        remark(l, rule, "%s hides %u of %u products, %u of them because their cost is not known",
               rule->measures, hidden, t.all, t.costless);
    else if (must)
        remark(l, rule, "%s hides %u of %u products", rule->measures, hidden, t.all);
    else if (rule->kind->apply == apply_must_not)
        remark(l, rule, "hides %u of %u products", hidden, t.all);
    else if (rule->kind->apply == apply_age)
        remark(l, rule, "hides %u of %u products from whose age is not verified", hidden, t.all);
}

/* The requirement that hides the product whenever the pin holds; NULL: none does. */
static const struct rule *hidden_by(const struct look *l, const struct rule *pin, product_number n)
{
    for (size_t i = 0; i < l->rules->count; i++) {
        const struct rule *rule = &l->rules->rules[i];
        bool must = rule->kind->apply == apply_must;
        if ((must || rule->kind->apply == apply_must_not) && rule_covers(rule, pin) &&
            (rule->ref.of_shop || !pin->ref.of_shop) && mark_of(l, rule, n) != must)
            return rule;
    }
    return NULL;
}

/* The years that a shopper must be known to have, to be shown the product where the pin holds; 0: none. */
static uint32_t age_needed(const struct look *l, const struct rule *pin, product_number n)
{
    uint32_t age = catalog_age_min(l->shop->catalog, n);

    for (size_t i = 0; i < l->rules->count; i++) {
        const struct rule *rule = &l->rules->rules[i];
        if (rule->kind->apply == apply_age && rule_covers(rule, pin) &&
            (rule->ref.of_shop || !pin->ref.of_shop) && rule->age > age && mark_of(l, rule, n))
            age = rule->age;
    }
    return age;
}

static void look_pin(struct look *l, const struct rule *rule)
{
    const struct catalog *c = l->shop->catalog;
    product_number n = catalog_find(c, rule->pinned);
    int size = (int)rule->pinned.size;
    const char *id = rule->pinned.data;
    char word[RULE_WORD_SIZE];

    if (n == PRODUCT_NONE) {
        remark(l, rule, "cannot show: nothing has the id '%.*s'", size, id);
        return;
    }
    const struct rule *hidden = hidden_by(l, rule, n);
    if (catalog_sellable(c, n) != SELLABLE)
        remark(l, rule, "does not show now: %.*s is %s", size, id,
               sellable_word(catalog_sellable(c, n)));
    else if (catalog_sensitive(c, n))
        remark(l, rule, "can never show: the category of %.*s is sensitive", size, id);
    else if (hidden != NULL)
        remark(l, rule, "can never show: %.*s is hidden by %s", size, id,
               rule_word(&hidden->ref, word));
    else if (age_needed(l, rule, n) > 0)
        remark(l, rule, "shows only to a verified age of %u or more", age_needed(l, rule, n));
}

void rules_look(const struct rules *rules, bool of_shop, const struct rules_shop *shop,
                struct arena *a, struct problems *found)
{
    struct look l = {rules, shop, a, found};
    char time[TIME_TEXT_SIZE];

    for (size_t i = 0; rules != NULL && i < rules->count; i++) {
        const struct rule *rule = &rules->rules[i];
        if (rule->ref.of_shop != of_shop)
            continue;
        if (rule->until_ms <= shop->now_ms)
            remark(&l, rule, "is over since %s", time_print(rule->until_ms, time));
        else if (rule->kind->apply == apply_pin)
            look_pin(&l, rule);
        else if (rule->filter != FILTER_NONE)
            look_filter(&l, rule);
    }
}
