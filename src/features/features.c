/* SPDX-License-Identifier: Apache-2.0 */
#include "features/features.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "features/filling.h"
#include "indexes/vectors.h"

static const struct {
    const char *name, *type, *from, *meaning;
} rows[FEATURE_COUNT] = {
#define FEATURE(name, type, from, meaning) {#name, type, from, meaning},
#include "features/features.def"
#undef FEATURE
};

const char *feature_name(enum feature f)
{
    assert(f < FEATURE_COUNT);
    return rows[f].name;
}

bool feature_find(struct text name, enum feature *out)
{
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!text_is(name, rows[f].name))
            continue;
        *out = (enum feature)f;
        return true;
    }
    return false;
}

const char *feature_type(enum feature f)
{
    assert(f < FEATURE_COUNT);
    return rows[f].type;
}

const char *feature_from(enum feature f)
{
    assert(f < FEATURE_COUNT);
    return rows[f].from;
}

const char *feature_meaning(enum feature f)
{
    assert(f < FEATURE_COUNT);
    return rows[f].meaning;
}

bool features_match(const struct model *m)
{
    bool match = model_features(m) == FEATURE_COUNT;

    for (uint32_t i = 0; i < FEATURE_COUNT && match; i++) {
        const char *name = model_feature_name(m, i);
        match = name != NULL && strcmp(name, rows[i].name) == 0;
    }
    return match;
}

/* What fills the rows. Each group has its own; fill_popularity reads what fill_catalog filled in. */
static fill_group *const groups[] = {fill_sources, fill_transitions, fill_encoder,    fill_vectors,
                                     fill_courses, fill_catalog,     fill_popularity, fill_shown,
                                     fill_looks,   fill_session,     fill_question};

void fill_all(const struct filling *f, enum feature feature, float value)
{
    float *row = row_of(f, feature);

    for (uint32_t i = 0; i < f->count; i++)
        row[i] = value;
}

static void index_candidates(struct filling *f)
{
    uint32_t slots = 16;

    while (slots < 2 * f->count)
        slots *= 2;
    f->slots = arena_array(f->arena, slots, sizeof(*f->slots));
    f->mask = slots - 1;
    for (uint32_t i = 0; i < f->count; i++) {
        uint32_t at = (uint32_t)hash_u64(f->products[i]) & f->mask;
        while (f->slots[at] != 0)
            at = (at + 1) & f->mask;
        f->slots[at] = i + 1;
    }
}

uint32_t candidate_of(const struct filling *f, product_number product)
{
    uint32_t at = (uint32_t)hash_u64(product) & f->mask;

    for (; f->slots[at] != 0; at = (at + 1) & f->mask) {
        if (f->products[f->slots[at] - 1] == product)
            return f->slots[at] - 1;
    }
    return UINT32_MAX;
}

static void find_distinct(struct filling *f)
{
    for (uint32_t i = 0; i < f->session.count; i++) {
        bool known = false;
        for (uint32_t k = 0; k < f->distinct_count && !known; k++)
            known = f->distinct[k] == f->session.clicks[i].product;
        if (!known)
            f->distinct[f->distinct_count++] = f->session.clicks[i].product;
    }
}

/* The groups touch tables too large for the cache, at one place for each candidate. */
static void fetch_candidates(const struct filling *f)
{
    static const enum fetch steps[] = {FETCH_FIRST, FETCH_NEXT};
    const struct generation *g = f->in->generation;

    for (size_t s = 0; s < COUNT(steps); s++) {
        for (uint32_t i = 0; i < f->count; i++) {
            if (g->encoder != NULL)
                encoder_fetch(g->encoder, f->products[i], steps[s]);
            if (g->vectors != NULL)
                vectors_fetch(g->vectors, f->products[i], steps[s]);
        }
    }
    for (uint32_t i = 0; i < f->count; i++) {
        transitions_fetch_course(g->transitions, f->products[i]);
        popularity_fetch_appeal(f->in->popularity, f->products[i]);
    }
}

void features_compute(const struct feature_inputs *in, struct features *out, struct arena *a)
{
    uint32_t count = in->candidates->count;
    struct filling f = {.in = in,
                        .arena = a,
                        .products = in->candidates->products,
                        .count = count,
                        .stride = (count + FEATURE_STRIDE - 1) / FEATURE_STRIDE * FEATURE_STRIDE};

    f.values = arena_array(a, FEATURE_COUNT * f.stride, sizeof(*f.values));
    session_clicks_of(in->seeds, in->seed_count, &f.session);
    find_distinct(&f);
    index_candidates(&f);
    fetch_candidates(&f);
    for (size_t i = 0; i < COUNT(groups); i++)
        groups[i](&f);
    *out = (struct features){f.values, f.stride, count};
}
