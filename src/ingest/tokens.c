/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/tokens.h"

#include <string.h>

#include "ingest/simdjson_bridge.h"

bool tokens_open(struct tokens *t, struct text body)
{
    *t = (struct tokens){.body = body};
    t->fault = json_index(body.data, body.size, &t->at, &t->count);
    return t->fault == NULL;
}

bool tokens_fault(struct tokens *t, const char *sentence)
{
    if (t->fault == NULL)
        t->fault = sentence;
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

struct text tokens_raw(const struct tokens *t)
{
    size_t start = t->at[t->next];
    size_t end = t->next + 1 < t->count ? t->at[t->next + 1] : t->body.size;

    while (end > start && is_space(t->body.data[end - 1]))
        end--;
    return (struct text){t->body.data + start, end - start};
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const char *at)
{
    int32_t value = 0;

    for (int i = 0; i < 4; i++) {
        int digit = hex_value(at[i]);

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool check_string(struct tokens *t, struct text raw)
{
    if (raw.size < 2 || raw.data[raw.size - 1] != '"')
        return tokens_fault(t, "a string does not end");
    const char *end = raw.data + raw.size - 1;
    const char *at = memchr(raw.data, '\\', raw.size);

    while (at != NULL) {
        if (at[1] == 'u') {
            if (end - at < 6 || hex4(at + 2) < 0)
                return tokens_fault(t, "a \\u in a string wants four hexadecimal digits");
            at += 6;
        } else if (at[1] != '\0' && strchr("\"\\/bfnrt", at[1]) != NULL) {
            at += 2;
        } else {
            return tokens_fault(t, "a string has an unknown escape");
        }
        at = memchr(at, '\\', (size_t)(end - at));
    }
    return true;
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static bool is_number(struct text raw)
{
    const char *at = raw.data, *end = raw.data + raw.size, *from;

    at += at < end && *at == '-';
    from = at;
    at = skip_digits(at, end);
    if (at == from || (*from == '0' && at > from + 1))
        return false;
    if (at < end && *at == '.') {
        from = ++at;
        at = skip_digits(at, end);
        if (at == from)
            return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        from = at;
        at = skip_digits(at, end);
        if (at == from)
            return false;
    }
    return at == end;
}

bool tokens_scalar(struct tokens *t, struct text *raw)
{
    char first = tokens_peek(t);

    if (first == '\0')
        return tokens_fault(t, "it ends too early");
    *raw = tokens_raw(t);
    t->next++;
    if (first == '"')
        return check_string(t, *raw);
    if (first == '-' || (first >= '0' && first <= '9'))
        return is_number(*raw) || tokens_fault(t, "a number is malformed");
    return text_is(*raw, "true") || text_is(*raw, "false") || text_is(*raw, "null") ||
           tokens_fault(t, "something is there that is no value");
}

bool tokens_member(struct tokens *t, size_t *members, struct text *raw_key)
{
    if (tokens_take(t, '}'))
        return false;
    if (*members > 0 && !tokens_take(t, ','))
        return tokens_fault(t, "a comma or a closing brace is missing");
    if (tokens_peek(t) != '"')
        return tokens_fault(t, "an object wants a key in quotes");
    if (!tokens_scalar(t, raw_key))
        return false;
    if (!tokens_take(t, ':'))
        return tokens_fault(t, "a colon is missing behind a key");
    (*members)++;
    return true;
}

bool tokens_element(struct tokens *t, size_t *elements)
{
    if (tokens_take(t, ']'))
        return false;
    if (*elements > 0 && !tokens_take(t, ','))
        return tokens_fault(t, "a comma or a closing bracket is missing");
    if (tokens_peek(t) == '\0')
        return tokens_fault(t, "it ends too early");
    (*elements)++;
    return true;
}

/* A value was taken: go on behind it, out of everything that ends there. True when another value
 * follows inside the outermost container, false at its end or on a fault. */
static bool after_value(struct tokens *t, const char *stack, size_t *depth)
{
    struct text key;
    size_t behind_first = 1;

    while (*depth > 0) {
        bool more = stack[*depth - 1] == '{' ? tokens_member(t, &behind_first, &key)
                                             : tokens_element(t, &behind_first);
        if (more || t->fault != NULL)
            return more;
        (*depth)--;
    }
    return false;
}

/* Take '{' or '[' and all that opens within it at once; false when the innermost is empty, which
 * takes its end too, or on a fault. */
static bool descend(struct tokens *t, char *stack, size_t *depth)
{
    struct text key;

    for (char open = tokens_peek(t); open == '{' || open == '['; open = tokens_peek(t)) {
        size_t none = 0;

        if (*depth == TOKENS_DEPTH_MAX)
            return tokens_fault(t, "it is nested too deeply");
        t->next++;
        if (!(open == '{' ? tokens_member(t, &none, &key) : tokens_element(t, &none)))
            return false;
        stack[(*depth)++] = open;
    }
    return true;
}

bool tokens_skip(struct tokens *t)
{
    char stack[TOKENS_DEPTH_MAX];
    size_t depth = 0;
    struct text raw;

    do {
        if (descend(t, stack, &depth) && !tokens_scalar(t, &raw))
            return false;
    } while (t->fault == NULL && after_value(t, stack, &depth));
    return t->fault == NULL;
}

static char *write_utf8(char *at, uint32_t c)
{
    if (c < 0x80) {
        *at++ = (char)c;
    } else if (c < 0x800) {
        *at++ = (char)(0xc0 | c >> 6);
        *at++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *at++ = (char)(0xe0 | c >> 12);
        *at++ = (char)(0x80 | (c >> 6 & 0x3f));
        *at++ = (char)(0x80 | (c & 0x3f));
    } else {
        *at++ = (char)(0xf0 | c >> 18);
        *at++ = (char)(0x80 | (c >> 12 & 0x3f));
        *at++ = (char)(0x80 | (c >> 6 & 0x3f));
        *at++ = (char)(0x80 | (c & 0x3f));
    }
    return at;
}

/* `*at` stands on a checked "\uXXXX", perhaps the first of a pair. 0 when it is no character. */
static uint32_t read_u(const char **at, const char *end)
{
    uint32_t c = (uint32_t)hex4(*at + 2);

    *at += 6;
    if (c < 0xd800 || c > 0xdfff)
        return c;
    if (c > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return 0;
    int32_t low = hex4(*at + 2);
    *at += 6;
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    return 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
}

static char unescaped(char c)
{
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
    }
}

bool tokens_text(struct text raw, struct arena *a, struct text *out)
{
    struct text inner = {raw.data + 1, raw.size - 2};
    const char *at = inner.data, *end = inner.data + inner.size;

    if (memchr(inner.data, '\\', inner.size) == NULL) {
        *out = inner;
        return true;
    }
    char *bytes = arena_alloc(a, inner.size), *to = bytes; /* never longer than escaped */
    while (at < end) {
        if (*at != '\\') {
            *to++ = *at++;
        } else if (at[1] == 'u') {
            uint32_t c = read_u(&at, end);

            if (c == 0)
                return false;
            to = write_utf8(to, c);
        } else {
            *to++ = unescaped(at[1]);
            at += 2;
        }
    }
    *out = (struct text){bytes, (size_t)(to - bytes)};
    return true;
}

bool tokens_end(struct tokens *t)
{
    if (t->fault == NULL && t->next < t->count)
        return tokens_fault(t, "something follows behind its end");
    return t->fault == NULL;
}
