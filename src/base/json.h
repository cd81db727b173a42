/* SPDX-License-Identifier: Apache-2.0 */
/* json: writing JSON.
 *
 * The writer appends to a buffer, places commas itself, escapes strings, and writes object keys in
 * the order they are given, so that equal inputs give equal bytes. Misuse (a value without a key
 * inside an object) is a bug and asserts. No name here is also one of jansson's, whose library
 * would otherwise call ours. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { JSON_DEPTH_MAX = 32 };

struct json {
    struct buffer *out;
    int depth;
    bool comma[JSON_DEPTH_MAX];  /* something stands in that level already */
    bool object[JSON_DEPTH_MAX]; /* it is an object, else an array (or the top) */
    bool keyed;                  /* a key was written, its value is due */
};

/* Writes go to the end of `out`, which must outlive the writer. Several values at the top stand
 * like those of an array, so a writer serves one document. */
struct json json_to(struct buffer *out);

void json_object_begin(struct json *j);
void json_object_end(struct json *j);
void json_array_begin(struct json *j);
void json_array_end(struct json *j);
void json_key(struct json *j, const char *key);
void json_text(struct json *j,
               struct text value); /* absent writes null; bad UTF-8 becomes U+FFFD */
void json_text_from(struct json *j, const char *value); /* NULL writes null */
void json_u64(struct json *j, uint64_t value);
void json_i64(struct json *j, int64_t value);
void json_double(struct json *j,
                 double value); /* fewest digits that read back equal; not finite: null */
void json_float(struct json *j, float value); /* likewise, read back as a float */
void json_bool(struct json *j, bool value);
void json_absent(struct json *j);                 /* null */
void json_money(struct json *j, int64_t micros);  /* "19.90" as a string; MONEY_NONE: null */
void json_raw(struct json *j, struct text value); /* already JSON */

/* key and value in one call */
void json_key_text(struct json *j, const char *key, struct text value);
void json_key_string(struct json *j, const char *key, const char *value);
void json_key_u64(struct json *j, const char *key, uint64_t value);
void json_key_i64(struct json *j, const char *key, int64_t value);
void json_key_double(struct json *j, const char *key, double value);
void json_key_float(struct json *j, const char *key, float value);
void json_key_bool(struct json *j, const char *key, bool value);
void json_key_money(struct json *j, const char *key, int64_t micros);

#endif
