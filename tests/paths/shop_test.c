/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/shop.h"

#include <pthread.h>
#include <stdio.h>

#include "base/file.h"
#include "tests/support/ranked.h"

static const char program[] =
    "owner: me@shop.example\n"
    "currency: EUR\n"
    "time_zone: Europe/Berlin\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "surfaces:\n"
    "  - {name: front, kind: home, sources: [bestsellers], limit: 4}\n";

static const char program_of_rules[] =
    "owner: me@shop.example\n"
    "currency: EUR\n"
    "policies:\n"
    "  consent_default: {analytics: true, personalization: true, email: false}\n"
    "surfaces:\n"
    "  - name: front\n"
    "    kind: home\n";

static uint32_t apply(struct shop *shop, const char *document, uint32_t expected, struct error *err)
{
    SCOPED(arena_free) struct arena a = {0};
    struct problems problems = {0};
    struct program_change change = {.document = text_from(document),
                                    .author = TEXT("ada"),
                                    .reason = TEXT("a test"),
                                    .expected_version = expected,
                                    .now_ms = TEST_NOW};
    uint32_t version = 0;

    (void)(shop_apply_program(shop, &change, &a, &problems, &version, err) == OK); /* told in err */
    return version;
}

static void init_makes_a_shop_once_and_leaves_it_alone_then(void **state)
{
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct shop_keys before, after;
    struct error err = {0};
    bool made = false;

    (void)test_path(path, test_dir(dir), "new/shop"); /* returns path */
    assert_int_equal(shop_init(path, &made, &err), OK);
    assert_true(made);
    assert_int_equal(shop_keys_load(path, &before, &err), OK);
    assert_int_equal(shop_init(path, &made, &err), OK);
    assert_false(made);
    assert_int_equal(shop_keys_load(path, &after, &err), OK);
    assert_memory_equal(&before, &after, sizeof(before));
}

static void two_shops_have_different_secrets(void **state)
{
    struct test_shop a, b;

    test_shop_open(&a);
    test_shop_open(&b);
    assert_memory_not_equal(&a.shop->keys, &b.shop->keys, sizeof(a.shop->keys));
    test_shop_close(&a);
    test_shop_close(&b);
}

static void opening_where_there_is_no_shop_says_to_run_init(void **state)
{
    char dir[TEST_PATH_SIZE];
    struct settings settings;
    struct shop *shop = NULL;
    struct error err = {0};

    settings_defaults(&settings);
    assert_int_equal(shop_open(&shop, test_dir(dir), SHOP_WRITE, &settings, NULL, &err),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "endcap init"));
    assert_null(shop);
    assert_int_equal(shop_open(&shop, dir, SHOP_READ, &settings, NULL, &err), ERR_NOT_FOUND);
}

static void a_second_writer_is_refused_and_a_reader_is_not(void **state)
{
    struct test_shop t;
    struct shop *second = NULL;
    struct error err = {0};

    test_shop_open(&t);
    assert_int_equal(shop_open(&second, t.dir, SHOP_WRITE, &t.settings, NULL, &err),
                     ERR_UNAVAILABLE);
    assert_int_equal(shop_open(&second, t.dir, SHOP_READ, &t.settings, NULL, &err), OK);
    shop_close(&second);
    test_shop_close(&t);
}

static void a_program_is_applied_at_once_and_survives_a_restart(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    assert_int_equal(t.shop->state->program->version, 0);
    assert_int_equal(apply(t.shop, program, UINT32_MAX, &err), 1);
    assert_int_equal(t.shop->state->program->version, 1);
    test_shop_reopen(&t, SHOP_READ);
    assert_int_equal(t.shop->state->program->version, 1);
    assert_text(t.shop->state->program->owner, "me@shop.example");
    assert_text(t.shop->state->program->author, "ada");
    assert_true(t.shop->state->program->applied_ms == TEST_NOW);
    assert_non_null(program_surface(t.shop->state->program, TEXT("front")));
    test_shop_close(&t);
}

static void decisions_are_kept_as_the_program_says_else_as_the_setting_does(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    assert_int_equal(shop_decisions_days(t.shop), 30);
    t.settings.decisions_days = 7;
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(apply(t.shop, program, UINT32_MAX, &err), 1);
    assert_int_equal(shop_decisions_days(t.shop), 7);
    assert_int_equal(apply(t.shop,
                           "owner: me\ncurrency: EUR\npolicies:\n"
                           "  consent_default: {analytics: true, personalization: true, email: "
                           "false}\n"
                           "  decisions_days: 400\n",
                           1, &err),
                     2);
    assert_int_equal(shop_decisions_days(t.shop), 400);
    test_shop_close(&t);
}

static void a_program_applied_over_another_version_than_expected_is_a_conflict(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    assert_int_equal(apply(t.shop, program, UINT32_MAX, &err), 1);
    assert_int_equal(apply(t.shop, program, 0, &err), 0);
    assert_int_equal(err.status, ERR_CONFLICT);
    assert_int_equal(t.shop->state->program->version, 1);
    test_shop_close(&t);
}

enum { MANY = 2500 }; /* products: more than one turn of finding out looks at */

/* A feed of them all; of every so many of them something is another in each round. */
static void import_many(struct shop *shop, uint32_t round)
{
    SCOPED(buffer_free) struct buffer feed = {0};

    for (uint32_t i = 0; i < MANY; i++)
        buffer_printf(
            &feed, "{\"item_id\":\"m-%u\",\"title\":\"M %u\",\"price\":\"%u\",\"brand\":\"B%u\"}\n",
            i, i % 9, 1 + (i % 7 + (i % 5 == 0 ? round : 0)) % 9, i % 4);
    (void)test_import(shop, "catalog", feed.data, "from=jsonl;currency=EUR");
}

static void *keep_importing(void *shop)
{
    for (uint32_t round = 1; round <= 10; round++)
        import_many(shop, round);
    return NULL;
}

/* Programs whose filters and groups are new each time, while products change. */
static void apply_many(struct shop *shop)
{
    char document[2048];
    struct error err = {0};

    for (uint32_t i = 0; i < 6; i++) {
        snprintf(document, sizeof(document),
                 "%s    rules: [{hide: \"price < %u\"}, {hide: \"brand = B%u\"}, {collapse: %s}]\n",
                 program_of_rules, i, i % 4, i % 2 == 0 ? "title" : "attribute.set");
        assert_int_equal(apply(shop, document, PROGRAM_ANY_VERSION, &err), i + 1);
        assert_null(shop->state->marks_ahead);
        assert_null(shop->state->groups_ahead);
    }
}

static void what_is_found_before_a_program_rules_is_what_its_fold_finds(void **state)
{
    struct test_shop t;
    uint64_t rows[MANY], keys[MANY];
    pthread_t importing;

    test_shop_open(&t);
    import_many(t.shop, 0);
    assert_int_equal(pthread_create(&importing, NULL, keep_importing, t.shop), 0);
    apply_many(t.shop);
    assert_int_equal(pthread_join(importing, NULL), 0);
    assert_int_equal(catalog_count(t.shop->state->catalog), MANY);
    for (product_number n = 0; n < MANY; n++) {
        rows[n] = *marks_of(t.shop->state->marks, n);
        keys[n] = groups_key(t.shop->state->groups, n, 0);
    }
    test_shop_reopen(&t, SHOP_DRY); /* from the journal */
    for (product_number n = 0; n < MANY; n++) {
        assert_int_equal(*marks_of(t.shop->state->marks, n), rows[n]);
        assert_int_equal(groups_key(t.shop->state->groups, n, 0), keys[n]);
    }
    test_shop_close(&t);
}

static void a_program_with_a_mistake_changes_nothing(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    uint64_t before = t.shop->state->position.number;
    assert_int_equal(apply(t.shop, "owner: [", UINT32_MAX, &err), 0);
    assert_int_equal(err.status, ERR_INVALID);
    assert_int_equal(t.shop->state->position.number, before);
    test_shop_close(&t);
}

static void the_programs_consent_default_reaches_ingest(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    struct ingest_context context = shop_ingest_context(t.shop, TEST_NOW, false);
    assert_true(context.default_analytics);
    assert_int_equal(apply(t.shop,
                           "owner: me@shop.example\ncurrency: EUR\ntime_zone: UTC\npolicies:\n"
                           "  consent_default: {analytics: false, personalization: false, email: "
                           "false}\n",
                           UINT32_MAX, &err),
                     1);
    context = shop_ingest_context(t.shop, TEST_NOW, false);
    assert_false(context.default_analytics);
    assert_memory_equal(context.id_key, t.shop->keys.id_key, sizeof(context.id_key));
    test_shop_close(&t);
}

static void a_tick_is_written_only_when_events_came(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    assert_int_equal(shop_tick(t.shop, TEST_NOW, &err), OK);
    assert_int_equal(t.shop->state->position.number, 0);
    (void)test_record(t.shop, "{\"id\":\"1\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}",
                      TEST_NOW);
    assert_int_equal(shop_tick(t.shop, TEST_NOW, &err), OK);
    assert_int_equal(t.shop->state->tick.number, 2);
    assert_int_equal(shop_tick(t.shop, TEST_NOW, &err), OK);
    assert_int_equal(t.shop->state->position.number, 2);
    test_shop_close(&t);
}

static void a_generation_that_is_not_there_leaves_the_serving_one(void **state)
{
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    assert_int_equal(shop_use_generation(t.shop, 7, TEST_ACTOR(TEST_NOW), &err), ERR_NOT_FOUND);
    assert_int_equal(t.shop->state->generation, 0);
    assert_null(generation_pin(t.shop->generations));
    test_shop_close(&t);
}

static char warned[512];

static void warn(const char *message)
{
    snprintf(warned, sizeof(warned), "%s", message);
}

static void a_shop_whose_generation_is_lost_opens_without_it_and_warns(void **state)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct test_shop t;
    struct error err = {0};

    test_shop_open(&t);
    generation_record_encode(3, &body);
    assert_int_equal(
        shop_append(t.shop, RECORD_GENERATION, TEST_NOW, buffer_text(&body), NULL, &err), OK);
    test_shop_close(&t);
    assert_int_equal(shop_open(&t.shop, t.dir, SHOP_READ, &t.settings, warn, &err), OK);
    assert_null(generation_pin(t.shop->generations));
    assert_non_null(strstr(warned, "generation 3"));
    test_shop_close(&t);
}

static void assert_serves(const struct shop *shop, uint32_t number)
{
    const struct generation *serving = generation_pin(shop->generations);

    assert_non_null(serving);
    assert_int_equal(serving->number, number);
    assert_non_null(serving->ranker);
    generation_unpin(shop->generations, serving);
}

/* One byte is another, or the end is missing: by the manifest, which is checked first. */
static void altered_trees_are_refused_by_name_and_the_last_good_ones_go_on(void **state)
{
    SCOPED(buffer_free) struct buffer good = {0};
    struct test_shop t;
    struct error err = {0};
    char path[TEST_PATH_SIZE];
    int64_t now_ms;

    ranked_shop_open(&t, "surfaces:\n  - {name: home, kind: home}\n", &now_ms);
    ranked_shop_train(t.shop, 77, now_ms);
    assert_serves(t.shop, 2);
    assert_int_equal(shop_use_generation(t.shop, 1, TEST_ACTOR(now_ms), &err), OK);
    test_path(path, t.dir, "generations/2/ranker.bin");
    assert_int_equal(file_read(path, 1 << 24, &good, NULL), OK);
    for (int i = 0; i < 2; i++) {
        struct text bad = buffer_text(&good);
        good.data[good.size / 2] ^= i == 0 ? 1 : 0;
        bad.size /= i == 0 ? 1 : 2;
        test_write(path, bad);
        good.data[good.size / 2] ^= i == 0 ? 1 : 0;
        assert_int_equal(shop_use_generation(t.shop, 2, TEST_ACTOR(now_ms), &err), ERR_CORRUPT);
        assert_non_null(strstr(err.message, path));
        assert_serves(t.shop, 1);
    }
    test_write(path, buffer_text(&good));
    assert_int_equal(shop_use_generation(t.shop, 2, TEST_ACTOR(now_ms), &err), OK);
    test_shop_close(&t); /* no longer mapped */
    test_write(path, (struct text){good.data, good.size / 2});
    assert_int_equal(shop_open(&t.shop, t.dir, SHOP_READ, &t.settings, warn, &err), OK);
    assert_serves(t.shop, 1);
    assert_non_null(strstr(warned, path));
    test_shop_close(&t);
}

static void the_time_to_disk_is_measured_without_leaving_anything(void **state)
{
    struct test_shop t;
    struct error err = {0};
    uint64_t us = UINT64_MAX;

    test_shop_open(&t);
    assert_int_equal(shop_sync_us(t.dir, &us, &err), OK);
    assert_true(us < 60 * UINT64_C(1000000));
    assert_int_equal(shop_sync_us("/nowhere/at/all", &us, &err), ERR_IO);
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_makes_a_shop_once_and_leaves_it_alone_then),
        cmocka_unit_test(two_shops_have_different_secrets),
        cmocka_unit_test(opening_where_there_is_no_shop_says_to_run_init),
        cmocka_unit_test(a_second_writer_is_refused_and_a_reader_is_not),
        cmocka_unit_test(a_program_is_applied_at_once_and_survives_a_restart),
        cmocka_unit_test(decisions_are_kept_as_the_program_says_else_as_the_setting_does),
        cmocka_unit_test(a_program_applied_over_another_version_than_expected_is_a_conflict),
        cmocka_unit_test(what_is_found_before_a_program_rules_is_what_its_fold_finds),
        cmocka_unit_test(a_program_with_a_mistake_changes_nothing),
        cmocka_unit_test(the_programs_consent_default_reaches_ingest),
        cmocka_unit_test(a_tick_is_written_only_when_events_came),
        cmocka_unit_test(a_generation_that_is_not_there_leaves_the_serving_one),
        cmocka_unit_test(a_shop_whose_generation_is_lost_opens_without_it_and_warns),
        cmocka_unit_test(altered_trees_are_refused_by_name_and_the_last_good_ones_go_on),
        cmocka_unit_test(the_time_to_disk_is_measured_without_leaving_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
