/* SPDX-License-Identifier: Apache-2.0 */
/* Each source's say of each candidate. */
#include <math.h>

#include "features/filling.h"

/* The rows of a source. */
static const struct {
    enum feature rank, score;
} of_source[SOURCE_COUNT] = {
#define SOURCE(name, rung, meaning) {FEATURE_rank_##name, FEATURE_score_##name},
#include "candidates/source.def"
#undef SOURCE
};

static void fill_source(const struct filling *f, enum source_kind source)
{
    const struct candidate_set *set = f->in->candidates;
    float *rank = row_of(f, of_source[source].rank), *score = row_of(f, of_source[source].score);
    float best = 0;

    for (uint32_t i = 0; i < f->count; i++) {
        const struct said *said = &set->said[i][source];
        best = said->rank > 0 && said->score > best ? said->score : best;
    }
    for (uint32_t i = 0; i < f->count; i++) {
        const struct said *said = &set->said[i][source];
        rank[i] = said->rank > 0 ? (float)said->rank : NAN;
        score[i] = said->rank > 0 && best > 0 ? said->score / best : NAN;
    }
}

void fill_sources(const struct filling *f)
{
    const struct candidate_set *set = f->in->candidates;
    float *slot = row_of(f, FEATURE_slot), *supporters = row_of(f, FEATURE_supporters);

    for (int source = 0; source < SOURCE_COUNT; source++)
        fill_source(f, (enum source_kind)source);
    for (uint32_t i = 0; i < f->count; i++) {
        uint32_t most = 0;
        for (int source = 0; source < SOURCE_COUNT; source++)
            most = set->said[i][source].support > most ? set->said[i][source].support : most;
        slot[i] = (float)(i + 1);
        supporters[i] = (float)most;
    }
}
