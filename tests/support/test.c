/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void assert_text_at(struct text t, const char *expected, const char *file, int line)
{
    if (text_is(t, expected))
        return;
    if (t.data == NULL)
        print_error("expected \"%s\", got an absent text\n", expected);
    else
        print_error("expected \"%s\", got \"%.*s\"\n", expected, (int)t.size, t.data);
    _fail(file, line);
}

enum { DIRS_MAX = 64 };

static char dirs[DIRS_MAX][TEST_PATH_SIZE];
static size_t dir_count;
static pid_t dirs_owner;

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    (void)remove(path); /* what cannot be removed stays under /tmp */
    return 0;
}

static void remove_dirs(void)
{
    if (getpid() != dirs_owner) /* a forked child must not clear its parent's files */
        return;
    for (size_t i = 0; i < dir_count; i++)
        (void)nftw(dirs[i], remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *test_dir(char out[TEST_PATH_SIZE])
{
    const char *base = getenv("TMPDIR");

    if (dir_count == 0) {
        dirs_owner = getpid();
        assert_int_equal(atexit(remove_dirs), 0);
    }
    assert_true(dir_count < DIRS_MAX);
    snprintf(out, TEST_PATH_SIZE, "%s/endcap-test-XXXXXX",
             base != NULL && base[0] != '\0' ? base : "/tmp");
    assert_non_null(mkdtemp(out));
    memcpy(dirs[dir_count++], out, TEST_PATH_SIZE);
    return out;
}

const char *test_path(char out[TEST_PATH_SIZE], const char *dir, const char *name)
{
    int length = snprintf(out, TEST_PATH_SIZE, "%s/%s", dir, name);

    assert_in_range(length, 1, TEST_PATH_SIZE - 1);
    return out;
}

void test_write(const char *path, struct text content)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    if (content.size > 0)
        assert_int_equal(fwrite(content.data, 1, content.size, file), content.size);
    assert_int_equal(fclose(file), 0);
}
