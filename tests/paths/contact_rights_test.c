/* SPDX-License-Identifier: Apache-2.0 */
/* What stands on the default, silence, and the rights of who is written to. */
#include "paths/contacting.h"

#include <stdio.h>

#include "base/time.h"
#include "paths/backup.h"
#include "paths/consenting.h"
#include "paths/export.h"
#include "paths/forget.h"
#include "paths/retention.h"
#include "tests/support/contacts.h"

/* Under Sec-GPC: 1, as the shop's server hands it on. */
static void record_gpc(struct test_shop *t, int second, const char *json)
{
    struct ingest_context context =
        shop_ingest_context(t->shop, TEST_NOW + INT64_C(1000) * second, true);
    struct error err = {0};
    struct batch batch;

    context.gpc = true;
    batch_init(&batch, "test", context.received_ms, true);
    must(ingest_json(text_from(json), &context, &batch, &err), &err);
    must(record_run(t->shop, &batch, &err), &err);
    assert_int_equal(batch.entries[0].outcome, ENTRY_STORED);
    batch_free(&batch);
}

static void gpc_takes_what_stood_on_the_default(void **state)
{
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    event(&t, 1, "v", "anna", EMAIL("anna@shop.example"));
    event(&t, 1, "w", "bert", EMAIL("bert@shop.example") "," YES);
    record_gpc(&t, 2, "{\"id\":\"g1\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}");
    record_gpc(&t, 2, "{\"id\":\"g2\",\"type\":\"page_view\",\"anonymous_id\":\"w\"}");
    assert_true(rows(&t) == 1 && stands(&t, "bert@shop.example"));
    record_gpc(&t, 3,
               "{\"id\":\"g3\",\"type\":\"identify\",\"anonymous_id\":\"x\"," EMAIL(
                   "carl@shop.example") "}");
    record_gpc(&t, 3,
               "{\"id\":\"g4\",\"type\":\"identify\",\"anonymous_id\":\"x\",\"consent\":"
               "{\"analytics\":true}," EMAIL("carl@shop.example") "}");
    assert_int_equal(rows(&t), 1);
    record_gpc(&t, 4,
               "{\"id\":\"g5\",\"type\":\"identify\",\"anonymous_id\":\"x\"," YES
               "," EMAIL("carl@shop.example") "}");
    assert_int_equal(rows(&t), 2);
    test_shop_close(&t);
}

static void the_default_gives_and_takes(void **state)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct program_change back = {.rollback_to = 2,
                                  .author = TEXT("t"),
                                  .reason = TEXT("t"),
                                  .expected_version = PROGRAM_ANY_VERSION,
                                  .now_ms = TEST_NOW + 9 * MS_SECOND};
    struct problems problems = {0};
    struct error err = {0};
    struct test_shop t;
    uint32_t version;

    (void)state;
    open_with(&t, PROGRAM("true"));
    event(&t, 1, "v", "anna", EMAIL("anna@shop.example"));
    event(&t, 1, "w", "bert", EMAIL("bert@shop.example") "," YES);
    event(&t, 1, "x", "carl", EMAIL("carl@shop.example") ",\"consent\":{\"analytics\":true}");
    assert_int_equal(rows(&t), 3);
    test_program(t.shop, PROGRAM("false"), TEST_NOW + 2 * MS_SECOND);
    assert_true(rows(&t) == 1 && stands(&t, "bert@shop.example"));
    test_program(t.shop, PROGRAM("true") "  - {name: \"again\", kind: \"home\"}\n",
                 TEST_NOW + 3 * MS_SECOND);
    assert_int_equal(rows(&t), 1);
    event(&t, 4, "v", "anna", EMAIL("anna@shop.example"));
    assert_int_equal(rows(&t), 2);
    say(&t, 5, NULL, "anna", true); /* from here on it stands on her word */
    event(&t, 6, "y", "dora", EMAIL("dora@shop.example"));
    assert_int_equal(rows(&t), 3);
    must(shop_apply_program(t.shop, &back, &a, &problems, &version, &err), &err);
    assert_true(rows(&t) == 2 && stands(&t, "anna@shop.example"));
    assert_false(stands(&t, "dora@shop.example"));
    test_shop_close(&t);
}

/* Where events are kept for so long, and e-mail is allowed by default. */
static void open_for_days(struct test_shop *t, uint32_t days)
{
    test_shop_open(t);
    t->settings.events_days = days;
    test_shop_reopen(t, SHOP_WRITE);
    test_program(t->shop, PROGRAM("true"), TEST_NOW);
}

static void silence_takes_what_no_statement_by_itself_carries(void **state)
{
    const int64_t now_ms = TEST_NOW + INT64_C(200) * MS_DAY;
    struct error err = {0};
    struct test_shop t;
    bool more = true;

    (void)state;
    open_for_days(&t, 100);
    event(&t, 1, "v", "anna", EMAIL("anna@shop.example") "," YES);
    event(&t, 1, "w", "bert", EMAIL("bert@shop.example"));
    say(&t, 1, NULL, "carl", true);
    assert_int_equal(give(&t, 2, NULL, "carl", "carl@shop.example"), CONTACT_KEPT);
    event(&t, 3, NULL, "carl", YES); /* does not make it less */
    assert_int_equal(give(&t, 2, "z", NULL, "default@shop.example"), CONTACT_KEPT);
    event(&t, 150 * 24 * 3600, "x", "dora", EMAIL("dora@shop.example") "," YES);
    event(&t, 150 * 24 * 3600, "w", "bert", ""); /* he is there, his address was not heard of */
    assert_int_equal(rows(&t), 5);
    while (more)
        must(retention_turn(t.shop, now_ms, &more, &err), &err);
    assert_true(rows(&t) == 2 && stands(&t, "carl@shop.example") &&
                stands(&t, "dora@shop.example"));
    test_shop_close(&t);
}

/* Nothing of the journal is old, and a row is. */
static void silence_takes_a_row_without_any_event(void **state)
{
    struct error err = {0};
    struct test_shop t;
    bool more = true;

    (void)state;
    open_for_days(&t, 100);
    assert_int_equal(give(&t, 1, "z", NULL, "default@shop.example"), CONTACT_KEPT);
    while (more)
        must(retention_turn(t.shop, TEST_NOW + INT64_C(50) * MS_DAY, &more, &err), &err);
    assert_int_equal(rows(&t), 1);
    for (more = true; more;)
        must(retention_turn(t.shop, TEST_NOW + INT64_C(200) * MS_DAY, &more, &err), &err);
    assert_int_equal(rows(&t), 0);
    test_shop_close(&t);
}

/* --- rights --- */

static void forget(struct test_shop *t, int second, const char *id)
{
    const struct actor actor = {TEXT("t"), TEXT("t"), TEST_NOW + INT64_C(1000) * second};
    struct forgotten f;
    struct error err = {0};

    must(forget_shopper(t->shop, text_from(id), NAMING_EITHER, &actor, &f, &err), &err);
    assert_true(f.finished);
}

/* Whether an event of somebody new is. */
static bool recorded(struct test_shop *t, int second, const char *type, const char *more)
{
    struct buffer json = {0};

    add_event(&json, type, "stranger", NULL, more);
    uint64_t stored = test_record(t->shop, json.data, TEST_NOW + INT64_C(1000) * second).stored;
    buffer_free(&json);
    return stored == 1;
}

static void the_erased_have_no_address_until_they_consent_anew(void **state)
{
    struct test_shop t;

    (void)state;
    open_with(&t, PROGRAM("true"));
    event(&t, 1, "v", "anna", EMAIL("anna@shop.example") "," YES);
    event(&t, 1, "w", "bert", EMAIL("bert@shop.example") "," YES);
    assert_int_equal(give(&t, 2, NULL, "anna", "second@shop.example"), CONTACT_KEPT);
    forget(&t, 3, "anna");
    assert_true(rows(&t) == 1 && stands(&t, "bert@shop.example"));
    assert_int_equal(give(&t, 4, NULL, "anna", "anna@shop.example"), CONTACT_NO_CONSENT);
    assert_false(recorded(&t, 5, "identify", EMAIL("anna@shop.example")));
    test_shop_reopen(&t, SHOP_WRITE);
    assert_false(recorded(&t, 6, "identify", EMAIL("anna@shop.example") "," YES));
    assert_int_equal(rows(&t), 1);
    assert_true(recorded(&t, 7, "consent", EMAIL("anna@shop.example") "," YES));
    assert_true(recorded(&t, 8, "identify", EMAIL("anna@shop.example")));
    assert_int_equal(rows(&t), 2);
    forget(&t, 9, "anna@shop.example");
    assert_int_equal(rows(&t), 1);
    test_shop_close(&t);
}

static void an_export_shows_them_and_a_backup_carries_them(void **state)
{
    const struct backup_options options = {.replace = true};
    char file[TEST_PATH_SIZE], dir[TEST_PATH_SIZE];
    struct backup_result result;
    struct buffer json = {0};
    struct error err = {0};
    struct test_shop t, other = {.shop = NULL};

    (void)state;
    open_with(&t, NULL);
    event(&t, 1, "v", "anna", EMAIL("Anna@shop.example") "," YES);
    say(&t, 2, NULL, "anna", true);
    assert_int_equal(give(&t, 3, NULL, "anna", "second@shop.example"), CONTACT_KEPT);
    must(export_shopper(t.shop, TEXT("v"), NAMING_EITHER, TEST_NOW, &json, &err), &err);
    assert_non_null(strstr(json.data,
                           "{\"email\":\"Anna@shop.example\",\"locale\":null,\"consent\":"
                           "{\"stated\":true,\"source\":\"shop\",\"time\":\"2026-"));
    assert_non_null(strstr(json.data, "{\"email\":\"second@shop.example\",\"locale\":\"de-AT\","));
    buffer_free(&json);
    must(backup_make(t.dir, test_path(file, t.dir, "backup"), &options, &result, &err), &err);
    must(backup_restore(file, test_path(dir, t.dir, "restored"), &options, &result, &err), &err);
    snprintf(other.dir, sizeof(other.dir), "%s", dir);
    assert_int_equal(rows(&other), 2);
    test_shop_close(&t);
}

/* The table is the one place: neither the journal nor what was refused has a byte of it. */
static void an_address_stands_nowhere_else(void **state)
{
    static const char *const elsewhere[] = {
        "SELECT count(*) FROM journal WHERE instr(body,CAST(? AS BLOB))>0",
        "SELECT count(*) FROM refused WHERE instr(body,CAST(? AS BLOB))>0",
    };
    const char *address = "anna@shop.example";
    struct test_shop t;

    (void)state;
    open_with(&t, NULL);
    (void)test_record(t.shop,
                      "{\"id\":\"one\",\"type\":\"identify\",\"user_id\":\"anna\"," YES
                      "," EMAIL("anna@shop.example") "}",
                      TEST_NOW);
    assert_true(stands(&t, address));
    say(&t, 1, NULL, "anna", false);
    struct import_counts again = test_record(
        t.shop,
        "{\"id\":\"one\",\"type\":\"identify\",\"user_id\":\"anna\",\"search_term\":\"x\"," YES
        "," EMAIL("anna@shop.example") "}",
        TEST_NOW + 2000);
    assert_int_equal(again.refused, 1); /* the id was used */
    assert_int_equal(test_record(t.shop,
                                 "{\"id\":\"two\",\"type\":\"\",\"user_id\":\"anna\"," YES
                                 "," EMAIL("anna@shop.example") "}",
                                 TEST_NOW + 3000)
                         .refused,
                     1);
    assert_int_equal(count_of(&t, "SELECT count(*) FROM refused", NULL), 2);
    assert_int_equal(rows(&t), 0); /* what is refused keeps no address */
    for (size_t i = 0; i < COUNT(elsewhere); i++)
        assert_int_equal(count_of(&t, elsewhere[i], address), 0);
    test_shop_close(&t);
}

static void taking_back_leaves_the_consent(void **state)
{
    struct error err = {0};
    struct consent c;
    struct test_shop t;
    uint64_t removed = 0;

    (void)state;
    open_with(&t, NULL);
    say(&t, 1, NULL, "anna", true);
    assert_int_equal(give(&t, 2, NULL, "anna", "a1@shop.example"), CONTACT_KEPT);
    event(&t, 3, NULL, "anna", EMAIL("a2@shop.example"));
    must(shop_contacts_remove(t.shop, TEXT("anna"), NAMING_EITHER, &removed, &err), &err);
    assert_true(removed == 2 && rows(&t) == 0);
    consent_read(t.shop, (struct text){0}, TEXT("anna"), &c);
    assert_true(c.of[PURPOSE_EMAIL].allowed);
    assert_int_equal(give(&t, 4, NULL, "anna", "a1@shop.example"), CONTACT_KEPT);
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gpc_takes_what_stood_on_the_default),
        cmocka_unit_test(the_default_gives_and_takes),
        cmocka_unit_test(silence_takes_what_no_statement_by_itself_carries),
        cmocka_unit_test(silence_takes_a_row_without_any_event),
        cmocka_unit_test(the_erased_have_no_address_until_they_consent_anew),
        cmocka_unit_test(an_export_shows_them_and_a_backup_carries_them),
        cmocka_unit_test(an_address_stands_nowhere_else),
        cmocka_unit_test(taking_back_leaves_the_consent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
