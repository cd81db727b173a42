/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of transitions.bin, shared by who writes it and who reads it. */
#ifndef INDEXES_TRANSITIONS_LAYOUT_H
#define INDEXES_TRANSITIONS_LAYOUT_H

#include "base/array_file.h"

enum transitions_section {
    SECTION_STARTS,  /* uint32_t, products + 1: where a product's list begins */
    SECTION_LISTS,   /* struct transition */
    SECTION_TOTALS,  /* float, products */
    SECTION_COURSES, /* struct product_course, products */
    TRANSITIONS_SECTION_COUNT
};

enum transitions_count { COUNT_PRODUCTS, COUNT_TRANSITIONS };

static const struct array_file_kind transitions_kind = {"ENDCAPTR", 1, TRANSITIONS_SECTION_COUNT};

#endif
