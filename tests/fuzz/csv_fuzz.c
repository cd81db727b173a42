/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes: the two ways of splitting give the same rows, lines never fall, a refusal has its code
 * and sentence, and what is given out is valid text.
 *
 * The first byte chooses the options, the rest is the file. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rows_compare(struct csv *a, struct csv *b)
{
    uint64_t line = 0;

    for (;;) {
        struct error first = {0}, second = {0};
        enum status status = csv_next(a, &first);

        assert(csv_next(b, &second) == status);
        if (status == ERR_NOT_FOUND)
            return;
        assert(csv_line(a) >= line && csv_line(a) == csv_line(b));
        line = csv_line(a);
        assert(text_equal(csv_raw(a), csv_raw(b)));
        if (status != OK) {
            assert(status == ERR_INVALID && first.message[0] != '\0' && csv_refusal(a) != NULL);
            continue;
        }
        assert(csv_row_fields(a) == csv_row_fields(b) && csv_row_fields(a) > 0);
        for (size_t i = 0; i < csv_row_fields(a); i++) {
            assert(text_equal(csv_value(a, i), csv_value(b, i)));
            assert(text_utf8_valid(csv_value(a, i)));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *encodings[] = {NULL, "latin1", "windows-1252", "utf-16", "utf-16le"};
    static const char delimiters[] = {0, ',', ';', '\t', ' '};
    struct error first = {0}, second = {0};

    if (size < 2 || size > 65536)
        return 0;
    struct csv_options options = {
        .encoding = text_from(encodings[data[0] % COUNT(encodings)]),
        .delimiter = delimiters[data[0] / 8 % COUNT(delimiters)],
        .no_header = data[0] >= 128,
    };
    SCOPED(file_close) FILE *one = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r");
    SCOPED(file_close) FILE *two = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r");
    SCOPED(csv_close) struct csv *a = NULL;
    SCOPED(csv_close) struct csv *b = NULL;
    enum status status = csv_open(&a, one, &options, &first);
    options.all_quoted = true;
    enum status again = csv_open(&b, two, &options, &second);

    assert(status == again && strcmp(first.message, second.message) == 0);
    assert((status == OK) == (first.message[0] == '\0'));
    if (status == OK)
        rows_compare(a, b);
    return 0;
}
