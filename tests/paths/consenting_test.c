/* SPDX-License-Identifier: Apache-2.0 */
/* Consent is obeyed when something is recorded and when it is used, whatever order it was said in. */
#include "paths/consenting.h"

#include <stdio.h>

#include "base/random.h"
#include "consent/erasures.h"
#include "paths/forget.h"
#include "paths/preferences.h"
#include "paths/recommend.h"
#include "tests/support/shop.h"

static void must(enum status status, const struct error *err)
{
    if (status != OK)
        fail_msg("%s", err->message);
}

static void say(struct shop *shop, const char *visitor, const char *user, int purpose, bool allowed,
                int64_t time_ms)
{
    struct consent_record said = {.anonymous_id = text_from(visitor),
                                  .user_id = text_from(user),
                                  .allowed = {-1, -1, -1},
                                  .source = CONSENT_BY_SHOP,
                                  .time_ms = time_ms};
    struct error err = {0};

    said.allowed[purpose] = allowed;
    must(consent_state(shop, &said, &err), &err);
}

/* Records a view under `visitor`; whether it was kept. `gpc`: with Sec-GPC: 1. */
static bool view(struct shop *shop, const char *visitor, int n, int64_t time_ms, bool gpc)
{
    struct ingest_context context = shop_ingest_context(shop, time_ms, true);
    struct error err = {0};
    struct batch batch;
    char json[256];

    snprintf(json, sizeof(json),
             "{\"id\":\"%s-%d\",\"type\":\"view_item\",\"anonymous_id\":\"%s\","
             "\"items\":[{\"item_id\":\"p-%d\"}]}",
             visitor, n, visitor, n);
    context.gpc = gpc;
    batch_init(&batch, "test", time_ms, true);
    must(ingest_json(text_from(json), &context, &batch, &err), &err);
    must(record_run(shop, &batch, &err), &err);
    bool stored = batch.entries[0].outcome == ENTRY_STORED;
    batch_free(&batch);
    return stored;
}

static uint32_t known_actions(struct shop *shop, const char *visitor)
{
    struct profile p;

    profiles_read(shop->state->profiles, shopper_key_of(text_from(visitor), (struct text){0}),
                  TEST_NOW, true, &p);
    return p.count;
}

static void refusing_analytics_ends_recording_at_once(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    assert_true(view(t.shop, "v", 1, TEST_NOW, false));
    say(t.shop, "v", NULL, PURPOSE_ANALYTICS, false, TEST_NOW + 1000);
    for (int i = 0; i < 2; i++) { /* and after a restart, from a checkpoint or without */
        struct error err = {0};

        assert_false(view(t.shop, "v", 2, TEST_NOW + 2000, false));
        assert_true(view(t.shop, "w", 2 + i, TEST_NOW + 2000, false));
        must(state_save(t.shop->state, t.dir, 1, &err), &err);
        test_shop_reopen(&t, SHOP_WRITE);
    }
    say(t.shop, "v", NULL, PURPOSE_ANALYTICS, true, TEST_NOW + 5000);
    assert_true(view(t.shop, "v", 2, TEST_NOW + 6000, false));
    struct ledger_counts c = test_ledger(&t);
    assert_int_equal(c.no_consent, 2);
    assert_int_equal(c.received, c.stored + c.duplicate + ledger_refused(&c));
    test_shop_close(&t);
}

static void refusing_personalization_erases_the_profile_and_keeps_it_empty(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    assert_true(view(t.shop, "v", 1, TEST_NOW, false));
    assert_int_equal(known_actions(t.shop, "v"), 1);
    say(t.shop, "v", NULL, PURPOSE_PERSONALIZATION, false, TEST_NOW + 1000);
    assert_int_equal(known_actions(t.shop, "v"), 0);
    assert_true(view(t.shop, "v", 2, TEST_NOW + 2000, false));
    assert_int_equal(known_actions(t.shop, "v"), 0);
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(known_actions(t.shop, "v"), 0);
    test_shop_close(&t);
}

static void a_customers_choice_holds_in_every_browser(void **state)
{
    struct test_shop t;
    struct consent c;

    test_shop_open(&t);
    say(t.shop, NULL, "anna", PURPOSE_PERSONALIZATION, false, TEST_NOW);
    consent_read(t.shop, TEXT("new browser"), TEXT("anna"), &c);
    assert_false(c.of[PURPOSE_PERSONALIZATION].allowed);
    assert_true(c.of[PURPOSE_PERSONALIZATION].stated);
    assert_int_equal(c.of[PURPOSE_PERSONALIZATION].source, CONSENT_BY_SHOP);
    assert_int_equal(c.of[PURPOSE_PERSONALIZATION].time_ms, TEST_NOW);
    /* what is said later, under either name, counts */
    say(t.shop, "new browser", NULL, PURPOSE_PERSONALIZATION, true, TEST_NOW + 2000);
    consent_read(t.shop, TEXT("new browser"), TEXT("anna"), &c);
    assert_true(c.of[PURPOSE_PERSONALIZATION].allowed);
    /* also when it comes late */
    say(t.shop, "new browser", NULL, PURPOSE_PERSONALIZATION, false, TEST_NOW + 1000);
    consent_read(t.shop, TEXT("new browser"), TEXT("anna"), &c);
    assert_true(c.of[PURPOSE_PERSONALIZATION].allowed);
    test_shop_close(&t);
}

static void gpc_is_a_refusal_unless_they_said_otherwise(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    assert_true(view(t.shop, "silent", 1, TEST_NOW, true));
    assert_int_equal(known_actions(t.shop, "silent"), 0);
    assert_true(view(t.shop, "silent", 2, TEST_NOW + 1000, false)); /* "1" is the only statement */
    assert_int_equal(known_actions(t.shop, "silent"), 1);
    say(t.shop, "willing", NULL, PURPOSE_PERSONALIZATION, true, TEST_NOW);
    assert_true(view(t.shop, "willing", 1, TEST_NOW + 1000, true));
    assert_int_equal(known_actions(t.shop, "willing"), 1);
    test_shop_close(&t);
}

/* Who the decision of an answer names. */
static struct text asker(struct shop *shop, const char *visitor, bool gpc, struct arena *a)
{
    struct question q = {.surfaces = {TEXT("home")},
                         .surface_count = 1,
                         .anonymous_id = text_from(visitor),
                         .now_ms = TEST_NOW + 5000,
                         .gpc = gpc};
    struct answer answer = {.item_count = 0};
    struct error err = {0};

    must(recommend(shop, &q, &answer, a, &err), &err);
    return answer.decision->anonymous_id;
}

static void under_gpc_an_answer_is_for_nobody(void **state)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct test_shop t;

    test_shop_open(&t);
    say(t.shop, "willing", NULL, PURPOSE_PERSONALIZATION, true, TEST_NOW);
    assert_text(asker(t.shop, "silent", false, &a), "silent");
    assert_int_equal(asker(t.shop, "silent", true, &a).size, 0);
    assert_text(asker(t.shop, "willing", true, &a), "willing");
    test_shop_close(&t);
}

static void statements_are_erased_with_the_person(void **state)
{
    const struct actor actor = {TEXT("anna"), TEXT("test"), TEST_NOW + 1000};
    struct test_shop t;
    struct forgotten f;
    struct consent c;
    struct error err = {0};

    test_shop_open(&t);
    say(t.shop, "v", NULL, PURPOSE_EMAIL, true, TEST_NOW);
    must(forget_shopper(t.shop, TEXT("v"), NAMING_ANONYMOUS, &actor, &f, &err), &err);
    for (int i = 0; i < 2; i++) {
        consent_read(t.shop, TEXT("v"), (struct text){0}, &c);
        assert_false(c.of[PURPOSE_EMAIL].stated);
        test_shop_reopen(&t, SHOP_WRITE);
    }
    say(t.shop, "v", NULL, PURPOSE_EMAIL, true, TEST_NOW + 2000); /* nothing that could be kept */
    consent_read(t.shop, TEXT("v"), (struct text){0}, &c);
    assert_false(c.of[PURPOSE_EMAIL].stated);
    say(t.shop, "v", NULL, PURPOSE_ANALYTICS, true, TEST_NOW + 3000);
    assert_true(view(t.shop, "v", 1, TEST_NOW + 4000, false));
    test_shop_close(&t);
}

static void append(struct shop *shop, enum record_kind kind, const struct buffer *body)
{
    struct error err = {0};

    must(shop_append(shop, kind, TEST_NOW, buffer_text(body), NULL, &err), &err);
}

/* "undefined" as an id is a mistake of a page: it must not end the recording of everybody's purchases,
 * neither when it is said now nor by a record of the days before that was refused. */
static void a_placeholder_states_wishes_and_erases_nothing(void **state)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(buffer_free) struct buffer body = {0};
    const struct text id = TEXT("undefined");
    const struct consent_record refused = {.anonymous_id = id, .allowed = {0, 0, 0}, .time_ms = 1};
    const struct preferences_record wish = {.anonymous_id = id,
                                            .preferences = {.variety_ppm = 500000}};
    const struct preferences_change change = {
        .whose = {.anonymous_id = id}, .personal = 0, .variety_ppm = 1};
    const struct actor actor = {TEXT("test"), TEXT("test"), TEST_NOW};
    struct forgotten forgotten;
    struct error err = {0};
    struct test_shop t;

    test_shop_open(&t);
    assert_int_equal(consent_state(t.shop, &refused, &err), ERR_INVALID);
    assert_int_equal(shop_change_preferences(t.shop, &change, &a, &err), ERR_INVALID);
    assert_int_equal(forget_shopper(t.shop, id, NAMING_EITHER, &actor, &forgotten, &err),
                     ERR_INVALID);
    consent_record_encode(&refused, &body);
    append(t.shop, RECORD_CONSENT, &body);
    buffer_clear(&body);
    preferences_record_encode(&wish, &body);
    append(t.shop, RECORD_PREFERENCES, &body);
    buffer_clear(&body);
    const struct who who = who_of(t.shop->keys.id_key, WHO_ANONYMOUS, id);
    erasure_encode(&who, 1, TEST_NOW, &body);
    append(t.shop, RECORD_ERASURE, &body);
    for (int i = 0; i < 2; i++) { /* and after a restart */
        assert_true(view(t.shop, "undefined", i, TEST_NOW - 1000, false));
        test_shop_reopen(&t, SHOP_WRITE);
    }
    test_shop_close(&t);
}

/* Random histories: what was said last decides, for every visitor and at every moment. */
static void whatever_was_said_last_decides(void **state)
{
    enum { VISITORS = 4, STEPS = 300 };
    struct test_shop t;
    struct random random;
    bool analytics[VISITORS] = {true, true, true, true}, known[VISITORS] = {true, true, true, true};
    uint32_t actions[VISITORS] = {0};
    char name[8];

    random_seed(&random, 11);
    test_shop_open(&t);
    for (int i = 0; i < STEPS; i++) {
        int v = (int)random_below(&random, VISITORS), what = (int)random_below(&random, 4);
        int64_t now_ms = TEST_NOW + i * 1000;

        snprintf(name, sizeof(name), "v-%d", v);
        if (what == 0) {
            analytics[v] = random_below(&random, 2) != 0;
            say(t.shop, name, NULL, PURPOSE_ANALYTICS, analytics[v], now_ms);
        } else if (what == 1) {
            known[v] = random_below(&random, 2) != 0;
            say(t.shop, name, NULL, PURPOSE_PERSONALIZATION, known[v], now_ms);
            actions[v] = known[v] ? actions[v] : 0;
        } else {
            assert_int_equal(view(t.shop, name, i, now_ms, false), analytics[v]);
            if (analytics[v] && known[v] && actions[v] < PROFILE_ACTIONS_MAX)
                actions[v]++;
        }
        assert_int_equal(known_actions(t.shop, name), actions[v]);
    }
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusing_analytics_ends_recording_at_once),
        cmocka_unit_test(refusing_personalization_erases_the_profile_and_keeps_it_empty),
        cmocka_unit_test(a_customers_choice_holds_in_every_browser),
        cmocka_unit_test(gpc_is_a_refusal_unless_they_said_otherwise),
        cmocka_unit_test(under_gpc_an_answer_is_for_nobody),
        cmocka_unit_test(statements_are_erased_with_the_person),
        cmocka_unit_test(a_placeholder_states_wishes_and_erases_nothing),
        cmocka_unit_test(whatever_was_said_last_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
