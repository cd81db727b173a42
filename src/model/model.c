/* SPDX-License-Identifier: Apache-2.0 */
#include "model/model.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "model/parts.h"

uint64_t model_seal(const struct array_file *file)
{
    uint64_t seal = 0;

    for (uint32_t i = 0; i < SECTION_SEAL; i++)
        seal = hash_bytes(file->sections[i].bytes, file->sections[i].size, seal);
    return seal;
}

/* Whether the sections have the lengths their counts ask for. */
static bool lengths_fit(const struct array_file *f)
{
    const uint64_t *count = f->counts;

    return count[COUNT_FEATURES] >= 1 && count[COUNT_FEATURES] <= MODEL_FEATURES_MAX &&
           count[COUNT_TREES] >= 1 && count[COUNT_TREES] <= MODEL_TREES_MAX &&
           count[COUNT_NODES] <= (uint64_t)MODEL_TREES_MAX * TREE_NODES_MAX &&
           count[COUNT_COLUMNS] <= count[COUNT_CONDITIONS] &&
           count[COUNT_CONDITIONS] <= MODEL_SPLITS_MAX &&
           f->sections[SECTION_BASE].size == sizeof(float) &&
           f->sections[SECTION_COLUMNS].size ==
               sizeof(struct model_column) * count[COUNT_COLUMNS] &&
           f->sections[SECTION_THRESHOLDS].size == sizeof(float) * count[COUNT_CONDITIONS] &&
           f->sections[SECTION_TREES].size == sizeof(uint16_t) * count[COUNT_TREES] &&
           f->sections[SECTION_NODES].size == sizeof(struct model_node) * count[COUNT_NODES];
}

static void view_parts(struct model *m)
{
    const struct array_section *sections = m->file.sections;

    m->feature_count = (uint32_t)m->file.counts[COUNT_FEATURES];
    m->tree_count = (uint32_t)m->file.counts[COUNT_TREES];
    m->node_count = (uint32_t)m->file.counts[COUNT_NODES];
    m->column_count = (uint32_t)m->file.counts[COUNT_COLUMNS];
    m->condition_count = (uint32_t)m->file.counts[COUNT_CONDITIONS];
    m->base = *(const float *)sections[SECTION_BASE].bytes;
    m->columns = sections[SECTION_COLUMNS].bytes;
    m->thresholds = sections[SECTION_THRESHOLDS].bytes;
    m->leaf_counts = sections[SECTION_TREES].bytes;
    m->nodes = sections[SECTION_NODES].bytes;
}

static bool columns_sound(const struct model *m)
{
    uint64_t at = 0;

    for (uint32_t c = 0; c < m->column_count; c++) {
        const struct model_column *column = &m->columns[c];
        if (column->feature >= m->feature_count || column->missing_right > 1 ||
            column->thresholds == 0 || at + column->thresholds > m->condition_count)
            return false;
        for (uint64_t i = at; i < at + column->thresholds; i++)
            if (!isfinite(m->thresholds[i]) || (i > at && m->thresholds[i] <= m->thresholds[i - 1]))
                return false;
        at += column->thresholds;
    }
    return at == m->condition_count;
}

static bool node_sound(const struct model *m, const struct model_node *node)
{
    if (node->condition == NODE_LEAF)
        return isfinite(node->number);
    return (node->condition & ~NODE_RIGHT_FIRST) < m->condition_count && node->number >= 0 &&
           node->number <= 1;
}

/* Whether each tree ends where its leaf count says. */
static bool trees_sound(const struct model *m)
{
    uint64_t at = 0;

    for (uint32_t t = 0; t < m->tree_count; t++) {
        uint32_t due = 1; /* nodes whose parent was met */
        if (m->leaf_counts[t] < 1 || m->leaf_counts[t] > MODEL_LEAVES_MAX ||
            at + 2U * m->leaf_counts[t] - 1 > m->node_count)
            return false;
        for (uint64_t end = at + 2U * m->leaf_counts[t] - 1; at < end; at++) {
            if (due == 0 || !node_sound(m, &m->nodes[at]))
                return false;
            due = m->nodes[at].condition == NODE_LEAF ? due - 1 : due + 1;
        }
        if (due != 0)
            return false;
    }
    return at == m->node_count;
}

/* Point at the names; false when they are not one for each feature. */
static bool names_sound(struct model *m)
{
    struct text rest = {m->file.sections[SECTION_NAMES].bytes,
                        m->file.sections[SECTION_NAMES].size};

    if (rest.size == 0)
        return true;
    m->names = mem_new(m->feature_count, sizeof(*m->names));
    m->made_bytes += m->feature_count * sizeof(*m->names);
    for (uint32_t f = 0; f < m->feature_count; f++) {
        const char *end = rest.size > 0 ? memchr(rest.data, '\0', rest.size) : NULL;
        if (end == NULL)
            return false;
        struct text name = {rest.data, (size_t)(end - rest.data)};
        if (name.size > MODEL_NAME_MAX || !text_utf8_valid(name))
            return false;
        m->names[f] = name.data;
        rest = (struct text){end + 1, rest.size - name.size - 1};
    }
    return rest.size == 0;
}

const char *model_check(struct model *m)
{
    if (!lengths_fit(&m->file))
        return "its parts have wrong lengths";
    view_parts(m);
    if (!isfinite(m->base))
        return "its base score is no number";
    if (!columns_sound(m))
        return "its columns are not sound";
    if (!trees_sound(m))
        return "a tree is not sound";
    if (!names_sound(m))
        return "the names of its features are not sound";
    return NULL;
}

enum status model_save(const struct model *m, const char *path, struct error *err)
{
    return array_file_write(&model_kind, &m->file, path, err);
}

static bool sealed(const struct array_file *file)
{
    const struct array_section *seal = &file->sections[SECTION_SEAL];

    return array_file_whole(&model_kind, file) && seal->size == sizeof(uint64_t) &&
           *(const uint64_t *)seal->bytes == model_seal(file);
}

enum status model_open(struct model **out, const char *path, struct error *err)
{
    SCOPED(model_close) struct model *m = mem_new(1, sizeof(*m));
    enum status status = array_file_open(&model_kind, &m->file, path, err);

    if (status != OK)
        return status;
    if (!sealed(&m->file))
        return array_file_damaged(err, path, "it does not match its checksum");
    const char *problem = model_check(m);
    if (problem != NULL)
        return array_file_damaged(err, path, problem);
    model_prepare(m);
    *out = m;
    m = NULL;
    return OK;
}

void model_close(struct model **model)
{
    struct model *m = *model;

    if (m == NULL)
        return;
    array_file_close(&m->file);
    for (uint32_t i = 0; i < MODEL_SECTION_COUNT; i++)
        mem_free(m->owned[i]);
    mem_free(m->names);
    mem_free(m->searches);
    mem_free(m->condition_columns);
    mem_free(m->programs);
    mem_free(m->selects);
    mem_free(m->tables_block);
    mem_free(m->values_block);
    mem_free(m);
    *model = NULL;
}

uint32_t model_features(const struct model *m)
{
    return m->feature_count;
}

uint32_t model_trees(const struct model *m)
{
    return m->tree_count;
}

uint64_t model_bytes(const struct model *m)
{
    uint64_t parts = 0;

    for (uint32_t i = 0; i < MODEL_SECTION_COUNT; i++)
        parts += m->file.sections[i].size;
    return sizeof(*m) + parts + m->made_bytes;
}

const char *model_feature_name(const struct model *m, uint32_t feature)
{
    assert(feature < m->feature_count);
    return m->names == NULL ? NULL : m->names[feature];
}
