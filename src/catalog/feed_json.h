/* SPDX-License-Identifier: Apache-2.0 */
/* feed_json: what the two readers of JSON products share. Private to catalog/. */
#ifndef CATALOG_FEED_JSON_H
#define CATALOG_FEED_JSON_H

#include <jansson.h>

#include "catalog/draft.h"

/* The keys of our own schema over `p`. False: refused. */
bool product_read(const json_t *object, struct arena *a, struct product *p,
                  struct feed_refusal *why);

/* A string, number or boolean as text; absent for anything else. */
struct text json_scalar_text(const json_t *value, struct arena *a);

#endif
