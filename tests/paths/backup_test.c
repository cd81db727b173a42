/* SPDX-License-Identifier: Apache-2.0 */
/* A backup taken while events come in is a whole shop, and a restored shop answers as it did. */
#include "paths/backup.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "paths/recommend.h"
#include "tests/support/shop.h"

enum { VISITORS = 20, EVENTS_FIRST = 400, LOAD_BATCH = 20 };

static const struct backup_options careful = {.replace = false}, replace = {.replace = true};

static void must(enum status status, const struct error *err)
{
    if (status != OK)
        fail_msg("%s", err->message);
}

static void products_make(struct shop *shop)
{
    struct product_batch *batch = product_batch_new();
    struct error err = {0};
    uint64_t stored, same;
    char id[16];

    for (int i = 0; i < 30; i++) {
        struct product p = product_blank();
        snprintf(id, sizeof(id), "p-%d", i);
        p.item_id = p.title = text_from(id);
        p.category = TEXT("Home > Tables");
        p.currency = TEXT("EUR");
        p.price = (i + 1) * INT64_C(1000000);
        product_batch_add(batch, &p);
    }
    must(record_products(shop, batch, TEST_NOW, &stored, &same, &err), &err);
    product_batch_free(batch);
}

static struct import_counts events_make(struct shop *shop, int first, int count)
{
    struct buffer json = {0};

    buffer_add_string(&json, "{\"events\":[");
    for (int i = first; i < first + count; i++)
        buffer_printf(&json,
                      "%s{\"id\":\"e-%d\",\"type\":\"view_item\",\"anonymous_id\":\"v-%d\","
                      "\"items\":[{\"item_id\":\"p-%d\"}]}",
                      i > first ? "," : "", i, i % VISITORS, (i * i + i / 7) % 30);
    buffer_add_string(&json, "]}");
    struct import_counts counts = test_record(shop, json.data, TEST_NOW + first);
    buffer_free(&json);
    return counts;
}

/* What visitor `v` is shown, without the request's own id. */
static void answer_of(struct shop *shop, int v, struct buffer *out)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct question q = {
        .surfaces = {TEXT("home")}, .surface_count = 1, .now_ms = TEST_NOW + 3600000};
    struct answer answer = {.item_count = 0};
    struct error err = {0};
    char visitor[16];

    snprintf(visitor, sizeof(visitor), "v-%d", v);
    q.anonymous_id = text_from(visitor);
    must(recommend(shop, &q, &answer, &a, &err), &err);
    answer.request_id[0] = '\0';
    answer_json(&answer, out);
}

struct load {
    struct shop *shop;
    atomic_bool stop;
    atomic_int events;
};

static void *load_run(void *argument)
{
    struct load *l = argument;

    while (!atomic_load(&l->stop)) {
        struct import_counts c = events_make(l->shop, EVENTS_FIRST + l->events, LOAD_BATCH);
        l->events += (int)c.stored;
    }
    return NULL;
}

static void compare_answers(struct shop *a, struct shop *b)
{
    SCOPED(buffer_free) struct buffer x = {0};
    SCOPED(buffer_free) struct buffer y = {0};

    for (int v = 0; v < VISITORS; v++) {
        buffer_clear(&x);
        buffer_clear(&y);
        answer_of(a, v, &x);
        answer_of(b, v, &y);
        assert_text(buffer_text(&x), y.data);
    }
    assert_non_null(strstr(x.data, "\"item_id\"")); /* they did show something */
}

static void counts_hold(const struct test_shop *t, uint64_t least)
{
    struct ledger_counts c = test_ledger(t);

    assert_int_equal(c.received, c.stored + c.duplicate + ledger_refused(&c));
    assert_true(c.stored >= least);
}

static void taken_under_load_it_restores_to_a_whole_shop(void **state)
{
    struct test_shop t, other = {0};
    struct load load = {0};
    struct backup_result made, restored;
    struct error err = {0};
    char file[TEST_PATH_SIZE], folder[TEST_PATH_SIZE];
    pthread_t thread;

    test_shop_open(&t);
    products_make(t.shop);
    (void)events_make(t.shop, 0, EVENTS_FIRST);
    load.shop = t.shop;
    assert_int_equal(pthread_create(&thread, NULL, load_run, &load), 0);
    while (atomic_load(&load.events) == 0)
        usleep(1000);
    test_path(file, test_dir(folder), "shop.endcap");
    must(backup_make(t.dir, file, &careful, &made, &err), &err);
    atomic_store(&load.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);

    other.settings = t.settings;
    test_path(other.dir, folder, "restored");
    must(backup_restore(file, other.dir, &careful, &restored, &err), &err);
    assert_int_equal(restored.records, made.records);
    assert_true(made.records > EVENTS_FIRST);
    test_shop_reopen(&other, SHOP_WRITE);
    counts_hold(&other, EVENTS_FIRST + LOAD_BATCH);
    struct ledger_counts c = test_ledger(&other);
    assert_int_equal(c.stored, restored.records); /* events and products */
    test_shop_close(&other);
    test_shop_close(&t);
}

static void a_restored_shop_gives_the_same_answers_and_counts(void **state)
{
    struct test_shop t, other = {0};
    struct backup_result r;
    struct error err = {0};
    char file[TEST_PATH_SIZE], folder[TEST_PATH_SIZE], settings[TEST_PATH_SIZE];

    test_shop_open(&t);
    test_write(test_path(settings, t.dir, "settings"), TEXT("decisions_days = 9\n"));
    products_make(t.shop);
    (void)events_make(t.shop, 0, EVENTS_FIRST);
    (void)test_record(t.shop, "{\"id\":\"e-0\",\"type\":\"nonsense\"}", TEST_NOW);
    must(shop_tick(t.shop, TEST_NOW + 2000, &err), &err);
    test_path(file, test_dir(folder), "shop.endcap");
    must(backup_make(t.dir, file, &careful, &r, &err), &err);
    other.settings = t.settings;
    test_path(other.dir, folder, "restored");
    must(backup_restore(file, other.dir, &careful, &r, &err), &err);
    test_shop_reopen(&other, SHOP_WRITE);
    compare_answers(t.shop, other.shop);
    struct ledger_counts a = test_ledger(&t), b = test_ledger(&other);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_true(a.invalid == 1);
    assert_memory_equal(&t.shop->keys, &other.shop->keys, sizeof(t.shop->keys));
    test_shop_close(&other);
    assert_true(file_exists(test_path(settings, other.dir, "settings")));
    test_shop_close(&t);
}

static void nothing_is_replaced_unless_one_says_so(void **state)
{
    struct test_shop t;
    struct backup_result r;
    struct error err = {0};
    char file[TEST_PATH_SIZE], folder[TEST_PATH_SIZE];

    test_shop_open(&t);
    (void)events_make(t.shop, 0, 10);
    test_path(file, test_dir(folder), "shop.endcap");
    must(backup_make(t.dir, file, &careful, &r, &err), &err);
    assert_int_equal(backup_make(t.dir, file, &careful, &r, &err), ERR_CONFLICT);
    must(backup_make(t.dir, file, &replace, &r, &err), &err);
    (void)events_make(t.shop, 10, 10);
    assert_int_equal(backup_restore(file, t.dir, &careful, &r, &err), ERR_CONFLICT);
    assert_int_equal(backup_restore(file, t.dir, &replace, &r, &err), ERR_UNAVAILABLE);
    assert_int_equal(test_ledger(&t).stored, 20); /* a process held it */
    test_shop_close(&t);
    must(backup_restore(file, t.dir, &replace, &r, &err), &err);
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(test_ledger(&t).stored, 10);
    test_shop_close(&t);
}

/* Change one byte in the middle of the last third: in some record. */
static void damage(const char *path)
{
    int fd = open(path, O_RDWR);
    off_t size = lseek(fd, 0, SEEK_END);
    char byte = 0;

    assert_true(fd >= 0 && size > 0);
    for (off_t at = size / 4; at < size; at += 977) {
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte = (char)(byte ^ 0x55);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    assert_int_equal(close(fd), 0);
}

static void flip(const char *path, off_t at)
{
    int fd = open(path, O_RDWR);
    char byte = 0;

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte = (char)(byte ^ 1);
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    assert_int_equal(close(fd), 0);
}

/* Any one bit: of a record, of a generation, of a key, of the seal itself. */
static void one_bit_is_damage_enough(void **state)
{
    struct test_shop t;
    struct backup_result r;
    struct error err = {0};
    char file[TEST_PATH_SIZE], folder[TEST_PATH_SIZE], to[TEST_PATH_SIZE];

    test_shop_open(&t);
    (void)events_make(t.shop, 0, 50);
    test_path(file, test_dir(folder), "shop.endcap");
    must(backup_make(t.dir, file, &careful, &r, &err), &err);
    test_path(to, folder, "restored");
    for (uint64_t at = 0; at < r.bytes; at += r.bytes / 40 + 1) {
        flip(file, (off_t)at);
        assert_int_equal(backup_restore(file, to, &careful, &r, &err), ERR_CORRUPT);
        flip(file, (off_t)at);
    }
    flip(file, (off_t)r.bytes - 1);
    assert_int_equal(backup_restore(file, to, &careful, &r, &err), ERR_CORRUPT);
    flip(file, (off_t)r.bytes - 1);
    must(backup_restore(file, to, &careful, &r, &err), &err);
    assert_int_equal(truncate(file, (off_t)r.bytes - 1), 0);
    assert_int_equal(backup_restore(file, to, &replace, &r, &err), ERR_CORRUPT);
    test_shop_close(&t);
}

static void a_folder_that_is_not_there_is_not_made(void **state)
{
    struct test_shop t;
    struct backup_result r;
    struct error err = {0};
    char folder[TEST_PATH_SIZE], none[TEST_PATH_SIZE], file[TEST_PATH_SIZE];

    test_shop_open(&t);
    test_path(none, test_dir(folder), "not-mounted");
    test_path(file, none, "shop.endcap");
    assert_int_equal(backup_make(t.dir, file, &careful, &r, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "not-mounted"));
    assert_false(file_exists(none));
    test_shop_close(&t);
}

static void a_damaged_or_foreign_file_is_refused_and_changes_nothing(void **state)
{
    struct test_shop t;
    struct backup_result r;
    struct error err = {0};
    char file[TEST_PATH_SIZE], folder[TEST_PATH_SIZE], other[TEST_PATH_SIZE];

    test_shop_open(&t);
    (void)events_make(t.shop, 0, 500);
    test_path(file, test_dir(folder), "shop.endcap");
    must(backup_make(t.dir, file, &careful, &r, &err), &err);
    test_shop_close(&t);
    damage(file);
    assert_int_equal(backup_restore(file, t.dir, &replace, &r, &err), ERR_CORRUPT);
    test_write(test_path(other, folder, "page.html"), TEXT("<p>not a backup</p>"));
    assert_int_equal(backup_restore(other, t.dir, &replace, &r, &err), ERR_CORRUPT);
    test_write(other, TEXT(""));
    assert_int_equal(backup_restore(other, t.dir, &replace, &r, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.message, "no backup"));
    test_path(other, folder, "none");
    assert_int_equal(backup_restore(other, t.dir, &replace, &r, &err), ERR_NOT_FOUND);
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(test_ledger(&t).stored, 500);
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken_under_load_it_restores_to_a_whole_shop),
        cmocka_unit_test(a_restored_shop_gives_the_same_answers_and_counts),
        cmocka_unit_test(nothing_is_replaced_unless_one_says_so),
        cmocka_unit_test(one_bit_is_damage_enough),
        cmocka_unit_test(a_folder_that_is_not_there_is_not_made),
        cmocka_unit_test(a_damaged_or_foreign_file_is_refused_and_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
