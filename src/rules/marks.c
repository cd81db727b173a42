/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/marks.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "rules/inside.h"

enum { WORD_BITS = 64, WORDS_MAX = FILTERS_MAX / WORD_BITS, COLUMN_NONE = -1 };

struct marks {
    const struct filter *filters[FILTERS_MAX];
    size_t count, words; /* words of a row */
    uint64_t *rows;
    size_t rows_room;
    product_number known; /* rows there are */
    uint64_t followed;    /* catalog_changes up to here are in the rows; 0: none */
    /* After marks_take, until the rows are made of these filters: the words of a row as it is, and the
     * column in it of each filter, COLUMN_NONE: it is in none. */
    bool taken;
    size_t former_words;
    int columns[FILTERS_MAX];
    uint64_t stranger[WORDS_MAX]; /* the row of a number without a record */
    struct arena scratch;         /* of one product */
};

struct marks *marks_new(const struct filter *const *filters, size_t count)
{
    struct marks *m = mem_new(1, sizeof(*m));

    marks_take(m, filters, count);
    return m;
}

void marks_free(struct marks *m)
{
    if (m == NULL)
        return;
    mem_free(m->rows);
    arena_free(&m->scratch);
    mem_free(m);
}

/* --- which filters ------------------------------------------------------------------ */

static int column_find(const struct marks *m, const struct filter *f)
{
    for (size_t k = 0; k < m->count; k++)
        if (text_equal(filter_text(m->filters[k]), filter_text(f)))
            return m->taken ? m->columns[k] : (int)k;
    return COLUMN_NONE;
}

void marks_take(struct marks *m, const struct filter *const *filters, size_t count)
{
    int columns[FILTERS_MAX];

    assert(count <= FILTERS_MAX);
    for (size_t k = 0; k < count; k++)
        columns[k] = column_find(m, filters[k]);
    if (!m->taken)
        m->former_words = m->words;
    m->taken = true;
    m->count = count;
    m->words = (count + WORD_BITS - 1) / WORD_BITS;
    for (size_t k = 0; k < count; k++) {
        m->filters[k] = filters[k];
        m->columns[k] = columns[k];
    }
}

/* --- rows --------------------------------------------------------------------------- */

static void mark_set(uint64_t *row, size_t k, bool holds)
{
    row[k / WORD_BITS] |= (uint64_t)holds << k % WORD_BITS;
}

static void mark(const struct marks *m, const struct subject *s, uint64_t *row)
{
    memset(row, 0, m->words * sizeof(*row));
    for (size_t k = 0; k < m->count; k++)
        mark_set(row, k, filter_holds(m->filters[k], s));
}

static void mark_product(struct marks *m, const struct catalog *c, product_number n)
{
    struct product p;
    uint64_t *row = m->rows + (size_t)n * m->words;

    if (catalog_body(c, n).data == NULL) {
        memcpy(row, m->stranger, m->words * sizeof(*row));
        return;
    }
    struct subject s = subject_product(c, n, &p, &m->scratch);
    mark(m, &s, row);
    arena_reset(&m->scratch);
}

/* Rows for numbers that are new. */
static void grow(struct marks *m, const struct catalog *c)
{
    product_number count = catalog_count(c);

    if (m->known >= count)
        return;
    m->rows = mem_grow(m->rows, &m->rows_room, (size_t)count * m->words, sizeof(*m->rows));
    for (; m->known < count; m->known++)
        mark_product(m, c, m->known);
}

/* The row of a product out of its former one; only what filters that are new say is to be found out. */
static void remake_row(struct marks *m, const struct catalog *c, product_number n, bool any_new,
                       uint64_t *row)
{
    const uint64_t *former = m->rows + (size_t)n * m->former_words;
    bool stranger = catalog_body(c, n).data == NULL;
    struct subject s = {0};
    struct product p;

    if (stranger) {
        memcpy(row, m->stranger, m->words * sizeof(*row));
        return;
    }
    if (any_new)
        s = subject_product(c, n, &p, &m->scratch);
    for (size_t k = 0; k < m->count; k++) {
        if (m->columns[k] == COLUMN_NONE)
            mark_set(row, k, filter_holds(m->filters[k], &s));
        else
            mark_set(row, k, mark_holds(former, (size_t)m->columns[k]));
    }
    arena_reset(&m->scratch);
}

/* All rows anew for the filters taken, of what the former ones said. */
static void remake(struct marks *m, const struct catalog *c)
{
    size_t room = (size_t)m->known * m->words;
    uint64_t *rows = mem_new(room, sizeof(*rows));
    bool any_new = false;

    for (size_t k = 0; k < m->count; k++)
        any_new = any_new || m->columns[k] == COLUMN_NONE;
    for (product_number n = 0; n < m->known; n++)
        remake_row(m, c, n, any_new, rows + (size_t)n * m->words);
    mem_free(m->rows);
    m->rows = rows;
    m->rows_room = room;
}

static void mark_stranger(struct marks *m, const struct catalog *c)
{
    struct product p;
    struct subject s = subject_product(c, PRODUCT_NONE, &p, &m->scratch);

    mark(m, &s, m->stranger);
}

void marks_follow(struct marks *m, const struct catalog *c)
{
    uint64_t changes = catalog_changes(c), from = m->followed;
    bool told = from <= changes && changes - from <= CATALOG_CHANGES_KEPT;

    for (uint64_t i = from; told && i < changes; i++)
        told = catalog_changed(c, i) != PRODUCT_NONE;
    if (!told || m->count == 0)
        m->known = 0;
    m->followed = changes;
    if (m->count == 0)
        return;
    if (m->taken) {
        mark_stranger(m, c);
        remake(m, c);
        m->taken = false;
    }
    for (uint64_t i = from; told && i < changes; i++)
        if (catalog_changed(c, i) < m->known)
            mark_product(m, c, catalog_changed(c, i));
    grow(m, c);
}

void marks_keep_up(struct marks *m, const struct catalog *c)
{
    if (catalog_changes(c) - m->followed >= CATALOG_CHANGES_KEPT / 2)
        marks_follow(m, c);
}

const uint64_t *marks_of(const struct marks *m, product_number n)
{
    if (m->count == 0)
        return NULL;
    assert(n < m->known);
    return m->rows + (size_t)n * m->words;
}
