/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/types.h>

#include "base/memory.h"

enum { READ_BUFFER = 65536 };

struct stream {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const char *bytes; /* being given; NULL: nothing */
    size_t size;
    bool ended, closed;
    bool cut;
    volatile int broken; /* what the reader was told of `cut`: its own thread's */
    FILE *file;
    char buffer[READ_BUFFER];
};

static ssize_t stream_read(void *cookie, char *out, size_t room)
{
    struct stream *s = cookie;
    ssize_t got = 0;

    pthread_mutex_lock(&s->lock);
    while (s->size == 0 && !s->ended)
        pthread_cond_wait(&s->changed, &s->lock);
    if (s->size > 0) {
        size_t take = s->size < room ? s->size : room;

        memcpy(out, s->bytes, take);
        s->bytes += take;
        s->size -= take;
        got = (ssize_t)take;
        if (s->size == 0)
            pthread_cond_broadcast(&s->changed);
    } else if (s->cut) {
        s->broken = 1;
        errno = ECONNRESET;
        got = -1;
    }
    pthread_mutex_unlock(&s->lock);
    return got;
}

static int stream_closed(void *cookie)
{
    struct stream *s = cookie;

    pthread_mutex_lock(&s->lock);
    s->closed = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return 0;
}

struct stream *stream_new(void)
{
    struct stream *s = mem_new(1, sizeof(*s));
    cookie_io_functions_t functions = {.read = stream_read, .close = stream_closed};

    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    s->file = fopencookie(s, "r", functions);
    assert(s->file != NULL);
    (void)setvbuf(s->file, s->buffer, _IOFBF, sizeof(s->buffer)); /* without, it is only slower */
    return s;
}

void stream_free(struct stream *s)
{
    if (s == NULL)
        return;
    assert(s->closed);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
    mem_free(s);
}

FILE *stream_file(struct stream *s)
{
    return s->file;
}

void stream_give(struct stream *s, const void *bytes, size_t size)
{
    pthread_mutex_lock(&s->lock);
    s->bytes = bytes;
    s->size = size;
    pthread_cond_broadcast(&s->changed);
    while (s->size > 0 && !s->closed)
        pthread_cond_wait(&s->changed, &s->lock);
    s->bytes = NULL;
    s->size = 0;
    pthread_mutex_unlock(&s->lock);
}

void stream_end(struct stream *s, bool broken)
{
    pthread_mutex_lock(&s->lock);
    if (!s->ended) {
        s->cut = broken;
        s->ended = true;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
}

volatile int *stream_broken(struct stream *s)
{
    return &s->broken;
}
