/* SPDX-License-Identifier: Apache-2.0 */
/* How fast profiles, popularity and robots fold events, how long a tick holds everybody up, how big a
 * shopper is and how fast all of it loads: one JSON line. Made events from a fixed seed: two
 * million shoppers, a million products in 2,000 categories; "tick_ms" is of ticks after 1,000
 * events each.
 *
 * usage: folds [EVENTS]    default 10,000,000 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/random.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "indexes/popularity.h"
#include "ingest/robots.h"
#include "profile/profile.h"

enum {
    PRODUCTS = 1000000,
    GROUPS = 50,
    KINDS = 40,
    SHOPPERS = 2000000,
    TICKS = 1000,
    TICK = 1000,
    FETCH_EVENTS = 8, /* between one step of fetching and the next */
};

static const int64_t begin_ms = INT64_C(1767225600000); /* 2026-01-01 */

struct folds {
    struct catalog *catalog;
    struct profiles *profiles;
    struct popularity *popularity;
    struct robots *robots;
    struct random random;
    int64_t time_ms;
    double profile_s, popularity_s, robots_s;
};

static double since(uint64_t start_ns)
{
    return (double)(time_monotonic_ns() - start_ns) / 1e9;
}

static void check(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    fprintf(stderr, "folds: %s\n", err->message);
    exit(1);
}

static struct catalog *make_catalog(void)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct catalog *c = catalog_new();
    char id[16], category[48];

    for (uint32_t i = 0; i < PRODUCTS; i++) {
        struct product p = product_blank();
        p.item_id = (struct text){id, (size_t)snprintf(id, sizeof(id), "p%u", i)};
        p.title = p.item_id;
        p.category = (struct text){category, (size_t)snprintf(category, sizeof(category),
                                                              "Top > Group %u > Kind %u",
                                                              i % GROUPS, i / GROUPS % KINDS)};
        p.price = MONEY_UNIT;
        buffer_clear(&body);
        product_encode(&p, &body);
        struct record r = {.position = {i + 1}, .kind = RECORD_PRODUCT, .body = buffer_text(&body)};
        catalog_fold(c, &r);
    }
    return c;
}

/* Bring what events[i] needs into the cache for some i ahead of `at`, as paths/happening.c does. */
static void fetch_ahead(const struct folds *f, const struct profile_event *events, int at)
{
    static const enum fetch steps[] = {FETCH_LAST, FETCH_NEXT, FETCH_FIRST}; /* nearest first */

    for (int i = 0; i < (int)COUNT(steps); i++)
        if (at + (i + 1) * FETCH_EVENTS < TICK)
            profiles_fetch(f->profiles, events[at + (i + 1) * FETCH_EVENTS].key, steps[i]);
}

/* All events come with the same agent, as of a browser. */
static void fold_robots(struct folds *f, const struct profile_event *events)
{
    static const char agent[] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
                                "(KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
    struct event e = {.user_agent = text_from(agent)};

    for (int i = 0; i < TICK; i++) {
        if (i + 2 * FETCH_EVENTS < TICK)
            robots_fetch(f->robots, events[i + 2 * FETCH_EVENTS].key, FETCH_NEXT);
        e.type = events[i].type;
        e.time_ms = events[i].time_ms;
        (void)robots_fold(f->robots, events[i].key, &e, NULL); /* nobody is fast here */
    }
}

/* A thousand events, first into profiles, then into popularity and robots. */
static void fold_batch(struct folds *f)
{
    static struct profile_event events[TICK];
    static product_number products[TICK];
    bool began;

    for (int i = 0; i < TICK; i++) {
        double u = random_unit(&f->random), v = random_unit(&f->random);
        uint64_t who = (uint64_t)(u * u * SHOPPERS);
        products[i] = (product_number)(v * v * v * PRODUCTS);
        f->time_ms += 20;
        events[i] = (struct profile_event){
            .key = {{who * UINT64_C(0x9E3779B97F4A7C15), who + 1}},
            .time_ms = f->time_ms,
            .type = random_below(&f->random, 20) == 0 ? EVENT_purchase : EVENT_view_item,
            .flags = EVENT_PERSONALIZATION,
            .products = &products[i],
            .product_count = 1};
    }
    uint64_t start = time_monotonic_ns();
    for (int i = 0; i < TICK; i++) {
        fetch_ahead(f, events, i);
        (void)profiles_fold(f->profiles, &events[i], &began); /* the number is of no use here */
    }
    f->profile_s += since(start);
    start = time_monotonic_ns();
    for (int i = 0; i < TICK; i++) {
        if (i + FETCH_EVENTS < TICK)
            popularity_fetch(f->popularity, products[i + FETCH_EVENTS]);
        popularity_fold(f->popularity, products[i], events[i].type, 1, events[i].time_ms);
    }
    f->popularity_s += since(start);
    start = time_monotonic_ns();
    fold_robots(f, events);
    f->robots_s += since(start);
}

static int rising(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Save and load; returns the seconds both loads took together. */
static double reload(const struct folds *f, const char *dir)
{
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    struct profiles *profiles = profiles_new();
    struct popularity *popularity = popularity_new();
    struct error err = {0};

    check(checkpoint_begin(&w, dir, (struct position){1}, &err), &err);
    profiles_save(f->profiles, w);
    popularity_save(f->popularity, w);
    check(checkpoint_commit(&w, 1, &err), &err);
    uint64_t start = time_monotonic_ns();
    check(checkpoint_open(&c, dir, (struct position){1}, &err), &err);
    check(profiles_load(profiles, c, &err), &err);
    check(popularity_load(popularity, c, &err), &err);
    double spent = since(start);
    profiles_free(profiles);
    popularity_free(popularity);
    return spent;
}

static uint64_t checksum(const struct folds *f)
{
    uint64_t sum = profiles_count(f->profiles);

    for (category_number c = 0; c <= catalog_category_count(f->catalog); c++)
        for (int kind = 0; kind < 2; kind++) {
            const struct popular *list;
            size_t count = popularity_top(f->popularity, kind, c, &list);
            for (size_t i = 0; i < count; i++)
                sum = sum * 31 + list[i].product;
        }
    return sum;
}

int main(int argc, char **argv)
{
    uint64_t events = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    struct folds f = {.catalog = make_catalog(),
                      .profiles = profiles_new(),
                      .popularity = popularity_new(),
                      .robots = robots_new(),
                      .time_ms = begin_ms};
    const char *base = getenv("TMPDIR");
    double *ticks = mem_new(TICKS, sizeof(*ticks));
    char dir[256];
    struct error err = {0};

    snprintf(dir, sizeof(dir), "%s/endcap-bench-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(dir) == NULL)
        return 1;
    random_seed(&f.random, 1);
    for (uint64_t i = 0; i < events; i += TICK)
        fold_batch(&f);
    double profile_rate = (double)events / f.profile_s;
    double popularity_rate = (double)events / f.popularity_s;
    double robots_ns = f.robots_s * 1e9 / (double)events;
    uint64_t start = time_monotonic_ns();
    popularity_tick(f.popularity, f.catalog);
    double first_tick_s = since(start);
    for (int i = 0; i < TICKS; i++) {
        fold_batch(&f);
        start = time_monotonic_ns();
        popularity_tick(f.popularity, f.catalog);
        ticks[i] = since(start) * 1e3;
    }
    qsort(ticks, TICKS, sizeof(*ticks), rising);
    double load_s = reload(&f, dir);
    printf("{\"bench\":\"folds\",\"events\":%" PRIu64 ",\"shoppers\":%u,\"bytes_per_shopper\":%.1f,"
           "\"profile_events_per_s\":%.0f,\"popularity_events_per_s\":%.0f,\"robots_ns\":%.1f,"
           "\"robots_bytes\":%" PRIu64 ",\"tick_all_ms\":%.1f,"
           "\"tick_p50_ms\":%.3f,\"tick_p99_ms\":%.3f,\"load_s\":%.3f,\"checksum\":%" PRIu64 "}\n",
           events, profiles_count(f.profiles),
           (double)profiles_bytes(f.profiles) / profiles_count(f.profiles), profile_rate,
           popularity_rate, robots_ns, robots_bytes(f.robots), first_tick_s * 1e3, ticks[TICKS / 2],
           ticks[TICKS * 99 / 100], load_s, checksum(&f));
    mem_free(ticks);
    profiles_free(f.profiles);
    popularity_free(f.popularity);
    robots_free(f.robots);
    catalog_free(f.catalog);
    check(dir_remove(dir, &err), &err);
    return 0;
}
