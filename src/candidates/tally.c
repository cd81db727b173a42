/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates/tally.h"

#include <assert.h>

#include "base/hash.h"
#include "candidates/sources.h"

struct tally tally_new(uint32_t rows_max, struct arena *a)
{
    uint32_t slots = 16;

    assert(rows_max <= UINT32_MAX / 4);
    while (slots < 2 * rows_max)
        slots *= 2;
    return (struct tally){.rows = arena_array(a, rows_max, sizeof(struct tally_row)),
                          .slots = arena_array(a, slots, sizeof(uint32_t)),
                          .rows_max = rows_max,
                          .mask = slots - 1};
}

struct tally_row *tally_row(struct tally *t, product_number product)
{
    uint32_t slot = (uint32_t)hash_u64(product) & t->mask;

    assert(!t->giving);
    while (t->slots[slot] != 0) {
        struct tally_row *row = &t->rows[t->slots[slot] - 1];
        if (row->product == product)
            return row;
        slot = (slot + 1) & t->mask;
    }
    assert(t->count < t->rows_max);
    struct tally_row *fresh = &t->rows[t->count++];
    fresh->product = product;
    fresh->counted = SHOPPER_NONE;
    t->slots[slot] = t->count;
    return fresh;
}

void tally_add(struct tally_row *row, float amount, struct evidence evidence)
{
    row->score += amount;
    if (amount > row->strongest) {
        row->strongest = amount;
        row->evidence = evidence;
    }
}

static bool before(const struct tally_row *x, const struct tally_row *y)
{
    if (x->score != y->score)
        return x->score > y->score;
    return x->product < y->product;
}

static void sink(struct tally *t, uint32_t at)
{
    struct tally_row row = t->rows[at];

    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= t->count)
            break;
        if (child + 1 < t->count && before(&t->rows[child + 1], &t->rows[child]))
            child++;
        if (!before(&t->rows[child], &row))
            break;
        t->rows[at] = t->rows[child];
        at = child;
    }
    t->rows[at] = row;
}

bool tally_take(struct tally *t, struct tally_row *out)
{
    if (!t->giving) {
        t->giving = true;
        for (uint32_t i = t->count / 2; i-- > 0;)
            sink(t, i);
    }
    if (t->count == 0)
        return false;
    *out = t->rows[0];
    t->rows[0] = t->rows[--t->count];
    if (t->count > 0)
        sink(t, 0);
    return true;
}

struct candidate tally_candidate(const struct tally_row *row, enum source_kind kind,
                                 const struct catalog *catalog)
{
    struct candidate c = {.product = catalog_product_of(catalog, row->product),
                          .score = row->score,
                          .source = kind,
                          .evidence = row->evidence,
                          .support = row->support};

    if (c.evidence.reference == c.product)
        c.evidence = candidate_own_evidence(c.evidence.kind, c.product);
    return c;
}
