/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way through libmicrohttpd:
 *
 *   started    the request line was read: an exchange is taken from the spare ones
 *   handle     called with the head, then with each piece of the body, then with its end, and once
 *              more when an answer that was put off is there
 *   completed  the answer is sent or the client is gone: the exchange goes back
 *
 * An answer given at the head is sent at once when the body announced is long or waits for our
 * "100 Continue"; a short body is read and dropped first, so that the connection lives on. */
#include "net/exchange.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "base/time.h"

static struct exchange *exchange_take(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    struct exchange *x = server->spare;

    if (x != NULL) {
        server->spare = x->next;
        server->spare_count--;
    }
    pthread_mutex_unlock(&server->lock);
    if (x == NULL) {
        x = mem_new(1, sizeof(*x));
        pthread_mutex_init(&x->lock, NULL);
        pthread_cond_init(&x->changed, NULL);
        x->server = server;
    }
    x->next = NULL;
    return x;
}

void exchange_free(struct exchange *x)
{
    arena_free(&x->request.arena);
    buffer_free(&x->request.answer);
    buffer_free(&x->body);
    pthread_mutex_destroy(&x->lock);
    pthread_cond_destroy(&x->changed);
    mem_free(x);
}

static void buffer_slim(struct buffer *b)
{
    buffer_clear(b);
    if (b->room > EXCHANGE_BUFFER_KEPT)
        buffer_free(b);
}

/* Make it as new, but for the memory it holds. */
static void exchange_clear(struct exchange *x)
{
    arena_reset(&x->request.arena);
    buffer_slim(&x->request.answer);
    buffer_slim(&x->body);
    x->request = (struct request){.arena = x->request.arena, .answer = x->request.answer};
    x->connection = NULL;
    x->wire = NULL;
    x->raw_target = x->constant = (struct text){NULL, 0};
    x->header_count = x->answer_header_count = 0;
    x->begun = x->discard = x->close = x->chunked = false;
    x->announced = x->discarded = 0;
    x->type = NULL;
    x->status = 0;
    x->answered = x->later = x->resumed = false;
    x->resume = NULL;
    x->stream = NULL;
}

static void exchange_give(struct exchange *x)
{
    struct server *server = x->server;

    exchange_clear(x);
    pthread_mutex_lock(&server->lock);
    bool keep = server->spare_count < EXCHANGES_KEPT;

    if (keep) {
        x->next = server->spare;
        server->spare = x;
        server->spare_count++;
    }
    pthread_mutex_unlock(&server->lock);
    if (!keep)
        exchange_free(x);
}

void connection_phase(struct connection *c, enum phase phase, uint64_t bytes)
{
    atomic_store_explicit(&c->bytes, bytes, memory_order_relaxed);
    atomic_store_explicit(&c->since_ns, time_monotonic_ns(), memory_order_relaxed);
    atomic_store_explicit(&c->phase, (int)phase, memory_order_relaxed);
}

void *exchange_started(void *context, const char *target, struct MHD_Connection *wire)
{
    struct server *server = context;
    struct exchange *x = exchange_take(server);
    const union MHD_ConnectionInfo *socket_context =
        MHD_get_connection_info(wire, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    x->wire = wire;
    x->connection = socket_context->socket_context;
    x->request.local = x->connection->local;
    x->raw_target = arena_text(&x->request.arena, text_from(target));
    return x;
}

static void refuse(struct exchange *x, unsigned status, const char *code, const char *message)
{
    buffer_clear(&x->request.answer);
    x->server->options.refuse(x->server->options.context, &x->request, status, code, message);
    assert(x->answered);
}

/* Refused because it cannot be told where this request ends. */
static void refuse_and_close(struct exchange *x, const char *message)
{
    if (x->answered)
        return;
    x->close = true;
    refuse(x, 400, "bad_request", message);
}

struct head {
    struct exchange *x;
    size_t bytes, length_count, coding_count, host_count, key_count;
    bool unknown_coding, malformed, overflow;
};

/* Not "Transfer-Encoding : chunked", which a proxy in front may read another way than we do. */
static bool name_well_formed(struct text name)
{
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] <= ' ' || name.data[i] == 0x7f)
            return false;
    return name.size > 0;
}

static enum MHD_Result head_add(void *context, enum MHD_ValueKind kind, const char *name,
                                size_t name_size, const char *value, size_t value_size)
{
    struct head *h = context;
    struct header header = {{name, name_size}, {value, value_size}};

    (void)kind;
    if (value == NULL)
        header.value = TEXT("");
    h->bytes += name_size + value_size + 4;
    h->malformed |= !name_well_formed(header.name);
    h->host_count += text_equal_nocase(header.name, TEXT("Host"));
    h->key_count += text_equal_nocase(header.name, TEXT("Authorization"));
    if (text_equal_nocase(header.name, TEXT("Content-Length")))
        h->length_count++;
    if (text_equal_nocase(header.name, TEXT("Transfer-Encoding"))) {
        h->coding_count++;
        h->unknown_coding |= !text_equal_nocase(text_trim(header.value), TEXT("chunked"));
    }
    h->overflow |= h->x->header_count == REQUEST_HEADERS_MAX;
    if (!h->overflow)
        h->x->headers[h->x->header_count++] = header;
    return MHD_YES;
}

/* Read the head; what cannot be trusted is answered here. */
static void head_read(struct exchange *x)
{
    struct head h = {.x = x};
    struct error err = {0};
    uint64_t length;

    (void)MHD_get_connection_values_n(x->wire, MHD_HEADER_KIND, head_add, &h); /* a count */
    struct text given = request_header(&x->request, "Content-Length");

    x->chunked = h.coding_count > 0;
    if (h.length_count > 1 || h.coding_count > 1 || (h.length_count > 0 && h.coding_count > 0))
        refuse_and_close(x, "Content-Length and Transfer-Encoding must stand once and alone");
    else if (h.malformed)
        refuse_and_close(x, "a header's name holds a space or a control character");
    else if (h.host_count > 1 || h.key_count > 1)
        refuse_and_close(x, "Host and Authorization may stand once");
    else if (h.unknown_coding)
        refuse_and_close(x, "the only transfer coding known is chunked");
    else if (given.data != NULL && !text_to_u64(given, &length))
        refuse_and_close(x, "Content-Length must be a number");
    else if (given.data != NULL)
        x->announced = length;
    if (x->answered)
        return;
    if (h.overflow || h.bytes > REQUEST_HEAD_BYTES_MAX) {
        x->close = true;
        refuse(x, 431, "too_large", "the request's headers are over 16 KiB or 64 in number");
    } else if (target_parse(x->raw_target, &x->request.arena, &x->request.target, &err) != OK) {
        refuse(x, err.status == ERR_LIMIT ? 414 : 400, "bad_request", err.message);
    }
}

static enum http_method method_of(const char *word)
{
    static const struct {
        const char *word;
        enum http_method method;
    } methods[] = {{"GET", HTTP_GET},        {"HEAD", HTTP_GET},    {"POST", HTTP_POST},
                   {"PUT", HTTP_PUT},        {"PATCH", HTTP_PATCH}, {"DELETE", HTTP_DELETE},
                   {"OPTIONS", HTTP_OPTIONS}};

    for (size_t i = 0; i < COUNT(methods); i++)
        if (strcmp(methods[i].word, word) == 0)
            return methods[i].method;
    return HTTP_OTHER;
}

static void *streamer_run(void *context)
{
    struct exchange *x = context;
    const struct server_options *o = &x->server->options;

    x->request.body_file = stream_file(x->stream);
    x->request.body_broken = stream_broken(x->stream);
    o->handle(o->context, &x->request);
    assert(x->answered);
    (void)fclose(x->request.body_file); /* reading only: nothing can be lost */
    return NULL;
}

/* Have `handle` read the body on a thread of its own. False after refusing. */
static bool stream_start(struct exchange *x)
{
    connection_phase(x->connection, PHASE_WORKING, 0);
    x->stream = stream_new();
    if (pthread_create(&x->streamer, NULL, streamer_run, x) == 0)
        return true;
    (void)fclose(stream_file(x->stream)); /* nothing was read */
    stream_free(x->stream);
    x->stream = NULL;
    refuse(x, 503, "unavailable", "no thread could be started for this request");
    return false;
}

static void active_add(struct server *server, int64_t n)
{
    pthread_mutex_lock(&server->active_lock);
    server->active += (uint64_t)n;
    pthread_cond_broadcast(&server->active_changed);
    pthread_mutex_unlock(&server->active_lock);
}

/* The first call: judge the head, ask the user, decide what becomes of the body. True when the
 * answer goes out now. */
static bool head_handle(struct exchange *x, const char *method)
{
    const struct server_options *o = &x->server->options;
    struct request *r = &x->request;

    x->begun = true;
    active_add(x->server, 1);
    r->method = method_of(method);
    if (!r->local)
        r->peer = address_of(
            MHD_get_connection_info(x->wire, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    head_read(x);
    if (!x->answered && atomic_load(&x->server->stopping)) {
        x->close = true;
        refuse(x, 503, "unavailable", "the server is stopping");
    }
    if (!x->answered)
        o->begin(o->context, r);
    r->stream = r->stream && r->local;
    if (!x->answered && !r->stream && x->announced > r->body_bytes_max) {
        refuse(x, 413, "too_large", "the body is longer than this route takes");
    }
    if (!x->answered && r->stream && stream_start(x))
        return false; /* from here on the exchange is shared with its streamer */
    connection_phase(x->connection, PHASE_BODY, 0);
    if (!x->answered)
        return false;
    x->discard = !x->close && request_header(r, "Expect").data == NULL &&
                 (x->chunked || (x->announced > 0 && x->announced <= DRAIN_BYTES_MAX));
    return !x->discard;
}

/* A piece of the body. MHD_NO closes the connection. */
static enum MHD_Result body_add(struct exchange *x, const char *bytes, size_t size)
{
    struct server *server = x->server;

    atomic_fetch_add_explicit(&x->connection->bytes, size, memory_order_relaxed);
    if (x->stream != NULL) {
        stream_give(x->stream, bytes, size);
        return MHD_YES;
    }
    if (!x->discard && x->body.size + size > x->request.body_bytes_max) {
        x->discard = true;
        refuse(x, 413, "too_large", "the body is longer than this route takes");
    } else if (!x->discard &&
               atomic_load_explicit(&server->bodies_bytes, memory_order_relaxed) + size >
                   server->options.bodies_bytes_max) {
        x->discard = true;
        refuse(x, 503, "unavailable", "too many bodies are being received; try again");
    }
    if (x->discard) {
        x->discarded += size;
        return x->discarded > DRAIN_BYTES_MAX ? MHD_NO : MHD_YES;
    }
    buffer_add(&x->body, bytes, size);
    atomic_fetch_add_explicit(&server->bodies_bytes, size, memory_order_relaxed);
    return MHD_YES;
}

static enum MHD_Result answer_queue(struct exchange *x)
{
    struct text body = x->constant.data != NULL ? x->constant : buffer_text(&x->request.answer);
    /* The bytes are ours until `completed`; libmicrohttpd does not write to them. */
    struct MHD_Response *answer = MHD_create_response_from_buffer(
        body.size, (void *)(uintptr_t)body.data, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result queued = answer == NULL ? MHD_NO : MHD_YES;

    if (queued == MHD_YES && x->type != NULL)
        queued = MHD_add_response_header(answer, "Content-Type", x->type);
    for (size_t i = 0; queued == MHD_YES && i < x->answer_header_count; i++)
        queued = MHD_add_response_header(answer, x->answer_headers[i].name.data,
                                         x->answer_headers[i].value.data);
    if (queued == MHD_YES && (x->close || atomic_load(&x->server->stopping)))
        queued = MHD_add_response_header(answer, "Connection", "close");
    connection_phase(x->connection, PHASE_ANSWERING, body.size);
    if (queued == MHD_YES)
        queued = MHD_queue_response(x->wire, x->status, answer);
    if (answer != NULL)
        MHD_destroy_response(answer);
    return queued;
}

/* The body is complete: run the handler. True when the answer is there. */
static bool body_end(struct exchange *x)
{
    const struct server_options *o = &x->server->options;

    x->request.received_ns = time_monotonic_ns();
    if (x->stream != NULL) {
        stream_end(x->stream, false);
        (void)pthread_join(x->streamer, NULL); /* it cannot fail: joined once */
        stream_free(x->stream);
        x->stream = NULL;
        return true;
    }
    if (x->answered)
        return true;
    connection_phase(x->connection, PHASE_WORKING, 0);
    x->request.body = buffer_text(&x->body);
    o->handle(o->context, &x->request);
    if (!x->later) {
        assert(x->answered);
        return true;
    }
    if (!x->request.local)
        return false;
    pthread_mutex_lock(&x->lock);
    while (!x->resumed)
        pthread_cond_wait(&x->changed, &x->lock);
    pthread_mutex_unlock(&x->lock);
    if (x->resume != NULL)
        x->resume(&x->request);
    return true;
}

enum MHD_Result exchange_handle(void *server, struct MHD_Connection *wire, const char *url,
                                const char *method, const char *version, const char *bytes,
                                size_t *size, void **exchange)
{
    struct exchange *x = *exchange;

    (void)server;
    (void)wire;
    (void)url;
    (void)version;
    if (!x->begun)
        return head_handle(x, method) ? answer_queue(x) : MHD_YES;
    if (*size > 0) {
        size_t given = *size;

        *size = 0;
        return body_add(x, bytes, given);
    }
    if (x->later) {
        if (x->resume != NULL)
            x->resume(&x->request);
        return answer_queue(x);
    }
    return body_end(x) ? answer_queue(x) : MHD_YES;
}

void exchange_completed(void *context, struct MHD_Connection *wire, void **exchange,
                        enum MHD_RequestTerminationCode how)
{
    struct server *server = context;
    struct exchange *x = *exchange;

    (void)wire;
    (void)how;
    if (x == NULL)
        return;
    *exchange = NULL;
    if (x->stream != NULL) {
        stream_end(x->stream, true);
        (void)pthread_join(x->streamer, NULL); /* it cannot fail: joined once */
        stream_free(x->stream);
        x->stream = NULL;
    }
    atomic_fetch_sub_explicit(&server->bodies_bytes, x->body.size, memory_order_relaxed);
    connection_phase(x->connection, PHASE_HEAD, 0);
    if (x->begun) {
        server->options.done(server->options.context, &x->request);
        active_add(server, -1);
    }
    exchange_give(x);
}
