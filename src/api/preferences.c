/* SPDX-License-Identifier: Apache-2.0 */
/* GET|PUT /v1/shoppers/{id}/preferences. Under a public key a visitor is whom it names; a customer
 * needs a token, as in a question. */
#include "paths/preferences.h"

#include <math.h>
#include <string.h>

#include "api/body.h"
#include "api/call.h"

enum { PREFERENCES_DEPTH_MAX = 4 };

/* False after answering 400. */
static bool wrong(struct call *call, const char *field, const char *message)
{
    answer_failure(call, 400, "invalid", message, field);
    return false;
}

/* {"product": ID}, {"brand": NAME} or {"category": PATH} */
static bool read_preference(struct call *call, enum preference_stance stance, const json_t *item,
                            struct preferences_change *out)
{
    const char *field = preference_stance_word(stance);

    for (int of = 0; of < PREFERENCE_SUBJECTS && json_object_size(item) == 1; of++) {
        enum preference_subject subject = (enum preference_subject)of;
        struct text name =
            text_trim(json_texted(json_object_get(item, preference_subject_word(subject))));
        if (name.size == 0)
            continue;
        if (name.size > PREFERENCE_NAME_MAX)
            return wrong(call, field, "a product, brand or category has at most 512 bytes");
        out->all[out->count++] = (struct preference){stance, subject, name};
        return true;
    }
    return wrong(call, field,
                 "each must be {\"product\": ID}, {\"brand\": NAME} or {\"category\": PATH}");
}

static bool read_stance(struct call *call, enum preference_stance stance, const json_t *list,
                        struct preferences_change *out)
{
    const char *field = preference_stance_word(stance);

    out->says[stance] = true;
    if (!json_is_array(list) && !json_is_null(list))
        return wrong(call, field, "this must be a list");
    if (json_array_size(list) > PREFERENCES_MAX - out->count)
        return wrong(
            call, field,
            "a shopper may name 64 products, brands and categories in all; leave some out");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!read_preference(call, stance, json_array_get(list, i), out))
            return false;
    return true;
}

static bool read_variety(struct call *call, const json_t *value, struct preferences_change *out)
{
    double variety = json_is_null(value) ? 0 : json_number_value(value);

    if ((!json_is_number(value) && !json_is_null(value)) || !(variety >= 0 && variety <= 1))
        return wrong(call, "variety", "variety must be a number from 0 to 1");
    out->variety_ppm = lround(variety * VARIETY_PPM_MAX);
    return true;
}

static bool read_member(struct call *call, const char *name, const json_t *value,
                        struct preferences_change *out)
{
    if (strcmp(name, "writeKey") == 0)
        return true;
    if (strcmp(name, "personalization") == 0) {
        out->personal = json_is_true(value) || json_is_null(value);
        return json_is_boolean(value) || json_is_null(value) ||
               wrong(call, name, "personalization must be true or false");
    }
    if (strcmp(name, "forget") == 0) {
        out->forget = json_is_true(value);
        return json_is_boolean(value) || wrong(call, name, "forget must be true or false");
    }
    if (strcmp(name, "variety") == 0)
        return read_variety(call, value, out);
    for (int stance = 0; stance < PREFERENCE_STANCES; stance++)
        if (strcmp(name, preference_stance_word((enum preference_stance)stance)) == 0)
            return read_stance(call, (enum preference_stance)stance, value, out);
    return wrong(call, name, "preferences have no such field");
}

static void answer_preferences(struct call *call, const struct shopper_name *whose)
{
    struct request *r = call->request;

    shopper_preferences_json(call->api->shop, whose, call->now_ms, &r->arena, &r->answer);
    answer_json_body(call, 200);
}

void preferences_get(struct call *call)
{
    struct shopper_name whose;

    if (admit_shopper(call, &whose.anonymous_id, &whose.user_id))
        answer_preferences(call, &whose);
}

static void preferences_put_job(struct call *call)
{
    SCOPED(json_close) json_t *json = NULL;
    struct preferences_change change = {
        .personal = PREFERENCES_UNSAID, .variety_ppm = PREFERENCES_UNSAID, .now_ms = call->now_ms};
    struct error err = {0};
    const char *name;
    json_t *value;

    if (!admit_shopper(call, &change.whose.anonymous_id, &change.whose.user_id))
        return;
    json = body_object(call, PREFERENCES_DEPTH_MAX);
    if (json == NULL)
        return;
    json_object_foreach(json, name, value)
    {
        if (!read_member(call, name, value, &change))
            return;
    }
    if (shop_change_preferences(call->api->shop, &change, &call->request->arena, &err) != OK)
        answer_error(call, &err, NULL);
    else
        answer_preferences(call, &change.whose);
}

void preferences_put(struct call *call)
{
    call_later(call, call->api->changes, preferences_put_job);
}
