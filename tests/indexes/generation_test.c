/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/generation.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "tests/support/sessions.h"
#include "tests/support/test.h"

/* Publishes a small generation in `dir`; returns its number. */
static uint32_t publish_judged(const char *dir, uint32_t sessions,
                               const struct generation_gates *gates)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    const struct pairs_options viewed = {.kind = PAIR_VIEWED, .support_min = 3};
    const struct pairs_options bought = {.kind = PAIR_BOUGHT, .support_min = 11};
    char temporary[TEST_PATH_SIZE], path[TEST_PATH_SIZE], name[64];
    struct error err = {0};
    struct generation_summary summary = {.position = {77},
                                         .built_ms = 1700000000000,
                                         .session_count = sessions,
                                         .click_count = 2 * (uint64_t)sessions,
                                         .sessions_month = 1,
                                         .support_viewed = 3,
                                         .support_bought = 11};

    for (uint32_t i = 0; i < sessions; i++)
        set_views(&m, i, i, (product_number[]){0, 1}, 2);
    snprintf(name, sizeof(name), "generations/0.tmp-%ld", (long)getpid());
    test_path(temporary, dir, name);
    assert_int_equal(dir_make(temporary, &err), OK);
    assert_int_equal(sessions_build(&m.set, test_path(path, temporary, "sessions.bin"), &err), OK);
    assert_int_equal(pairs_build(&m.set, &viewed, test_path(path, temporary, "viewed.bin"), &err),
                     OK);
    assert_int_equal(pairs_build(&m.set, &bought, test_path(path, temporary, "bought.bin"), &err),
                     OK);
    assert_int_equal(generation_publish_files(dir, temporary, &summary, gates, &err), OK);
    assert_true(summary.bytes > 0);
    assert_false(file_exists(temporary));
    return summary.number;
}

static uint32_t publish(const char *dir, uint32_t sessions)
{
    return publish_judged(dir, sessions, NULL);
}

static void what_was_published_opens_with_its_numbers(void **state)
{
    char dir[TEST_PATH_SIZE];
    SCOPED(generation_close) const struct generation *g = NULL;
    const struct pair *list;

    test_dir(dir);
    assert_int_equal(publish(dir, 5), 1);
    assert_int_equal(publish(dir, 6), 2);
    assert_int_equal(generation_open(&g, dir, 2, NULL), OK);
    assert_int_equal(g->number, 2);
    assert_int_equal(g->position.number, 77);
    assert_int_equal(g->built_ms, 1700000000000);
    assert_int_equal(g->session_count, 6);
    assert_int_equal(g->click_count, 12);
    assert_int_equal(g->sessions_month, 1);
    assert_int_equal(g->support_viewed, 3);
    assert_int_equal(g->support_bought, 11);
    assert_int_equal(sessions_count(g->sessions), 6);
    assert_int_equal(pairs_of(g->viewed, 0, &list), 1);
    assert_int_equal(pairs_of(g->bought, 0, &list), 0);
    assert_null(g->complement); /* as of those that were built before there was any */
}

static void an_absent_generation_is_not_found(void **state)
{
    char dir[TEST_PATH_SIZE];
    const struct generation *g;
    struct error err = {0};
    size_t count = 9;

    test_dir(dir);
    assert_int_equal(generation_open(&g, dir, 1, &err), ERR_NOT_FOUND);
    assert_int_equal(generation_list(dir, NULL, 0, &count, &err), OK);
    assert_int_equal(count, 0);
    assert_int_equal(generation_prune(dir, 1, 0, &err), OK);
}

static void a_changed_byte_is_found_and_the_file_named(void **state)
{
    static const char *const names[] = {"sessions.bin", "viewed.bin", "bought.bin",
                                        "manifest.json"};
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE], name[64];
    struct error err = {0};
    const struct generation *g;

    test_dir(dir);
    publish(dir, 40);
    for (size_t i = 0; i < COUNT(names); i++) {
        SCOPED(buffer_free) struct buffer bytes = {0};
        snprintf(name, sizeof(name), "generations/1/%s", names[i]);
        test_path(path, dir, name);
        assert_int_equal(file_read(path, 1 << 20, &bytes, NULL), OK);
        bytes.data[bytes.size / 2] ^= 1;
        test_write(path, buffer_text(&bytes));
        assert_int_equal(generation_open(&g, dir, 1, &err), ERR_CORRUPT);
        assert_non_null(strstr(err.message, names[i]));
        bytes.data[bytes.size / 2] ^= 1;
        test_write(path, buffer_text(&bytes));
        assert_int_equal(generation_open(&g, dir, 1, &err), OK);
        generation_close(&g);
    }
    remove(path);
    assert_int_equal(generation_open(&g, dir, 1, &err), ERR_NOT_FOUND);
}

static void hostile_manifests_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"version\":1,\"number\":1,\"position\":-1}",
        "{\"version\":1,\"number\":1,\"position\":1,\"built_ms\":1,\"session_count\":1,"
        "\"click_count\":1,\"sessions_month\":1,\"support_viewed\":1,\"support_bought\":1,"
        "\"files\":[{\"name\":\"../x\",\"size\":1,\"xxh3\":\"0000000000000000\"},1,2]}",
    };
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct generation_summary listed[4];
    const struct generation *g;
    struct error err = {0};
    size_t count = 0;

    test_dir(dir);
    publish(dir, 4);
    publish(dir, 4);
    test_path(path, dir, "generations/1/manifest.json");
    for (size_t i = 0; i < COUNT(bad); i++) {
        test_write(path, text_from(bad[i]));
        assert_int_equal(generation_open(&g, dir, 1, &err), ERR_CORRUPT);
        assert_non_null(strstr(err.message, "manifest.json"));
        assert_int_equal(generation_list(dir, listed, COUNT(listed), &count, &err), OK);
        assert_int_equal(count, 2); /* whoever removes what is old must find it */
        assert_int_equal(listed[0].number, 1);
        assert_true(listed[0].built_ms == 0 && listed[1].built_ms > 0);
    }
    assert_int_equal(remove(path), 0); /* half removed */
    assert_int_equal(generation_list(dir, listed, COUNT(listed), &count, &err), OK);
    assert_int_equal(count, 1);
}

static void what_train_judged_of_each_surface_is_kept(void **state)
{
    const struct generation_gates gates = {.all = {{"pdp", "learned"}, {"my \"home\"", "co-view"}},
                                           .count = 2};
    char dir[TEST_PATH_SIZE];
    SCOPED(generation_close) const struct generation *judged = NULL, *not_judged = NULL;

    test_dir(dir);
    publish_judged(dir, 4, &gates);
    publish(dir, 4);
    assert_int_equal(generation_open(&judged, dir, 1, NULL), OK);
    assert_int_equal(judged->gates.count, 2);
    assert_string_equal(generation_gate(judged, TEXT("pdp")), "learned");
    assert_string_equal(generation_gate(judged, TEXT("my \"home\"")), "co-view");
    assert_null(generation_gate(judged, TEXT("cart")));
    assert_null(generation_gate(judged, TEXT("")));
    assert_int_equal(generation_open(&not_judged, dir, 2, NULL), OK);
    assert_int_equal(not_judged->gates.count, 0);
    assert_null(generation_gate(not_judged, TEXT("pdp")));
}

/* Put `gates` in the place of the manifest's own, and a check that holds. */
static void put_gates(const char *path, const char *manifest, const char *gates)
{
    SCOPED(buffer_free) struct buffer out = {0};
    const char *begin = strstr(manifest, "\"gates\":[]");

    assert_non_null(begin);
    begin += strlen("\"gates\":");
    buffer_add_text(&out, (struct text){manifest, (size_t)(begin - manifest)});
    buffer_add_string(&out, gates);
    buffer_printf(&out, ",\"check\":\"%016llx\"}",
                  (unsigned long long)hash_bytes(out.data, out.size, 0));
    test_write(path, buffer_text(&out));
}

static void gates_that_do_not_fit_are_refused(void **state)
{
    SCOPED(buffer_free) struct buffer manifest = {0}, many = {0}, long_name = {0};
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    const struct generation *g = NULL;
    struct error err = {0};

    test_dir(dir);
    publish(dir, 4);
    test_path(path, dir, "generations/1/manifest.json");
    assert_int_equal(file_read(path, 1 << 16, &manifest, NULL), OK);
    for (int i = 0; i <= GATES_MAX; i++)
        buffer_printf(&many, "%s{\"surface\":\"s%d\",\"rung\":\"learned\"}", i == 0 ? "[" : ",", i);
    buffer_add_char(&many, ']');
    buffer_printf(&long_name, "[{\"surface\":\"%0*d\",\"rung\":\"learned\"}]", GATE_NAME_SIZE, 0);
    const char *const bad[] = {many.data, long_name.data, "[1]", "[{\"surface\":\"pdp\"}]",
                               "[{\"surface\":\"\",\"rung\":\"learned\"}]"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        put_gates(path, manifest.data, bad[i]);
        assert_int_equal(generation_open(&g, dir, 1, &err), ERR_CORRUPT);
        assert_non_null(strstr(err.message, "manifest.json"));
    }
    put_gates(path, manifest.data, "[{\"surface\":\"pdp\",\"rung\":\"learned\"}]");
    assert_int_equal(generation_open(&g, dir, 1, &err), OK); /* what was written here is read */
    generation_close(&g);
}

static void listing_goes_by_rising_number_and_pruning_spares_what_serves(void **state)
{
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct generation_summary list[20];
    size_t count;

    test_dir(dir);
    for (uint32_t i = 1; i <= 11; i++)
        assert_int_equal(publish(dir, i), i);
    assert_int_equal(dir_make(test_path(path, dir, "generations/12.tmp-2147483646"), NULL), OK);
    assert_int_equal(generation_list(dir, list, COUNT(list), &count, NULL), OK);
    assert_int_equal(count, 11);
    for (uint32_t i = 0; i < 11; i++) {
        assert_int_equal(list[i].number, i + 1);
        assert_int_equal(list[i].session_count, i + 1);
        assert_true(list[i].bytes > 0);
    }
    assert_int_equal(generation_prune(dir, 3, 2, NULL), OK);
    assert_false(file_exists(path)); /* its process is no more */
    assert_int_equal(generation_list(dir, list, COUNT(list), &count, NULL), OK);
    assert_int_equal(count, 3);
    assert_int_equal(list[0].number, 2);
    assert_int_equal(list[1].number, 10);
    assert_int_equal(list[2].number, 11);
    assert_int_equal(publish(dir, 1), 12);
}

static void a_pinned_generation_outlives_its_successor(void **state)
{
    char dir[TEST_PATH_SIZE];
    struct generation_slot *slot = generation_slot_new();
    const struct generation *one, *two;

    test_dir(dir);
    publish(dir, 1);
    publish(dir, 2);
    assert_null(generation_pin(slot));
    generation_unpin(slot, NULL);
    assert_int_equal(generation_open(&one, dir, 1, NULL), OK);
    assert_int_equal(generation_open(&two, dir, 2, NULL), OK);
    generation_slot_publish(slot, one);
    assert_ptr_equal(generation_pin(slot), one);
    assert_ptr_equal(generation_pin(slot), one);
    generation_slot_publish(slot, two);
    assert_ptr_equal(generation_pin(slot), two);
    assert_int_equal(sessions_count(one->sessions), 1);
    generation_unpin(slot, one);
    assert_int_equal(sessions_count(one->sessions), 1);
    generation_unpin(slot, one);
    generation_unpin(slot, two);
    generation_slot_publish(slot, NULL);
    assert_null(generation_pin(slot));
    generation_slot_free(slot);
    generation_slot_free(NULL);
}

struct reading {
    struct generation_slot *slot;
    atomic_bool stop;
    atomic_int reads;
};

static void *read_on(void *context)
{
    struct reading *r = context;

    while (!atomic_load(&r->stop)) {
        const struct generation *g = generation_pin(r->slot);
        if (g != NULL && sessions_count(g->sessions) == g->session_count)
            atomic_fetch_add(&r->reads, 1);
        generation_unpin(r->slot, g);
    }
    return NULL;
}

static void readers_and_a_publisher_get_along(void **state)
{
    enum { READERS = 3 };
    char dir[TEST_PATH_SIZE];
    struct reading r = {.slot = generation_slot_new()};
    pthread_t readers[READERS];

    test_dir(dir);
    publish(dir, 3);
    publish(dir, 4);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, &r), 0);
    for (uint32_t i = 0; i < 200 || atomic_load(&r.reads) < 1000; i++) {
        const struct generation *g;
        assert_int_equal(generation_open(&g, dir, 1 + i % 2, NULL), OK);
        generation_slot_publish(r.slot, g);
    }
    atomic_store(&r.stop, true);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    generation_slot_free(r.slot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_published_opens_with_its_numbers),
        cmocka_unit_test(an_absent_generation_is_not_found),
        cmocka_unit_test(a_changed_byte_is_found_and_the_file_named),
        cmocka_unit_test(hostile_manifests_are_refused),
        cmocka_unit_test(what_train_judged_of_each_surface_is_kept),
        cmocka_unit_test(gates_that_do_not_fit_are_refused),
        cmocka_unit_test(listing_goes_by_rising_number_and_pruning_spares_what_serves),
        cmocka_unit_test(a_pinned_generation_outlives_its_successor),
        cmocka_unit_test(readers_and_a_publisher_get_along),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
