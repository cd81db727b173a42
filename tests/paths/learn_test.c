/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/learn.h"

#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/time.h"
#include "consent/erasures.h"
#include "paths/forget.h"
#include "paths/tend.h"
#include "tests/support/shop.h"

/* Shoppers who look at three of ten products each, one after the other. */
static void fill(struct test_shop *t)
{
    struct buffer events = {0};
    char item[256];

    for (int i = 0; i < 10; i++) {
        snprintf(
            item, sizeof(item),
            "{\"item_id\":\"P%d\",\"title\":\"P%d\",\"price\":\"1.00\",\"currency\":\"EUR\"}\n", i,
            i);
        buffer_add_string(&events, item);
    }
    assert_int_equal(test_import(t->shop, "catalog", events.data, "from=jsonl").stored, 10);
    buffer_clear(&events);
    for (int s = 0; s < 40; s++)
        for (int i = 0; i < 3; i++)
            buffer_printf(&events,
                          "{\"id\":\"%d-%d\",\"type\":\"view_item\",\"anonymous_id\":\"v-%d\","
                          "\"session_id\":\"s-%d\",\"time\":\"2026-11-22T09:%02d:%02dZ\","
                          "\"items\":[{\"item_id\":\"P%d\"}]}\n",
                          s, i, s, s, s, i, (s + i) % 10);
    assert_int_equal(test_import(t->shop, "events", events.data, "from=jsonl").stored, 120);
    buffer_free(&events);
}

static void learning_builds_a_generation_that_can_serve_and_survives_a_restart(void **state)
{
    struct test_shop t;
    SCOPED(learn_result_free) struct learn_result made = {.surface_count = 0};
    struct error err = {0};

    test_shop_open(&t);
    fill(&t);
    struct learn_options options = {.data_dir = t.dir, .settings = &t.settings, .now_ms = TEST_NOW};
    if (learn(&options, &made, &err) != OK)
        fail_msg("%s", err.message);
    assert_int_equal(made.generation.number, 1);
    assert_int_equal(made.generation.session_count, 40);
    assert_int_equal(made.generation.click_count, 120);
    assert_int_equal(made.generation.position.number, t.shop->state->position.number);
    assert_null(generation_pin(t.shop->generations));
    assert_int_equal(shop_use_generation(t.shop, 1, TEST_ACTOR(TEST_NOW), &err), OK);
    test_shop_reopen(&t, SHOP_READ);
    const struct generation *serving = generation_pin(t.shop->generations);
    assert_non_null(serving);
    assert_int_equal(serving->number, 1);
    generation_unpin(t.shop->generations, serving);
    test_shop_close(&t);
}

static int64_t learned_ms(struct test_shop *t, int64_t now_ms)
{
    SCOPED(learn_result_free) struct learn_result made = {.surface_count = 0};
    struct learn_options options = {.data_dir = t->dir, .settings = &t->settings, .now_ms = now_ms};
    struct error err = {0};

    if (learn(&options, &made, &err) != OK)
        fail_msg("%s", err.message);
    return made.generation.built_ms;
}

/* It may hold what they did: it goes when those go that were made before. */
static void what_is_learned_while_somebody_is_erased_is_from_before(void **state)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct store *store = NULL;
    struct error err = {0};
    struct test_shop t;
    bool left = true;

    test_shop_open(&t);
    fill(&t);
    assert_true(learned_ms(&t, TEST_NOW + 5000) == TEST_NOW + 5000);
    struct who who = who_of(t.shop->keys.id_key, WHO_USER, TEXT("c-1"));
    erasure_encode(&who, 1, TEST_NOW + 6000, &body);
    test_shop_close(&t);
    assert_int_equal(store_open(&store, t.dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(
        store_meta_set(store, "erasing:00000000000000000007", buffer_text(&body), &err), OK);
    store_close(&store);
    assert_true(learned_ms(&t, TEST_NOW + 9000) == TEST_NOW + 6000);
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(forget_resume(t.shop, &left, &err), OK);
    assert_false(left);
    assert_true(learned_ms(&t, TEST_NOW + 9000) == TEST_NOW + 9000);
    test_shop_close(&t);
}

static void there_is_nothing_to_learn_in_an_empty_shop(void **state)
{
    struct test_shop t;
    SCOPED(learn_result_free) struct learn_result made = {.surface_count = 0};
    struct error err = {0};

    test_shop_open(&t);
    struct learn_options options = {.data_dir = t.dir, .settings = &t.settings, .now_ms = TEST_NOW};
    assert_int_equal(learn(&options, &made, &err), ERR_NOT_FOUND);
    test_shop_close(&t);
}

static void a_checkpoint_made_beside_the_shop_is_what_the_next_start_reads(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    fill(&t);
    uint64_t position = t.shop->state->position.number;
    assert_int_equal(learn_checkpoint(t.dir, &t.settings, &err), OK);
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(t.shop->state->checkpoint.number, position);
    assert_int_equal(t.shop->state->events, 120);
    assert_int_equal(test_record(t.shop,
                                 "{\"id\":\"0-0\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}",
                                 TEST_NOW)
                         .refused,
                     1); /* the id is known, with another body */
    test_shop_close(&t);
}

static void a_shop_that_took_much_leaves_a_checkpoint_when_it_closes(void **state)
{
    struct buffer events = {0};
    struct test_shop t;

    test_shop_open(&t);
    for (int i = 0; i < 10001; i++)
        buffer_printf(&events, "{\"id\":\"%d\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}\n",
                      i);
    (void)test_import(t.shop, "events", events.data, "from=jsonl");
    uint64_t position = t.shop->state->position.number;
    test_shop_reopen(&t, SHOP_READ);
    assert_int_equal(t.shop->state->checkpoint.number, position);
    buffer_free(&events);
    test_shop_close(&t);
}

static int64_t at(const char *time)
{
    int64_t ms = 0;

    assert_true(time_parse(text_from(time), &ms));
    return ms;
}

static void the_nightly_train_is_at_the_shops_own_time_of_day(void **state)
{
    SCOPED(zone_close) struct zone *berlin = NULL;
    struct error err = {0};
    int64_t next = 0;

    assert_int_equal(zone_open(&berlin, "Europe/Berlin", &err), OK);
    assert_true(tend_next(TEXT("03:30"), NULL, at("2026-11-22T10:00:00Z"), &next));
    assert_true(next == at("2026-11-23T03:30:00Z"));
    assert_true(tend_next(TEXT("03:30"), berlin, at("2026-11-22T10:00:00Z"), &next));
    assert_true(next == at("2026-11-23T02:30:00Z"));
    assert_true(tend_next(TEXT("03:30"), berlin, at("2026-07-22T01:00:00Z"), &next));
    assert_true(next == at("2026-07-22T01:30:00Z"));
    assert_true(tend_next(TEXT("03:30"), berlin, next, &next)); /* not the same again */
    assert_true(next == at("2026-07-23T01:30:00Z"));
    assert_true(tend_next(TEXT("00:00"), berlin, at("2026-07-22T21:59:59Z"), &next));
    assert_true(next == at("2026-07-22T22:00:00Z"));
    assert_true(tend_next(TEXT(""), berlin, at("2026-07-22T00:00:00Z"), &next));
    assert_true(next == INT64_MAX);
}

static void what_is_no_time_of_day_is_refused(void **state)
{
    static const char *const wrong[] = {"3:30", "24:00", "12:60", "noon", "12", "12:00:00"};
    int64_t next = 7;

    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(tend_next(text_from(wrong[i]), NULL, TEST_NOW, &next));
    assert_int_equal(next, 7);
}

static void write_script(char path[TEST_PATH_SIZE], const char *dir, const char *body)
{
    test_write(test_path(path, dir, "child"), text_from(body));
    assert_int_equal(chmod(path, 0700), 0);
}

/* True once the shop has ticked; false after ten seconds. */
static bool ticked(struct shop *shop)
{
    uint64_t until = time_monotonic_ns() + UINT64_C(10000000000);

    while (time_monotonic_ns() < until) {
        shop_read_lock(shop);
        bool done = shop->state->tick.number > 0;
        shop_read_unlock(shop);
        if (done)
            return true;
        (void)sched_yield(); /* always works */
    }
    return false;
}

static void a_tended_shop_ticks(void **state)
{
    struct test_shop t;
    struct tend *tend = NULL;
    struct error err = {0};
    char script[TEST_PATH_SIZE];

    test_shop_open(&t);
    write_script(script, t.dir, "#!/bin/sh\nexit 0\n");
    (void)test_record(t.shop, "{\"id\":\"1\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}",
                      TEST_NOW);
    assert_int_equal(tend_open(&tend, t.shop, &(struct tend_options){script}, &err), OK);
    assert_true(ticked(t.shop));
    tend_close(&tend);
    test_shop_close(&t);
}

/* The state is the journal's again when the first checkpoint behind an erasure is made. `quiet`: nothing
 * came since one that the erasure took away when it ended. */
static void erase_and_tend(bool quiet)
{
    uint64_t until = time_monotonic_ns() + UINT64_C(10000000000);
    struct test_shop t;
    struct tend *tend = NULL;
    struct forgotten f;
    struct error err = {0};
    char script[TEST_PATH_SIZE];
    bool outdated = true;

    test_shop_open(&t);
    t.settings.checkpoint_minutes = 0; /* one is due at once */
    test_shop_reopen(&t, SHOP_WRITE);
    write_script(script, t.dir, "#!/bin/sh\nexit 0\n");
    fill(&t);
    assert_int_equal(
        forget_shopper(t.shop, TEXT("v-1"), NAMING_EITHER, TEST_ACTOR(TEST_NOW), &f, &err), OK);
    assert_int_equal(state_outdated(t.shop->state, t.dir, &outdated, &err), OK);
    assert_true(f.events == 3 && outdated);
    if (quiet) {
        assert_int_equal(shop_tick(t.shop, TEST_NOW, &err), OK);
        t.shop->checkpoint = t.shop->state->position;
    }
    assert_int_equal(tend_open(&tend, t.shop, &(struct tend_options){script}, &err), OK);
    while (outdated && time_monotonic_ns() < until) {
        shop_read_lock(t.shop);
        assert_int_equal(state_outdated(t.shop->state, t.dir, &outdated, &err), OK);
        shop_read_unlock(t.shop);
        (void)sched_yield(); /* always works */
    }
    assert_false(outdated);
    tend_close(&tend);
    test_shop_close(&t);
}

static void a_tended_shop_is_renewed_after_an_erasure(void **state)
{
    erase_and_tend(false);
    erase_and_tend(true);
}

static void one_train_runs_at_a_time_and_ends_with_the_server(void **state)
{
    struct test_shop t;
    struct tend *tend = NULL;
    struct error err = {0};
    char script[TEST_PATH_SIZE];

    test_shop_open(&t);
    write_script(script, t.dir, "#!/bin/sh\nexec tail -f /dev/null\n");
    assert_int_equal(tend_open(&tend, t.shop, &(struct tend_options){script}, &err), OK);
    assert_false(tend_training(tend));
    assert_int_equal(tend_train(tend, &err), OK);
    assert_true(tend_training(tend));
    assert_int_equal(tend_train(tend, &err), ERR_CONFLICT);
    tend_close(&tend); /* would wait for ever if it did not end the child */
    test_shop_close(&t);
}

static void what_a_server_starts_beside_itself_keeps_to_one_processor(void **state)
{
    struct test_shop t;
    struct tend *tend = NULL;
    struct error err = {0};
    char script[TEST_PATH_SIZE], path[TEST_PATH_SIZE], said[8] = "";
    cpu_set_t before, after;
    FILE *processors = NULL;

    test_shop_open(&t);
    /* run as child --data DIR train */
    write_script(script, t.dir, "#!/bin/sh\nnproc > $2/said\nmv $2/said $2/processors\n");
    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    assert_int_equal(tend_open(&tend, t.shop, &(struct tend_options){script}, &err), OK);
    assert_int_equal(tend_train(tend, &err), OK);
    uint64_t until = time_monotonic_ns() + UINT64_C(10000000000);
    while (processors == NULL && time_monotonic_ns() < until)
        processors = fopen(test_path(path, t.dir, "processors"), "r");
    assert_non_null(processors);
    assert_non_null(fgets(said, sizeof(said), processors));
    assert_string_equal(said, "1\n");
    assert_int_equal(fclose(processors), 0);
    tend_close(&tend);
    assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
    assert_true(CPU_EQUAL(&before, &after));
    test_shop_close(&t);
}

static void a_wrong_time_of_day_keeps_the_server_from_starting(void **state)
{
    struct test_shop t;
    struct tend *tend = NULL;
    struct error err = {0};

    test_shop_open(&t);
    test_shop_close(&t);
    snprintf(t.settings.train_at, sizeof(t.settings.train_at), "25:00");
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(tend_open(&tend, t.shop, &(struct tend_options){0}, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "25:00"));
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learning_builds_a_generation_that_can_serve_and_survives_a_restart),
        cmocka_unit_test(what_is_learned_while_somebody_is_erased_is_from_before),
        cmocka_unit_test(there_is_nothing_to_learn_in_an_empty_shop),
        cmocka_unit_test(a_checkpoint_made_beside_the_shop_is_what_the_next_start_reads),
        cmocka_unit_test(a_shop_that_took_much_leaves_a_checkpoint_when_it_closes),
        cmocka_unit_test(the_nightly_train_is_at_the_shops_own_time_of_day),
        cmocka_unit_test(what_is_no_time_of_day_is_refused),
        cmocka_unit_test(a_tended_shop_ticks),
        cmocka_unit_test(a_tended_shop_is_renewed_after_an_erasure),
        cmocka_unit_test(one_train_runs_at_a_time_and_ends_with_the_server),
        cmocka_unit_test(what_a_server_starts_beside_itself_keeps_to_one_processor),
        cmocka_unit_test(a_wrong_time_of_day_keeps_the_server_from_starting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
