/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a request: begin (path, route, key, origin, rate), the body, handle (key in the
 * body, then the route's function), done (counted and logged). */
#include "api/api.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "base/time.h"

enum {
    RATES_KEPT = 65536,
    CHANGES_WAITING_MAX = 64,
    REPLAYS_WAITING_MAX = 8,
    PERSONS_WAITING_MAX = 64,
    AUDITS_WAITING_MAX = 8,
    KEYLESS_BODY_MAX = EVENTS_BODY_MAX, /* read before the key in it is seen */
    STOP_WAIT_MS = 10000,
};
static const uint64_t bodies_bytes_max = 256 * 1024 * 1024;

/* Name the methods a path has. */
static void answer_wrong_method(struct call *call, unsigned allowed)
{
    char methods[64];
    struct text list = {methods, 0};

    for (unsigned m = 0; m < HTTP_OTHER; m++)
        if (allowed & (1U << m)) {
            int added = snprintf(methods + list.size, sizeof(methods) - list.size, "%s%s",
                                 list.size > 0 ? ", " : "", http_method_word((enum http_method)m));
            list.size += (size_t)added;
        }
    request_answer_header(call->request, "Allow", list);
    answer_failure(call, 405, "method_not_allowed", "this path does not have that method", NULL);
}

/* A page that the hook has: a file of the demo's storefront. */
static bool answer_page(struct call *call)
{
    struct request *r = call->request;
    const struct api_options *o = &call->api->options;
    struct page page = {.out = &r->answer};

    if (o->page == NULL || r->method != HTTP_GET || !o->page(o->context, &r->target, &page))
        return false;
    request_answer_header(r, "X-Content-Type-Options", TEXT("nosniff"));
    request_answer_header(r, "Referrer-Policy", TEXT("same-origin"));
    request_answer_header(r, "Cache-Control", TEXT("no-cache"));
    request_answer_header(
        r, "Content-Security-Policy",
        TEXT("default-src 'self'; img-src 'self' data: https:; "
             "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"));
    if (page.constant.data != NULL)
        request_answer_constant(r, 200, page.type, page.constant);
    else
        request_answer(r, 200, page.type);
    return true;
}

/* A parameter the route does not have is a mistake somewhere, or a newer client: say so. */
static bool parameters_known(struct call *call)
{
    const struct target *t = &call->request->target;

    for (size_t i = 0; i < t->parameter_count; i++) {
        struct text name = t->parameters[i].name;

        if (words_have(call->route->parameters, name) || text_is(name, "key") ||
            text_is(name, "writeKey"))
            continue;
        answer_failure(call, 400, "invalid", "this route has no such parameter",
                       arena_text(&call->request->arena, name).data);
        return false;
    }
    return true;
}

static bool body_readable(struct call *call)
{
    struct text coding = request_header(call->request, "Content-Encoding");
    struct text type = request_header(call->request, "Content-Type");

    if (call->route->body != BODY_NONE && coding.data != NULL &&
        !text_equal_nocase(coding, TEXT("identity"))) {
        answer_failure(call, 415, "unsupported", "compressed bodies are not read", NULL);
        return false;
    }
    if (call->route->body == BODY_JSON && text_starts(type, "multipart/")) {
        answer_failure(call, 415, "unsupported", "the body must be JSON", NULL);
        return false;
    }
    return true;
}

static void api_begin(void *context, struct request *r)
{
    struct api *api = context;
    struct call *call = arena_alloc(&r->arena, sizeof(*call));
    unsigned allowed;

    *call = (struct call){.api = api, .request = r, .now_ms = time_now_ms()};
    r->state = call;
    call->client =
        address_client(r->peer, request_header_joined(r, "X-Forwarded-For"), &api->proxies);
    call->route = route_find(r->method, &r->target, r->local, call->arguments, &allowed);
    if (call->route == NULL) {
        if (allowed != 0 && r->method == HTTP_OPTIONS)
            preflight(call, allowed);
        else if (allowed != 0)
            answer_wrong_method(call, allowed);
        else if (!answer_page(call))
            answer_failure(call, 404, "not_found", "there is nothing at this path", NULL);
        return;
    }
    if (!admit_head(call) || !parameters_known(call) || !body_readable(call))
        return;
    r->stream = call->route->body == BODY_STREAM;
    r->body_bytes_max = call->route->body_max;
    if (call->grant == KEY_NONE && call->route->scope != OPEN &&
        r->body_bytes_max > KEYLESS_BODY_MAX)
        r->body_bytes_max = KEYLESS_BODY_MAX;
}

static void api_handle(void *context, struct request *r)
{
    struct call *call = r->state;

    (void)context;
    if (admit_body(call))
        call->route->run(call);
}

static void api_refuse(void *context, struct request *r, unsigned status, const char *code,
                       const char *message)
{
    struct api *api = context;
    struct call call = {.api = api, .request = r};

    if (status == 503)
        answer_retry_after(r, 5);
    answer_failure(&call, status, code, message, NULL);
}

static void api_done(void *context, struct request *r)
{
    const struct call *call = r->state;
    unsigned status = request_status(r);
    char path[LOG_QUOTE_SIZE];

    (void)context;
    metric_add(METRIC_http_requests_total, 1);
    if (status >= 400)
        metric_add(METRIC_http_errors_total, 1);
    uint64_t now = time_monotonic_ns(), ns = r->received_ns > 0 ? now - r->received_ns : 0;

    if (r->received_ns > 0)
        metric_time(METRIC_http_request_seconds, ns);
    /* the route's path, not what stood in its place: that may name shoppers */
    log_line(status >= 500 ? LOG_INFO : LOG_DEBUG, "served",
             "method=%s path=%s status=%u bytes=%zu us=%llu", http_method_word(r->method),
             call != NULL && call->route != NULL ? call->route->path
                                                 : log_quote(r->target.path, path),
             status, r->answer.size, (unsigned long long)(ns / 1000));
}

static void api_connection_refused(void *context)
{
    (void)context;
    metric_add(METRIC_http_refused_total, 1);
}

/* So that a key revoked by whatever means stops within a second. */
static void api_every_second(void *context)
{
    struct error err = {0};

    if (keys_reload(context, &err) != OK)
        log_line(LOG_WARN, "keys", "error=\"%s\", keeping those of before", err.message);
}

static enum status api_open(struct api *api, struct error *err)
{
    const struct settings *settings = &api->shop->settings;
    struct server_options o = {
        .listen = api->options.listen != NULL ? api->options.listen : settings->listen,
        .workers = settings->http_workers,
        .connections_max = settings->http_connections_max,
        .address_connections_max = settings->http_address_connections_max,
        .idle_s = settings->http_idle_s,
        .bodies_bytes_max = bodies_bytes_max,
        .begin = api_begin,
        .handle = api_handle,
        .refuse = api_refuse,
        .done = api_done,
        .connection_refused = api_connection_refused,
        .every_second = api_every_second,
        .context = api,
    };

    if (sodium_init() < 0)
        return error_set(err, ERR_IO, "libsodium did not start");
    if (address_list_parse(text_from(settings->trusted_proxies), &api->proxies, err) != OK)
        return error_wrap(err, "trusted_proxies");
    o.uncounted = api->proxies;
    if (!api->options.no_socket) {
        snprintf(api->socket_path, sizeof(api->socket_path), "%s/endcap.sock", api->shop->data_dir);
        o.socket_path = api->socket_path;
    }
    api->keys = key_ring_new();
    uint64_t seed[2];

    randombytes_buf(seed, sizeof(seed));
    api->address_rates = rates_new(RATES_KEPT, seed[0]);
    api->visitor_rates = rates_new(RATES_KEPT, seed[1]);
    api_openapi(&api->openapi);
    if (keys_reload(api, err) != OK || jobs_open(&api->changes, CHANGES_WAITING_MAX, err) != OK ||
        jobs_open(&api->replays, REPLAYS_WAITING_MAX, err) != OK ||
        jobs_open(&api->persons, PERSONS_WAITING_MAX, err) != OK ||
        jobs_open(&api->audits, AUDITS_WAITING_MAX, err) != OK)
        return err->status;
    return server_open(&api->server, &o, err);
}

enum status api_start(struct api **out, struct shop *shop, const struct api_options *options,
                      struct error *err)
{
    SCOPED(api_stop) struct api *api = mem_new(1, sizeof(*api));

    api->shop = shop;
    api->options = *options;
    pthread_mutex_init(&api->spare_lock, NULL);
    if (api_open(api, err) != OK)
        return err->status;
    *out = api;
    api = NULL;
    return OK;
}

void api_stop(struct api **handle)
{
    struct api *api = *handle;

    if (api == NULL)
        return;
    if (api->replays != NULL)
        jobs_stop(api->replays);
    if (api->persons != NULL)
        jobs_stop(api->persons);
    if (api->audits != NULL)
        jobs_stop(api->audits);
    if (api->server != NULL)
        server_stop(api->server, STOP_WAIT_MS);
    server_close(&api->server);
    jobs_close(&api->changes);
    jobs_close(&api->replays);
    jobs_close(&api->persons);
    jobs_close(&api->audits);
    buffer_free(&api->audit);
    event_calls_free(api);
    key_ring_free(api->keys);
    rates_free(api->address_rates);
    rates_free(api->visitor_rates);
    buffer_free(&api->openapi);
    pthread_mutex_destroy(&api->spare_lock);
    mem_free(api);
    *handle = NULL;
}

uint16_t api_port(const struct api *api)
{
    return server_port(api->server);
}
