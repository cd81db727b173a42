/* SPDX-License-Identifier: Apache-2.0 */
/* GET /healthz, /readyz, /metrics, /openapi.json: for those who keep the server running. */
#include "api/call.h"
#include "base/metrics.h"
#include "base/time.h"

enum { STALE_MS = 2 * MS_DAY }; /* a nightly train was missed */

void health_get(struct call *call)
{
    request_answer_constant(call->request, 200, "application/json", TEXT("{\"status\":\"ok\"}"));
}

void ready_get(struct call *call)
{
    struct shop *shop = call->api->shop;
    struct json j = json_to(&call->request->answer);
    bool failed = atomic_load(&call->api->write_failed);
    const struct generation *g = generation_pin(shop->generations);

    json_object_begin(&j);
    json_key_string(&j, "status", failed ? "cannot_write" : "ready");
    json_key_u64(&j, "generation", g == NULL ? 0 : g->number);
    json_key_bool(&j, "generation_stale", g != NULL && call->now_ms - g->built_ms > STALE_MS);
    generation_unpin(shop->generations, g);
    shop_read_lock(shop);
    json_key_u64(&j, "position", shop->state->position.number);
    json_key_u64(&j, "program_version", shop->state->program->version);
    shop_read_unlock(shop);
    json_object_end(&j);
    if (failed)
        answer_retry_after(call->request, 5);
    answer_json_body(call, failed ? 503 : 200);
}

void metrics_get(struct call *call)
{
    struct shop *shop = call->api->shop;

    metric_set(METRIC_writer_queue_events, (int64_t)writer_waiting(shop->writer));
    metrics_print(&call->request->answer);
    request_answer(call->request, 200, "text/plain; version=0.0.4; charset=utf-8");
}

void openapi_get(struct call *call)
{
    request_answer_constant(call->request, 200, "application/json",
                            buffer_text(&call->api->openapi));
}
