/* SPDX-License-Identifier: Apache-2.0 */
/* How alike two spellings are. */
#include <string.h>

#include "audit/parts.h"

enum { JARO_MAX = 128, PREFIX_MAX = 4 };

/* Winkler 1990: Jaro's likeness, and a tenth of what it lacks for each letter of a common prefix. */
double jaro_winkler(struct text a, struct text b)
{
    bool taken_a[JARO_MAX] = {false}, taken_b[JARO_MAX] = {false};
    size_t m = a.size < JARO_MAX ? a.size : JARO_MAX, n = b.size < JARO_MAX ? b.size : JARO_MAX;
    size_t longer = m > n ? m : n, window = longer / 2 > 0 ? longer / 2 - 1 : 0;
    size_t common = 0, moved = 0, prefix = 0;

    if (m == 0 || n == 0)
        return m == n ? 1 : 0;
    for (size_t i = 0; i < m; i++) {
        size_t from = i > window ? i - window : 0, to = i + window + 1 < n ? i + window + 1 : n;
        for (size_t k = from; k < to; k++) {
            if (taken_b[k] || a.data[i] != b.data[k])
                continue;
            taken_a[i] = taken_b[k] = true;
            common++;
            break;
        }
    }
    if (common == 0)
        return 0;
    for (size_t i = 0, k = 0; i < m; i++) {
        if (!taken_a[i])
            continue;
        while (!taken_b[k])
            k++;
        moved += a.data[i] != b.data[k++];
    }
    double c = (double)common;
    double jaro = (c / (double)m + c / (double)n + (c - (double)moved / 2) / c) / 3;
    while (prefix < PREFIX_MAX && prefix < m && prefix < n && a.data[prefix] == b.data[prefix])
        prefix++;
    return jaro + 0.1 * (double)prefix * (1 - jaro);
}
