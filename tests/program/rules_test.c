/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of a document: what is taken, what is refused and where, what goes together badly, and what is said
 * of them in a shop. */
#include "base/money.h"
#include "program/program.h"
#include "rules/kinds.h"
#include "tests/support/scene.h"

#define HEAD                                                                                       \
    "owner: merchandising@shop.example\n"                                                          \
    "currency: EUR\n"                                                                              \
    "time_zone: Europe/Berlin\n"                                                                   \
    "policies:\n"                                                                                  \
    "  consent_default: {analytics: true, personalization: false, email: false}\n"                 \
    "segments: [{name: new, when: orders = 0}]\n"

static struct arena arena;

static int clear(void **state)
{
    arena_free(&arena);
    return 0;
}

/* The mistakes of a document, a line each; "" when it compiles. */
static const char *problems_of(const char *document)
{
    struct problems problems = {0};
    struct program *p;
    struct error err = {0};
    const char *all = "";

    if (program_compile(text_from(document), &p, &arena, &problems, &err) == OK)
        program_free(p);
    for (const struct problem *i = problems.first; i != NULL; i = i->next)
        all = arena_printf(&arena, "%s%d:%d %s\n", all, i->line, i->column, i->message);
    return all;
}

/* Of one rule, on line 11 from column 9 on, of a surface with 8 slots. */
static const char *rule_problems(const char *rule)
{
    return problems_of(arena_printf(
        &arena, HEAD "surfaces:\n  - name: a\n    kind: pdp\n    rules:\n      - %s\n", rule));
}

static void every_kind_is_taken_as_its_example_says(void **state)
{
    for (size_t i = 0; i < rule_kind_count; i++) {
        const struct rule_kind *kind = &rule_kinds[i];
        const char *line = arena_printf(&arena, "%s: %s", kind->word, kind->usage);
        assert_string_equal(rule_problems(line), "");
        assert_non_null(kind->parse);
        assert_true(strlen(kind->meaning) > 20);
    }
}

static void a_rule_says_one_thing_in_known_words(void **state)
{
    assert_string_equal(rule_problems("{hyde: \"brand = A\"}"),
                        "11:10 unknown key 'hyde', did you mean 'hide'?\n");
    assert_string_equal(rule_problems("{hide: \"brand = A\", boost: {when: published, up: 1}}"),
                        "11:9 one rule says one thing: make 'hide' and 'boost' two rules\n");
    assert_string_equal(rule_problems("{from: 2026-01-01}"),
                        "11:9 a rule lacks its word, like require, hide, boost or pin\n");
    assert_string_equal(rule_problems("hide"),
                        "11:9 a rule must be a map, like hide: \"brand = Acme\"\n");
    assert_string_equal(problems_of(HEAD "rules: {}\n"), "7:8 rules must be a list\n");
    assert_string_equal(rule_problems("{hide: \"brnd = A\"}"),
                        "11:17 unknown field 'brnd', did you mean 'brand'?\n");
    assert_string_equal(rule_problems("{hide: {wen: published}}"),
                        "11:17 unknown key 'wen', did you mean 'when'?\n");
    assert_string_equal(rule_problems("{explore: 0.05, segment: new}"),
                        "11:9 explore holds always, for everyone: nothing may stand beside it\n");
}

static void tests_of_a_requirement_are_checked(void **state)
{
    assert_string_equal(rule_problems("{require: {in_stock: false}}"),
                        "11:30 in_stock can only be true; leave it out otherwise\n");
    assert_string_equal(
        rule_problems("{require: {margin_at_least: 15}}"),
        "11:37 margin_at_least must be a share of the price from 0 to 1, or like 15%\n");
    assert_string_equal(rule_problems("{require: {margin_at_least: 15%, price_at_least: x}}"),
                        "11:58 price_at_least must be an amount of money like 19.90\n");
    assert_string_equal(rule_problems("{require: {price_at_least: 20, price_at_most: 10}}"),
                        "11:55 no price is at least 20 and at most 10\n");
    assert_string_equal(rule_problems("{require: {}}"),
                        "11:19 require must be a map, like require: {in_stock: true, "
                        "margin_at_least: 0.15, when: \"price < 500\"}\n");
    assert_string_equal(
        rule_problems("{exclude: {in_cart: false, bought_within_days: 0}}"),
        "11:29 what is in the cart is never shown; leave this out\n"
        "11:56 bought_within_days must be a whole number from 1 to 3650, not '0'\n");
    assert_string_equal(
        rule_problems("{age: {min: 18}}"),
        "11:15 age lacks 'when': products with an age_min need no rule, this is for "
        "others\n");
    assert_string_equal(rule_problems("{safety: {brands: []}}"),
                        "11:27 brands must be a list of 1 to 200 names\n");
    assert_string_equal(rule_problems("{fatigue: {shown: 3}}"),
                        "11:19 fatigue lacks 'within_days', a whole number from 1 to 365\n");
}

static void moves_caps_and_groups_are_checked(void **state)
{
    assert_string_equal(rule_problems("{boost: {when: published, up: 2, factor: 2}}"),
                        "11:17 boost takes exactly one of 'up' and 'factor'\n");
    assert_string_equal(rule_problems("{boost: {when: published, factor: 0.5}}"),
                        "11:43 factor must be above 1; boost already says which way it goes\n");
    assert_string_equal(rule_problems("{bury: {below: 3}}"),
                        "11:16 bury lacks 'when': a filter, like \"brand = Acme\"\n");
    assert_string_equal(rule_problems("{at_most: {count: 0, by: brand}}"),
                        "11:27 at most 0 shows none of them: use hide, which says so\n");
    assert_string_equal(rule_problems("{at_most: {count: 2}}"),
                        "11:19 at_most lacks 'by': brand, category or price_band\n");
    assert_string_equal(rule_problems("{at_most: {count: 2, by: brand, level: 1}}"),
                        "11:48 level is for by: category\n");
    assert_string_equal(rule_problems("{at_most: {count: 2, by: price_band, bands: [20, 10]}}"),
                        "11:53 bands must be a list of 1 to 32 rising amounts, like [10, 25]\n");
    assert_string_equal(rule_problems("{collapse: brand}"),
                        "11:20 collapse takes title or attribute.NAME, not 'brand'\n");
}

static void windows_and_shoppers_are_checked(void **state)
{
    assert_string_equal(
        rule_problems("{hide: published, from: 24.12.2026}"),
        "11:33 from must be a date like 2026-12-24 or a time like 2026-12-24 18:00\n");
    assert_string_equal(rule_problems("{hide: published, from: 2026-12-24, until: 2026-12-23}"),
                        "11:52 this rule never holds: it ends before it begins\n");
    assert_string_equal(/* beside a pin, which says nothing of it itself */
                        rule_problems(
                            "{pin: {product: a, slot: 1}, from: 2026-12-24, until: 2026-12-23}"),
                        "11:63 this rule never holds: it ends before it begins\n");
    assert_string_equal(
        rule_problems("{pin: {product: a, slot: 1, until: 2026-12-23}, from: 2026-12-24}"),
        "11:44 this rule never holds: it ends before it begins\n");
    assert_string_equal(rule_problems("{hide: published, from: 2026-12-24, until: 2026-12-24}"),
                        "");
    assert_string_equal(rule_problems("{hide: published, segment: knew}"),
                        "11:36 unknown segment 'knew', did you mean 'new'?\n");
    const char *wrong = rule_problems("{hide: published, when_shopper: \"price > 3\"}");
    assert_non_null(strstr(wrong, "11:42 "));
}

static const char *two_rules(const char *one, const char *other)
{
    return problems_of(
        arena_printf(&arena,
                     HEAD "surfaces:\n  - name: a\n    kind: pdp\n    limit: 6\n    rules:\n"
                          "      - %s\n      - %s\n",
                     one, other));
}

static void pins_in_each_others_way_are_found(void **state)
{
    assert_string_equal(two_rules("pin: {product: a, slot: 7}", "pin: {product: b, slot: 6}"),
                        "12:9 this pin can never show: the surface has 6 slots, not 7\n");
    assert_string_equal(
        two_rules("pin: {product: a, slot: 2}", "pin: {product: b, slot: 2}"),
        "13:9 this pin can never show: rule 1 (pin, line 12) pins that slot already\n");
    assert_string_equal(
        two_rules("pin: {product: a, slot: 2}", "pin: {product: a, slot: 3}"),
        "13:9 this pin can never show: rule 1 (pin, line 12) pins the product already\n");
    assert_string_equal(
        two_rules("pin: {product: a, slot: 2, until: 2026-12-24}", "pin: {product: b, slot: 2}"),
        "13:9 slot 2 is pinned twice at the same time: rule 1 (pin, line 12) does too\n");
    assert_string_equal(two_rules("pin: {product: a, slot: 2, until: 2026-12-24}",
                                  "pin: {product: b, slot: 2, from: 2026-12-25}"),
                        "");
    assert_string_equal(
        two_rules("{pin: {product: a, slot: 2}, segment: new}", "pin: {product: b, slot: 2}"), "");
    assert_string_equal(
        two_rules("pin: {product: a, slot: 2}", "{pin: {product: b, slot: 2}, segment: new}"),
        "13:9 this pin can never show: rule 1 (pin, line 12) pins that slot already\n");
}

static void how_much_to_explore_is_said_once(void **state)
{
    struct problems problems = {0};
    struct program *p;
    struct error err = {0};
    const char *document = HEAD "rules: [{explore: 0.03}]\n"
                                "surfaces:\n"
                                "  - {name: a, kind: pdp}\n"
                                "  - {name: b, kind: pdp, explore: 0.01}\n"
                                "  - {name: c, kind: pdp, rules: [{explore: 0.1}]}\n";

    assert_int_equal(program_compile(text_from(document), &p, &arena, &problems, &err), OK);
    assert_int_equal(p->surfaces[0].explore_ppm, 30000);
    assert_int_equal(p->surfaces[1].explore_ppm, 10000);
    assert_int_equal(p->surfaces[2].explore_ppm, 100000);
    program_free(p);
    assert_string_equal(
        problems_of(HEAD "surfaces: [{name: a, kind: pdp, explore: 0, rules: [{explore: 0.1}]}]\n"),
        "7:1 line 7 says how much this surface explores already\n");
    assert_string_equal(two_rules("explore: 0.1", "explore: 0.2"),
                        "13:18 explore must be a number from 0 to 0.1, not '0.2'\n");
    assert_string_equal(two_rules("explore: 0.1", "explore: 0.1"),
                        "13:18 line 12 says how much to explore already\n");
}

/* Without surfaces of its own a document's rules hold on the usual ones. */
static void rules_of_the_shop_need_no_surfaces(void **state)
{
    struct problems problems = {0};
    struct program *p;
    struct error err = {0};

    assert_int_equal(
        program_compile(TEXT(HEAD "rules: [{hide: published}]\n"), &p, &arena, &problems, &err),
        OK);
    assert_int_equal(p->surface_count, SURFACE_KIND_COUNT);
    for (size_t i = 0; i < p->surface_count; i++) {
        assert_non_null(p->surfaces[i].rules);
        assert_null(program_builtin()->surfaces[i].rules);
    }
    program_free(p);
}

static void what_rules_come_to_in_a_shop_is_said(void **state)
{
    SCOPED(scene_free) struct scene *s = scene_new();
    struct problems problems = {0}, found = {0};
    struct program *program;
    struct error err = {0};
    const char *all = "";

    for (uint32_t i = 0; i < 10; i++) {
        struct product p = product_blank();
        p.item_id = text_from(arena_printf(&arena, "p%u", i));
        p.title = TEXT("A thing");
        p.brand = i < 4 ? TEXT("Acme") : TEXT("Nord");
        p.price = 10 * MONEY_UNIT;
        p.cost = i < 7 ? (int64_t)(i + 3) * MONEY_UNIT : MONEY_NONE;
        p.cost = i == 6 ? MONEY_UNIT : p.cost;
        p.age_min = i == 8 ? 18 : 0;
        p.stock = i == 9 ? 0 : 5;
        scene_product(s, &p);
    }
    const char *document = HEAD "rules:\n"
                                "  - require: {margin_at_least: 0.5}\n"
                                "surfaces:\n"
                                "  - name: a\n"
                                "    kind: pdp\n"
                                "    rules:\n"
                                "      - hide: brand = Acme\n"
                                "      - hide: brand = Nobody\n"
                                "      - pin: {product: p1, slot: 1}\n"
                                "      - pin: {product: p9, slot: 2}\n"
                                "      - pin: {product: gone, slot: 3}\n"
                                "      - pin: {product: p2, slot: 4, until: 2020-12-24}\n"
                                "      - age: {min: 18, when: brand = Nord}\n"
                                "      - pin: {product: p6, slot: 5}\n";
    assert_int_equal(program_compile(text_from(document), &program, &arena, &problems, &err), OK);
    program_look(program, s->state->catalog, s->now_ms, &arena, &found);
    for (const struct problem *i = found.first; i != NULL; i = i->next)
        all = arena_printf(&arena, "%s%d:%d %s\n", all, i->line, i->column, i->message);
    assert_string_equal(
        all, "8:5 rule 1 of the shop (require, line 8): margin_at_least hides 5 of 9 products, 2 "
             "of them "
             "because their cost is not known\n"
             "13:9 rule 1 (hide, line 13): hides 4 of 9 products\n"
             "14:9 rule 2 (hide, line 14): its filter holds for none of 9 products\n"
             "15:9 rule 3 (pin, line 15): can never show: p1 is hidden by rule 1 (hide, line 13)\n"
             "16:9 rule 4 (pin, line 16): does not show now: p9 is out_of_stock\n"
             "17:9 rule 5 (pin, line 17): cannot show: nothing has the id 'gone'\n"
             "18:9 rule 6 (pin, line 18): is over since 2020-12-24T23:00:00.000Z\n"
             "19:9 rule 7 (age, line 19): hides 5 of 9 products from whose age is not verified\n"
             "20:9 rule 8 (pin, line 20): shows only to a verified age of 18 or more\n");
    program_free(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_kind_is_taken_as_its_example_says, clear),
        cmocka_unit_test_teardown(a_rule_says_one_thing_in_known_words, clear),
        cmocka_unit_test_teardown(tests_of_a_requirement_are_checked, clear),
        cmocka_unit_test_teardown(moves_caps_and_groups_are_checked, clear),
        cmocka_unit_test_teardown(windows_and_shoppers_are_checked, clear),
        cmocka_unit_test_teardown(pins_in_each_others_way_are_found, clear),
        cmocka_unit_test_teardown(how_much_to_explore_is_said_once, clear),
        cmocka_unit_test_teardown(rules_of_the_shop_need_no_surfaces, clear),
        cmocka_unit_test_teardown(what_rules_come_to_in_a_shop_is_said, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
