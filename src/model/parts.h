/* SPDX-License-Identifier: Apache-2.0 */
/* What a model consists of: the parts that stand in its file, and what is made of them on opening.
 *
 * A condition is "the value of feature f is at least t, or missing" or the same without "or
 * missing"; where it holds a row goes right. Conditions are numbered: those of one feature and one
 * way of the missing follow each other by rising threshold, cut into columns of at most
 * COLUMN_THRESHOLDS_MAX. A tree is its nodes in preorder, and its leaves are numbered as they come;
 * which child of a node comes first is free, and chosen (order.c) so that scoring is cheap. */
#ifndef MODEL_PARTS_H
#define MODEL_PARTS_H

#include <stdint.h>

#include "base/array_file.h"
#include "model/model.h"

enum {
    COLUMN_THRESHOLDS_MAX = 255,
    TREE_NODES_MAX = 2 * MODEL_LEAVES_MAX - 1,
    PLANES_MAX = 8,        /* bits of the number of a leaf */
    SEARCH_LEVELS_MIN = 5, /* so that 31 thresholds fit two registers */
    VALUES_MIN = 32,       /* and 32 values */
};

struct model_column {
    uint16_t feature;
    uint8_t missing_right;
    uint8_t thresholds; /* 1 .. COLUMN_THRESHOLDS_MAX */
};

#define NODE_LEAF        UINT32_MAX
#define NODE_RIGHT_FIRST (UINT32_C(1) << 31)

struct model_node {
    uint32_t condition; /* with NODE_RIGHT_FIRST when the right child comes first; or NODE_LEAF */
    float number;       /* a leaf's value; else the share of training rows that went left */
};

enum model_section {
    SECTION_BASE,       /* float: the base score */
    SECTION_COLUMNS,    /* struct model_column */
    SECTION_THRESHOLDS, /* float, those of a column rising */
    SECTION_TREES,      /* uint16_t, leaves of each */
    SECTION_NODES,      /* struct model_node, tree by tree */
    SECTION_NAMES,      /* of the features, each ending with a zero; or nothing */
    SECTION_SEAL,       /* uint64_t: hash of all other sections */
    MODEL_SECTION_COUNT
};

enum model_count { COUNT_FEATURES, COUNT_TREES, COUNT_NODES, COUNT_COLUMNS, COUNT_CONDITIONS };

static const struct array_file_kind model_kind = {"ENDCAPMO", 1, MODEL_SECTION_COUNT};

/* How a column is searched: its thresholds as a binary tree from entry 1 on, the children of entry i
 * being 2i and 2i + 1, all ends at one depth. NaN, which no value reaches, fills it up. */
struct column_search {
    const float *table; /* 2^levels, aligned to 64 bytes */
    uint32_t levels;    /* SEARCH_LEVELS_MIN .. 8 */
    uint32_t first;     /* its first condition */
    uint16_t feature;
    uint8_t missing_right;
    uint8_t thresholds;
};

/* How a tree is evaluated: see evaluate.h. */
struct tree_program {
    uint32_t select_first, select_count; /* in the model's selects */
    uint32_t value_first;                /* in its values: 2^planes, but VALUES_MIN at least */
    uint32_t planes;                     /* bits of a leaf's number */
    uint32_t roots[PLANES_MAX];          /* the row that holds each of them for the whole tree */
};

struct model {
    struct array_file file; /* the parts; they point into `owned` when there is no map */
    void *owned[MODEL_SECTION_COUNT];

    uint32_t feature_count, tree_count, node_count, column_count, condition_count;
    float base;
    const struct model_column *columns;
    const float *thresholds;
    const uint16_t *leaf_counts;
    const struct model_node *nodes;
    const char **names; /* feature_count, or NULL */

    struct column_search *searches; /* column_count */
    uint32_t *condition_columns;    /* condition_count */
    struct tree_program *programs;  /* tree_count */
    uint64_t *selects;
    float *values;                     /* aligned to 64 bytes */
    uint32_t selects_most;             /* of one tree */
    void *tables_block, *values_block; /* what tables and values were allocated as */
    uint64_t made_bytes;               /* in all of these from `names` on */
};

/* The hash that SECTION_SEAL should hold. */
uint64_t model_seal(const struct array_file *file);

/* What is wrong with the parts beyond the file's checksums, or NULL; fills the views on them. After
 * it nothing in them leads outside of them. */
const char *model_check(struct model *m);

/* Make what scoring needs of parts that were checked. */
void model_prepare(struct model *m);

#endif
