/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/pipeline.h"

#include <assert.h>
#include <pthread.h>
#include <time.h>

#include "base/memory.h"
#include "base/time.h"
#include "paths/record.h"

enum {
    LANES = 2,
    BATCH_EVENTS_MAX = 10000,
    BATCH_BYTES_MAX = 8 * 1024 * 1024,
    FULL_WAIT_NS = 10 * 1000 * 1000, /* between tries while the writer's queue is full */
    NS_SECOND = 1000000000,
};

struct lane {
    struct pipeline *pipeline;
    struct batch batch;
    bool away; /* the writer has it */
    enum status status;
    struct error err;
    uint64_t bytes; /* of the file, when it was handed on */
};

struct pipeline {
    struct shop *shop;
    const struct import_options *options;
    struct import_counts *counts;
    struct lane lanes[LANES];
    size_t filling;
    uint32_t batch_max;
    pthread_mutex_t mutex; /* guards `away`, `status` and `err` of the lanes */
    pthread_cond_t back;
};

struct pipeline *pipeline_new(struct shop *shop, const struct import_options *options,
                              struct import_counts *counts)
{
    struct pipeline *p = mem_new(1, sizeof(*p));
    uint32_t commit_max = shop->settings.commit_events_max;
    pthread_condattr_t clock;

    assert(shop->mode == (options->dry_run ? SHOP_DRY : SHOP_WRITE));
    p->shop = shop;
    p->options = options;
    p->counts = counts;
    p->batch_max = commit_max < BATCH_EVENTS_MAX ? commit_max : BATCH_EVENTS_MAX;
    for (size_t i = 0; i < LANES; i++) {
        p->lanes[i].pipeline = p;
        batch_init(&p->lanes[i].batch, options->name, options->now_ms, true);
    }
    (void)pthread_mutex_init(&p->mutex, NULL); /* these cannot fail with glibc */
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&p->back, &clock);
    (void)pthread_condattr_destroy(&clock);
    return p;
}

static void count(struct pipeline *p, const struct lane *lane)
{
    const struct batch *b = &lane->batch;
    struct import_counts *counts = p->counts;

    for (size_t i = 0; i < b->count; i++) {
        const struct entry *entry = &b->entries[i];

        counts->received++;
        counts->stored += entry->outcome == ENTRY_STORED;
        counts->duplicate += entry->outcome == ENTRY_DUPLICATE;
        counts->refused += entry->outcome == ENTRY_REFUSED;
        if (entry->outcome == ENTRY_REFUSED && p->options->refused != NULL)
            p->options->refused(p->options->context, entry->line, entry->refusal->field,
                                entry->refusal->message);
    }
    assert(counts->received == counts->stored + counts->duplicate + counts->refused);
    counts->bytes = lane->bytes;
    if (p->options->progress != NULL)
        p->options->progress(p->options->context, counts);
}

/* Wait for a lane and count what it brought; it is then empty. */
static enum status settle(struct pipeline *p, struct lane *lane, struct error *err)
{
    (void)pthread_mutex_lock(&p->mutex);
    while (lane->away)
        (void)pthread_cond_wait(&p->back, &p->mutex);
    (void)pthread_mutex_unlock(&p->mutex);

    enum status status = lane->status;
    if (status != OK)
        *err = lane->err;
    else if (lane->batch.count > 0)
        count(p, lane);
    lane->status = OK;
    batch_clear(&lane->batch);
    return status;
}

void pipeline_free(struct pipeline **handle)
{
    struct pipeline *p = *handle;

    if (p == NULL)
        return;
    for (size_t i = 0; i < LANES; i++) {
        struct error forgotten = {0};

        if (i == p->filling)
            batch_clear(&p->lanes[i].batch); /* never handed on: not counted */
        enum status told UNUSED = settle(p, &p->lanes[i], &forgotten); /* an earlier one was */
        batch_free(&p->lanes[i].batch);
    }
    (void)pthread_cond_destroy(&p->back);
    (void)pthread_mutex_destroy(&p->mutex);
    mem_free(p);
    *handle = NULL;
}

struct batch *pipeline_batch(struct pipeline *p)
{
    return &p->lanes[p->filling].batch;
}

bool pipeline_full(struct pipeline *p)
{
    const struct batch *b = pipeline_batch(p);

    return b->count >= p->batch_max || b->bytes.size >= BATCH_BYTES_MAX;
}

/* A dry run's outcome: what the writer would say. */
static void judge(struct pipeline *p, struct batch *b)
{
    struct duplicates *duplicates = p->shop->state->duplicates;

    for (size_t i = 0; i < b->count; i++) {
        struct entry *entry = &b->entries[i];

        if (entry->outcome != ENTRY_PENDING)
            continue;
        switch (duplicates_find(duplicates, entry->id_hash, entry->fingerprint)) {
        case ID_NEW:
            duplicates_pend(duplicates, entry->id_hash, entry->fingerprint, b->received_ms);
            entry->outcome = ENTRY_STORED;
            break;
        case ID_SAME: entry->outcome = ENTRY_DUPLICATE; break;
        case ID_CONFLICT: batch_conflict(b, i); break;
        }
    }
}

static void lane_done(void *context, struct batch *batch, enum status status,
                      const struct error *err)
{
    struct lane *lane = context;
    struct pipeline *p = lane->pipeline;

    assert(batch == &lane->batch);
    (void)pthread_mutex_lock(&p->mutex);
    lane->away = false;
    lane->status = status;
    if (status != OK)
        lane->err = *err;
    (void)pthread_cond_signal(&p->back);
    (void)pthread_mutex_unlock(&p->mutex);
}

/* The writer's queue is full of others' events: they go first, so wait a little. */
static void wait_for_room(struct pipeline *p)
{
    uint64_t until_ns = time_monotonic_ns() + FULL_WAIT_NS;
    struct timespec until = {(time_t)(until_ns / NS_SECOND), (long)(until_ns % NS_SECOND)};

    (void)pthread_mutex_lock(&p->mutex);
    (void)pthread_cond_timedwait(&p->back, &p->mutex, &until); /* either way is fine */
    (void)pthread_mutex_unlock(&p->mutex);
}

static enum status hand_on(struct pipeline *p, struct lane *lane, struct error *err)
{
    enum status status;

    lane->away = true; /* nobody else looks at it yet */
    while ((status = record_submit(p->shop, &lane->batch, lane_done, lane, err)) == ERR_LIMIT &&
           !import_stopped(p->options))
        wait_for_room(p);
    if (status != OK) {
        lane->away = false;
        batch_clear(&lane->batch);
    }
    return status;
}

enum status pipeline_flush(struct pipeline *p, uint64_t bytes, struct error *err)
{
    struct lane *lane = &p->lanes[p->filling];

    if (lane->batch.count == 0)
        return OK;
    lane->bytes = bytes;
    if (p->options->dry_run)
        judge(p, &lane->batch);
    else if (hand_on(p, lane, err) != OK)
        return err->status;
    p->filling = (p->filling + 1) % LANES;
    return settle(p, &p->lanes[p->filling], err);
}

enum status pipeline_finish(struct pipeline *p, uint64_t bytes, struct error *err)
{
    enum status status = pipeline_flush(p, bytes, err);

    for (size_t i = 0; i < LANES; i++) {
        size_t lane = (p->filling + i) % LANES;
        struct error second = {0};

        if (settle(p, &p->lanes[lane], status == OK ? err : &second) != OK && status == OK)
            status = err->status;
    }
    return status;
}
