/* SPDX-License-Identifier: Apache-2.0 */
/* feed_woocommerce_text: what WooCommerce's export escapes in its own way, inside what CSV does. */
#include "catalog/feed_reader.h"

struct text woocommerce_list(struct text t, struct arena *a)
{
    char *out = arena_alloc(a, t.size);
    size_t size = 0;

    for (size_t i = 0; i < t.size; i++)
        if (t.data[i] != '\\' || i + 1 == t.size || t.data[i + 1] != ',')
            out[size++] = t.data[i];
    return (struct text){out, size};
}

struct text woocommerce_list_cut(struct text *rest, struct arena *a)
{
    size_t end = 0;

    while (end < rest->size && (rest->data[end] != ',' || (end > 0 && rest->data[end - 1] == '\\')))
        end++;
    struct text first = text_trim((struct text){rest->data, end});
    *rest = end == rest->size ? (struct text){0}
                              : (struct text){rest->data + end + 1, rest->size - end - 1};
    return woocommerce_list(first, a);
}

struct text woocommerce_html(struct text t, struct arena *a)
{
    char *out = arena_alloc(a, t.size);
    size_t size = 0;

    for (size_t i = 0; i < t.size; i++) {
        bool pair = t.data[i] == '\\' && i + 1 < t.size;

        if (pair && t.data[i + 1] == 'n') {
            out[size++] = '\n';
            i++;
        } else if (!pair || t.data[i + 1] != '\\' || i + 2 == t.size || t.data[i + 2] != 'n') {
            out[size++] = t.data[i];
        } else { /* "\\n" */
            out[size++] = '\\';
            out[size++] = 'n';
            i += 2;
        }
    }
    return (struct text){out, size};
}
