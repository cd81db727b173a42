/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, watching and stopping the two daemons. What happens to a request stands in exchange.c.
 */
#include "net/server.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/time.h"
#include "net/exchange.h"

enum { LISTEN_BACKLOG = 1024, TCP_MEMORY = 65536, LOCAL_MEMORY = 262144, STOP_WAIT_MS = 10000 };
static const uint64_t ns_second = 1000000000;

static struct connection **bucket_of(struct server *server, struct address household)
{
    uint64_t hash = hash_bytes(household.bytes, sizeof(household.bytes), 0);

    return &server->buckets[hash & (CONNECTION_BUCKETS - 1)];
}

/* Whether a further connection of this address may be opened. */
static bool connection_allowed(struct server *server, struct address address)
{
    const struct server_options *o = &server->options;
    struct address household = address_household(address);
    uint32_t same = 0;

    pthread_mutex_lock(&server->lock);
    for (const struct connection *c = *bucket_of(server, household); c != NULL; c = c->next)
        same += !c->local && address_equal(c->household, household);
    bool room = server->connection_count < o->connections_max &&
                (same < o->address_connections_max || address_list_has(&o->uncounted, address));

    pthread_mutex_unlock(&server->lock);
    return room;
}

/* Accepts for all workers and deals the connections out in turn: left to themselves, one worker
 * takes all that come at once, and keeps them. Ends when the socket is shut. */
static void *acceptor_run(void *context)
{
    struct server *server = context;

    for (;;) {
        struct sockaddr_storage from;
        socklen_t size = sizeof(from);
        int fd =
            accept4(server->tcp_fd, (struct sockaddr *)&from, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0 && errno == EINVAL)
            break;
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
            (void)poll(NULL, 0, 10); /* a moment, for some to close */
        if (fd < 0)
            continue;
        if (connection_allowed(server, address_of((struct sockaddr *)&from))) {
            (void)MHD_add_connection(server->tcp, fd, (struct sockaddr *)&from,
                                     size); /* it closes what it does not take */
            continue;
        }
        if (server->options.connection_refused != NULL)
            server->options.connection_refused(server->options.context);
        close(fd);
    }
    return NULL;
}

static struct connection *connection_new(struct server *server, struct MHD_Connection *wire,
                                         bool local)
{
    struct connection *c = mem_new(1, sizeof(*c));
    int one = 1;

    c->server = server;
    c->local = local;
    c->fd = MHD_get_connection_info(wire, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (!local) {
        c->household = address_household(address_of(
            MHD_get_connection_info(wire, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr));
        (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* else: slower */
    }
    connection_phase(c, PHASE_HEAD, 0);
    pthread_mutex_lock(&server->lock);
    struct connection **bucket = bucket_of(server, c->household);

    c->next = *bucket;
    if (c->next != NULL)
        c->next->link = &c->next;
    c->link = bucket;
    *bucket = c;
    server->connection_count += !local;
    pthread_mutex_unlock(&server->lock);
    return c;
}

static void connection_free(struct connection *c)
{
    pthread_mutex_lock(&c->server->lock);
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    c->server->connection_count -= !c->local;
    pthread_mutex_unlock(&c->server->lock);
    mem_free(c);
}

static void connection_notify(struct server *server, struct MHD_Connection *wire, bool local,
                              void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = connection_new(server, wire, local);
    } else if (*socket_context != NULL) {
        connection_free(*socket_context);
        *socket_context = NULL;
    }
}

static void tcp_notify(void *server, struct MHD_Connection *wire, void **socket_context,
                       enum MHD_ConnectionNotificationCode code)
{
    connection_notify(server, wire, false, socket_context, code);
}

static void local_notify(void *server, struct MHD_Connection *wire, void **socket_context,
                         enum MHD_ConnectionNotificationCode code)
{
    connection_notify(server, wire, true, socket_context, code);
}

/* Shut what is too slow, or all (`now_ns` 0) but those whose answer is being worked on. The
 * connection's own thread closes it. */
static void connections_sweep(struct server *server, uint64_t now_ns)
{
    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < CONNECTION_BUCKETS; i++)
        for (struct connection *c = server->buckets[i]; c != NULL; c = c->next) {
            enum phase phase = (enum phase)atomic_load_explicit(&c->phase, memory_order_relaxed);
            uint64_t bytes = atomic_load_explicit(&c->bytes, memory_order_relaxed);
            uint64_t since = atomic_load_explicit(&c->since_ns, memory_order_relaxed);
            uint64_t grace = (server->options.idle_s + bytes / BYTES_PER_SECOND_MIN) * ns_second;

            if (phase != PHASE_WORKING && (now_ns == 0 || (!c->local && now_ns > since + grace)))
                (void)shutdown(c->fd, SHUT_RDWR); /* fails when the client closed: as wanted */
        }
    pthread_mutex_unlock(&server->lock);
}

static struct timespec monotonic_in(uint32_t ms)
{
    uint64_t ns = time_monotonic_ns() + (uint64_t)ms * 1000000;

    return (struct timespec){(time_t)(ns / ns_second), (long)(ns % ns_second)};
}

static void *sweeper_run(void *context)
{
    struct server *server = context;

    pthread_mutex_lock(&server->active_lock);
    while (!server->sweeper_ends) {
        struct timespec until = monotonic_in(MS_SECOND);

        (void)pthread_cond_timedwait(&server->sweep_now, &server->active_lock, &until);
        if (server->sweeper_ends)
            break;
        pthread_mutex_unlock(&server->active_lock);
        connections_sweep(server, time_monotonic_ns());
        if (server->options.every_second != NULL)
            server->options.every_second(server->options.context);
        pthread_mutex_lock(&server->active_lock);
    }
    pthread_mutex_unlock(&server->active_lock);
    return NULL;
}

static enum status address_failed(struct error *err, const char *listen)
{
    return error_set(err, ERR_INVALID,
                     "'%s' is no address to listen on; write one like 127.0.0.1:7700 or [::1]:7700",
                     listen);
}

/* "ADDRESS:PORT" into what bind takes. */
static enum status address_find(const char *listen, struct addrinfo **out, struct error *err)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    const char *colon = strrchr(listen, ':');
    char host[128] = "";
    size_t size = colon == NULL ? 0 : (size_t)(colon - listen);

    uint64_t port;

    if (colon == NULL || size >= sizeof(host) || !text_to_u64(text_from(colon + 1), &port) ||
        port > UINT16_MAX)
        return address_failed(err, listen);
    if (size >= 2 && listen[0] == '[' && listen[size - 1] == ']')
        memcpy(host, listen + 1, size - 2);
    else
        memcpy(host, listen, size);
    if (getaddrinfo(host[0] == '\0' ? NULL : host, colon + 1, &hints, out) != 0)
        return address_failed(err, listen);
    return OK;
}

static enum status tcp_bind(const char *listen_on, int *out, uint16_t *port, struct error *err)
{
    struct addrinfo *found;
    struct sockaddr_storage bound;
    socklen_t size = sizeof(bound);
    int one = 1;

    if (address_find(listen_on, &found, err) != OK)
        return err->status;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)); /* else bind tells */
    bool ready = fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0 &&
                 listen(fd, LISTEN_BACKLOG) == 0 &&
                 getsockname(fd, (struct sockaddr *)&bound, &size) == 0;
    int why = errno;

    freeaddrinfo(found);
    if (!ready) {
        if (fd >= 0)
            close(fd);
        return error_set(err, ERR_UNAVAILABLE, "listening on %s: %s", listen_on, strerror(why));
    }
    struct sockaddr_in6 six;
    struct sockaddr_in four;

    memcpy(&six, &bound, sizeof(six));
    memcpy(&four, &bound, sizeof(four));
    *port = ntohs(bound.ss_family == AF_INET6 ? six.sin6_port : four.sin_port);
    *out = fd;
    return OK;
}

static enum status local_bind(const char *path, int *out, struct error *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(name.sun_path))
        return error_set(err, ERR_INVALID,
                         "the path of the socket %s is over %zu bytes; use a shorter directory",
                         path, sizeof(name.sun_path) - 1);
    memcpy(name.sun_path, path, strlen(path));
    (void)unlink(path); /* of a former server; if it cannot go, bind tells */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* fchmod before bind gives the file its mode from the first moment on (Linux) */
    bool ready = fd >= 0 && fchmod(fd, 0600) == 0 &&
                 bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0 && chmod(path, 0600) == 0 &&
                 listen(fd, LISTEN_BACKLOG) == 0;

    if (!ready) {
        int why = errno;

        if (fd >= 0)
            close(fd);
        return error_set(err, ERR_UNAVAILABLE, "listening on %s: %s", path, strerror(why));
    }
    *out = fd;
    return OK;
}

static enum status tcp_start(struct server *s, struct error *err)
{
    const struct server_options *o = &s->options;

    if (tcp_bind(o->listen, &s->tcp_fd, &s->port, err) != OK)
        return err->status;
    s->tcp = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0,
        NULL, NULL, exchange_handle, s, MHD_OPTION_THREAD_POOL_SIZE,
        o->workers < 2 ? 0U : o->workers, MHD_OPTION_URI_LOG_CALLBACK, exchange_started, s,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
        tcp_notify, s, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)o->idle_s,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)(o->connections_max + 2 * o->workers),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)TCP_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
    s->acceptor_started =
        s->tcp != NULL && pthread_create(&s->acceptor, NULL, acceptor_run, s) == 0;
    if (!s->acceptor_started) {
        close(s->tcp_fd);
        s->tcp_fd = -1;
        return error_set(err, ERR_IO, "the server's threads for %s did not start", o->listen);
    }
    return OK;
}

static enum status local_start(struct server *s, struct error *err)
{
    const struct server_options *o = &s->options;

    if (local_bind(o->socket_path, &s->local_fd, err) != OK)
        return err->status;
    s->local = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_THREAD_PER_CONNECTION |
            MHD_USE_ITC,
        0, NULL, NULL, exchange_handle, s, MHD_OPTION_LISTEN_SOCKET, s->local_fd,
        MHD_OPTION_URI_LOG_CALLBACK, exchange_started, s, MHD_OPTION_NOTIFY_COMPLETED,
        exchange_completed, s, MHD_OPTION_NOTIFY_CONNECTION, local_notify, s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LOCAL_MEMORY, MHD_OPTION_END);
    if (s->local == NULL) {
        close(s->local_fd);
        s->local_fd = -1;
        return error_set(err, ERR_IO, "the server's threads for %s did not start", o->socket_path);
    }
    return OK;
}

enum status server_open(struct server **out, const struct server_options *options,
                        struct error *err)
{
    SCOPED(server_close) struct server *s = mem_new(1, sizeof(*s));
    pthread_condattr_t monotonic;

    s->options = *options;
    s->tcp_fd = s->local_fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->active_lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->active_changed, &monotonic);
    pthread_cond_init(&s->sweep_now, &monotonic);
    pthread_condattr_destroy(&monotonic);
    (void)signal(SIGPIPE, SIG_IGN); /* a client that left is an error code, not the end of us */
    if ((options->socket_path != NULL && local_start(s, err) != OK) || tcp_start(s, err) != OK)
        return err->status;
    if (pthread_create(&s->sweeper, NULL, sweeper_run, s) != 0)
        return error_set(err, ERR_IO, "the server's sweeper thread did not start");
    s->sweeper_started = true;
    *out = s;
    s = NULL;
    return OK;
}

static void stop_accepting(struct server *s)
{
    if (s->acceptor_started) {
        (void)shutdown(s->tcp_fd, SHUT_RDWR);  /* ends accept4 */
        (void)pthread_join(s->acceptor, NULL); /* it cannot fail: joined once */
        close(s->tcp_fd);
    }
    if (s->local != NULL) {
        (void)MHD_quiesce_daemon(s->local); /* gives back local_fd */
        close(s->local_fd);
        (void)unlink(s->options.socket_path); /* the next server replaces it anyway */
    }
}

static void wait_for_requests(struct server *s, uint32_t wait_ms)
{
    struct timespec until = monotonic_in(wait_ms);

    pthread_mutex_lock(&s->active_lock);
    while (s->active > 0 &&
           pthread_cond_timedwait(&s->active_changed, &s->active_lock, &until) == 0)
        ;
    while (s->suspended > 0)
        pthread_cond_wait(&s->active_changed, &s->active_lock);
    pthread_mutex_unlock(&s->active_lock);
}

void server_stop(struct server *s, uint32_t wait_ms)
{
    if (s->stopped)
        return;
    s->stopped = true;
    stop_accepting(s);
    atomic_store(&s->stopping, true);
    wait_for_requests(s, wait_ms);
    connections_sweep(s, 0);
    if (s->tcp != NULL)
        MHD_stop_daemon(s->tcp);
    if (s->local != NULL)
        MHD_stop_daemon(s->local);
    s->tcp = s->local = NULL;
    if (!s->sweeper_started)
        return;
    pthread_mutex_lock(&s->active_lock);
    s->sweeper_ends = true;
    pthread_cond_signal(&s->sweep_now);
    pthread_mutex_unlock(&s->active_lock);
    (void)pthread_join(s->sweeper, NULL); /* it cannot fail: joined once */
}

void server_close(struct server **server)
{
    struct server *s = *server;

    if (s == NULL)
        return;
    server_stop(s, STOP_WAIT_MS);
    while (s->spare != NULL) {
        struct exchange *x = s->spare;

        s->spare = x->next;
        exchange_free(x);
    }
    pthread_cond_destroy(&s->active_changed);
    pthread_cond_destroy(&s->sweep_now);
    pthread_mutex_destroy(&s->active_lock);
    pthread_mutex_destroy(&s->lock);
    mem_free(s);
    *server = NULL;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

uint32_t server_connections(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    uint32_t count = server->connection_count;

    pthread_mutex_unlock(&server->lock);
    return count;
}
