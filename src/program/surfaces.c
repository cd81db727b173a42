/* SPDX-License-Identifier: Apache-2.0 */
/* surfaces: what a document says of its lists and surfaces. */
#include <math.h>

#include "program/keys.h"

enum { ITEM_ID_MAX = 128 };

static const double explore_most = 0.1;

static void read_list_name(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program_list *list = into;

    (void)read_name(c, n, &list->name); /* a problem says all */
}

static void read_list_products(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program_list *list = into;
    const struct yaml_node *items = read_list(c, n, "products", PROGRAM_LIST_PRODUCTS_MAX);

    if (items == NULL)
        return;
    list->products = arena_array(c->keep, items->count, sizeof(*list->products));
    for (size_t i = 0; i < items->count; i++) {
        if (read_text(c, &items->items[i], "a product", ITEM_ID_MAX,
                      &list->products[list->product_count]))
            list->product_count++;
    }
}

static void read_surface_name(struct compile *c, const struct yaml_node *n, void *into)
{
    struct surface *s = into;

    (void)read_name(c, n, &s->name); /* a problem says all */
}

/* Also gives the surface its kind's sources; `sources`, read later, replaces them. */
static void read_kind(struct compile *c, const struct yaml_node *n, void *into)
{
    const char *words[SURFACE_KIND_COUNT + 1] = {NULL};
    struct surface *s = into;
    size_t word;

    for (size_t i = 0; i < SURFACE_KIND_COUNT; i++)
        words[i] = surface_kind_word((enum surface_kind)i);
    if (text_is(n->value, "search") || text_is(n->value, "email")) {
        problem_add(c->problems, c->scratch, n,
                    "surfaces of kind '%.*s' are not yet known to this version", (int)n->value.size,
                    n->value.data);
        return;
    }
    if (!yaml_word(n, "kind", words, &word, c->scratch, c->problems))
        return;
    struct surface fresh = surface_of_kind((enum surface_kind)word);
    fresh.name = s->name;
    *s = fresh;
}

static void read_objective(struct compile *c, const struct yaml_node *n, void *into)
{
    const char *words[OBJECTIVE_ORDERS + 2] = {NULL};
    struct surface *s = into;
    size_t word;

    if (text_is(n->value, "clicks")) {
        problem_add(c->problems, c->scratch, n,
                    "clicks are a diagnostic, never an objective: margin, revenue or orders");
        return;
    }
    for (size_t i = 0; i <= OBJECTIVE_ORDERS; i++)
        words[i] = objective_word((enum objective)i);
    if (yaml_word(n, "objective", words, &word, c->scratch, c->problems))
        s->objective = (enum objective)word;
}

/* Sources of the design that this version does not have. */
static bool source_comes_later(struct text word)
{
    static const char *const later[] = {"back_in_stock", "new"};

    for (size_t i = 0; i < COUNT(later); i++) {
        if (text_is(word, later[i]))
            return true;
    }
    return false;
}

static void read_source(struct compile *c, const struct yaml_node *n, struct surface *s)
{
    const char *words[SOURCE_COUNT + 1] = {NULL};
    size_t word;

    for (size_t i = 0; i < SOURCE_COUNT; i++)
        words[i] = source_word((enum source_kind)i);
    if (source_comes_later(n->value)) {
        problem_add(c->problems, c->scratch, n,
                    "the source '%.*s' is not yet known to this version", (int)n->value.size,
                    n->value.data);
        return;
    }
    if (!yaml_word(n, "source", words, &word, c->scratch, c->problems))
        return;
    for (size_t i = 0; i < s->source_count; i++) {
        if (s->sources[i] == (enum source_kind)word) {
            problem_add(c->problems, c->scratch, n, "the source '%s' stands twice", words[word]);
            return;
        }
    }
    s->sources[s->source_count++] = (enum source_kind)word;
}

static void read_sources(struct compile *c, const struct yaml_node *n, void *into)
{
    struct surface *s = into;
    const struct yaml_node *list = read_list(c, n, "sources", 2 * SOURCE_COUNT);

    if (list == NULL)
        return;
    s->source_count = 0;
    for (size_t i = 0; i < list->count; i++)
        read_source(c, &list->items[i], s);
    if (list->count == 0)
        problem_add(c->problems, c->scratch, n,
                    "sources is empty: name at least one, or leave it out for the usual ones");
}

static void read_limit(struct compile *c, const struct yaml_node *n, void *into)
{
    struct surface *s = into;
    long value;

    if (yaml_int(n, "limit", (struct yaml_range){1, SURFACE_LIMIT_MAX}, &value, c->scratch,
                 c->problems))
        s->limit = (uint32_t)value;
}

static void read_explore(struct compile *c, const struct yaml_node *n, void *into)
{
    struct surface *s = into;
    double value;

    if (yaml_number(n, "explore", (struct yaml_number_range){0, explore_most}, &value, c->scratch,
                    c->problems)) {
        s->explore_ppm = (uint32_t)lround(value * 1e6);
        s->explore_line = n->line;
    }
}

static void read_variety(struct compile *c, const struct yaml_node *n, void *into)
{
    struct surface *s = into;
    double value;

    if (yaml_number(n, "variety", (struct yaml_number_range){0, 1}, &value, c->scratch,
                    c->problems))
        s->variety_ppm = (uint32_t)lround(value * 1e6);
}

static void read_surface_list(struct compile *c, const struct yaml_node *n, struct surface *s)
{
    const struct program *p = c->program;
    const char **known = arena_array(c->scratch, p->list_count + 1, sizeof(*known));
    size_t at;

    if (p->list_count == 0) {
        problem_add(c->problems, c->scratch, n,
                    "there are no lists: name each under 'lists', with its products");
        return;
    }
    for (size_t i = 0; i < p->list_count; i++) /* one without a name has its own problem */
        known[i] = p->lists[i].name.data == NULL ? "" : p->lists[i].name.data;
    if (yaml_word(n, "list", known, &at, c->scratch, c->problems))
        s->lists[s->list_count++] = (uint32_t)at;
}

static void read_surface_lists(struct compile *c, const struct yaml_node *n, void *into)
{
    struct surface *s = into;
    const struct yaml_node *list = read_list(c, n, "lists", SURFACE_LISTS_MAX);
    bool curated = false;

    for (size_t i = 0; list != NULL && i < list->count; i++)
        read_surface_list(c, &list->items[i], s);
    for (size_t i = 0; i < s->source_count; i++)
        curated = curated || s->sources[i] == SOURCE_curated;
    if (!curated)
        problem_add(c->problems, c->scratch, n,
                    "lists are shown by the source 'curated', which is not among the sources");
}

static const struct key list_keys[] = {
    {"name", true, read_list_name, "letters, digits, '-' and '_'", "what surfaces call it"},
    {"products", true, read_list_products, "a list of at most 1000 item ids",
     "in the order they are shown"},
};

static const struct key surface_keys[] = {
    {"name", true, read_surface_name, "letters, digits, '-' and '_'",
     "what the storefront asks for"},
    {"kind", true, read_kind, "pdp, cart, post_cart, home or category", "where it stands"},
    {"objective", false, read_objective, "margin, revenue or orders; margin when left out",
     "what it is measured by"},
    {"sources", false, read_sources, "a list; the usual ones of its kind when left out",
     "where products come from; their order is the order shown"},
    {"limit", false, read_limit, "1 to 100; 8 when left out", "products shown at most"},
    {"explore", false, read_explore, "0 to 0.1; 0.02 when left out",
     "share of answers, on the rung learned, that show one product from below the limit, so that "
     "learning sees more than its own choices"},
    {"variety", false, read_variety, "0 to 1; 0 when left out",
     "how much products that are not alike go before products that rank higher: 0 not at all, 0.2 "
     "a visible mix for little accuracy, 1 without regard to rank"},
    {"lists", false, read_surface_lists, "a list of names; all lists when left out",
     "what its source 'curated' shows"},
    {"rules", false, read_surface_rules, "a list of at most 200",
     "what it obeys, after the rules of the shop: see Rules"},
    {"holdout_shows", false, NULL, "", "what the holdout of an experiment gets"},
};

const struct block list_block = {"a list", "Each item of lists.", list_keys, COUNT(list_keys)};
const struct block surface_block = {"a surface", "Each item of surfaces.", surface_keys,
                                    COUNT(surface_keys)};

static void note_twice(struct compile *c, const struct yaml_node *n, const char *what,
                       struct text name)
{
    problem_add(c->problems, c->scratch, n, "there are two %s named '%.*s'", what, (int)name.size,
                name.data);
}

void read_lists(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;
    const struct yaml_node *list = read_list(c, n, "lists", PROGRAM_LISTS_MAX);

    if (list == NULL)
        return;
    p->lists = arena_array(c->keep, list->count, sizeof(*p->lists));
    for (size_t i = 0; i < list->count; i++) {
        struct program_list *fresh = &p->lists[p->list_count];
        read_block(c, &list->items[i], &list_block, fresh);
        for (size_t k = 0; k < p->list_count; k++) {
            if (fresh->name.data != NULL && text_equal(p->lists[k].name, fresh->name))
                note_twice(c, &list->items[i], "lists", fresh->name);
        }
        p->list_count++;
    }
}

void read_surfaces(struct compile *c, const struct yaml_node *n, void *into)
{
    struct program *p = into;
    const struct yaml_node *list = read_list(c, n, "surfaces", PROGRAM_SURFACES_MAX);

    if (list == NULL)
        return;
    if (list->count == 0)
        problem_add(c->problems, c->scratch, n,
                    "surfaces is empty: name at least one, or leave it out for one of each kind");
    p->surfaces = arena_array(c->keep, list->count, sizeof(*p->surfaces));
    p->surface_count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct surface *fresh = &p->surfaces[p->surface_count];
        fresh->limit = SURFACE_LIMIT_DEFAULT;
        fresh->explore_ppm = EXPLORE_PPM_DEFAULT;
        read_block(c, &list->items[i], &surface_block, fresh);
        for (size_t k = 0; k < p->surface_count; k++) {
            if (fresh->name.data != NULL && text_equal(p->surfaces[k].name, fresh->name))
                note_twice(c, &list->items[i], "surfaces", fresh->name);
        }
        p->surface_count++;
    }
}
