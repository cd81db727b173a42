/* SPDX-License-Identifier: Apache-2.0 */
/* One person. DELETE /v1/shoppers/{id}, GET /v1/shoppers/{id}/export: their rights. /local/shoppers: what the
 * command line asks of a running server: who is joined, and by hand otherwise. */
#include "api/call.h"
#include "paths/export.h"
#include "paths/forget.h"
#include "paths/shopper.h"

/* --- rights --- */

static void shopper_delete_job(struct call *call)
{
    struct json j = json_to(&call->request->answer);
    const struct actor actor = call_actor(call);
    struct forgotten forgotten;
    struct error err = {0};
    enum naming naming;

    if (!call_naming(call, &naming))
        return;
    if (forget_shopper(call->api->shop, call->arguments[0], naming, &actor, &forgotten, &err) !=
        OK) {
        answer_error(call, &err, "id");
        return;
    }
    forgotten_json(&forgotten, &j);
    answer_json_body(call, 200);
}

static void shopper_export_job(struct call *call)
{
    struct error err = {0};
    enum naming naming;

    if (!call_naming(call, &naming))
        return;
    if (export_shopper(call->api->shop, call->arguments[0], naming, call->now_ms,
                       &call->request->answer, &err) != OK) {
        buffer_clear(&call->request->answer);
        answer_error(call, &err, "id");
        return;
    }
    answer_json_body(call, 200);
}

void shopper_export(struct call *call)
{
    call_later(call, call->api->persons, shopper_export_job);
}

void shopper_delete(struct call *call)
{
    call_later(call, call->api->persons, shopper_delete_job);
}

/* --- who is one person --- */

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
