/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of categories: empty ones, levels that lead nowhere else, crumbs, and siblings that mean the
 * same. */
#include <stdlib.h>
#include <string.h>

#include "audit/parts.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/words.h"

enum { WORDS_MAX = 16, CRUMB_MAX = 2, TYPO_LETTERS = 6, SIBLINGS_MAX = 300 };

struct shelf {
    uint32_t own, below; /* products of its own; sellable ones of its own and below */
    uint32_t children;
    uint64_t meaning; /* of its name's words, in any order */
    category_number number, parent;
    uint64_t views;
    int64_t revenue;
};

/* In the singular, by what English and German plurals end in. */
static struct text singular(struct text word)
{
    if (word.size > 4 && text_ends(word, "ies"))
        return (struct text){word.data, word.size - 1};
    if (word.size > 5 &&
        (text_ends(word, "ches") || text_ends(word, "shes") || text_ends(word, "xes")))
        return (struct text){word.data, word.size - 2};
    if (word.size > 3 && text_ends(word, "s") && !text_ends(word, "ss"))
        return (struct text){word.data, word.size - 1};
    return word;
}

static uint64_t meaning_of_word(struct text word)
{
    static const struct {
        const char *is, *also;
    } synonyms[] = {
#define SYNONYM(is, also) {is, also},
#include "audit/synonyms.def"
#undef SYNONYM
    };

    word = singular(word);
    for (size_t i = 0; i < COUNT(synonyms); i++)
        if (text_is(word, synonyms[i].also))
            word = text_from(synonyms[i].is);
    return hash_text(word, 0);
}

static struct text last_part(struct text path)
{
    struct text part = path;

    for (size_t i = 0; i < path.size; i++)
        if (path.data[i] == '>')
            part = (struct text){path.data + i + 1, path.size - i - 1};
    return text_trim(part);
}

/* The same for "Tables & chairs" and "chairs and table". */
static uint64_t meaning_of(struct text name)
{
    struct words words = {.rest = name};
    struct text word;
    uint64_t sum = 0;

    while (words_next(&words, &word))
        if (!text_is(word, "and") && !text_is(word, "und") && !text_is(word, "the"))
            sum += hash_u64(meaning_of_word(word));
    return sum;
}

/* One letter left out, added or other. */
static bool one_letter_apart(struct text a, struct text b)
{
    size_t front = 0, back = 0;
    size_t shorter = a.size < b.size ? a.size : b.size, longer = a.size + b.size - shorter;

    if (shorter < TYPO_LETTERS || longer - shorter > 1)
        return false;
    while (front < shorter && a.data[front] == b.data[front])
        front++;
    while (back < shorter - front && a.data[a.size - 1 - back] == b.data[b.size - 1 - back])
        back++;
    return longer - front - back <= 1;
}

static void fill(struct audit *a, struct shelf *shelves, uint32_t count)
{
    const struct catalog *c = a->options.catalog;

    for (category_number n = 1; n <= count; n++) {
        shelves[n].number = n;
        shelves[n].parent = catalog_category_parent(c, n);
        shelves[n].meaning = meaning_of(last_part(catalog_category_path(c, n)));
        if (shelves[n].parent != 0)
            shelves[shelves[n].parent].children++;
    }
    for (product_number n = 0; n < catalog_count(c); n++) {
        category_number at = catalog_category(c, n);
        if (at == 0 || catalog_body(c, n).size == 0 || catalog_product_of(c, n) != n)
            continue;
        shelves[at].own++;
        for (; at != 0; at = shelves[at].parent) {
            shelves[at].below += catalog_sellable(c, n) == SELLABLE;
            shelves[at].views += a->products[n].views;
            shelves[at].revenue += a->products[n].revenue;
        }
    }
}

static void tell(struct audit *a, enum check c, const struct shelf *s, const struct shelf *other)
{
    struct text path = catalog_category_path(a->options.catalog, s->number);
    struct text beside =
        other == NULL ? (struct text){0} : catalog_category_path(a->options.catalog, other->number);
    struct tally *t = tally_of(a, c);

    t->views += s->views;
    t->money += s->revenue;
    if (found(a, c))
        example(a, c, "%.*s%s%.*s", (int)path.size, path.data, other != NULL ? ", beside " : "",
                (int)beside.size, beside.data == NULL ? "" : beside.data);
}

static int by_parent(const void *a, const void *b)
{
    const struct shelf *x = a, *y = b;

    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static bool same_meaning(const struct audit *a, const struct shelf *x, const struct shelf *y)
{
    SCOPED(arena_free) struct arena arena = {0};
    const struct catalog *c = a->options.catalog;

    if (x->meaning == y->meaning)
        return true;
    return one_letter_apart(folded_text(last_part(catalog_category_path(c, x->number)), &arena),
                            folded_text(last_part(catalog_category_path(c, y->number)), &arena));
}

static void conclude_siblings(struct audit *a, struct shelf *shelves, uint32_t count)
{
    qsort(shelves + 1, count, sizeof(*shelves), by_parent);
    for (uint32_t i = 2; i <= count; i++)
        for (uint32_t k = i - 1;
             k >= 1 && shelves[k].parent == shelves[i].parent && i - k < SIBLINGS_MAX; k--) {
            if (!same_meaning(a, &shelves[i], &shelves[k]))
                continue;
            tell(a, CHECK_category_twins, &shelves[i], &shelves[k]);
            break;
        }
}

static bool is_standard(struct text name)
{
    static const char *const names[] = {
#define STANDARD(name) name,
#include "audit/standard_categories.def"
#undef STANDARD
    };

    for (size_t i = 0; i < COUNT(names); i++)
        if (text_equal_nocase(name, text_from(names[i])))
            return true;
    return false;
}

static struct text root_of(const struct audit *a, const struct shelf *shelves, category_number n)
{
    while (shelves[n].parent != 0)
        n = shelves[n].parent;
    return catalog_category_path(a->options.catalog, n);
}

/* Does the catalog use Google's or Shopify's taxonomy? It has one of their names on top that no shop would
 * think of by itself; then the single words among them are theirs too. */
static bool uses_standard(const struct audit *a, const struct shelf *shelves, uint32_t count)
{
    for (category_number n = 1; n <= count; n++) {
        struct text path = catalog_category_path(a->options.catalog, n);
        if (shelves[n].parent == 0 && is_standard(path) &&
            memchr(path.data, '&', path.size) != NULL)
            return true;
    }
    return false;
}

void conclude_taxonomy(struct audit *a)
{
    uint32_t count = catalog_category_count(a->options.catalog);
    struct shelf *shelves = mem_new((size_t)count + 2, sizeof(*shelves));

    fill(a, shelves, count);
    bool standards = uses_standard(a, shelves, count);
    for (category_number n = 1; n <= count; n++) {
        const struct shelf *s = &shelves[n];
        bool theirs = standards && is_standard(root_of(a, shelves, n));

        looked_at(a, CHECK_category_empty, 1);
        looked_at(a, CHECK_category_chain, !theirs);
        looked_at(a, CHECK_category_twins, 1);
        if (s->below == 0)
            tell(a, CHECK_category_empty, s, NULL);
        if (!theirs && s->children == 1 && s->own == 0)
            tell(a, CHECK_category_chain, s, NULL);
        if (s->children > 0)
            continue;
        looked_at(a, CHECK_category_crumb, 1);
        if (s->own >= 1 && s->own <= CRUMB_MAX)
            tell(a, CHECK_category_crumb, s, NULL);
    }
    conclude_siblings(a, shelves, count);
    mem_free(shelves);
}
