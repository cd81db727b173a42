/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of vectors.bin, shared by who writes it and who reads it. A product with a vector has a
 * row; node i of the graph is row i. */
#ifndef INDEXES_VECTORS_LAYOUT_H
#define INDEXES_VECTORS_LAYOUT_H

#include "base/array_file.h"

enum vectors_section {
    SECTION_ROWS,     /* uint32_t, products: its row, or ROW_NONE */
    SECTION_PRODUCTS, /* product_number, rows; rising */
    SECTION_SHOPPERS, /* uint32_t, rows */
    SECTION_VECTORS,  /* struct product_vector, rows */
    SECTION_LINKS,    /* the arrays of struct graph */
    SECTION_LEVEL_STARTS,
    SECTION_LEVEL_NODES,
    SECTION_LEVEL_LINKS,
    VECTORS_SECTION_COUNT
};

enum vectors_count { COUNT_PRODUCTS, COUNT_ROWS, COUNT_ENTRY, COUNT_LEVELS, COUNT_LEVEL_NODES };

#define ROW_NONE UINT32_MAX

static const struct array_file_kind vectors_kind = {"ENDCAPVE", 1, VECTORS_SECTION_COUNT};

#endif
