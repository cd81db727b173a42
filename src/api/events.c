/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/events: judge on the worker, hand to the writer, answer after the commit. */
#include <string.h>

#include "api/call.h"
#include "api/scan.h"
#include "base/memory.h"
#include "paths/record.h"

enum { SPARE_MAX = 32 };

/* A batch on its way to the writer and back. */
struct event_call {
    struct event_call *next; /* among the spare ones */
    struct call *call;
    struct batch batch;
    struct error error; /* of the writer */
};

static struct event_call *event_call_take(struct call *call)
{
    struct api *api = call->api;

    pthread_mutex_lock(&api->spare_lock);
    struct event_call *e = api->spare;

    if (e != NULL) {
        api->spare = e->next;
        api->spare_count--;
    }
    pthread_mutex_unlock(&api->spare_lock);
    if (e == NULL) {
        e = mem_new(1, sizeof(*e));
        batch_init(&e->batch, "http", 0, false);
    }
    e->call = call;
    e->error = (struct error){0};
    e->batch.received_ms = call->now_ms;
    e->batch.verified = call_trusted(call);
    return e;
}

static void event_call_free(struct event_call *e)
{
    batch_free(&e->batch);
    mem_free(e);
}

static void event_call_give(struct event_call *e)
{
    struct api *api = e->call->api;

    batch_clear(&e->batch);
    pthread_mutex_lock(&api->spare_lock);
    bool keep = api->spare_count < SPARE_MAX;

    if (keep) {
        e->next = api->spare;
        api->spare = e;
        api->spare_count++;
    }
    pthread_mutex_unlock(&api->spare_lock);
    if (!keep)
        event_call_free(e);
}

void event_calls_free(struct api *api)
{
    while (api->spare != NULL) {
        struct event_call *e = api->spare;

        api->spare = e->next;
        event_call_free(e);
    }
}

static void result_json(struct json *j, size_t index, const struct entry *entry)
{
    static const char *const words[] = {"pending", "stored", "duplicate", "refused"};

    json_object_begin(j);
    json_key_u64(j, "index", index);
    json_key_string(j, "status", words[entry->outcome]);
    if (entry->refusal != NULL) {
        json_key_string(j, "code", entry->refusal->code);
        json_key_string(j, "field",
                        entry->refusal->field[0] != '\0' ? entry->refusal->field : NULL);
        json_key_string(j, "message", entry->refusal->message);
    }
    json_object_end(j);
}

static void results_json(const struct batch *batch, struct buffer *out)
{
    size_t counts[4] = {0};
    struct json j = json_to(out);

    for (size_t i = 0; i < batch->count; i++)
        counts[batch->entries[i].outcome]++;
    json_object_begin(&j);
    json_key_u64(&j, "received", batch->count);
    json_key_u64(&j, "stored", counts[ENTRY_STORED]);
    json_key_u64(&j, "duplicate", counts[ENTRY_DUPLICATE]);
    json_key_u64(&j, "refused", counts[ENTRY_REFUSED]);
    json_key(&j, "results");
    json_array_begin(&j);
    for (size_t i = 0; i < batch->count; i++)
        result_json(&j, i, &batch->entries[i]);
    json_array_end(&j);
    json_object_end(&j);
}

/* The refusal of a body that is one event, not {"events": [...]}: the request itself then failed.
 * What consent forbids is no failure. */
static const struct refusal *sole_refusal(const struct call *call, const struct batch *batch)
{
    const struct refusal *why = batch->count == 1 ? batch->entries[0].refusal : NULL;

    if (why == NULL || strcmp(why->code, "no_consent") == 0 ||
        scan_member(call->request->body, "events").data != NULL)
        return NULL;
    return why;
}

/* On the connection's own thread, after the commit. */
static void events_answer(struct request *r)
{
    struct call *call = r->state;
    struct event_call *e = r->work;
    const struct refusal *why = sole_refusal(call, &e->batch);

    if (e->error.status != OK) {
        answer_error(call, &e->error, NULL);
    } else if (why != NULL) {
        answer_failure(call, strcmp(why->code, "conflict") == 0 ? 409 : 400, why->code,
                       why->message, why->field);
    } else {
        results_json(&e->batch, &r->answer);
        answer_json_body(call, 200);
    }
    event_call_give(e);
}

/* On the writer's thread. */
static void events_done(void *context, struct batch *batch, enum status status,
                        const struct error *err)
{
    struct event_call *e = context;

    (void)batch;
    atomic_store(&e->call->api->write_failed, status != OK);
    if (status != OK)
        e->error = *err;
    request_resume(e->call->request, events_answer);
}

/* Whose events they are, for the bound per visitor: a browser sends its own alone. */
static struct text visitor_of(const struct batch *batch, struct arena *a)
{
    struct event event;

    for (size_t i = 0; i < batch->count; i++)
        if (batch->entries[i].outcome == ENTRY_PENDING &&
            event_decode(batch->entries[i].body, a, &event, NULL) == OK)
            return event.anonymous_id;
    return (struct text){NULL, 0};
}

/* True when the batch may go to the writer; else it was answered. */
static bool events_judge(struct call *call, struct event_call *e)
{
    struct request *r = call->request;
    struct ingest_context context =
        shop_ingest_context(call->api->shop, call->now_ms, call_trusted(call));
    struct error err = {0};

    context.gpc = call_gpc(call);
    if (ingest_json(r->body, &context, &e->batch, &err) != OK) {
        answer_failure(call, err.status == ERR_LIMIT ? 413 : 400,
                       err.status == ERR_LIMIT ? "too_many" : "not_json", err.message, NULL);
        return false;
    }
    return call_trusted(call) || admit_visitor(call, visitor_of(&e->batch, &r->arena));
}

void events_post(struct call *call)
{
    struct request *r = call->request;
    struct event_call *e = event_call_take(call);
    struct error err = {0};

    if (!events_judge(call, e)) {
        event_call_give(e);
        return;
    }
    r->work = e;
    request_later(r);
    if (record_submit(call->api->shop, &e->batch, events_done, e, &err) == OK)
        return;
    event_call_give(e);
    answer_retry_after(r, 1);
    answer_failure(call, 503, "unavailable",
                   "too many events wait to be written; send these again later", NULL);
}
