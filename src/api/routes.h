/* SPDX-License-Identifier: Apache-2.0 */
/* routes: everything that can be asked of the server, one row each. /openapi.json and docs/routes.md
 * are made from these rows; the test of who may do what holds its own table against them. Private to api/. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include <stdint.h>

#include "net/request.h"

struct call;

enum {
    ROUTE_ARGUMENTS_MAX = 2, /* {id} parts of a path */
    EVENTS_BODY_MAX = 1024 * 1024,
    PRODUCTS_BODY_MAX = 16 * 1024 * 1024,
    SMALL_BODY_MAX = 64 * 1024,
};

/* Who may. Over the socket everybody who can open it may everything. */
enum scope {
    OPEN,    /* anybody */
    COLLECT, /* a public or a secret key: record events */
    READ,    /* a public or a secret key: read recommendations, read and change preferences */
    MANAGE,  /* a secret key */
    LOCAL,   /* the socket alone; over TCP there is no such route */
};
const char *scope_word(enum scope scope);

enum body { BODY_NONE, BODY_JSON, BODY_YAML, BODY_STREAM };

struct route {
    enum http_method method;
    const char *path; /* "{name}" stands for any one part */
    void (*run)(struct call *call);
    enum scope scope;
    enum body body;
    uint32_t body_max;      /* bytes */
    const char *operation;  /* its name in OpenAPI */
    const char *help;       /* one sentence */
    const char *parameters; /* of the query: names from api/parameters.def, or "" */
    const char *request;    /* schema of the body, or "" */
    const char *answer;     /* schema of the 200 answer, or "" */
};

extern const struct route routes[];
extern const size_t route_count;

/* One query or path parameter, for reading and for the document. */
struct parameter_row {
    const char *name, *type, *help;
};
const struct parameter_row *parameter_find(struct text name); /* NULL: unknown */

/* Whether the route wants an If-Match, answers with an ETag, and 412 and 428 where they do not fit. */
bool route_conditional(const struct route *route);

/* Whether a space-separated list of words has `word`. */
bool words_have(const char *words, struct text word);

/* The row for a path and method, its {parts} into `arguments`. When the path is there but not the
 * method: NULL, and `*allowed` gets the bits (1 << method) of those it has. */
const struct route *route_find(enum http_method method, const struct target *target, bool local,
                               struct text arguments[ROUTE_ARGUMENTS_MAX], unsigned *allowed);

#endif
