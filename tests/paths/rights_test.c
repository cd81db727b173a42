/* SPDX-License-Identifier: Apache-2.0 */
/* What a person refused, and that they were erased, holds under every identifier they are known by. */
#include <stdio.h>

#include "base/time.h"
#include "paths/consenting.h"
#include "paths/forget.h"
#include "paths/recommend.h"
#include "paths/replay.h"
#include "paths/shopper.h"
#include "tests/support/shop.h"

enum { MINUTE = 60 * 1000 };

static void must(enum status status, const struct error *err)
{
    if (status != OK)
        fail_msg("%s", err->message);
}

/* An event `ms` behind TEST_NOW with these members: whether it was stored. */
static bool happens(struct test_shop *t, const char *members, int64_t ms)
{
    static int number;
    char json[1024], time[TIME_TEXT_SIZE];

    snprintf(json, sizeof(json), "{\"id\":\"r-%d\",\"time\":\"%s\",%s}", ++number,
             time_print(TEST_NOW + ms, time), members);
    return test_record(t->shop, json, TEST_NOW + ms).stored == 1;
}

/* The same for a view by `visitor`, `user`, or both. */
static bool views(struct test_shop *t, const char *visitor, const char *user, int64_t ms)
{
    char members[512];

    snprintf(members, sizeof(members),
             "\"type\":\"view_item\",\"items\":[{\"item_id\":\"p\"}]%s%s%s%s%s%s",
             visitor != NULL ? ",\"anonymous_id\":\"" : "", visitor != NULL ? visitor : "",
             visitor != NULL ? "\"" : "", user != NULL ? ",\"user_id\":\"" : "",
             user != NULL ? user : "", user != NULL ? "\"" : "");
    return happens(t, members, ms);
}

static void say(struct test_shop *t, const char *visitor, const char *user, enum purpose purpose,
                bool allowed, int64_t ms)
{
    struct consent_record said = {.anonymous_id = text_from(visitor),
                                  .user_id = text_from(user),
                                  .allowed = {-1, -1, -1},
                                  .source = CONSENT_BY_SHOP,
                                  .time_ms = TEST_NOW + ms};
    struct error err = {0};

    said.allowed[purpose] = allowed;
    must(consent_state(t->shop, &said, &err), &err);
}

static bool allowed(struct test_shop *t, const char *visitor, const char *user,
                    enum purpose purpose)
{
    struct consent c;

    consent_read(t->shop, text_from(visitor), text_from(user), &c);
    return c.of[purpose].allowed;
}

static struct forgotten forget(struct test_shop *t, const char *id, int64_t ms)
{
    const struct actor actor = {TEXT("anna"), TEXT("test"), TEST_NOW + ms};
    struct forgotten f;
    struct error err = {0};

    must(forget_shopper(t->shop, text_from(id), NAMING_EITHER, &actor, &f, &err), &err);
    assert_true(f.finished);
    return f;
}

/* --- analytics --- */

static void a_customers_refusal_of_analytics_holds_on_their_devices(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    assert_true(views(&t, "a1", "A", 0));
    assert_true(views(&t, "a2", "A", 1000));
    say(&t, NULL, "A", PURPOSE_ANALYTICS, false, 2000);
    for (int i = 0; i < 2; i++) {
        assert_false(views(&t, "a1", NULL, 3000));
        assert_false(views(&t, "a2", NULL, 3000));
        assert_false(views(&t, "new", "A", 3000));
        assert_false(allowed(&t, "a1", NULL, PURPOSE_ANALYTICS)); /* told as it is obeyed */
        assert_true(views(&t, "other", "B", 3000));
        test_shop_reopen(&t, SHOP_WRITE);
    }
    say(&t, NULL, "A", PURPOSE_ANALYTICS, true, 5000);
    assert_true(views(&t, "a1", NULL, 6000));
    assert_true(allowed(&t, "a1", NULL, PURPOSE_ANALYTICS));
    test_shop_close(&t);
}

static void a_visitors_refusal_of_analytics_holds_for_the_customer(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    assert_true(views(&t, "a1", "A", 0));
    assert_true(views(&t, "a2", "A", 1000));
    say(&t, "a1", NULL, PURPOSE_ANALYTICS, false, 2000);
    assert_false(views(&t, NULL, "A", 3000));
    assert_false(views(&t, "a2", NULL, 3000));
    assert_false(allowed(&t, NULL, "A", PURPOSE_ANALYTICS));
    test_shop_close(&t);
}

static void a_refusal_on_a_shared_device_is_not_the_others(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    assert_true(views(&t, "pad", "A", 0));
    assert_true(views(&t, "pad", "B", 1000));
    assert_true(views(&t, "a2", "A", 1000));
    say(&t, "pad", NULL, PURPOSE_ANALYTICS, false, 2000);
    assert_false(views(&t, "pad", NULL, 3000));
    assert_true(views(&t, "a2", NULL, 3000));
    assert_true(views(&t, NULL, "A", 3000));
    assert_true(views(&t, NULL, "B", 3000));
    say(&t, NULL, "A", PURPOSE_ANALYTICS, false, 4000); /* nor a customer's there */
    assert_true(views(&t, NULL, "B", 5000));
    assert_false(views(&t, "a2", NULL, 5000));
    test_shop_close(&t);
}

static void a_refusal_holds_for_who_names_the_address(void **state)
{
    const char *stranger = "\"type\":\"view_item\",\"items\":[{\"item_id\":\"p\"}],"
                           "\"anonymous_id\":\"new\",\"traits\":{\"email\":\"Ann@Shop.example\"}";
    struct test_shop t;

    test_shop_open(&t);
    assert_true(happens(&t,
                        "\"type\":\"identify\",\"user_id\":\"A\","
                        "\"traits\":{\"email\":\"ann@shop.example\"}",
                        0));
    assert_true(happens(&t, stranger, 500));
    say(&t, NULL, "A", PURPOSE_ANALYTICS, false, 1000);
    assert_false(happens(&t, stranger, 2000));
    say(&t, NULL, "A", PURPOSE_ANALYTICS, true, 3000);
    assert_true(happens(&t, stranger, 4000));
    say(&t, NULL, "ann@shop.example", PURPOSE_ANALYTICS, false, 5000); /* and said of it */
    assert_false(views(&t, NULL, "A", 6000));
    test_shop_close(&t);
}

/* --- who was erased --- */

static const char *const register_anew =
    "\"type\":\"identify\",\"anonymous_id\":\"fresh\",\"traits\":{\"email\":\"ann@shop.example\"}";

/* A customer with a device, an address and a number, erased. */
static void erase_one(struct test_shop *t)
{
    assert_true(happens(t,
                        "\"type\":\"identify\",\"user_id\":\"A\",\"anonymous_id\":\"a1\","
                        "\"traits\":{\"email\":\"ann@shop.example\",\"phone\":\"+4930123456\"}",
                        0));
    (void)forget(t, "A", 1000); /* its counts are of no interest */
}

static bool known(struct test_shop *t, const char *id)
{
    SCOPED(buffer_free) struct buffer json = {0};
    struct error err = {0};

    return shopper_show(t->shop, text_from(id), TEST_NOW + MINUTE, &json, &err) == OK;
}

static void who_was_erased_does_not_come_back_by_an_address(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    erase_one(&t);
    for (int i = 0; i < 2; i++) {
        assert_false(happens(&t, register_anew, 2000));
        assert_false(happens(&t,
                             "\"type\":\"identify\",\"user_id\":\"A2\","
                             "\"traits\":{\"phone\":\"+4930123456\"}",
                             2000));
        assert_false(known(&t, "fresh"));
        assert_false(known(&t, "ann@shop.example"));
        assert_true(happens(&t,
                            "\"type\":\"identify\",\"anonymous_id\":\"b1\","
                            "\"traits\":{\"email\":\"bob@shop.example\"}",
                            2000 + i));
        test_shop_reopen(&t, SHOP_WRITE);
    }
    test_shop_close(&t);
}

static void who_consents_anew_may_name_the_address_again(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    erase_one(&t);
    say(&t, NULL, "A", PURPOSE_ANALYTICS, true, 2000);
    assert_false(happens(&t, register_anew, 3000)); /* a stranger with it is not them yet */
    assert_true(happens(&t,
                        "\"type\":\"identify\",\"user_id\":\"A\","
                        "\"traits\":{\"email\":\"ann@shop.example\"}",
                        4000));
    for (int i = 0; i < 2; i++) {
        assert_true(happens(&t, register_anew, 5000 + i));
        assert_false(happens(&t, register_anew, 1500)); /* of before */
        test_shop_reopen(&t, SHOP_WRITE);
    }
    test_shop_close(&t);
}

static void a_consent_that_names_the_address_brings_it_back(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    erase_one(&t);
    assert_true(happens(&t,
                        "\"type\":\"consent\",\"anonymous_id\":\"fresh\","
                        "\"consent\":{\"analytics\":false},"
                        "\"traits\":{\"email\":\"ann@shop.example\"}",
                        1500)); /* kept without the address, and no coming back */
    assert_false(known(&t, "ann@shop.example"));
    assert_false(happens(&t, register_anew, 1600));
    assert_true(happens(&t,
                        "\"type\":\"consent\",\"anonymous_id\":\"fresh\","
                        "\"consent\":{\"analytics\":true},"
                        "\"traits\":{\"email\":\"ann@shop.example\"}",
                        2000));
    assert_true(happens(&t, register_anew, 3000));
    test_shop_close(&t);
}

static void an_erasure_finds_refused_items_by_an_address(void **state)
{
    static const char *const refused[] = {
        "\"type\":\"purchase\",\"anonymous_id\":\"x\",\"value\":\"much\","
        "\"traits\":{\"email\":\"ANN@shop.example\",\"name\":\"Zx7Kq\"}",
        "\"type\":\"purchase\",\"anonymous_id\":\"x\",\"value\":\"much\","
        "\"properties\":{\"note\":\"call Zx7Kq at +49 30 123456, please\"}",
        "\"type\":\"purchase\",\"anonymous_id\":\"x\",\"value\":\"much\","
        "\"traits\":{\"email\":\"bob@shop.example\"}",
    };
    struct test_shop t;
    uint64_t first = 0;
    struct error err = {0};

    test_shop_open(&t);
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_false(happens(&t, refused[i], 0));
    assert_true(happens(&t,
                        "\"type\":\"identify\",\"user_id\":\"A\","
                        "\"traits\":{\"email\":\"ann@shop.example\",\"phone\":\"+4930123456\"}",
                        0));
    assert_int_equal(forget(&t, "A", 1000).refused, 2);
    must(ledger_refused_last(t.shop->store, &first, &err), &err);
    assert_int_equal(first, 3); /* Bob's */
    assert_int_equal(forget(&t, "bob@shop.example", 2000).refused, 1);
    test_shop_close(&t);
}

/* --- Sec-GPC --- */

/* As `happens`, with Sec-GPC: 1. */
static void happens_under_gpc(struct test_shop *t, const char *members, int64_t ms)
{
    static int number;
    struct ingest_context context = shop_ingest_context(t->shop, TEST_NOW + ms, true);
    struct error err = {0};
    struct batch batch;
    char json[512];

    snprintf(json, sizeof(json), "{\"id\":\"gpc-%d\",%s}", ++number, members);
    context.gpc = true;
    batch_init(&batch, "test", TEST_NOW + ms, true);
    must(ingest_json(text_from(json), &context, &batch, &err), &err);
    must(record_run(t->shop, &batch, &err), &err);
    assert_int_equal(batch.entries[0].outcome, ENTRY_STORED);
    batch_free(&batch);
}

/* Whether an answer at `ms` is made for them. */
static bool personal(struct test_shop *t, const char *visitor, const char *user, bool gpc,
                     int64_t ms, char request_id[REQUEST_ID_SIZE])
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct question q = {.surfaces = {TEXT("home")},
                         .surface_count = 1,
                         .anonymous_id = text_from(visitor),
                         .user_id = text_from(user),
                         .gpc = gpc,
                         .now_ms = TEST_NOW + ms};
    struct answer answer = {.item_count = 0};
    struct error err = {0};

    must(recommend(t->shop, &q, &answer, &a, &err), &err);
    if (request_id != NULL)
        memcpy(request_id, answer.request_id, REQUEST_ID_SIZE);
    return answer.personalized;
}

static size_t identifiers_of(struct test_shop *t, const char *id)
{
    SCOPED(buffer_free) struct buffer json = {0};
    struct error err = {0};
    size_t count = 0;

    must(shopper_show(t->shop, text_from(id), TEST_NOW + MINUTE, &json, &err), &err);
    buffer_add_char(&json, '\0');
    const char *end = strstr(json.data, "\"links\"");
    for (const char *at = json.data; (at = strstr(at + 1, "{\"kind\"")) != NULL && at < end;)
        count++;
    return count - 1; /* the person's root is told before them */
}

static void under_gpc_nobody_is_joined(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    assert_true(views(&t, "x1", "X", 0));
    happens_under_gpc(&t, "\"type\":\"identify\",\"anonymous_id\":\"x2\",\"user_id\":\"X\"", 1000);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(identifiers_of(&t, "X"), 2);
        test_shop_reopen(&t, SHOP_WRITE);
    }
    say(&t, NULL, "X", PURPOSE_PERSONALIZATION, true, 2000); /* they said that they may be */
    happens_under_gpc(&t, "\"type\":\"identify\",\"anonymous_id\":\"x2\",\"user_id\":\"X\"", 3000);
    assert_int_equal(identifiers_of(&t, "X"), 3);
    test_shop_close(&t);
}

static void gpc_on_one_device_is_no_word_on_the_others(void **state)
{
    const char *view =
        "\"type\":\"view_item\",\"anonymous_id\":\"x2\",\"items\":[{\"item_id\":\"p\"}]";
    struct test_shop t;

    test_shop_open(&t);
    assert_true(views(&t, "x1", "X", 0));
    assert_true(views(&t, "x2", "X", 1000));
    happens_under_gpc(&t, view, 2000);
    assert_true(personal(&t, "x1", "X", false, 3000, NULL));
    assert_true(personal(&t, NULL, "X", false, 3000, NULL));
    assert_true(personal(&t, "x3", "X", false, 3000, NULL));   /* a new one */
    assert_false(personal(&t, "x2", "X", false, 3000, NULL));  /* its own browser said so last */
    say(&t, "x2", NULL, PURPOSE_PERSONALIZATION, false, 4000); /* but a refusal is */
    assert_false(personal(&t, "x1", "X", false, 5000, NULL));
    assert_false(personal(&t, NULL, "X", false, 5000, NULL));
    test_shop_close(&t);
}

static void an_answer_under_gpc_says_that_it_is_for_nobody(void **state)
{
    SCOPED(buffer_free) struct buffer json = {0};
    char request_id[REQUEST_ID_SIZE];
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    assert_true(personal(&t, "silent", NULL, false, 1000, NULL));
    assert_false(personal(&t, "silent", NULL, true, 1000, request_id));
    must(replay_decision(t.shop, text_from(request_id), &json, &err), &err);
    assert_non_null(memmem(json.data, json.size, "\"replayed\":true", 15));
    assert_non_null(memmem(json.data, json.size, "\"personalized\":false", 20));
    say(&t, "silent", NULL, PURPOSE_PERSONALIZATION, true, 2000);
    assert_true(personal(&t, "silent", NULL, true, 3000, NULL));
    assert_true(views(&t, "silent", "S", 4000)); /* stated anywhere */
    assert_true(personal(&t, NULL, "S", true, 5000, NULL));
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_customers_refusal_of_analytics_holds_on_their_devices),
        cmocka_unit_test(a_visitors_refusal_of_analytics_holds_for_the_customer),
        cmocka_unit_test(a_refusal_on_a_shared_device_is_not_the_others),
        cmocka_unit_test(a_refusal_holds_for_who_names_the_address),
        cmocka_unit_test(who_was_erased_does_not_come_back_by_an_address),
        cmocka_unit_test(who_consents_anew_may_name_the_address_again),
        cmocka_unit_test(a_consent_that_names_the_address_brings_it_back),
        cmocka_unit_test(an_erasure_finds_refused_items_by_an_address),
        cmocka_unit_test(under_gpc_nobody_is_joined),
        cmocka_unit_test(gpc_on_one_device_is_no_word_on_the_others),
        cmocka_unit_test(an_answer_under_gpc_says_that_it_is_for_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
