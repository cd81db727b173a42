/* SPDX-License-Identifier: Apache-2.0 */
/* client: one HTTP request to a server, over TCP or a Unix socket (libcurl), waiting for its
 * answer.
 *
 * Redirects are not followed and no proxy of the environment is used.
 *
 * Threads    any; nothing is shared. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

struct client_request {
    const char *socket_path; /* NULL: over TCP */
    const char *method;
    const char *url;      /* "http://127.0.0.1:7700/v1/events"; over the socket the host is any */
    const char *key;      /* sent as Authorization: Bearer; NULL: none */
    const char *type;     /* of the body; NULL: application/json */
    const char *if_match; /* the header If-Match; NULL: none */
    struct text body;     /* absent: none, unless body_file */
    FILE *body_file;      /* read to its end, sent as it is read; NULL: `body` */
    uint32_t timeout_ms;  /* of the whole; 0: none */
    uint64_t answer_bytes_max; /* 0: 64 MiB */
    /* Called now and then with the bytes sent so far; not 0 gives up with ERR_UNAVAILABLE. May be
     * NULL. */
    int (*progress)(void *context, uint64_t sent);
    void *context;
};

/* OK for every answer there is, whatever its `*status`; its body goes to the end of `answer`.
 * ERR_UNAVAILABLE when nobody listens or the connection broke, ERR_LIMIT for an answer too long. */
MUST_USE enum status client_run(const struct client_request *request, long *status,
                                struct buffer *answer, struct error *err);

/* Append `value` as a part of a path or query, escaped. */
void client_escape(struct buffer *out, struct text value);

#endif
