/* SPDX-License-Identifier: Apache-2.0 */
/* GET|PUT /v1/program. */
#include "program/program.h"
#include "api/call.h"
#include "base/time.h"

void program_get(struct call *call)
{
    struct shop *shop = call->api->shop;
    struct json j = json_to(&call->request->answer);
    char time[TIME_TEXT_SIZE];

    shop_read_lock(shop);
    const struct program *p = shop->state->program;

    json_object_begin(&j);
    json_key_u64(&j, "version", p->version);
    json_key_string(&j, "applied_at", p->version > 0 ? time_print(p->applied_ms, time) : NULL);
    json_key_text(&j, "author", p->author);
    json_key_text(&j, "reason", p->reason);
    json_key_text(&j, "document", p->document);
    json_object_end(&j);
    shop_read_unlock(shop);
    answer_json_body(call, 200);
}

/* Every mistake with its place; the first one is the sentence. */
static void answer_problems(struct call *call, const struct problems *problems)
{
    struct json j = json_to(&call->request->answer);
    const struct problem *first = problems->first;
    const char *sentence = first == NULL
                               ? "the program has mistakes"
                               : arena_printf(&call->request->arena, "line %d, column %d: %s",
                                              first->line, first->column, first->message);

    json_object_begin(&j);
    json_key(&j, "error");
    error_object(&j, "invalid", text_from(sentence), NULL);
    problems_json(problems, &j);
    json_object_end(&j);
    answer_json_body(call, 400);
}

static struct text or_else(struct text given, const char *otherwise)
{
    return given.size > 0 ? given : text_from(otherwise);
}

static void program_put_job(struct call *call)
{
    struct request *r = call->request;
    struct problems problems = {0};
    struct error err = {0};
    uint32_t version = 0;
    struct program_change change = {
        .document = r->body.data == NULL ? TEXT("") : r->body,
        .author = or_else(call_parameter(call, "author"), "unknown"),
        .reason = or_else(call_parameter(call, "reason"), ""),
        .expected_version = UINT32_MAX,
        .now_ms = call->now_ms,
    };

    if (!call_number(call, "expected_version", UINT32_MAX - 1, &change.expected_version))
        return;
    if (shop_apply_program(call->api->shop, &change, &r->arena, &problems, &version, &err) != OK) {
        if (err.status == ERR_INVALID)
            answer_problems(call, &problems);
        else
            answer_error(call, &err, err.status == ERR_CONFLICT ? "expected_version" : NULL);
        return;
    }
    struct json j = json_to(&r->answer);

    json_object_begin(&j);
    json_key_u64(&j, "version", version);
    json_object_end(&j);
    answer_json_body(call, 200);
}

void program_put(struct call *call)
{
    call_later(call, call->api->changes, program_put_job);
}
