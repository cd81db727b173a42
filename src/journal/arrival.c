/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/arrival.h"

#include "base/words.h"

uint32_t arrival_word(struct text word)
{
    word = text_trim(word);
    if (word.size == 0)
        return 0;
    uint64_t hash = words_hash(word);
    uint32_t folded = (uint32_t)(hash ^ hash >> 32);
    return folded != 0 ? folded : 1;
}

/* As a capital; 0: no letter. */
static unsigned letter_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a' + 'A');
    return c >= 'A' && c <= 'Z' ? (unsigned)c : 0;
}

uint16_t arrival_country(struct text letters)
{
    letters = text_trim(letters);
    if (letters.size != 2)
        return 0;
    unsigned first = letter_of(letters.data[0]), second = letter_of(letters.data[1]);
    return first != 0 && second != 0 ? (uint16_t)(first << 8 | second) : 0;
}

struct text arrival_country_text(uint16_t country, char out[2])
{
    if (country == 0)
        return (struct text){0};
    out[0] = (char)(country >> 8);
    out[1] = (char)(country & 0xFF);
    return (struct text){out, 2};
}
