/* SPDX-License-Identifier: Apache-2.0 */
/* What is too old is gone from the journal, and nothing else moves. */
#include "paths/retention.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "consent/who.h"
#include "indexes/generation.h"
#include "indexes/pairs.h"
#include "tests/support/sessions.h"
#include "tests/support/shop.h"

static void must(enum status status, const struct error *err)
{
    if (status != OK)
        fail_msg("%s", err->message);
}

static void view(struct shop *shop, int n, const char *visitor, const char *item, int64_t time_ms)
{
    char json[512];

    snprintf(json, sizeof(json),
             "{\"id\":\"e-%d\",\"type\":\"view_item\",\"anonymous_id\":\"%s\","
             "\"search_term\":\"term-%s\",\"items\":[{\"item_id\":\"%s\"}]}",
             n, visitor, visitor, item);
    assert_int_equal(test_record(shop, json, time_ms).stored, 1);
}

static bool on_disk(const char *dir, const char *what)
{
    struct file_map map = {0};
    struct error err = {0};
    char path[TEST_PATH_SIZE];
    bool found = false;
    static const char *const names[] = {"store.db", "store.db-wal"};

    for (size_t i = 0; i < COUNT(names); i++) {
        if (file_map_open(&map, test_path(path, dir, names[i]), &err) != OK)
            continue;
        found = found || (map.size > 0 && memmem(map.bytes, map.size, what, strlen(what)) != NULL);
        file_map_close(&map);
    }
    return found;
}

static int turns(struct test_shop *t, int64_t now_ms)
{
    struct error err = {0};
    bool more = true;
    int count = 0;

    for (; more; count++)
        must(retention_turn(t->shop, now_ms, &more, &err), &err);
    return count;
}

static void numbers_are_those_of_the_journal(struct test_shop *t)
{
    struct state *fresh = state_new(t->shop->keys.id_key, 0);
    const struct catalog *live = t->shop->state->catalog;
    struct error err = {0};

    must(state_load(fresh, t->dir, (struct position){UINT64_MAX}, NULL, NULL, &err), &err);
    assert_int_equal(catalog_count(fresh->catalog), catalog_count(live));
    for (product_number n = 0; n < catalog_count(live); n++)
        assert_true(text_equal(catalog_item_id(fresh->catalog, n), catalog_item_id(live, n)));
    assert_int_equal(fresh->events, t->shop->state->events);
    assert_int_equal(profiles_count(fresh->profiles), profiles_count(t->shop->state->profiles));
    state_free(fresh);
}

static void events_past_their_days_are_erased(void **state)
{
    enum { OLD = 4500, NEW = 50 };
    struct test_shop t;
    char visitor[32], item[32];

    test_shop_open(&t);
    t.settings.events_days = 100;
    test_shop_reopen(&t, SHOP_WRITE);
    for (int i = 0; i < OLD + NEW; i++) {
        bool old = i < OLD;
        snprintf(visitor, sizeof(visitor), "%s-%d", old ? "oldie" : "young", i % 40);
        snprintf(item, sizeof(item), "p-%d", i * 7 % (old ? 90 : 120));
        view(t.shop, i, visitor, item, TEST_NOW - (old ? INT64_C(150) : INT64_C(10)) * MS_DAY + i);
    }
    (void)test_record(t.shop, "{\"id\":\"x\",\"type\":\"view_item\"}", TEST_NOW);
    struct ledger_counts before = test_ledger(&t);
    assert_true(on_disk(t.dir, "term-oldie"));
    assert_int_equal(turns(&t, TEST_NOW), 3);
    assert_false(on_disk(t.dir, "term-oldie") || on_disk(t.dir, "oldie-"));
    assert_true(on_disk(t.dir, "term-young"));
    struct ledger_counts after = test_ledger(&t);
    assert_memory_equal(&before, &after, sizeof(after));
    assert_int_equal(profiles_count(t.shop->state->profiles), 40);
    numbers_are_those_of_the_journal(&t);
    assert_int_equal(turns(&t, TEST_NOW), 1);
    test_shop_reopen(&t, SHOP_WRITE);
    numbers_are_those_of_the_journal(&t);
    assert_int_equal(turns(&t, TEST_NOW + INT64_C(200) * MS_DAY), 1);
    assert_false(on_disk(t.dir, "young-"));
    assert_int_equal(profiles_count(t.shop->state->profiles), 0);
    numbers_are_those_of_the_journal(&t);
    test_shop_close(&t);
}

/* A view that happened at `then_ms` and is imported now. */
static void import(struct shop *shop, int n, const char *visitor, const char *item, int64_t then_ms)
{
    char json[512], when[TIME_TEXT_SIZE];

    snprintf(json, sizeof(json),
             "{\"id\":\"i-%d\",\"type\":\"view_item\",\"anonymous_id\":\"%s\",\"time\":\"%s\","
             "\"search_term\":\"term-%s\",\"items\":[{\"item_id\":\"%s\"}]}",
             n, visitor, time_print(then_ms, when), visitor, item);
    assert_int_equal(test_import(shop, "events", json, "from=jsonl").stored, 1);
}

/* Of a history imported today what is older than may be kept goes within a day; what came before it in the
 * journal, and is younger, stays. */
static void imported_history_is_as_old_as_it_says(void **state)
{
    enum { COUNT_OLD = 30 };
    struct test_shop t;
    char visitor[32], item[32];

    test_shop_open(&t);
    t.settings.events_days = 60;
    test_shop_reopen(&t, SHOP_WRITE);
    view(t.shop, 1, "young-first", "p-1", TEST_NOW);
    for (int i = 0; i < COUNT_OLD; i++) {
        bool old = i % 2 == 0;
        snprintf(visitor, sizeof(visitor), "%s-%d", old ? "oldie" : "young", i);
        snprintf(item, sizeof(item), "p-%d", i % 7);
        import(t.shop, i, visitor, item, TEST_NOW - (old ? INT64_C(170) : INT64_C(20)) * MS_DAY);
    }
    view(t.shop, 2, "young-last", "p-9", TEST_NOW + 1000);
    assert_true(on_disk(t.dir, "term-oldie"));
    assert_int_equal(turns(&t, TEST_NOW + 2000), 1);
    assert_false(on_disk(t.dir, "term-oldie") || on_disk(t.dir, "oldie-"));
    assert_true(on_disk(t.dir, "term-young-first") && on_disk(t.dir, "term-young-last"));
    assert_true(on_disk(t.dir, "term-young-1"));
    assert_int_equal(profiles_count(t.shop->state->profiles), COUNT_OLD / 2 + 2);
    numbers_are_those_of_the_journal(&t);
    import(t.shop, COUNT_OLD, "oldie-late", "p-3", TEST_NOW - INT64_C(170) * MS_DAY);
    assert_int_equal(turns(&t, TEST_NOW + 3000), 1); /* the day's work is done */
    assert_true(on_disk(t.dir, "oldie-late"));
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(turns(&t, TEST_NOW + MS_DAY), 1);
    assert_false(on_disk(t.dir, "oldie-late"));
    assert_true(on_disk(t.dir, "young-1"));
    numbers_are_those_of_the_journal(&t);
    test_shop_close(&t);
}

static void without_the_setting_everything_stays(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    view(t.shop, 1, "oldie", "p-1", TEST_NOW - INT64_C(3000) * MS_DAY);
    assert_int_equal(turns(&t, TEST_NOW), 1);
    assert_true(on_disk(t.dir, "term-oldie"));
    test_shop_close(&t);
}

static void generation_of(struct test_shop *t, int64_t built_ms)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    const struct pairs_options viewed = {.kind = PAIR_VIEWED, .support_min = 3};
    const struct pairs_options bought = {.kind = PAIR_BOUGHT, .support_min = 11};
    struct generation_summary summary = {.built_ms = built_ms};
    struct error err = {0};
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE], name[64];

    set_views(&m, 0, 0, (product_number[]){0, 1}, 2);
    snprintf(name, sizeof(name), "generations/0.tmp-%ld", (long)getpid());
    must(dir_make(test_path(dir, t->dir, name), &err), &err);
    must(sessions_build(&m.set, test_path(path, dir, "sessions.bin"), &err), &err);
    must(pairs_build(&m.set, &viewed, test_path(path, dir, "viewed.bin"), &err), &err);
    must(pairs_build(&m.set, &bought, test_path(path, dir, "bought.bin"), &err), &err);
    must(generation_publish_files(t->dir, dir, &summary, NULL, &err), &err);
}

static void erasure_at(struct test_shop *t, const char *user, int64_t time_ms)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct who who = who_of(t->shop->keys.id_key, WHO_USER, text_from(user));
    struct error err = {0};

    erasure_encode(&who, 1, time_ms, &body);
    must(shop_append(t->shop, RECORD_ERASURE, time_ms, buffer_text(&body), NULL, &err), &err);
}

/* What is kept on a day: its numbers as text, "1 3"; and whether it is time for another. */
static bool train_on_day(struct test_shop *t, int64_t day, const char *kept)
{
    struct generation_summary found[8];
    struct error err = {0};
    char text[64] = "";
    bool train = true;
    size_t count;

    must(retention_generations(t->shop, TEST_NOW + day * MS_DAY, &train, &err), &err);
    must(generation_list(t->dir, found, 8, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%u", i > 0 ? " " : "",
                 found[i].number);
    assert_string_equal(text, kept);
    return train;
}

static void generations_from_before_an_erasure_are_gone_in_thirty_days(void **state)
{
    struct test_shop t;
    const struct actor actor = {TEXT("anna"), TEXT("test"), TEST_NOW};
    struct error err = {0};

    test_shop_open(&t);
    generation_of(&t, TEST_NOW - 5 * MS_DAY);
    generation_of(&t, TEST_NOW); /* in the same millisecond: it may have read before */
    generation_of(&t, TEST_NOW + 1);
    assert_false(train_on_day(&t, 100, "1 2 3")); /* nobody was erased */
    erasure_at(&t, "c-1", TEST_NOW);
    assert_false(train_on_day(&t, 28, "1 2 3")); /* none of them serves */
    must(shop_use_generation(t.shop, 2, &actor, &err), &err);
    assert_false(train_on_day(&t, 21, "1 2 3"));
    assert_true(train_on_day(&t, 22, "1 2 3"));
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(shop_generation(t.shop), 2);
    assert_true(train_on_day(&t, 28, "1 2 3"));
    assert_int_equal(shop_generation(t.shop), 2);
    assert_true(train_on_day(&t, 29, "3"));
    assert_int_equal(shop_generation(t.shop), 0);
    assert_false(train_on_day(&t, 29, "3"));
    test_shop_close(&t);
}

/* Each erasure has days of its own. */
static void a_later_erasure_takes_the_generation_that_outlived_the_first(void **state)
{
    struct test_shop t;
    const struct actor actor = {TEXT("anna"), TEXT("test"), TEST_NOW};
    struct error err = {0};

    test_shop_open(&t);
    generation_of(&t, TEST_NOW - MS_DAY);
    generation_of(&t, TEST_NOW + MS_DAY);
    generation_of(&t, TEST_NOW + 11 * MS_DAY);
    erasure_at(&t, "c-1", TEST_NOW);
    erasure_at(&t, "c-2", TEST_NOW + 10 * MS_DAY);
    must(shop_use_generation(t.shop, 3, &actor, &err), &err);
    assert_false(train_on_day(&t, 29, "2 3"));
    assert_false(train_on_day(&t, 38, "2 3"));
    assert_false(train_on_day(&t, 39, "3"));
    assert_false(train_on_day(&t, 400, "3"));
    test_shop_close(&t);
}

/* --- at the pace of the server --- */

static uint64_t events_left(const struct test_shop *t)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;
    struct error err = {0};
    struct record r;
    uint64_t count = 0;

    must(cursor_open(&cursor, t->dir, NULL, (struct position){0}, &err), &err);
    while (cursor_next(cursor, &r, &err) == OK)
        count += r.kind == RECORD_EVENT;
    return count;
}

static void record_many(struct test_shop *t, int from, int count, int64_t time_ms)
{
    SCOPED(buffer_free) struct buffer body = {0};

    for (int done = 0; done < count; done += 500) {
        buffer_clear(&body);
        buffer_add_string(&body, "{\"events\":[");
        for (int i = done; i < done + 500 && i < count; i++)
            buffer_printf(&body,
                          "%s{\"id\":\"m-%d\",\"type\":\"view_item\",\"anonymous_id\":\"v-%d\","
                          "\"items\":[{\"item_id\":\"p-%d\"}]}",
                          i > done ? "," : "", from + i, (from + i) % 300, (from + i) % 70);
        buffer_add_string(&body, "]}");
        (void)test_record(t->shop, body.data, time_ms); /* counted by who looks at the journal */
    }
}

/* Turns of 2,000 with somebody recording in between, and a restart in the middle. */
static void retention_gets_to_the_end_beside_new_events_and_a_restart(void **state)
{
    enum { OLD = 9000, BETWEEN = 500, TURNS = 5 };
    struct test_shop t;
    struct error err = {0};
    bool more = true;
    int count = 0;

    test_shop_open(&t);
    t.settings.events_days = 100;
    test_shop_reopen(&t, SHOP_WRITE);
    record_many(&t, 0, OLD, TEST_NOW - INT64_C(150) * MS_DAY);
    for (; more; count++) {
        must(retention_turn(t.shop, TEST_NOW, &more, &err), &err);
        uint64_t erased = (uint64_t)(count + 1) * RETENTION_RECORDS;
        assert_int_equal(events_left(&t),
                         (erased < OLD ? OLD - erased : 0) + (uint64_t)count * BETWEEN);
        record_many(&t, OLD + count * BETWEEN, BETWEEN, TEST_NOW + count);
        if (count == 2)
            test_shop_reopen(&t, SHOP_WRITE);
    }
    assert_int_equal(count, TURNS);
    assert_int_equal(events_left(&t), TURNS * BETWEEN);
    numbers_are_those_of_the_journal(&t);
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(turns(&t, TEST_NOW), 1);
    assert_int_equal(events_left(&t), TURNS * BETWEEN);
    test_shop_close(&t);
}

/* Both write tombstones: one waits for the other. */
static void nothing_is_erased_by_age_while_somebody_is_being_erased(void **state)
{
    struct test_shop t;
    struct error err = {0};
    bool more = false;

    test_shop_open(&t);
    t.settings.events_days = 100;
    test_shop_reopen(&t, SHOP_WRITE);
    view(t.shop, 1, "oldie", "p-1", TEST_NOW - INT64_C(150) * MS_DAY);
    pthread_mutex_lock(&t.shop->erase_mutex);
    must(retention_turn(t.shop, TEST_NOW, &more, &err), &err);
    assert_true(more);
    assert_true(on_disk(t.dir, "term-oldie"));
    pthread_mutex_unlock(&t.shop->erase_mutex);
    must(retention_turn(t.shop, TEST_NOW, &more, &err), &err);
    assert_false(more || on_disk(t.dir, "term-oldie"));
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_past_their_days_are_erased),
        cmocka_unit_test(imported_history_is_as_old_as_it_says),
        cmocka_unit_test(without_the_setting_everything_stays),
        cmocka_unit_test(generations_from_before_an_erasure_are_gone_in_thirty_days),
        cmocka_unit_test(a_later_erasure_takes_the_generation_that_outlived_the_first),
        cmocka_unit_test(retention_gets_to_the_end_beside_new_events_and_a_restart),
        cmocka_unit_test(nothing_is_erased_by_age_while_somebody_is_being_erased),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
