/* SPDX-License-Identifier: Apache-2.0 */
/* What each requirement forbids, one kind at a time, over products a to f. */
#include "base/money.h"
#include "program/program.h"
#include "tests/support/filters.h"
#include "tests/support/test.h"

#define NOW_MS INT64_C(1790000000000) /* 2026-09-21 14:13 UTC, 16:13 in Berlin */
#define NOW_S  ((uint32_t)(NOW_MS / MS_SECOND))

enum { DAY_S = 86400 };

struct asked {
    struct shopper_facts shopper;
    struct profile profile;
    uint32_t age_verified;
    bool unknown_cost_allow;
};

static struct catalog *catalog_of(struct arena *a)
{
    static const struct {
        const char *brand, *category;
        int price, cost, stock;
        enum availability availability;
    } rows[] = {
        {"Nord", "Home > Tables", 10, 9, 3, IN_STOCK},   {"Nord", "Home", 20, 10, 3, IN_STOCK},
        {"Acme", "Garden > Sheds", 30, -1, 3, IN_STOCK}, {"Acme", "Garden", 40, 20, 3, PREORDER},
        {NULL, "Spirits", 50, 5, 3, IN_STOCK},           {"Ünder", NULL, 60, 59, 0, IN_STOCK}};
    struct catalog *c = catalog_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct product p = product_blank();
        p.item_id = text_from(arena_printf(a, "%c", (char)('a' + i)));
        p.title = TEXT("A thing");
        p.brand = text_from(rows[i].brand);
        p.category = text_from(rows[i].category);
        p.price = (int64_t)rows[i].price * MONEY_UNIT;
        p.cost = rows[i].cost < 0 ? MONEY_NONE : (int64_t)rows[i].cost * MONEY_UNIT;
        p.stock = rows[i].stock;
        p.availability = rows[i].availability;
        catalog_put(c, &p);
    }
    return c;
}

/* The letters of the products that the one rule forbids. */
static void assert_forbids(const char *rule, const struct asked *asked, const char *expected)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct catalog *catalog = catalog_of(&a);
    struct problems problems = {0};
    struct program *p;
    struct error err = {0};
    char forbidden[8] = "";
    size_t count = 0;
    const char *document = arena_printf(
        &a,
        "owner: x\ncurrency: EUR\ntime_zone: Europe/Berlin\npolicies:\n  unknown_cost: %s\n"
        "  consent_default: {analytics: true, personalization: true, email: false}\n"
        "segments: [{name: new, when: orders = 0}]\n"
        "rules:\n  - %s\n",
        asked->unknown_cost_allow ? "allow" : "deny", rule);

    if (program_compile(text_from(document), &p, &a, &problems, &err) != OK)
        fail_msg("%s", err.message);
    struct marks *marks = marks_new(p->filters.filters, p->filters.count);
    marks_follow(marks, catalog);
    const struct rules_facts facts = {.catalog = catalog,
                                      .marks = marks,
                                      .shopper = &asked->shopper,
                                      .profile = &asked->profile,
                                      .now_ms = NOW_MS,
                                      .age_verified = asked->age_verified};
    const struct rules_held *held = rules_begin(p->surfaces[0].rules, &facts, &a);
    for (product_number n = 0; n < catalog_count(catalog); n++) {
        const struct rule_ref *by = rules_forbid(held, n);
        if (by == NULL)
            continue;
        assert_int_equal(by->number, 1);
        forbidden[count++] = (char)('a' + n);
    }
    assert_string_equal(forbidden, expected);
    marks_free(marks);
    program_free(p);
    catalog_free(catalog);
}

static const struct asked nobody = {.shopper = {.days_since_last = -1, .days_since_order = -1}};

static void require_wants_every_test_passed(void **state)
{
    struct asked allowed = nobody;

    allowed.unknown_cost_allow = true;
    assert_forbids("require: {in_stock: true}", &nobody, "df");
    assert_forbids("require: {published: true}", &nobody, "");
    assert_forbids("require: {margin_at_least: 0.5}", &nobody, "acf");
    assert_forbids("require: {margin_at_least: 50%}", &allowed, "af");
    assert_forbids("require: {margin_amount_at_least: 10.00}", &nobody, "acf");
    assert_forbids("require: {margin_amount_at_least: 10.01}", &nobody, "abcf");
    assert_forbids("require: {price_at_least: 20, price_at_most: 40.00}", &nobody, "aef");
    assert_forbids("require: {when: brand = nord, price_at_least: 20}", &nobody, "acdef");
}

static void hide_and_safety_take_away(void **state)
{
    assert_forbids("hide: brand = acme", &nobody, "cd");
    assert_forbids("hide: {when: not brand is known}", &nobody, "e");
    assert_forbids("safety: {brands: [ACME, \"ünder\"]}", &nobody, "cdf");
    assert_forbids("safety: {categories: [home, \"Garden > Sheds\"]}", &nobody, "abc");
    assert_forbids("safety: {brands: [nord], categories: [Spirits]}", &nobody, "abe");
}

static void age_wants_a_verified_one(void **state)
{
    struct asked asked = nobody;

    assert_forbids("age: {min: 18, when: category = Spirits}", &asked, "e");
    asked.age_verified = 17;
    assert_forbids("age: {min: 18, when: category = Spirits}", &asked, "e");
    asked.age_verified = 18;
    assert_forbids("age: {min: 18, when: category = Spirits}", &asked, "");
}

static void exclude_goes_by_what_was_bought_and_when(void **state)
{
    struct asked asked = nobody;

    asked.profile.count = 4;
    asked.profile.actions[0] = (struct action){.product = 0, .time_s = NOW_S, .kind = ACTION_VIEW};
    asked.profile.actions[1] =
        (struct action){.product = 1, .time_s = NOW_S - 10 * DAY_S, .kind = ACTION_BUY};
    asked.profile.actions[2] =
        (struct action){.product = 2, .time_s = NOW_S - 10 * DAY_S - 1, .kind = ACTION_BUY};
    asked.profile.actions[3] = (struct action){.product = 3, .time_s = NOW_S, .kind = ACTION_CART};
    assert_forbids("exclude: {bought_within_days: 10}", &asked, "b");
    assert_forbids("exclude: {bought_within_days: 11}", &asked, "bc");
    assert_forbids("exclude: {bought_within_days: 11, replenishable: brand = Nord}", &asked, "c");
    assert_forbids("exclude: {in_cart: true}", &asked, "");
}

static void fatigue_goes_by_what_was_shown_in_vain(void **state)
{
    struct asked asked = nobody;

    asked.profile.shown_count = 3;
    asked.profile.shown[0] = (struct shown_product){0, 4, NOW_S - 1};
    asked.profile.shown[1] = (struct shown_product){1, 5, NOW_S - 7 * DAY_S};
    asked.profile.shown[2] = (struct shown_product){2, 9, NOW_S - 7 * DAY_S - 1};
    assert_forbids("fatigue: {shown: 5, within_days: 7}", &asked, "b");
    assert_forbids("fatigue: {shown: 4, within_days: 8}", &asked, "abc");
    assert_forbids("fatigue: {shown: 10, within_days: 8}", &asked, "");
}

static void a_rule_holds_for_some_and_for_a_time(void **state)
{
    struct asked first = nobody, regular = nobody;

    first.shopper.history = regular.shopper.history = true;
    regular.shopper.orders = 3;
    assert_forbids("{hide: brand = acme, segment: new}", &first, "cd");
    assert_forbids("{hide: brand = acme, segment: new}", &regular, "");
    assert_forbids("{hide: brand = acme, when_shopper: orders > 2}", &regular, "cd");
    assert_forbids("{hide: brand = acme, when_shopper: orders > 2, segment: new}", &regular, "");
    assert_forbids("{hide: brand = acme, from: 2026-09-21 16:13}", &first, "cd");
    assert_forbids("{hide: brand = acme, from: 2026-09-21 16:14}", &first, "");
    assert_forbids("{hide: brand = acme, until: 2026-09-21 16:13}", &first, "");
    assert_forbids("{hide: brand = acme, until: 2026-09-21}", &first, "cd");
    assert_forbids("{hide: brand = acme, until: 2026-09-20}", &first, "");
    assert_forbids("{hide: brand = acme, from: 2026-09-22}", &first, "");
    assert_forbids("{hide: brand = acme, from: 2026-09-21T14:13:00Z}", &first, "cd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(require_wants_every_test_passed),
        cmocka_unit_test(hide_and_safety_take_away),
        cmocka_unit_test(age_wants_a_verified_one),
        cmocka_unit_test(exclude_goes_by_what_was_bought_and_when),
        cmocka_unit_test(fatigue_goes_by_what_was_shown_in_vain),
        cmocka_unit_test(a_rule_holds_for_some_and_for_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
