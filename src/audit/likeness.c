/* SPDX-License-Identifier: Apache-2.0 */
/* Products that are another one once more, or only a variant of it, by brand and title.
 *
 * The same words in the same order: repeated. The same words but for colours, sizes and measures: one is
 * a variant. For what is left, MinHash (Broder 1997) over runs of three letters of the title's words, in
 * whatever order these stand, with locality sensitive hashing in 12 bands of 3 (Leskovec, Rajaraman and
 * Ullman, Mining of Massive Datasets, 3.4): two titles that share 0.7 of their runs meet in some band 993
 * times of 1,000. Pairs that met are then compared in full: numbers must agree, since a model is told by
 * them, and no word may stand alone. What is told in other words is found by nearest.c. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "audit/likeness.h"
#include "base/compare.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/words.h"

enum {
    RUN = 3,
    COMPARED_MAX = 8, /* each is held against so many of its band */
    RUNS_MAX = 512,
    APART_WORDS_MIN = 2,
};

static const double alike_from = 0.7, price_factor = 2.0;

struct likeness_shelf *likeness_shelf_new(void)
{
    return mem_new(1, sizeof(struct likeness_shelf));
}

static bool has_digit(struct text word)
{
    for (size_t i = 0; i < word.size; i++)
        if (isdigit((unsigned char)word.data[i]))
            return true;
    return false;
}

/* What measures and counts are told in. */
static bool is_unit(struct text word)
{
    static const char *const units[] = {
        "mm",  "cm",     "m",  "in",   "inch", "ft", "feet",   "g",     "kg", "mg",
        "lb",  "lbs",    "oz", "ml",   "cl",   "l",  "gb",     "tb",    "mb", "w",
        "v",   "mah",    "k",  "pack", "pcs",  "pc", "pieces", "piece", "ct", "count",
        "set", "sheets", "x",  "er",   "stk",  "th", "xl"};

    for (size_t i = 0; i < COUNT(units); i++)
        if (text_is(word, units[i]))
            return true;
    return false;
}

/* A number that measures or counts: "40mm", "5x5", or digits before a unit; not a model's ("6s", "13"). */
static bool is_measure(struct text word, struct text next)
{
    size_t digits = 0;

    while (digits < word.size && isdigit((unsigned char)word.data[digits]))
        digits++;
    struct text rest = {word.data + digits, word.size - digits};
    if (digits == 0)
        return false;
    if (rest.size == 0)
        return is_unit(next);
    return is_unit(rest) ||
           (rest.data[0] == 'x' && rest.size > 1 && isdigit((unsigned char)rest.data[1]));
}

/* Does the word, before that next one, tell variants of a product apart? */
static bool tells_variants(struct text word, struct text next)
{
    static const char *const words[] = {
#define VARIANT(word) word,
#include "audit/variant_words.def"
#undef VARIANT
    };

    if (is_measure(word, next))
        return true;
    for (size_t i = 0; i < COUNT(words); i++)
        if (text_is(word, words[i]))
            return true;
    return false;
}

/* Words that a title may have or lack and be of the same thing. */
static bool is_filler(struct text word)
{
    static const char *const fillers[] = {"the", "a",   "an",  "of",  "for", "with", "and", "by",
                                          "in",  "new", "und", "mit", "fur", "der",  "die", "das"};

    for (size_t i = 0; i < COUNT(fillers); i++)
        if (text_is(word, fillers[i]))
            return true;
    return false;
}

/* Runs of letters of each word of a folded title, the space on both its sides included, as hashes;
 * returns how many, with repetitions. */
static size_t runs_of(struct text folded, uint32_t out[RUNS_MAX])
{
    struct words words = {.rest = folded};
    struct text word;
    size_t count = 0;

    while (words_next(&words, &word)) {
        char padded[WORD_SIZE + 2];
        size_t size = word.size + 2;

        if (is_filler(word))
            continue;
        padded[0] = padded[word.size + 1] = ' ';
        memcpy(padded + 1, word.data, word.size);
        for (size_t i = 0; i + RUN <= size && count < RUNS_MAX; i++)
            out[count++] = (uint32_t)hash_bytes(padded + i, RUN, 0);
    }
    return count;
}

static void sign(struct likeness_row *row, struct text folded)
{
    uint32_t runs[RUNS_MAX];
    size_t count = runs_of(folded, runs);

    memset(row->least, 0xFF, sizeof(row->least));
    for (size_t i = 0; i < count; i++) {
        uint64_t mixed = hash_u64(runs[i]);
        uint32_t a = (uint32_t)mixed, b = (uint32_t)(mixed >> 32) | 1;
        for (uint32_t h = 0; h < LIKENESS_HASHES; h++) {
            uint32_t value = (uint32_t)hash_u64(a + (uint64_t)h * b);
            row->least[h] = value < row->least[h] ? value : row->least[h];
        }
    }
}

static size_t split(struct text folded, struct arena *a, struct text out[LIKENESS_WORDS_MAX])
{
    struct words words = {.rest = folded};
    struct text word;
    size_t count = 0;

    while (count < LIKENESS_WORDS_MAX && words_next(&words, &word))
        out[count++] = arena_text(a, word);
    return count;
}

static int by_word(const void *a, const void *b)
{
    const struct likeness_word *x = a, *y = b;

    return x->key < y->key ? -1 : x->key > y->key;
}

/* Does the word tell models of one thing apart? */
static bool is_edition(struct text word)
{
    static const char *const words[] = {
#define EDITION(word) word,
#include "audit/edition_words.def"
#undef EDITION
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (text_is(word, words[i]))
            return true;
    return false;
}

static void keep_words(struct likeness_shelf *l, const struct text *words, size_t count)
{
    uint32_t row = (uint32_t)l->count - 1;
    size_t kept = 0;

    l->words =
        mem_grow(l->words, &l->word_room, l->word_count + LIKENESS_WORDS_MAX, sizeof(*l->words));
    struct likeness_word *out = &l->words[l->word_count];
    for (size_t i = 0; i < count; i++) {
        struct text next = i + 1 < count ? words[i + 1] : (struct text){0};
        if (!is_filler(words[i]))
            out[kept++] =
                (struct likeness_word){hash_text(words[i], 0), row, has_digit(words[i]),
                                       is_edition(words[i]) || tells_variants(words[i], next)};
    }
    qsort(out, kept, sizeof(*out), by_word);
    for (size_t i = 0; i < kept; i++)
        if (i == 0 || out[i].key != l->words[l->word_count - 1].key)
            l->words[l->word_count++] = out[i];
}

void likeness_product(struct likeness_shelf *l, struct audit *a, product_number n,
                      const struct product *p)
{
    struct text folded = folded_text(p->title, &a->scratch);
    struct text words[LIKENESS_WORDS_MAX];
    uint64_t brand = hash_text(folded_code(p->brand, &a->scratch), 0);
    uint32_t left = 0;

    looked_at(a, CHECK_product_repeated, 1);
    looked_at(a, CHECK_product_similar, 1);
    looked_at(a, CHECK_variant_apart, 1);
    if (folded.size == 0 || text_equal(p->title, p->item_id))
        return;
    l->rows = mem_grow(l->rows, &l->room, l->count + 1, sizeof(*l->rows));
    struct likeness_row *row = &l->rows[l->count++];
    row->product = n;
    row->price = catalog_price(a->options.catalog, n);
    row->whole = hash_text(folded, brand);
    size_t count = split(folded, &a->scratch, words);
    row->core = brand;
    row->brand = p->brand.size > 0 ? brand : 0;
    for (size_t i = 0; i < count; i++) {
        struct text next = i + 1 < count ? words[i + 1] : (struct text){0};
        bool unit = i > 0 && is_unit(words[i]) && is_measure(words[i - 1], words[i]);

        row->numbers += has_digit(words[i]) ? hash_text(words[i], 1) : 0;
        if (unit || tells_variants(words[i], next))
            continue;
        row->core = hash_text(words[i], row->core);
        left++;
    }
    if (left < APART_WORDS_MIN)
        row->core = row->whole; /* too little is left to say that they are one */
    sign(row, folded);
    keep_words(l, words, count);
}

void likeness_tell(struct likeness_shelf *l, struct audit *a, enum check c, const size_t pair[2],
                   struct text why)
{
    SCOPED(arena_free) struct arena arena = {0};
    struct likeness_row *row = &l->rows[pair[0]], *other = &l->rows[pair[1]];
    struct text id = catalog_item_id(a->options.catalog, other->product);
    struct product p, q;

    if (row->told)
        return;
    row->told = true;
    a->products[row->product].same_as = other->product + 1;
    a->products[row->product].told = c;
    if (!catalog_get(a->options.catalog, row->product, &arena, &p) ||
        !catalog_get(a->options.catalog, other->product, &arena, &q))
        return;
    found_product(
        a, c, row->product,
        text_from(arena_printf(&arena, "%.*s, as %.*s: %.*s%.*s", (int)p.title.size, p.title.data,
                               (int)id.size, id.data, (int)q.title.size, q.title.data,
                               (int)why.size, why.data == NULL ? "" : why.data)));
}

struct keyed {
    uint64_t key;
    uint32_t row;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

bool likeness_prices_near(const struct likeness_row *x, const struct likeness_row *y)
{
    if (x->price == MONEY_NONE || y->price == MONEY_NONE || x->price <= 0 || y->price <= 0)
        return true;
    double ratio = (double)x->price / (double)y->price;
    return ratio < price_factor && ratio > 1 / price_factor;
}

/* Groups of one key: each but the first is told, with the first. */
static void tell_groups(struct likeness_shelf *l, struct audit *a, enum check c, struct keyed *keys)
{
    for (size_t i = 0; i < l->count; i++)
        keys[i] = (struct keyed){c == CHECK_product_repeated ? l->rows[i].whole : l->rows[i].core,
                                 (uint32_t)i};
    qsort(keys, l->count, sizeof(*keys), by_key);
    for (size_t i = 1, first = 0; i < l->count; i++) {
        if (keys[i].key != keys[first].key)
            first = i;
        else
            likeness_tell(l, a, c, (size_t[2]){keys[i].row, keys[first].row}, (struct text){0});
    }
}

static size_t distinct(uint32_t *runs, size_t count)
{
    size_t kept = 0;

    qsort(runs, count, sizeof(*runs), compare_u32);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || runs[i] != runs[i - 1])
            runs[kept++] = runs[i];
    return kept;
}

/* The share of runs that both titles have, of those that either has (Jaccard). */
static double runs_shared(const struct audit *a, const struct likeness_row *x,
                          const struct likeness_row *y)
{
    SCOPED(arena_free) struct arena arena = {0};
    struct product p, q;
    uint32_t first[RUNS_MAX], second[RUNS_MAX];
    size_t both = 0, i = 0, k = 0;

    if (!catalog_get(a->options.catalog, x->product, &arena, &p) ||
        !catalog_get(a->options.catalog, y->product, &arena, &q))
        return 0;
    size_t m = distinct(first, runs_of(folded_text(p.title, &arena), first));
    size_t n = distinct(second, runs_of(folded_text(q.title, &arena), second));
    while (i < m && k < n) {
        both += first[i] == second[k];
        if (first[i] < second[k])
            i++;
        else if (first[i] > second[k])
            k++;
        else
            i++, k++;
    }
    return m + n == both ? 0 : (double)both / (double)(m + n - both);
}

static size_t words_of(struct text title, struct arena *a, struct text out[LIKENESS_WORDS_MAX])
{
    size_t count = split(title, a, out), kept = 0;

    for (size_t i = 0; i < count; i++)
        if (!is_filler(out[i]))
            out[kept++] = out[i];
    return kept;
}

/* Has each of `ours` a word among `theirs` that it may be a spelling of? */
static bool all_met(const struct text *ours, size_t m, const struct text *theirs, size_t n)
{
    for (size_t i = 0; i < m; i++) {
        bool met = false;
        for (size_t k = 0; k < n && !met; k++)
            met = text_equal(ours[i], theirs[k]) ||
                  (ours[i].size >= 5 && jaro_winkler(ours[i], theirs[k]) >= 0.93);
        if (!met)
            return false;
    }
    return true;
}

/* A word that only one of two titles has, Pro or Closure, tells two things apart; a spelling does not. */
static bool words_agree(const struct audit *a, const struct likeness_row *x,
                        const struct likeness_row *y)
{
    SCOPED(arena_free) struct arena arena = {0};
    struct product p, q;
    struct text ours[LIKENESS_WORDS_MAX], theirs[LIKENESS_WORDS_MAX];

    if (!catalog_get(a->options.catalog, x->product, &arena, &p) ||
        !catalog_get(a->options.catalog, y->product, &arena, &q))
        return false;
    size_t m = words_of(p.title, &arena, ours), n = words_of(q.title, &arena, theirs);
    return all_met(ours, m, theirs, n) && all_met(theirs, n, ours, m);
}

static bool brands_agree(const struct likeness_row *x, const struct likeness_row *y)
{
    return x->brand == 0 || y->brand == 0 || x->brand == y->brand;
}

/* What the signatures say of the share of runs: near enough to be compared in full? */
static bool signs_near(const struct likeness_row *x, const struct likeness_row *y)
{
    uint32_t same = 0;

    for (uint32_t h = 0; h < LIKENESS_HASHES; h++)
        same += x->least[h] == y->least[h];
    return same * 2 >= LIKENESS_HASHES;
}

static void compare(struct likeness_shelf *l, struct audit *a, size_t pair[2])
{
    struct likeness_row *x = &l->rows[pair[0]], *y = &l->rows[pair[1]];

    if (x->told || y->told || x->numbers != y->numbers || !brands_agree(x, y) ||
        x->whole == y->whole || !likeness_prices_near(x, y) || !signs_near(x, y) ||
        runs_shared(a, x, y) < alike_from || !words_agree(a, x, y))
        return;
    likeness_tell(l, a, CHECK_product_similar, pair, (struct text){0});
}

static void tell_similar(struct likeness_shelf *l, struct audit *a, struct keyed *keys)
{
    for (uint32_t band = 0; band < LIKENESS_BANDS; band++) {
        for (size_t i = 0; i < l->count; i++)
            keys[i] = (struct keyed){hash_bytes(&l->rows[i].least[band * LIKENESS_BAND_ROWS],
                                                LIKENESS_BAND_ROWS * sizeof(uint32_t), band),
                                     (uint32_t)i};
        qsort(keys, l->count, sizeof(*keys), by_key);
        for (size_t i = 1; i < l->count; i++)
            for (size_t k = 1; k <= COMPARED_MAX && k <= i && keys[i - k].key == keys[i].key; k++)
                compare(l, a, (size_t[2]){keys[i].row, keys[i - k].row});
    }
}

void likeness_close(struct likeness_shelf *l, struct audit *a)
{
    struct keyed *keys = mem_new(l->count + 1, sizeof(*keys));

    tell_groups(l, a, CHECK_product_repeated, keys);
    tell_groups(l, a, CHECK_variant_apart, keys);
    tell_similar(l, a, keys);
    mem_free(keys);
    likeness_nearest(l, a);
    mem_free(l->words);
    mem_free(l->rows);
    mem_free(l);
}
