/* SPDX-License-Identifier: Apache-2.0 */
#include "train/parts.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>

struct job {
    void (*run)(void *context, uint32_t part);
    void *context;
    uint32_t part;
};

static void *work(void *argument)
{
    const struct job *job = argument;

    job->run(job->context, job->part);
    return NULL;
}

void parts_run(uint32_t count, void (*run)(void *context, uint32_t part), void *context)
{
    struct job jobs[PARTS_MAX];
    pthread_t threads[PARTS_MAX];
    bool beside[PARTS_MAX] = {false};

    assert(count > 0 && count <= PARTS_MAX);
    for (uint32_t i = 0; i < count; i++)
        jobs[i] = (struct job){run, context, i};
    for (uint32_t i = 1; i < count; i++)
        beside[i] = pthread_create(&threads[i], NULL, work, &jobs[i]) == 0;
    (void)work(&jobs[0]); /* always NULL, here and below */
    for (uint32_t i = 1; i < count; i++) {
        if (beside[i])
            (void)pthread_join(threads[i], NULL); /* fails only for a thread that is none */
        else
            (void)work(&jobs[i]);
    }
}
