/* SPDX-License-Identifier: Apache-2.0 */
#include "net/target.h"

#include <stdbool.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* True when the whole of `t` could be decoded into `out`, whose room is at least t.size. */
static bool unescape(struct text t, bool plus_is_space, char *out, size_t *size)
{
    size_t at = 0;

    for (size_t i = 0; i < t.size; i++) {
        unsigned char c = (unsigned char)t.data[i];

        if (c == '%') {
            if (t.size - i < 3)
                return false;
            int high = hex_digit(t.data[i + 1]), low = hex_digit(t.data[i + 2]);

            if (high < 0 || low < 0)
                return false;
            c = (unsigned char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f)
            return false;
        out[at++] = (char)c;
    }
    *size = at;
    return true;
}

static enum status decode(struct text t, bool plus_is_space, struct arena *a, struct text *out,
                          struct error *err)
{
    char *bytes = arena_alloc(a, t.size + 1);
    size_t size;

    if (!unescape(t, plus_is_space, bytes, &size) || !text_utf8_valid((struct text){bytes, size}))
        return error_set(err, ERR_INVALID,
                         "the address holds a broken escape, a control character or bytes that are "
                         "not UTF-8");
    *out = (struct text){bytes, size};
    return OK;
}

static enum status segments_parse(struct text path, struct arena *a, struct target *t,
                                  struct error *err)
{
    struct text rest = {path.data + 1, path.size - 1};

    if (rest.size == 0)
        return OK;
    while (rest.data != NULL) {
        if (t->segment_count == TARGET_SEGMENTS_MAX)
            return error_set(err, ERR_LIMIT, "the path has more than %d parts",
                             TARGET_SEGMENTS_MAX);
        if (decode(text_cut(&rest, '/'), false, a, &t->segments[t->segment_count], err) != OK)
            return err->status;
        t->segment_count++;
    }
    return OK;
}

static enum status parameter_parse(struct text pair, struct arena *a, struct target *t,
                                   struct error *err)
{
    struct text value = pair, name = text_cut(&value, '=');
    struct parameter p = {.value = TEXT("")};

    if (t->parameter_count == TARGET_PARAMETERS_MAX)
        return error_set(err, ERR_LIMIT, "the query has more than %d parameters",
                         TARGET_PARAMETERS_MAX);
    if (decode(name, true, a, &p.name, err) != OK ||
        (value.data != NULL && decode(value, true, a, &p.value, err) != OK))
        return err->status;
    for (size_t i = 0; i < t->parameter_count; i++)
        if (text_equal(t->parameters[i].name, p.name))
            return error_set(err, ERR_INVALID, "the parameter '%.*s' is given twice",
                             (int)p.name.size, p.name.data);
    t->parameters[t->parameter_count++] = p;
    return OK;
}

enum status target_parse(struct text raw, struct arena *a, struct target *out, struct error *err)
{
    struct target t = {.segment_count = 0};
    struct text query = raw;
    struct error why = {0};

    if (raw.size > TARGET_BYTES_MAX)
        return error_set(err, ERR_LIMIT, "the address is over %d bytes", TARGET_BYTES_MAX);
    if (raw.size == 0 || raw.data[0] != '/')
        return error_set(err, ERR_INVALID, "the address must begin with '/'");
    t.path = text_cut(&query, '?');
    if (segments_parse(t.path, a, &t, &why) != OK)
        return error_set(err, why.status, "%s", why.message);
    while (query.data != NULL) {
        struct text pair = text_cut(&query, '&');

        if (pair.size > 0 && parameter_parse(pair, a, &t, &why) != OK)
            return error_set(err, why.status, "%s", why.message);
    }
    *out = t;
    return OK;
}

struct text target_parameter(const struct target *t, const char *name)
{
    for (size_t i = 0; i < t->parameter_count; i++)
        if (text_is(t->parameters[i].name, name))
            return t->parameters[i].value;
    return (struct text){NULL, 0};
}
