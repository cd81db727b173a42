/* SPDX-License-Identifier: Apache-2.0 */
/* Scoring in plain C, for any processor. */
#include <math.h>
#include <string.h>

#include "model/evaluate.h"

/* A row of bits as one value, for the compiler to take apart into what registers there are. */
typedef uint64_t lanes __attribute__((vector_size(sizeof(struct row_bits)), may_alias));

static uint32_t code_of(const struct column_search *c, float value)
{
    uint32_t at = 1;

    if (isnan(value))
        return c->missing_right != 0 ? c->thresholds : 0;
    for (uint32_t i = 0; i < c->levels; i++)
        at = 2 * at + (value >= c->table[at]);
    return at - (1U << c->levels);
}

/* Each row's bit goes to the last condition that holds for it, and from there to all before. */
static void conditions(const struct column_search *c, const float *values, uint32_t words,
                       struct row_bits *out)
{
    lanes *rows = (lanes *)out, holds = {0};

    memset(out, 0, c->thresholds * sizeof(*out));
    for (uint32_t i = 0; i < 64 * words; i++) {
        uint32_t code = code_of(c, values[i]);
        if (code > 0)
            out[code - 1].words[i / 64] |= UINT64_C(1) << i % 64;
    }
    for (uint32_t t = c->thresholds; t-- > 0;) {
        holds |= rows[t];
        rows[t] = holds;
    }
}

static void run_selects(const struct model *m, const struct tree_program *p, struct row_bits *bits)
{
    const uint64_t *select = m->selects + p->select_first, *end = select + p->select_count;
    lanes *out = (lanes *)(bits + bits_of_selects(m));

    for (; select < end; select++, out++) {
        lanes when = *(const lanes *)select_when(bits, *select);
        lanes yes = *(const lanes *)select_yes(bits, *select);
        lanes no = *(const lanes *)select_no(bits, *select);
        *out = (when & yes) | (~when & no);
    }
}

/* Eight bits become eight bytes of 0 or 1. */
static uint64_t spread(uint64_t bits)
{
    uint64_t each = bits * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);

    return (each + UINT64_C(0x7f7f7f7f7f7f7f7f)) >> 7 & UINT64_C(0x0101010101010101);
}

static void add_leaves(const struct model *m, const struct tree_program *p,
                       const struct row_bits *bits, uint32_t words, float *sums)
{
    const float *values = m->values + p->value_first;

    for (uint32_t i = 0; i < 64 * words; i += 8) {
        uint64_t leaves = 0;
        for (uint32_t plane = 0; plane < p->planes; plane++)
            leaves |= spread(bits[p->roots[plane]].words[i / 64] >> i % 64 & 0xff) << plane;
        for (uint32_t k = 0; k < 8; k++)
            sums[i + k] += values[leaves >> 8 * k & 0xff];
    }
}

static void trees(const struct model *m, struct row_bits *bits, uint32_t words, float *sums)
{
    for (uint32_t i = 0; i < 64 * words; i++)
        sums[i] = m->base;
    for (uint32_t t = 0; t < m->tree_count; t++) {
        run_selects(m, &m->programs[t], bits);
        add_leaves(m, &m->programs[t], bits, words, sums);
    }
}

const struct model_steps model_plain = {conditions, trees};
