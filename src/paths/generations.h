/* SPDX-License-Identifier: Apache-2.0 */
/* generations: what `endcap generation list` and GET /v1/generations say of a kept generation beyond
 * its summary: how far up the ladder each surface may stand, and by which trees. */
#ifndef PATHS_GENERATIONS_H
#define PATHS_GENERATIONS_H

#include "base/json.h"
#include "indexes/generation.h"

struct generation_standing {
    struct generation_gates gates; /* surfaces that are not there stand no higher than neighbours */
    uint32_t trees, features;      /* 0: there is nothing to rank with */
    bool fits;          /* the trees were grown on this program's features; others are not used */
    struct error fault; /* why that could not be read */
};

/* Of the generation of that number. What is damaged is told in `fault`: one bad generation hides no
 * other. */
void generation_standing_read(const char *data_dir, uint32_t number,
                              struct generation_standing *out);

/* "ranker", "surfaces" and, where there is one, "fault", as members of an object the caller began. */
void generation_standing_json(const struct generation_standing *s, struct json *j);

#endif
