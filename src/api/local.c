/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line asks of a running server over the socket: imports and keys. */
#include <string.h>

#include "api/body.h"
#include "api/call.h"
#include "base/time.h"
#include "paths/import.h"
#include "paths/refused.h"

enum { REFUSALS_SHOWN_MAX = 100, OPTION_SIZE = 64 };

/* An import's refusals, the first of them, for the answer. */
struct refusals {
    struct json *json;
    uint64_t count;
};

static void refusal_add(void *context, uint64_t line, const char *field, const char *message)
{
    struct refusals *r = context;

    if (r->count++ >= REFUSALS_SHOWN_MAX)
        return;
    json_object_begin(r->json);
    json_key_u64(r->json, "line", line);
    json_key_string(r->json, "field", field != NULL && field[0] != '\0' ? field : NULL);
    json_key_string(r->json, "message", message);
    json_object_end(r->json);
}

/* The query's parameters are the command's flags, with underscores. */
static bool import_options_read(struct call *call, struct import_options *options)
{
    const struct target *t = &call->request->target;
    struct error err = {0};

    for (size_t i = 0; i < t->parameter_count; i++) {
        struct arena *arena = &call->request->arena;
        char *flag = arena_printf(arena, "%.*s", (int)t->parameters[i].name.size,
                                  t->parameters[i].name.data);
        const char *value = arena_text(arena, t->parameters[i].value).data;

        if (strcmp(flag, "name") == 0) {
            options->name = value;
            continue;
        }
        for (char *c = flag; *c != '\0'; c++)
            *c = *c == '_' ? '-' : *c;
        if (import_option(options, flag, value, &err) != OK) {
            answer_error(call, &err, flag);
            return false;
        }
    }
    return true;
}

static void import_run(struct call *call,
                       enum status (*import)(struct shop *, const struct import_options *,
                                             struct import_counts *, struct error *))
{
    struct request *r = call->request;
    struct json j = json_to(&r->answer);
    struct refusals refusals = {.json = &j};
    struct import_counts counts = {0};
    struct error err = {0};
    struct import_options options = {
        .in = r->body_file,
        .name = "stdin",
        .now_ms = call->now_ms,
        .stop = r->body_broken,
        .refused = refusal_add,
        .context = &refusals,
    };

    if (!import_options_read(call, &options))
        return;
    json_object_begin(&j);
    json_key(&j, "refusals");
    json_array_begin(&j);
    enum status status = import(call->api->shop, &options, &counts, &err);

    json_array_end(&j);
    json_key_u64(&j, "received", counts.received);
    json_key_u64(&j, "stored", counts.stored);
    json_key_u64(&j, "duplicate", counts.duplicate);
    json_key_u64(&j, "refused", counts.refused);
    json_key_u64(&j, "unpublished", counts.unpublished);
    if (status != OK) {
        json_key(&j, "error");
        error_object(&j, status_word(status), text_from(err.message), NULL);
    }
    json_object_end(&j);
    answer_json_body(call, status == OK ? 200 : status == ERR_INVALID ? 400 : 503);
}

void import_events_post(struct call *call)
{
    import_run(call, import_events);
}

void import_catalog_post(struct call *call)
{
    import_run(call, import_catalog);
}

void refused_replay_post(struct call *call)
{
    struct json j = json_to(&call->request->answer);
    struct refused_replayed replayed = {0};
    struct error err = {0};

    if (refused_replay_all(call->api->shop, call->now_ms, &replayed, &err) != OK) {
        answer_error(call, &err, NULL);
        return;
    }
    refused_replayed_json(&replayed, &j);
    answer_json_body(call, 200);
}

enum status keys_reload(struct api *api, struct error *err)
{
    struct shop *shop = api->shop;

    pthread_mutex_lock(&shop->store_mutex);
    enum status status = key_ring_load(api->keys, shop->store, err);

    pthread_mutex_unlock(&shop->store_mutex);
    return status;
}

static void key_json(void *context, const struct key_row *row)
{
    struct json *j = context;
    char time[TIME_TEXT_SIZE];

    json_object_begin(j);
    json_key_i64(j, "number", row->number);
    json_key_string(j, "kind", key_kind_word(row->kind));
    json_key_text(j, "name", row->name);
    json_key_text(j, "hint", row->hint);
    json_key_string(j, "created", time_print(row->created_ms, time));
    json_key_string(j, "revoked", row->revoked_ms > 0 ? time_print(row->revoked_ms, time) : NULL);
    json_object_end(j);
}

void keys_get(struct call *call)
{
    struct shop *shop = call->api->shop;
    struct json j = json_to(&call->request->answer);
    struct error err = {0};

    json_object_begin(&j);
    json_key(&j, "keys");
    json_array_begin(&j);
    pthread_mutex_lock(&shop->store_mutex);
    enum status status = keys_each(shop->store, key_json, &j, &err);

    pthread_mutex_unlock(&shop->store_mutex);
    json_array_end(&j);
    json_object_end(&j);
    if (status != OK)
        answer_error(call, &err, NULL);
    else
        answer_json_body(call, 200);
}

/* A change of the keys on the writer's thread. */
struct key_write {
    struct write write; /* first: the writer hands it back */
    enum key_kind kind; /* KEY_NONE: revoke `number` */
    struct text name;
    struct actor actor;
    int64_t number;
    char key[KEY_SIZE];
};

static enum status key_write_run(struct write *write, struct writer *writer, struct store *store,
                                 struct error *err)
{
    struct key_write *w = (struct key_write *)write;

    (void)writer;
    return w->kind == KEY_NONE ? keys_revoke(store, w->number, &w->actor, err)
                               : keys_add(store, w->kind, w->name, &w->actor, w->key, err);
}

static void key_write_done(struct write *write, enum status status, const struct error *err)
{
    (void)write; /* writer_run hands the outcome to the caller, whose memory this is */
    (void)status;
    (void)err;
}

static bool key_written(struct call *call, struct key_write *w, const char *field)
{
    struct error err = {0};

    w->write = (struct write){.run = key_write_run, .done = key_write_done, .events = 1};
    w->actor = call_actor(call);
    if (writer_run(call->api->shop->writer, &w->write, &err) == OK &&
        keys_reload(call->api, &err) == OK)
        return true;
    answer_error(call, &err, field);
    return false;
}

void keys_post(struct call *call)
{
    struct request *r = call->request;
    SCOPED(json_close) json_t *body = body_object(call, 1);
    const char *kind = json_string_value(json_object_get(body, "kind"));
    const char *name = json_string_value(json_object_get(body, "name"));
    struct key_write w = {.kind = key_kind_find(text_from(kind)), .name = text_from(name)};
    struct json j = json_to(&r->answer);

    if (body == NULL)
        return;
    if (w.kind == KEY_NONE) {
        answer_failure(call, 400, "invalid", "kind must be public or secret", "kind");
        return;
    }
    if (!key_written(call, &w, "name"))
        return;
    json_object_begin(&j);
    json_key_string(&j, "key", w.key);
    json_object_end(&j);
    answer_json_body(call, 200);
}

void key_revoke(struct call *call)
{
    struct key_write w = {.kind = KEY_NONE};
    struct json j = json_to(&call->request->answer);

    if (!text_to_i64(call->arguments[0], &w.number)) {
        answer_failure(call, 400, "invalid", "a key is named by its number in the list", "number");
        return;
    }
    if (!key_written(call, &w, "number"))
        return;
    json_object_begin(&j);
    json_key_i64(&j, "revoked", w.number);
    json_object_end(&j);
    answer_json_body(call, 200);
}
