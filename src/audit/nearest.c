/* SPDX-License-Identifier: Apache-2.0 */
/* Products that are told in other words: "Roxio Popcorn 2" and "popcorn 2 video conversion software".
 *
 * Titles are compared by the cosine of their words, weighed by how rare these are among all titles
 * (TF-IDF; Salton and Buckley 1988). Two products that are the nearest to each other of the whole
 * catalog are then weighed: a word that only one title has counts against them, unless the other's
 * description, brand or attributes have it. Two models are told by such a word that is a number or
 * that no other title has, by a word of edition_words.def on one side, and by titles that are the
 * same but for one word ("... Straight Hair" and "... Curly Hair"): that is how a shop names what is
 * not the same. Prices must be less than twice apart, and brands must not contradict each other.
 * Thresholds were chosen on half of a public set of product pairs, and so that two real catalogs
 * stay quiet (bench/doubles.c prints what comes of them on the other half). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/likeness.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/words.h"

enum { BEARERS_MAX = 60, TEXT_WORDS_MAX = 4000, NOBODY = -1 };

static const double cosine_least = 0.3;
/* Of a title's weight, in words that the other lacks: of the title that has more of it, and of the other. */
static const double apart_most = 0.3, less_apart_most = 0.1;

struct bearer {
    uint64_t key;
    size_t word; /* its place in the shelf */
};

struct near {
    double cosine;
    int64_t row; /* NOBODY: none */
};

struct nearest {
    struct likeness_shelf *shelf;
    struct audit *audit;
    double *weights;      /* of each word of the shelf */
    uint32_t *bearers;    /* titles that have it, likewise */
    size_t *first;        /* the first word of each row, and one behind the last */
    double *lengths;      /* of each row */
    struct near *nearest; /* of each row */
};

static int by_key(const void *a, const void *b)
{
    const struct bearer *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->word < y->word ? -1 : x->word > y->word;
}

static double cosine(const struct nearest *n, size_t x, size_t y)
{
    const struct likeness_word *words = n->shelf->words;
    size_t i = n->first[x], k = n->first[y];
    double sum = 0;

    while (i < n->first[x + 1] && k < n->first[y + 1]) {
        if (words[i].key == words[k].key) {
            sum += n->weights[i] * n->weights[i];
            i++;
            k++;
        } else if (words[i].key < words[k].key) {
            i++;
        } else {
            k++;
        }
    }
    double lengths = n->lengths[x] * n->lengths[y];
    return lengths > 0 ? sum / lengths : 0;
}

/* Of two as near, the one that came first. */
static void take_nearer(struct nearest *n, size_t x, size_t y, double cosine)
{
    struct near *near = &n->nearest[x];

    if (near->row == NOBODY || cosine > near->cosine ||
        (cosine == near->cosine && (int64_t)y < near->row))
        *near = (struct near){cosine, (int64_t)y};
}

/* All that share a word which not too many have. */
static void meet(struct nearest *n, const struct bearer *group, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++) {
            size_t x = n->shelf->words[group[i].word].row, y = n->shelf->words[group[k].word].row;
            double c = cosine(n, x, y);
            take_nearer(n, x, y, c);
            take_nearer(n, y, x, c);
        }
}

static void weigh(struct nearest *n, const struct bearer *all)
{
    const struct likeness_shelf *l = n->shelf;

    for (size_t i = 0, next; i < l->word_count; i = next) {
        for (next = i + 1; next < l->word_count && all[next].key == all[i].key; next++)
            continue;
        double weight = log((double)l->count / (double)(next - i));
        for (size_t k = i; k < next; k++) {
            n->weights[all[k].word] = weight;
            n->bearers[all[k].word] = (uint32_t)(next - i);
            n->lengths[l->words[all[k].word].row] += weight * weight;
        }
    }
    for (size_t r = 0; r < l->count; r++)
        n->lengths[r] = sqrt(n->lengths[r]);
}

static void find_nearest(struct nearest *n)
{
    const struct likeness_shelf *l = n->shelf;
    struct bearer *all = mem_new(l->word_count + 1, sizeof(*all));

    for (size_t i = 0; i < l->word_count; i++)
        all[i] = (struct bearer){l->words[i].key, i};
    qsort(all, l->word_count, sizeof(*all), by_key);
    weigh(n, all);
    for (size_t i = 0, next; i < l->word_count; i = next) {
        for (next = i + 1; next < l->word_count && all[next].key == all[i].key; next++)
            continue;
        if (next - i <= BEARERS_MAX)
            meet(n, &all[i], next - i);
    }
    mem_free(all);
}

/* ---- weighing two ---- */

/* What a product says beside its title, as words. */
static struct key_table words_beside(const struct product *p)
{
    struct key_table out = {.row_size = sizeof(uint64_t), .max = TEXT_WORDS_MAX};
    const struct text texts[] = {p->description, p->brand};
    struct text word;
    bool fresh;

    for (size_t i = 0; i < COUNT(texts) + p->attribute_count; i++) {
        struct words words = {.rest = i < COUNT(texts) ? texts[i]
                                                       : p->attributes[i - COUNT(texts)].value};
        while (words_next(&words, &word) && out.count < out.max)
            (void)table_add(&out, hash_text(word, 0), &fresh);
    }
    return out;
}

struct apart {
    double share;   /* of the title's weight, in words that the other does not have */
    uint32_t words; /* that the other's title does not have */
    bool number, edition, rare;
};

static bool has_word(const struct nearest *n, size_t row, uint64_t key)
{
    for (size_t i = n->first[row]; i < n->first[row + 1]; i++)
        if (n->shelf->words[i].key == key)
            return true;
    return false;
}

/* What the title `x` has and the product `y`, with the words beside its title, has not. */
static struct apart apart_of(const struct nearest *n, size_t x, size_t y,
                             const struct key_table *beside)
{
    struct apart out = {0};
    double all = 0;

    for (size_t i = n->first[x]; i < n->first[x + 1]; i++) {
        const struct likeness_word *w = &n->shelf->words[i];
        all += n->weights[i];
        if (has_word(n, y, w->key))
            continue;
        out.words++;
        out.edition |= w->edition;
        if (table_find(beside, w->key) != NULL)
            continue;
        out.share += n->weights[i];
        out.rare |= n->bearers[i] == 1;
        out.number |= w->number;
    }
    out.share = all > 0 ? out.share / all : 1;
    return out;
}

/* Equal, missing, or a word of one stands in the other's title or brand. */
static bool brands_allow(const struct nearest *n, size_t x, size_t y, const struct product *p,
                         const struct product *q)
{
    const struct likeness_row *rows = n->shelf->rows;
    const struct text brands[] = {p->brand, q->brand};
    struct text word, other;

    if (rows[x].brand == 0 || rows[y].brand == 0 || rows[x].brand == rows[y].brand)
        return true;
    for (int side = 0; side < 2; side++) {
        struct words words = {.rest = brands[side]};
        while (words_next(&words, &word)) {
            struct words others = {.rest = brands[1 - side]};
            uint64_t key = hash_text(word, 0);
            if (has_word(n, side == 0 ? y : x, key))
                return true;
            while (words_next(&others, &other))
                if (hash_text(other, 0) == key)
                    return true;
        }
    }
    return false;
}

static void consider(struct nearest *n, size_t x, size_t y)
{
    SCOPED(arena_free) struct arena arena = {0};
    const struct likeness_row *rows = n->shelf->rows;
    struct product p, q;
    char why[64];

    if (n->nearest[x].cosine < cosine_least || rows[x].told || rows[y].told ||
        !likeness_prices_near(&rows[x], &rows[y]) ||
        !catalog_get(n->audit->options.catalog, rows[x].product, &arena, &p) ||
        !catalog_get(n->audit->options.catalog, rows[y].product, &arena, &q))
        return;
    struct key_table beside_x = words_beside(&p), beside_y = words_beside(&q);
    struct apart first = apart_of(n, x, y, &beside_y), second = apart_of(n, y, x, &beside_x);
    table_free(&beside_x);
    table_free(&beside_y);
    if (first.rare || second.rare || first.edition || second.edition || first.number ||
        second.number || fmin(first.share, second.share) > less_apart_most ||
        (first.words <= 1 && second.words <= 1) || first.share > apart_most ||
        second.share > apart_most || !brands_allow(n, x, y, &p, &q))
        return;
    (void)snprintf(why, sizeof(why), " (nearest to each other; words agree to %.0f%%)",
                   100 * n->nearest[x].cosine);
    likeness_tell(n->shelf, n->audit, CHECK_product_similar, (size_t[2]){x, y}, text_from(why));
}

void likeness_nearest(struct likeness_shelf *l, struct audit *a)
{
    struct nearest n = {.shelf = l, .audit = a};

    n.weights = mem_new(l->word_count + 1, sizeof(*n.weights));
    n.bearers = mem_new(l->word_count + 1, sizeof(*n.bearers));
    n.first = mem_new(l->count + 1, sizeof(*n.first));
    n.lengths = mem_new(l->count + 1, sizeof(*n.lengths));
    n.nearest = mem_new(l->count + 1, sizeof(*n.nearest));
    for (size_t i = 0; i < l->word_count; i++)
        n.first[l->words[i].row + 1]++;
    for (size_t r = 0; r < l->count; r++) {
        n.first[r + 1] += n.first[r];
        n.nearest[r].row = NOBODY;
    }
    find_nearest(&n);
    for (size_t r = 0; r < l->count; r++) {
        int64_t other = n.nearest[r].row;
        if (other != NOBODY && other < (int64_t)r && n.nearest[other].row == (int64_t)r)
            consider(&n, r, (size_t)other);
    }
    mem_free(n.weights);
    mem_free(n.bearers);
    mem_free(n.first);
    mem_free(n.lengths);
    mem_free(n.nearest);
}
