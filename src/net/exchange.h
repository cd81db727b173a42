/* SPDX-License-Identifier: Apache-2.0 */
/* exchange: the inside of a request and of a server, for this folder's own files. */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "net/request.h"
#include "net/server.h"
#include "net/stream.h"

enum {
    CONNECTION_BUCKETS = 1024, /* a power of two */
    EXCHANGES_KEPT = 64,       /* spare ones, with their memory */
    EXCHANGE_BUFFER_KEPT = 262144,
    DRAIN_BYTES_MAX = 262144, /* an unwanted body up to this is read and dropped, so that the client
                                 reads our answer; past it the connection is closed */
    BYTES_PER_SECOND_MIN = 4096,
};

/* What the sweeper judges a connection by. */
enum phase { PHASE_HEAD, PHASE_BODY, PHASE_ANSWERING, PHASE_WORKING };

struct connection {
    struct connection *next, **link; /* of its bucket */
    struct server *server;
    struct address household;
    int fd;
    bool local;
    atomic_int phase;
    _Atomic uint64_t since_ns; /* start of the phase */
    _Atomic uint64_t bytes;    /* moved in this phase, or to be moved */
};

struct header {
    struct text name, value;
};

struct exchange {
    struct request request; /* first */
    struct server *server;
    struct connection *connection;
    struct MHD_Connection *wire;
    struct exchange *next; /* among the spare ones */
    struct text raw_target;
    struct header headers[REQUEST_HEADERS_MAX];
    size_t header_count;
    struct buffer body;
    bool begun, discard, close, chunked;
    uint64_t announced; /* Content-Length */
    uint64_t discarded;

    /* the answer */
    struct header answer_headers[ANSWER_HEADERS_MAX];
    size_t answer_header_count;
    struct text constant;
    const char *type;
    unsigned status;
    bool answered, later, resumed;
    void (*resume)(struct request *r); /* NULL: the answer is there */

    /* local connections wait here for an answer that comes later */
    pthread_mutex_t lock;
    pthread_cond_t changed;

    struct stream *stream;
    pthread_t streamer;
};

struct server {
    struct server_options options;
    struct MHD_Daemon *tcp, *local;
    int local_fd, tcp_fd;
    uint16_t port;
    bool stopped;

    pthread_mutex_t lock; /* of the connections and the spare exchanges */
    struct connection *buckets[CONNECTION_BUCKETS];
    uint32_t connection_count; /* TCP */
    struct exchange *spare;
    size_t spare_count;

    _Atomic uint64_t bodies_bytes;
    atomic_bool stopping;
    pthread_mutex_t active_lock;
    pthread_cond_t active_changed;
    uint64_t active, suspended; /* requests between head and answer; of them, put off */

    pthread_t acceptor, sweeper;
    pthread_cond_t sweep_now; /* with active_lock */
    bool acceptor_started, sweeper_started, sweeper_ends;
};

/* libmicrohttpd's callbacks (exchange.c). */
void *exchange_started(void *server, const char *target, struct MHD_Connection *wire);
enum MHD_Result exchange_handle(void *server, struct MHD_Connection *wire, const char *url,
                                const char *method, const char *version, const char *bytes,
                                size_t *size, void **exchange);
void exchange_completed(void *server, struct MHD_Connection *wire, void **exchange,
                        enum MHD_RequestTerminationCode how);
void exchange_free(struct exchange *x);

void connection_phase(struct connection *c, enum phase phase, uint64_t bytes);

#endif
