/* SPDX-License-Identifier: Apache-2.0 */
/* jobs: work that must not hold up a worker, done one after the other on a thread of its own.
 *
 * Threads    jobs_add from any thread; `run` on the jobs' own. */
#ifndef API_JOBS_H
#define API_JOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"

struct job {
    void (*run)(struct job *job, bool stopping); /* stopping: do nothing but say so */
    struct job *next;
};

struct jobs;

/* At most `waiting_max` jobs wait. */
MUST_USE enum status jobs_open(struct jobs **out, size_t waiting_max, struct error *err);

/* From now on jobs are told that we are stopping: those that wait, and those that come. */
void jobs_stop(struct jobs *jobs);
void jobs_close(struct jobs **jobs); /* stops, ends the thread; for SCOPED */

/* False when too many wait: `run` is then not called. */
bool jobs_add(struct jobs *jobs, struct job *job);

#endif
