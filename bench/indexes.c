/* SPDX-License-Identifier: Apache-2.0 */
/* How fast, in how much memory and how small the indexes of a generation are built from ten million
 * made clicks on a million products (fixed seed), how fast they open and are read: one JSON line.
 *
 * usage: indexes [CLICKS [PRODUCTS]]
 *
 * "rss_mb" is the peak of the whole run, the made clicks included; "read_ns" is of one product's
 * sessions with all their products and shoppers, a posting; "checksum" stands for what was read. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/time.h"
#include "indexes/generation.h"
#include "tests/support/sessions.h"

enum { PATH_SIZE = 512, SUPPORT_VIEWED = 3, SUPPORT_BOUGHT = 3, READS = 200000, FETCH = 500 };

struct figures {
    double sessions_s, viewed_s, bought_s, complement_s, publish_s, open_s, read_ns;
    uint64_t pairs_viewed, pairs_bought, pairs_complement, checksum;
};

static double since(uint64_t start_ns)
{
    return (double)(time_monotonic_ns() - start_ns) / 1e9;
}

static void check(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    fprintf(stderr, "indexes: %s\n", err->message);
    exit(1);
}

static double rss_mb(void)
{
    struct rusage used;

    return getrusage(RUSAGE_SELF, &used) == 0 ? (double)used.ru_maxrss / 1e3 : 0;
}

/* The seconds it took. */
static double build_pairs(const struct session_set *set, enum pair_kind kind, uint32_t support_min,
                          const char *path)
{
    const struct pairs_options options = {.kind = kind, .support_min = support_min};
    uint64_t start = time_monotonic_ns();
    struct error err = {0};

    check(pairs_build(set, &options, path, &err), &err);
    return since(start);
}

static void build(const struct session_set *set, const char *dir, struct figures *f)
{
    struct error err = {0};
    char temporary[PATH_SIZE], path[PATH_SIZE + 32];
    struct generation_summary summary = {.session_count = set->session_count,
                                         .click_count = set->click_count};

    snprintf(temporary, sizeof(temporary), "%s/generations/next.tmp-%ld", dir, (long)getpid());
    check(dir_make(temporary, &err), &err);
    uint64_t start = time_monotonic_ns();
    snprintf(path, sizeof(path), "%s/sessions.bin", temporary);
    check(sessions_build(set, path, &err), &err);
    f->sessions_s = since(start);
    snprintf(path, sizeof(path), "%s/viewed.bin", temporary);
    f->viewed_s = build_pairs(set, PAIR_VIEWED, SUPPORT_VIEWED, path);
    snprintf(path, sizeof(path), "%s/bought.bin", temporary);
    f->bought_s = build_pairs(set, PAIR_BOUGHT, SUPPORT_BOUGHT, path);
    snprintf(path, sizeof(path), "%s/complement.bin", temporary);
    f->complement_s = build_pairs(set, PAIR_COMPLEMENT, SUPPORT_VIEWED, path);
    start = time_monotonic_ns();
    check(generation_publish_files(dir, temporary, &summary, NULL, &err), &err);
    f->publish_s = since(start);
}

/* What neighbours read of one product; returns how many postings. */
static size_t read_product(const struct sessions *s, product_number product, uint64_t *checksum)
{
    const session_number *of;
    size_t count = sessions_of(s, product, &of);

    count = count < FETCH ? count : FETCH;
    for (size_t i = 0; i < count; i++) {
        const product_number *products;
        size_t length = session_products(s, of[i], &products);
        *checksum += hash_u64(products[length - 1] ^ (uint64_t)session_shopper(s, of[i]) << 32);
    }
    return count;
}

static void read_all(const struct generation *g, struct figures *f)
{
    struct random r;
    uint64_t postings = 0;

    random_seed(&r, 2);
    f->pairs_viewed = pairs_count(g->viewed);
    f->pairs_bought = pairs_count(g->bought);
    f->pairs_complement = pairs_count(g->complement);
    uint64_t start = time_monotonic_ns();
    for (int i = 0; i < READS; i++) {
        double u = random_unit(&r);
        product_number product = (product_number)(u * u * u * sessions_products(g->sessions));
        postings += read_product(g->sessions, product, &f->checksum);
    }
    f->read_ns = since(start) * 1e9 / (double)(postings > 0 ? postings : 1);
}

int main(int argc, char **argv)
{
    uint64_t clicks = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    product_number products = argc > 2 ? (product_number)strtoul(argv[2], NULL, 10) : 1000000;
    const char *base = getenv("TMPDIR");
    char dir[PATH_SIZE / 2];
    struct error err = {0};
    struct set_maker m = {0};
    struct figures f = {0};
    const struct generation *g;

    snprintf(dir, sizeof(dir), "%s/endcap-bench-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(dir) == NULL)
        return 1;
    set_make(&m, clicks, products, 1);
    uint64_t made_clicks = m.set.click_count, made_sessions = m.set.session_count;
    build(&m.set, dir, &f);
    set_maker_free(&m);
    double peak_mb = rss_mb();
    uint64_t start = time_monotonic_ns();
    check(generation_open(&g, dir, 1, &err), &err);
    f.open_s = since(start);
    read_all(g, &f);
    printf("{\"bench\":\"indexes\",\"clicks\":%" PRIu64 ",\"sessions\":%" PRIu64
           ",\"products\":%u,\"sessions_s\":%.2f,\"viewed_s\":%.2f,\"bought_s\":%.2f,"
           "\"complement_s\":%.2f,\"publish_s\":%.2f,\"build_s\":%.2f,\"rss_mb\":%.0f,\"bytes_per_"
           "click\":%.2f,"
           "\"pairs_viewed\":%" PRIu64 ",\"pairs_bought\":%" PRIu64 ",\"pairs_complement\":%" PRIu64
           ",\"open_s\":%.3f,\"read_ns\":%.1f,\"checksum\":%" PRIu64 "}\n",
           made_clicks, made_sessions, products, f.sessions_s, f.viewed_s, f.bought_s,
           f.complement_s, f.publish_s,
           f.sessions_s + f.viewed_s + f.bought_s + f.complement_s + f.publish_s, peak_mb,
           (double)sessions_bytes(g->sessions) / (double)made_clicks, f.pairs_viewed,
           f.pairs_bought, f.pairs_complement, f.open_s, f.read_ns, f.checksum);
    generation_close(&g);
    check(dir_remove(dir, &err), &err);
    return 0;
}
