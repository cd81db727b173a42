/* SPDX-License-Identifier: Apache-2.0 */
/* ahead: a ring of blocks. The reading thread fills those that nobody holds; the caller holds the
 * one handed out last. */
#include "journal/ahead.h"

#include <pthread.h>

#include "base/memory.h"
#include "journal/journal.h"

enum { BLOCKS = 4, BLOCK_RECORDS = 512 };

struct block {
    struct prepared_record records[BLOCK_RECORDS];
    size_t count;
    enum status status; /* not OK: nothing follows, and why */
    struct error err;
    struct arena arena; /* bodies, and what was prepared */
};

struct ahead {
    struct cursor *cursor; /* the reading thread's */
    struct ahead_options options;
    struct block *blocks;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t moved;
    uint64_t filled, given_back; /* blocks ever */
    bool stopping;
    bool holds; /* the caller's alone: it holds block `given_back` */
};

static void fill(struct ahead *a, struct block *b)
{
    struct record r;

    arena_reset(&b->arena);
    b->count = 0;
    b->status = OK;
    while (b->count < BLOCK_RECORDS) {
        b->status = cursor_next(a->cursor, &r, &b->err);
        if (b->status == OK && position_compare(r.position, a->options.until) > 0)
            b->status = error_set(&b->err, ERR_NOT_FOUND, "the end of what was asked for");
        if (b->status != OK)
            return;
        r.body = arena_text(&b->arena, r.body); /* the cursor's goes with the next record */
        b->records[b->count++] =
            (struct prepared_record){r, a->options.prepare(a->options.context, &r, &b->arena)};
    }
}

static void *read_on(void *argument)
{
    struct ahead *a = argument;
    bool more = true;

    (void)pthread_mutex_lock(&a->mutex); /* fails only for a mutex that is none */
    while (more) {
        while (!a->stopping && a->filled == a->given_back + BLOCKS)
            (void)pthread_cond_wait(&a->moved, &a->mutex);
        if (a->stopping)
            break;
        struct block *b = &a->blocks[a->filled % BLOCKS];
        (void)pthread_mutex_unlock(&a->mutex);
        fill(a, b);
        more = b->status == OK;
        (void)pthread_mutex_lock(&a->mutex);
        a->filled++;
        (void)pthread_cond_signal(&a->moved);
    }
    (void)pthread_mutex_unlock(&a->mutex);
    return NULL;
}

static void release(struct ahead *a)
{
    for (size_t i = 0; i < BLOCKS; i++)
        arena_free(&a->blocks[i].arena);
    mem_free(a->blocks);
    cursor_close(&a->cursor);
    (void)pthread_cond_destroy(&a->moved);
    (void)pthread_mutex_destroy(&a->mutex);
    mem_free(a);
}

enum status ahead_open(struct ahead **out, const struct ahead_options *options, struct error *err)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;

    if (cursor_open(&cursor, options->data_dir, NULL, options->from, err) != OK)
        return err->status;
    struct ahead *a = mem_new(1, sizeof(*a));
    a->cursor = cursor;
    cursor = NULL;
    a->options = *options;
    a->blocks = mem_new(BLOCKS, sizeof(*a->blocks));
    (void)pthread_mutex_init(&a->mutex, NULL); /* these cannot fail with glibc */
    (void)pthread_cond_init(&a->moved, NULL);
    if (pthread_create(&a->thread, NULL, read_on, a) != 0) {
        release(a);
        return error_set(err, ERR_IO, "a thread to read the journal could not be started");
    }
    *out = a;
    return OK;
}

void ahead_close(struct ahead **ahead)
{
    struct ahead *a = *ahead;

    if (a == NULL)
        return;
    (void)pthread_mutex_lock(&a->mutex);
    a->stopping = true;
    (void)pthread_cond_signal(&a->moved);
    (void)pthread_mutex_unlock(&a->mutex);
    (void)pthread_join(a->thread, NULL);
    release(a);
    *ahead = NULL;
}

enum status ahead_next(struct ahead *a, const struct prepared_record **out, size_t *count,
                       struct error *err)
{
    struct block *b = &a->blocks[a->given_back % BLOCKS];
    bool last =
        a->holds && b->status != OK; /* then there is none to wait for, this time or later */

    (void)pthread_mutex_lock(&a->mutex);
    if (a->holds && !last) {
        b = &a->blocks[++a->given_back % BLOCKS];
        (void)pthread_cond_signal(&a->moved);
    }
    while (a->filled == a->given_back)
        (void)pthread_cond_wait(&a->moved, &a->mutex);
    (void)pthread_mutex_unlock(&a->mutex);
    a->holds = true;
    if (!last && b->count > 0) {
        *out = b->records;
        *count = b->count;
        return OK;
    }
    return error_set(err, b->status, "%s", b->err.message);
}
