/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"

/* Latencies are counted in steps of 10 us up to 2 s. */
enum { STEP_US = 10, STEPS = 200000, ANSWER_ROOM = 1 << 20 };

struct line {
    int fd;
    struct buffer out;
    size_t sent;
    char *in;
    size_t got;
    uint64_t begun_ns;
};

struct run {
    const struct load *load;
    struct load_figures *figures;
    struct line *lines;
    size_t *marks; /* places of marks, request by request, each list ended by SIZE_MAX */
    size_t *mark_starts;
    uint64_t next_number, next_request;
    uint64_t *counts;
    uint64_t max_us;
    int epoll;
    struct line *idle[LOAD_CONNECTIONS_MAX]; /* a ring, so that all take their turn */
    uint32_t idle_first, idle_count, gone_count;
    uint64_t due_ns, end_ns; /* of the next request; of the run */
};

static void marks_find(struct run *run)
{
    const struct load *load = run->load;
    size_t room = 0, count = 0;

    run->mark_starts = mem_new(load->request_count, sizeof(size_t));
    for (size_t i = 0; i < load->request_count; i++) {
        const char *data = load->requests[i].data, *at = data;
        size_t size = load->requests[i].size;

        run->mark_starts[i] = count;
        while ((at = memmem(at, size - (size_t)(at - data), LOAD_MARK, LOAD_MARK_SIZE)) != NULL) {
            run->marks = mem_grow(run->marks, &room, count + 1, sizeof(size_t));
            run->marks[count++] = (size_t)(at - data);
            at += LOAD_MARK_SIZE;
        }
        run->marks = mem_grow(run->marks, &room, count + 1, sizeof(size_t));
        run->marks[count++] = SIZE_MAX;
    }
}

static void number_write(char *out, uint64_t number)
{
    for (int i = LOAD_MARK_SIZE - 1; i >= 0; i--, number >>= 4)
        out[i] = "0123456789abcdef"[number & 15];
}

static void line_send(struct run *run, struct line *l)
{
    while (l->sent < l->out.size) {
        ssize_t sent = send(l->fd, l->out.data + l->sent, l->out.size - l->sent, MSG_NOSIGNAL);

        if (sent <= 0)
            break;
        l->sent += (size_t)sent;
    }
    struct epoll_event event = {.events = l->sent < l->out.size ? EPOLLIN | EPOLLOUT : EPOLLIN,
                                .data.ptr = l};

    (void)epoll_ctl(run->epoll, EPOLL_CTL_MOD, l->fd, &event); /* it was added */
}

static void line_begin(struct run *run, struct line *l, uint64_t due_ns)
{
    size_t which = run->next_request++ % run->load->request_count;

    buffer_clear(&l->out);
    buffer_add_text(&l->out, run->load->requests[which]);
    for (const size_t *m = run->marks + run->mark_starts[which]; *m != SIZE_MAX; m++)
        number_write(l->out.data + *m, run->next_number++);
    l->sent = l->got = 0;
    l->begun_ns = due_ns;
    line_send(run, l);
}

static bool line_close(struct line *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    return false;
}

static bool line_open(struct run *run, struct line *l)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(run->load->port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = l};
    int one = 1;

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    l->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
        setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
        epoll_ctl(run->epoll, EPOLL_CTL_ADD, l->fd, &event) != 0)
        return line_close(l);
    return true;
}

/* The status of the answer when it is complete, else 0. */
static int answer_status(const struct line *l)
{
    const char *end = memmem(l->in, l->got, "\r\n\r\n", 4);
    const char *length =
        end == NULL ? NULL : memmem(l->in, (size_t)(end - l->in), "Content-Length: ", 16);

    if (end == NULL || l->got < 12)
        return 0;
    size_t size = length == NULL ? 0 : strtoul(length + 16, NULL, 10);

    if (l->got < (size_t)(end + 4 - l->in) + size)
        return 0;
    return (l->in[9] - '0') * 100 + (l->in[10] - '0') * 10 + (l->in[11] - '0');
}

static void count(struct run *run, const struct line *l, int status)
{
    uint64_t us = (time_monotonic_ns() - l->begun_ns) / 1000, step = us / STEP_US;

    if (status / 100 == 2) {
        run->figures->requests++;
        run->counts[step < STEPS ? step : STEPS - 1]++;
        run->max_us = us > run->max_us ? us : run->max_us;
        return;
    }
    if (run->figures->errors++ == 0)
        run->figures->first_error = status;
}

static void line_idle(struct run *run, struct line *l)
{
    run->idle[(run->idle_first + run->idle_count++) % LOAD_CONNECTIONS_MAX] = l;
}

static struct line *line_next(struct run *run)
{
    struct line *l = run->idle[run->idle_first];

    run->idle_first = (run->idle_first + 1) % LOAD_CONNECTIONS_MAX;
    run->idle_count--;
    return l;
}

static void line_read(struct run *run, struct line *l)
{
    ssize_t got = recv(l->fd, l->in + l->got, ANSWER_ROOM - l->got, MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        count(run, l, 0);
        (void)line_close(l); /* false, always */
        if (line_open(run, l))
            line_idle(run, l);
        else
            run->gone_count++;
        return;
    }
    l->got += (size_t)got;
    int status = answer_status(l);

    if (status == 0)
        return;
    count(run, l, status);
    line_idle(run, l);
}

static double percentile(const struct run *run, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)run->figures->requests), seen = 0;

    for (size_t i = 0; i < STEPS; i++) {
        seen += run->counts[i];
        if (seen > wanted)
            return (double)(i + 1) * STEP_US / 1000;
    }
    return 0;
}

/* Send what is due; the time until the next is, at most a second. */
static struct timespec send_due(struct run *run)
{
    uint64_t now = time_monotonic_ns(), wait = 1000000000;

    while (run->idle_count > 0 && now < run->end_ns) {
        if (run->load->rate > 0 && run->due_ns > now) {
            wait = run->due_ns - now;
            break;
        }
        line_begin(run, line_next(run), run->load->rate > 0 ? run->due_ns : now);
        run->due_ns += (uint64_t)(run->load->rate > 0 ? 1e9 / run->load->rate : 0);
    }
    return (struct timespec){(time_t)(wait / 1000000000), (long)(wait % 1000000000)};
}

static void run_to_end(struct run *run)
{
    const uint64_t patience_ns = 10000000000;
    struct epoll_event events[64];

    for (;;) {
        struct timespec wait = send_due(run);
        uint64_t now = time_monotonic_ns();

        if (run->gone_count == run->load->connections ||
            (now >= run->end_ns && (run->idle_count + run->gone_count == run->load->connections ||
                                    now > run->end_ns + patience_ns)))
            break;
        int ready = epoll_pwait2(run->epoll, events, 64, &wait, NULL);

        for (int i = 0; i < ready; i++) {
            struct line *l = events[i].data.ptr;

            if (events[i].events & EPOLLOUT)
                line_send(run, l);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                line_read(run, l);
        }
    }
}

bool load_run(const struct load *load, struct load_figures *out)
{
    struct run run = {.load = load, .figures = out, .next_number = load->first_number};
    bool reached = true;

    *out = (struct load_figures){.requests = 0};
    run.epoll = epoll_create1(0);
    run.lines = mem_new(load->connections, sizeof(*run.lines));
    run.counts = mem_new(STEPS, sizeof(*run.counts));
    marks_find(&run);
    for (uint32_t i = 0; i < load->connections; i++) {
        run.lines[i].in = mem_new(ANSWER_ROOM, 1);
        reached = line_open(&run, &run.lines[i]) && reached;
        line_idle(&run, &run.lines[i]);
    }
    uint64_t begun = time_monotonic_ns();

    run.due_ns = begun;
    run.end_ns = begun + (uint64_t)(load->seconds * 1e9);
    if (reached)
        run_to_end(&run);
    out->seconds = (double)(time_monotonic_ns() - begun) / 1e9;
    out->p50_ms = percentile(&run, 0.5);
    out->p99_ms = percentile(&run, 0.99);
    out->p999_ms = percentile(&run, 0.999);
    out->max_ms = (double)run.max_us / 1000;
    for (uint32_t i = 0; i < load->connections; i++) {
        if (run.lines[i].fd >= 0)
            close(run.lines[i].fd);
        buffer_free(&run.lines[i].out);
        mem_free(run.lines[i].in);
    }
    close(run.epoll);
    mem_free(run.lines);
    mem_free(run.counts);
    mem_free(run.marks);
    mem_free(run.mark_starts);
    return reached;
}
