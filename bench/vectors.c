/* SPDX-License-Identifier: Apache-2.0 */
/* How long vectors.bin takes to build for 100,000 made products, or as many as are asked for (fixed
 * seed; how they are made and what they are like stands in tests/support/vectors.h), in how much memory,
 * how fast it opens, and what searches of it take and find: one JSON line. The goal is set for
 * 1,000,000 products, which take over six minutes to build.
 *
 * usage: vectors [PRODUCTS]
 *
 * "recall_20" is the share of the 20 most alike, by comparing all, that are as alike as those found
 * (equal ones count), "content_recall_20" the same by content alone; "search_us" is one search for
 * 64; "overlay_us" the same with the overlay filled to its bound; "rss_mb" is the peak of the build,
 * the made vectors included; "checksum" stands for what was found. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/random.h"
#include "base/time.h"
#include "tests/support/vectors.h"
#include "train/content_fit.h"

enum { PATH_SIZE = 512, QUERIES = 2000, COMPARED = 300, FIND = 64, RECALL_AT = 20 };

struct spread {
    double p50_us, p99_us;
};

static void check(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    fprintf(stderr, "vectors: %s\n", err->message);
    exit(1);
}

static double since(uint64_t start_ns)
{
    return (double)(time_monotonic_ns() - start_ns) / 1e9;
}

static double rss_mb(void)
{
    struct rusage used;

    return getrusage(RUSAGE_SELF, &used) == 0 ? (double)used.ru_maxrss / 1e3 : 0;
}

static int rising(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The n-th product asked about, the same ones every time. */
static uint32_t asked(const struct made_vectors *m, uint32_t n)
{
    return (uint32_t)(hash_u64(n) % m->count);
}

static struct spread search_all(const struct vectors *v, const struct made_vectors *m,
                                uint64_t *checksum)
{
    static uint64_t ns[QUERIES];
    SCOPED(arena_free) struct arena a = {0};
    struct alike found[FIND];

    for (uint32_t i = 0; i < QUERIES; i++) {
        struct vectors_query query = {.vector = m->vectors[asked(m, i)], .support_min = 3};
        uint64_t start = time_monotonic_ns();
        size_t count = vectors_search(v, &query, FIND, &a, found);
        ns[i] = time_monotonic_ns() - start;
        for (size_t k = 0; k < count; k++)
            *checksum += hash_u64(found[k].product ^ (uint64_t)i << 32);
        arena_reset(&a);
    }
    qsort(ns, QUERIES, sizeof(*ns), rising);
    return (struct spread){(double)ns[QUERIES / 2] / 1e3, (double)ns[QUERIES * 99 / 100] / 1e3};
}

static double recall(const struct vectors *v, const struct made_vectors *m, bool content_alone)
{
    SCOPED(arena_free) struct arena a = {0};
    uint64_t hits = 0, wanted = 0;
    struct alike found[RECALL_AT + 1];

    for (uint32_t i = 0; i < COMPARED; i++) {
        uint32_t self = asked(m, i);
        struct vectors_query query = {.vector = m->vectors[self], .support_min = 3};
        if (content_alone)
            query.vector.sure = 0;
        int32_t least = brute_force(m, &query.vector, self, RECALL_AT - 1);
        size_t count = vectors_search(v, &query, RECALL_AT + 1, &a, found), hit = 0;
        for (size_t k = 0; k < count; k++)
            hit += found[k].product != self && found[k].likeness >= least;
        hits += hit < RECALL_AT ? hit : RECALL_AT;
        wanted += RECALL_AT;
        arena_reset(&a);
    }
    return (double)hits / (double)wanted;
}

/* A catalog of twice what the overlay takes, none of which is in the file. */
static struct catalog *new_products(uint32_t first)
{
    struct catalog *c = catalog_new();
    SCOPED(arena_free) struct arena a = {0};

    for (uint32_t i = 0; i < first; i++)
        (void)catalog_mention(c, text_from(arena_printf(&a, "old-%u", i)));
    for (uint32_t i = 0; i < 2 * OVERLAY_MAX; i++) {
        SCOPED(buffer_free) struct buffer body = {0};
        struct product p = product_blank();
        p.item_id = text_from(arena_printf(&a, "new-%u", i));
        p.title = text_from(arena_printf(&a, "made %u thing %u of %u", i % 17, i % 101, i % 997));
        p.price = MONEY_UNIT;
        product_encode(&p, &body);
        const struct record r = {
            .position = {i + 1}, .kind = RECORD_PRODUCT, .body = buffer_text(&body)};
        (void)catalog_fold(c, &r);
    }
    return c;
}

static struct spread overlay_search(const struct vectors *v, const struct made_vectors *m,
                                    const char *dir, double *refresh_ms, uint64_t *checksum)
{
    struct catalog *c = new_products(m->count);
    struct content *content = NULL;
    char path[PATH_SIZE];
    struct error err = {0};
    bool made;

    snprintf(path, sizeof(path), "%s/content.bin", dir);
    check(content_fit(c, path, &made, &err), &err);
    check(content_open(&content, path, &err), &err);
    uint64_t start = time_monotonic_ns();
    vectors_refresh(v, content, c);
    *refresh_ms = since(start) * 1e3;
    struct spread s = search_all(v, m, checksum);
    content_close(&content);
    catalog_free(c);
    return s;
}

int main(int argc, char **argv)
{
    uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
    const char *base = getenv("TMPDIR");
    char dir[PATH_SIZE / 2], path[PATH_SIZE];
    struct error err = {0};
    struct vectors *v = NULL;
    uint64_t checksum = 0;
    double refresh_ms;

    snprintf(dir, sizeof(dir), "%s/endcap-bench-XXXXXX", base != NULL ? base : "/tmp");
    if (count == 0 || mkdtemp(dir) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/vectors.bin", dir);
    SCOPED(made_vectors_free) struct made_vectors m = vectors_make(count, 1);
    struct vector_set set = made_vectors_set(&m);
    uint64_t start = time_monotonic_ns();
    check(vectors_build(&set, NULL, NULL, path, &err), &err);
    double build_s = since(start), peak_mb = rss_mb();
    start = time_monotonic_ns();
    check(vectors_open(&v, path, &err), &err);
    double open_s = since(start);
    struct spread search = search_all(v, &m, &checksum); /* brings the file into memory */
    search = search_all(v, &m, &checksum);
    double found = recall(v, &m, false), by_content = recall(v, &m, true);
    struct spread overlay = overlay_search(v, &m, dir, &refresh_ms, &checksum);
    printf("{\"bench\":\"vectors\",\"products\":%u,\"build_s\":%.1f,\"rss_mb\":%.0f,"
           "\"open_s\":%.3f,\"recall_20\":%.4f,\"content_recall_20\":%.4f,"
           "\"search_us_p50\":%.1f,\"search_us_p99\":%.1f,\"overlay_products\":%u,"
           "\"overlay_refresh_ms\":%.1f,\"overlay_us_p50\":%.1f,\"overlay_us_p99\":%.1f,"
           "\"checksum\":%" PRIu64 "}\n",
           count, build_s, peak_mb, open_s, found, by_content, search.p50_us, search.p99_us,
           vectors_overlay_count(v), refresh_ms, overlay.p50_us, overlay.p99_us, checksum);
    vectors_close(&v);
    check(dir_remove(dir, &err), &err);
    return 0;
}
