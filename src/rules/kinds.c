/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds of rules. A new kind is a row here, its parse in one of read_*.c, and what it does to
 * a request. */
#include <stdio.h>

#include "rules/kinds.h"

const struct rule_kind rule_kinds[] = {
    {"require", "{in_stock: true, margin_at_least: 0.15, when: \"price < 500\"}",
     "only products that pass every test are shown. Tests: `in_stock` (true: sold from stock, not "
     "ordered in advance), `published` (always holds), `margin_at_least` (a share of the price, "
     "0.15 "
     "or 15%), `margin_amount_at_least`, `price_at_least`, `price_at_most` (money), `when` (a "
     "filter). "
     "A product of unknown cost fails a margin unless policies say unknown_cost: allow",
     true, parse_require, NULL, apply_must},
    {"hide", "\"brand = Acme\"", "products for which the filter holds are not shown", true,
     parse_hide, NULL, apply_must_not},
    {"boost", "{when: \"attribute.own_brand = yes\", up: 3}",
     "products for which the filter holds move up: by `up` places (1 to 100), or by `factor` "
     "(above 1, "
     "to 100): factor 2 makes the tenth the fifth",
     true, parse_boost, NULL, apply_move},
    {"bury", "{when: \"discount = 0\", below: 6}",
     "products for which the filter holds move down: behind slot `below` as long as others can "
     "fill "
     "the slots before, by `down` places (1 to 100), or by `factor` (above 1, to 100)",
     true, parse_bury, NULL, apply_move},
    {"pin", "{product: gift-card, slot: 8, until: 2026-12-24}",
     "the product stands in that slot, unless a requirement forbids it; the shopper reads that the "
     "shop picked it. Of two pins that hold at once for one slot the first counts",
     true, parse_pin, check_pin, apply_pin},
    {"at_most", "[{count: 2, by: brand}, {count: 1, when: \"price > 100\"}]",
     "a list shows at most `count` products (1 to 100) of one brand, category or price_band "
     "(`by`), of "
     "those for which the filter `when` holds. `level` counts categories by so many names of their "
     "path, from the top; `bands` says where price bands end (10, 20, 50, 100, ... when left out). "
     "What has no brand or category is not counted",
     true, parse_at_most, NULL, apply_cap},
    {"collapse", "[title, attribute.item_group_id]",
     "of products that are nearly the same a list shows the first: of the same brand and `title` "
     "(but "
     "for capitals and signs), or with the same value of an attribute. Variants are one "
     "product anyway",
     true, parse_collapse, NULL, apply_cap},
    {"exclude", "{bought_within_days: 90, replenishable: \"category within Coffee\"}",
     "what the shopper bought within so many days (1 to 3650) is not shown, unless the filter "
     "`replenishable` holds; known are the 12 newest purchases on each device. What is in the "
     "cart never is, nor what was bought in this session; "
     "`in_cart: true` may say so",
     true, parse_exclude, NULL, apply_exclude},
    {"fatigue", "{shown: 5, within_days: 14}",
     "what was shown to the shopper `shown` times (1 to 1000), the last time within so many days "
     "(1 to "
     "365), and never looked at, is not shown; known are the last 16 products that were shown",
     true, parse_fatigue, NULL, apply_fatigue},
    {"age", "{min: 18, when: \"category within Spirits\"}",
     "products for which the filter holds need a shopper whose verified age is at least `min` (1 "
     "to "
     "99). Products with an age_min of their own need that on every surface, without a rule. A "
     "bundle "
     "needs what each of its parts needs",
     true, parse_age, NULL, apply_age},
    {"safety", "{brands: [Acme], categories: [Weapons]}",
     "products of these brands and categories, with all below them, are never shown, nor bundles "
     "that hold one",
     true, parse_safety, NULL, apply_must_not},
    {"explore", "0.05",
     "the share of answers that explore, 0 to 0.1: the same as a surface's key `explore`; at the "
     "top "
     "for surfaces that do not say",
     false, parse_explore, NULL, NULL},
};
const size_t rule_kind_count = COUNT(rule_kinds);

const char *rule_effect_word(enum rule_effect effect)
{
    static const char *const words[] = {[RULE_REMOVED] = "removed",
                                        [RULE_MOVED] = "moved",
                                        [RULE_PLACED] = "placed",
                                        [RULE_NOT_PLACED] = "not placed"};

    return words[effect];
}

const char *rule_word(const struct rule_ref *rule, char out[RULE_WORD_SIZE])
{
    (void)snprintf(out, RULE_WORD_SIZE, "rule %u%s (%s, line %d)", rule->number,
                   rule->of_shop ? " of the shop" : "", rule->kind, rule->line); /* it fits */
    return out;
}

void rules_document(struct buffer *out)
{
    buffer_add_string(
        out,
        "## Rules\n\n"
        "Each item of `rules`, of a surface or at the top for every surface, is a map with one of "
        "these words, and beside\nit, if wanted, when it holds: `from` and `until` (a date like "
        "2026-12-24 or a time like 2026-12-24 18:00, in the\nshop's time zone; until a date takes "
        "in "
        "that day), `segment` (the name of one) and `when_shopper` (a filter over\nshoppers). A "
        "pin "
        "may also say from and until within.\n\n"
        "| rule | for example | what it says |\n|---|---|---|\n");
    for (size_t i = 0; i < rule_kind_count; i++) {
        const struct rule_kind *kind = &rule_kinds[i];
        buffer_printf(out, "| `%s` | `%s: %s` | %s |\n", kind->word, kind->word, kind->usage,
                      kind->meaning);
    }
    buffer_add_string(
        out,
        "\nA surface obeys the shop's rules, then its own. Requirements (`require`, `hide`, "
        "`exclude`, `fatigue`, `age`, `safety`,\n`at_most`, `collapse`) win over pins, pins over "
        "boosts: a list gets shorter before a requirement is broken. When\nrequirements leave too "
        "few, more is asked of the sources, then of simpler ones and of the bestsellers of every "
        "category.\n\n"
        "`boost` and `bury` count places among the products that meet the requirements, from 1, "
        "alike on every rung. They\napply one after the other, and the list is put in order of the "
        "places that come out; of equal ones what was moved\nup comes first.\n\n");
}
