/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/audit.h"

#include <math.h>
#include <string.h>

#include "audit/parts.h"

#include "tests/support/catalog.h"
#include "tests/support/faults.h"
#include "tests/support/test.h"

static const struct finding *finding_of(const struct report *r, enum check c)
{
    for (uint32_t i = 0; i < r->finding_count; i++)
        if (r->findings[i].check == c)
            return &r->findings[i];
    return NULL;
}

/* Looked at, and silent: a check that never looks cannot be wrong. */
static void a_shop_without_a_fault_is_looked_through_and_found_sound(void **state)
{
    SCOPED(made_shop_free) struct made_shop *m = made_shop_new(1);
    SCOPED(audit_free) struct audit *a = NULL;
    const struct report *r = made_shop_audit(m, &a);

    for (uint32_t i = 0; i < r->finding_count; i++)
        print_error("%s: %.*s\n", check_rows[r->findings[i].check].name,
                    (int)r->findings[i].sentence.size, r->findings[i].sentence.data);
    assert_int_equal(r->finding_count, 0);
    for (int c = 0; c < CHECK_COUNT; c++) {
        if (r->tallies[c].of > 0 || strstr(check_rows[c].sentence, "{of}") == NULL)
            continue;
        print_error("%s looked at nothing\n", check_rows[c].name);
        fail();
    }
    for (int f = 0; f < FOUNDATION_COUNT; f++)
        assert_true(r->scores[f] == 100);
}

static const struct fault *fault_of(enum check c)
{
    for (size_t i = 0; i < fault_count; i++)
        if (faults[i].check == c)
            return &faults[i];
    return NULL;
}

static void every_check_finds_the_fault_made_for_it(void **state)
{
    bool failed = false;

    for (int c = 0; c < CHECK_COUNT; c++) {
        SCOPED(made_shop_free) struct made_shop *m = made_shop_new(1);
        SCOPED(audit_free) struct audit *a = NULL;
        const struct fault *fault = fault_of((enum check)c);

        if (fault == NULL || fault->plant == NULL) {
            print_error("%s has no fault made for it\n", check_rows[c].name);
            failed = true;
            continue;
        }
        fault->plant(m);
        const struct report *r = made_shop_audit(m, &a);
        if (finding_of(r, (enum check)c) != NULL)
            continue;
        print_error("%s missed its fault: %llu of %llu\n", check_rows[c].name,
                    (unsigned long long)r->tallies[c].count, (unsigned long long)r->tallies[c].of);
        failed = true;
    }
    assert_false(failed);
}

/* Did the audit of what is near a fault say what it should not, or never look? */
static bool speaks(const struct fault *fault, const struct report *r)
{
    const struct tally *t = &r->tallies[fault->check];
    const char *name = check_rows[fault->check].name;
    bool looked = t->of > 0 || strstr(check_rows[fault->check].sentence, "{of}") == NULL;
    bool wrong = !looked || finding_of(r, fault->check) != NULL;

    if (!looked)
        print_error("%s looked at nothing\n", name);
    if (finding_of(r, fault->check) != NULL)
        print_error("%s speaks of what is only near: %llu of %llu\n", name,
                    (unsigned long long)t->count, (unsigned long long)t->of);
    for (uint32_t i = 0; i < r->finding_count && !fault->amid; i++) {
        print_error("near %s, %s speaks: %.*s\n", name, check_rows[r->findings[i].check].name,
                    (int)r->findings[i].sentence.size, r->findings[i].sentence.data);
        wrong = true;
    }
    return wrong;
}

static void every_check_is_silent_about_what_is_only_near_a_fault(void **state)
{
    bool failed = false;

    for (int c = 0; c < CHECK_COUNT; c++) {
        SCOPED(made_shop_free) struct made_shop *m = made_shop_new(1);
        SCOPED(audit_free) struct audit *a = NULL;
        const struct fault *fault = fault_of((enum check)c);

        if (fault == NULL || fault->near == NULL) {
            print_error("%s has no clean case made for it\n", check_rows[c].name);
            failed = true;
            continue;
        }
        fault->near(m);
        failed |= speaks(fault, made_shop_audit(m, &a));
    }
    assert_false(failed);
}

static void of_a_hundred_planted_faults_at_most_three_are_missed(void **state)
{
    for (uint64_t seed = 11; seed < 14; seed++) {
        struct fault_figures f = faults_found(seed);
        for (int c = 0; c < CHECK_COUNT; c++)
            if (f.missed[c] > 0)
                print_error("seed %llu: missed %u of %s\n", (unsigned long long)seed, f.missed[c],
                            check_rows[c].name);
        assert_int_equal(f.planted, FAULTS_PLANTED);
        assert_true(f.kinds >= 30);
        assert_true(f.found >= 97);
        assert_true(f.false_alarms <= 2);
    }
}

/* statistics, 3.7: visitors in each group at alpha 0.05, power 0.8 */
static void a_test_takes_as_many_visitors_as_the_tables_say(void **state)
{
    double conversion = sqrt(0.97 / 0.03);

    assert_true(fabs(test_group_size(conversion, 0.05) - 203024) < 1);
    assert_true(fabs(test_group_size(conversion, 0.10) - 50756) < 1);
    assert_true(fabs(test_group_size(6, 0.05) - 226048) < 1);
    assert_true(fabs(test_group_size(8, 0.10) - 100466) < 1);
    assert_true(fabs(test_group_size(10, 0.10) - 156978) < 1);
}

static void visit(struct audit *a, const char *who, int sessions, int64_t revenue)
{
    for (int i = 0; i < sessions; i++) {
        struct event e = {.id = TEXT("e"),
                          .type = i == 0 && revenue > 0 ? EVENT_purchase : EVENT_page_view,
                          .time_ms = INT64_C(1790000000000) + i * (int64_t)MS_DAY,
                          .anonymous_id = text_from(who),
                          .value = i == 0 && revenue > 0 ? revenue * MONEY_UNIT : MONEY_NONE,
                          .scroll_percent = -1};
        audit_event(a, &e, e.time_ms);
    }
}

/* By hand: revenue 30, 0, 50, 0 in 2, 1, 3, 2 sessions. */
static void revenue_per_session_has_the_variance_of_a_ratio(void **state)
{
    struct catalog *c = catalog_new();
    SCOPED(audit_free)
    struct audit *a =
        audit_new(&(struct audit_options){.catalog = c, .program = program_builtin(), .now_ms = 1});

    visit(a, "a", 2, 30);
    visit(a, "b", 1, 0);
    visit(a, "c", 3, 50);
    visit(a, "d", 2, 0);
    const struct report *r = audit_finish(a);
    catalog_free(c);
    assert_int_equal(r->sessions, 8);
    assert_true(fabs(r->uncapped.per_session - 10) < 1e-9);
    assert_true(fabs(r->uncapped.deviation - 9.128709291752768) < 1e-9);
}

/* A hundred spend 10 and one 10,000: of 101 buyers the 100th by what they spent bears the cap. */
static void what_one_visitor_spends_is_capped_for_the_length_of_a_test(void **state)
{
    struct catalog *c = catalog_new();
    SCOPED(audit_free)
    struct audit *a =
        audit_new(&(struct audit_options){.catalog = c, .program = program_builtin(), .now_ms = 1});
    char who[16];

    for (int i = 0; i <= 100; i++) {
        snprintf(who, sizeof(who), "v-%d", i);
        visit(a, who, 1, i == 50 ? 10000 : 10);
    }
    for (int i = 0; i < 99; i++) {
        snprintf(who, sizeof(who), "w-%d", i);
        visit(a, who, 1, 0);
    }
    const struct report *r = audit_finish(a);
    catalog_free(c);
    assert_int_equal(r->revenue_cap, 10 * MONEY_UNIT);
    assert_true(fabs(r->uncapped.per_session - 11000.0 / 200) < 1e-9);
    assert_true(fabs(r->capped.per_session - 1010.0 / 200) < 1e-9);
    /* 101 of 200 spend 10: the variance of a share, 10 times as far apart */
    assert_true(fabs(r->capped.deviation - 10 * sqrt(0.505 * 0.495 * 200 / 199)) < 1e-9);
    for (int i = 0; i < AUDIT_LIFTS; i++) {
        assert_true(r->capped.tests[i].lift == (i == 0 ? 0.05 : 0.10));
        assert_true(r->capped.tests[i].visitors > 0);
        assert_true(r->capped.tests[i].days < r->uncapped.tests[i].days);
    }
}

/* A margin floor does not hide a bundle whose parts' costs are known. */
static void a_bundle_costs_what_its_parts_cost(void **state)
{
    SCOPED(catalog_done) struct catalog *c = catalog_new();
    struct product p = product_blank();

    for (int known = 0; known <= 1; known++) {
        SCOPED(audit_free)
        struct audit *a = audit_new(
            &(struct audit_options){.catalog = c, .program = program_builtin(), .now_ms = 1});

        p.item_id = TEXT("mug");
        p.price = 9 * MONEY_UNIT;
        p.cost = known ? 4 * MONEY_UNIT : MONEY_NONE;
        p.part_count = 0;
        put(c, &p);
        p.item_id = TEXT("set");
        p.cost = MONEY_NONE;
        p.parts = &(struct bundle_part){TEXT("mug"), 2};
        p.part_count = 1;
        put(c, &p);
        const struct report *r = audit_finish(a);
        assert_int_equal(r->tallies[CHECK_cost_unknown].of, 2);
        assert_int_equal(r->tallies[CHECK_cost_unknown].count, known ? 0 : 2);
    }
}

/* 200 come every day and buy in turn, 10 come once: within d days 200 + 10 d have come. */
static void a_test_waits_for_visitors_who_are_new(void **state)
{
    enum { DAYS = 60, REGULARS = 200, NEW = 10 };
    struct catalog *c = catalog_new();
    SCOPED(audit_free)
    struct audit *a =
        audit_new(&(struct audit_options){.catalog = c, .program = program_builtin(), .now_ms = 1});
    char who[32];

    for (int day = 0; day < DAYS; day++)
        for (int i = 0; i < REGULARS + NEW; i++) {
            snprintf(who, sizeof(who), "v-%d-%d", i, i < REGULARS ? 0 : day);
            struct event e = {.id = TEXT("e"),
                              .type = i == day ? EVENT_purchase : EVENT_page_view,
                              .time_ms = (INT64_C(20000) + day) * MS_DAY + i * MS_MINUTE,
                              .anonymous_id = text_from(who),
                              .value = i == day ? 10 * MONEY_UNIT : MONEY_NONE,
                              .scroll_percent = -1};
            audit_event(a, &e, e.time_ms);
        }
    const struct report *r = audit_finish(a);
    catalog_free(c);
    assert_int_equal(r->visitors_month, REGULARS + 30 * NEW);
    for (int i = 0; i < AUDIT_LIFTS; i++) {
        const struct test_length *t = &r->uncapped.tests[i];
        assert_true(t->visitors > REGULARS + DAYS * NEW);
        assert_true(fabs(t->days - ceil((t->visitors - REGULARS) / NEW / 7) * 7) < 1e-6);
    }
}

static const struct report *judged(const char *const *types, size_t count, uint64_t serving,
                                   struct buffer *json)
{
    static struct report report;
    struct catalog *c = catalog_new();
    SCOPED(buffer_free) struct buffer body = {0};
    SCOPED(audit_free)
    struct audit *a = audit_new(&(struct audit_options){
        .catalog = c, .program = program_builtin(), .now_ms = 1, .sessions_serving = serving});
    struct product p = product_blank();

    p.item_id = p.title = TEXT("oak");
    product_encode(&p, &body);
    if (count > 0)
        (void)catalog_fold(c, &(struct record){.kind = RECORD_PRODUCT, .body = buffer_text(&body)});
    for (size_t i = 0; i < count; i++) {
        struct event_item line = {.item_id = TEXT("oak"), .quantity = 1, .price = MONEY_UNIT};
        struct event e = {.id = TEXT("e"),
                          .time_ms = INT64_C(1790000000000),
                          .anonymous_id = TEXT("v"),
                          .items = &line,
                          .item_count = 1,
                          .value = MONEY_NONE,
                          .scroll_percent = -1};
        e.type = event_type_find(text_from(types[i]));
        audit_event(a, &e, e.time_ms);
    }
    report = *audit_finish(a);
    report_json(&report, json);
    catalog_free(c);
    return &report;
}

static void what_has_no_data_is_not_judged(void **state)
{
    SCOPED(buffer_free) struct buffer json = {0};

    (void)judged(NULL, 0, 0, &json);
    assert_non_null(strstr(
        json.data, "\"scores\":{\"events\":null,\"people\":null,\"catalog\":null,\"ready\":null}"));
    assert_non_null(strstr(json.data, "\"rung\":null"));
    assert_non_null(strstr(json.data, "\"days\":null"));
    assert_null(strstr(json.data, "\"lacks\":null")); /* nothing can be shown */
    assert_null(strstr(json.data, "\"days\":0"));
}

static void surfaces_lack_what_they_cannot_do_without(void **state)
{
    static const char *const orders[] = {"purchase"}, *const views[] = {"view_item"};
    SCOPED(buffer_free) struct buffer of_orders = {0}, of_views = {0};

    (void)judged(orders, 1, 0, &of_orders);
    assert_non_null(strstr(of_orders.data, "\"kind\":\"pdp\",\"asked\":0,\"sessions_month\":0,"
                                           "\"lacks\":\"view_item events\""));
    assert_null(strstr(of_orders.data, "purchases\""));
    (void)judged(views, 1, 0, &of_views);
    assert_non_null(strstr(of_views.data, "\"kind\":\"cart\",\"asked\":0,\"sessions_month\":0,"
                                          "\"lacks\":\"purchases\""));
}

/* The ladder is climbed by what answers count, however few of them are people's. */
static void the_rung_is_told_by_the_count_that_serves(void **state)
{
    static const char *const views[] = {"view_item"};
    SCOPED(buffer_free) struct buffer json = {0};
    uint64_t co_view = program_builtin()->traffic_co_view;

    const struct report *r = judged(views, 1, co_view, &json);
    assert_int_equal(r->rung, RUNG_NEIGHBOURS);
    assert_int_equal(r->sessions_month, 1);
    assert_int_equal(r->tallies[CHECK_traffic_low].count, 0);
    r = judged(views, 1, co_view - 1, &json);
    assert_int_equal(r->rung, RUNG_BESTSELLERS);
    assert_int_equal(r->tallies[CHECK_traffic_low].count, co_view - 1);
}

static void pages_are_told_by_their_addresses(void **state)
{
    static const struct {
        const char *url;
        enum page_kind kind;
    } rows[] = {
        {"https://shop.example", PAGE_HOME},
        {"https://shop.example/?utm_source=x", PAGE_HOME},
        {"/products/oak-table", PAGE_PRODUCT},
        {"https://shop.example/collections/all", PAGE_CATEGORY},
        {"https://shop.example/collections/all/products/oak-table", PAGE_PRODUCT},
        {"https://shop.example/search?q=oak", PAGE_SEARCH},
        {"https://shop.example/cart", PAGE_CART},
        {"https://shop.example/checkout/pay", PAGE_CHECKOUT},
        {"https://shop.example/checkout/order-received/7", PAGE_THANKS},
        {"https://shop.example/about", PAGE_OTHER},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct event e = {.type = EVENT_page_view, .page_url = text_from(rows[i].url)};
        assert_int_equal(page_kind_of(&e), rows[i].kind);
    }
    assert_int_equal(page_kind_of(&(struct event){.type = EVENT_view_cart}), PAGE_CART);
}

/* What strangers sent cannot become markup, nor move the cursor. */
static void reports_are_safe_to_show(void **state)
{
    SCOPED(made_shop_free) struct made_shop *m = made_shop_new(1);
    SCOPED(audit_free) struct audit *a = NULL;
    SCOPED(buffer_free) struct buffer html = {0}, text = {0}, json = {0};

    made_pick(m, EVENT_search)->event.search_term = (struct text){0};
    for (int i = 0; i < 100; i++)
        made_pick(m, EVENT_view_item)->event.items[0].item_id =
            TEXT("<script>alert(1)</script>\x1b[2J");
    const struct report *r = made_shop_audit(m, &a);
    report_html(r, &html);
    report_text(r, &text);
    report_json(r, &json);
    assert_null(strstr(html.data, "<script>"));
    assert_non_null(strstr(html.data, "&lt;script&gt;"));
    assert_null(strstr(html.data, "<!--findings-->"));
    assert_null(strchr(text.data, 0x1b));
    assert_null(strchr(html.data, 0x1b));
    assert_null(strchr(json.data, 0x1b));
    assert_null(strstr(html.data, "http://"));
}

static void no_line_of_text_is_longer_than_a_terminal(void **state)
{
    SCOPED(made_shop_free) struct made_shop *m = made_shop_new(1);
    SCOPED(audit_free) struct audit *a = NULL;
    SCOPED(buffer_free) struct buffer text = {0};
    size_t lines = 0;

    for (size_t i = 0; i < fault_count; i++)
        if (faults[i].many)
            faults[i].plant(m);
    report_text(made_shop_audit(m, &a), &text);
    struct text rest = buffer_text(&text);
    while (rest.size > 0) {
        struct text line = text_cut(&rest, '\n');
        size_t columns = 0;
        for (size_t i = 0; i < line.size; i++)
            columns += ((unsigned char)line.data[i] & 0xC0) != 0x80;
        if (columns > 80 || text_ends(line, " "))
            fail_msg("%zu columns: %.*s|", columns, (int)line.size, line.data);
        lines++;
    }
    assert_true(lines > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shop_without_a_fault_is_looked_through_and_found_sound),
        cmocka_unit_test(a_test_takes_as_many_visitors_as_the_tables_say),
        cmocka_unit_test(revenue_per_session_has_the_variance_of_a_ratio),
        cmocka_unit_test(a_bundle_costs_what_its_parts_cost),
        cmocka_unit_test(what_one_visitor_spends_is_capped_for_the_length_of_a_test),
        cmocka_unit_test(a_test_waits_for_visitors_who_are_new),
        cmocka_unit_test(what_has_no_data_is_not_judged),
        cmocka_unit_test(surfaces_lack_what_they_cannot_do_without),
        cmocka_unit_test(the_rung_is_told_by_the_count_that_serves),
        cmocka_unit_test(pages_are_told_by_their_addresses),
        cmocka_unit_test(reports_are_safe_to_show),
        cmocka_unit_test(no_line_of_text_is_longer_than_a_terminal),
        cmocka_unit_test(of_a_hundred_planted_faults_at_most_three_are_missed),
        cmocka_unit_test(every_check_finds_the_fault_made_for_it),
        cmocka_unit_test(every_check_is_silent_about_what_is_only_near_a_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
