/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/ledger.h"

#include <stdio.h>

#include "base/money.h"
#include "ingest/ingest.h"
#include "tests/support/test.h"

static const uint8_t key[16] = {3};

static void accept(struct batch *b, const char *id)
{
    struct event e = {.id = text_from(id),
                      .type = EVENT_view_item,
                      .anonymous_id = TEXT("v"),
                      .value = MONEY_NONE,
                      .scroll_percent = -1};

    batch_accept(b, &e, key, 0);
}

static void refuse(struct batch *b, const char *code, const char *raw, uint64_t line)
{
    struct refusal why = {.code = code, .field = "value", .message = "say it better"};

    batch_refuse(b, &why, text_from(raw), (const uint8_t[32]){1}, line);
}

static struct store *open_store(const char *dir)
{
    struct store *store = NULL;
    struct error err = {0};

    assert_int_equal(store_open(&store, dir, STORE_WRITE, NULL, &err), OK);
    return store;
}

struct list {
    struct refused_item items[10];
    char bodies[10][100];
    size_t count;
};

static void collect(void *context, const struct refused_item *item)
{
    struct list *list = context;

    assert_true(list->count < 10);
    snprintf(list->bodies[list->count], 100, "%.*s", (int)item->body.size, item->body.data);
    list->items[list->count++] = *item;
}

static void every_item_is_counted_once_and_refused_ones_are_kept(void **state)
{
    char room[TEST_PATH_SIZE];
    SCOPED(store_close) struct store *store = open_store(test_dir(room));
    SCOPED(batch_free) struct batch b = {0};
    struct ledger_counts counts;
    struct list list = {.count = 0};
    struct error err = {0};
    (void)state;

    batch_init(&b, "events.jsonl", 5000, true);
    accept(&b, "1");
    accept(&b, "2");
    accept(&b, "3");
    refuse(&b, "bad_money", "{\"value\":\"jane@mail.example\"}", 17);
    refuse(&b, "no_consent", "{\"secret\":1}", 18);
    b.entries[0].outcome = ENTRY_STORED;
    b.entries[1].outcome = ENTRY_DUPLICATE;
    batch_conflict(&b, 2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ledger_add(store, &b, 1 << 20, &err), OK);
    assert_int_equal(ledger_read(store, &counts, &err), OK);
    assert_int_equal(counts.received, 10);
    assert_int_equal(counts.stored, 2);
    assert_int_equal(counts.duplicate, 2);
    assert_int_equal(counts.invalid, 2);
    assert_int_equal(counts.conflict, 2);
    assert_int_equal(counts.no_consent, 2);
    assert_int_equal(counts.received, counts.stored + counts.duplicate + ledger_refused(&counts));
    assert_int_equal(ledger_refused_each(store, 0, 100, collect, &list, &err), OK);
    assert_int_equal(list.count, 4);
    assert_string_equal(list.bodies[0],
                        "{\"id\":\"3\",\"type\":\"view_item\",\"time\":\"1970-01-01T00:"
                        "00:00.000Z\",\"anonymous_id\":\"v\"}");
    assert_true(text_starts(text_from(list.bodies[1]), "{\"value\":\"email:"));
    assert_int_equal(list.items[1].line, 17);
    assert_int_equal(list.items[1].time_ms, 5000);
    assert_true(list.items[1].verified);
    uint64_t after = list.items[1].number;
    list.count = 0;
    assert_int_equal(ledger_refused_each(store, after, 1, collect, &list, &err), OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].number, after + 1);
    assert_int_equal(ledger_refused_remove(store, after, &err), OK);
    assert_int_equal(ledger_refused_remove(store, after, &err), OK);
    list.count = 0;
    assert_int_equal(ledger_refused_each(store, 0, 100, collect, &list, &err), OK);
    assert_int_equal(list.count, 3);
}

static void the_oldest_refused_items_go_when_they_take_too_much_room(void **state)
{
    char room[TEST_PATH_SIZE];
    SCOPED(store_close) struct store *store = open_store(test_dir(room));
    struct list list = {.count = 0};
    struct error err = {0};
    struct ledger_counts counts;
    (void)state;

    for (int i = 0; i < 50; i++) {
        SCOPED(batch_free) struct batch b = {0};

        batch_init(&b, "http", i, false);
        refuse(&b, "bad_money", "0123456789", (uint64_t)i);
        assert_int_equal(ledger_add(store, &b, 5 * (256 + 10), &err), OK);
    }
    assert_int_equal(ledger_refused_each(store, 0, 100, collect, &list, &err), OK);
    assert_int_equal(list.count, 5);
    assert_int_equal(list.items[0].line, 45);
    assert_int_equal(list.items[4].line, 49);
    assert_int_equal(ledger_read(store, &counts, &err), OK);
    assert_int_equal(counts.invalid, 50);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(ledger_refused_remove(store, list.items[i].number, &err), OK);
    SCOPED(stmt_close) sqlite3_stmt *q = NULL;
    assert_int_equal(
        stmt_open(&q, store, "SELECT value FROM counter WHERE name='refused_bytes'", &err), OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_int_equal(stmt_i64(q, 0), 0);
}

static void a_batch_run_again_after_a_rollback_starts_afresh(void **state)
{
    SCOPED(batch_free) struct batch b = {0};
    (void)state;

    batch_init(&b, "http", 5000, true);
    accept(&b, "1");
    accept(&b, "2");
    refuse(&b, "bad_money", "{}", 0);
    b.entries[0].outcome = ENTRY_STORED;
    batch_conflict(&b, 1);
    batch_reopen(&b);
    assert_int_equal(b.entries[0].outcome, ENTRY_PENDING);
    assert_int_equal(b.entries[1].outcome, ENTRY_PENDING);
    assert_null(b.entries[1].refusal);
    assert_int_equal(b.entries[2].outcome, ENTRY_REFUSED);
}

static void bodies_stay_right_while_the_batch_grows(void **state)
{
    SCOPED(batch_free) struct batch b = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct error err = {0};
    struct event e;
    char id[16];
    (void)state;

    batch_init(&b, "http", 5000, true);
    for (int i = 0; i < 3000; i++) {
        snprintf(id, sizeof(id), "id-%d", i);
        accept(&b, id);
    }
    batch_truncate(&b, 2000, b.entries[2000].body_at);
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof(id), "id-%d", i);
        assert_int_equal(event_decode(b.entries[i].body, &a, &e, &err), OK);
        assert_text(e.id, id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_counted_once_and_refused_ones_are_kept),
        cmocka_unit_test(the_oldest_refused_items_go_when_they_take_too_much_room),
        cmocka_unit_test(a_batch_run_again_after_a_rollback_starts_afresh),
        cmocka_unit_test(bodies_stay_right_while_the_batch_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
