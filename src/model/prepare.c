/* SPDX-License-Identifier: Apache-2.0 */
/* Making what scoring needs: a search tree for each column, a program of selects for each tree. */
#include <assert.h>
#include <math.h>

#include "base/memory.h"
#include "model/evaluate.h"
#include "model/parts.h"

enum { ALIGNMENT = 64 };

_Static_assert(BITS_CONDITIONS + MODEL_SPLITS_MAX + TREE_NODES_MAX * PLANES_MAX <= SELECT_ROWS,
               "a select can name every row of bits");

/* `count` floats aligned for vectors; `*block` is what is to be freed. */
static float *floats_new(struct model *m, size_t count, void **block)
{
    size_t bytes = count * sizeof(float) + ALIGNMENT;

    *block = mem_new(bytes, 1);
    m->made_bytes += bytes;
    return (float *)(((uintptr_t)*block + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

static uint32_t bits_for(uint32_t numbers)
{
    uint32_t bits = 0;

    while (1U << bits < numbers)
        bits++;
    return bits;
}

static uint32_t levels_of(const struct model_column *column)
{
    uint32_t levels = bits_for(column->thresholds + 1U);

    return levels < SEARCH_LEVELS_MIN ? SEARCH_LEVELS_MIN : levels;
}

/* Each entry halves its part of the sorted thresholds, which NaNs fill up to 2^levels - 1. */
static void table_fill(float *table, uint32_t levels, const float *thresholds, uint32_t count)
{
    table[0] = NAN;
    for (uint32_t depth = 0; depth < levels; depth++) {
        for (uint32_t i = 0; i < 1U << depth; i++) {
            uint32_t place = ((2 * i + 1) << (levels - 1 - depth)) - 1;
            table[(1U << depth) + i] = place < count ? thresholds[place] : NAN;
        }
    }
}

static void prepare_columns(struct model *m)
{
    size_t room = 0;
    uint32_t first = 0;

    for (uint32_t c = 0; c < m->column_count; c++)
        room += 1U << levels_of(&m->columns[c]);
    m->searches = mem_new(m->column_count, sizeof(*m->searches));
    m->condition_columns = mem_new(m->condition_count, sizeof(*m->condition_columns));
    m->made_bytes +=
        m->column_count * sizeof(*m->searches) + m->condition_count * sizeof(*m->condition_columns);
    float *table = floats_new(m, room, &m->tables_block);
    for (uint32_t c = 0; c < m->column_count; c++) {
        const struct model_column *column = &m->columns[c];
        uint32_t levels = levels_of(column);
        table_fill(table, levels, m->thresholds + first, column->thresholds);
        m->searches[c] = (struct column_search){.table = table,
                                                .levels = levels,
                                                .first = first,
                                                .feature = column->feature,
                                                .missing_right = column->missing_right,
                                                .thresholds = column->thresholds};
        for (uint32_t i = 0; i < column->thresholds; i++)
            m->condition_columns[first + i] = c;
        table += 1U << levels;
        first += column->thresholds;
    }
}

/* A pass over a tree's nodes from the last to the first: the children of the node met are then the
 * two subtrees on top of the stack, its first child uppermost. */
struct pass {
    struct tree_program *program;
    uint64_t *selects;
    uint32_t bits; /* the row that the first select fills */
    uint32_t height;
    /* of each subtree: the rows that hold the bits of its leaves' numbers */
    uint32_t planes[MODEL_LEAVES_MAX][PLANES_MAX];
};

static void pass_leaf(struct pass *p, uint32_t number)
{
    for (uint32_t i = 0; i < p->program->planes; i++)
        p->planes[p->height][i] = (number >> i & 1) != 0 ? BITS_ONES : BITS_ZEROS;
    p->height++;
}

static void pass_split(struct pass *p, uint32_t condition)
{
    const uint32_t *first = p->planes[--p->height];
    uint32_t *second = p->planes[p->height - 1]; /* and then the whole subtree */
    uint32_t when = BITS_CONDITIONS + (condition & ~NODE_RIGHT_FIRST);
    bool right_first = (condition & NODE_RIGHT_FIRST) != 0;

    for (uint32_t i = 0; i < p->program->planes; i++) {
        uint32_t yes = right_first ? first[i] : second[i], no = right_first ? second[i] : first[i];
        if (yes == no) {
            second[i] = yes;
        } else if (yes == BITS_ONES && no == BITS_ZEROS) {
            second[i] = when;
        } else {
            second[i] = p->bits + p->program->select_count;
            p->selects[p->program->select_count++] = select_pack(when, yes, no);
        }
    }
}

/* Returns the node behind the tree's last. */
static const struct model_node *prepare_tree(struct model *m, struct pass *p, uint32_t leaves,
                                             const struct model_node *nodes)
{
    uint32_t node_count = 2 * leaves - 1, leaf = leaves;

    p->program->planes = bits_for(leaves);
    p->bits = bits_of_selects(m);
    p->height = 0;
    for (uint32_t i = node_count; i-- > 0;) {
        if (nodes[i].condition == NODE_LEAF) {
            m->values[p->program->value_first + --leaf] = nodes[i].number;
            pass_leaf(p, leaf);
        } else {
            pass_split(p, nodes[i].condition);
        }
    }
    assert(p->height == 1 && leaf == 0);
    for (uint32_t i = 0; i < p->program->planes; i++)
        p->program->roots[i] = p->planes[0][i];
    return nodes + node_count;
}

static uint32_t values_of(uint32_t leaves)
{
    uint32_t values = 1U << bits_for(leaves);

    return values < VALUES_MIN ? VALUES_MIN : values;
}

static void prepare_trees(struct model *m)
{
    const struct model_node *nodes = m->nodes;
    uint32_t value_count = 0, select_count = 0;
    size_t value_room = 0, room = 0;
    struct pass pass = {0};

    for (uint32_t t = 0; t < m->tree_count; t++)
        value_room += values_of(m->leaf_counts[t]);
    m->values = floats_new(m, value_room, &m->values_block);
    m->programs = mem_new(m->tree_count, sizeof(*m->programs));
    for (uint32_t t = 0; t < m->tree_count; t++) {
        size_t most = (size_t)(m->leaf_counts[t] - 1) * PLANES_MAX;
        m->selects = mem_grow(m->selects, &room, select_count + most, sizeof(*m->selects));
        pass.program = &m->programs[t];
        pass.selects = m->selects + select_count;
        pass.program->select_first = select_count;
        pass.program->value_first = value_count;
        nodes = prepare_tree(m, &pass, m->leaf_counts[t], nodes);
        select_count += pass.program->select_count;
        value_count += values_of(m->leaf_counts[t]);
        if (pass.program->select_count > m->selects_most)
            m->selects_most = pass.program->select_count;
    }
    m->selects = mem_resize(m->selects, select_count + 1, sizeof(*m->selects));
    m->made_bytes += m->tree_count * sizeof(*m->programs) + select_count * sizeof(*m->selects);
}

void model_prepare(struct model *m)
{
    prepare_columns(m);
    prepare_trees(m);
}
