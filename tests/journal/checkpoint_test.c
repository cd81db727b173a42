/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/checkpoint.h"

#include "base/file.h"
#include "base/memory.h"
#include "tests/support/test.h"

static const struct position newest = {UINT64_MAX};

static void write_checkpoint(const char *dir, uint64_t number, const char *content, uint32_t keep)
{
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
    struct error err = {0};

    assert_int_equal(checkpoint_begin(&w, dir, (struct position){number}, &err), OK);
    checkpoint_add(w, "words", content, strlen(content));
    checkpoint_add(w, "empty", NULL, 0);
    checkpoint_add(w, "numbers", (const uint32_t[]){1, 2, 3}, 12);
    assert_int_equal(checkpoint_commit(&w, keep, &err), OK);
    assert_null(w);
}

static void sections_come_back_aligned_and_loaded(void **state)
{
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct error err = {0};
    size_t size = 9, count = 9;
    (void)state;

    write_checkpoint(dir, 7, "hello", 2);
    assert_int_equal(checkpoint_open(&c, dir, newest, &err), OK);
    assert_int_equal(checkpoint_position(c).number, 7);
    const void *numbers = checkpoint_section(c, "numbers", &size);
    assert_int_equal((uintptr_t)numbers % 64, 0);
    assert_int_equal(size, 12);
    assert_null(checkpoint_section(c, "nothing", &size));
    assert_int_equal(size, 0);
    SCOPED(mem_free_scoped) void *loaded = NULL;
    assert_int_equal(checkpoint_load(c, "numbers", 4, &loaded, &count, &err), OK);
    assert_int_equal(count, 3);
    assert_int_equal(((uint32_t *)loaded)[2], 3);
    void *none = &count;
    assert_int_equal(checkpoint_load(c, "empty", 4, &none, &count, &err), OK);
    assert_null(none);
    assert_int_equal(checkpoint_load(c, "words", 4, &none, &count, &err), ERR_CORRUPT);
}

static void the_newest_at_or_before_a_position_is_opened_and_old_ones_go(void **state)
{
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct error err = {0};
    (void)state;

    assert_int_equal(checkpoint_open(&c, dir, newest, &err), ERR_NOT_FOUND);
    write_checkpoint(dir, 5, "five", 2);
    write_checkpoint(dir, 100, "hundred", 2);
    write_checkpoint(dir, 20, "twenty", 9);
    assert_int_equal(checkpoint_open(&c, dir, (struct position){99}, &err), OK);
    assert_int_equal(checkpoint_position(c).number, 20);
    checkpoint_close(&c);
    write_checkpoint(dir, 200, "more", 2);
    assert_int_equal(checkpoint_open(&c, dir, (struct position){99}, &err), ERR_NOT_FOUND);
    assert_int_equal(checkpoint_open(&c, dir, newest, &err), OK);
    assert_int_equal(checkpoint_position(c).number, 200);
}

static void a_damaged_one_is_passed_over_for_the_one_before(void **state)
{
    char room[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    SCOPED(buffer_free) struct buffer bytes = {0};
    struct error err = {0};
    (void)state;

    write_checkpoint(dir, 1, "one", 5);
    write_checkpoint(dir, 2, "two", 5);
    test_path(path, dir, "checkpoints/00000000000000000002.ckpt");
    assert_int_equal(file_read(path, 1 << 20, &bytes, &err), OK);
    for (size_t i = 0; i < bytes.size; i += 3) {
        SCOPED(checkpoint_close) struct checkpoint *c = NULL;
        bool padding = i < 128 && bytes.data[i] == 0;

        bytes.data[i] = (char)(bytes.data[i] ^ 4);
        test_write(path, buffer_text(&bytes));
        bytes.data[i] = (char)(bytes.data[i] ^ 4);
        assert_int_equal(checkpoint_open(&c, dir, newest, &err), OK);
        if (!padding)
            assert_int_equal(checkpoint_position(c).number, 1);
    }
    for (size_t size = 0; size < bytes.size; size += 7) {
        SCOPED(checkpoint_close) struct checkpoint *c = NULL;

        test_write(path, (struct text){bytes.data, size});
        assert_int_equal(checkpoint_open(&c, dir, newest, &err), OK);
        assert_int_equal(checkpoint_position(c).number, 1);
    }
}

static void an_abandoned_one_leaves_nothing(void **state)
{
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    struct checkpoint_writer *w = NULL;
    char room[TEST_PATH_SIZE];
    const char *dir = test_dir(room);
    struct error err = {0};
    (void)state;

    assert_int_equal(checkpoint_begin(&w, dir, (struct position){3}, &err), OK);
    checkpoint_add(w, "words", "x", 1);
    checkpoint_abandon(&w);
    assert_int_equal(checkpoint_open(&c, dir, newest, &err), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_come_back_aligned_and_loaded),
        cmocka_unit_test(the_newest_at_or_before_a_position_is_opened_and_old_ones_go),
        cmocka_unit_test(a_damaged_one_is_passed_over_for_the_one_before),
        cmocka_unit_test(an_abandoned_one_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
