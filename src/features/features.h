/* SPDX-License-Identifier: Apache-2.0 */
/* features: what is known of each candidate, in numbers: the rows of features.def.
 *
 * One piece of code computes them, from what a request has at hand; training asks the same question of
 * the same state and gets the same bits. No clock, no chance, no threads; sums in one order.
 *
 * Threads    pure functions of their inputs, which are read only. */
#ifndef FEATURES_FEATURES_H
#define FEATURES_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "candidates/candidates.h"
#include "catalog/catalog.h"
#include "indexes/generation.h"
#include "indexes/popularity.h"
#include "model/model.h"
#include "profile/profile.h"

enum feature {
#define FEATURE(name, type, from, meaning) FEATURE_##name,
#include "features/features.def"
#undef FEATURE
    FEATURE_COUNT
};
const char *feature_name(enum feature f);
bool feature_find(struct text name, enum feature *out);
const char *feature_type(enum feature f); /* "count": what kind of number it is */
const char *feature_from(enum feature f); /* "catalog": where it comes from */
const char *feature_meaning(enum feature f);

/* What those words stand for; NULL for a word no row may have. */
const char *feature_type_meaning(const char *type);
const char *feature_from_meaning(const char *from);

/* docs/features.md, of the rows. */
void features_document(struct buffer *out);

/* Were the trees grown on the features of this program, in their order? Others must not be asked. */
bool features_match(const struct model *m);

struct feature_inputs {
    const struct generation *generation; /* with transitions */
    const struct catalog *catalog;
    const struct popularity *popularity;
    const struct profile *profile;
    const struct seed *seeds; /* newest first, as the sources had them */
    size_t seed_count;
    const struct session_vector *encoded; /* the session's clicks; NULL: not encoded */
    const struct candidate_set *candidates;
    uint32_t surface; /* its kind's number */
    uint32_t hour;    /* of the shop's day, 0..23 */
    int64_t now_ms;
};

/* Feature by feature: the value of feature f of candidate i is values[f * stride + i]. Behind the last
 * candidate stand zeros, up to the stride. What is missing is NAN. */
enum { FEATURE_STRIDE = 64 }; /* strides are multiples of it */
struct features {
    float *values;
    size_t stride, count; /* candidates */
};
void features_compute(const struct feature_inputs *in, struct features *out, struct arena *a);

#endif
