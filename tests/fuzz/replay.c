/* SPDX-License-Identifier: Apache-2.0 */
/* replay: a plain main for fuzz targets: hands each file of the folders given, and nothing at all,
 * to the target. What a fuzzer once found stays found. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

enum { INPUT_MAX = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The input in a block of its own size, so that a sanitizer sees the first byte read behind it. */
static void run(const char *bytes, size_t size)
{
    uint8_t *exact = mem_copy(bytes, size);

    (void)LLVMFuzzerTestOneInput(exact, size); /* a target aborts when something is wrong */
    mem_free(exact);
}

static int replay(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_input, alphasort);

    for (int i = 0; i < count; i++) {
        SCOPED(buffer_free) struct buffer path = {0};
        SCOPED(buffer_free) struct buffer input = {0};
        struct error err = {0};
        buffer_printf(&path, "%s/%s", folder, entries[i]->d_name);
        free(entries[i]);
        if (file_read(path.data, INPUT_MAX, &input, &err) != OK) {
            fprintf(stderr, "%s\n", err.message);
            exit(1);
        }
        printf("%s\n", path.data); /* the last one printed is the one that failed */
        fflush(stdout);
        run(buffer_text(&input).data, input.size);
    }
    free(entries);
    return count;
}

int main(int count, char **arguments)
{
    int inputs = 0;

    run("", 0);
    for (int i = 1; i < count; i++) {
        int found = replay(arguments[i]);
        if (found <= 0) {
            fprintf(stderr, "there is no corpus in %s\n", arguments[i]);
            return 1;
        }
        inputs += found;
    }
    printf("%d inputs\n", inputs);
    return 0;
}
