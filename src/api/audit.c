/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/audit. It reads the whole journal, on a thread of its own that nothing else waits for. Whoever
 * asks while one runs waits for the next, and all who wait then get the same answer: an audit that began
 * after they had come. So at most two stand before anybody, however many ask. */
#include "audit/audit.h"

#include "api/call.h"
#include "paths/audit_shop.h"

static void take_report(void *context, const struct report *r)
{
    struct api *api = context;

    buffer_clear(&api->audit);
    report_json(r, &api->audit);
}

static void audit_job(struct call *call)
{
    struct api *api = call->api;
    struct audit_shop_options options = {.data_dir = api->shop->data_dir,
                                         .now_ms = call->now_ms,
                                         .sessions_serving = shop_sessions_month(api->shop)};
    struct error err = {0};

    if (api->audit_number <= call->audits_begun) {
        uint64_t number = atomic_fetch_add(&api->audits_begun, 1) + 1;
        if (audit_shop(&options, take_report, api, &err) != OK) {
            answer_error(call, &err, NULL);
            return;
        }
        api->audit_number = number;
    }
    buffer_add_text(&call->request->answer, buffer_text(&api->audit));
    answer_json_body(call, 200);
}

void audit_get(struct call *call)
{
    call->audits_begun = atomic_load(&call->api->audits_begun);
    call_later(call, call->api->audits, audit_job);
}
