/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/segments.h"

const struct segment *segment_find(const struct segment *segments, size_t count, struct text name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(segments[i].name, name))
            return &segments[i];
    return NULL;
}
