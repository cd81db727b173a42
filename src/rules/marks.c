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
    bool any_new;                 /* one of them is COLUMN_NONE */
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
    m->any_new = false;
    for (size_t k = 0; k < count; k++) {
        m->filters[k] = filters[k];
        m->columns[k] = columns[k];
        m->any_new = m->any_new || columns[k] == COLUMN_NONE;
    }
}

bool marks_adopt(struct marks **m, struct marks **ahead, const struct filter *const *filters,
                 size_t count)
{
    struct marks *fresh = *ahead;

    if (fresh == NULL || fresh->count != count)
        return false;
    for (size_t k = 0; k < count; k++)
        if (!text_equal(filter_text(fresh->filters[k]), filter_text(filters[k])))
            return false;
    for (size_t k = 0; k < count; k++)
        fresh->filters[k] = filters[k];
    *ahead = *m;
    *m = fresh;
    return true;
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
static void remake_row(struct marks *m, const struct catalog *c, product_number n,
                       const uint64_t *former, uint64_t *row)
{
    bool stranger = catalog_body(c, n).data == NULL;
    struct subject s = {0};
    struct product p;

    if (stranger) {
        memcpy(row, m->stranger, m->words * sizeof(*row));
        return;
    }
    memset(row, 0, m->words * sizeof(*row));
    if (m->any_new)
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

    for (product_number n = 0; n < m->known; n++)
        remake_row(m, c, n, m->rows + (size_t)n * m->former_words, rows + (size_t)n * m->words);
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

/* The rows there are of products that changed since. */
static void mark_changed(struct marks *m, const struct catalog *c, uint64_t from)
{
    for (uint64_t i = from; i < catalog_changes(c); i++)
        if (catalog_changed(c, i) < m->known)
            mark_product(m, c, catalog_changed(c, i));
}

void marks_follow(struct marks *m, const struct catalog *c)
{
    uint64_t from = m->followed;
    bool told = catalog_tells(c, from);

    if (!told || m->count == 0)
        m->known = 0;
    m->followed = catalog_changes(c);
    if (m->count == 0)
        return;
    if (m->taken) {
        mark_stranger(m, c);
        remake(m, c);
        m->taken = false;
    }
    if (told)
        mark_changed(m, c, from);
    grow(m, c);
}

/* Which filters of `m` say what those of `ahead` do; none while its rows lag behind the catalog. */
static void find_columns(struct marks *ahead, const struct marks *m, const struct catalog *c)
{
    bool ready = !m->taken && m->followed == catalog_changes(c) && m->known == catalog_count(c);

    ahead->any_new = false;
    for (size_t k = 0; k < ahead->count; k++) {
        ahead->columns[k] = ready ? column_find(m, ahead->filters[k]) : COLUMN_NONE;
        ahead->any_new = ahead->any_new || ahead->columns[k] == COLUMN_NONE;
    }
}

bool marks_advance(struct marks *ahead, const struct marks *m, const struct catalog *c, size_t rows)
{
    product_number count = catalog_count(c);

    if (ahead->count == 0)
        return true;
    if (ahead->taken || !catalog_tells(c, ahead->followed)) {
        ahead->taken = false;
        ahead->known = 0;
        mark_stranger(ahead, c);
    }
    mark_changed(ahead, c, ahead->known > 0 ? ahead->followed : catalog_changes(c));
    ahead->followed = catalog_changes(c);
    find_columns(ahead, m, c);
    ahead->rows = mem_grow(ahead->rows, &ahead->rows_room, (size_t)count * ahead->words,
                           sizeof(*ahead->rows));
    for (; ahead->known < count && rows > 0; ahead->known++, rows--) {
        product_number n = ahead->known;
        remake_row(ahead, c, n, m->rows + (size_t)n * m->words,
                   ahead->rows + (size_t)n * ahead->words);
    }
    return ahead->known == count;
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
