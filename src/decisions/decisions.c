/* SPDX-License-Identifier: Apache-2.0 */
#include "decisions/decisions.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/memory.h"
#include "base/metrics.h"
#include "base/time.h"

enum {
    FLUSH_MS = 50,
    RESERVED_AHEAD = 1000000, /* numbers of one block */
};

static const char reserved_key[] = "decisions_reserved";

/* Decisions on their way to the store, one behind the other. */
struct batch {
    struct buffer bytes;
    struct row {
        uint64_t number;
        int64_t time_ms;
        struct position position;
        size_t end; /* in bytes */
    } * rows;
    size_t count, room;
};

/* The one write in flight; reused for every flush. */
struct flush {
    struct write write; /* first: `run` and `done` get its address */
    struct decisions *decisions;
    struct batch batch;
    uint64_t reserve; /* numbers below are reserved by this write; 0: none */
};

struct decisions {
    uint8_t key[16];
    struct writer *writer;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;    /* for the thread: flush now, or stop */
    pthread_cond_t settled; /* for those who wait for a flush */
    struct batch waiting;
    uint64_t next;     /* the next number */
    uint64_t reserved; /* numbers below are durable as given */
    uint64_t kept;     /* decisions queued so far */
    uint64_t landed;   /* of those, stored or lost */
    bool hurry, stopping, in_flight;
    struct error failure; /* of the last write; OK when it went well */
    struct flush flush;
};

static void batch_clear(struct batch *b)
{
    buffer_clear(&b->bytes);
    b->count = 0;
}

static void batch_free(struct batch *b)
{
    buffer_free(&b->bytes);
    mem_free(b->rows);
}

static enum status insert(const struct batch *b, struct store *store, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *stmt = NULL;
    size_t start = 0;

    if (stmt_open(&stmt, store,
                  "INSERT INTO decision(number, time, body, position) VALUES(?, ?, ?, ?)",
                  err) != OK)
        return err->status;
    for (size_t i = 0; i < b->count; i++) {
        const struct row *row = &b->rows[i];
        stmt_bind_i64(stmt, 1, (int64_t)row->number);
        stmt_bind_i64(stmt, 2, row->time_ms);
        stmt_bind_bytes(stmt, 3, (struct text){b->bytes.data + start, row->end - start});
        stmt_bind_i64(stmt, 4, (int64_t)row->position.number);
        if (stmt_run(stmt, store, err) != OK)
            return err->status;
        start = row->end;
    }
    return OK;
}

static enum status flush_run(struct write *w, struct writer *writer, struct store *store,
                             struct error *err)
{
    struct flush *f = (struct flush *)w;

    (void)writer; /* decisions are no journal records */
    if (f->reserve > 0) {
        const struct text value = {(const char *)&f->reserve, sizeof(f->reserve)};
        if (store_meta_set(store, reserved_key, value, err) != OK)
            return err->status;
    }
    return insert(&f->batch, store, err);
}

static void flush_done(struct write *w, enum status status, const struct error *err)
{
    struct flush *f = (struct flush *)w;
    struct decisions *d = f->decisions;

    if (status != OK)
        metric_add(METRIC_decisions_lost_total, f->batch.count);
    pthread_mutex_lock(&d->lock);
    d->failure = status == OK ? (struct error){0} : *err;
    if (status == OK && f->reserve > 0)
        d->reserved = f->reserve;
    d->landed += f->batch.count;
    d->in_flight = false;
    batch_clear(&f->batch);
    pthread_cond_broadcast(&d->settled);
    pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->lock);
}

/* With the lock held, none in flight: hand what waits to the writer. When its queue is full the
 * batch stays for the next turn; when it has stopped, or we are stopping, the batch is lost. */
static void flush_start(struct decisions *d)
{
    struct flush *f = &d->flush;
    struct error err = {0};

    if (f->batch.count == 0) {
        struct batch empty = f->batch;
        f->batch = d->waiting;
        d->waiting = empty;
    }
    if (f->batch.count == 0)
        return;
    f->write = (struct write){.run = flush_run, .done = flush_done, .events = 1};
    f->reserve = d->next + RESERVED_AHEAD / 2 > d->reserved ? d->next + RESERVED_AHEAD : 0;
    d->in_flight = true;
    pthread_mutex_unlock(&d->lock); /* `done` may come at once and wants it */
    enum status status = writer_submit(d->writer, &f->write, &err);
    pthread_mutex_lock(&d->lock);
    if (status == OK)
        return;
    d->in_flight = false;
    if (!d->stopping)
        return;
    metric_add(METRIC_decisions_lost_total, f->batch.count);
    d->failure = err;
    d->landed += f->batch.count;
    batch_clear(&f->batch);
    pthread_cond_broadcast(&d->settled);
}

static void wait_turn(struct decisions *d)
{
    uint64_t until = time_monotonic_ns() + (uint64_t)FLUSH_MS * 1000000;
    const struct timespec at = {.tv_sec = (time_t)(until / 1000000000),
                                .tv_nsec = (long)(until % 1000000000)};
    int waited = 0;

    while (!d->hurry && !d->stopping && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&d->wake, &d->lock, &at);
    while (d->in_flight)
        pthread_cond_wait(&d->wake, &d->lock);
}

static void *flush_thread(void *context)
{
    struct decisions *d = context;

    pthread_mutex_lock(&d->lock);
    while (!d->stopping || d->landed < d->kept) {
        wait_turn(d);
        d->hurry = false;
        flush_start(d);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* The first number to give: above all that are stored and all that were reserved. */
static enum status first_number(struct store *store, uint64_t *out, struct error *err)
{
    SCOPED(buffer_free) struct buffer value = {0};
    SCOPED(stmt_close) sqlite3_stmt *stmt = NULL;
    uint64_t reserved = 1;

    enum status status = store_meta_get(store, reserved_key, &value, err);
    if (status == OK && value.size != sizeof(reserved))
        return error_set(err, ERR_CORRUPT, "%s in store.db has a wrong size", reserved_key);
    if (status == OK)
        memcpy(&reserved, value.data, sizeof(reserved));
    else if (status != ERR_NOT_FOUND)
        return status;
    if (stmt_open(&stmt, store, "SELECT max(number) FROM decision", err) != OK)
        return err->status;
    if (sqlite3_step(stmt) != SQLITE_ROW)
        return store_error(store, err, "reading decisions");
    uint64_t highest = (uint64_t)stmt_i64(stmt, 0); /* none: NULL, which reads as 0 */
    *out = highest >= reserved ? highest + 1 : reserved;
    return OK;
}

/* Make the first block of numbers ours before any is given. */
static enum status reserve_first(struct decisions *d, struct error *err)
{
    d->flush.decisions = d;
    d->flush.write = (struct write){.run = flush_run, .done = flush_done, .events = 1};
    d->flush.reserve = d->next + RESERVED_AHEAD;
    return writer_run(d->writer, &d->flush.write, err);
}

static void decisions_free(struct decisions *d)
{
    batch_free(&d->waiting);
    batch_free(&d->flush.batch);
    pthread_cond_destroy(&d->wake);
    pthread_cond_destroy(&d->settled);
    pthread_mutex_destroy(&d->lock);
    sodium_memzero(d->key, sizeof(d->key));
    mem_free(d);
}

enum status decisions_open(struct decisions **out, struct store *store, struct writer *writer,
                           const uint8_t key[16], struct error *err)
{
    struct decisions *d = mem_new(1, sizeof(*d));
    pthread_condattr_t monotonic;

    memcpy(d->key, key, sizeof(d->key));
    d->writer = writer;
    pthread_mutex_init(&d->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&d->wake, &monotonic);
    pthread_cond_init(&d->settled, NULL);
    pthread_condattr_destroy(&monotonic);

    enum status status = first_number(store, &d->next, err);
    if (status == OK)
        status = reserve_first(d, err);
    if (status == OK && pthread_create(&d->thread, NULL, flush_thread, d) != 0)
        status = error_set(err, ERR_IO, "no thread for decisions");
    if (status != OK) {
        decisions_free(d);
        return status;
    }
    *out = d;
    return OK;
}

void decisions_close(struct decisions **handle)
{
    struct decisions *d = *handle;

    if (d == NULL)
        return;
    pthread_mutex_lock(&d->lock);
    d->stopping = true;
    pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    decisions_free(d);
    *handle = NULL;
}

void decisions_keep(struct decisions *d, struct decision *decision,
                    char request_id[REQUEST_ID_SIZE])
{
    SCOPED(buffer_free) struct buffer body = {0};

    decision_encode(decision, &body);
    pthread_mutex_lock(&d->lock);
    decision->number = d->next++;
    bool lost = d->kept - d->landed >= DECISIONS_WAITING_MAX;
    if (!lost) {
        struct batch *b = &d->waiting;
        buffer_add_text(&b->bytes, buffer_text(&body));
        b->rows = mem_grow(b->rows, &b->room, b->count + 1, sizeof(*b->rows));
        b->rows[b->count++] =
            (struct row){decision->number, decision->now_ms, decision->position, b->bytes.size};
        d->kept++;
    }
    pthread_mutex_unlock(&d->lock);
    if (lost)
        metric_add(METRIC_decisions_lost_total, 1);
    request_id_make(decision->number, d->key, request_id);
}

enum status decisions_flush(struct decisions *d, struct error *err)
{
    struct error failure = {0};

    pthread_mutex_lock(&d->lock);
    uint64_t until = d->kept;
    d->failure = (struct error){0};
    while (d->landed < until && failure.status == OK) {
        d->hurry = true;
        pthread_cond_signal(&d->wake);
        pthread_cond_wait(&d->settled, &d->lock);
        failure = d->failure;
    }
    pthread_mutex_unlock(&d->lock);
    return failure.status == OK ? OK : error_set(err, failure.status, "%s", failure.message);
}

enum status decisions_find(struct store *store, const uint8_t key[16], struct text request_id,
                           struct arena *a, struct decision *out, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *stmt = NULL;
    uint64_t number;

    if (request_id_read(request_id, key, &number, err) != OK ||
        stmt_open(&stmt, store, "SELECT body FROM decision WHERE number = ?", err) != OK)
        return err->status;
    stmt_bind_i64(stmt, 1, (int64_t)number);
    int step = sqlite3_step(stmt);
    if (step == SQLITE_DONE)
        return error_set(err, ERR_NOT_FOUND, "there is no decision %.*s, or it is no longer kept",
                         (int)request_id.size, request_id.data);
    if (step != SQLITE_ROW)
        return store_error(store, err, "reading a decision");
    if (stmt_text(stmt, 0).size == 0)
        return error_set(err, ERR_NOT_FOUND, "decision %.*s was erased, with its shopper",
                         (int)request_id.size, request_id.data);
    if (decision_decode(arena_text(a, stmt_text(stmt, 0)), out, err) != OK)
        return error_wrap(err, "%.*s", (int)request_id.size, request_id.data);
    out->number = number;
    return OK;
}

enum status decisions_measure(struct store *store, struct decisions_figures *out, struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *stmt = NULL;

    /* Numbers rise with time, within what requests of one moment differ by. */
    if (stmt_open(&stmt, store,
                  "SELECT (SELECT count(*) FROM decision),"
                  " (SELECT time FROM decision ORDER BY number LIMIT 1),"
                  " (SELECT avg(length(body)) FROM"
                  "  (SELECT body FROM decision ORDER BY number DESC LIMIT 1000))",
                  err) != OK)
        return err->status;
    if (sqlite3_step(stmt) != SQLITE_ROW)
        return store_error(store, err, "counting decisions");
    *out = (struct decisions_figures){.count = (uint64_t)stmt_i64(stmt, 0),
                                      .oldest_ms = stmt_i64(stmt, 1),
                                      .bytes_each = (uint32_t)stmt_i64(stmt, 2)};
    return OK;
}

enum status decisions_prune(struct store *store, int64_t before_ms, uint32_t *forgotten,
                            struct error *err)
{
    SCOPED(stmt_close) sqlite3_stmt *stmt = NULL;

    /* The oldest have the lowest numbers; time has no index. */
    if (stmt_open(&stmt, store,
                  "DELETE FROM decision WHERE time < ? AND number IN"
                  " (SELECT number FROM decision ORDER BY number LIMIT ?)",
                  err) != OK)
        return err->status;
    stmt_bind_i64(stmt, 1, before_ms);
    stmt_bind_i64(stmt, 2, DECISIONS_PRUNED_MAX);
    if (stmt_run(stmt, store, err) != OK)
        return err->status;
    *forgotten = (uint32_t)sqlite3_changes(store_db(store));
    return OK;
}
