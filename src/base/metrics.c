/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metrics.h"

#include <assert.h>
#include <stdatomic.h>

#include "base/attributes.h"

enum type { COUNTER, GAUGE, SECONDS };

static const struct row {
    const char *name;
    enum type type;
    const char *help;
} rows[METRIC_COUNT] = {
#define METRIC(name, type, help) {#name, type, help},
#include "metrics.def"
#undef METRIC
};

/* Upper bounds of the buckets of a duration, as nanoseconds and as Prometheus prints them. */
static const struct {
    uint64_t ns;
    const char *seconds;
} buckets[] = {
    {100000, "0.0001"},  {250000, "0.00025"}, {500000, "0.0005"},  {1000000, "0.001"},
    {2500000, "0.0025"}, {5000000, "0.005"},  {10000000, "0.01"},  {25000000, "0.025"},
    {50000000, "0.05"},  {100000000, "0.1"},  {250000000, "0.25"}, {500000000, "0.5"},
    {1000000000, "1"},   {2500000000, "2.5"}, {5000000000, "5"},   {10000000000, "10"},
};

/* A counter's or gauge's value, or a duration's count per bucket (the last: longer than all). */
static struct {
    _Atomic uint64_t value;
    _Atomic uint64_t in_bucket[COUNT(buckets) + 1];
    _Atomic uint64_t sum_ns;
} values[METRIC_COUNT];

static void add(_Atomic uint64_t *to, uint64_t n)
{
    atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

void metric_add(enum metric m, uint64_t n)
{
    assert(rows[m].type == COUNTER);
    add(&values[m].value, n);
}

void metric_set(enum metric m, int64_t value)
{
    assert(rows[m].type == GAUGE);
    atomic_store_explicit(&values[m].value, (uint64_t)value, memory_order_relaxed);
}

void metric_time(enum metric m, uint64_t ns)
{
    size_t bucket = 0;

    assert(rows[m].type == SECONDS);
    while (bucket < COUNT(buckets) && ns > buckets[bucket].ns)
        bucket++;
    add(&values[m].in_bucket[bucket], 1);
    add(&values[m].sum_ns, ns);
}

uint64_t metric_get(enum metric m)
{
    assert(rows[m].type != SECONDS);
    return get(&values[m].value);
}

static void print_seconds(struct buffer *out, enum metric m)
{
    const char *name = rows[m].name;
    uint64_t count = 0;

    /* The total is the sum of the buckets read here, so that a scrape in the middle of counting is
     * still consistent with itself. */
    for (size_t i = 0; i < COUNT(buckets); i++) {
        count += get(&values[m].in_bucket[i]);
        buffer_printf(out, "endcap_%s_bucket{le=\"%s\"} %llu\n", name, buckets[i].seconds,
                      (unsigned long long)count);
    }
    count += get(&values[m].in_bucket[COUNT(buckets)]);
    buffer_printf(out, "endcap_%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)count);
    uint64_t sum_ns = get(&values[m].sum_ns);
    buffer_printf(out, "endcap_%s_sum %llu.%09llu\n", name,
                  (unsigned long long)(sum_ns / 1000000000),
                  (unsigned long long)(sum_ns % 1000000000));
    buffer_printf(out, "endcap_%s_count %llu\n", name, (unsigned long long)count);
}

static const char *const types[] = {"counter", "gauge", "histogram"};

struct metric_row metric_describe(enum metric m)
{
    return (struct metric_row){rows[m].name, types[rows[m].type], rows[m].help};
}

void metrics_print(struct buffer *out)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        buffer_printf(out, "# HELP endcap_%s %s\n", rows[m].name, rows[m].help);
        buffer_printf(out, "# TYPE endcap_%s %s\n", rows[m].name, types[rows[m].type]);
        if (rows[m].type == SECONDS) {
            print_seconds(out, m);
            continue;
        }
        buffer_printf(out, "endcap_%s ", rows[m].name);
        if (rows[m].type == GAUGE)
            buffer_add_i64(out, (int64_t)metric_get(m));
        else
            buffer_add_u64(out, metric_get(m));
        buffer_add_char(out, '\n');
    }
}
