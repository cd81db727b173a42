/* SPDX-License-Identifier: Apache-2.0 */
/* overlay: the vectors of products that are newer than a generation; see vectors.h.
 *
 * Of no interest outside this folder. */
#ifndef INDEXES_OVERLAY_H
#define INDEXES_OVERLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "indexes/content.h"
#include "indexes/likeness.h"

struct overlay_source {
    const struct catalog *catalog;
    const struct content *content;
    bool (*elsewhere)(const void *context, product_number p); /* it has a vector already */
    const void *context;
};

struct overlay;
struct overlay *overlay_new(void);
void overlay_free(struct overlay *o); /* NULL is fine */

/* Bring it in line: look at what changed since the last time, or at everything. */
void overlay_refresh(struct overlay *o, const struct overlay_source *from);

uint32_t overlay_count(const struct overlay *o);
/* By number of the product. */
product_number overlay_at(const struct overlay *o, uint32_t at,
                          const struct product_vector **vector);
const struct product_vector *overlay_find(const struct overlay *o, product_number p);

#endif
