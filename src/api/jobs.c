/* SPDX-License-Identifier: Apache-2.0 */
#include "api/jobs.h"

#include <pthread.h>

#include "base/memory.h"

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    struct job *first, **last;
    size_t waiting, waiting_max;
    bool stopping, ended;
};

static void *jobs_run(void *context)
{
    struct jobs *jobs = context;

    pthread_mutex_lock(&jobs->lock);
    for (;;) {
        while (jobs->first == NULL && !jobs->ended)
            pthread_cond_wait(&jobs->changed, &jobs->lock);
        struct job *job = jobs->first;

        if (job == NULL)
            break;
        jobs->first = job->next;
        if (jobs->first == NULL)
            jobs->last = &jobs->first;
        jobs->waiting--;
        bool stopping = jobs->stopping;

        pthread_mutex_unlock(&jobs->lock);
        job->run(job, stopping);
        pthread_mutex_lock(&jobs->lock);
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

enum status jobs_open(struct jobs **out, size_t waiting_max, struct error *err)
{
    struct jobs *jobs = mem_new(1, sizeof(*jobs));

    jobs->waiting_max = waiting_max;
    jobs->last = &jobs->first;
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->changed, NULL);
    if (pthread_create(&jobs->thread, NULL, jobs_run, jobs) != 0) {
        mem_free(jobs);
        return error_set(err, ERR_IO, "a thread of the server did not start");
    }
    *out = jobs;
    return OK;
}

void jobs_stop(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->stopping = true;
    pthread_mutex_unlock(&jobs->lock);
}

void jobs_close(struct jobs **handle)
{
    struct jobs *jobs = *handle;

    if (jobs == NULL)
        return;
    pthread_mutex_lock(&jobs->lock);
    jobs->stopping = jobs->ended = true;
    pthread_cond_signal(&jobs->changed);
    pthread_mutex_unlock(&jobs->lock);
    (void)pthread_join(jobs->thread, NULL); /* it cannot fail: joined once */
    pthread_cond_destroy(&jobs->changed);
    pthread_mutex_destroy(&jobs->lock);
    mem_free(jobs);
    *handle = NULL;
}

bool jobs_add(struct jobs *jobs, struct job *job)
{
    pthread_mutex_lock(&jobs->lock);
    bool room = jobs->waiting < jobs->waiting_max;

    if (room) {
        job->next = NULL;
        *jobs->last = job;
        jobs->last = &job->next;
        jobs->waiting++;
        pthread_cond_signal(&jobs->changed);
    }
    pthread_mutex_unlock(&jobs->lock);
    return room;
}
