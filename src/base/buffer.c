/* SPDX-License-Identifier: Apache-2.0 */
/* The growable half of base/text.h. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* Room for `more` bytes and the terminating zero behind them. */
static void reserve(struct buffer *b, size_t more)
{
    size_t need;

    if (__builtin_expect(b->room - b->size > more, 1))
        return;
    if (__builtin_add_overflow(b->size, more + 1, &need))
        need = SIZE_MAX; /* which mem_resize refuses */
    size_t room = b->room + b->room / 2;
    if (room < need)
        room = need;
    if (room < 64)
        room = 64;
    b->data = mem_resize(b->data, room, 1);
    b->room = room;
}

void buffer_add(struct buffer *b, const void *bytes, size_t size)
{
    if (size == 0)
        return;
    reserve(b, size);
    memcpy(b->data + b->size, bytes, size);
    b->size += size;
    b->data[b->size] = '\0';
}

void buffer_add_text(struct buffer *b, struct text t)
{
    buffer_add(b, t.data, t.size);
}

void buffer_add_string(struct buffer *b, const char *zero_terminated)
{
    buffer_add(b, zero_terminated, strlen(zero_terminated));
}

void buffer_add_char(struct buffer *b, char c)
{
    reserve(b, 1);
    b->data[b->size++] = c;
    b->data[b->size] = '\0';
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
    va_list args;

    reserve(b, 127);
    va_start(args, format);
    int length = vsnprintf(b->data + b->size, b->room - b->size, format, args);
    va_end(args);
    assert(length >= 0);
    if ((size_t)length >= b->room - b->size) {
        reserve(b, (size_t)length);
        va_start(args, format);
        length = vsnprintf(b->data + b->size, b->room - b->size, format, args);
        va_end(args);
        assert(length >= 0 && (size_t)length < b->room - b->size);
    }
    b->size += (size_t)length;
}

void buffer_add_u64(struct buffer *b, uint64_t n)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233"
        "34353637383940414243444546474849505152535455565758596061626364656667"
        "68697071727374757677787980818283848586878889909192939495969798"
        "99";
    char digits[20];
    size_t at = sizeof(digits);

    while (n >= 100) {
        at -= 2;
        memcpy(digits + at, pairs + 2 * (n % 100), 2);
        n /= 100;
    }
    if (n >= 10) {
        at -= 2;
        memcpy(digits + at, pairs + 2 * n, 2);
    } else {
        digits[--at] = (char)('0' + n);
    }
    buffer_add(b, digits + at, sizeof(digits) - at);
}

void buffer_add_i64(struct buffer *b, int64_t n)
{
    if (n < 0)
        buffer_add_char(b, '-');
    buffer_add_u64(b, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

struct text buffer_text(const struct buffer *b)
{
    if (b->size == 0)
        return TEXT("");
    return (struct text){b->data, b->size};
}

void buffer_clear(struct buffer *b)
{
    b->size = 0;
    if (b->data != NULL)
        b->data[0] = '\0';
}

void buffer_free(struct buffer *b)
{
    mem_free(b->data);
    *b = (struct buffer){0};
}

void buffer_add_hex(struct buffer *b, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *in = bytes;

    if (size == 0)
        return;
    reserve(b, 2 * size);
    for (size_t i = 0; i < size; i++) {
        b->data[b->size++] = digits[in[i] >> 4];
        b->data[b->size++] = digits[in[i] & 15];
    }
    b->data[b->size] = '\0';
}
