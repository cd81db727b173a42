/* SPDX-License-Identifier: Apache-2.0 */
/* diff: the lines in which two texts differ, as few as can be (Myers, "An O(ND) Difference Algorithm
 * and Its Variations", 1986). Texts with more than DIFF_EDITS_MAX differences have what lies between
 * the first and the last of them replaced as a whole: longer, and as true.
 *
 * Lifetime   a diff lives in the caller's arena and points into both texts. */
#ifndef BASE_DIFF_H
#define BASE_DIFF_H

#include "base/arena.h"
#include "base/text.h"

enum { DIFF_EDITS_MAX = 1000, DIFF_CONTEXT = 3 };

struct diff_line {
    char sign;        /* ' ' in both, '-' in the first alone, '+' in the second alone */
    struct text line; /* with its line end, when it has one */
};

struct diff {
    struct diff_line *lines; /* all of both texts; those without '+' are the first, without '-' the
                                second */
    size_t count, added, removed;
};

void diff_texts(struct text before, struct text after, struct arena *a, struct diff *out);

/* In the unified format, which `patch` reads, with DIFF_CONTEXT lines around; nothing when the texts
 * are equal. The names stand in its first two lines. */
void diff_unified(const struct diff *d, const char *before, const char *after, struct buffer *out);

#endif
