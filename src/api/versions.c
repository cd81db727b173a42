/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/program/versions, /v1/program/versions/{number}, /v1/program/log, /v1/program/verify,
 * POST /v1/program/try: the program of other times, looked at. */
#include "paths/versions.h"

#include "api/call.h"
#include "paths/admin_list.h"
#include "paths/try.h"
#include "paths/verify.h"

static void versions_job(struct call *call)
{
    struct json j = json_to(&call->request->answer);
    struct error err = {0};

    if (versions_json(call->api->shop->data_dir, &j, &err) != OK)
        answer_error(call, &err, NULL);
    else
        answer_json_body(call, 200);
}

void versions_get(struct call *call)
{
    call_later(call, call->api->changes, versions_job);
}

/* A version by the number in a path or query; false after answering. */
static bool find_version(struct call *call, struct text number, const char *field,
                         struct version *out)
{
    struct error err = {0};
    uint64_t n = 0;

    if (!text_to_u64(number, &n) || n >= PROGRAM_ANY_VERSION) {
        answer_failure(call, 400, "invalid", "a version is a whole number", field);
        return false;
    }
    if (version_find(call->api->shop->data_dir, (uint32_t)n, &call->request->arena, out, &err) !=
        OK) {
        answer_error(call, &err, field);
        return false;
    }
    return true;
}

static void version_job(struct call *call)
{
    struct text against = call_parameter(call, "against");
    struct json j = json_to(&call->request->answer);
    struct version v, other;

    if (!find_version(call, call->arguments[0], "number", &v) ||
        (against.data != NULL && !find_version(call, against, "against", &other)))
        return;
    json_object_begin(&j);
    version_json_members(&v, &j);
    if (against.data != NULL)
        version_diff_json_members(&other, &v, &call->request->arena, &j);
    json_object_end(&j);
    answer_json_body(call, 200);
}

void version_get(struct call *call)
{
    call_later(call, call->api->changes, version_job);
}

static void log_job(struct call *call)
{
    struct json j = json_to(&call->request->answer);
    struct error err = {0};

    if (admin_list_json(call->api->shop->data_dir, &j, &err) != OK)
        answer_error(call, &err, NULL);
    else
        answer_json_body(call, 200);
}

void admin_log_get(struct call *call)
{
    call_later(call, call->api->changes, log_job);
}

static void verify_job(struct call *call)
{
    struct request *r = call->request;
    struct text noted = call_parameter(call, "anchor");
    struct admin_anchor anchor;
    struct json j = json_to(&r->answer);
    struct verified verified;
    struct error err = {0};

    if (noted.data != NULL && !admin_anchor_parse(noted, &anchor)) {
        answer_failure(call, 400, "invalid", "an anchor is NUMBER:HASH, as verify prints it",
                       "anchor");
        return;
    }
    if (program_verify(call->api->shop->data_dir, noted.data == NULL ? NULL : &anchor, &r->arena,
                       &verified, &err) != OK) {
        answer_error(call, &err, NULL);
        return;
    }
    verified_json(&verified, &j);
    answer_json_body(call, 200);
}

void program_verify_get(struct call *call)
{
    call_later(call, call->api->changes, verify_job);
}

static void try_job(struct call *call)
{
    struct request *r = call->request;
    struct question q = {.now_ms = call->now_ms};
    struct trial t = {.question = &q, .document = r->body.data == NULL ? TEXT("") : r->body};
    struct problems problems = {0};
    struct error err = {0};

    if (!question_of_query(call, &q))
        return;
    q.surfaces[q.surface_count++] = call_parameter(call, "surface");
    if (q.surfaces[0].size == 0)
        answer_failure(call, 400, "invalid", "name the surface to try it on", "surface");
    else if (shop_try_program(call->api->shop, &t, &r->arena, &problems, &r->answer, &err) == OK)
        answer_json_body(call, 200);
    else if (problems.count > 0)
        answer_problems(call, &problems, err.message);
    else
        answer_error(call, &err, err.status == ERR_NOT_FOUND ? "surface" : NULL);
}

void program_try_post(struct call *call)
{
    call_later(call, call->api->replays, try_job);
}
