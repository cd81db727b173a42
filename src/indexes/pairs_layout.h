/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of viewed.bin, bought.bin and complement.bin, shared by who writes them and who reads them. */
#ifndef INDEXES_PAIRS_LAYOUT_H
#define INDEXES_PAIRS_LAYOUT_H

#include "base/array_file.h"

enum pairs_section {
    SECTION_STARTS, /* uint32_t, products + 1: where a product's pairs begin */
    SECTION_PAIRS,  /* struct pair, best first within a product */
    PAIRS_SECTION_COUNT
};

enum pairs_count { COUNT_PRODUCTS, COUNT_PAIRS };

static const struct array_file_kind pairs_kind = {"ENDCAPPA", 1, PAIRS_SECTION_COUNT};

#endif
