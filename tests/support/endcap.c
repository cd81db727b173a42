/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/endcap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

enum { WORDS = 32 };

char dir[TEST_PATH_SIZE];
char shop[TEST_PATH_SIZE];
struct buffer out, err_out;

static void free_buffers(void)
{
    buffer_free(&out);
    buffer_free(&err_out);
}

int new_shop(void **state)
{
    static bool registered;

    if (!registered)
        assert_int_equal(atexit(free_buffers), 0);
    registered = true;
    (void)test_dir(dir);                    /* fails the test itself */
    (void)test_path(shop, dir, "the-shop"); /* returns shop */
    return 0;
}

static int catch_in(int number, const char *name)
{
    char path[TEST_PATH_SIZE];
    int kept = dup(number);
    int file = open(test_path(path, dir, name), O_CREAT | O_TRUNC | O_WRONLY, 0600);

    assert_true(kept >= 0 && file >= 0);
    assert_int_equal(dup2(file, number), number);
    assert_int_equal(close(file), 0);
    return kept;
}

static void give_back(int number, int kept, const char *name, struct buffer *caught)
{
    char path[TEST_PATH_SIZE];
    struct error err = {0};

    assert_int_equal(dup2(kept, number), number);
    assert_int_equal(close(kept), 0);
    buffer_clear(caught);
    assert_int_equal(file_read(test_path(path, dir, name), 16 << 20, caught, &err), OK);
    (void)buffer_text(caught); /* ends it with a zero */
    buffer_add_char(caught, '\0');
}

static void no_openapi(struct buffer *to)
{
    buffer_add_string(to, "{}\n");
}

int endcap(const char *line)
{
    static const struct cli_hooks hooks = {.openapi = no_openapi};
    char copy[1024], *words[WORDS] = {"endcap", "--data", shop}, *rest = copy;
    int count = 3;

    snprintf(copy, sizeof(copy), "%s", line);
    for (char *word; (word = strsep(&rest, " ")) != NULL && count < WORDS;)
        if (word[0] != '\0')
            words[count++] = word;
    fflush(NULL);
    int kept_out = catch_in(STDOUT_FILENO, "stdout"), kept_err = catch_in(STDERR_FILENO, "stderr");
    int status = cli_main(count, words, &hooks);

    fflush(NULL);
    give_back(STDOUT_FILENO, kept_out, "stdout", &out);
    give_back(STDERR_FILENO, kept_err, "stderr", &err_out);
    return status;
}

const char *file_of(const char *name, const char *content)
{
    static char path[TEST_PATH_SIZE];

    test_write(test_path(path, dir, name), text_from(content));
    return path;
}

int import(const char *kind, const char *content, const char *flags)
{
    char line[TEST_PATH_SIZE + 256];

    snprintf(line, sizeof(line), "import %s %s %s", kind, file_of("import-file", content), flags);
    return endcap(line);
}

bool prints(const struct buffer *caught, const char *what)
{
    return strstr(caught->data, what) != NULL;
}
