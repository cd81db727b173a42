/* SPDX-License-Identifier: Apache-2.0 */
/* filter_token: the words and signs of a filter's text. */
#include <string.h>

#include "rules/inside.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_sign(char c)
{
    return c != '\0' && strchr("=!<>(),", c) != NULL;
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* Where the text that begins with a quote at `start` ends: at the closing one, since a quote that stands
 * twice stands for itself. The text's size when it does not end. */
static size_t quote_end(struct text all, size_t start)
{
    size_t i = start + 1;

    while (i < all.size) {
        if (all.data[i] != all.data[start])
            i++;
        else if (i + 1 < all.size && all.data[i + 1] == all.data[start])
            i += 2;
        else
            break;
    }
    return i;
}

static struct token quoted(struct text all, size_t *at, struct arena *a)
{
    size_t start = *at, end = quote_end(all, start), size = 0;

    if (end == all.size) {
        *at = end;
        return (struct token){TOKEN_OPEN_QUOTE, {all.data + start, end - start}, start};
    }
    char *copy = arena_alloc(a, end - start);
    for (size_t i = start + 1; i < end; i++) {
        copy[size++] = all.data[i];
        if (all.data[i] == all.data[start])
            i++; /* its second one */
    }
    *at = end + 1;
    return (struct token){TOKEN_QUOTED, {copy, size}, start};
}

struct token token_next(struct text all, size_t *at, struct arena *a)
{
    while (*at < all.size && is_space(all.data[*at]))
        ++*at;
    struct token t = {.at = *at, .text = {all.data + *at, 0}};
    if (*at == all.size)
        return t;
    char first = all.data[*at];
    if (is_quote(first))
        return quoted(all, at, a);
    size_t end = *at + 1;
    if (is_sign(first)) {
        t.kind = TOKEN_SIGN;
        /* != <= >= and what others write: == <> => */
        if (strchr("=!<>", first) != NULL && end < all.size &&
            (all.data[end] == '=' || (first != '!' && all.data[end] == '>')))
            end++;
    } else {
        t.kind = TOKEN_WORD;
        while (end < all.size && !is_space(all.data[end]) && !is_sign(all.data[end]) &&
               !is_quote(all.data[end]))
            end++;
    }
    t.text.size = end - *at;
    *at = end;
    return t;
}

bool token_reserved(struct text word)
{
    static const char *const words[] = {"and", "or", "not", "in", "within", "is", "segment"};

    for (size_t i = 0; i < COUNT(words); i++)
        if (text_equal_nocase(word, text_from(words[i])))
            return true;
    return false;
}

bool token_wants_quotes(struct text value)
{
    if (value.size == 0 || token_reserved(value))
        return true;
    for (size_t i = 0; i < value.size; i++)
        if (is_space(value.data[i]) || is_sign(value.data[i]) || is_quote(value.data[i]))
            return true;
    return false;
}
