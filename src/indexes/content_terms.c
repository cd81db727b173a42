/* SPDX-License-Identifier: Apache-2.0 */
/* A term is the hash of its words and of what they are words of. */
#include "indexes/content.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/words.h"

/* What a term is of; part of its hash. Title and description share their words. */
enum { KIND_WORD = 1, KIND_CATEGORY, KIND_BRAND, KIND_ATTRIBUTE };

static const float title_weight = 1, category_weight = 0.75F, brand_weight = 0.75F,
                   attribute_weight = 0.2F, description_weight = 0.35F;

struct terms {
    struct content_term *out;
    size_t count;
};

static void add(struct terms *t, uint64_t hash, float weight)
{
    if (t->count < CONTENT_TERMS_MAX)
        t->out[t->count++] = (struct content_term){hash, weight};
}

/* The words of `text` behind those hashed into `hash`. */
static uint64_t phrase(struct text text, uint64_t hash)
{
    struct words words = {.rest = text};
    struct text word;

    while (words_next(&words, &word))
        hash = hash_text(word, hash);
    return hash;
}

static void add_words(struct terms *t, struct text text, float weight, size_t max)
{
    struct words words = {.rest = text};
    struct text word;

    for (size_t i = 0; i < max && words_next(&words, &word); i++)
        add(t, hash_text(word, KIND_WORD), weight);
}

static void add_category(struct terms *t, struct text path)
{
    uint64_t hash = KIND_CATEGORY;

    while (path.data != NULL) {
        uint64_t level = phrase(text_cut(&path, '>'), hash);
        if (level != hash)
            add(t, level, category_weight);
        hash = level;
    }
}

/* Long descriptions must not drown the rest. */
static float word_weight(struct text description)
{
    struct words words = {.rest = description};
    struct text word;
    size_t count = 0;

    while (count < CONTENT_DESCRIPTION_WORDS_MAX && words_next(&words, &word))
        count++;
    return description_weight / sqrtf(1 + (float)count / 10);
}

static int by_hash(const void *a, const void *b)
{
    const struct content_term *x = a, *y = b;

    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Each once: what stands there several times says more, but not so many times more. */
static size_t merge(struct content_term *terms, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count;) {
        struct content_term term = terms[i];
        for (i++; i < count && terms[i].hash == term.hash; i++)
            term.weight += terms[i].weight / 2;
        terms[kept++] = term;
    }
    return kept;
}

size_t content_terms(const struct product *p, struct content_term out[CONTENT_TERMS_MAX])
{
    struct terms t = {.out = out};
    uint64_t brand = phrase(p->brand, KIND_BRAND);

    add_category(&t, p->category);
    if (brand != KIND_BRAND)
        add(&t, brand, brand_weight);
    if (!text_equal(p->title, p->item_id))
        add_words(&t, p->title, title_weight, CONTENT_TERMS_MAX);
    for (uint32_t i = 0; i < p->attribute_count; i++) {
        uint64_t name = phrase(p->attributes[i].name, KIND_ATTRIBUTE);
        uint64_t value = phrase(p->attributes[i].value, hash_u64(name));
        if (value != hash_u64(name))
            add(&t, value, attribute_weight);
    }
    add_words(&t, p->description, word_weight(p->description), CONTENT_DESCRIPTION_WORDS_MAX);
    qsort(out, t.count, sizeof(*out), by_hash);
    return merge(out, t.count);
}
