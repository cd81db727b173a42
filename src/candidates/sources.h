/* SPDX-License-Identifier: Apache-2.0 */
/* sources: who opens what, private to candidates/. Each opener returns a source in the request's
 * arena; the work happens at the first `next`, so that a source nobody pulls costs nothing. */
#ifndef CANDIDATES_SOURCES_H
#define CANDIDATES_SOURCES_H

#include "candidates/candidates.h"

typedef struct source *source_opener(const struct candidate_inputs *in, struct arena *a);

source_opener curated_open;         /* lists.c */
source_opener recently_viewed_open; /* lists.c */
source_opener bestsellers_open;     /* popular.c */
source_opener trending_open;        /* popular.c */
source_opener also_viewed_open;     /* together.c */
source_opener also_bought_open;     /* together.c */
source_opener neighbours_open;      /* neighbours.c */

#endif
