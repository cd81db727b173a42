/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body.h"

#include "api/scan.h"

void json_close(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

struct text json_texted(const json_t *value)
{
    return (struct text){json_string_value(value), json_string_length(value)};
}

json_t *body_object(struct call *call, size_t depth_max)
{
    struct arena *arena = &call->request->arena;
    struct text body = call->request->body;
    json_error_t why;
    json_t *json;

    if (scan_depth(body) > depth_max) {
        answer_failure(call, 400, "too_deep",
                       arena_printf(arena, "the body goes over %zu levels deep", depth_max), NULL);
        return NULL;
    }
    json = json_loadb(body.data == NULL ? "" : body.data, body.size, JSON_REJECT_DUPLICATES, &why);
    if (json_is_object(json))
        return json;
    answer_failure(call, 400, "not_json",
                   json != NULL ? "the body must be a JSON object"
                                : arena_printf(arena, "the body is not JSON: %s", why.text),
                   NULL);
    json_decref(json);
    return NULL;
}
