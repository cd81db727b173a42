/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/agents.h"

#include <stdint.h>
#include <string.h>

#include "base/attributes.h"

enum { AGENT_SIZE = 512 };

enum word_kind { WORD_ROBOT, WORD_ENDING, WORD_LIBRARY, WORD_PERSON };

static const struct agent_word {
    const char *word;
    size_t size;
    enum word_kind kind;
} words[] = {
#define ROBOT(word)   {word, sizeof(word) - 1, WORD_ROBOT},
#define ENDING(word)  {word, sizeof(word) - 1, WORD_ENDING},
#define LIBRARY(word) {word, sizeof(word) - 1, WORD_LIBRARY},
#define PERSON(word)  {word, sizeof(word) - 1, WORD_PERSON},
#include "ingest/agents.def"
#undef ROBOT
#undef ENDING
#undef LIBRARY
#undef PERSON
};

/* By the first letter's lowest five bits: may a word begin so? */
static uint32_t first_letters(void)
{
    uint32_t letters = 0;

    for (size_t i = 0; i < COUNT(words); i++)
        letters |= UINT32_C(1) << (words[i].word[0] & 31);
    return letters;
}

static bool is_letter(char small)
{
    return small >= 'a' && small <= 'z';
}

/* `begins`: no letter stands before. Of people whole names count alone: Petalbot is no Talbot. */
static bool stands_at(const struct agent_word *w, const char *small, size_t size, bool begins)
{
    if (w->size > size || memcmp(small, w->word, w->size) != 0)
        return false;
    return (w->kind != WORD_ENDING || w->size == size || !is_letter(small[w->size])) &&
           (w->kind != WORD_PERSON || begins);
}

/* The kinds of words that stand at the place, as bits; `*person` becomes the size of a person's. */
static unsigned words_at(const char *small, size_t size, bool begins, size_t *person)
{
    unsigned found = 0;

    *person = 0;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (!stands_at(&words[i], small, size, begins))
            continue;
        found |= 1U << words[i].kind;
        if (words[i].kind == WORD_PERSON)
            *person = words[i].size;
    }
    return found;
}

/* The kinds of words in the text, without what stands in a person's word. */
static unsigned words_in(const char *small, size_t size)
{
    const uint32_t letters = first_letters();
    unsigned found = 0;

    for (size_t at = 0, person; at<size; at += person> 0 ? person : 1) {
        person = 0;
        if ((letters >> (small[at] & 31) & 1) != 0)
            found |= words_at(small + at, size - at, at == 0 || !is_letter(small[at - 1]), &person);
    }
    return found;
}

bool agent_is_robot(struct text agent, bool vouched)
{
    char small[AGENT_SIZE];
    size_t size = agent.size < sizeof(small) ? agent.size : sizeof(small);

    for (size_t i = 0; i < size; i++)
        small[i] = char_lower(agent.data[i]);
    unsigned found = words_in(small, size);
    return (found & (1U << WORD_ROBOT | 1U << WORD_ENDING)) != 0 ||
           (!vouched && (found & 1U << WORD_LIBRARY) != 0);
}
