/* SPDX-License-Identifier: Apache-2.0 */
/* /v1/program: read it, check a document, apply one, go back to a version. What changes it wants an
 * If-Match: two editors cannot overwrite each other without knowing. */
#include "program/program.h"

#include <stdio.h>

#include "api/body.h"
#include "api/call.h"
#include "base/log.h"
#include "paths/try.h"
#include "paths/versions.h"

static void answer_etag(struct call *call, uint32_t version)
{
    char tag[16];

    snprintf(tag, sizeof(tag), "\"%u\"", version);
    request_answer_header(call->request, "ETag", text_from(tag));
}

void program_get(struct call *call)
{
    struct shop *shop = call->api->shop;
    struct json j = json_to(&call->request->answer);

    shop_read_lock(shop);
    const struct version v = version_of_program(shop->state->program);

    json_object_begin(&j);
    version_json_members(&v, &j);
    json_object_end(&j);
    shop_read_unlock(shop);
    answer_etag(call, v.number);
    answer_json_body(call, 200);
}

void answer_problems(struct call *call, const struct problems *problems, const char *sentence)
{
    struct json j = json_to(&call->request->answer);

    json_object_begin(&j);
    json_key(&j, "error");
    error_object(&j, "invalid", text_from(sentence), NULL);
    problems_json(problems, "problems", &j);
    json_object_end(&j);
    answer_json_body(call, 400);
}

/* The version that must rule, by If-Match. False after answering 428 or 400. */
static bool read_condition(struct call *call, uint32_t *expected)
{
    struct text tag = request_header(call->request, "If-Match");
    uint64_t number = 0;

    if (tag.data == NULL) {
        answer_failure(call, 428, "precondition_required",
                       "say which version this changes, as GET /v1/program gives it: If-Match: "
                       "\"N\"; or If-Match: * for whichever rules",
                       "If-Match");
        return false;
    }
    tag = text_trim(tag);
    if (text_is(tag, "*")) {
        *expected = PROGRAM_ANY_VERSION;
        return true;
    }
    bool quoted = tag.size > 2 && text_starts(tag, "\"") && text_ends(tag, "\"");

    if (!quoted || !text_to_u64((struct text){tag.data + 1, tag.size - 2}, &number) ||
        number >= PROGRAM_ANY_VERSION) {
        answer_failure(call, 400, "invalid", "If-Match must be one ETag like \"3\", or *",
                       "If-Match");
        return false;
    }
    *expected = (uint32_t)number;
    return true;
}

static void answer_not_changed(struct call *call, const struct problems *problems,
                               const struct error *err)
{
    struct text message = text_from(err->message);

    if (err->status == ERR_CONFLICT)
        answer_failure(call, 412, "conflict", err->message, "If-Match");
    else if (problems->count > 0)
        answer_problems(call, problems, err->message);
    else
        answer_error(call, err,
                     text_starts(message, "author:")   ? "author"
                     : text_starts(message, "reason:") ? "reason"
                                                       : NULL);
}

/* The server's log is another place than the store: with the entry's hash in it, the administrative
 * log's end cannot be cut off unseen. */
static void log_applied(const struct program_change *change, const struct program_applied *applied)
{
    SCOPED(buffer_free) struct buffer hash = {0};
    char by[LOG_QUOTE_SIZE];

    if (!applied->changed)
        return;
    buffer_add_hex(&hash, applied->anchor.hash, sizeof(applied->anchor.hash));
    log_line(LOG_INFO, "program_applied", "version=%u by=%s anchor=%lld:%s", applied->version,
             log_quote(change->author, by), (long long)applied->anchor.number, hash.data);
}

static void change_program(struct call *call, struct program_change *change)
{
    struct request *r = call->request;
    struct problems problems = {0};
    struct program_applied applied;
    struct json j = json_to(&r->answer);
    struct error err = {0};

    change->via = call_actor(call).via;
    change->now_ms = call->now_ms;
    if (!read_condition(call, &change->expected_version))
        return;
    if (shop_change_program(call->api->shop, change, &r->arena, &problems, &applied, &err) != OK) {
        answer_not_changed(call, &problems, &err);
        return;
    }
    program_applied_json(&applied, &r->arena, &j);
    log_applied(change, &applied);
    answer_etag(call, applied.version);
    answer_json_body(call, 200);
}

static void program_put_job(struct call *call)
{
    struct program_change change = {
        .document = call->request->body.data == NULL ? TEXT("") : call->request->body,
        .author = call_parameter(call, "author"),
        .reason = call_parameter(call, "reason"),
    };

    change_program(call, &change);
}

void program_put(struct call *call)
{
    call_later(call, call->api->changes, program_put_job);
}

static void program_rollback_job(struct call *call)
{
    SCOPED(json_close) json_t *body = body_object(call, 1);
    const json_t *version = json_object_get(body, "version");
    struct program_change change = {
        .author = json_texted(json_object_get(body, "author")),
        .reason = json_texted(json_object_get(body, "reason")),
    };

    if (body == NULL)
        return;
    if (!json_is_integer(version) || json_integer_value(version) < 1 ||
        json_integer_value(version) >= PROGRAM_ANY_VERSION) {
        answer_failure(call, 400, "invalid",
                       "version must be the number of an earlier version, from 1", "version");
        return;
    }
    change.rollback_to = (uint32_t)json_integer_value(version);
    change_program(call, &change);
}

void program_rollback(struct call *call)
{
    call_later(call, call->api->changes, program_rollback_job);
}

static void program_check_job(struct call *call)
{
    struct request *r = call->request;
    struct problems problems = {0}, remarks = {0};
    struct program *compiled = NULL;
    struct json j = json_to(&r->answer);
    struct error err = {0};
    struct text document = r->body.data == NULL ? TEXT("") : r->body;
    enum status status = program_compile(document, &compiled, &r->arena, &problems, &err);
    bool sound = status == OK;

    if (sound)
        status =
            shop_look_program(call->api->shop, compiled, call->now_ms, &r->arena, &remarks, &err);
    program_free(compiled);
    if (status != OK && problems.count == 0) {
        answer_error(call, &err, NULL);
        return;
    }
    program_checked_json(sound, &problems, &remarks, &j);
    answer_json_body(call, 200);
}

void program_check(struct call *call)
{
    call_later(call, call->api->replays, program_check_job);
}
