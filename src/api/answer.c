/* SPDX-License-Identifier: Apache-2.0 */
/* The forms every answer has: JSON, and errors as {"error": {"code", "message", "field"}}. */
#include <assert.h>
#include <stdio.h>

#include "api/call.h"
#include "base/log.h"

static const char json_type[] = "application/json";

bool call_trusted(const struct call *call)
{
    return call->grant == KEY_SECRET;
}

bool call_gpc(const struct call *call)
{
    return text_is(request_header(call->request, "Sec-GPC"), "1");
}

struct actor call_actor(struct call *call)
{
    struct text who = call_parameter(call, "author"), via = TEXT("socket");

    if (!call->request->local)
        via =
            text_from(arena_printf(&call->request->arena, "key %lld", (long long)call->key_number));
    return (struct actor){who.size > 0 ? who : via, via, call->now_ms};
}

struct text call_parameter(const struct call *call, const char *name)
{
    return target_parameter(&call->request->target, name);
}

void answer_json_body(struct call *call, unsigned status)
{
    request_answer_header(call->request, "Cache-Control", TEXT("no-store"));
    request_answer_header(call->request, "X-Content-Type-Options", TEXT("nosniff"));
    request_answer(call->request, status, json_type);
}

void error_object(struct json *j, const char *code, struct text message, const char *field)
{
    json_object_begin(j);
    json_key_string(j, "code", code);
    json_key_text(j, "message", message);
    json_key_string(j, "field", field != NULL && field[0] != '\0' ? field : NULL);
    json_object_end(j);
}

void answer_failure(struct call *call, unsigned status, const char *code, const char *message,
                    const char *field)
{
    struct json j = json_to(&call->request->answer);

    buffer_clear(&call->request->answer);
    json_object_begin(&j);
    json_key(&j, "error");
    error_object(&j, code, text_from(message), field);
    json_object_end(&j);
    answer_json_body(call, status);
}

void answer_retry_after(struct request *request, uint32_t seconds)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", seconds);
    request_answer_header(request, "Retry-After", text_from(text));
}

void answer_error(struct call *call, const struct error *err, const char *field)
{
    static const unsigned statuses[] = {
        [OK] = 500,        [ERR_INVALID] = 400,     [ERR_NOT_FOUND] = 404, [ERR_CONFLICT] = 409,
        [ERR_LIMIT] = 413, [ERR_UNAVAILABLE] = 503, [ERR_IO] = 500,        [ERR_CORRUPT] = 500};

    assert(err->status != OK);
    unsigned status = statuses[err->status];

    if (status == 503)
        answer_retry_after(call->request, 5);
    if (status == 500)
        log_line(LOG_ERROR, "failed", "path=%s error=\"%s\"", call->route->path, err->message);
    /* what broke inside is the operator's to know, not a page's */
    answer_failure(call, status, status_word(err->status),
                   status == 500 && !call_trusted(call) ? "the server failed; its log says why"
                                                        : err->message,
                   field);
}

bool call_flag(struct call *call, const char *name, bool *out)
{
    struct text value = call_parameter(call, name);

    if (value.data == NULL || text_is(value, "false") || text_is(value, "0")) {
        *out = false;
        return true;
    }
    if (text_is(value, "true") || text_is(value, "1") || value.size == 0) {
        *out = true;
        return true;
    }
    answer_failure(call, 400, "invalid", "this parameter must be true or false", name);
    return false;
}

bool call_number(struct call *call, const char *name, uint32_t max, uint32_t *out)
{
    struct text value = call_parameter(call, name);
    uint64_t number = 0;

    if (value.data == NULL)
        return true;
    if (text_to_u64(value, &number) && number <= max) {
        *out = (uint32_t)number;
        return true;
    }
    answer_failure(call, 400, "invalid",
                   arena_printf(&call->request->arena,
                                "this parameter must be a whole number from 0 to %u", max),
                   name);
    return false;
}

static void call_job(struct job *job, bool stopping)
{
    struct call *call = (struct call *)(void *)((char *)job - offsetof(struct call, job));

    if (stopping) {
        answer_retry_after(call->request, 5);
        answer_failure(call, 503, "unavailable", "the server is stopping", NULL);
        return;
    }
    call->later(call);
}

void call_later(struct call *call, struct jobs *jobs, void (*run)(struct call *call))
{
    call->job.run = call_job;
    call->later = run;
    request_later(call->request);
    if (jobs_add(jobs, &call->job))
        return;
    answer_retry_after(call->request, 5);
    answer_failure(call, 503, "unavailable", "too much of this kind waits already; try again",
                   NULL);
}
