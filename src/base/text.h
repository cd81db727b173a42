/* SPDX-License-Identifier: Apache-2.0 */
/* text: slices of UTF-8, growable buffers, and reading numbers out of them.
 *
 * A struct text points into memory it does not own and need not be zero-terminated. A zeroed struct
 * text is "absent", which differs from "": absent has data == NULL.
 * A struct buffer owns its bytes (heap); a zeroed one is empty; buffer_free is its cleanup.
 * Nothing here depends on the locale. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct text {
    const char *data; /* NULL: absent */
    size_t size;      /* bytes */
};

#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})

struct text text_from(const char *zero_terminated); /* NULL gives absent */

/* 0 to 9, and no other script's. */
static inline bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A to Z become a to z; every other byte stays. */
static inline char char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool text_equal(struct text a, struct text b);
bool text_is(struct text t, const char *zero_terminated);
int text_compare(struct text a, struct text b); /* byte order: <0, 0, >0 */
bool text_starts(struct text t, const char *prefix);
bool text_ends(struct text t, const char *suffix);

/* Without spaces, tabs and line ends on both sides. */
struct text text_trim(struct text t);

/* Split at the first `separator`: returns what is before it and moves `rest` behind it. At the end
 * `rest` becomes absent. */
struct text text_cut(struct text *rest, char separator);

/* ASCII case only; other bytes compare as they are. */
bool text_equal_nocase(struct text a, struct text b);

/* Well-formed UTF-8 without NUL bytes (RFC 3629: no surrogates, no overlong forms). */
bool text_utf8_valid(struct text t);

/* The length of the well-formed sequence of two to four bytes at `data`, which starts with a byte
 * from 0x80 on; 0 when it is none. `size` bytes are there, at least 1. */
size_t text_utf8_sequence(const char *data, size_t size);

/* The longest prefix of at most `bytes_max` bytes that does not cut a code point. */
struct text text_utf8_prefix(struct text t, size_t bytes_max);

/* The whole of `t` must be the number. False leaves `*out` alone. No spaces, no leading '+'.
 * Decimals are read correctly rounded, with an optional exponent. */
bool text_to_i64(struct text t, int64_t *out);
bool text_to_u64(struct text t, uint64_t *out);
bool text_to_double(struct text t, double *out); /* finite only; '.' is the decimal point */

struct buffer {
    char *data; /* zero-terminated whenever size > 0 or after buffer_text */
    size_t size;
    size_t room;
};

void buffer_add(struct buffer *b, const void *bytes, size_t size);
void buffer_add_text(struct buffer *b, struct text t); /* absent adds nothing */
void buffer_add_string(struct buffer *b, const char *zero_terminated);
void buffer_add_char(struct buffer *b, char c);
void buffer_printf(struct buffer *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buffer_add_u64(struct buffer *b, uint64_t n); /* decimal */
void buffer_add_i64(struct buffer *b, int64_t n);
struct text buffer_text(const struct buffer *b); /* valid until the next change */
void buffer_clear(struct buffer *b);             /* empty, memory kept */
void buffer_free(struct buffer *b);              /* empty, memory given back */

/* Lower-case hexadecimal of `size` bytes, and back. `text_from_hex` wants exactly 2*size digits. */
void buffer_add_hex(struct buffer *b, const void *bytes, size_t size);
bool text_from_hex(struct text hex, void *bytes, size_t size);

#endif
