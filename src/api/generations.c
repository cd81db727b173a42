/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/train, GET /v1/generations, POST /v1/generations/{number}/use. */
#include "paths/generations.h"
#include "api/call.h"
#include "base/time.h"
#include "indexes/generation.h"

enum { GENERATIONS_LISTED_MAX = 1000 };

void train_post(struct call *call)
{
    const struct api_options *o = &call->api->options;
    struct json j = json_to(&call->request->answer);
    struct error err = {0};

    if (o->train == NULL)
        (void)error_set(&err, ERR_UNAVAILABLE, "this server does not train");
    if (o->train == NULL || o->train(o->context, &err) != OK) {
        answer_error(call, &err, NULL);
        return;
    }
    json_object_begin(&j);
    json_key_bool(&j, "started", true);
    json_object_end(&j);
    answer_json_body(call, 202);
}

static void generation_json(struct call *call, const struct generation_summary *g, struct json *j)
{
    char time[TIME_TEXT_SIZE];
    struct generation_standing standing;

    generation_standing_read(call->api->shop->data_dir, g->number, &standing);
    json_object_begin(j);
    json_key_u64(j, "number", g->number);
    json_key_string(j, "built_at", g->built_ms == 0 ? NULL : time_print(g->built_ms, time));
    json_key_u64(j, "sessions", g->session_count);
    json_key_u64(j, "clicks", g->click_count);
    json_key_u64(j, "sessions_month", g->sessions_month);
    json_key_u64(j, "bytes", g->bytes);
    generation_standing_json(&standing, j);
    json_object_end(j);
}

static void generations_job(struct call *call)
{
    struct request *r = call->request;
    struct json j = json_to(&r->answer);
    struct generation_summary *list = arena_array(&r->arena, GENERATIONS_LISTED_MAX, sizeof(*list));
    struct error err = {0};
    size_t count = 0;

    if (generation_list(call->api->shop->data_dir, list, GENERATIONS_LISTED_MAX, &count, &err) !=
        OK) {
        answer_error(call, &err, NULL);
        return;
    }
    json_object_begin(&j);
    json_key_u64(&j, "serving", shop_generation(call->api->shop));
    json_key(&j, "generations");
    json_array_begin(&j);
    for (size_t i = 0; i < count; i++)
        generation_json(call, &list[i], &j);
    json_array_end(&j);
    json_object_end(&j);
    answer_json_body(call, 200);
}

void generations_get(struct call *call)
{
    call_later(call, call->api->changes, generations_job);
}

static void generation_use_job(struct call *call)
{
    struct json j = json_to(&call->request->answer);
    struct error err = {0};
    const struct actor actor = call_actor(call);
    uint64_t number = 0;

    if (!text_to_u64(call->arguments[0], &number) || number > UINT32_MAX) {
        answer_failure(call, 400, "invalid", "a generation is a whole number", "number");
        return;
    }
    if (shop_use_generation(call->api->shop, (uint32_t)number, &actor, &err) != OK) {
        answer_error(call, &err, "number");
        return;
    }
    json_object_begin(&j);
    json_key_u64(&j, "serving", number);
    json_object_end(&j);
    answer_json_body(call, 200);
}

void generation_use(struct call *call)
{
    call_later(call, call->api->changes, generation_use_job);
}
