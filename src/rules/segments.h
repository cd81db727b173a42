/* SPDX-License-Identifier: Apache-2.0 */
/* segments: named filters over shoppers, and what filters may know of a shopper: what was done and what
 * the request says, never a guess at who they are. */
#ifndef RULES_SEGMENTS_H
#define RULES_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "journal/arrival.h"
#include "rules/filter.h"

struct shopper_facts {
    struct arrival arrival;   /* of this visit; where that says nothing, of the last one that did */
    bool history;             /* what was done before may be used; else nothing below is known */
    bool returning;           /* a session came before this one */
    int64_t days_since_last;  /* whole days; -1: not known */
    int64_t days_since_order; /* -1: not known, or never ordered */
    uint32_t orders;          /* verified ones */
    int64_t spend_micros;     /* in them, in the shop's currency */
};

enum { SEGMENTS_MAX = 256 };

struct segment {
    struct text name;
    const struct filter *when; /* NULL: it has a mistake, and so has its program */
};

/* NULL when there is none of that name. */
const struct segment *segment_find(const struct segment *segments, size_t count, struct text name);

#endif
