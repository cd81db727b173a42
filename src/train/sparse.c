/* SPDX-License-Identifier: Apache-2.0 */
#include "train/sparse.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

enum { ENTRIES_ALONE = 100000 }; /* below, a second thread is not worth its start */

void sparse_free(struct sparse *m)
{
    mem_free(m->starts);
    mem_free(m->at);
    mem_free(m->values);
    *m = (struct sparse){0};
}

struct sparse sparse_transposed(const struct sparse *m)
{
    uint64_t entries = m->starts[m->rows];
    struct sparse t = {.rows = m->columns,
                       .columns = m->rows,
                       .starts = mem_new((size_t)m->columns + 1, sizeof(*t.starts)),
                       .at = mem_resize(NULL, entries, sizeof(*t.at)),
                       .values = mem_resize(NULL, entries, sizeof(*t.values))};

    for (uint64_t i = 0; i < entries; i++)
        t.starts[m->at[i] + 1]++;
    for (uint32_t i = 0; i < t.rows; i++)
        t.starts[i + 1] += t.starts[i];
    uint64_t *fill = mem_copy(t.starts, (size_t)t.rows * sizeof(*fill));
    for (uint32_t row = 0; row < m->rows; row++) {
        for (uint64_t i = m->starts[row]; i < m->starts[row + 1]; i++) {
            uint64_t to = fill[m->at[i]]++;
            t.at[to] = row;
            t.values[to] = m->values[i];
        }
    }
    mem_free(fill);
    return t;
}

struct rows {
    const struct sparse *m;
    const float *x;
    float *out;
    uint32_t width, first, end;
};

static void *multiply_rows(void *argument)
{
    enum { AHEAD = 8 };
    const struct rows *r = argument;
    const struct sparse *m = r->m;

    for (uint32_t row = r->first; row < r->end; row++) {
        float *out = r->out + (size_t)row * r->width;
        memset(out, 0, r->width * sizeof(*out));
        for (uint64_t i = m->starts[row]; i < m->starts[row + 1]; i++) {
            const float *x = r->x + (size_t)m->at[i] * r->width;
            float value = m->values[i];
            if (i + AHEAD < m->starts[m->rows])
                __builtin_prefetch(r->x + (size_t)m->at[i + AHEAD] * r->width);
            for (uint32_t k = 0; k < r->width; k++)
                out[k] += value * x[k];
        }
    }
    return NULL;
}

/* The first row of the second half of the entries. */
static uint32_t half_way(const struct sparse *m)
{
    uint32_t low = 0, high = m->rows;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (m->starts[middle] < m->starts[m->rows] / 2)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void sparse_multiply(const struct sparse *m, const float *x, uint32_t width, float *out)
{
    uint32_t middle = m->starts[m->rows] < ENTRIES_ALONE ? m->rows : half_way(m);
    struct rows first = {m, x, out, width, 0, middle}, second = {m, x, out, width, middle, m->rows};
    pthread_t thread;
    bool beside =
        second.first < second.end && pthread_create(&thread, NULL, multiply_rows, &second) == 0;

    (void)multiply_rows(&first); /* always NULL */
    if (beside)
        (void)pthread_join(thread, NULL); /* fails only for a thread that is none */
    else
        (void)multiply_rows(&second);
}
