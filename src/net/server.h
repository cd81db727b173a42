/* SPDX-License-Identifier: Apache-2.0 */
/* server: HTTP/1.1 over TCP and over a Unix socket (libmicrohttpd).
 *
 * TCP is served by a few worker threads with epoll; a handler there must not wait (request_later).
 * The Unix socket, mode 0600, has a thread for each connection, so that handlers may wait and may
 * read a body of any size as a stream.
 *
 * Everything is bounded: connections in all and per address, the head (16 KiB), the body (by
 * request), all bodies in memory together, and time: a head must be there within idle_s; body and
 * answer may take idle_s and one second for each 4 KiB. A sweeper closes what is slower.
 * Two Content-Lengths, or one beside Transfer-Encoding, are answered 400 and the connection is
 * closed; so is any transfer coding but chunked.
 *
 * Threads    `begin`, `handle` and `done` run on many threads at once, `every_second` on one. */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "net/request.h"

struct server;

struct server_options {
    const char *listen;      /* "127.0.0.1:7700", "[::1]:0", ":7700" (all addresses); port 0: any */
    const char *socket_path; /* NULL: no Unix socket. A file left by a former server is replaced.
                                Lives as long as the server */
    uint32_t workers;
    uint32_t connections_max, address_connections_max;
    uint32_t idle_s;
    uint64_t bodies_bytes_max;     /* of all bodies in memory; past it requests are answered 503 */
    struct address_list uncounted; /* proxies, to which address_connections_max does not apply */

    /* The head is there. Set body_bytes_max (0 at first) and stream, or answer already. */
    void (*begin)(void *context, struct request *r);
    /* The body is there as well. Answer, or request_later. Not called when `begin` answered. */
    void (*handle)(void *context, struct request *r);
    /* Something net itself refuses: write status, a code word and a sentence as the body. */
    void (*refuse)(void *context, struct request *r, unsigned status, const char *code,
                   const char *message);
    /* Last: the answer was sent or the client is gone. Frees `state`. */
    void (*done)(void *context, struct request *r);
    void (*connection_refused)(void *context);
    void (*every_second)(void *context);
    void *context;
};

/* Bind and start answering. ERR_UNAVAILABLE when the address is taken, ERR_INVALID when it is none.
 */
MUST_USE enum status server_open(struct server **out, const struct server_options *options,
                                 struct error *err);

/* Stop accepting, let requests that run finish for up to `wait_ms`, cut the rest. What was put off
 * with request_later is always waited for. */
void server_stop(struct server *server, uint32_t wait_ms);
void server_close(struct server **server); /* stops with 10 s, frees; for SCOPED */

uint16_t server_port(const struct server *server); /* of the TCP listener */
uint32_t server_connections(struct server *server);

#endif
