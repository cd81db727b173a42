/* SPDX-License-Identifier: Apache-2.0 */
/* request: one HTTP request as its handler sees it, and how it is answered.
 *
 * The answer's body is written to `answer`; request_answer sends it off. A handler that cannot
 * answer at once calls request_later and hands the request on; whoever finishes it calls
 * request_answer, from any thread. The connection waits meanwhile and no worker does.
 *
 * Threads    one at a time: the worker's until it returns from `handle` or called request_later,
 *            then whoever it was handed to, until request_answer.
 * Lifetime   until the answer is sent or the client is gone; arena and texts die with it. */
#ifndef NET_REQUEST_H
#define NET_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/text.h"
#include "net/address.h"
#include "net/target.h"

enum { REQUEST_HEADERS_MAX = 64, REQUEST_HEAD_BYTES_MAX = 16384, ANSWER_HEADERS_MAX = 12 };

enum http_method {
    HTTP_GET,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER,
};
const char *http_method_word(enum http_method method);

struct request {
    enum http_method method; /* HEAD counts as GET; its answer's body is not sent */
    struct target target;
    struct address peer;     /* the socket's other end */
    bool local;              /* came over the Unix socket */
    uint64_t body_bytes_max; /* set by `begin`: what is longer is answered 413 */
    bool stream;             /* set by `begin`, local only: the body is read from body_file */
    struct arena arena;
    struct text body;          /* whole, when `handle` is called */
    FILE *body_file;           /* stream: reads the body as it comes */
    volatile int *body_broken; /* stream: not 0 once the client is gone before the end; body_file
                                  then fails (ferror) */
    struct buffer answer;
    uint64_t received_ns; /* monotonic: when the last byte of the body was there */
    void *state, *work;   /* the server's user's, NULL at first */
};

/* A header of the request, absent when it has none (the first, when it has several). */
struct text request_header(const struct request *r, const char *name);
/* All headers of that name, joined by commas, in the request's arena. */
struct text request_header_joined(struct request *r, const char *name);
bool request_has_body(const struct request *r); /* by its head */

/* Add a header to the answer; `name` is constant text, `value` is copied. At most
 * ANSWER_HEADERS_MAX. */
void request_answer_header(struct request *r, const char *name, struct text value);

/* Send `answer` with this status and content type (constant text; NULL: none). Once per request. */
void request_answer(struct request *r, unsigned status, const char *type);

/* The same with bytes that live as long as the server. */
void request_answer_constant(struct request *r, unsigned status, const char *type,
                             struct text body);

/* Within `handle`, not for streams: the answer comes later. */
void request_later(struct request *r);

/* After request_later, instead of request_answer: have the connection's own thread call `run`,
 * which answers. Keeps the work of writing an answer away from the calling thread. */
void request_resume(struct request *r, void (*run)(struct request *r));

unsigned request_status(const struct request *r); /* of the answer; 0 before */

#endif
