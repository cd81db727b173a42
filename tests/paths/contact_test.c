/* SPDX-License-Identifier: Apache-2.0 */
/* An address stands readable while a consent to e-mail stands, and not a transaction longer. */
#include "paths/contacting.h"

#include <stdio.h>
#include <unistd.h>

#include "base/random.h"
#include "base/time.h"
#include "paths/backup.h"
#include "paths/consenting.h"
#include "paths/export.h"
#include "paths/forget.h"
#include "paths/retention.h"
#include "paths/shopper.h"
#include "tests/support/shop.h"

#define PROGRAM(email)                                                                             \
    "owner: \"t@shop.example\"\ncurrency: \"EUR\"\ntime_zone: \"UTC\"\npolicies:\n"                \
    "  consent_default: {analytics: true, personalization: true, email: " email "}\n"              \
    "surfaces:\n  - {name: \"home\", kind: \"home\"}\n"
#define YES "\"consent\":{\"analytics\":true,\"personalization\":true,\"email\":true}"
#define NO  "\"consent\":{\"analytics\":true,\"personalization\":true,\"email\":false}"

static void must(enum status status, const struct error *err)
{
    if (status != OK)
        fail_msg("%s", err->message);
}

static int64_t count_of(const struct test_shop *t, const char *sql, const char *value)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct error err = {0};

    must(store_open(&store, t->dir, STORE_READ, NULL, &err), &err);
    must(stmt_open(&q, store, sql, &err), &err);
    if (value != NULL)
        stmt_bind_text(q, 1, text_from(value));
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    return stmt_i64(q, 0);
}

static bool stands(const struct test_shop *t, const char *address)
{
    return count_of(t, "SELECT count(*) FROM contact WHERE address=?", address) == 1;
}

static int64_t rows(const struct test_shop *t)
{
    return count_of(t, "SELECT count(*) FROM contact", NULL);
}

static int event_number;

/* An event that names whom is not NULL, and `more` members, behind the seconds of TEST_NOW. */
static void add_event(struct buffer *out, const char *type, const char *visitor, const char *user,
                      const char *more)
{
    buffer_printf(out, "{\"id\":\"e-%d\",\"type\":\"%s\"", ++event_number, type);
    if (visitor != NULL)
        buffer_printf(out, ",\"anonymous_id\":\"%s\"", visitor);
    if (user != NULL)
        buffer_printf(out, ",\"user_id\":\"%s\"", user);
    buffer_printf(out, "%s%s}", more[0] != '\0' ? "," : "", more);
}

static void event(struct test_shop *t, int second, const char *visitor, const char *user,
                  const char *more)
{
    struct buffer json = {0};

    add_event(&json, "identify", visitor, user, more);
    assert_int_equal(test_record(t->shop, json.data, TEST_NOW + INT64_C(1000) * second).stored, 1);
    buffer_free(&json);
}

#define EMAIL(address) "\"traits\":{\"email\":\"" address "\"}"

static void say(struct test_shop *t, int second, const char *visitor, const char *user,
                bool allowed)
{
    struct consent_record said = {.anonymous_id = text_from(visitor),
                                  .user_id = text_from(user),
                                  .allowed = {-1, -1, (int8_t)allowed},
                                  .source = CONSENT_BY_SHOP,
                                  .time_ms = TEST_NOW + INT64_C(1000) * second};
    struct error err = {0};

    must(consent_state(t->shop, &said, &err), &err);
}

static enum contact_outcome give(struct test_shop *t, int second, const char *visitor,
                                 const char *user, const char *address)
{
    const struct contact_given given = {.anonymous_id = text_from(visitor),
                                        .user_id = text_from(user),
                                        .address = text_from(address),
                                        .locale = TEXT("de-AT"),
                                        .now_ms = TEST_NOW + INT64_C(1000) * second};
    enum contact_outcome outcome = CONTACT_TOO_MANY;
    struct error err = {0};

    must(shop_contact_put(t->shop, &given, &outcome, &err), &err);
    return outcome;
}

static void open_with(struct test_shop *t, const char *program)
{
    test_shop_open(t);
    if (program != NULL)
        test_program(t->shop, program, TEST_NOW);
}

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

static void silence_takes_what_no_statement_by_itself_carries(void **state)
{
    const int64_t now_ms = TEST_NOW + INT64_C(200) * MS_DAY;
    struct error err = {0};
    struct test_shop t;
    bool more = true;

    (void)state;
    test_shop_open(&t);
    t.settings.events_days = 100;
    test_shop_reopen(&t, SHOP_WRITE);
    test_program(t.shop, PROGRAM("true"), TEST_NOW);
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
    test_shop_open(&t);
    t.settings.events_days = 100;
    test_shop_reopen(&t, SHOP_WRITE);
    test_program(t.shop, PROGRAM("true"), TEST_NOW);
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
    event(&t, 5, "stranger", NULL, EMAIL("anna@shop.example")); /* on the default alone */
    assert_int_equal(rows(&t), 1);
    test_shop_reopen(&t, SHOP_WRITE);
    event(&t, 6, "stranger", NULL, EMAIL("anna@shop.example"));
    assert_int_equal(rows(&t), 1);
    event(&t, 7, "stranger", NULL, EMAIL("anna@shop.example") "," YES);
    assert_int_equal(rows(&t), 2);
    forget(&t, 8, "anna@shop.example");
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

/* --- whatever happens --- */

enum { VISITORS = 4, CUSTOMERS = 3, ADDRESSES = 4, NAMES = VISITORS + CUSTOMERS };

/* Names by number: "v0".. and "c0"... */
static const char *name_of(int n, char out[8])
{
    out[0] = n < VISITORS ? 'v' : 'c';
    out[1] = (char)('0' + (n < VISITORS ? n : n - VISITORS));
    out[2] = '\0';
    return out;
}

struct holding {
    struct test_shop *t;
    int64_t now_ms;
    size_t rows;
};

/* A row stands on a newer word than the last no of its owner, read in the way answers read it, and of
 * the address itself. */
static void row_holds(void *context, const struct contact *row)
{
    struct holding *h = context;
    const struct state *s = h->t->shop->state;
    struct consent whole = {.of[0].stated = false}, own;
    char name[8];

    h->rows++;
    for (int i = 0; i < NAMES; i++) {
        struct text id = text_from(name_of(i, name));
        struct asker who = {.anonymous_id = i < VISITORS ? id : (struct text){0},
                            .user_id = i < VISITORS ? (struct text){0} : id};
        if (who_equal(row->owner, who_of(s->id_key, i < VISITORS ? WHO_ANONYMOUS : WHO_USER, id)))
            consent_of_person(s, &who, h->now_ms, &whole);
    }
    consents_read(s->consents, row->who, &own);
    consent_join(&whole, &own);
    const struct statement *said = &whole.of[PURPOSE_EMAIL];
    if (said->stated && !said->allowed &&
        (!row->consent.stated || row->consent.time_ms <= said->time_ms))
        fail_msg("%.*s stands against a no", (int)row->address.size, row->address.data);
    if (said->stated && row->consent.stated && row->consent.time_ms > h->now_ms)
        fail_msg("%.*s stands on what is to come", (int)row->address.size, row->address.data);
    if (!row->consent.stated && !s->program->consent_email)
        fail_msg("%.*s stands on nothing", (int)row->address.size, row->address.data);
}

/* Every row holds; how many there are. */
static size_t all_hold(struct test_shop *t, int64_t now_ms)
{
    SCOPED(store_close) struct store *store = NULL;
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    struct holding h = {.t = t, .now_ms = now_ms};
    struct error err = {0};

    must(store_open(&store, t->dir, STORE_READ, NULL, &err), &err);
    must(stmt_open(&q, store, "SELECT who FROM contact", &err), &err);
    struct contacts *table = contacts_new(store);
    while (sqlite3_step(q) == SQLITE_ROW) {
        struct who who;
        struct text bytes = stmt_text(q, 0);
        assert_int_equal(bytes.size, sizeof(who.hash));
        memcpy(who.hash, bytes.data, sizeof(who.hash));
        must(contacts_each(table, who, row_holds, &h, &err), &err);
    }
    contacts_close(&table);
    return h.rows;
}

/* An event of anybody, naming some address and saying something or not, at once or seconds late. */
static void add_random(struct buffer *json, struct random *random, int64_t now_ms)
{
    static const char *const said[] = {"",      "",     "",
                                       "," YES, "," NO, ",\"consent\":{\"analytics\":true}"};
    char visitor[8], customer[8], time[TIME_TEXT_SIZE], more[256];
    int who = (int)random_below(random, 3);
    int64_t late_ms =
        random_below(random, 4) == 0 ? (int64_t)random_below(random, 20) * MS_SECOND : 0;

    (void)name_of((int)random_below(random, VISITORS), visitor);
    (void)name_of(VISITORS + (int)random_below(random, CUSTOMERS), customer);
    int size = snprintf(more, sizeof(more), "\"time\":\"%s\"%s", time_print(now_ms - late_ms, time),
                        said[random_below(random, COUNT(said))]);
    if (random_below(random, 2) == 0)
        snprintf(more + size, sizeof(more) - (size_t)size,
                 ",\"traits\":{\"email\":\"a%d@shop.example\"}",
                 (int)random_below(random, ADDRESSES));
    add_event(json, "identify", who == 1 ? NULL : visitor, who == 0 ? NULL : customer, more);
}

static void step(struct test_shop *t, struct random *random, int second)
{
    struct buffer json = {0};
    char name[8], address[32];
    uint64_t what = random_below(random, 12);
    int who = (int)random_below(random, NAMES);
    const char *visitor = who < VISITORS ? name_of(who, name) : NULL;
    const char *user = who < VISITORS ? NULL : name_of(who, name);

    if (what == 0) {
        say(t, second, visitor, user, random_below(random, 2) == 0);
    } else if (what == 1) {
        snprintf(address, sizeof(address), "a%d@shop.example",
                 (int)random_below(random, ADDRESSES));
        (void)give(t, second, visitor, user, address);
    } else if (what == 2 && random_below(random, 4) == 0) {
        test_program(t->shop, random_below(random, 2) == 0 ? PROGRAM("true") : PROGRAM("false"),
                     TEST_NOW + INT64_C(1000) * second);
    } else {
        int count = what < 8 ? 1 : 1 + (int)random_below(random, 8);
        buffer_add_string(&json, "{\"events\":[");
        for (int i = 0; i < count; i++) {
            buffer_add_string(&json, i > 0 ? "," : "");
            add_random(&json, random, TEST_NOW + INT64_C(1000) * second);
        }
        buffer_add_string(&json, "]}");
        (void)test_record(t->shop, json.data, TEST_NOW + INT64_C(1000) * second);
    }
    buffer_free(&json);
}

static void no_row_ever_stands_against_a_no(void **state)
{
    enum { SEEDS = 8, STEPS = 80 };
    size_t with_rows = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct random random;
        struct test_shop t;

        random_seed(&random, seed);
        open_with(&t, PROGRAM("true"));
        for (int i = 1; i <= STEPS; i++) {
            step(&t, &random, 30 + i);
            with_rows += all_hold(&t, TEST_NOW + INT64_C(1000) * (30 + i)) > 0;
        }
        test_shop_close(&t);
    }
    assert_true(with_rows > SEEDS * STEPS / 4); /* or it says little */
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
        cmocka_unit_test(what_is_said_by_hand_counts),
        cmocka_unit_test(gpc_takes_what_stood_on_the_default),
        cmocka_unit_test(the_default_gives_and_takes),
        cmocka_unit_test(silence_takes_what_no_statement_by_itself_carries),
        cmocka_unit_test(silence_takes_a_row_without_any_event),
        cmocka_unit_test(the_erased_have_no_address_until_they_consent_anew),
        cmocka_unit_test(an_export_shows_them_and_a_backup_carries_them),
        cmocka_unit_test(taking_back_leaves_the_consent),
        cmocka_unit_test(no_row_ever_stands_against_a_no),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
