/* SPDX-License-Identifier: Apache-2.0 */
/* What handlers call. The answer is kept in the exchange; the connection's own thread sends it. */
#include "net/request.h"

#include <assert.h>

#include "base/time.h"
#include "net/exchange.h"

const char *http_method_word(enum http_method method)
{
    static const char *const words[] = {"GET",    "POST",    "PUT",  "PATCH",
                                        "DELETE", "OPTIONS", "OTHER"};

    return words[method];
}

static struct exchange *exchange_of(struct request *r)
{
    return (struct exchange *)r;
}

struct text request_header(const struct request *r, const char *name)
{
    const struct exchange *x = (const struct exchange *)r;
    struct text wanted = text_from(name);

    for (size_t i = 0; i < x->header_count; i++)
        if (text_equal_nocase(x->headers[i].name, wanted))
            return x->headers[i].value;
    return (struct text){NULL, 0};
}

struct text request_header_joined(struct request *r, const char *name)
{
    const struct exchange *x = exchange_of(r);
    struct text wanted = text_from(name), joined = {NULL, 0};

    for (size_t i = 0; i < x->header_count; i++) {
        struct text value = x->headers[i].value;

        if (!text_equal_nocase(x->headers[i].name, wanted))
            continue;
        if (joined.data != NULL) {
            char *both = arena_printf(&r->arena, "%.*s,%.*s", (int)joined.size, joined.data,
                                      (int)value.size, value.data);
            value = text_from(both);
        }
        joined = value;
    }
    return joined;
}

bool request_has_body(const struct request *r)
{
    const struct exchange *x = (const struct exchange *)r;

    return x->chunked || x->announced > 0;
}

void request_answer_header(struct request *r, const char *name, struct text value)
{
    struct exchange *x = exchange_of(r);

    assert(x->answer_header_count < ANSWER_HEADERS_MAX && !x->answered);
    x->answer_headers[x->answer_header_count++] =
        (struct header){text_from(name), arena_text(&r->arena, value)};
}

/* What was put off goes on: on the connection's own thread. */
static void resume(struct exchange *x)
{
    struct server *server = x->server;

    if (x->request.local) {
        pthread_mutex_lock(&x->lock);
        x->resumed = true;
        pthread_cond_signal(&x->changed);
        pthread_mutex_unlock(&x->lock);
        return;
    }
    MHD_resume_connection(x->wire);
    /* x may be gone already */
    pthread_mutex_lock(&server->active_lock);
    server->suspended--;
    pthread_cond_broadcast(&server->active_changed);
    pthread_mutex_unlock(&server->active_lock);
}

static void answered(struct exchange *x, unsigned status, const char *type)
{
    assert(!x->answered);
    x->status = status;
    x->type = type;
    x->answered = true;
    if (x->later && x->resume == NULL)
        resume(x);
}

void request_resume(struct request *r, void (*run)(struct request *r))
{
    struct exchange *x = exchange_of(r);

    assert(x->later && !x->answered);
    x->resume = run;
    resume(x);
}

void request_answer(struct request *r, unsigned status, const char *type)
{
    answered(exchange_of(r), status, type);
}

void request_answer_constant(struct request *r, unsigned status, const char *type, struct text body)
{
    exchange_of(r)->constant = body;
    answered(exchange_of(r), status, type);
}

void request_later(struct request *r)
{
    struct exchange *x = exchange_of(r);

    assert(!x->later && !x->answered && x->stream == NULL);
    x->later = true;
    connection_phase(x->connection, PHASE_WORKING, 0);
    if (r->local)
        return;
    pthread_mutex_lock(&x->server->active_lock);
    x->server->suspended++;
    pthread_mutex_unlock(&x->server->active_lock);
    MHD_suspend_connection(x->wire);
}

unsigned request_status(const struct request *r)
{
    return ((const struct exchange *)r)->status;
}
