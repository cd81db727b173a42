/* SPDX-License-Identifier: Apache-2.0 */
/* body: a request's body as a JSON object (jansson), within bounds. Private to api/. */
#ifndef API_BODY_H
#define API_BODY_H

#include <jansson.h>

#include "api/call.h"

/* The body's object; NULL after answering 400 when it is none, goes deeper than `depth_max`, or has
 * a key twice. The caller's to close. */
json_t *body_object(struct call *call, size_t depth_max);

/* The text of a JSON string, absent for anything else; lives as long as the value. */
struct text json_texted(const json_t *value);

void json_close(json_t **json); /* for SCOPED; *json may be NULL */

#endif
