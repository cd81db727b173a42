/* SPDX-License-Identifier: Apache-2.0 */
/* judged: trees grown at random on the program's own features, and a shop that ranks by them:
 * for tests of what stands around the rung learned, without learning anything. */
#ifndef TESTS_SUPPORT_JUDGED_H
#define TESTS_SUPPORT_JUDGED_H

#include "features/features.h"
#include "paths/shop.h"

/* Splits by any feature but `never`, at values features have; the same seed grows the same. */
struct model *ranked_trees(uint64_t seed, uint32_t trees, enum feature never);

/* Fill an empty shop that is open for writing: a program that wants no traffic, twelve products p0 to
 * p11, and forty visitors v-0 to v-39 who looked at three of them each in the hour before `now_ms`.
 * Then serve a generation of it that ranks home by these trees, lets pdp stand on co-view and judged
 * no other surface. */
void ranked_shop(struct shop *shop, const struct model *ranker, int64_t now_ms);

#endif
