/* SPDX-License-Identifier: Apache-2.0 */
/* Where a list's products come to stand: one rule at a time, over ten products in order. */
#include "base/money.h"
#include "program/program.h"
#include "tests/support/filters.h"
#include "tests/support/test.h"

enum { PRODUCTS = 10, LIMIT = 8, SPARE = 3 };

#define NOW_MS INT64_C(1790000000000)

struct shop {
    struct catalog *catalog;
    struct program *program;
    struct marks *marks;
    struct groups *groups;
    struct shopper_facts shopper;
    struct profile profile;
    struct arena arena;
    struct rule_notes notes;
};

/* p0 to p9: brands A and B in turn, two categories, prices 1 to 10. */
static void shop_open(struct shop *s, const char *rules)
{
    struct problems problems = {0};
    struct error err = {0};

    *s = (struct shop){.catalog = catalog_new()};
    for (uint32_t i = 0; i < PRODUCTS; i++) {
        struct product p = product_blank();
        p.item_id = text_from(arena_printf(&s->arena, "p%u", i));
        p.title = text_from(arena_printf(&s->arena, "Thing %u", i / 2));
        p.brand = i % 2 == 0 ? TEXT("A") : TEXT("B");
        p.category = i < 6 ? TEXT("Home > Tables") : TEXT("Home > Seats > Stools");
        p.price = (int64_t)(i + 1) * MONEY_UNIT;
        catalog_put(s->catalog, &p);
    }
    const char *document =
        arena_printf(&s->arena,
                     "owner: x\ncurrency: EUR\npolicies:\n"
                     "  consent_default: {analytics: true, personalization: true, email: false}\n"
                     "surfaces:\n  - name: a\n    kind: home\n    rules:\n%s",
                     rules);
    if (program_compile(text_from(document), &s->program, &s->arena, &problems, &err) != OK)
        fail_msg("%s", err.message);
    s->marks = marks_new(s->program->filters.filters, s->program->filters.count);
    marks_follow(s->marks, s->catalog);
    s->groups = groups_new();
    groups_take(s->groups, &s->program->groups);
    groups_follow(s->groups, s->catalog);
    s->notes.notes = arena_array(&s->arena, RULE_NOTES_MAX, sizeof(struct rule_note));
}

static void shop_close(struct shop *s)
{
    marks_free(s->marks);
    groups_free(s->groups);
    program_free(s->program);
    catalog_free(s->catalog);
    arena_free(&s->arena);
}

/* The list as "3 1* 4": numbers of products, a star at what is pinned, a bar before the spare places. */
static const char *places(struct shop *s, uint32_t limit, uint32_t spare)
{
    const struct rules_facts facts = {.catalog = s->catalog,
                                      .marks = s->marks,
                                      .groups = s->groups,
                                      .shopper = &s->shopper,
                                      .profile = &s->profile,
                                      .now_ms = NOW_MS};
    struct rules_held *held = rules_begin(s->program->surfaces[0].rules, &facts, &s->arena);
    struct candidate candidates[PRODUCTS];
    struct rules_placed placed[PRODUCTS];
    struct rules_question q = {
        .candidates = candidates, .limit = limit, .spare = spare, .notes = &s->notes};
    const char *all = "";

    for (product_number n = 0; n < PRODUCTS; n++)
        if (rules_forbid(held, n) == NULL)
            candidates[q.count++] = (struct candidate){.product = n};
    s->notes.count = 0;
    size_t count = rules_place(held, &q, placed, &s->arena);
    for (size_t i = 0; i < count; i++)
        all = arena_printf(&s->arena, "%s%s%s%u%s", all, i > 0 ? " " : "", i == limit ? "| " : "",
                           candidates[placed[i].candidate].product,
                           placed[i].pinned != NULL ? "*" : "");
    return all;
}

static void assert_places(const char *rules, const char *expected)
{
    struct shop s;

    shop_open(&s, rules);
    assert_string_equal(places(&s, LIMIT, SPARE), expected);
    shop_close(&s);
}

#define RULE "      - "

static void moves_count_places_and_apply_in_order(void **state)
{
    assert_places(RULE "boost: {when: item_id = p6, up: 4}\n", "0 1 6 2 3 4 5 7 | 8 9");
    assert_places(RULE "boost: {when: item_id = p1, up: 40}\n", "1 0 2 3 4 5 6 7 | 8 9");
    assert_places(RULE "boost: {when: item_id = p7, factor: 4}\n", "0 7 1 2 3 4 5 6 | 8 9");
    assert_places(RULE "bury: {when: item_id = p0, down: 2}\n", "1 2 0 3 4 5 6 7 | 8 9");
    assert_places(RULE "bury: {when: item_id = p1, factor: 2}\n", "0 2 3 1 4 5 6 7 | 8 9");
    /* 8 / 2 - 1 = 3 is another place than (8 - 1) / 2 = 3.5 */
    assert_places(RULE "boost: {when: item_id = p7, factor: 2}\n" RULE
                       "boost: {when: item_id = p7, up: 1}\n",
                  "0 1 7 2 3 4 5 6 | 8 9");
    assert_places(RULE "boost: {when: item_id = p7, up: 1}\n" RULE
                       "boost: {when: item_id = p7, factor: 2}\n",
                  "0 1 2 7 3 4 5 6 | 8 9");
    /* all that move by the same keep their order */
    assert_places(RULE "boost: {when: brand = B, up: 3}\n", "1 3 0 5 2 7 4 9 | 6 8");
}

static void what_is_buried_stands_behind_as_long_as_others_are_there(void **state)
{
    assert_places(RULE "bury: {when: brand = A, below: 3}\n", "1 3 5 0 2 4 6 7 | 9");
    assert_places(RULE "bury: {when: published, below: 3}\n", "0 1 2 3 4 5 6 7");
    assert_places(RULE "bury: {when: price < 9, below: 8}\n", "8 9 0 1 2 3 4 5");
    assert_places(RULE "bury: {when: brand = A, below: 2}\n" RULE
                       "bury: {when: item_id = p0, below: 4}\n",
                  "1 3 2 4 0 5 6 7 | 9");
    assert_places(RULE "bury: {when: item_id = p0, below: 4}\n" RULE
                       "bury: {when: brand = A, below: 2}\n",
                  "1 3 2 4 0 5 6 7 | 9");
}

static void pins_stand_in_their_slots(void **state)
{
    assert_places(RULE "pin: {product: p9, slot: 1}\n", "9* 0 1 2 3 4 5 6 | 7 8");
    assert_places(RULE "pin: {product: p0, slot: 8}\n", "1 2 3 4 5 6 7 0* | 8 9");
    assert_places(RULE "pin: {product: p9, slot: 2}\n" RULE "pin: {product: p8, slot: 1}\n",
                  "8* 9* 0 1 2 3 4 5 | 6 7");
    /* of a list that is too short the end */
    assert_places(RULE "hide: price > 3\n" RULE "pin: {product: p0, slot: 7}\n" RULE
                       "pin: {product: p1, slot: 5}\n",
                  "2 1* 0*");
    /* of two that hold at once the first */
    assert_places(RULE "{pin: {product: p1, slot: 2}, when_shopper: device is unknown}\n" RULE
                       "pin: {product: p3, slot: 2}\n",
                  "0 1* 2 3 4 5 6 7 | 8 9");
    assert_places(RULE "{pin: {product: p1, slot: 2}, when_shopper: device is known}\n" RULE
                       "pin: {product: p3, slot: 2}\n",
                  "0 3* 1 2 4 5 6 7 | 8 9");
    /* buried or not */
    assert_places(RULE "bury: {when: item_id = p3, below: 8}\n" RULE
                       "pin: {product: p3, slot: 1}\n",
                  "3* 0 1 2 4 5 6 7 | 8 9");
    assert_places(RULE "pin: {product: p3, slot: 1}\n" RULE "hide: item_id = p3\n",
                  "0 1 2 4 5 6 7 8 | 9");
}

static void a_slot_beyond_the_limit_asked_for_is_none(void **state)
{
    struct shop s;

    shop_open(&s, RULE "pin: {product: p1, slot: 5}\n");
    assert_string_equal(places(&s, 8, 0), "0 2 3 4 1* 5 6 7");
    assert_string_equal(places(&s, 4, 0), "0 1 2 3");
    shop_close(&s);
}

static void caps_count_what_is_pinned_first(void **state)
{
    assert_places(RULE "at_most: {count: 2, by: brand}\n", "0 1 2 3");
    assert_places(RULE "at_most: {count: 2, by: category}\n", "0 1 6 7");
    assert_places(RULE "at_most: {count: 3, by: category, level: 1}\n", "0 1 2");
    assert_places(RULE "at_most: {count: 1, by: category, level: 3}\n", "0 6");
    assert_places(RULE "at_most: {count: 1, by: price_band}\n", "0 1 2 5");
    assert_places(RULE "at_most: {count: 2, by: price_band, bands: [5]}\n", "0 1 5 6");
    assert_places(RULE "at_most: {count: 1, when: price > 4}\n", "0 1 2 3 4");
    assert_places(RULE "at_most: {count: 1, by: brand, when: price > 4}\n", "0 1 2 3 4 5");
    assert_places(RULE "collapse: title\n", "0 1 2 3 4 5 6 7 | 8 9");
    assert_places(RULE "at_most: {count: 1, by: brand}\n" RULE "pin: {product: p9, slot: 2}\n",
                  "0 9*");
    /* of two pins that a cap does not allow together the first counts */
    assert_places(RULE "at_most: {count: 1, by: brand}\n" RULE "pin: {product: p7, slot: 2}\n" RULE
                       "pin: {product: p9, slot: 1}\n",
                  "0 7*");
}

static void notes_say_what_each_rule_did(void **state)
{
    struct shop s;

    shop_open(&s,
              RULE "boost: {when: item_id = p4, up: 2}\n" RULE "pin: {product: p2, slot: 1}\n" RULE
                   "at_most: {count: 1, when: price > 9}\n" RULE "pin: {product: p9, slot: 2}\n");
    assert_string_equal(places(&s, 3, 0), "2* 9* 0");
    assert_int_equal(s.notes.count, 3);
    assert_int_equal(s.notes.notes[0].effect, RULE_MOVED);
    assert_int_equal(s.notes.notes[0].product, 4);
    assert_int_equal(s.notes.notes[0].from, 5);
    assert_int_equal(s.notes.notes[0].to, 3);
    assert_int_equal(s.notes.notes[1].effect, RULE_PLACED);
    assert_int_equal(s.notes.notes[1].product, 2);
    assert_int_equal(s.notes.notes[1].to, 1);
    assert_int_equal(s.notes.notes[2].rule.number, 4);
    shop_close(&s);
    shop_open(&s, RULE "at_most: {count: 1, by: brand}\n" RULE "pin: {product: p0, slot: 1}\n" RULE
                       "pin: {product: p2, slot: 2}\n");
    assert_string_equal(places(&s, 3, 0), "0* 1");
    assert_int_equal(s.notes.notes[0].effect, RULE_REMOVED);
    assert_int_equal(s.notes.notes[0].rule.number, 1);
    assert_int_equal(s.notes.notes[1].effect, RULE_NOT_PLACED);
    assert_int_equal(s.notes.notes[1].rule.number, 3);
    shop_close(&s);
}

/* A number for what a product is taken for follows the catalog. */
static void groups_follow_the_catalog(void **state)
{
    struct shop s;
    struct product p;

    shop_open(&s,
              RULE "collapse: [title, attribute.set]\n" RULE "at_most: {count: 9, by: brand}\n");
    assert_int_equal(s.program->groups.count, 3);
    assert_int_equal(groups_key(s.groups, 0, 2), groups_key(s.groups, 4, 2));
    assert_int_not_equal(groups_key(s.groups, 0, 2), groups_key(s.groups, 1, 2));
    assert_int_not_equal(groups_key(s.groups, 0, 0), groups_key(s.groups, 1, 0));
    assert_int_equal(groups_key(s.groups, 0, 1), 0);
    assert_true(catalog_get(s.catalog, 1, &s.arena, &p));
    p.item_id = arena_text(&s.arena, p.item_id);
    p.title = arena_text(&s.arena, p.title);
    p.category = arena_text(&s.arena, p.category);
    struct attribute set = {TEXT("SET"), TEXT("Étoile")};
    p.brand = TEXT("a!");
    p.attributes = &set;
    p.attribute_count = 1;
    catalog_put(s.catalog, &p);
    groups_follow(s.groups, s.catalog);
    assert_int_equal(groups_key(s.groups, 0, 0),
                     groups_key(s.groups, 1, 0)); /* Thing 0 of A both */
    assert_int_not_equal(groups_key(s.groups, 1, 1), 0);
    assert_int_equal(groups_key(s.groups, 0, 2), groups_key(s.groups, 1, 2));
    assert_true(catalog_get(s.catalog, 1, &s.arena, &p)); /* texts of before may be gone */
    p.attributes = &set;
    p.item_id = TEXT("p10");
    set.value = TEXT("étoile!");
    catalog_put(s.catalog, &p);
    groups_follow(s.groups, s.catalog);
    assert_int_equal(groups_key(s.groups, catalog_find(s.catalog, TEXT("p10")), 1),
                     groups_key(s.groups, 1, 1));
    shop_close(&s);
}

/* Found out ahead, a few products at a time while the catalog changes, they are the same. */
static void groups_made_ahead_are_the_same(void **state)
{
    struct shop s;
    struct product p;
    struct groups *ahead = groups_new(), *fresh = groups_new();
    struct group_list list = {.groups = {{.by = GROUP_TITLE}, {.by = GROUP_BRAND}}, .count = 2};
    struct group_list same = list;

    shop_open(&s, RULE "at_most: {count: 9, by: brand}\n");
    assert_true(groups_are(s.groups, &s.program->groups));
    assert_false(groups_are(s.groups, &list));
    groups_take(ahead, &list);
    assert_false(groups_advance(ahead, s.catalog, 3));
    for (product_number n = 1; n < PRODUCTS;
         n += 4) { /* one that has its numbers, some that have not */
        assert_true(catalog_get(s.catalog, n, &s.arena, &p));
        p.item_id = arena_text(&s.arena, p.item_id);
        p.title = TEXT("Another");
        p.category = arena_text(&s.arena, p.category);
        p.brand = TEXT("C");
        catalog_put(s.catalog, &p);
        (void)groups_advance(ahead, s.catalog, 1); /* as far as it goes */
    }
    assert_false(groups_adopt(&s.groups, &ahead, &s.program->groups));
    assert_true(groups_adopt(&s.groups, &ahead, &same));
    groups_follow(s.groups, s.catalog);
    groups_take(fresh, &same);
    groups_follow(fresh, s.catalog);
    for (product_number n = 0; n < catalog_count(s.catalog); n++)
        for (uint32_t k = 0; k < 2; k++)
            assert_int_equal(groups_key(s.groups, n, k), groups_key(fresh, n, k));
    assert_int_equal(groups_key(s.groups, 1, 0), groups_key(s.groups, 5, 0));
    assert_true(groups_advance(fresh, s.catalog, 0));
    groups_free(ahead);
    groups_free(fresh);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_count_places_and_apply_in_order),
        cmocka_unit_test(what_is_buried_stands_behind_as_long_as_others_are_there),
        cmocka_unit_test(pins_stand_in_their_slots),
        cmocka_unit_test(a_slot_beyond_the_limit_asked_for_is_none),
        cmocka_unit_test(caps_count_what_is_pinned_first),
        cmocka_unit_test(notes_say_what_each_rule_did),
        cmocka_unit_test(groups_follow_the_catalog),
        cmocka_unit_test(groups_made_ahead_are_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
