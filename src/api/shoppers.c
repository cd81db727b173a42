/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line asks of a running server about one person: who is joined, and by hand otherwise. */
#include "api/call.h"
#include "paths/shopper.h"

static bool reason_fits(struct call *call)
{
    if (call_parameter(call, "reason").size <= REASON_BYTES_MAX)
        return true;
    answer_failure(call, 400, "invalid", "reason may have 1,000 bytes", "reason");
    return false;
}

void shopper_get(struct call *call)
{
    struct error err = {0};

    if (shopper_show(call->api->shop, call->arguments[0], call->now_ms, &call->request->answer,
                     &err) != OK)
        answer_error(call, &err, "identifier");
    else
        answer_json_body(call, 200);
}

static void split_job(struct call *call)
{
    const struct shopper_change by = {call_actor(call), call_parameter(call, "reason")};
    struct error err = {0};

    if (!reason_fits(call))
        return;
    if (shopper_split(call->api->shop, call->arguments[0], &by, &call->request->answer, &err) != OK)
        answer_error(call, &err, "identifier");
    else
        answer_json_body(call, 200);
}

void shopper_split_post(struct call *call)
{
    call_later(call, call->api->changes, split_job);
}

static void join_job(struct call *call)
{
    const struct shopper_change by = {call_actor(call), call_parameter(call, "reason")};
    struct error err = {0};

    if (!reason_fits(call))
        return;
    if (shopper_join(call->api->shop, call->arguments[0], call_parameter(call, "other"), &by,
                     &call->request->answer, &err) != OK)
        answer_error(call, &err, "other");
    else
        answer_json_body(call, 200);
}

void shopper_join_post(struct call *call)
{
    call_later(call, call->api->changes, join_job);
}
