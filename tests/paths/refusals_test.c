/* SPDX-License-Identifier: Apache-2.0 */
/* A no is obeyed and remembered: of events that are not recorded, under an address as any id, of one second
 * with a yes; what is told of consent is what answers and contacts go by; and whose an address is that a guest
 * left. */
#include <stdio.h>

#include "base/time.h"
#include "paths/consenting.h"
#include "paths/contacting.h"
#include "paths/forget.h"
#include "paths/recommend.h"
#include "paths/shopper.h"
#include "tests/support/contacts.h"

#define ALL_NO "\"consent\":{\"analytics\":false,\"personalization\":false,\"email\":false}"

/* What became of an event, under a secret or a public key. */
static enum entry_outcome sent(struct test_shop *t, int second, bool secret, const char *json)
{
    struct ingest_context context =
        shop_ingest_context(t->shop, TEST_NOW + INT64_C(1000) * second, secret);
    struct error err = {0};
    struct batch batch;

    batch_init(&batch, "test", context.received_ms, secret);
    must(ingest_json(text_from(json), &context, &batch, &err), &err);
    must(record_run(t->shop, &batch, &err), &err);
    assert_int_equal(batch.count, 1);
    enum entry_outcome outcome = batch.entries[0].outcome;
    batch_free(&batch);
    return outcome;
}

/* The same of one made, under a public key when its type begins with '-'. */
static enum entry_outcome sends(struct test_shop *t, int second, const char *type,
                                const char *visitor, const char *user, const char *more)
{
    struct buffer json = {0};
    bool secret = type[0] != '-';

    add_event(&json, secret ? type : type + 1, visitor, user, more);
    enum entry_outcome outcome = sent(t, second, secret, json.data);
    buffer_free(&json);
    return outcome;
}

static struct consent told(struct test_shop *t, const char *visitor, const char *user)
{
    struct consent c;

    consent_read(t->shop, text_from(visitor), text_from(user), &c);
    return c;
}

static bool none_allowed(struct test_shop *t, const char *visitor, const char *user)
{
    struct consent c = told(t, visitor, user);

    for (int i = 0; i < PURPOSE_COUNT; i++)
        if (!c.of[i].stated || c.of[i].allowed)
            return false;
    return true;
}

static void state_all(struct test_shop *t, int second, const char *visitor, const char *user,
                      enum consent_source source, const int8_t allowed[PURPOSE_COUNT])
{
    struct consent_record said = {.anonymous_id = text_from(visitor),
                                  .user_id = text_from(user),
                                  .allowed = {allowed[0], allowed[1], allowed[2]},
                                  .source = source,
                                  .time_ms = TEST_NOW + INT64_C(1000) * second};
    struct error err = {0};

    must(consent_state(t->shop, &said, &err), &err);
}

static void forget(struct test_shop *t, int second, const char *id)
{
    const struct actor actor = {TEXT("t"), TEXT("t"), TEST_NOW + INT64_C(1000) * second};
    struct forgotten f;
    struct error err = {0};

    must(forget_shopper(t->shop, text_from(id), NAMING_EITHER, &actor, &f, &err), &err);
    assert_true(f.finished);
}

static int64_t records(const struct test_shop *t)
{
    return count_of(t, "SELECT count(*) FROM journal", NULL);
}

/* --- refused events --- */

static void reject_all_on_any_event_is_obeyed(void **state)
{
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    event(&t, 1, "v", NULL, EMAIL("anna@shop.example") "," YES);
    assert_int_equal(rows(&t), 1);
    struct ledger_counts before = test_ledger(&t);
    int64_t kept = records(&t);
    assert_int_equal(sends(&t, 2, "-page_view", "v", NULL, ALL_NO), ENTRY_REFUSED);
    assert_int_equal(rows(&t), 0);
    assert_true(none_allowed(&t, "v", NULL));
    assert_int_equal(records(&t), kept + 1);
    struct ledger_counts after = test_ledger(&t);
    assert_int_equal(after.received, before.received + 1);
    assert_int_equal(after.no_consent, before.no_consent + 1);
    assert_int_equal(after.stored, before.stored);
    for (int i = 3; i < 6; i++) /* said again on every page: nothing more of it is kept */
        assert_int_equal(sends(&t, i, "-page_view", "v", NULL, ALL_NO), ENTRY_REFUSED);
    assert_int_equal(records(&t), kept + 1);
    test_shop_reopen(&t, SHOP_WRITE);
    assert_true(none_allowed(&t, "v", NULL));
    assert_int_equal(sends(&t, 7, "identify", "v", NULL, EMAIL("anna@shop.example")),
                     ENTRY_REFUSED);
    assert_int_equal(rows(&t), 0);
    test_shop_close(&t);
}

static void what_a_refused_event_allows_does_not_count(void **state)
{
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    say(&t, 1, "v", NULL, false);
    assert_int_equal(
        sends(&t, 2, "-page_view", "v", NULL, "\"consent\":{\"analytics\":false,\"email\":true}"),
        ENTRY_REFUSED);
    assert_false(told(&t, "v", NULL).of[PURPOSE_EMAIL].allowed);
    assert_false(told(&t, "v", NULL).of[PURPOSE_ANALYTICS].allowed);
    test_shop_close(&t);
}

static void to_unsubscribe_is_obeyed_without_analytics(void **state)
{
    static const int8_t no_analytics[] = {0, -1, -1};
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    event(&t, 1, NULL, "anna", EMAIL("anna@shop.example") "," YES);
    event(&t, 1, NULL, "bert", EMAIL("bert@shop.example") "," YES);
    event(&t, 1, NULL, "carl", EMAIL("carl@shop.example") "," YES);
    state_all(&t, 2, NULL, "anna", CONSENT_BY_SHOP, no_analytics);
    state_all(&t, 2, NULL, "carl", CONSENT_BY_SHOP, no_analytics);
    assert_int_equal(rows(&t), 3);
    assert_int_equal(sends(&t, 3, "unsubscribe", NULL, "anna", ""), ENTRY_REFUSED);
    assert_false(stands(&t, "anna@shop.example"));
    assert_int_equal(sends(&t, 3, "unsubscribe", NULL, "bert", "\"consent\":{\"analytics\":false}"),
                     ENTRY_REFUSED);
    assert_false(stands(&t, "bert@shop.example"));
    assert_int_equal(sends(&t, 3, "unsubscribe", "mailer", NULL, EMAIL("carl@shop.example")),
                     ENTRY_REFUSED);
    assert_int_equal(rows(&t), 0);
    assert_int_equal(give(&t, 4, NULL, "carl", "carl@shop.example"), CONTACT_NO_CONSENT);
    test_shop_close(&t);
}

static void a_refused_event_of_the_erased_leaves_nothing(void **state)
{
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    event(&t, 1, "v", NULL, YES);
    forget(&t, 2, "v");
    int64_t kept = records(&t);
    assert_int_equal(sends(&t, 3, "-page_view", "v", NULL, ALL_NO), ENTRY_REFUSED);
    assert_int_equal(sends(&t, 3, "unsubscribe", "v", NULL, ""), ENTRY_REFUSED);
    assert_int_equal(sends(&t, 3, "-page_view", "null", NULL, ALL_NO), ENTRY_REFUSED);
    assert_int_equal(records(&t), kept);
    test_shop_close(&t);
}

static void a_visitor_unsubscribes_under_a_public_key(void **state)
{
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    event(&t, 1, "v", NULL, EMAIL("anna@shop.example") "," YES);
    assert_int_equal(sends(&t, 2, "-unsubscribe", "v", NULL, ""), ENTRY_STORED);
    assert_int_equal(rows(&t), 0);
    assert_false(told(&t, "v", NULL).of[PURPOSE_EMAIL].allowed);
    test_shop_close(&t);
}

/* --- an address as an id --- */

static void a_no_under_the_address_as_a_visitor_is_remembered(void **state)
{
    static const int8_t no_email[] = {-1, -1, 0};
    static const char *const users[] = {"anna", "bert", "carl"};
    struct test_shop t;
    char address[64], more[256];

    (void)state;
    open_with(&t, PROGRAM("true"));
    for (int i = 0; i < 3; i++) {
        snprintf(address, sizeof(address), "%s@shop.example", users[i]);
        snprintf(more, sizeof(more), EMAIL("%s") "," YES, address);
        event(&t, 1, NULL, users[i], more);
        assert_true(stands(&t, address));
        if (i == 0)
            state_all(&t, 2, address, NULL, CONSENT_BY_SHOPPER, no_email);
        else
            (void)sends(&t, 2, i == 1 ? "unsubscribe" : "-consent", address, NULL,
                        i == 1 ? "" : ALL_NO);
        assert_false(stands(&t, address));
        test_shop_reopen(&t, SHOP_WRITE);
        assert_false(told(&t, NULL, users[i]).of[PURPOSE_EMAIL].allowed);
        snprintf(more, sizeof(more), EMAIL("%s"), address);
        (void)sends(&t, 3, "identify", NULL, users[i], more); /* the nightly sync */
        assert_false(stands(&t, address));
        assert_int_equal(give(&t, 4, NULL, users[i], address), CONTACT_NO_CONSENT);
    }
    test_shop_close(&t);
}

/* Anybody can type an address in. */
static void a_yes_under_an_address_is_the_shops_to_say(void **state)
{
    static const int8_t yes[] = {1, 1, 1};
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    say(&t, 1, NULL, "anna@shop.example", false);
    state_all(&t, 2, "anna@shop.example", NULL, CONSENT_BY_SHOPPER, yes);
    (void)sends(&t, 2, "-consent", "anna@shop.example", NULL, YES);
    assert_false(told(&t, NULL, "anna@shop.example").of[PURPOSE_EMAIL].allowed);
    struct consent c; /* nor is it theirs to read */
    consent_read_browser(t.shop, TEXT("anna@shop.example"), (struct text){0}, NULL, &c);
    assert_true(!c.of[PURPOSE_EMAIL].stated && c.of[PURPOSE_EMAIL].allowed);
    event(&t, 3, NULL, "bert", EMAIL("bert@shop.example"));
    forget(&t, 4, "bert@shop.example");
    state_all(&t, 5, "bert@shop.example", NULL, CONSENT_BY_SHOPPER, yes);
    (void)sends(&t, 5, "-consent", "bert@shop.example", NULL, YES);
    assert_int_equal(sends(&t, 6, "identify", "w", NULL, EMAIL("bert@shop.example")),
                     ENTRY_REFUSED);
    test_shop_close(&t);
}

/* --- whose word holds --- */

static void of_one_second_the_no_counts_in_either_order(void **state)
{
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    for (int i = 0; i < 2; i++) {
        const char *user = i == 0 ? "yes-no" : "no-yes";
        say(&t, 1, NULL, user, i == 0);
        say(&t, 1, NULL, user, i != 0);
        assert_false(told(&t, NULL, user).of[PURPOSE_EMAIL].allowed);
        assert_int_equal(give(&t, 2, NULL, user, "anna@shop.example"), CONTACT_NO_CONSENT);
    }
    test_shop_close(&t);
}

static void what_is_told_is_what_counts(void **state)
{
    static const int8_t not_personal[] = {-1, 0, -1};
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct question q = {.surfaces = {TEXT("home")},
                         .surface_count = 1,
                         .anonymous_id = TEXT("v"),
                         .user_id = TEXT("kurt"),
                         .now_ms = TEST_NOW + 9000};
    struct answer answer = {.item_count = 0};
    struct error err = {0};
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    event(&t, 1, "v", NULL, EMAIL("gast@shop.example"));
    event(&t, 2, "v", "kurt", "");
    state_all(&t, 3, "v", NULL, CONSENT_BY_SHOPPER, not_personal);
    say(&t, 4, "v", NULL, false);
    must(recommend(t.shop, &q, &answer, &a, &err), &err);
    assert_false(answer.personalized);
    assert_false(told(&t, NULL, "kurt").of[PURPOSE_PERSONALIZATION].allowed);
    assert_true(told(&t, NULL, "kurt").of[PURPOSE_PERSONALIZATION].stated);
    assert_int_equal(give(&t, 5, NULL, "kurt", "kurt@shop.example"), CONTACT_NO_CONSENT);
    assert_false(told(&t, NULL, "kurt").of[PURPOSE_EMAIL].allowed);
    test_shop_close(&t);
}

/* --- erased addresses --- */

static void an_address_a_guest_left_goes_with_its_customer(void **state)
{
    SCOPED(buffer_free) struct buffer shown = {0};
    SCOPED(buffer_free) struct buffer contacts = {0};
    struct json j = json_to(&contacts);
    struct error err = {0};
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    event(&t, 1, "pad", NULL, EMAIL("pad@shop.example"));
    event(&t, 2, "pad", "kurt", "");
    event(&t, 3, "pad", "lisa", ""); /* another customer's as well: not kurt's to erase */
    event(&t, 4, "w", NULL, EMAIL("mona@shop.example"));
    event(&t, 4, NULL, "mona", EMAIL("mona@shop.example"));
    event(&t, 5, "w", "kurt", ""); /* another customer's address */
    event(&t, 6, "v", NULL, EMAIL("gast@shop.example") "," YES);
    event(&t, 7, "v", "kurt", "");
    must(shop_contacts_json(t.shop, TEXT("kurt"), NAMING_USER, &j, &err), &err);
    assert_non_null(strstr(contacts.data, "gast@shop.example"));
    assert_null(strstr(contacts.data, "pad@shop.example"));
    assert_null(strstr(contacts.data, "mona@shop.example"));
    must(shopper_show(t.shop, TEXT("kurt"), TEST_NOW + 9000, &shown, &err), &err);
    const char *address = strstr(shown.data, "{\"kind\":\"email\",\"id\":\"email:");
    assert_true(address != NULL && address < strstr(shown.data, "\"links\""));
    forget(&t, 10, "kurt");
    assert_true(!stands(&t, "gast@shop.example") && stands(&t, "mona@shop.example"));
    assert_int_equal(sends(&t, 11, "identify", "x", NULL, EMAIL("gast@shop.example")),
                     ENTRY_REFUSED);
    assert_int_equal(sends(&t, 11, "identify", "x", NULL, EMAIL("pad@shop.example")), ENTRY_STORED);
    assert_int_equal(sends(&t, 11, "identify", "x", "mona", EMAIL("mona@shop.example")),
                     ENTRY_STORED);
    test_shop_close(&t);
}

static void an_erased_address_comes_back_with_who_consented_since(void **state)
{
    static const int8_t yes[] = {1, 1, 1};
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    event(&t, 1, NULL, "old", EMAIL("anna@shop.example") "," YES);
    state_all(&t, 2, NULL, "before", CONSENT_BY_SHOP, yes);
    forget(&t, 3, "old");
    assert_int_equal(sends(&t, 4, "identify", NULL, "new", EMAIL("anna@shop.example")),
                     ENTRY_REFUSED);
    assert_int_equal(sends(&t, 4, "identify", NULL, "before", EMAIL("anna@shop.example")),
                     ENTRY_REFUSED);
    state_all(&t, 5, NULL, "new", CONSENT_BY_SHOP, yes);
    assert_int_equal(sends(&t, 6, "identify", NULL, "new", EMAIL("anna@shop.example")),
                     ENTRY_STORED);
    assert_true(stands(&t, "anna@shop.example"));
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(sends(&t, 7, "identify", "w", NULL, EMAIL("anna@shop.example")),
                     ENTRY_STORED); /* it is known again */
    test_shop_close(&t);
}

static void a_public_key_learns_nothing_of_an_address(void **state)
{
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    event(&t, 1, NULL, "old", EMAIL("erased@shop.example"));
    forget(&t, 2, "old");
    assert_int_equal(sends(&t, 3, "-identify", "w", NULL, EMAIL("erased@shop.example")),
                     ENTRY_STORED);
    assert_int_equal(sends(&t, 3, "-identify", "w", NULL, EMAIL("unknown@shop.example")),
                     ENTRY_STORED);
    assert_int_equal(count_of(&t,
                              "SELECT count(*) FROM journal WHERE instr(body,CAST(? AS BLOB))>0",
                              "email:nobody"),
                     2);
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reject_all_on_any_event_is_obeyed),
        cmocka_unit_test(what_a_refused_event_allows_does_not_count),
        cmocka_unit_test(to_unsubscribe_is_obeyed_without_analytics),
        cmocka_unit_test(a_refused_event_of_the_erased_leaves_nothing),
        cmocka_unit_test(a_visitor_unsubscribes_under_a_public_key),
        cmocka_unit_test(a_no_under_the_address_as_a_visitor_is_remembered),
        cmocka_unit_test(a_yes_under_an_address_is_the_shops_to_say),
        cmocka_unit_test(of_one_second_the_no_counts_in_either_order),
        cmocka_unit_test(what_is_told_is_what_counts),
        cmocka_unit_test(an_address_a_guest_left_goes_with_its_customer),
        cmocka_unit_test(an_erased_address_comes_back_with_who_consented_since),
        cmocka_unit_test(a_public_key_learns_nothing_of_an_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
