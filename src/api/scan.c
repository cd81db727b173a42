/* SPDX-License-Identifier: Apache-2.0 */
#include "api/scan.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t spaces_end(struct text t, size_t at)
{
    while (at < t.size && is_space(t.data[at]))
        at++;
    return at;
}

/* Behind the closing quote of the string that opens at `at`. */
static size_t string_end(struct text t, size_t at)
{
    for (at++; at < t.size && t.data[at] != '"'; at++)
        if (t.data[at] == '\\')
            at++;
    return at < t.size ? at + 1 : t.size;
}

size_t scan_depth(struct text t)
{
    size_t depth = 0, deepest = 0;

    for (size_t at = 0; at < t.size;) {
        char c = t.data[at];

        if (c == '"') {
            at = string_end(t, at);
            continue;
        }
        if (c == '{' || c == '[') {
            depth++;
            deepest = depth > deepest ? depth : deepest;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
        at++;
    }
    return deepest;
}

/* Behind the value that begins at `at`. */
static size_t value_end(struct text t, size_t at)
{
    size_t depth = 0;

    while (at < t.size) {
        char c = t.data[at];

        if (c == '"') {
            at = string_end(t, at);
            if (depth == 0)
                return at;
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']' || is_space(c)))
            return at;
        if (c == '{' || c == '[')
            depth++;
        at++;
        if ((c == '}' || c == ']') && --depth == 0)
            return at;
    }
    return at;
}

struct text scan_member(struct text t, const char *name)
{
    size_t wanted = strlen(name), at = spaces_end(t, 0);

    if (at >= t.size || t.data[at] != '{')
        return (struct text){NULL, 0};
    for (at++; at < t.size;) {
        at = spaces_end(t, at);
        if (at >= t.size || t.data[at] != '"')
            break;
        size_t key = at + 1, key_end = string_end(t, at);

        at = spaces_end(t, key_end);
        if (at >= t.size || t.data[at] != ':')
            break;
        at = spaces_end(t, at + 1);
        size_t end = value_end(t, at);

        if (key_end - key == wanted + 1 && memcmp(t.data + key, name, wanted) == 0)
            return (struct text){t.data + at, end - at};
        at = spaces_end(t, end);
        if (at >= t.size || t.data[at] != ',')
            break;
        at++;
    }
    return (struct text){NULL, 0};
}

struct text scan_string(struct text value)
{
    if (value.size < 2 || value.data[0] != '"' || value.data[value.size - 1] != '"' ||
        memchr(value.data, '\\', value.size) != NULL)
        return (struct text){NULL, 0};
    return (struct text){value.data + 1, value.size - 2};
}
