/* SPDX-License-Identifier: Apache-2.0 */
/* workload: what a shop's day does to store.db, small: batches of events (some with a duplicate, a
 * conflict, an invalid or a forbidden item), changes of consent, products; several submitted at
 * once so that they share a commit. It remembers what was acknowledged, and afterwards counts what
 * is there. */
#ifndef TESTS_SUPPORT_WORKLOAD_H
#define TESTS_SUPPORT_WORKLOAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "paths/record.h"

enum { WORKLOAD_EVENTS_MAX = 20000, WORKLOAD_BATCHES_MAX = 4000 };

struct workload {
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    uint32_t waiting;
    uint32_t events, batches; /* begun */
    bool acknowledged[WORKLOAD_EVENTS_MAX];
    uint32_t batch_of[WORKLOAD_EVENTS_MAX];
    uint32_t versions, version_acknowledged; /* of one product, rising */
    uint64_t failures;                       /* writes answered with an error */
};

struct workload *workload_new(void);
void workload_free(struct workload *w);

/* One step: a few batches at once, and now and then a product; waits for the answers. */
void workload_step(struct workload *w, struct shop *shop);

struct findings {
    uint64_t acknowledged;
    uint64_t lost;     /* acknowledged and not there */
    uint64_t doubled;  /* there more than once */
    uint64_t half;     /* batches of which only a part is there */
    uint64_t corrupt;  /* the shop does not open, or SQLite or a checksum says so */
    uint64_t uneven;   /* received != stored + duplicate + refused, or stored != what is there */
    uint64_t repeated; /* sent again after the failure, and stored twice or not a duplicate */
    char first[512];   /* what was wrong first */
};

bool findings_good(const struct findings *f);

/* Open the shop anew, count, and send everything again. */
void workload_check(struct workload *w, const char *dir, struct findings *out);

#endif
