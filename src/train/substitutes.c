/* SPDX-License-Identifier: Apache-2.0 */
#include "train/substitutes.h"

enum { WORDS_MAX = 64 };

struct words {
    struct text words[WORDS_MAX];
    size_t count;
};

/* Letters and digits, and all beyond ASCII. */
static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

static bool has(const struct words *w, struct text word)
{
    for (size_t i = 0; i < w->count; i++)
        if (text_equal_nocase(w->words[i], word))
            return true;
    return false;
}

/* Each word once. */
static void words_of(struct text t, struct words *out)
{
    out->count = 0;
    for (size_t i = 0; i < t.size && out->count < WORDS_MAX; i++) {
        size_t first = i;
        while (i < t.size && in_word(t.data[i]))
            i++;
        struct text word = {t.data + first, i - first};
        if (word.size > 0 && !has(out, word))
            out->words[out->count++] = word;
    }
}

static bool called_alike(struct text title, struct text other)
{
    struct words a, b;
    size_t shared = 0;

    words_of(title, &a);
    words_of(other, &b);
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
