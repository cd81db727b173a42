/* SPDX-License-Identifier: Apache-2.0 */
/* How fast a CSV file of events becomes a shop's journal and state, and how fast that shop starts:
 * one JSON line. The file is made from a fixed seed in a temporary folder under $TMPDIR.
 *
 * usage: import [EVENTS]    default 10,000,000, of 1,000,000 products
 *
 * "cpu_s" is the processor time of the import's threads together, "rss_mb" is the memory in use
 * after each tenth of the import, "rss_mb_again" the same for the same file once more, which stores
 * nothing: the shop's state does not grow, so this is what an import itself needs; "checksum" stands for the state that came out: it depends on
 * EVENTS alone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "base/time.h"
#include "paths/import.h"
#include "paths/record.h"
#include "paths/shop.h"

enum { PRODUCTS = 1000000, VISITORS = 500000, TENTHS = 10, CATALOG_BATCH = 2000 };

static const char map[] =
    "anonymous_id=visitor,session_id=session,type=event,item_id=item,time=time,"
    "quantity=quantity,price=price,transaction_id=order";
static const int64_t begin_ms = INT64_C(1767225600000); /* 2026-01-01 */

struct watch {
    uint64_t events, stored; /* of the file; of those, how many must be new */
    size_t tenths;
    double rss_mb[TENTHS];
};

static double rss_mb(void)
{
    SCOPED(file_close) FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (file == NULL || fscanf(file, "%*u %lu", &pages) != 1)
        return 0;
    return (double)pages * 4096 / 1e6;
}

/* Of all threads so far: what a crowded machine does not change as much. */
static double cpu_s(void)
{
    struct rusage used;

    (void)getrusage(RUSAGE_SELF, &used); /* cannot fail for oneself */
    return (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void watch_import(void *context, const struct import_counts *counts)
{
    struct watch *w = context;

    while (w->tenths < TENTHS && counts->received >= w->events * (w->tenths + 1) / TENTHS)
        w->rss_mb[w->tenths++] = rss_mb();
}

static void fail(const struct error *err)
{
    fprintf(stderr, "import: %s\n", err->message);
    exit(1);
}

/* Popular products have low numbers: the smallest of three draws. */
static uint32_t draw_product(struct random *r)
{
    uint32_t best = random_below(r, PRODUCTS);

    for (int i = 0; i < 2; i++) {
        uint32_t other = random_below(r, PRODUCTS);

        best = other < best ? other : best;
    }
    return best;
}

/* 30 days of visitors: sessions of 5 events on average, interleaved as a log would have them. */
static void write_events(const char *path, uint64_t events)
{
    static const char *const types[] = {"view_item", "view_item", "view_item",   "view_item",
                                        "view_item", "view_item", "add_to_cart", "purchase"};
    SCOPED(file_close) FILE *out = fopen(path, "wb");
    struct random r;

    if (out == NULL) {
        fprintf(stderr, "import: %s cannot be written\n", path);
        exit(1);
    }
    random_seed(&r, 20261123);
    fputs("visitor,session,event,item,time,quantity,price,order\n", out);
    for (uint64_t i = 0; i < events; i++) {
        uint32_t visitor = random_below(&r, VISITORS), item = draw_product(&r);
        const char *type = types[random_below(&r, COUNT(types))];
        int64_t ms = begin_ms + (int64_t)(i * (30 * (uint64_t)MS_DAY) / events);
        char order[32] = "";

        if (type[0] == 'p')
            snprintf(order, sizeof(order), "o-%" PRIu64, i);
        fprintf(out, "v-%06u,s-%06u-%" PRId64 ",%s,p-%u,%" PRId64 ",%u,%u.%02u,%s\n", visitor,
                visitor, ms / MS_DAY, type, item, ms, 1 + random_below(&r, 3), 1 + item % 500,
                item % 100, order);
    }
}

static void fill_catalog(struct shop *shop)
{
    struct product_batch *batch = product_batch_new();
    char id[24], title[48], category[48];
    struct error err = {0};
    uint64_t stored, same;

    for (uint32_t i = 0; i < PRODUCTS; i++) {
        struct product p = product_blank();

        p.item_id = (struct text){id, (size_t)snprintf(id, sizeof(id), "p-%u", i)};
        p.title = (struct text){
            title, (size_t)snprintf(title, sizeof(title), "Table number %u, oak, oiled", i)};
        p.category =
            (struct text){category, (size_t)snprintf(category, sizeof(category),
                                                     "Home > Group %u > Kind %u", i % 20, i % 200)};
        p.currency = TEXT("EUR");
        p.price = (int64_t)(1 + i % 500) * 1000000;
        product_batch_add(batch, &p);
        if (product_batch_count(batch) < CATALOG_BATCH && i + 1 < PRODUCTS)
            continue;
        if (record_products(shop, batch, begin_ms, &stored, &same, &err) != OK)
            fail(&err);
        product_batch_clear(batch);
    }
    product_batch_free(batch);
}

/* Import; returns the seconds it took. */
static double import(struct shop *shop, const char *path, struct watch *w)
{
    SCOPED(file_close) FILE *in = fopen(path, "rb");
    struct import_options options = {.in = in,
                                     .name = "bench.csv",
                                     .from = TEXT("csv"),
                                     .now_ms = begin_ms + 31 * (int64_t)MS_DAY,
                                     .progress = watch_import,
                                     .context = w};
    struct import_counts counts;
    struct error err = {0};
    uint64_t started = time_monotonic_ns();

    if (in == NULL || import_option(&options, "map", map, &err) != OK ||
        import_option(&options, "currency", "EUR", &err) != OK ||
        import_events(shop, &options, &counts, &err) != OK)
        fail(&err);
    if (counts.stored != w->stored || counts.received != w->events) {
        fprintf(stderr, "import: %" PRIu64 " of %" PRIu64 " events were stored\n", counts.stored,
                w->events);
        exit(1);
    }
    return (double)(time_monotonic_ns() - started) / 1e9;
}

static uint64_t state_checksum(const struct state *s)
{
    const struct popular *top;
    size_t count = popularity_top(s->popularity, POPULARITY_BESTSELLERS, 0, &top);
    uint64_t sum = s->position.number * 31 + profiles_count(s->profiles);

    for (size_t i = 0; i < count; i++)
        sum = sum * 1099511628211u + top[i].product;
    return sum;
}

struct started {
    double seconds, cpu_s; /* until it could answer */
};

/* Open and close. */
static struct started start(const char *dir, const struct settings *settings, uint64_t *checksum)
{
    struct shop *shop = NULL;
    struct error err = {0};
    uint64_t begun = time_monotonic_ns();
    double cpu = cpu_s();

    if (shop_open(&shop, dir, SHOP_WRITE, settings, NULL, &err) != OK)
        fail(&err);
    struct started started = {(double)(time_monotonic_ns() - begun) / 1e9, cpu_s() - cpu};
    uint64_t sum = state_checksum(shop->state);
    if (*checksum != 0 && sum != *checksum) {
        fprintf(stderr, "import: a start gave another state\n");
        exit(1);
    }
    *checksum = sum;
    shop_close(&shop); /* makes a checkpoint when there is none */
    return started;
}

static void run(const char *dir, uint64_t events)
{
    struct watch w = {.events = events, .stored = events}, again = {.events = events};
    struct shop *shop = NULL;
    struct settings settings;
    struct error err = {0};
    char csv[512], checkpoints[512];
    uint64_t checksum = 0;
    bool made;

    snprintf(csv, sizeof(csv), "%s/events.csv", dir);
    snprintf(checkpoints, sizeof(checkpoints), "%s/checkpoints", dir);
    write_events(csv, events);
    settings_defaults(&settings);
    if (shop_init(dir, &made, &err) != OK ||
        shop_open(&shop, dir, SHOP_WRITE, &settings, NULL, &err) != OK)
        fail(&err);
    fill_catalog(shop);
    double before = rss_mb(), cpu = cpu_s(), seconds = import(shop, csv, &w);
    cpu = cpu_s() - cpu;
    (void)import(shop, csv, &again); /* how long takes nobody's interest, what room it needs does */
    checksum = state_checksum(shop->state);
    shop_close(&shop);
    struct started warm = start(dir, &settings, &checksum);
    if (dir_remove(checkpoints, &err) != OK)
        fail(&err);
    struct started cold = start(dir, &settings, &checksum);

    printf("{\"bench\":\"import\",\"events\":%" PRIu64 ",\"products\":%d,\"seconds\":%.1f,"
           "\"cpu_s\":%.1f,\"events_per_s\":%.0f,\"start_checkpoint_s\":%.2f,\"start_checkpoint_"
           "cpu_s\":%.2f,"
           "\"start_journal_s\":%.2f,\"start_journal_cpu_s\":%.2f,"
           "\"rss_mb_before\":%.0f,\"rss_mb\":[",
           events, PRODUCTS, seconds, cpu, (double)events / seconds, warm.seconds, warm.cpu_s,
           cold.seconds, cold.cpu_s, before);
    for (size_t i = 0; i < w.tenths; i++)
        printf("%s%.0f", i > 0 ? "," : "", w.rss_mb[i]);
    printf("],\"rss_mb_again\":[");
    for (size_t i = 0; i < again.tenths; i++)
        printf("%s%.0f", i > 0 ? "," : "", again.rss_mb[i]);
    printf("],\"checksum\":%" PRIu64 "}\n", checksum);
}

int main(int argc, char **argv)
{
    const char *base = getenv("TMPDIR");
    struct error err = {0};
    uint64_t events = 10000000;
    char dir[400];

    if (argc > 1 && !text_to_u64(text_from(argv[1]), &events)) {
        fprintf(stderr, "usage: import [EVENTS]\n");
        return 2;
    }
    snprintf(dir, sizeof(dir), "%s/endcap-bench-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(dir) == NULL) {
        fprintf(stderr, "import: no temporary folder can be made as %s\n", dir);
        return 1;
    }
    run(dir, events);
    if (dir_remove(dir, &err) != OK)
        fail(&err);
    return 0;
}
