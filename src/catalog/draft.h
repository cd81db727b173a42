/* SPDX-License-Identifier: Apache-2.0 */
/* draft: a product being put together from named values of text. Private to catalog/.
 *
 * Remembers which fields were given, so that one row can be laid over a product made of others. */
#ifndef CATALOG_DRAFT_H
#define CATALOG_DRAFT_H

#include "catalog/feed.h"

enum draft_field {
    FIELD_ITEM_ID,
    FIELD_TITLE,
    FIELD_DESCRIPTION,
    FIELD_URL,
    FIELD_IMAGE,
    FIELD_BRAND,
    FIELD_CATEGORY,
    FIELD_PRICE,
    FIELD_SALE_PRICE,
    FIELD_COST,
    FIELD_CURRENCY,
    FIELD_STOCK,
    FIELD_AVAILABILITY,
    FIELD_PUBLISHED,
    FIELD_GTIN,
    FIELD_AGE_MIN,
    FIELD_GROUP,
    DRAFT_FIELDS,
};

extern const char *const draft_field_names[DRAFT_FIELDS];

struct draft {
    struct arena *arena; /* of one row */
    struct product product;
    struct text group; /* item_group_id */
    uint32_t given;    /* bits of enum draft_field */
    struct attribute attributes[PRODUCT_ATTRIBUTES_MAX];
    struct feed_refusal why;
};

void draft_begin(struct draft *d, struct arena *a);

/* Set a field from its text; amounts are divided by 10 to the power `tens`. An empty text gives
 * nothing. Texts are taken as they are, not copied. False: refused, d->why says why. */
bool draft_set(struct draft *d, enum draft_field field, struct text value, uint8_t tens);

/* One attribute; without a name or a value, and beyond PRODUCT_ATTRIBUTES_MAX, nothing. */
void draft_attribute(struct draft *d, struct text name, struct text value);

/* What was given over `p`; `first` is false for what may only fill the gaps of a group's product.
 */
void draft_over(const struct draft *d, struct product *p, bool first, struct arena *a);

/* Fill `why`; returns false. `field` may be longer than there is room. */
bool refuse_field(struct feed_refusal *why, const char *code, const char *field, const char *format,
                  ...) PRINTF_LIKE(4, 5);

#endif
