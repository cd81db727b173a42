/* SPDX-License-Identifier: Apache-2.0 */
#include "base/array_file.h"

#include "tests/support/test.h"

static const struct array_file_kind kind = {"ENDCAPTT", 1, 3};

/* Three sections, of which the second is empty and the last does not fill its 64 bytes. */
static void write_file(char path[TEST_PATH_SIZE], struct buffer *out)
{
    static const uint32_t numbers[] = {1, 2, 3};
    const struct array_file file = {
        .counts = {3},
        .sections = {{numbers, sizeof(numbers)}, {"", 0}, {"seven", 5}},
    };
    char dir[TEST_PATH_SIZE];

    test_path(path, test_dir(dir), "three.bin");
    assert_int_equal(array_file_write(&kind, &file, path, NULL), OK);
    assert_int_equal(file_read(path, 1 << 20, out, NULL), OK);
}

static void sections_are_read_as_written_and_aligned(void **state)
{
    SCOPED(buffer_free) struct buffer bytes = {0};
    SCOPED(array_file_close) struct array_file file = {0};
    char path[TEST_PATH_SIZE];

    write_file(path, &bytes);
    assert_int_equal(array_file_open(&kind, &file, path, NULL), OK);
    assert_int_equal(file.counts[0], 3);
    assert_int_equal(file.sections[0].size, 12);
    assert_int_equal(((const uint32_t *)file.sections[0].bytes)[2], 3);
    assert_int_equal(file.sections[1].size, 0);
    assert_memory_equal(file.sections[2].bytes, "seven", 5);
    for (int i = 0; i < 3; i++)
        assert_int_equal((uintptr_t)file.sections[i].bytes % 64, 0);
    assert_true(array_file_whole(&kind, &file));
}

/* Whether it opens, and is whole. */
static bool whole(const char *path, struct text bytes)
{
    SCOPED(array_file_close) struct array_file file = {0};

    test_write(path, bytes);
    return array_file_open(&kind, &file, path, NULL) == OK && array_file_whole(&kind, &file);
}

static void a_byte_beside_the_sections_is_found(void **state)
{
    SCOPED(buffer_free) struct buffer bytes = {0};
    char path[TEST_PATH_SIZE];

    write_file(path, &bytes);
    size_t first = bytes.size - 128, last = bytes.size - 64;
    for (size_t i = 0; i < bytes.size; i++) {
        bool within = (i >= first && i < first + 12) || (i >= last && i < last + 5);
        bytes.data[i] ^= 1;
        assert_int_equal(whole(path, buffer_text(&bytes)), within);
        bytes.data[i] ^= 1;
    }
    for (size_t size = 0; size < bytes.size; size++)
        assert_false(whole(path, (struct text){bytes.data, size}));
    assert_true(whole(path, buffer_text(&bytes)));
    buffer_add_char(&bytes, '\0');
    assert_false(whole(path, buffer_text(&bytes)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_are_read_as_written_and_aligned),
        cmocka_unit_test(a_byte_beside_the_sections_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
