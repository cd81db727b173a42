/* SPDX-License-Identifier: Apache-2.0 */
#include "train/content_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "indexes/vectors.h"
#include "train/eigen.h"
#include "train/sparse.h"

enum { PRODUCTS_MIN = 2 }; /* that have a term, for it to be in the model */

static const double rest_share = 0.5; /* of what the strongest dimensions leave out of a term */

struct term_count {
    uint64_t hash;
    uint32_t products;
};

struct fit {
    const struct catalog *catalog;
    uint32_t product_count;
    uint64_t *starts; /* products + 1: where a product's terms begin */
    struct content_term *terms;
    size_t starts_room, terms_room;
    struct term_count *vocabulary; /* by rising hash */
    uint32_t term_count;
};

static void fit_free(struct fit *f)
{
    mem_free(f->starts);
    mem_free(f->terms);
    mem_free(f->vocabulary);
}

static void read_terms(struct fit *f)
{
    SCOPED(arena_free) struct arena arena = {0};
    product_number count = catalog_count(f->catalog);
    uint32_t counted = 0, seen = 0;
    struct product product;

    for (product_number p = 0; p < count; p++)
        counted += vectors_counts(f->catalog, p);
    uint32_t step = counted / CONTENT_FIT_MAX + (counted % CONTENT_FIT_MAX > 0);
    for (product_number p = 0; p < count; p++) {
        if (!vectors_counts(f->catalog, p) || seen++ % step != 0 ||
            !catalog_get(f->catalog, p, &arena, &product))
            continue;
        size_t at = f->product_count > 0 ? f->starts[f->product_count] : 0;
        f->terms = mem_grow(f->terms, &f->terms_room, at + CONTENT_TERMS_MAX, sizeof(*f->terms));
        f->starts = mem_grow(f->starts, &f->starts_room, f->product_count + 2U, sizeof(*f->starts));
        f->starts[++f->product_count] = at + content_terms(&product, f->terms + at);
        arena_reset(&arena);
    }
}

static int by_hash(const void *a, const void *b)
{
    const struct term_count *x = a, *y = b;

    return (x->hash > y->hash) - (x->hash < y->hash);
}

static int by_products(const void *a, const void *b)
{
    const struct term_count *x = a, *y = b;

    if (x->products != y->products)
        return x->products > y->products ? -1 : 1;
    return by_hash(a, b);
}

static void choose_vocabulary(struct fit *f)
{
    size_t all = f->product_count > 0 ? f->starts[f->product_count] : 0, kept = 0;
    struct term_count *v = mem_resize(NULL, all, sizeof(*v));

    for (size_t i = 0; i < all; i++)
        v[i] = (struct term_count){f->terms[i].hash, 1};
    qsort(v, all, sizeof(*v), by_hash);
    for (size_t i = 0; i < all;) {
        struct term_count term = v[i];
        for (i++; i < all && v[i].hash == term.hash; i++)
            term.products++;
        if (term.products >= PRODUCTS_MIN)
            v[kept++] = term;
    }
    if (kept > CONTENT_VOCABULARY_MAX) {
        qsort(v, kept, sizeof(*v), by_products);
        kept = CONTENT_VOCABULARY_MAX;
        qsort(v, kept, sizeof(*v), by_hash);
    }
    f->vocabulary = v;
    f->term_count = (uint32_t)kept;
}

static double rarity(const struct fit *f, uint32_t term)
{
    return log((f->product_count + 1.0) / f->vocabulary[term].products);
}

/* Products by terms, each row scaled to length 1. */
static struct sparse weigh(const struct fit *f)
{
    uint64_t all = f->starts[f->product_count], count = 0;
    struct sparse m = {.rows = f->product_count,
                       .columns = f->term_count,
                       .starts = mem_new((size_t)f->product_count + 1, sizeof(*m.starts)),
                       .at = mem_resize(NULL, all, sizeof(*m.at)),
                       .values = mem_resize(NULL, all, sizeof(*m.values))};

    for (uint32_t i = 0; i < f->product_count; i++) {
        double square = 0;
        for (uint64_t k = f->starts[i]; k < f->starts[i + 1]; k++) {
            const struct term_count wanted = {.hash = f->terms[k].hash};
            const struct term_count *found =
                bsearch(&wanted, f->vocabulary, f->term_count, sizeof(wanted), by_hash);
            if (found == NULL)
                continue;
            m.at[count] = (uint32_t)(found - f->vocabulary);
            m.values[count] = (float)(f->terms[k].weight * rarity(f, m.at[count]));
            square += (double)m.values[count] * m.values[count];
            count++;
        }
        for (uint64_t k = m.starts[i]; k < count; k++)
            m.values[k] = (float)(m.values[k] / sqrt(square));
        m.starts[i + 1] = count;
    }
    return m;
}

/* A'A, of which the eigenvectors are A's right singular vectors. */
struct gram {
    struct sparse a, transposed;
};

static void multiply(const void *context, const float *x, uint32_t width, float *out)
{
    const struct gram *g = context;
    float *between = mem_new((size_t)g->a.rows * width, sizeof(*between));

    sparse_multiply(&g->a, x, width, between);
    sparse_multiply(&g->transposed, between, width, out);
    mem_free(between);
}

/* A term's places in the strongest dimensions, and what they leave out of it, thrown at random over
 * all of them by the bits of its hash. */
static struct content_row row_of(const struct eigen *e, uint32_t term, uint64_t hash, double weight)
{
    const float *own = e->vectors + (size_t)term * e->count;
    uint64_t signs = hash_u64(hash);
    double values[CONTENT_SIZE], square = 0, largest = 0;
    struct content_row row = {0};

    for (uint32_t k = 0; k < e->count; k++)
        square += (double)own[k] * own[k];
    double rest = square < 1 ? rest_share * sqrt((1 - square) / CONTENT_SIZE) : 0;
    for (uint32_t k = 0; k < CONTENT_SIZE; k++) {
        values[k] = (k < e->count ? own[k] : 0) + (signs >> k & 1 ? rest : -rest);
        largest = fabs(values[k]) > largest ? fabs(values[k]) : largest;
    }
    row.scale = (float)(weight * largest / INT8_MAX);
    for (uint32_t k = 0; k < CONTENT_SIZE; k++)
        row.row[k] = (int8_t)lrint(values[k] / largest * INT8_MAX);
    return row;
}

static enum status write_model(const struct fit *f, const struct eigen *e, const char *path,
                               struct error *err)
{
    uint64_t *hashes = mem_new(f->term_count, sizeof(*hashes));
    struct content_row *rows = mem_new(f->term_count, sizeof(*rows));

    for (uint32_t i = 0; i < f->term_count; i++) {
        hashes[i] = f->vocabulary[i].hash;
        rows[i] = row_of(e, i, hashes[i], rarity(f, i));
    }
    enum status status = content_write(hashes, rows, f->term_count, path, err);
    mem_free(hashes);
    mem_free(rows);
    return status;
}

enum status content_fit(const struct catalog *catalog, const char *path, bool *made,
                        struct error *err)
{
    SCOPED(fit_free) struct fit f = {.catalog = catalog};

    read_terms(&f);
    choose_vocabulary(&f);
    *made = f.term_count > 0;
    if (!*made)
        return OK;
    struct gram gram = {.a = weigh(&f)};
    gram.transposed = sparse_transposed(&gram.a);
    struct eigen_matrix matrix = {f.term_count, multiply, &gram};
    struct eigen e = eigen_largest(&matrix, CONTENT_SIZE);
    enum status status = write_model(&f, &e, path, err);
    eigen_free(&e);
    sparse_free(&gram.a);
    sparse_free(&gram.transposed);
    return status;
}
