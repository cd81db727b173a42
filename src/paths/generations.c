/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/generations.h"

#include "features/features.h"

void generation_standing_read(const char *data_dir, uint32_t number,
                              struct generation_standing *out)
{
    SCOPED(model_close) struct model *ranker = NULL;

    *out = (struct generation_standing){.trees = 0};
    if (generation_open_ranking(data_dir, number, &out->gates, &ranker, &out->fault) != OK ||
        ranker == NULL)
        return;
    out->trees = model_trees(ranker);
    out->features = model_features(ranker);
    out->fits = features_match(ranker);
}

void generation_standing_json(const struct generation_standing *s, struct json *j)
{
    json_key(j, "ranker");
    if (s->trees == 0) {
        json_absent(j);
    } else {
        json_object_begin(j);
        json_key_u64(j, "trees", s->trees);
        json_key_u64(j, "features", s->features);
        json_key_bool(j, "fits", s->fits);
        json_object_end(j);
    }
    json_key(j, "surfaces");
    json_array_begin(j);
    for (uint32_t i = 0; i < s->gates.count; i++) {
        json_object_begin(j);
        json_key_string(j, "surface", s->gates.all[i].surface);
        json_key_string(j, "rung", s->gates.all[i].rung);
        json_object_end(j);
    }
    json_array_end(j);
    if (s->fault.status != OK)
        json_key_string(j, "fault", s->fault.message);
}
