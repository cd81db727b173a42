/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/vectors.h"

#include <math.h>

#include "base/memory.h"
#include "train/collect.h"
#include "train/content_fit.h"
#include "train/factor.h"
#include "train/vectors.h"

_Static_assert((int)FACTOR_SIZE >= (int)VECTOR_BEHAVIOUR,
               "behaviour takes the strongest of the factors");

struct making {
    const struct train_options *options;
    const struct catalog *catalog;
    struct content *content; /* NULL: no product has any */
    const struct factor *factor;
    product_number *products;
    uint32_t *shoppers;
    struct product_vector *vectors;
    uint32_t count;
};

static void making_free(struct making *m)
{
    content_close(&m->content);
    mem_free(m->products);
    mem_free(m->shoppers);
    mem_free(m->vectors);
}

/* Scaled to VECTOR_UNIT; false when nothing is left of it. */
static bool set_behaviour(const float *from, struct product_vector *to)
{
    double square = 0;

    for (int k = 0; k < VECTOR_BEHAVIOUR; k++)
        square += (double)from[k] * from[k];
    for (int k = 0; k < VECTOR_BEHAVIOUR && square > 0; k++)
        to->behaviour[k] = (int8_t)lrint(from[k] / sqrt(square) * VECTOR_UNIT);
    return square > 0;
}

static void add_product(struct making *m, product_number p, struct arena *arena)
{
    struct product_vector *vector = &m->vectors[m->count];
    uint32_t shoppers = p < m->factor->product_count ? m->factor->shoppers[p] : 0;
    struct product product;

    *vector = (struct product_vector){.sure = 0};
    bool has_content = m->content != NULL && catalog_get(m->catalog, p, arena, &product) &&
                       content_vector(m->content, &product, vector->content);
    if (shoppers > 0 && !set_behaviour(m->factor->vectors + (size_t)p * FACTOR_SIZE, vector))
        shoppers = 0;
    if (shoppers > 0)
        vector->sure = likeness_sure(shoppers);
    if (!has_content && shoppers == 0)
        return;
    m->products[m->count] = p;
    m->shoppers[m->count++] = shoppers;
}

static void add_products(struct making *m)
{
    SCOPED(arena_free) struct arena arena = {0};
    product_number count = catalog_count(m->catalog);
    uint32_t counted = 0;

    for (product_number p = 0; p < count; p++)
        counted += vectors_counts(m->catalog, p);
    m->products = mem_new(counted, sizeof(*m->products));
    m->shoppers = mem_new(counted, sizeof(*m->shoppers));
    m->vectors = mem_new(counted, sizeof(*m->vectors));
    for (product_number p = 0; p < count; p++) {
        if (vectors_counts(m->catalog, p))
            add_product(m, p, &arena);
        arena_reset(&arena);
    }
}

static void tell(void *context, uint64_t done, uint64_t total)
{
    train_report(context, "similar products", done, total);
}

static enum status learn_content(struct making *m, const char *path, struct error *err)
{
    bool made = false;

    train_report(m->options, "product content", 0, 1);
    if (content_fit(m->catalog, path, &made, err) != OK ||
        (made && content_open(&m->content, path, err) != OK))
        return err->status;
    train_report(m->options, "product content", 1, 1);
    return OK;
}

enum status train_vectors(const struct train_options *options, const struct catalog *catalog,
                          const struct factor *factor, const struct train_vector_paths *paths,
                          uint32_t *count, struct error *err)
{
    SCOPED(making_free)
    struct making m = {.options = options, .catalog = catalog, .factor = factor};
    struct train_options own = *options; /* tell takes no const */

    *count = 0;
    if (learn_content(&m, paths->content, err) != OK)
        return err->status;
    add_products(&m);
    if (m.count == 0)
        return OK;
    struct vector_set vectors = {catalog_count(catalog), m.count, m.products, m.shoppers, m.vectors,
                                 options->passing};
    enum status status = vectors_build(&vectors, tell, &own, paths->vectors, err);
    if (status == OK)
        *count = m.count;
    train_report(options, "similar products", m.count, m.count);
    return status;
}
