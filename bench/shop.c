/* SPDX-License-Identifier: Apache-2.0 */
/* shop: how long a big shop takes to fill, to learn from, and to start.
 *
 *   build/bench/shop [PRODUCTS [EVENTS [DIR]]]     default 2000 100000, in a temporary folder
 *
 * Fills a shop with the demo's made products and shoppers through the record path, learns, closes
 * it (which saves a checkpoint), and opens it twice: from the checkpoint, and from the journal
 * alone; each time until the first answer. With DIR the shop is kept there, for build/bench/http; a
 * DIR that is there already is only started. The checksum covers the first answers' products. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/time.h"
#include "demo/demo.h"
#include "paths/learn.h"
#include "paths/recommend.h"

static void must(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static double seconds_since(uint64_t began)
{
    return (double)(time_monotonic_ns() - began) / 1e9;
}

static double peak_mb(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage); /* cannot fail for oneself */
    return (double)usage.ru_maxrss / 1024;
}

struct bench {
    const char *dir;
    uint32_t products;
    uint64_t events;
    struct settings settings;
    struct demo_counts counts;
    double fill_s, learn_s;
};

static void show(void *context, const char *stage, uint64_t done, uint64_t total)
{
    (void)context;
    fprintf(stderr, "%s %llu of %llu\n", stage, (unsigned long long)done,
            (unsigned long long)total);
}

static void fill(struct bench *b)
{
    struct demo_options options = demo_defaults(time_now_ms());
    struct shop *shop = NULL;
    struct error err = {.status = OK};
    SCOPED(learn_result_free) struct learn_result learned = {.surface_count = 0};
    struct learn_options learning = {.data_dir = b->dir, .settings = &b->settings};
    uint64_t began = time_monotonic_ns();
    bool made;

    options.products = b->products;
    options.sessions_a_day = (uint32_t)(b->events / options.days / 6);
    options.events_max = b->events;
    options.progress = b->events > 1000000 ? show : NULL;
    must(shop_init(b->dir, &made, &err), &err);
    must(shop_open(&shop, b->dir, SHOP_WRITE, &b->settings, NULL, &err), &err);
    must(demo_fill(shop, &options, NULL, &b->counts, &err), &err);
    b->fill_s = seconds_since(began);
    began = time_monotonic_ns();
    learning.now_ms = time_now_ms();
    must(learn(&learning, &learned, &err), &err);
    b->learn_s = seconds_since(began);
    const struct actor by = {TEXT("bench"), TEXT("bench"), time_now_ms()};
    must(shop_use_generation(shop, learned.generation.number, &by, &err), &err);
    shop_close(&shop);
}

/* Seconds from nothing to the first answer. */
static double start(const struct bench *b, uint64_t *checksum)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    struct arena a = {.blocks = NULL};
    struct error err = {.status = OK};
    struct question q = {.surfaces = {TEXT("home")},
                         .surface_count = 1,
                         .anonymous_id = TEXT("demo-visitor-1"),
                         .now_ms = time_now_ms()};
    struct answer answer;
    uint64_t began = time_monotonic_ns();
    double seconds;

    must(shop_open(&shop, b->dir, SHOP_WRITE, &b->settings, NULL, &err), &err);
    must(recommend(shop, &q, &answer, &a, &err), &err);
    seconds = seconds_since(began);
    for (size_t i = 0; i < answer.item_count; i++)
        *checksum = hash_text(answer.items[i].item_id, *checksum);
    arena_free(&a);
    return seconds;
}

int main(int argc, char **argv)
{
    struct bench b = {.products = 2000, .events = 100000};
    char temporary[] = "/tmp/endcap-bench-XXXXXX", checkpoints[4200];
    struct error err = {.status = OK};
    uint64_t checksum = 0;
    double warm_s, cold_s;

    if (argc > 1)
        b.products = (uint32_t)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        b.events = strtoull(argv[2], NULL, 10);
    b.dir = argc > 3 ? argv[3] : mkdtemp(temporary);
    settings_defaults(&b.settings);
    if (argc <= 3 || !file_exists(argv[3]))
        fill(&b);
    warm_s = start(&b, &checksum);
    snprintf(checkpoints, sizeof(checkpoints), "%s/checkpoints", b.dir);
    must(dir_remove(checkpoints, &err), &err);
    must(dir_make(checkpoints, &err), &err);
    cold_s = start(&b, &checksum);
    if (argc <= 3)
        must(dir_remove(b.dir, &err), &err);
    printf("{\"bench\":\"shop\",\"products\":%llu,\"events\":%llu,\"fill_s\":%.2f,"
           "\"learn_s\":%.2f,\"start_from_checkpoint_s\":%.3f,\"start_from_journal_s\":%.3f,"
           "\"peak_mb\":%.0f,\"checksum\":%llu}\n",
           (unsigned long long)b.counts.products, (unsigned long long)b.counts.events, b.fill_s,
           b.learn_s, warm_s, cold_s, peak_mb(), (unsigned long long)checksum);
    return 0;
}
