/* SPDX-License-Identifier: Apache-2.0 */
/* product_json: a product as the JSON that PUT /v1/products takes, so that a PATCH is a merge of
 * two JSON objects and has one reader. Private to api/.
 *
 * Threads    pure. */
#ifndef API_PRODUCT_JSON_H
#define API_PRODUCT_JSON_H

#include <jansson.h>

#include "journal/product.h"

/* A new object, the caller's to decref. What a product does not have is left out. */
json_t *product_json(const struct product *p);

/* JSON Merge Patch, RFC 7396: null removes, objects merge, all else replaces. `target` is changed.
 */
void json_merge_patch(json_t *target, json_t *patch);

/* Like jansson's, for SCOPED. */
void json_close(json_t **json);

#endif
