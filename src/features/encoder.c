/* SPDX-License-Identifier: Apache-2.0 */
/* Nearness as the session encoder sees it. */
#include <math.h>

#include "features/filling.h"
#include "indexes/decay.h"

static const double sharpness_log2 = 12 * 1.4426950408889634; /* of e^12 */

static const enum feature all[] = {
    FEATURE_session_likeness, FEATURE_session_lead, FEATURE_session_chance,
    FEATURE_encoded_1,        FEATURE_encoded_2,    FEATURE_encoded_3,
    FEATURE_encoded_nearest,  FEATURE_encoded_mean, FEATURE_sequence_best,
    FEATURE_sequence_spread,
};

/* A product the encoder does not know has a likeness of -2: further than any other. */
static void fill_likeness(const struct filling *f)
{
    const struct encoder *e = f->in->generation->encoder;
    float *likeness = row_of(f, FEATURE_session_likeness), best = -2, spread = 0;
    float *lead = row_of(f, FEATURE_session_lead), *chance = row_of(f, FEATURE_session_chance);

    for (uint32_t i = 0; i < f->count; i++) {
        likeness[i] = encoder_likeness(e, f->in->encoded, f->products[i]);
        best = likeness[i] > best ? likeness[i] : best;
    }
    for (uint32_t i = 0; i < f->count; i++) {
        lead[i] = likeness[i] - best;
        chance[i] = (float)decay_power((double)lead[i] * sharpness_log2);
        spread += chance[i];
    }
    for (uint32_t i = 0; i < f->count; i++)
        chance[i] /= spread;
    fill_all(f, FEATURE_sequence_best, best);
    fill_all(f, FEATURE_sequence_spread, spread);
}

static void fill_candidate(const struct filling *f, uint32_t i)
{
    static const enum feature by_last[LAST_PRODUCTS] = {FEATURE_encoded_1, FEATURE_encoded_2,
                                                        FEATURE_encoded_3};
    float nearest = -2, sum = 0;

    for (uint32_t k = 0; k < f->distinct_count; k++) {
        float cosine = encoder_between(f->in->generation->encoder, f->distinct[k], f->products[i]);
        sum += cosine;
        if (f->distinct[k] != f->products[i] && cosine > nearest)
            nearest = cosine;
        if (k < LAST_PRODUCTS)
            row_of(f, by_last[k])[i] = cosine;
    }
    for (uint32_t k = f->distinct_count; k < LAST_PRODUCTS; k++)
        row_of(f, by_last[k])[i] = NAN;
    row_of(f, FEATURE_encoded_nearest)[i] = nearest;
    row_of(f, FEATURE_encoded_mean)[i] = sum / (float)f->distinct_count;
}

void fill_encoder(const struct filling *f)
{
    if (f->in->generation->encoder == NULL || f->in->encoded == NULL ||
        f->in->encoded->count == 0) {
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
            fill_all(f, all[i], NAN);
        return;
    }
    fill_likeness(f);
    for (uint32_t i = 0; i < f->count; i++)
        fill_candidate(f, i);
}
