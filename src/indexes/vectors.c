/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/vectors.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "indexes/graph.h"
#include "indexes/overlay.h"
#include "indexes/vectors_layout.h"

/* How many a search keeps in hand: measured, see docs/decisions/vectors.md. */
enum { EFFORT = 160 };

struct vectors {
    struct array_file file;
    product_number product_count;
    const uint32_t *rows;
    const product_number *products;
    const uint32_t *shoppers;
    const struct product_vector *vectors;
    struct graph graph;
    struct overlay *overlay;
};

bool vectors_counts(const struct catalog *catalog, product_number p)
{
    enum sellable sellable = catalog_sellable(catalog, p);

    return catalog_product_of(catalog, p) == p && sellable != NOT_KNOWN &&
           sellable != NOT_PUBLISHED && !catalog_sensitive(catalog, p);
}

/* --- opening --- */

static bool lengths_fit(const struct array_file *f)
{
    uint64_t products = f->counts[COUNT_PRODUCTS], rows = f->counts[COUNT_ROWS],
             levels = f->counts[COUNT_LEVELS], nodes = f->counts[COUNT_LEVEL_NODES];

    return products < UINT32_MAX && rows <= products && levels <= GRAPH_LEVELS_MAX &&
           nodes <= UINT32_MAX && f->counts[COUNT_ENTRY] <= UINT32_MAX &&
           f->sections[SECTION_ROWS].size == 4 * products &&
           f->sections[SECTION_PRODUCTS].size == 4 * rows &&
           f->sections[SECTION_SHOPPERS].size == 4 * rows &&
           f->sections[SECTION_VECTORS].size == sizeof(struct product_vector) * rows &&
           f->sections[SECTION_LINKS].size == 4 * GRAPH_LINKS * rows &&
           f->sections[SECTION_LEVEL_STARTS].size == 4 * (levels + 1) &&
           f->sections[SECTION_LEVEL_NODES].size == 4 * nodes &&
           f->sections[SECTION_LEVEL_LINKS].size == 4 * GRAPH_LEVEL_LINKS * nodes;
}

static const char *rows_problem(const struct vectors *v)
{
    uint32_t with_row = 0;

    for (product_number p = 0; p < v->product_count; p++) {
        if (v->rows[p] == ROW_NONE)
            continue;
        if (v->rows[p] != with_row || with_row == v->graph.count || v->products[with_row] != p)
            return "its products are out of order";
        with_row++;
    }
    return with_row == v->graph.count ? NULL : "its products are out of order";
}

/* Square of the longest that rounding makes of VECTOR_UNIT: half a unit in each of 64 directions. Of
 * longer ones a likeness might be more than a whole number holds. */
enum { LONGEST = (VECTOR_UNIT + 4) * (VECTOR_UNIT + 4) };

/* -128 has no counterpart above zero, and processors differ in what they make of it. */
static const char *vectors_problem(const struct vectors *v)
{
    const int8_t *bytes = (const int8_t *)v->vectors;
    int8_t lowest = 0;

    for (size_t i = 0; i < (size_t)v->graph.count * sizeof(*v->vectors); i++)
        lowest = bytes[i] < lowest ? bytes[i] : lowest;
    for (uint32_t i = 0; i < v->graph.count && lowest > INT8_MIN; i++) {
        const struct dots own = vector_dots(&v->vectors[i], &v->vectors[i]);
        if (v->vectors[i].sure > VECTOR_SURE || own.behaviour > LONGEST || own.content > LONGEST)
            return "a vector is too long";
    }
    return lowest > INT8_MIN ? NULL : "a vector is too long";
}

static const char *problem_of(const struct vectors *v)
{
    const char *problem = rows_problem(v);

    if (problem == NULL)
        problem = vectors_problem(v);
    if (problem == NULL &&
        (v->graph.level_starts[0] != 0 ||
         v->graph.level_starts[v->graph.level_count] != v->file.counts[COUNT_LEVEL_NODES]))
        problem = "its parts overlap";
    return problem == NULL ? graph_problem(&v->graph) : problem;
}

enum status vectors_open(struct vectors **out, const char *path, struct error *err)
{
    SCOPED(vectors_close) struct vectors *v = mem_new(1, sizeof(*v));
    enum status status = array_file_open(&vectors_kind, &v->file, path, err);
    const struct array_section *sections = v->file.sections;

    if (status != OK)
        return status;
    if (!lengths_fit(&v->file))
        return array_file_damaged(err, path, "its parts have wrong lengths");
    v->product_count = (product_number)v->file.counts[COUNT_PRODUCTS];
    v->rows = sections[SECTION_ROWS].bytes;
    v->products = sections[SECTION_PRODUCTS].bytes;
    v->shoppers = sections[SECTION_SHOPPERS].bytes;
    v->vectors = sections[SECTION_VECTORS].bytes;
    v->graph = (struct graph){
        .count = (uint32_t)v->file.counts[COUNT_ROWS],
        .entry = (uint32_t)v->file.counts[COUNT_ENTRY],
        .links = sections[SECTION_LINKS].bytes,
        .level_count = (uint32_t)v->file.counts[COUNT_LEVELS],
        .level_starts = sections[SECTION_LEVEL_STARTS].bytes,
        .level_nodes = sections[SECTION_LEVEL_NODES].bytes,
        .level_links = sections[SECTION_LEVEL_LINKS].bytes,
    };
    const char *problem = problem_of(v);
    if (problem != NULL)
        return array_file_damaged(err, path, problem);
    v->overlay = overlay_new();
    *out = v;
    v = NULL;
    return OK;
}

void vectors_close(struct vectors **v)
{
    if (*v == NULL)
        return;
    array_file_close(&(*v)->file);
    overlay_free((*v)->overlay);
    mem_free(*v);
    *v = NULL;
}

uint32_t vectors_count(const struct vectors *v)
{
    return v->graph.count;
}

/* --- the overlay --- */

static bool in_file(const void *context, product_number p)
{
    const struct vectors *v = context;

    return p < v->product_count && v->rows[p] != ROW_NONE;
}

void vectors_refresh(const struct vectors *v, const struct content *content,
                     const struct catalog *catalog)
{
    const struct overlay_source from = {catalog, content, in_file, v};

    if (content != NULL)
        overlay_refresh(v->overlay, &from);
}

uint32_t vectors_overlay_count(const struct vectors *v)
{
    return overlay_count(v->overlay);
}

/* --- reading --- */

const struct product_vector *vectors_find(const struct vectors *v, product_number p,
                                          uint32_t *shoppers)
{
    bool there = in_file(v, p);

    if (shoppers != NULL)
        *shoppers = there ? v->shoppers[v->rows[p]] : 0;
    return there ? &v->vectors[v->rows[p]] : overlay_find(v->overlay, p);
}

void vectors_fetch(const struct vectors *v, product_number p, enum fetch step)
{
    if (p >= v->product_count)
        return;
    if (step == FETCH_FIRST) {
        __builtin_prefetch(&v->rows[p]);
    } else if (v->rows[p] != ROW_NONE) {
        const struct product_vector *vector = &v->vectors[v->rows[p]];
        __builtin_prefetch(vector);
        __builtin_prefetch(vector->content);
    }
}

float vectors_likeness(const struct product_vector *a, const struct product_vector *b)
{
    if (a == NULL || b == NULL)
        return VECTORS_APART;
    return (float)likeness(a, b) / (float)LIKENESS_UNIT;
}

/* --- searching --- */

static bool before(const struct alike *a, const struct alike *b)
{
    if (a->likeness != b->likeness)
        return a->likeness > b->likeness;
    return a->product < b->product;
}

/* The best `max` in `list`, in order. */
static size_t take(struct alike *list, size_t count, size_t max, struct alike fresh)
{
    if (count == max && !before(&fresh, &list[count - 1]))
        return count;
    size_t at = count < max ? count : count - 1;
    for (; at > 0 && before(&fresh, &list[at - 1]); at--)
        list[at] = list[at - 1];
    list[at] = fresh;
    return count < max ? count + 1 : count;
}

static struct alike of_graph(const struct vectors *v, const struct vectors_query *q,
                             struct graph_found found)
{
    const struct product_vector *vector = &v->vectors[found.node];
    struct alike a = {v->products[found.node], found.likeness,
                      q->vector.sure > 0 && vector->sure > 0, v->shoppers[found.node]};

    if (a.by_behaviour && a.shoppers < q->support_min) {
        a.by_behaviour = false;
        a.likeness = likeness_of(vector_dots(&q->vector, vector), 0, 0);
    }
    if (!a.by_behaviour)
        a.shoppers = 0;
    return a;
}

size_t vectors_search(const struct vectors *v, const struct vectors_query *query, size_t max,
                      struct arena *a, struct alike *out)
{
    size_t effort = max > EFFORT ? max : EFFORT, count = 0;
    struct graph_found *found = arena_array(a, effort, sizeof(*found));

    assert(max > 0 && max <= VECTORS_FOUND_MAX);
    size_t found_count =
        graph_search(&v->graph, v->vectors, &query->vector, effort, graph_room_new(a), found);
    for (size_t i = 0; i < found_count; i++)
        count = take(out, count, max, of_graph(v, query, found[i]));
    for (uint32_t i = 0; i < overlay_count(v->overlay); i++) {
        const struct product_vector *vector;
        struct alike fresh = {.product = overlay_at(v->overlay, i, &vector)};
        fresh.likeness = likeness(&query->vector, vector);
        count = take(out, count, max, fresh);
    }
    return count;
}
