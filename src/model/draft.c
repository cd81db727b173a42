/* SPDX-License-Identifier: Apache-2.0 */
#include "model/draft.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void draft_free(struct draft *d)
{
    mem_free(d->leaf_counts);
    mem_free(d->nodes);
    buffer_free(&d->names);
    *d = (struct draft){0};
}

/* A condition as one number, which orders by feature, way of the missing and threshold. */
static uint64_t key_of(const struct draft_node *n)
{
    float threshold = n->value + 0.0F; /* no -0.0: it compares as 0.0 */
    uint32_t bits;

    _Static_assert(sizeof(bits) == sizeof(threshold), "a float of 32 bits");
    memcpy(&bits, &threshold, sizeof(bits));
    bits = (bits >> 31) != 0 ? ~bits : bits | UINT32_C(1) << 31;
    return (uint64_t)n->feature << 33 | (uint64_t)n->missing_right << 32 | bits;
}

static float threshold_of(uint64_t key)
{
    uint32_t bits = (uint32_t)key;
    float threshold;

    bits = (bits >> 31) != 0 ? bits & ~(UINT32_C(1) << 31) : ~bits;
    memcpy(&threshold, &bits, sizeof(threshold));
    return threshold;
}

static int keys_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* The distinct conditions of all nodes, in order; to be freed. */
static uint64_t *keys_collect(const struct draft *d, uint32_t *out_count)
{
    uint64_t *keys = mem_new(d->node_count, sizeof(*keys));
    uint32_t count = 0, distinct = 0;

    for (size_t i = 0; i < d->node_count; i++)
        if (d->nodes[i].left != DRAFT_LEAF)
            keys[count++] = key_of(&d->nodes[i]);
    qsort(keys, count, sizeof(*keys), keys_compare);
    for (uint32_t i = 0; i < count; i++)
        if (distinct == 0 || keys[i] != keys[distinct - 1])
            keys[distinct++] = keys[i];
    *out_count = distinct;
    return keys;
}

/* Hand an array over to the model as one of its parts. */
static void part_set(struct model *m, enum model_section section, void *bytes, size_t size)
{
    m->owned[section] = bytes;
    m->file.sections[section] = (struct array_section){bytes, size};
}

static void set_columns(struct model *m, const uint64_t *keys, uint32_t count)
{
    float *thresholds = mem_new(count, sizeof(*thresholds));
    struct model_column *columns = mem_new(count, sizeof(*columns));
    uint32_t column_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        thresholds[i] = threshold_of(keys[i]);
        if (i == 0 || keys[i] >> 32 != keys[i - 1] >> 32 ||
            columns[column_count - 1].thresholds == COLUMN_THRESHOLDS_MAX)
            columns[column_count++] =
                (struct model_column){.feature = (uint16_t)(keys[i] >> 33),
                                      .missing_right = (uint8_t)(keys[i] >> 32 & 1)};
        columns[column_count - 1].thresholds++;
    }
    m->file.counts[COUNT_CONDITIONS] = count;
    m->file.counts[COUNT_COLUMNS] = column_count;
    part_set(m, SECTION_THRESHOLDS, thresholds, count * sizeof(*thresholds));
    part_set(m, SECTION_COLUMNS, columns, column_count * sizeof(*columns));
}

/* A split that no row came to sends half of them left. */
static float left_share(const struct draft_node *nodes, const struct draft_node *n)
{
    double left = nodes[n->left].cover, all = left + nodes[n->right].cover;

    return all > 0 ? (float)(left / all) : 0.5F;
}

/* Returns the place behind the tree's last. */
static struct model_node *add_tree(struct model_node *out, const struct draft_node *nodes,
                                   uint32_t node_count, const uint64_t *keys, uint32_t key_count)
{
    uint16_t order[TREE_NODES_MAX];
    bool right_first[TREE_NODES_MAX];

    draft_order(nodes, node_count, order, right_first);
    for (uint32_t i = 0; i < node_count; i++, out++) {
        const struct draft_node *n = &nodes[order[i]];
        if (n->left == DRAFT_LEAF) {
            *out = (struct model_node){NODE_LEAF, n->value};
            continue;
        }
        uint64_t key = key_of(n);
        const uint64_t *found = bsearch(&key, keys, key_count, sizeof(*keys), keys_compare);
        assert(found != NULL);
        *out = (struct model_node){(uint32_t)(found - keys), left_share(nodes, n)};
        if (right_first[order[i]])
            out->condition |= NODE_RIGHT_FIRST;
    }
    return out;
}

static void set_trees(struct model *m, const struct draft *d, const uint64_t *keys,
                      uint32_t key_count)
{
    struct model_node *nodes = mem_new(d->node_count, sizeof(*nodes)), *end = nodes;
    const struct draft_node *from = d->nodes;

    for (uint32_t t = 0; t < d->tree_count; t++) {
        uint32_t node_count = 2U * d->leaf_counts[t] - 1;
        end = add_tree(end, from, node_count, keys, key_count);
        from += node_count;
    }
    assert(end == nodes + d->node_count);
    m->file.counts[COUNT_TREES] = d->tree_count;
    m->file.counts[COUNT_NODES] = d->node_count;
    part_set(m, SECTION_TREES, mem_copy(d->leaf_counts, d->tree_count * sizeof(*d->leaf_counts)),
             d->tree_count * sizeof(*d->leaf_counts));
    part_set(m, SECTION_NODES, nodes, d->node_count * sizeof(*nodes));
}

enum status model_from_draft(struct model **out, const struct draft *d, struct error *err)
{
    uint32_t key_count;
    SCOPED(mem_free_scoped) uint64_t *keys = keys_collect(d, &key_count);

    if (key_count > MODEL_SPLITS_MAX)
        return error_set(err, ERR_INVALID, "the model has %u distinct splits; at most %d are taken",
                         key_count, MODEL_SPLITS_MAX);
    struct model *m = mem_new(1, sizeof(*m));
    uint64_t *seal = mem_new(1, sizeof(*seal));
    m->file.counts[COUNT_FEATURES] = d->feature_count;
    set_columns(m, keys, key_count);
    set_trees(m, d, keys, key_count);
    part_set(m, SECTION_BASE, mem_copy(&d->base, sizeof(d->base)), sizeof(d->base));
    part_set(m, SECTION_NAMES, mem_copy(d->names.data, d->names.size), d->names.size);
    *seal = model_seal(&m->file);
    part_set(m, SECTION_SEAL, seal, sizeof(*seal));
    const char *problem = model_check(m);
    assert(problem == NULL);
    model_prepare(m);
    *out = m;
    return OK;
}
