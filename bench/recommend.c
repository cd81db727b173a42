/* SPDX-License-Identifier: Apache-2.0 */
/* recommend: how long an answer takes, without HTTP, in a made shop.
 *
 *   build/bench/recommend [PRODUCTS [EVENTS [ANSWERS]]]     default 20000 200000 5000
 *
 * Shoppers walk among products of like number (a category each fifty), the popular ones more often.
 * Half of the answers are asked by a product's page, half by the home page of a visitor in the
 * middle of a session. The checksum covers every product of every answer: figures with another
 * checksum do not compare. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/time.h"
#include "paths/recommend.h"
#include "paths/state.h"
#include "tests/support/walk.h"

enum { SESSION_CLICKS = 5, VISITORS = 1000, VISITOR_CLICKS = 4 };

#define START_MS INT64_C(1790000000000)

struct bench {
    uint32_t products, events, answers;
    struct state *state;
    struct generation generation;
    struct sessions *sessions;
    struct pairs *viewed, *bought;
    struct random random;
    uint64_t records;
    int64_t now_ms;
};

static void must(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static void fold(struct bench *b, enum record_kind kind, struct text body)
{
    const struct record r = {
        .position = {++b->records}, .kind = kind, .time_ms = b->now_ms, .body = body};

    state_fold(b->state, &r);
}

static void make_products(struct bench *b)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct walk_names names;

    for (uint32_t i = 0; i < b->products; i++) {
        struct product p = walk_product(i, &names);

        buffer_clear(&body);
        product_encode(&p, &body);
        fold(b, RECORD_PRODUCT, buffer_text(&body));
    }
}

static void make_sessions(struct bench *b, struct session_set *set)
{
    uint32_t sessions = b->events / SESSION_CLICKS;
    size_t clicks = (size_t)sessions * SESSION_CLICKS;

    *set = (struct session_set){.session_count = sessions,
                                .click_count = clicks,
                                .starts = mem_new((size_t)sessions + 1, sizeof(uint64_t)),
                                .products = mem_new(clicks, sizeof(product_number)),
                                .kinds = mem_new(clicks, 1),
                                .end_ms = mem_new(sessions, sizeof(int64_t)),
                                .shoppers = mem_new(sessions, sizeof(shopper_number)),
                                .orders = mem_new(clicks, sizeof(uint32_t)),
                                .product_count = catalog_count(b->state->catalog)};
    for (uint32_t s = 0; s < sessions; s++) {
        uint32_t product = walk_popular(&b->random, b->products);
        b->now_ms += 20 * MS_SECOND;
        popularity_session(b->state->popularity, b->now_ms);
        for (uint64_t i = set->starts[s]; i < set->starts[s] + SESSION_CLICKS; i++) {
            bool buys = random_below(&b->random, 10) == 0;
            set->products[i] = product;
            set->kinds[i] = buys ? ACTION_BUY : ACTION_VIEW;
            set->orders[i] = buys ? s + 1 : 0;
            popularity_fold(b->state->popularity, product, buys ? EVENT_purchase : EVENT_view_item,
                            1, b->now_ms);
            product = walk_near(&b->random, b->products, product);
        }
        set->end_ms[s] = b->now_ms;
        set->shoppers[s] = random_below(&b->random, 1 + sessions / 3);
        set->starts[s + 1] = set->starts[s] + SESSION_CLICKS;
    }
}

static void make_generation(struct bench *b, const struct session_set *set, const char *dir)
{
    const struct pairs_options viewed = {.kind = PAIR_VIEWED, .support_min = 3};
    const struct pairs_options bought = {.kind = PAIR_BOUGHT, .support_min = 3};
    char paths[3][512];
    struct error err = {0};

    snprintf(paths[0], sizeof(paths[0]), "%s/sessions.bin", dir);
    snprintf(paths[1], sizeof(paths[1]), "%s/viewed.bin", dir);
    snprintf(paths[2], sizeof(paths[2]), "%s/bought.bin", dir);
    must(sessions_build(set, paths[0], &err), &err);
    must(pairs_build(set, &viewed, paths[1], &err), &err);
    must(pairs_build(set, &bought, paths[2], &err), &err);
    must(sessions_open(&b->sessions, paths[0], &err), &err);
    must(pairs_open(&b->viewed, paths[1], &err), &err);
    must(pairs_open(&b->bought, paths[2], &err), &err);
    b->generation = (struct generation){.number = 1,
                                        .position = b->state->position,
                                        .session_count = set->session_count,
                                        .click_count = set->click_count,
                                        .sessions_month = set->session_count,
                                        .sessions = b->sessions,
                                        .viewed = b->viewed,
                                        .bought = b->bought};
}

static void visitor_name(uint32_t visitor, char out[32])
{
    snprintf(out, 32, "visitor-%u", visitor);
}

/* Everybody is in the middle of a session. */
static void make_visitors(struct bench *b)
{
    char name[32];
    bool began;

    for (uint32_t i = 0; i < VISITORS; i++) {
        product_number product = walk_popular(&b->random, b->products);
        visitor_name(i, name);
        for (uint32_t k = 0; k < VISITOR_CLICKS; k++) {
            const struct profile_event e = {.key =
                                                shopper_key_of(text_from(name), (struct text){0}),
                                            .time_ms = b->now_ms + (int64_t)k * MS_SECOND,
                                            .type = EVENT_view_item,
                                            .flags = EVENT_VERIFIED | EVENT_PERSONALIZATION,
                                            .products = &product,
                                            .product_count = 1};
            (void)profiles_fold(b->state->profiles, &e, &began); /* its number is of no use */
            product = walk_near(&b->random, b->products, product);
        }
    }
    b->now_ms += MS_MINUTE;
}

static int by_size(const void *x, const void *y)
{
    const uint64_t *a = x, *b = y;

    return *a < *b ? -1 : *a > *b;
}

static uint64_t ask(struct bench *b, uint32_t at, struct arena *a)
{
    char name[32], id[32];
    struct answer answer;
    struct error err = {0};
    struct question q = {.surface_count = 1, .now_ms = b->now_ms};
    const struct recommend_from from = {.state = b->state,
                                        .generation = &b->generation,
                                        .rung_max = RUNG_COUNT - 1,
                                        .traffic_ignored = true,
                                        .deadline_step = NOT_CUT};
    uint64_t sum = at;

    visitor_name(random_below(&b->random, VISITORS), name);
    snprintf(id, sizeof(id), "p-%u", walk_popular(&b->random, b->products));
    q.anonymous_id = text_from(name);
    q.surfaces[0] = at % 2 == 0 ? TEXT("pdp") : TEXT("home");
    if (at % 2 == 0)
        q.item_id = text_from(id);
    must(recommend_from(&from, &q, &answer, a, &err), &err);
    for (size_t i = 0; i < answer.item_count; i++)
        sum = hash_u64(sum ^ answer.items[i].product);
    return sum;
}

static void measure(struct bench *b)
{
    SCOPED(arena_free) struct arena a = {0};
    uint64_t *ns = mem_new(b->answers, sizeof(*ns)), checksum = 0, total = 0;
    struct rusage usage;

    for (uint32_t i = 0; i < b->answers; i++) {
        uint64_t begun = time_monotonic_ns();
        uint64_t sum = ask(b, i, &a);
        ns[i] = time_monotonic_ns() - begun;
        checksum = hash_u64(checksum ^ sum);
        total += ns[i];
        arena_reset(&a);
    }
    qsort(ns, b->answers, sizeof(*ns), by_size);
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"bench\":\"recommend\",\"products\":%u,\"events\":%u,\"answers\":%u,\"mean_us\":%.1f,"
           "\"p50_us\":%.1f,\"p99_us\":%.1f,\"peak_mib\":%ld,\"checksum\":%llu}\n",
           b->products, b->events, b->answers, (double)total / b->answers / 1000,
           (double)ns[b->answers / 2] / 1000, (double)ns[b->answers - 1 - b->answers / 100] / 1000,
           usage.ru_maxrss / 1024, (unsigned long long)checksum);
    mem_free(ns);
}

static uint32_t argument(int count, char **values, int at, uint32_t usual)
{
    uint64_t n = usual;

    if (count > at && (!text_to_u64(text_from(values[at]), &n) || n < 10 || n > 1000000000)) {
        fprintf(stderr, "usage: recommend [PRODUCTS [EVENTS [ANSWERS]]]\n");
        exit(2);
    }
    return (uint32_t)n;
}

int main(int count, char **values)
{
    const uint8_t id_key[16] = {0};
    const char *base = getenv("TMPDIR");
    struct bench b = {.products = argument(count, values, 1, 20000),
                      .events = argument(count, values, 2, 200000),
                      .answers = argument(count, values, 3, 5000),
                      .now_ms = START_MS};
    struct session_set set;
    struct error err = {0};
    char dir[256];

    snprintf(dir, sizeof(dir), "%s/endcap-bench-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(dir) == NULL) {
        perror(dir);
        return 1;
    }
    random_seed(&b.random, 7);
    b.state = state_new(id_key, 0);
    make_products(&b);
    make_sessions(&b, &set);
    fold(&b, RECORD_TICK, (struct text){0});
    make_generation(&b, &set, dir);
    session_set_free(&set);
    make_visitors(&b);
    measure(&b);
    sessions_close(&b.sessions);
    pairs_close(&b.viewed);
    pairs_close(&b.bought);
    state_free(b.state);
    must(dir_remove(dir, &err), &err);
    return 0;
}
