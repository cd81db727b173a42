/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of sessions.bin, shared by who writes it and who reads it. */
#ifndef INDEXES_SESSIONS_LAYOUT_H
#define INDEXES_SESSIONS_LAYOUT_H

#include "base/array_file.h"

enum sessions_section {
    SECTION_POSTING_STARTS, /* uint32_t, products + 1: where a product's postings begin */
    SECTION_POSTINGS,       /* session_number, newest first within a product */
    SECTION_SESSION_STARTS, /* uint32_t, sessions + 1: where a session's clicks begin */
    SECTION_CLICKS,         /* product_number */
    SECTION_SHOPPERS,       /* shopper_number, sessions */
    SECTION_FREQUENCIES,    /* uint32_t, products */
    SECTION_WEIGHTS,        /* struct session_weights, products */
    SESSIONS_SECTION_COUNT
};

enum sessions_count { COUNT_SESSIONS, COUNT_CLICKS, COUNT_PRODUCTS, COUNT_POSTINGS };

static const struct array_file_kind sessions_kind = {"ENDCAPSE", 1, SESSIONS_SECTION_COUNT};

#endif
