/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/vectors.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

enum { LEVELS = 3, SIZE = 64, RANK_MAX = 64, BRAND_PRODUCTS = 300, WORDS = 5000, WORDS_OF = 4 };

static const uint32_t level_products[LEVELS] = {15000, 600, 20};
static const float level_weights[LEVELS] = {0.6F, 0.6F, 0.6F};
static const float brand_weight = 0.5F, word_weight = 0.4F;
static const float content_noise = 0.2F, behaviour_noise = 0.8F;

/* Directions of the nodes of each level, of brands and of words. */
struct tree {
    uint32_t counts[LEVELS], brands;
    float *content[LEVELS], *behaviour[LEVELS], *brand, *words;
};

static void direction(struct random *r, float *out)
{
    double square = 0;

    for (int k = 0; k < SIZE; k++) {
        double value = random_normal(r);
        out[k] = (float)value;
        square += value * value;
    }
    for (int k = 0; k < SIZE; k++)
        out[k] = (float)(out[k] / sqrt(square));
}

static float *directions(struct random *r, uint32_t count)
{
    float *all = mem_new((size_t)count * SIZE, sizeof(*all));

    for (uint32_t i = 0; i < count; i++)
        direction(r, all + (size_t)i * SIZE);
    return all;
}

static struct tree tree_make(struct random *r, uint32_t products)
{
    struct tree t;

    for (int level = 0; level < LEVELS; level++) {
        t.counts[level] = products / level_products[level] + 2;
        t.content[level] = directions(r, t.counts[level]);
        t.behaviour[level] = directions(r, t.counts[level]);
    }
    t.brands = products / BRAND_PRODUCTS + 2;
    t.brand = directions(r, t.brands);
    t.words = directions(r, WORDS);
    return t;
}

static void tree_free(struct tree *t)
{
    for (int level = 0; level < LEVELS; level++) {
        mem_free(t->content[level]);
        mem_free(t->behaviour[level]);
    }
    mem_free(t->brand);
    mem_free(t->words);
}

static void add(float *sum, const float *direction, double weight)
{
    for (int k = 0; k < SIZE; k++)
        sum[k] += (float)weight * direction[k];
}

/* The first `size` of it, VECTOR_UNIT long. */
static void scale(const float *sum, int8_t *out, size_t size)
{
    double square = 0;

    for (size_t k = 0; k < size; k++)
        square += (double)sum[k] * sum[k];
    for (size_t k = 0; k < size; k++)
        out[k] = (int8_t)lrint(sum[k] / sqrt(square) * VECTOR_UNIT);
}

/* One of `count`, the first ones more often. */
static size_t uneven(struct random *r, uint32_t count)
{
    double u = random_unit(r);

    return (size_t)(u * u * count);
}

static void product_make(struct random *r, const struct tree *t, uint32_t *shoppers,
                         struct product_vector *out)
{
    float content[SIZE] = {0}, behaviour[SIZE] = {0}, noise[SIZE];
    double at = random_unit(r);

    at *= at; /* the first ones are the larger ones */
    for (int level = 0; level < LEVELS; level++) {
        size_t node = (size_t)(at * t->counts[level]) * SIZE;
        add(content, t->content[level] + node, level_weights[level]);
        add(behaviour, t->behaviour[level] + node, level_weights[level]);
    }
    add(content, t->brand + uneven(r, t->brands) * SIZE, brand_weight);
    for (int i = 0; i < WORDS_OF; i++)
        add(content, t->words + uneven(r, WORDS) * SIZE, word_weight);
    direction(r, noise);
    add(content, noise, content_noise);
    direction(r, noise);
    add(behaviour, noise, behaviour_noise);
    *out = (struct product_vector){.sure = 0};
    scale(content, out->content, CONTENT_SIZE);
    *shoppers = 0;
    if (random_below(r, 8) == 0)
        return;
    *shoppers = (uint32_t)(3 / pow(1 - random_unit(r) * 0.9999, 0.8));
    scale(behaviour, out->behaviour, VECTOR_BEHAVIOUR);
    out->sure = likeness_sure(*shoppers);
}

struct made_vectors vectors_make(uint32_t count, uint64_t seed)
{
    struct made_vectors m = {.count = count,
                             .products = mem_new(count, sizeof(*m.products)),
                             .shoppers = mem_new(count, sizeof(*m.shoppers)),
                             .vectors = mem_new(count, sizeof(*m.vectors))};
    struct random r;

    random_seed(&r, seed);
    struct tree tree = tree_make(&r, count);
    for (uint32_t i = 0; i < count; i++) {
        m.products[i] = i;
        product_make(&r, &tree, &m.shoppers[i], &m.vectors[i]);
    }
    tree_free(&tree);
    return m;
}

void made_vectors_free(struct made_vectors *m)
{
    mem_free(m->products);
    mem_free(m->shoppers);
    mem_free(m->vectors);
    *m = (struct made_vectors){0};
}

struct vector_set made_vectors_set(const struct made_vectors *m)
{
    return (struct vector_set){m->count, m->count, m->products, m->shoppers, m->vectors, false};
}

int32_t brute_force(const struct made_vectors *m, const struct product_vector *query, uint32_t self,
                    size_t rank)
{
    int32_t best[RANK_MAX + 1]; /* falling */
    size_t count = 0;

    for (uint32_t i = 0; i < m->count; i++) {
        int32_t alike = likeness(query, &m->vectors[i]);
        if (i == self || (count == rank + 1 && alike <= best[rank]))
            continue;
        size_t at = count <= rank ? count++ : rank;
        for (; at > 0 && best[at - 1] < alike; at--)
            best[at] = best[at - 1];
        best[at] = alike;
    }
    return count == 0 ? INT32_MIN : best[count - 1];
}
