/* SPDX-License-Identifier: Apache-2.0 */
/* How much the products of an answer differ, and how little known they are; evaluate.h says by what
 * definitions. Nothing of it is timed with the answer. */
#include <math.h>

#include "base/memory.h"
#include "paths/evaluation.h"

void diversity_begin(struct diversity *d, const struct walk *w)
{
    const struct generation *g = w->generation;
    product_number count = catalog_count(w->state->catalog);

    *d = (struct diversity){.walk = w};
    if (g == NULL || g->sessions == NULL)
        return;
    d->information = mem_new((size_t)count + 1, sizeof(*d->information));
    d->product_count = count;
    double sessions = sessions_count(g->sessions);
    for (product_number p = 0; p < count; p++) {
        bool known = p < sessions_products(g->sessions);
        double held = known ? sessions_frequency(g->sessions, p) : 0;
        d->information[p] = -log2((held + 1) / (sessions + 1));
    }
}

void diversity_end(struct diversity *d)
{
    mem_free(d->information);
    d->information = NULL;
}

/* 0 the same, a half a parent or a sibling, else 1. */
static double categories_apart(const struct catalog *catalog, category_number a, category_number b)
{
    if (a == b)
        return 0;
    category_number above_a = catalog_category_parent(catalog, a);
    category_number above_b = catalog_category_parent(catalog, b);
    return a == above_b || b == above_a || (above_a != 0 && above_a == above_b) ? 0.5 : 1;
}

/* A mean over pairs, as they come. */
struct pairs_mean {
    double sum;
    uint32_t count;
};

static void mean_into(const struct pairs_mean *pairs, double *sum, uint64_t *lists)
{
    if (pairs->count == 0)
        return;
    *sum += pairs->sum / pairs->count;
    *lists += 1;
}

void diversity_add(struct diversity *d, const struct answer *answer)
{
    const struct catalog *catalog = d->walk->state->catalog;
    const struct generation *g = d->walk->generation;
    const struct product_vector *vectors[EVALUATE_AT];
    category_number categories[EVALUATE_AT];
    struct pairs_mean by_category = {0}, by_vector = {0};
    size_t count = answer->item_count < EVALUATE_AT ? answer->item_count : EVALUATE_AT;

    if (g != NULL && g->vectors != NULL)
        vectors_refresh(g->vectors, g->content, catalog);
    for (size_t i = 0; i < count; i++) {
        product_number p = answer->items[i].product;
        bool has = g != NULL && g->vectors != NULL;
        vectors[i] = has ? vectors_find(g->vectors, p, NULL) : NULL;
        categories[i] = catalog_category(catalog, p);
        if (p < d->product_count) {
            d->novelty += d->information[p];
            d->items++;
        }
        for (size_t k = 0; k < i; k++) {
            if (categories[i] != 0 && categories[k] != 0) {
                by_category.sum += categories_apart(catalog, categories[i], categories[k]);
                by_category.count++;
            }
            if (vectors[i] != NULL && vectors[k] != NULL) {
                by_vector.sum += 1 - (double)vectors_likeness(vectors[i], vectors[k]);
                by_vector.count++;
            }
        }
    }
    mean_into(&by_category, &d->category, &d->category_lists);
    mean_into(&by_vector, &d->vector, &d->vector_lists);
}

static double mean(double sum, uint64_t count)
{
    return count == 0 ? (double)NAN : sum / (double)count;
}

void diversity_figures(const struct diversity *d, struct rung_figures *out)
{
    out->ild_category = mean(d->category, d->category_lists);
    out->ild_vector = mean(d->vector, d->vector_lists);
    out->novelty = mean(d->novelty, d->items);
}
