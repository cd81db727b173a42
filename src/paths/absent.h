/* SPDX-License-Identifier: Apache-2.0 */
/* absent: why a product is not shown on a surface, now. */
#ifndef PATHS_ABSENT_H
#define PATHS_ABSENT_H

#include "base/attributes.h"
#include "base/error.h"
#include "paths/recommend.h"
#include "paths/shop.h"

/* Ask `q`, which names one surface, as it is and once more for as many products as a surface may show,
 * and say what became of the product `item_id` (a variant's id asks for its product), as JSON:
 *
 *   item_id, surface, shown, cause   a word: shown, unknown, unpublished, no_price, out_of_stock,
 *                                    sensitive, below_limit, not_proposed, or what dropped it
 *   answer                           the same in a sentence
 *   place, limit                     where it would stand, when only the limit keeps it out
 *   sources                          for each source of the surface: asked, proposed, says
 *
 * Keeps no decision. Takes milliseconds, under the state's read lock. Fails as recommend does. */
MUST_USE enum status absent_explain(struct shop *shop, const struct question *q,
                                    struct text item_id, struct buffer *json, struct error *err);

#endif
