/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/overlay.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "indexes/vectors.h"

struct overlay {
    pthread_mutex_t lock; /* of refreshing; who reads has refreshed before */
    uint64_t seen;        /* changes of the catalog before this number are looked at; 0: none */
    atomic_uint count;    /* read at any time for a gauge */
    product_number products[OVERLAY_MAX]; /* rising */
    struct product_vector vectors[OVERLAY_MAX];
    struct arena arena; /* of one product */
};

struct overlay *overlay_new(void)
{
    struct overlay *o = mem_new(1, sizeof(*o));
    int failed = pthread_mutex_init(&o->lock, NULL);

    assert(failed == 0);
    (void)failed; /* in case asserts are off */
    return o;
}

void overlay_free(struct overlay *o)
{
    if (o == NULL)
        return;
    (void)pthread_mutex_destroy(&o->lock); /* fails only while locked */
    arena_free(&o->arena);
    mem_free(o);
}

/* The vector a product has here; false when it has none. */
static bool vector_of(struct overlay *o, const struct overlay_source *from, product_number p,
                      struct product_vector *out)
{
    struct product product;

    *out = (struct product_vector){.sure = 0};
    if (from->elsewhere(from->context, p) || !vectors_counts(from->catalog, p))
        return false;
    arena_reset(&o->arena);
    return catalog_get(from->catalog, p, &o->arena, &product) &&
           content_vector(from->content, &product, out->content);
}

/* The newest that have one. */
static void look_at_all(struct overlay *o, const struct overlay_source *from)
{
    uint32_t count = 0, at = OVERLAY_MAX;

    for (product_number p = catalog_count(from->catalog); p-- > 0 && at > 0;) {
        if (vector_of(o, from, p, &o->vectors[at - 1]))
            o->products[--at] = p;
    }
    count = OVERLAY_MAX - at;
    memmove(o->products, o->products + at, count * sizeof(*o->products));
    memmove(o->vectors, o->vectors + at, count * sizeof(*o->vectors));
    o->count = count;
}

/* The place of `p`, or the one where it belongs. */
static uint32_t place_of(const struct overlay *o, product_number p)
{
    uint32_t low = 0, high = o->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (o->products[middle] < p)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void shift(struct overlay *o, uint32_t to, uint32_t from, uint32_t count)
{
    memmove(o->products + to, o->products + from, count * sizeof(*o->products));
    memmove(o->vectors + to, o->vectors + from, count * sizeof(*o->vectors));
}

/* One product as it is now. False when that is not enough: something else may move up. */
static bool look_at(struct overlay *o, const struct overlay_source *from, product_number p)
{
    struct product_vector vector;
    uint32_t at = place_of(o, p), count = o->count;
    bool here = at < count && o->products[at] == p, full = count == OVERLAY_MAX;

    if (!vector_of(o, from, p, &vector)) {
        if (here) {
            shift(o, at, at + 1, count - at - 1);
            o->count = count - 1;
        }
        return !(here && full);
    }
    if (!here && full) { /* the oldest goes, unless this one is older */
        if (at == 0)
            return true;
        shift(o, 0, 1, --at);
    } else if (!here) {
        shift(o, at + 1, at, count - at);
        o->count = count + 1;
    }
    o->products[at] = p;
    o->vectors[at] = vector;
    return true;
}

void overlay_refresh(struct overlay *o, const struct overlay_source *from)
{
    uint64_t changes = catalog_changes(from->catalog);

    (void)pthread_mutex_lock(&o->lock); /* fails only for a mutex that is none */
    bool all = o->seen > changes || changes - o->seen > CATALOG_CHANGES_KEPT;
    for (uint64_t i = o->seen; i < changes && !all; i++) {
        product_number p = catalog_changed(from->catalog, i);
        all = p == PRODUCT_NONE || !look_at(o, from, p);
    }
    if (all)
        look_at_all(o, from);
    o->seen = changes;
    (void)pthread_mutex_unlock(&o->lock);
}

uint32_t overlay_count(const struct overlay *o)
{
    return o->count;
}

product_number overlay_at(const struct overlay *o, uint32_t at,
                          const struct product_vector **vector)
{
    assert(at < o->count);
    *vector = &o->vectors[at];
    return o->products[at];
}

const struct product_vector *overlay_find(const struct overlay *o, product_number p)
{
    uint32_t at = place_of(o, p);

    return at < o->count && o->products[at] == p ? &o->vectors[at] : NULL;
}
