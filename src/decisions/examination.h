/* SPDX-License-Identifier: Apache-2.0 */
/* examination: how likely shoppers are to look at a slot at all, so that what stands low is not taken
 * for disliked.
 *
 * A product is clicked when it is looked at and liked (the position-based model: Richardson et al., WWW
 * 2007). Explored products are put into a slot that was drawn, whatever they are: of those the share
 * that is clicked, slot by slot, tells how much slots are looked at. While few were explored, slots are
 * held to be looked at by 1 / sqrt(slot): milder than the 1 / slot of result pages (Joachims et al.,
 * WSDM 2017), since the lists of a shop are short and stand in one row. */
#ifndef DECISIONS_EXAMINATION_H
#define DECISIONS_EXAMINATION_H

#include "decisions/decisions.h"

enum { EXAMINATION_WEIGHT_MAX = 10 };

struct examination {
    double of_slot[DECISION_ITEMS_MAX]; /* against that of the first; never rising, above 0 */
    double shown[DECISION_ITEMS_MAX], clicked[DECISION_ITEMS_MAX]; /* explored products */
};

/* As nothing was explored yet. */
struct examination examination_prior(void);

/* One answer more; `clicked`: its explored product was. An answer that did not explore says nothing. */
void examination_add(struct examination *e, const struct decision *d, bool clicked);

/* of_slot from what was added: as much as if 20 clicks of the first slot had been as by the prior. */
void examination_estimate(struct examination *e);

/* What a click on items[item] counts for: one over the probability that its product was looked at,
 * wherever the policy might have put it (Oosterhuis and de Rijke, SIGIR 2020), at most
 * EXAMINATION_WEIGHT_MAX, so that no single click rules. */
double examination_weight(const struct examination *e, const struct decision *d, uint32_t item);

#endif
