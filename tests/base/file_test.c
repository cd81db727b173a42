/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "tests/support/test.h"

static void a_written_file_appears_whole_or_not_at_all(void **state)
{
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    SCOPED(file_writer_close) struct file_writer *w = NULL;
    SCOPED(buffer_free) struct buffer content = {0};
    struct error err = {0};

    test_path(path, test_dir(dir), "generation");
    assert_int_equal(file_writer_open(&w, path, &err), OK);
    file_writer_add(w, "half", 4);
    assert_false(file_exists(path));
    file_writer_close(&w);
    assert_null(w);
    assert_false(file_exists(path));
    assert_int_equal(rmdir(dir), 0); /* nothing was left lying about */

    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(file_writer_open(&w, path, &err), OK);
    file_writer_add(w, "one", 3);
    file_writer_add(w, "", 0);
    file_writer_add(w, "two", 3);
    assert_int_equal(file_writer_size(w), 6);
    assert_int_equal(file_writer_commit(&w, &err), OK);
    assert_null(w);
    assert_int_equal(file_read(path, 6, &content, &err), OK);
    assert_text(buffer_text(&content), "onetwo");
}

static void large_and_small_pieces_arrive_in_order(void **state)
{
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    SCOPED(file_map_close) struct file_map map = {0};
    SCOPED(buffer_free) struct buffer expected = {0};
    struct file_writer *w = NULL;
    struct error err = {0};

    test_path(path, test_dir(dir), "large");
    assert_int_equal(file_writer_open(&w, path, &err), OK);
    for (size_t size = 1; size < 2000000; size = size * 3 + 1) {
        SCOPED(mem_free_scoped) char *piece = mem_new(size, 1);
        memset(piece, (int)(size % 256), size);
        file_writer_add(w, piece, size);
        buffer_add(&expected, piece, size);
    }
    assert_int_equal(file_writer_commit(&w, &err), OK);
    assert_int_equal(file_map_open(&map, path, &err), OK);
    assert_int_equal(map.size, expected.size);
    assert_memory_equal(map.bytes, expected.data, expected.size);
}

static void mapping_tells_absent_empty_and_folder_apart(void **state)
{
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct file_map map = {0};
    struct error err = {0};

    test_path(path, test_dir(dir), "x");
    assert_int_equal(file_map_open(&map, path, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(file_map_open(&map, dir, &err), ERR_IO);
    assert_null(map.bytes);
    file_map_close(&map);
    test_write(path, TEXT(""));
    assert_int_equal(file_map_open(&map, path, &err), OK);
    assert_int_equal(map.size, 0);
    assert_non_null(map.bytes);
    file_map_close(&map);
    assert_null(map.bytes);
}

static void reading_stops_one_byte_past_the_bound(void **state)
{
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    SCOPED(buffer_free) struct buffer content = {0};
    struct error err = {0};

    test_write(test_path(path, test_dir(dir), "x"), TEXT("12345"));
    buffer_add_string(&content, "head ");
    assert_int_equal(file_read(path, 4, &content, &err), ERR_LIMIT);
    assert_text(buffer_text(&content), "head ");
    assert_int_equal(file_read(path, 5, &content, &err), OK);
    assert_text(buffer_text(&content), "head 12345");
    assert_int_equal(file_read(dir, 5, &content, &err), ERR_IO);
}

static void folders_are_made_with_their_parents_and_removed_with_all(void **state)
{
    char dir[TEST_PATH_SIZE], deep[TEST_PATH_SIZE], top[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct error err = {0};

    test_path(top, test_dir(dir), "a");
    test_path(deep, dir, "a//b/c/");
    assert_int_equal(dir_make(deep, &err), OK);
    assert_int_equal(dir_make(deep, &err), OK);
    test_write(test_path(path, deep, "file"), TEXT("x"));
    assert_int_equal(dir_make(path, &err), ERR_IO);
    assert_int_equal(dir_make("", &err), ERR_INVALID);
    assert_int_equal(dir_remove(top, &err), OK);
    assert_false(file_exists(top));
    assert_int_equal(dir_remove(top, &err), OK);
}

static void writing_where_nothing_can_stand_fails(void **state)
{
    char dir[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
    struct file_writer *w = NULL;
    struct error err = {0};

    test_path(path, test_dir(dir), "no/such/folder");
    assert_int_equal(file_writer_open(&w, path, &err), ERR_NOT_FOUND);
    assert_null(w);
    file_writer_close(&w);

    /* A folder of that name cannot be replaced by a file. */
    assert_int_equal(mkdir(test_path(path, dir, "taken"), 0700), 0);
    assert_int_equal(file_writer_open(&w, path, &err), OK);
    assert_int_equal(file_writer_commit(&w, &err), ERR_IO);
    assert_null(w);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(dir), 0); /* the temporary file is gone too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_written_file_appears_whole_or_not_at_all),
        cmocka_unit_test(large_and_small_pieces_arrive_in_order),
        cmocka_unit_test(mapping_tells_absent_empty_and_folder_apart),
        cmocka_unit_test(reading_stops_one_byte_past_the_bound),
        cmocka_unit_test(folders_are_made_with_their_parents_and_removed_with_all),
        cmocka_unit_test(writing_where_nothing_can_stand_fails),
    };
    return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}
