/* SPDX-License-Identifier: Apache-2.0 */
/* api: a shop over HTTP: the routes of api/routes.c on a TCP address and, for the command line, on
 * DIR/endcap.sock.
 *
 * Over TCP a route wants a key (store/keys.h) of its scope. The socket wants none: who may open it
 * is the owner of the data directory; it has a few routes of its own (/local/...).
 *
 * Workers never wait: what must be durable is suspended until the writer's commit; changes, replays,
 * persons and audits run on a thread each, with a bounded queue; past it the answer is 503.
 *
 * Threads    api_start and api_stop from one thread. */
#ifndef API_API_H
#define API_API_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "net/target.h"
#include "paths/shop.h"

/* What a page hook answers: bytes that live as long as the server, or what it adds to `out`. */
struct page {
    const char *type; /* constant text */
    struct text constant;
    struct buffer *out;
};

struct api_options {
    const char *listen; /* NULL: the setting's */
    bool no_socket;     /* do not listen on DIR/endcap.sock */
    /* GET of a path that no route has, open to all: true when it is a page. NULL: there are none.
     */
    bool (*page)(void *context, const struct target *target, struct page *page);
    /* POST /v1/train: start one, do not wait. ERR_CONFLICT while one runs. NULL: 503. */
    enum status (*train)(void *context, struct error *err);
    void *context;
};

struct api;

/* Start answering for `shop`, which is open for writing and outlives the api. */
MUST_USE enum status api_start(struct api **out, struct shop *shop,
                               const struct api_options *options, struct error *err);

/* Stop accepting, finish what runs (10 seconds at most for slow clients), free. For SCOPED. */
void api_stop(struct api **api);

uint16_t api_port(const struct api *api);

/* The OpenAPI 3.1 document of all routes (`endcap docs openapi`), and their table in Markdown,
 * docs/routes.md. */
void api_openapi(struct buffer *out);
void api_document(struct buffer *out);

#endif
