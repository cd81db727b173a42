/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/audit. */
#include "audit/audit.h"

#include "api/call.h"
#include "paths/audit_shop.h"

static void take_report(void *context, const struct report *r)
{
    struct call *call = context;

    report_json(r, &call->request->answer);
}

/* Reads the whole journal: on the thread of replays, which may take its time. */
static void audit_job(struct call *call)
{
    struct audit_shop_options options = {.data_dir = call->api->shop->data_dir,
                                         .now_ms = call->now_ms};
    struct error err = {0};

    if (audit_shop(&options, take_report, call, &err) != OK)
        answer_error(call, &err, NULL);
    else
        answer_json_body(call, 200);
}

void audit_get(struct call *call)
{
    call_later(call, call->api->replays, audit_job);
}
