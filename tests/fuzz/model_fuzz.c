/* SPDX-License-Identifier: Apache-2.0 */
/* model_fuzz: whatever comes as a model, it is refused with a sentence, or is a model that scores
 * rows by every path to the same bits, and explains one, without leaving its memory.
 *
 * The first byte tells what comes: '{' XGBoost's JSON, 'E' a model's file, anything else changes to
 * the parts of a sound model, which are checked as if their checksum fitted. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "model/parts.h"
#include "tests/support/trees.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { ROWS = 70, STRIDE = 128, PATH_SIZE = 64, CHANGE_SIZE = 6 };

/* The value of feature f in row i, odd ones among them. */
static float value_of(uint32_t f, size_t i)
{
    static const float odd[] = {0, 1, NAN, -1, INFINITY, 0.5F, -INFINITY, 1e-40F, 1e30F, 3};

    return odd[(f + i * 7 + i / 10) % COUNT(odd)];
}

static void score(const struct model *m, float scores[ROWS])
{
    SCOPED(arena_free) struct arena a = {0};
    uint32_t features = model_features(m);
    float *values = arena_array(&a, (size_t)features * STRIDE, sizeof(*values));
    float *shares = arena_array(&a, features + 1, sizeof(*shares)), again[ROWS];

    for (uint32_t f = 0; f < features; f++)
        for (size_t i = 0; i < STRIDE; i++)
            values[f * STRIDE + i] = value_of(f, i);
    const struct model_rows rows = {values, STRIDE, ROWS};
    model_score(m, &rows, scores, &a);
    for (enum model_path path = 0; path < MODEL_PATH_COUNT; path++) {
        if (!model_path_there(path))
            continue;
        model_score_by(m, path, &rows, again, &a);
        CHECK(memcmp(scores, again, sizeof(again)) == 0);
    }
    model_explain(m, &rows, 3, shares, &a);
}

/* A file without a name, which has a path all the same. */
static int file_of(const void *bytes, size_t size, char path[PATH_SIZE])
{
    int file = memfd_create("model", 0);

    CHECK(file >= 0 && write(file, bytes, size) == (ssize_t)size);
    snprintf(path, PATH_SIZE, "/proc/self/fd/%d", file);
    return file;
}

static void check_json(struct text json)
{
    SCOPED(model_close) struct model *m = NULL;
    struct error err = {0};
    float scores[ROWS];

    if (model_read_xgboost(&m, json, &err) != OK) {
        CHECK(m == NULL && err.message[0] != '\0');
        CHECK(err.status == ERR_INVALID || err.status == ERR_CORRUPT);
        return;
    }
    score(m, scores);
}

static void check_file(const uint8_t *data, size_t size)
{
    SCOPED(model_close) struct model *m = NULL;
    struct error err = {0};
    float scores[ROWS];
    char path[PATH_SIZE];
    int file = file_of(data, size, path);

    if (model_open(&m, path, &err) == OK)
        score(m, scores);
    else
        CHECK(err.status == ERR_CORRUPT && strstr(err.message, path) != NULL);
    CHECK(close(file) == 0);
}

/* A small sound model. */
static struct model *sound_model(void)
{
    static const float thresholds[] = {-1, 0, 0.5F, 1, 3};
    static struct made_tree trees[3];
    SCOPED(buffer_free) struct buffer json = {0};
    struct random r;

    random_seed(&r, 1);
    for (size_t i = 0; i < COUNT(trees); i++)
        made_tree_grow(&trees[i], &r, 2 + 3 * (uint32_t)i, 3,
                       (struct made_thresholds){thresholds, COUNT(thresholds)});
    made_json(trees, COUNT(trees), 3, &json);
    return model_of_json(buffer_text(&json));
}

/* CHANGE_SIZE bytes are a change: to a count, to the size of a part, or to a byte in it. */
static void change(struct array_file *file, const uint8_t *bytes)
{
    uint32_t part = bytes[0] % (MODEL_SECTION_COUNT - 1), at = bytes[2] | (uint32_t)bytes[3] << 8;
    uint32_t what = bytes[4] | (uint32_t)bytes[5] << 8;
    struct array_section *section = &file->sections[part];

    switch (bytes[1] % 4) {
    case 0: file->counts[bytes[0] % ARRAY_COUNTS_MAX] += (uint64_t)(int64_t)(int16_t)what; break;
    case 1: section->size -= section->size >= what ? what : section->size; break;
    default:
        if (at < section->size)
            ((uint8_t *)(uintptr_t)section->bytes)[at] = (uint8_t)what;
        break;
    }
}

/* A copy of the parts, each in a block of its own size, so that a sanitizer sees the first byte read
 * behind it. */
static struct model *copy_of(const struct array_file *file)
{
    struct model *m = mem_new(1, sizeof(*m));

    m->file = *file;
    for (uint32_t i = 0; i < MODEL_SECTION_COUNT; i++) {
        m->owned[i] = mem_copy(file->sections[i].bytes, file->sections[i].size);
        m->file.sections[i].bytes = m->owned[i];
    }
    return m;
}

static void check_parts(const uint8_t *data, size_t size)
{
    SCOPED(model_close) struct model *sound = sound_model();
    SCOPED(model_close) struct model *changed = NULL;
    struct array_file parts = sound->file;
    float scores[ROWS];

    for (; size >= CHANGE_SIZE; data += CHANGE_SIZE, size -= CHANGE_SIZE)
        change(&parts, data);
    changed = copy_of(&parts);
    const char *problem = model_check(changed);
    if (problem != NULL) {
        CHECK(problem[0] != '\0');
        return;
    }
    model_prepare(changed);
    score(changed, scores);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] == '{')
        check_json((struct text){(const char *)data, size});
    else if (data[0] == 'E')
        check_file(data, size);
    else
        check_parts(data + 1, size - 1);
    return 0;
}
