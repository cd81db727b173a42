/* SPDX-License-Identifier: Apache-2.0 */
/* An address stands readable while a consent to e-mail stands, and not a transaction longer. */
#include "paths/contacting.h"

#include <stdio.h>

#include "paths/consenting.h"
#include "paths/shopper.h"
#include "tests/support/contacts.h"

/* --- how it comes --- */

static void an_event_brings_an_address_with_its_consent(void **state)
{
    struct test_shop t;

    (void)state;
    open_with(&t, NULL);
    event(&t, 1, "v", "c", EMAIL("Anna@Shop.example"));
    assert_int_equal(rows(&t), 0); /* nobody said a word, and the default is no */
    event(&t, 2, "v", "c",
          EMAIL(" Anna@Shop.example ") "," YES ",\"context\":{\"locale\":\"de-AT\"}");
    assert_true(stands(&t, "Anna@Shop.example"));
    assert_int_equal(count_of(&t, "SELECT consented FROM contact WHERE locale=?", "de-AT"),
                     TEST_NOW + 2 * MS_SECOND);
    event(&t, 3, "v", "c", EMAIL("anna@shop.example")); /* the same, written otherwise */
    assert_true(rows(&t) == 1 && stands(&t, "anna@shop.example"));
    event(&t, 4, "w", NULL, EMAIL("bert@shop.example") "," NO);
    event(&t, 5, "w", NULL, EMAIL("bert@shop.example") ",\"consent\":{\"analytics\":true}");
    assert_int_equal(rows(&t), 1);
    say(&t, 6, "w", NULL, true);
    assert_int_equal(rows(&t), 1); /* the address has to come again */
    event(&t, 7, "w", NULL, EMAIL("bert@shop.example") ",\"consent\":{\"analytics\":true}");
    assert_true(stands(&t, "bert@shop.example"));
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(rows(&t), 2);
    test_shop_close(&t);
}

static void import_brings_it_and_a_public_key_does_not(void **state)
{
    struct ingest_context context;
    struct error err = {0};
    struct test_shop t;
    struct batch batch;

    (void)state;
    open_with(&t, NULL);
    (void)test_import(t.shop, "events",
                      "{\"id\":\"i\",\"type\":\"identify\",\"user_id\":\"c\"," YES
                      "," EMAIL("import@shop.example") "}\n",
                      "from=jsonl");
    assert_true(stands(&t, "import@shop.example"));
    context = shop_ingest_context(t.shop, TEST_NOW, false);
    batch_init(&batch, "test", TEST_NOW, false);
    must(ingest_json(TEXT("{\"id\":\"p\",\"type\":\"identify\",\"anonymous_id\":\"v\"," YES
                          "," EMAIL("typed@shop.example") "}"),
                     &context, &batch, &err),
         &err);
    must(record_run(t.shop, &batch, &err), &err);
    assert_int_equal(batch.entries[0].outcome, ENTRY_STORED);
    batch_free(&batch);
    assert_int_equal(rows(&t), 1);
    test_shop_close(&t);
}

static void the_shop_gives_an_address_by_itself(void **state)
{
    const struct contact_given bad[] = {
        {.user_id = TEXT("c"), .address = TEXT("anna")},
        {.user_id = TEXT("c"), .address = TEXT("a@b.example\r\nBcc: c@d.example")},
        {.user_id = TEXT("c"), .address = TEXT("test@shop.example")},
        {.user_id = TEXT("c"), .address = TEXT("a@b.example"), .locale = TEXT("de AT")},
    };
    enum contact_outcome outcome;
    struct error err = {0};
    struct test_shop t;

    (void)state;
    open_with(&t, NULL);
    assert_int_equal(give(&t, 1, NULL, "c", "anna@shop.example"), CONTACT_NO_CONSENT);
    assert_int_equal(rows(&t), 0);
    say(&t, 2, NULL, "c", true);
    assert_int_equal(give(&t, 3, NULL, "c", "anna@shop.example"), CONTACT_KEPT);
    assert_int_equal(give(&t, 3, "c", NULL, "other@shop.example"),
                     CONTACT_NO_CONSENT); /* a visitor */
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(shop_contact_put(t.shop, &bad[i], &outcome, &err), ERR_INVALID);
    say(&t, 4, NULL, "c", false);
    assert_int_equal(rows(&t), 0);
    assert_int_equal(give(&t, 5, NULL, "c", "anna@shop.example"), CONTACT_NO_CONSENT);
    test_shop_close(&t);
}

static void who_refuses_analytics_may_still_be_written_to(void **state)
{
    struct consent_record said = {
        .user_id = TEXT("c"), .allowed = {0, 0, 1}, .source = CONSENT_BY_SHOP, .time_ms = TEST_NOW};
    struct error err = {0};
    struct test_shop t;

    (void)state;
    open_with(&t, NULL);
    must(consent_state(t.shop, &said, &err), &err);
    assert_int_equal(give(&t, 1, NULL, "c", "anna@shop.example"), CONTACT_KEPT);
    say(&t, 2, NULL, "c", false);
    assert_int_equal(rows(&t), 0);
    test_shop_close(&t);
}

static void a_person_has_five_addresses(void **state)
{
    char address[64];
    struct test_shop t;

    (void)state;
    open_with(&t, NULL);
    say(&t, 1, NULL, "c", true);
    for (int i = 0; i < 5; i++) {
        snprintf(address, sizeof(address), "a%d@shop.example", i);
        assert_int_equal(give(&t, 2, NULL, "c", address), CONTACT_KEPT);
    }
    assert_int_equal(give(&t, 3, NULL, "c", "a5@shop.example"), CONTACT_TOO_MANY);
    assert_int_equal(give(&t, 3, NULL, "c", "A4@shop.example"), CONTACT_KEPT); /* there already */
    event(&t, 4, NULL, "c", EMAIL("a6@shop.example"));
    assert_int_equal(rows(&t), 5);
    say(&t, 5, NULL, "d", true);
    assert_int_equal(give(&t, 6, NULL, "d", "a5@shop.example"), CONTACT_KEPT);
    test_shop_close(&t);
}

/* --- how it goes --- */

static void a_no_takes_all_addresses_of_the_person(void **state)
{
    struct test_shop t;

    (void)state;
    for (int how = 0; how < 5; how++) {
        open_with(&t, NULL);
        event(&t, 1, "v", "c", EMAIL("a1@shop.example") "," YES);
        event(&t, 2, NULL, "c", EMAIL("a2@shop.example"));
        event(&t, 3, "w", "d", EMAIL("d@shop.example") "," YES);
        assert_int_equal(give(&t, 4, NULL, "c", "a3@shop.example"), CONTACT_KEPT);
        assert_int_equal(rows(&t), 4);
        if (how == 0)
            event(&t, 5, "v", NULL, NO); /* without a login, where nobody else is */
        else if (how == 1)
            say(&t, 5, NULL, "c", false);
        else if (how == 2)
            say(&t, 5, "v", NULL, false);
        else if (how == 3)
            say(&t, 5, NULL, "a2@shop.example", false); /* by the address */
        else
            (void)test_record(t.shop,
                              "{\"id\":\"u\",\"type\":\"unsubscribe\",\"anonymous_id\":\"v\"}",
                              TEST_NOW + 5 * MS_SECOND);
        assert_true(rows(&t) == 1 && stands(&t, "d@shop.example"));
        event(&t, 6, NULL, "c", EMAIL("a1@shop.example"));
        assert_int_equal(rows(&t), 1);
        test_shop_close(&t);
    }
}

static void of_two_words_the_later_counts_whenever_it_comes(void **state)
{
    struct test_shop t;

    (void)state;
    open_with(&t, NULL);
    event(&t, 10, "v", "c", EMAIL("a@shop.example") "," YES);
    say(&t, 5, NULL, "c", false); /* comes late */
    assert_int_equal(rows(&t), 1);
    say(&t, 20, "v", NULL, true); /* the row stands on that from here on */
    say(&t, 15, NULL, "c", false);
    assert_int_equal(rows(&t), 1);
    say(&t, 20, NULL, "c", false); /* of one second the no counts */
    assert_int_equal(rows(&t), 0);
    event(&t, 12, "v", "c", EMAIL("a@shop.example") "," YES); /* comes late */
    assert_int_equal(rows(&t), 0);
    event(&t, 30, "v", "c", EMAIL("a@shop.example") "," YES);
    assert_int_equal(rows(&t), 1);
    test_shop_close(&t);
}

/* The no was said as a customer, the address came by a visitor, and a login joins the two; in whatever
 * order, each alone or all in one transaction. */
static void a_link_brings_the_no_to_the_address(void **state)
{
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct test_shop t;

    (void)state;
    for (size_t k = 0; k < 2 * COUNT(orders); k++) {
        struct buffer json = {0};
        open_with(&t, PROGRAM("true"));
        for (int i = 0; i < 3; i++) {
            int what = orders[k / 2][i];
            buffer_add_string(&json, k % 2 == 0 ? "" : i == 0 ? "{\"events\":[" : ",");
            if (what == 0)
                add_event(&json, "consent", NULL, "c", NO);
            else if (what == 1)
                add_event(&json, "identify", "v", NULL, EMAIL("a@shop.example"));
            else
                add_event(&json, "login", "v", "c", "");
            if (k % 2 == 0) {
                (void)test_record(t.shop, json.data, TEST_NOW + i * MS_SECOND);
                buffer_clear(&json);
            }
        }
        if (k % 2 == 1) {
            buffer_add_string(&json, "]}");
            assert_int_equal(test_record(t.shop, json.data, TEST_NOW).stored, 3);
        }
        assert_int_equal(rows(&t), 0);
        buffer_free(&json);
        test_shop_close(&t);
    }
}

/* Through two links of one transaction: the no of another browser of the customer. */
static void links_of_one_transaction_make_a_chain(void **state)
{
    struct test_shop t;

    (void)state;
    for (int between = 0; between < 2; between++) {
        struct buffer json = {0};
        open_with(&t, PROGRAM("true"));
        event(&t, 1, "w", NULL, NO);
        buffer_add_string(&json, "{\"events\":[");
        add_event(&json, "login", "w", "c", "");
        buffer_add_char(&json, ',');
        add_event(&json, between == 0 ? "identify" : "login", "v", between == 0 ? NULL : "c",
                  between == 0 ? EMAIL("a@shop.example") : "");
        buffer_add_char(&json, ',');
        add_event(&json, between == 0 ? "login" : "identify", "v", between == 0 ? "c" : NULL,
                  between == 0 ? "" : EMAIL("a@shop.example"));
        buffer_add_string(&json, "]}");
        assert_int_equal(test_record(t.shop, json.data, TEST_NOW + 2 * MS_SECOND).stored, 3);
        assert_int_equal(rows(&t), 0);
        buffer_free(&json);
        test_shop_close(&t);
    }
}

static void on_a_shared_browser_each_speaks_for_themselves(void **state)
{
    struct test_shop t;

    (void)state;
    open_with(&t, NULL);
    event(&t, 1, "tablet", "anna", EMAIL("anna@shop.example") "," YES);
    event(&t, 2, "tablet", "bert", EMAIL("bert@shop.example") "," YES);
    assert_int_equal(rows(&t), 2);
    event(&t, 3, "tablet", "bert", NO);
    assert_true(rows(&t) == 1 && stands(&t, "anna@shop.example"));
    event(&t, 4, "tablet", "anna", "");
    event(&t, 5, "tablet", NULL, NO); /* whose word it is nobody knows: hers, as it seems */
    assert_int_equal(rows(&t), 0);
    /* what is allowed there allows nobody's address */
    say(&t, 6, "tablet", NULL, true);
    event(&t, 7, "tablet", NULL, EMAIL("carl@shop.example"));
    assert_int_equal(rows(&t), 0);
    test_shop_close(&t);
}

static void a_second_login_takes_back_what_was_allowed_on_the_browser(void **state)
{
    struct test_shop t;

    (void)state;
    for (int at_once = 0; at_once < 2; at_once++) {
        struct buffer json = {0};
        open_with(&t, NULL);
        say(&t, 1, "v", NULL, true);
        buffer_add_string(&json, "{\"events\":[");
        add_event(&json, "login", "v", "anna", EMAIL("anna@shop.example"));
        buffer_add_string(&json, at_once ? "," : "]}");
        if (!at_once) {
            (void)test_record(t.shop, json.data, TEST_NOW + 2 * MS_SECOND);
            assert_int_equal(rows(&t), 1);
            say(&t, 3, NULL, "carl", true);
            assert_int_equal(give(&t, 4, NULL, "carl", "carl@shop.example"), CONTACT_KEPT);
            buffer_clear(&json);
            buffer_add_string(&json, "{\"events\":[");
        }
        add_event(&json, "login", "v", "bert", "");
        buffer_add_string(&json, "]}");
        (void)test_record(t.shop, json.data, TEST_NOW + 5 * MS_SECOND);
        assert_false(stands(&t, "anna@shop.example"));
        assert_int_equal(rows(&t), at_once ? 0 : 1);
        buffer_free(&json);
        test_shop_close(&t);
    }
}

static void log_in_everywhere(struct test_shop *t, const char *user, int browsers)
{
    enum { AT_ONCE = 334 };
    char browser[16];

    for (int i = 0; i < browsers;) {
        struct buffer json = {0};
        buffer_add_string(&json, "{\"events\":[");
        for (int end = i + AT_ONCE; i < end && i < browsers; i++) {
            (void)snprintf(browser, sizeof(browser), "b%d", i);
            if (i % AT_ONCE > 0)
                buffer_add_char(&json, ',');
            add_event(&json, "login", browser, user, "");
        }
        buffer_add_string(&json, "]}");
        (void)test_record(t->shop, json.data, TEST_NOW + MS_SECOND);
        buffer_free(&json);
    }
}

/* An account that is linked to more browsers than a person has joins none of them. */
static void on_a_crowds_browsers_nobody_speaks_for_the_account(void **state)
{
    struct test_shop t;

    (void)state;
    for (int crowd = 0; crowd < 2; crowd++) {
        open_with(&t, NULL);
        log_in_everywhere(&t, "club", crowd ? IDENTITY_CHILDREN_MAX + 1 : 3);
        event(&t, 2, NULL, "club", EMAIL("club@shop.example") "," YES);
        say(&t, 3, "b1", NULL, false);
        assert_int_equal(rows(&t), crowd);
        event(&t, 4, NULL, "club", EMAIL("club@shop.example"));
        assert_int_equal(rows(&t), crowd);
        event(&t, 5, NULL, "club", NO);
        assert_int_equal(rows(&t), 0);
        test_shop_close(&t);
    }
}

static void what_is_said_by_hand_counts(void **state)
{
    const struct shopper_change by = {{TEXT("t"), TEXT("t"), TEST_NOW}, TEXT("")};
    struct buffer json = {0};
    struct error err = {0};
    struct test_shop t;

    (void)state;
    open_with(&t, NULL);
    event(&t, 1, "v1", "anna", EMAIL("anna@shop.example") "," YES);
    event(&t, 1, "v2", "account", NO);
    must(shopper_join(t.shop, TEXT("account"), TEXT("anna"), &by, &json, &err), &err);
    assert_int_equal(rows(&t), 0);
    /* of what is parted a row stays when its own people carry it */
    event(&t, 2, "v3", "carl", EMAIL("carl@shop.example") "," YES);
    event(&t, 3, "v4", "dora", "");
    say(&t, 3, "v4", NULL, true);
    event(&t, 4, NULL, "dora", EMAIL("dora@shop.example"));
    assert_int_equal(rows(&t), 2);
    must(shopper_split(t.shop, TEXT("visitor:v3"), &by, &json, &err), &err);
    must(shopper_split(t.shop, TEXT("visitor:v4"), &by, &json, &err), &err);
    assert_true(rows(&t) == 1 && stands(&t, "carl@shop.example"));
    buffer_free(&json);
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_brings_an_address_with_its_consent),
        cmocka_unit_test(import_brings_it_and_a_public_key_does_not),
        cmocka_unit_test(the_shop_gives_an_address_by_itself),
        cmocka_unit_test(who_refuses_analytics_may_still_be_written_to),
        cmocka_unit_test(a_person_has_five_addresses),
        cmocka_unit_test(a_no_takes_all_addresses_of_the_person),
        cmocka_unit_test(of_two_words_the_later_counts_whenever_it_comes),
        cmocka_unit_test(a_link_brings_the_no_to_the_address),
        cmocka_unit_test(links_of_one_transaction_make_a_chain),
        cmocka_unit_test(on_a_shared_browser_each_speaks_for_themselves),
        cmocka_unit_test(a_second_login_takes_back_what_was_allowed_on_the_browser),
        cmocka_unit_test(on_a_crowds_browsers_nobody_speaks_for_the_account),
        cmocka_unit_test(what_is_said_by_hand_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
