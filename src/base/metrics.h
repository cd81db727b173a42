/* SPDX-License-Identifier: Apache-2.0 */
/* metrics: every counter, gauge and histogram is one row of src/metrics.def; this counts them
 * (relaxed atomics, any thread) and prints Prometheus' text format.
 *
 *   METRIC(name, type, help)     type: COUNTER, GAUGE, SECONDS (a histogram of durations)
 *
 * Names get the prefix "endcap_"; counters end in _total, durations in _seconds. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdint.h>

#include "base/text.h"

enum metric {
#define METRIC(name, type, help) METRIC_##name,
#include "metrics.def"
#undef METRIC
    METRIC_COUNT
};

void metric_add(enum metric m, uint64_t n);    /* COUNTER */
void metric_set(enum metric m, int64_t value); /* GAUGE */
void metric_time(enum metric m, uint64_t ns);  /* SECONDS; buckets 0.1 ms to 10 s */
uint64_t metric_get(enum metric m);            /* COUNTER or GAUGE */

/* What a row says, for documents. */
struct metric_row {
    const char *name; /* without the prefix */
    const char *type; /* "counter", "gauge" or "histogram" */
    const char *help;
};
struct metric_row metric_describe(enum metric m);

/* All of them, in Prometheus text format 0.0.4. */
void metrics_print(struct buffer *out);

#endif
