/* SPDX-License-Identifier: Apache-2.0 */
/* bench journal: how fast events are judged, encoded, told apart, made durable and read again. One
 * line of JSON each: median and 99th percentile of one repetition, things a second at the median,
 * memory, and a checksum of what was produced, so that a faster wrong answer is seen. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/random.h"
#include "base/time.h"
#include "ingest/duplicates.h"
#include "ingest/ingest.h"
#include "journal/writer.h"

enum { REPEATS = 200, BODY_EVENTS = 100, BATCH_EVENTS = 1000, IDS = 4000000 };

static const int64_t now_ms = INT64_C(1763805600000);

struct times {
    uint64_t ns[REPEATS];
    size_t count;
};

static int by_size(const void *a, const void *b)
{
    uint64_t x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

/* `things` is how many one repetition handles. */
static void report(const char *name, struct times *t, uint64_t things, uint64_t checksum)
{
    struct rusage usage;

    qsort(t->ns, t->count, sizeof(t->ns[0]), by_size);
    (void)getrusage(RUSAGE_SELF, &usage); /* of ourselves it cannot fail */
    uint64_t median = t->ns[t->count / 2], p99 = t->ns[t->count * 99 / 100];
    printf("{\"bench\":\"%s\",\"median_us\":%.1f,\"p99_us\":%.1f,\"per_second\":%.0f,"
           "\"max_rss_kib\":%ld,\"checksum\":%" PRIu64 "}\n",
           name, (double)median / 1e3, (double)p99 / 1e3, (double)things * 1e9 / (double)median,
           usage.ru_maxrss, checksum);
}

static void must(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    fprintf(stderr, "bench: %s\n", err->message);
    exit(3);
}

/* A body of typical events of some 300 bytes each. */
static void write_body(struct buffer *out, uint64_t seed)
{
    static const char *const types[] = {"view_item", "view_item", "view_item", "add_to_cart",
                                        "search"};
    struct random random;

    random_seed(&random, seed);
    buffer_clear(out);
    buffer_add_string(out, "{\"events\":[");
    for (int i = 0; i < BODY_EVENTS; i++) {
        buffer_printf(
            out,
            "%s{\"id\":\"%016" PRIx64 "-%d\",\"type\":\"%s\","
            "\"time\":\"2025-11-22T09:59:%02d.000Z\",\"sent_at\":\"2025-11-22T10:00:00Z\","
            "\"anonymous_id\":\"v-%u\",\"session_id\":\"s-%u\","
            "\"items\":[{\"item_id\":\"SKU-%u\",\"quantity\":1,\"price\":\"%u.90\"}],"
            "\"currency\":\"EUR\",\"page\":{\"url\":\"https://shop.example/p/%u\"},"
            "\"context\":{\"device\":\"mobile\",\"locale\":\"de-DE\"}}",
            i > 0 ? "," : "", random_next(&random), i, types[random_below(&random, 5)], i % 60,
            random_below(&random, 100000), random_below(&random, 100000),
            random_below(&random, 50000), random_below(&random, 500), random_below(&random, 50000));
    }
    buffer_add_string(out, "]}");
}

static struct ingest_context make_context(void)
{
    return (struct ingest_context){.received_ms = now_ms,
                                   .secret = true,
                                   .default_analytics = true,
                                   .person_key = {1},
                                   .token_key = {2},
                                   .id_key = {3}};
}

static void bench_ingest(void)
{
    SCOPED(buffer_free) struct buffer body = {0};
    SCOPED(batch_free) struct batch batch = {0};
    struct ingest_context context = make_context();
    struct error err = {0};
    struct times t = {.count = REPEATS};
    uint64_t checksum = 0;

    batch_init(&batch, "bench", now_ms, true);
    for (size_t i = 0; i < REPEATS; i++) {
        write_body(&body, i);
        batch_clear(&batch);
        uint64_t started = time_monotonic_ns();
        must(ingest_json(buffer_text(&body), &context, &batch, &err), &err);
        t.ns[i] = time_monotonic_ns() - started;
        checksum = hash_text(buffer_text(&batch.bytes), checksum);
    }
    report("ingest_json", &t, BODY_EVENTS, checksum);
}

static void bench_codec(void)
{
    SCOPED(buffer_free) struct buffer body = {0}, encoded = {0};
    SCOPED(batch_free) struct batch batch = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct ingest_context context = make_context();
    struct error err = {0};
    struct event events[BODY_EVENTS];
    struct times write = {.count = REPEATS}, read = {.count = REPEATS};
    uint64_t checksum = 0;

    batch_init(&batch, "bench", now_ms, true);
    write_body(&body, 1);
    must(ingest_json(buffer_text(&body), &context, &batch, &err), &err);
    for (size_t r = 0; r < REPEATS; r++) {
        arena_reset(&a);
        uint64_t started = time_monotonic_ns();
        for (size_t i = 0; i < batch.count; i++)
            must(event_decode(batch.entries[i].body, &a, &events[i], &err), &err);
        read.ns[r] = time_monotonic_ns() - started;
        buffer_clear(&encoded);
        started = time_monotonic_ns();
        for (size_t i = 0; i < batch.count; i++)
            event_encode(&events[i], &encoded);
        write.ns[r] = time_monotonic_ns() - started;
        checksum = hash_text(buffer_text(&encoded), checksum);
    }
    report("event_decode", &read, BODY_EVENTS, checksum);
    report("event_encode", &write, BODY_EVENTS, checksum);
}

static void bench_duplicates(void)
{
    struct duplicates *d = duplicates_new(UINT64_MAX);
    struct times add = {.count = REPEATS}, find = {.count = REPEATS};
    const uint64_t each = IDS / REPEATS;
    uint64_t found = 0;

    for (uint64_t r = 0; r < REPEATS; r++) {
        uint64_t started = time_monotonic_ns();
        for (uint64_t i = r * each; i < (r + 1) * each; i++) {
            uint64_t hash[2] = {hash_u64(i), hash_u64(~i)};

            if (duplicates_find(d, hash, i) == ID_NEW)
                duplicates_pend(d, hash, i, now_ms);
            if (i % BATCH_EVENTS == 0)
                duplicates_commit(d);
        }
        duplicates_commit(d);
        add.ns[r] = time_monotonic_ns() - started;
    }
    for (uint64_t r = 0; r < REPEATS; r++) {
        uint64_t started = time_monotonic_ns();
        for (uint64_t i = r * each; i < (r + 1) * each; i++) {
            uint64_t id = i * 7919 % (2 * (uint64_t)IDS);
            uint64_t hash[2] = {hash_u64(id), hash_u64(~id)};

            found += duplicates_find(d, hash, id) == ID_SAME;
        }
        find.ns[r] = time_monotonic_ns() - started;
    }
    report("duplicates_add", &add, each, duplicates_count(d));
    report("duplicates_find", &find, each, found);
    duplicates_free(d);
}

struct append {
    struct write write;
    struct random random;
    struct buffer bytes;
};

static enum status run_append(struct write *w, struct writer *writer, struct store *store,
                              struct error *err)
{
    struct append *append = (struct append *)w;
    struct position at;
    (void)store;

    for (size_t i = 0; i < BATCH_EVENTS; i++)
        if (writer_append(writer, RECORD_EVENT, now_ms,
                          (struct text){append->bytes.data + i * 100, 100}, &at, err) != OK)
            return err->status;
    return OK;
}

static void bench_append(const char *dir)
{
    struct append append = {.write = {.run = run_append, .events = BATCH_EVENTS}};
    struct writer_options options = {.data_dir = dir,
                                     .events_max = 10000,
                                     .queue_events_max = 100000,
                                     .disk_bytes_max = UINT64_C(1) << 40};
    SCOPED(writer_close) struct writer *writer = NULL;
    struct error err = {0};
    struct times t = {.count = REPEATS};
    uint64_t checksum = 0;

    must(writer_open(&writer, &options, &err), &err);
    random_seed(&append.random, 7);
    for (size_t i = 0; i < REPEATS; i++) {
        buffer_clear(&append.bytes);
        while (append.bytes.size < BATCH_EVENTS * 100) {
            uint64_t word = random_next(&append.random);

            buffer_add(&append.bytes, &word, sizeof(word));
        }
        checksum = hash_text(buffer_text(&append.bytes), checksum);
        uint64_t started = time_monotonic_ns();
        must(writer_run(writer, &append.write, &err), &err);
        t.ns[i] = time_monotonic_ns() - started;
    }
    report("journal_append_durable", &t, BATCH_EVENTS, checksum);
    buffer_free(&append.bytes);
}

static void bench_cursor(const char *dir)
{
    SCOPED(cursor_close) struct cursor *cursor = NULL;
    struct error err = {0};
    struct times t = {.count = REPEATS};
    struct record r;
    uint64_t checksum = 0;

    must(cursor_open(&cursor, dir, NULL, (struct position){0}, &err), &err);
    for (size_t i = 0; i < REPEATS; i++) {
        uint64_t started = time_monotonic_ns();
        for (size_t k = 0; k < BATCH_EVENTS; k++) {
            must(cursor_next(cursor, &r, &err), &err);
            checksum += r.position.number ^ (uint8_t)r.body.data[k % 100];
        }
        t.ns[i] = time_monotonic_ns() - started;
    }
    report("journal_cursor", &t, BATCH_EVENTS, checksum);
}

int main(void)
{
    const char *base = getenv("TMPDIR");
    struct error err = {0};
    char dir[512];

    snprintf(dir, sizeof(dir), "%s/endcap-bench-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(dir) == NULL) {
        fprintf(stderr, "bench: no folder %s\n", dir);
        return 3;
    }
    bench_ingest();
    bench_codec();
    bench_append(dir);
    bench_cursor(dir);
    bench_duplicates();
    must(dir_remove(dir, &err), &err);
    return 0;
}
