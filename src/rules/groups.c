/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/groups.h"

#include <assert.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/words.h"

struct groups {
    const struct group_list *list; /* NULL: none */
    uint64_t *keys;                /* a row of list->count for each product number */
    size_t keys_room;
    product_number known; /* rows there are */
    uint64_t followed;    /* catalog_changes up to here are in the rows; 0: none */
    struct arena scratch; /* of one product */
};

static bool group_equal(const struct group *a, const struct group *b)
{
    return a->by == b->by &&
           (a->by != GROUP_ATTRIBUTE || text_equal_nocase(a->attribute, b->attribute));
}

bool group_number(struct group_list *list, const struct group *group, uint32_t *number)
{
    for (*number = 0; *number < list->count; ++*number)
        if (group_equal(&list->groups[*number], group))
            return true;
    if (list->count == GROUPS_MAX)
        return false;
    list->groups[list->count++] = *group;
    return true;
}

struct groups *groups_new(void)
{
    return mem_new(1, sizeof(struct groups));
}

void groups_free(struct groups *g)
{
    if (g == NULL)
        return;
    mem_free(g->keys);
    arena_free(&g->scratch);
    mem_free(g);
}

static size_t width(const struct groups *g)
{
    return g->list == NULL ? 0 : g->list->count;
}

bool groups_are(const struct groups *g, const struct group_list *list)
{
    size_t count = list == NULL ? 0 : list->count;
    bool same = count == width(g);

    for (size_t i = 0; same && i < count; i++)
        same = group_equal(&g->list->groups[i], &list->groups[i]);
    return same;
}

void groups_take(struct groups *g, const struct group_list *list)
{
    if (!groups_are(g, list))
        g->known = 0;
    g->list = list;
}

bool groups_adopt(struct groups **g, struct groups **ahead, const struct group_list *list)
{
    struct groups *fresh = *ahead;

    if (fresh == NULL || !groups_are(fresh, list))
        return false;
    fresh->list = list;
    *ahead = *g;
    *g = fresh;
    return true;
}

/* --- what a product is taken for ---------------------------------------------------- */

/* Of a text's words, folded, behind `seed`; `seed` when it has none. */
static uint64_t words_key(struct text t, uint64_t seed)
{
    struct words words = {.rest = t};
    struct text word;

    while (words_next(&words, &word))
        seed = hash_text(word, seed);
    return seed;
}

/* A text of signs alone is taken as it stands. */
static uint64_t text_key(struct text t)
{
    struct text trimmed = text_trim(t);
    uint64_t key = words_key(trimmed, 0);

    if (trimmed.size == 0)
        return 0;
    return (key == 0 ? hash_text(trimmed, 1) : key) | 1;
}

static uint64_t title_key(const struct product *p)
{
    uint64_t title = text_key(p->title);

    return title == 0 ? 0 : hash_u64(title ^ hash_u64(text_key(p->brand))) | 1;
}

static uint64_t attribute_key(const struct product *p, struct text name)
{
    for (uint32_t i = 0; i < p->attribute_count; i++) {
        uint64_t key =
            text_equal_nocase(p->attributes[i].name, name) ? text_key(p->attributes[i].value) : 0;
        if (key != 0)
            return key;
    }
    return 0;
}

static uint64_t key_of(const struct group *group, const struct product *p)
{
    switch (group->by) {
    case GROUP_BRAND: return text_key(p->brand);
    case GROUP_TITLE: return title_key(p);
    case GROUP_ATTRIBUTE: break;
    }
    return attribute_key(p, group->attribute);
}

static void find(struct groups *g, const struct catalog *c, product_number n)
{
    uint64_t *row = g->keys + (size_t)n * width(g);
    struct product p;
    bool known = catalog_body(c, n).data != NULL && catalog_get(c, n, &g->scratch, &p);

    for (size_t i = 0; i < width(g); i++)
        row[i] = known ? key_of(&g->list->groups[i], &p) : 0;
    arena_reset(&g->scratch);
}

/* --- following ---------------------------------------------------------------------- */

bool groups_advance(struct groups *g, const struct catalog *c, size_t rows)
{
    uint64_t from = g->followed, changes = catalog_changes(c);
    product_number count = catalog_count(c);

    if (!catalog_tells(c, from) || width(g) == 0)
        g->known = 0;
    g->followed = changes;
    if (width(g) == 0)
        return true;
    for (uint64_t i = from; g->known > 0 && i < changes; i++)
        if (catalog_changed(c, i) < g->known)
            find(g, c, catalog_changed(c, i));
    g->keys = mem_grow(g->keys, &g->keys_room, (size_t)count * width(g), sizeof(*g->keys));
    for (; g->known < count && rows > 0; g->known++, rows--)
        find(g, c, g->known);
    return g->known == count;
}

void groups_follow(struct groups *g, const struct catalog *c)
{
    (void)groups_advance(g, c, SIZE_MAX); /* all of them */
}

void groups_keep_up(struct groups *g, const struct catalog *c)
{
    if (catalog_changes(c) - g->followed >= CATALOG_CHANGES_KEPT / 2)
        groups_follow(g, c);
}

uint64_t groups_key(const struct groups *g, product_number n, uint32_t group)
{
    assert(n < g->known && group < width(g));
    return g->keys[(size_t)n * width(g) + group];
}
