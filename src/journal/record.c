/* SPDX-License-Identifier: Apache-2.0 */
/* record: fields as bytes. A field is a key (field number * 2, plus 1 for a text) as varint, then a
 * zigzag varint, or a length and the bytes. Varints and zigzag as in Protocol Buffers' encoding. */
#include "journal/record.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

enum { VARINT_MAX = 10 };

/* Room for `more` bytes and the terminating zero; returns where they go. */
static char *reserve(struct buffer *b, size_t more)
{
    size_t need = b->size + more + 1;

    if (need > b->room)
        b->data = mem_grow(b->data, &b->room, need, 1);
    return b->data + b->size;
}

static char *write_varint(char *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (char)(value | 0x80);
        value >>= 7;
    }
    *at++ = (char)value;
    return at;
}

static void end_at(struct buffer *b, char *end)
{
    *end = '\0';
    b->size = (size_t)(end - b->data);
}

void put_i64(struct buffer *b, uint8_t field, int64_t value)
{
    char *at = reserve(b, 2 + VARINT_MAX);
    uint64_t zigzag = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);

    assert(field > 0);
    at = write_varint(at, (uint64_t)field << 1);
    end_at(b, write_varint(at, zigzag));
}

void put_text(struct buffer *b, uint8_t field, struct text value)
{
    if (value.data == NULL)
        return;
    char *at = reserve(b, 2 + VARINT_MAX + value.size);

    assert(field > 0);
    at = write_varint(at, ((uint64_t)field << 1) | 1);
    at = write_varint(at, value.size);
    memcpy(at, value.data, value.size);
    end_at(b, at + value.size);
}

size_t put_begin(struct buffer *b, uint8_t field)
{
    char *at = reserve(b, 3);

    assert(field > 0);
    at = write_varint(at, ((uint64_t)field << 1) | 1);
    *at++ = 0;
    end_at(b, at);
    return b->size;
}

void put_end(struct buffer *b, size_t begun)
{
    size_t size = b->size - begun;
    char length[VARINT_MAX];
    size_t length_size = (size_t)(write_varint(length, size) - length);

    assert(begun > 0 && begun <= b->size);
    if (length_size > 1) { /* one byte was kept for it */
        (void)reserve(b, length_size);
        memmove(b->data + begun - 1 + length_size, b->data + begun, size);
    }
    memcpy(b->data + begun - 1, length, length_size);
    end_at(b, b->data + begun - 1 + length_size + size);
}

struct fields fields_of(struct text body)
{
    return (struct fields){.rest = body};
}

/* False when the bytes end early or the number has more than 64 bits. */
static bool read_varint(struct text *rest, uint64_t *out)
{
    const unsigned char *at = (const unsigned char *)rest->data;
    uint64_t value = 0;

    for (size_t i = 0; i < rest->size && i < VARINT_MAX; i++) {
        if (i == VARINT_MAX - 1 && at[i] > 1)
            return false;
        value |= (uint64_t)(at[i] & 0x7f) << (7 * i);
        if (at[i] < 0x80) {
            rest->data += i + 1;
            rest->size -= i + 1;
            *out = value;
            return true;
        }
    }
    return false;
}

static bool bad(struct fields *f)
{
    f->bad = true;
    f->rest.size = 0;
    return false;
}

bool fields_next(struct fields *f)
{
    uint64_t key = 0, value = 0;

    if (f->rest.size == 0)
        return false;
    if (!read_varint(&f->rest, &key) || key < 2 || key > 511 || !read_varint(&f->rest, &value))
        return bad(f);
    f->field = (uint8_t)(key >> 1);
    f->is_text = (key & 1) != 0;
    f->number = 0;
    f->text = (struct text){0};
    if (!f->is_text) {
        f->number = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
        return true;
    }
    if (value > f->rest.size)
        return bad(f);
    f->text = (struct text){f->rest.data, (size_t)value};
    f->rest.data += value;
    f->rest.size -= (size_t)value;
    return true;
}
