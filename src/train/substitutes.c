/* SPDX-License-Identifier: Apache-2.0 */
#include "train/substitutes.h"

#include "base/hash.h"
#include "base/words.h"

enum { WORDS_MAX = 64 };

/* Different words of a title, as hashes. */
struct title {
    uint64_t words[WORDS_MAX];
    size_t count;
};

static bool has(const struct title *t, uint64_t word)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->words[i] == word)
            return true;
    return false;
}

static struct title title_of(struct text text)
{
    struct words words = {.rest = text};
    struct title title = {.count = 0};
    struct text word;

    while (title.count < WORDS_MAX && words_next(&words, &word)) {
        uint64_t hash = hash_text(word, 0);
        if (!has(&title, hash))
            title.words[title.count++] = hash;
    }
    return title;
}

static bool called_alike(struct text title, struct text other)
{
    const struct title a = title_of(title), b = title_of(other);
    size_t shared = 0;

    for (size_t i = 0; i < a.count; i++)
        shared += has(&b, a.words[i]);
    return shared > 0 && 2 * shared >= (a.count < b.count ? a.count : b.count);
}

bool substitutes_are(void *context, product_number a, product_number b)
{
    struct substitutes *s = context;
    category_number category = catalog_category(s->catalog, a);
    struct product x, y;

    if (category == 0 || category != catalog_category(s->catalog, b))
        return false;
    bool alike = catalog_get(s->catalog, a, &s->scratch, &x) &&
                 catalog_get(s->catalog, b, &s->scratch, &y) && called_alike(x.title, y.title);
    arena_reset(&s->scratch);
    return alike;
}
