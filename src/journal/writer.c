/* SPDX-License-Identifier: Apache-2.0 */
/* writer: the queue and the thread. What one transaction does is in transaction.c.
 *
 * An idle writer commits what comes at once. Under load it lingers, up to wait_ms after the oldest
 * write came and only while more keeps coming, so that many share one commit. */
#include "journal/writer.h"

#include <assert.h>
#include <pthread.h>
#include <time.h>

#include "base/memory.h"
#include "base/metrics.h"
#include "base/time.h"
#include "journal/transaction.h"

enum { LINGER_STEP_NS = 200 * 1000, NS_MS = 1000 * 1000, NS_SECOND = 1000 * 1000 * 1000 };

struct writer {
    struct transaction *transaction; /* the thread's own */
    uint32_t wait_ms, events_max, queue_events_max;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t came;
    struct write *first, **last;
    uint64_t waiting;   /* events in the queue */
    uint64_t submitted; /* writes ever */
    bool stopping;
};

static void wait_ns(struct writer *w, uint64_t ns)
{
    uint64_t until = time_monotonic_ns() + ns;
    struct timespec at = {(time_t)(until / NS_SECOND), (long)(until % NS_SECOND)};

    (void)pthread_cond_timedwait(&w->came, &w->mutex, &at); /* running out of time is fine */
}

/* Others may be about to come: give them until the oldest has waited wait_ms, or nobody came for a
 * step. */
static void linger(struct writer *w)
{
    uint64_t deadline = w->first->submitted_ns + (uint64_t)w->wait_ms * NS_MS;

    while (!w->stopping && w->waiting < w->events_max && time_monotonic_ns() < deadline) {
        uint64_t before = w->submitted, step = time_monotonic_ns() + LINGER_STEP_NS;

        while (!w->stopping && w->waiting < w->events_max && time_monotonic_ns() < step)
            wait_ns(w, LINGER_STEP_NS);
        if (w->submitted == before)
            return;
    }
}

/* Up to events_max events from the queue, at least one write; NULL when it is empty. */
static struct write *take(struct writer *w)
{
    struct write *taken = w->first, **end = &taken;
    uint64_t events = 0;

    while (*end != NULL && (events == 0 || events + (*end)->events <= w->events_max)) {
        events += (*end)->events;
        end = &(*end)->next;
    }
    w->first = *end;
    if (w->first == NULL)
        w->last = &w->first;
    *end = NULL;
    w->waiting -= events;
    metric_set(METRIC_writer_queue_events, (int64_t)w->waiting);
    return taken;
}

static void *work(void *argument)
{
    struct writer *w = argument;
    bool busy = false; /* the queue was not empty when the last commit ended */

    (void)pthread_mutex_lock(&w->mutex); /* fails only for a mutex that is none */
    for (;;) {
        while (w->first == NULL && !w->stopping) {
            (void)pthread_cond_wait(&w->came, &w->mutex);
            busy = false;
        }
        if (w->first == NULL)
            break;
        if (busy)
            linger(w);
        struct write *taken = take(w);
        (void)pthread_mutex_unlock(&w->mutex);
        transaction_run(w->transaction, taken);
        (void)pthread_mutex_lock(&w->mutex);
        busy = w->first != NULL;
        if (!busy) {
            (void)pthread_mutex_unlock(&w->mutex);
            transaction_idle(w->transaction);
            (void)pthread_mutex_lock(&w->mutex);
        }
    }
    (void)pthread_mutex_unlock(&w->mutex);
    return NULL;
}

enum status writer_open(struct writer **out, const struct writer_options *options,
                        struct error *err)
{
    struct writer *w = mem_new(1, sizeof(*w));
    pthread_condattr_t clock;

    w->last = &w->first;
    w->wait_ms = options->wait_ms;
    w->events_max = options->events_max;
    w->queue_events_max = options->queue_events_max;
    if (transaction_open(&w->transaction, options, w, err) != OK) {
        mem_free(w);
        return error_wrap(err, "starting the writer");
    }
    (void)pthread_mutex_init(&w->mutex, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&w->came, &clock);
    (void)pthread_condattr_destroy(&clock);
    if (pthread_create(&w->thread, NULL, work, w) != 0) {
        transaction_close(&w->transaction);
        mem_free(w);
        return error_set(err, ERR_IO, "the writer's thread could not be started");
    }
    *out = w;
    return OK;
}

void writer_close(struct writer **writer)
{
    struct writer *w = *writer;

    if (w == NULL)
        return;
    (void)pthread_mutex_lock(&w->mutex);
    w->stopping = true;
    (void)pthread_cond_signal(&w->came);
    (void)pthread_mutex_unlock(&w->mutex);
    (void)pthread_join(w->thread, NULL);
    assert(w->first == NULL);
    transaction_close(&w->transaction);
    (void)pthread_cond_destroy(&w->came);
    (void)pthread_mutex_destroy(&w->mutex);
    mem_free(w);
    *writer = NULL;
}

enum status writer_submit(struct writer *w, struct write *write, struct error *err)
{
    enum status status = OK;

    write->next = NULL;
    write->submitted_ns = time_monotonic_ns();
    (void)pthread_mutex_lock(&w->mutex);
    if (w->stopping) {
        status = error_set(err, ERR_LIMIT, "the writer is stopping; try again later");
    } else if (w->waiting > 0 && w->waiting + write->events > w->queue_events_max) {
        status = error_set(err, ERR_LIMIT, "%llu events wait to be written; try again later",
                           (unsigned long long)w->waiting);
    } else {
        *w->last = write;
        w->last = &write->next;
        w->waiting += write->events;
        w->submitted++;
        if (w->first == write || w->waiting >= w->events_max)
            (void)pthread_cond_signal(&w->came);
    }
    (void)pthread_mutex_unlock(&w->mutex);
    return status;
}

struct waiter {
    struct write write;
    struct write *inner;
    pthread_mutex_t mutex;
    pthread_cond_t over;
    bool done;
    enum status status;
    struct error err;
};

static enum status waiter_run(struct write *write, struct writer *writer, struct store *store,
                              struct error *err)
{
    struct waiter *waiter = (struct waiter *)write;

    return waiter->inner->run(waiter->inner, writer, store, err);
}

static void waiter_done(struct write *write, enum status status, const struct error *err)
{
    struct waiter *waiter = (struct waiter *)write;

    if (waiter->inner->done != NULL)
        waiter->inner->done(waiter->inner, status, err);
    (void)pthread_mutex_lock(&waiter->mutex);
    waiter->done = true;
    waiter->status = status;
    if (status != OK)
        waiter->err = *err;
    (void)pthread_cond_signal(&waiter->over);
    (void)pthread_mutex_unlock(&waiter->mutex); /* and the waiter's stack may go */
}

enum status writer_run(struct writer *writer, struct write *w, struct error *err)
{
    struct waiter waiter = {.inner = w,
                            .write = {.run = waiter_run, .done = waiter_done, .events = w->events},
                            .mutex = PTHREAD_MUTEX_INITIALIZER,
                            .over = PTHREAD_COND_INITIALIZER};

    assert(!pthread_equal(pthread_self(), writer->thread));
    if (writer_submit(writer, &waiter.write, err) != OK)
        return err->status;
    (void)pthread_mutex_lock(&waiter.mutex);
    while (!waiter.done)
        (void)pthread_cond_wait(&waiter.over, &waiter.mutex);
    (void)pthread_mutex_unlock(&waiter.mutex);
    (void)pthread_cond_destroy(&waiter.over);
    (void)pthread_mutex_destroy(&waiter.mutex);
    if (waiter.status != OK)
        *err = waiter.err;
    return waiter.status;
}

enum status writer_append(struct writer *writer, enum record_kind kind, int64_t time_ms,
                          struct text body, struct position *out, struct error *err)
{
    return transaction_append(writer->transaction, kind, time_ms, body, out, err);
}

uint64_t writer_waiting(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->mutex);
    uint64_t waiting = writer->waiting;
    (void)pthread_mutex_unlock(&writer->mutex);
    return waiting;
}
