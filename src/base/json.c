/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/double.h"
#include "base/money.h"

struct json json_to(struct buffer *out)
{
    return (struct json){.out = out};
}

/* What stands between the value before and this one. `comma` of a level says that the next thing
 * needs one; `object` that keys are expected there. */
static void before_value(struct json *j)
{
    assert(j->keyed == j->object[j->depth]); /* a key in objects and only there */
    j->keyed = false;
    if (j->comma[j->depth] && !j->object[j->depth])
        buffer_add_char(j->out, ',');
    j->comma[j->depth] = true;
}

static void open_level(struct json *j, char bracket, bool object)
{
    before_value(j);
    assert(j->depth + 1 < JSON_DEPTH_MAX);
    j->depth++;
    j->comma[j->depth] = false;
    j->object[j->depth] = object;
    buffer_add_char(j->out, bracket);
}

static void close_level(struct json *j, char bracket, bool object)
{
    assert(j->depth > 0 && j->object[j->depth] == object && !j->keyed);
    j->depth--;
    buffer_add_char(j->out, bracket);
}

void json_object_begin(struct json *j)
{
    open_level(j, '{', true);
}

void json_object_end(struct json *j)
{
    close_level(j, '}', true);
}

void json_array_begin(struct json *j)
{
    open_level(j, '[', false);
}

void json_array_end(struct json *j)
{
    close_level(j, ']', false);
}

/* How many bytes from `p` on can be copied as they are: neither quotes, backslashes, control
 * characters nor the start of a longer UTF-8 sequence. Eight at a time where possible; the bit
 * tricks are those of "Bit Twiddling Hacks" (Anderson), "determine if a word has a zero byte". */
static size_t plain_length(const char *p, size_t size)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    size_t i = 0;

    for (uint64_t word; size - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, p + i, sizeof(word));
        uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
        uint64_t found =
            word | (word - ones * 0x20) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
        if ((found & highs) != 0)
            break;
    }
    for (; i < size; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80)
            break;
    }
    return i;
}

static void add_escape(struct buffer *out, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
    const char *found = c == 0 ? NULL : strchr("\"\"\\\\\bb\ff\nn\rr\tt", c);

    if (found == NULL) {
        buffer_add(out, escape, sizeof(escape));
        return;
    }
    escape[1] = found[1];
    buffer_add(out, escape, 2);
}

static void add_quoted(struct buffer *out, struct text t)
{
    size_t i = 0;

    buffer_add_char(out, '"');
    while (i < t.size) {
        size_t plain = plain_length(t.data + i, t.size - i);
        buffer_add(out, t.data + i, plain);
        i += plain;
        if (i == t.size)
            break;
        unsigned char c = (unsigned char)t.data[i];
        if (c < 0x80) {
            add_escape(out, c);
            i++;
            continue;
        }
        size_t length = text_utf8_sequence(t.data + i, t.size - i);
        if (length > 0)
            buffer_add(out, t.data + i, length);
        else
            buffer_add_string(out, "\xEF\xBF\xBD");
        i += length > 0 ? length : 1;
    }
    buffer_add_char(out, '"');
}

void json_key(struct json *j, const char *key)
{
    assert(j->object[j->depth] && !j->keyed);
    if (j->comma[j->depth])
        buffer_add_char(j->out, ',');
    add_quoted(j->out, text_from(key));
    buffer_add_char(j->out, ':');
    j->keyed = true;
}

void json_text(struct json *j, struct text value)
{
    before_value(j);
    if (value.data == NULL)
        buffer_add_string(j->out, "null");
    else
        add_quoted(j->out, value);
}

void json_text_from(struct json *j, const char *value)
{
    json_text(j, text_from(value));
}

void json_u64(struct json *j, uint64_t value)
{
    before_value(j);
    buffer_add_u64(j->out, value);
}

void json_i64(struct json *j, int64_t value)
{
    before_value(j);
    buffer_add_i64(j->out, value);
}

void json_double(struct json *j, double value)
{
    char text[DOUBLE_TEXT_SIZE];

    before_value(j);
    if (isfinite(value))
        buffer_add(j->out, text, double_print(value, text));
    else
        buffer_add_string(j->out, "null");
}

void json_float(struct json *j, float value)
{
    char text[DOUBLE_TEXT_SIZE];

    before_value(j);
    if (isfinite(value))
        buffer_add(j->out, text, float_print(value, text));
    else
        buffer_add_string(j->out, "null");
}

void json_bool(struct json *j, bool value)
{
    before_value(j);
    buffer_add_string(j->out, value ? "true" : "false");
}

void json_absent(struct json *j)
{
    before_value(j);
    buffer_add_string(j->out, "null");
}

void json_money(struct json *j, int64_t micros)
{
    char text[MONEY_TEXT_SIZE];

    if (micros == MONEY_NONE)
        json_absent(j);
    else
        json_text_from(j, money_print(micros, text));
}

void json_raw(struct json *j, struct text value)
{
    before_value(j);
    assert(value.size > 0);
    buffer_add_text(j->out, value);
}

void json_key_text(struct json *j, const char *key, struct text value)
{
    json_key(j, key);
    json_text(j, value);
}

void json_key_string(struct json *j, const char *key, const char *value)
{
    json_key(j, key);
    json_text_from(j, value);
}

void json_key_u64(struct json *j, const char *key, uint64_t value)
{
    json_key(j, key);
    json_u64(j, value);
}

void json_key_i64(struct json *j, const char *key, int64_t value)
{
    json_key(j, key);
    json_i64(j, value);
}

void json_key_double(struct json *j, const char *key, double value)
{
    json_key(j, key);
    json_double(j, value);
}

void json_key_float(struct json *j, const char *key, float value)
{
    json_key(j, key);
    json_float(j, value);
}

void json_key_bool(struct json *j, const char *key, bool value)
{
    json_key(j, key);
    json_bool(j, value);
}

void json_key_money(struct json *j, const char *key, int64_t micros)
{
    json_key(j, key);
    json_money(j, micros);
}
