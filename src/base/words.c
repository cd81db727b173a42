/* SPDX-License-Identifier: Apache-2.0 */
#include "base/words.h"

#include <assert.h>

#include "base/attributes.h"
#include "base/hash.h"

struct range {
    uint32_t first, last;
};

static bool within(const struct range *ranges, size_t count, uint32_t c)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    }
    return false;
}

/* What is neither letter nor digit, above ASCII: signs, spaces, emoji, private use. */
static const struct range separators[] = {
    {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},     {0xD7, 0xD7},
    {0xF7, 0xF7},     {0x2C2, 0x2C5},   {0x55A, 0x55F},   {0x589, 0x58A},   {0x60C, 0x60D},
    {0x61B, 0x61F},   {0x66A, 0x66D},   {0x964, 0x965},   {0xE3F, 0xE3F},   {0x2000, 0x2BFF},
    {0x2E00, 0x2E7F}, {0x3000, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030}, {0x303D, 0x303F},
    {0x30FB, 0x30FB}, {0xD800, 0xF8FF}, {0xFD3E, 0xFD3F}, {0xFE10, 0xFE6F}, {0xFEFF, 0xFF0F},
    {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FFFF}};

/* Marks that belong to the letter before them and say little. */
static const struct range marks[] = {
    {0xAD, 0xAD}, {0x300, 0x36F}, {0x200B, 0x200D}, {0xFE00, 0xFE0F}};

static const struct range unspaced[] = {
    {0xE00, 0xEFF},   {0x1000, 0x109F}, {0x1780, 0x17FF},  {0x3005, 0x3007}, {0x3021, 0x3029},
    {0x3031, 0x303C}, {0x3040, 0x30FF}, {0x31F0, 0x31FF},  {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},
    {0xF900, 0xFAFF}, {0xFF66, 0xFF9F}, {0x20000, 0x3FFFF}};

/* Capitals that stand a fixed way before their small letters; `step` 2: in turn with them. */
static const struct {
    uint32_t first, last, add, step;
} capitals[] = {
    {0xC0, 0xD6, 32, 1},    {0xD8, 0xDE, 32, 1},   {0x100, 0x12E, 1, 2},   {0x132, 0x136, 1, 2},
    {0x139, 0x147, 1, 2},   {0x14A, 0x176, 1, 2},  {0x179, 0x17D, 1, 2},   {0x1A0, 0x1A4, 1, 2},
    {0x1CD, 0x1DB, 1, 2},   {0x1DE, 0x1EE, 1, 2},  {0x1F8, 0x21E, 1, 2},   {0x222, 0x232, 1, 2},
    {0x386, 0x386, 38, 1},  {0x388, 0x38A, 37, 1}, {0x38C, 0x38C, 64, 1},  {0x38E, 0x38F, 63, 1},
    {0x391, 0x3A1, 32, 1},  {0x3A3, 0x3AB, 32, 1}, {0x3C2, 0x3C2, 1, 1},   {0x400, 0x40F, 80, 1},
    {0x410, 0x42F, 32, 1},  {0x460, 0x480, 1, 2},  {0x48A, 0x4BE, 1, 2},   {0x4C1, 0x4CD, 1, 2},
    {0x4D0, 0x52E, 1, 2},   {0x531, 0x556, 48, 1}, {0x1E00, 0x1E94, 1, 2}, {0x1EA0, 0x1EFE, 1, 2},
    {0xFF21, 0xFF3A, 32, 1}};

static uint32_t fold(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c == 0x130 || c == 0x178) /* the two that break their rows */
        return c == 0x130 ? 'i' : 0xFF;
    for (size_t i = 0; i < COUNT(capitals); i++) {
        if (c >= capitals[i].first && c <= capitals[i].last)
            return (c - capitals[i].first) % capitals[i].step == 0 ? c + capitals[i].add : c;
    }
    return c;
}

/* Take one code point off the front; bytes that are none give 0. */
static uint32_t take(struct text *t)
{
    const unsigned char *p = (const unsigned char *)t->data;
    size_t length = p[0] < 0x80 ? 1 : text_utf8_sequence(t->data, t->size);
    uint32_t c = length == 1 ? p[0] : p[0] & (0x7FU >> length);

    if (length == 0) {
        length = 1;
        c = 0;
    }
    for (size_t i = 1; i < length; i++)
        c = c << 6 | (p[i] & 0x3FU);
    t->data += length;
    t->size -= length;
    return c;
}

static bool is_letter(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return !within(separators, COUNT(separators), c);
}

/* Append in UTF-8 when it fits. */
static size_t put(char word[WORD_SIZE], size_t size, uint32_t c)
{
    size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    if (size + length > WORD_SIZE)
        return size;
    for (size_t i = length; i-- > 1; c >>= 6)
        word[size + i] = (char)(0x80 | (c & 0x3F));
    word[size] = (char)(length == 1 ? c : (0xF00U >> length & 0xFF) | c);
    return size + length;
}

/* A letter `c` of a script without spaces was taken: with the one before it, or alone when none
 * follows it either. False: it waits for the next one. */
static bool pair(struct words *w, uint32_t c, struct text *out)
{
    uint32_t before = w->before;
    struct text ahead = w->rest;
    uint32_t next = ahead.size > 0 ? take(&ahead) : 0;

    while (next != 0 && within(marks, COUNT(marks), next))
        next = ahead.size > 0 ? take(&ahead) : 0;
    bool goes_on = within(unspaced, COUNT(unspaced), next) && is_letter(next);
    w->before = goes_on ? c : 0;
    if (before == 0 && goes_on)
        return false;
    size_t size = before != 0 ? put(w->word, 0, before) : 0;
    *out = (struct text){w->word, put(w->word, size, c)};
    return true;
}

bool words_next(struct words *w, struct text *out)
{
    size_t size = 0;

    while (w->rest.size > 0) {
        struct text here = w->rest;
        uint32_t c = take(&w->rest);

        if (c >= 0x80 && within(marks, COUNT(marks), c))
            continue;
        bool letter = is_letter(c), alone = letter && within(unspaced, COUNT(unspaced), c);
        if (size > 0 && (!letter || alone)) {
            w->rest = here;
            break;
        }
        if (alone && pair(w, c, out))
            return true;
        if (letter && !alone)
            size = put(w->word, size, fold(c));
    }
    *out = (struct text){w->word, size};
    return size > 0;
}

/* Step over what is the same in both, as far as it is ASCII. */
static void skip_same(struct text *a, struct text *b)
{
    size_t shorter = a->size < b->size ? a->size : b->size, i = 0;

    while (i < shorter && a->data[i] == b->data[i] && (unsigned char)a->data[i] < 0x80)
        i++;
    *a = (struct text){a->data + i, a->size - i};
    *b = (struct text){b->data + i, b->size - i};
}

int words_compare(struct text a, struct text b)
{
    skip_same(&a, &b);
    while (a.size > 0 && b.size > 0) {
        uint32_t x = fold(take(&a)), y = fold(take(&b));
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a.size > 0) - (b.size > 0);
}

uint64_t words_hash(struct text t)
{
    uint64_t hash = 0;

    while (t.size > 0)
        hash = hash_u64(hash + fold(take(&t)) + 1);
    return hash;
}

bool words_start(struct text t, struct text prefix, struct text *rest)
{
    skip_same(&t, &prefix);
    while (t.size > 0 && prefix.size > 0) {
        if (fold(take(&t)) != fold(take(&prefix)))
            return false;
    }
    *rest = t;
    return prefix.size == 0;
}
