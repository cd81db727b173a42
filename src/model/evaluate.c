/* SPDX-License-Identifier: Apache-2.0 */
#include "model/evaluate.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name;
    const struct model_steps *steps; /* NULL where it is not built */
} paths[MODEL_PATH_COUNT] = {
    [MODEL_PLAIN] = {"plain", &model_plain},
#ifdef __x86_64__
    [MODEL_AVX2] = {"avx2", &model_avx2},
    [MODEL_AVX512] = {"avx512", &model_avx512},
#else
    [MODEL_AVX2] = {"avx2", NULL},
    [MODEL_AVX512] = {"avx512", NULL},
#endif
};

const char *model_path_name(enum model_path path)
{
    return paths[path].name;
}

bool model_path_there(enum model_path path)
{
#ifdef __x86_64__
    if (path == MODEL_AVX2)
        return __builtin_cpu_supports("avx2") != 0;
    if (path == MODEL_AVX512)
        return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0;
#endif
    return paths[path].steps != NULL;
}

const struct model_steps *model_steps_of(enum model_path path)
{
    assert(model_path_there(path));
    return paths[path].steps;
}

/* The rows of bits, aligned, with the constants among them. */
static struct row_bits *bits_new(const struct model *m, struct arena *a)
{
    size_t count = (size_t)bits_of_selects(m) + m->selects_most;
    char *room = arena_room(a, (count + 1) * sizeof(struct row_bits));
    size_t beyond = (uintptr_t)room % sizeof(struct row_bits);
    struct row_bits *bits = (struct row_bits *)(room + (sizeof(struct row_bits) - beyond));

    memset(&bits[BITS_ZEROS], 0, sizeof(bits[BITS_ZEROS]));
    memset(&bits[BITS_ONES], 0xff, sizeof(bits[BITS_ONES]));
    return bits;
}

void model_score_by(const struct model *m, enum model_path path, const struct model_rows *rows,
                    float *scores, struct arena *a)
{
    const struct model_steps *steps = model_steps_of(path);
    float sums[GROUP_ROWS];

    assert(rows->stride % MODEL_BLOCK == 0 && rows->count <= rows->stride);
    if (rows->count == 0)
        return;
    struct row_bits *bits = bits_new(m, a);
    for (size_t first = 0; first < rows->count; first += GROUP_ROWS) {
        size_t count = rows->count - first < GROUP_ROWS ? rows->count - first : GROUP_ROWS;
        uint32_t words = (uint32_t)(count + 63) / 64;
        for (uint32_t c = 0; c < m->column_count; c++) {
            const struct column_search *column = &m->searches[c];
            steps->conditions(column, rows->values + column->feature * rows->stride + first, words,
                              bits + BITS_CONDITIONS + column->first);
        }
        steps->trees(m, bits, words, sums);
        memcpy(scores + first, sums, count * sizeof(*scores));
    }
}

enum model_path model_path_best(void)
{
    enum model_path path = MODEL_PATH_COUNT - 1;

    while (!model_path_there(path))
        path--;
    return path;
}

void model_score(const struct model *m, const struct model_rows *rows, float *scores,
                 struct arena *a)
{
    model_score_by(m, model_path_best(), rows, scores, a);
}
