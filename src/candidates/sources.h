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
source_opener similar_open;         /* similar.c */
source_opener sequence_open;        /* sequence.c */
source_opener complement_open;      /* together.c */

/* Evidence of a product that the shopper did something with before: who viewed it or held it in the
 * cart looked at it, EVIDENCE_SELF; to have bought it is no reason to show it (explain/). */
struct evidence candidate_own_evidence(enum evidence_kind kind, product_number product);

/* Of sources that merge what several seeds bring: the weight of a seed against the one after it, and of
 * history while something is at hand. */
static const float step_back = 0.7F;
static const float behind_at_hand = 0.2F;

#endif
