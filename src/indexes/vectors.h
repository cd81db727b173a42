/* SPDX-License-Identifier: Apache-2.0 */
/* vectors: a vector for each product, and those most like one.
 *
 * A generation's file holds the vectors of the products that had content, or enough shoppers, when it
 * was built, and a graph over them. What the catalog got since stands in the overlay, by content
 * alone, and is compared one by one: OVERLAY_MAX products, of more the newest by number. The overlay
 * is a function of the generation and of the catalog as folded, however it came about, so that an
 * answer that used it can be produced again.
 *
 * Lifetime   a generation's; the file is mapped and immutable, the overlay on the heap.
 * Threads    call vectors_refresh first; from then on any number of readers, for as long as the
 *            catalog is not folded further (the shop's state lock sees to it). */
#ifndef INDEXES_VECTORS_H
#define INDEXES_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/fetch.h"
#include "catalog/catalog.h"
#include "indexes/content.h"
#include "indexes/likeness.h"
#include "journal/numbers.h"

enum { OVERLAY_MAX = 4096, VECTORS_FOUND_MAX = 256 };

/* Does the content of a product count: is it known, published and not sensitive? */
bool vectors_counts(const struct catalog *catalog, product_number p);

/* What a file is made of. */
struct vector_set {
    product_number product_count; /* numbers are below this */
    uint32_t count;
    const product_number *products; /* rising */
    const uint32_t *shoppers;       /* distinct ones behind the behaviour */
    const struct product_vector *vectors;
    bool
        passing; /* the file is read for minutes, by learning: its graph is made in a third of the time
                     and finds a little less */
};

/* Build the graph, on one thread, and write the file. Deterministic. `progress` is called now and
 * then, may be NULL. Memory: 700 bytes a vector. */
MUST_USE enum status vectors_build(const struct vector_set *set,
                                   void (*progress)(void *context, uint64_t done, uint64_t total),
                                   void *context, const char *path, struct error *err);

struct vectors;
/* Map and check. ERR_CORRUPT naming the file. */
MUST_USE enum status vectors_open(struct vectors **out, const char *path, struct error *err);
void vectors_close(struct vectors **v); /* for SCOPED */

uint32_t vectors_count(const struct vectors *v); /* those of the file */

/* Bring the overlay in line with the catalog; `content` is the generation's (NULL: none, and then
 * the overlay is empty). Costs next to nothing when the catalog did not change. */
void vectors_refresh(const struct vectors *v, const struct content *content,
                     const struct catalog *catalog);
/* Products in the overlay, at the last refresh; any thread, any time. */
uint32_t vectors_overlay_count(const struct vectors *v);

/* A product's vector, NULL when it has none; `*shoppers` (may be NULL) receives how many distinct
 * ones are behind its behaviour. */
const struct product_vector *vectors_find(const struct vectors *v, product_number p,
                                          uint32_t *shoppers);
/* Bring into the cache what that and its reader touch: where the vector is, then the vector. */
void vectors_fetch(const struct vectors *v, product_number p, enum fetch step);

/* How much two vectors are alike, 1 the most; VECTORS_APART when one is NULL, which is less alike than
 * any two are. */
#define VECTORS_APART (-2.0F)
float vectors_likeness(const struct product_vector *a, const struct product_vector *b);

/* What to look for. */
struct vectors_query {
    struct product_vector vector; /* `sure` 0: by content alone */
    uint32_t support_min; /* behaviour of products with fewer distinct shoppers is left out */
};

struct alike {
    product_number product;
    int32_t likeness;  /* LIKENESS_UNIT is 1 */
    bool by_behaviour; /* what shoppers did went into it */
    uint32_t shoppers; /* then: the distinct ones behind it */
};

/* Those most like the query, best first, equal ones by number; at most `max`, itself at most
 * VECTORS_FOUND_MAX. The query's own product is among them. From the graph nearly always the best
 * there are; from the overlay always. Returns how many. */
size_t vectors_search(const struct vectors *v, const struct vectors_query *query, size_t max,
                      struct arena *a, struct alike *out);

#endif
