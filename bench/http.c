/* SPDX-License-Identifier: Apache-2.0 */
/* http: how many events a second are taken and how many recommendations answered over HTTP, with
 * the load generator on the same machine: one JSON line each.
 *
 *   build/bench/http [--products N] [--events N] [--seconds S] [--connections N]
 *                    [--rate N] [--dir DIR] [--learned 1]
 *
 * Default 20,000 products, 200,000 events, 3 seconds, 16 connections. Makes a shop in a folder of
 * its own, or uses the one that an earlier run left in DIR; learns; serves it from a process of its
 * own; then sends batches of 100 new events each (durable, ids checked for duplicates), then asks
 * for answers, half for product pages of unknown visitors, half for the home page of visitors in
 * the middle of a session. The events are those of shoppers who walk among products of like number,
 * the popular ones more often, as in bench/recommend.c.
 *
 * Learns as `endcap train` does, which puts a surface on the rung learned only where the trees are shown to
 * be better. With --learned 1 trees are grown as `endcap evaluate` grows them, and both surfaces stand on
 * that rung whatever they are worth: what such answers cost does not hang on it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/api.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/money.h"
#include "base/time.h"
#include "paths/learn.h"
#include "paths/learn_ranker.h"
#include "paths/record.h"
#include "store/keys.h"
#include "tests/support/load.h"
#include "tests/support/walk.h"

enum {
    SESSION_CLICKS = 5,
    BATCH = 100,       /* of the load */
    MADE_BATCH = 5000, /* of the shop's making */
    BODIES = 200,
    QUESTIONS = 2000,
    VISITORS = 1000,
};

struct bench {
    uint32_t products, events, connections;
    double seconds, rate;
    char dir[512];
    bool keep, learned;
    char key[KEY_SIZE];
    struct random random;
};

static void must(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    fprintf(stderr, "bench/http: %s\n", err->message);
    exit(1);
}

static void make_products(struct bench *b, struct shop *shop)
{
    struct product_batch *batch = product_batch_new();
    struct walk_names names;
    uint64_t stored, same;
    struct error err = {0};

    for (uint32_t i = 0; i < b->products; i++) {
        struct product p = walk_product(i, &names);

        product_batch_add(batch, &p);
        if (product_batch_count(batch) < MADE_BATCH && i + 1 < b->products)
            continue;
        must(record_products(shop, batch, time_now_ms(), &stored, &same, &err), &err);
        product_batch_clear(batch);
    }
    product_batch_free(batch);
}

/* The events of the last thirty days, session after session. */
static void make_events(struct bench *b, struct shop *shop)
{
    int64_t now = time_now_ms(), time = now - 30 * (int64_t)MS_DAY;
    int64_t step = 30 * (int64_t)MS_DAY / b->events;
    char id[32], visitor[32], session[32], item_id[32];
    struct error err = {0};
    struct batch batch;
    uint32_t product = 0;

    batch_init(&batch, "bench", now, true);
    for (uint32_t i = 0; i < b->events; i++) {
        uint32_t number = i / SESSION_CLICKS;
        struct event_item item = {.item_id = {item_id, 0}, .quantity = 1, .price = MONEY_NONE};
        struct event e = {.type =
                              random_below(&b->random, 10) == 0 ? EVENT_purchase : EVENT_view_item,
                          .flags = EVENT_VERIFIED | EVENT_PERSONALIZATION,
                          .value = MONEY_NONE,
                          .scroll_percent = -1,
                          .items = &item,
                          .item_count = 1,
                          .time_ms = time += step > 0 ? step : 1,
                          .fingerprint = i};

        product = i % SESSION_CLICKS == 0 ? walk_popular(&b->random, b->products)
                                          : walk_near(&b->random, b->products, product);
        item.item_id.size = (size_t)snprintf(item_id, sizeof(item_id), "p-%u", product);
        e.id = (struct text){id, (size_t)snprintf(id, sizeof(id), "made-%u", i)};
        snprintf(visitor, sizeof(visitor), "v-%u", number % (b->events / 15 + 1));
        snprintf(session, sizeof(session), "s-%u", number);
        e.anonymous_id = text_from(visitor);
        e.session_id = text_from(session);
        e.transaction_id = e.type == EVENT_purchase ? text_from(session) : (struct text){NULL, 0};
        batch_accept(&batch, &e, shop->keys.id_key, 0);
        if (batch.count < MADE_BATCH && i + 1 < b->events)
            continue;
        must(record_run(shop, &batch, &err), &err);
        batch_clear(&batch);
    }
    batch_free(&batch);
}

static void make_key(struct bench *b)
{
    SCOPED(store_close) struct store *store = NULL;
    const struct actor by = {TEXT("bench"), TEXT("bench"), time_now_ms()};
    struct error err = {0};

    must(store_open(&store, b->dir, STORE_WRITE, NULL, &err), &err);
    must(keys_add(store, KEY_SECRET, TEXT("bench"), &by, b->key, &err), &err);
}

/* Trees, and a generation in which both surfaces stand on them. Returns its number. */
static uint32_t learn_trees(const struct bench *b, int64_t now_ms)
{
    static const struct generation_gates gates = {.all = {{"pdp", "learned"}, {"home", "learned"}},
                                                  .count = 2};
    struct state *state = state_new_catalog();
    SCOPED(session_set_free) struct session_set set = {.session_count = 0};
    SCOPED(ranker_outcome_free) struct ranker_outcome outcome = {.model = NULL};
    struct train_options train = {.data_dir = b->dir,
                                  .support_viewed = 3,
                                  .support_bought = 11,
                                  .keep = 2,
                                  .now_ms = now_ms,
                                  .learned = true,
                                  .gates = &gates};
    struct generation_summary summary;
    struct error err = {0};

    must(state_load(state, b->dir, (struct position){UINT64_MAX}, NULL, NULL, &err), &err);
    must(train_sessions(&train, state->catalog, state->position, &set, &err), &err);
    const struct ranker_plan plan = {.data_dir = b->dir,
                                     .state = state,
                                     .set = &set,
                                     .until_ms = INT64_MAX,
                                     .train = &train,
                                     .rung_max = RUNG_LEARNED,
                                     .protocol = true};
    must(learn_ranker(&plan, &outcome, &err), &err);
    if (outcome.model == NULL)
        must(ERR_NOT_FOUND, &outcome.why);
    train.ranker = outcome.model;
    must(train_from_sessions(&train, state->catalog, &set, state->position, &summary, &err), &err);
    state_free(state);
    return summary.number;
}

static uint32_t learn_judged(const struct bench *b, const struct settings *settings)
{
    SCOPED(learn_result_free) struct learn_result learned = {.surface_count = 0};
    struct learn_options options = {
        .data_dir = b->dir, .settings = settings, .now_ms = time_now_ms()};
    struct error err = {0};

    must(learn(&options, &learned, &err), &err);
    for (size_t i = 0; i < learned.surface_count; i++)
        fprintf(stderr, "%s stands on %s: %s\n", learned.surfaces[i].name,
                rung_word(learned.surfaces[i].gate.chosen),
                learned.surfaces[i].gate.rungs[learned.surfaces[i].gate.chosen].why);
    return learned.generation.number;
}

static void make_shop(struct bench *b)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    struct settings settings;
    struct error err = {0};
    uint64_t begun = time_monotonic_ns();
    const struct actor by = {TEXT("bench"), TEXT("bench"), time_now_ms()};

    settings_defaults(&settings);
    must(shop_open(&shop, b->dir, SHOP_WRITE, &settings, NULL, &err), &err);
    make_products(b, shop);
    make_events(b, shop);
    must(shop_tick(shop, time_now_ms(), &err), &err);
    uint32_t generation = b->learned ? learn_trees(b, time_now_ms()) : learn_judged(b, &settings);
    must(shop_use_generation(shop, generation, &by, &err), &err);
    fprintf(stderr, "made %u products and %u events, learned generation %u, in %.0f s\n",
            b->products, b->events, generation, (double)(time_monotonic_ns() - begun) / 1e9);
}

/* In a process of its own: serve until the pipe `until` ends; say the port through `tell`. */
static void serve(const struct bench *b, int tell, int until)
{
    struct shop *shop = NULL;
    struct api *api = NULL;
    struct api_options options = {.listen = "127.0.0.1:0"};
    struct settings settings;
    struct error err = {0};
    uint16_t port;
    char byte;

    settings_defaults(&settings);
    settings.http_address_connections_max = LOAD_CONNECTIONS_MAX;
    must(shop_open(&shop, b->dir, SHOP_WRITE, &settings, NULL, &err), &err);
    must(api_start(&api, shop, &options, &err), &err);
    port = api_port(api);
    if (write(tell, &port, sizeof(port)) != sizeof(port))
        exit(1);
    (void)!read(until, &byte, 1); /* its end is what is waited for */
    api_stop(&api);
    shop_close(&shop);
    exit(0);
}

struct server {
    pid_t pid;
    int until;
    uint16_t port;
};

static struct server server_begin(const struct bench *b)
{
    struct server s = {.pid = -1};
    int tell[2], until[2];

    if (pipe(tell) != 0 || pipe(until) != 0 || (s.pid = fork()) < 0)
        exit(1);
    if (s.pid == 0) {
        close(until[1]);
        close(tell[0]);
        serve(b, tell[1], until[0]);
    }
    close(tell[1]);
    close(until[0]);
    s.until = until[1];
    if (read(tell[0], &s.port, sizeof(s.port)) != sizeof(s.port))
        exit(1);
    close(tell[0]);
    return s;
}

static void server_end(const struct server *s)
{
    close(s->until);
    (void)waitpid(s->pid, NULL, 0); /* whatever became of it, it is over */
}

static struct text request_text(struct bench *b, const char *line, struct text body)
{
    struct buffer request = {0};

    buffer_printf(&request,
                  "%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
                  "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                  line, b->key, body.size);
    buffer_add_text(&request, body);
    return buffer_text(&request); /* lives as long as the program */
}

static struct text event_request(struct bench *b)
{
    struct buffer body = {0};
    char now[TIME_TEXT_SIZE];
    uint32_t product = walk_popular(&b->random, b->products);

    time_print(time_now_ms(), now);
    buffer_add_string(&body, "{\"events\":[");
    for (int i = 0; i < BATCH; i++) {
        uint32_t visitor = random_below(&b->random, VISITORS);

        buffer_printf(&body,
                      "%s{\"id\":\"" LOAD_MARK "\",\"type\":\"view_item\",\"time\":\"%s\","
                      "\"sent_at\":\"%s\",\"anonymous_id\":\"visitor-%u\",\"session_id\":\"s-%u\","
                      "\"items\":[{\"item_id\":\"p-%u\",\"quantity\":1,\"price\":\"19.90\"}],"
                      "\"currency\":\"EUR\",\"page\":{\"url\":\"https://shop.example/p/%u\"},"
                      "\"context\":{\"device\":\"mobile\",\"locale\":\"de-DE\"}}",
                      i == 0 ? "" : ",", now, now, visitor, visitor, product, product);
        product = walk_near(&b->random, b->products, product);
    }
    buffer_add_string(&body, "]}");
    struct text request = request_text(b, "POST /v1/events", buffer_text(&body));

    buffer_free(&body);
    return request;
}

static struct text question_request(struct bench *b, uint32_t number)
{
    char line[256];

    if (number % 2 == 0)
        snprintf(line, sizeof(line), "GET /v1/recommendations/pdp?anonymous_id=new-%u&item_id=p-%u",
                 number, walk_popular(&b->random, b->products));
    else
        snprintf(line, sizeof(line), "GET /v1/recommendations/home?anonymous_id=visitor-%u",
                 random_below(&b->random, VISITORS));
    return request_text(b, line, (struct text){NULL, 0});
}

/* Events in the journal, as the ledger counts them. */
static uint64_t stored(const struct bench *b)
{
    SCOPED(store_close) struct store *store = NULL;
    struct ledger_counts counts;
    struct error err = {0};

    must(store_open(&store, b->dir, STORE_READ, NULL, &err), &err);
    must(ledger_read(store, &counts, &err), &err);
    return counts.stored;
}

static void report(const char *name, const struct load *load, const struct load_figures *f,
                   uint64_t things)
{
    printf("{\"bench\":\"%s\",\"connections\":%u,\"requests_per_s\":%.0f,\"%s_per_s\":%.0f,"
           "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"p999_ms\":%.2f,\"max_ms\":%.1f,\"requests\":%llu,"
           "\"errors\":%llu,\"first_error\":%d}\n",
           name, load->connections, (double)f->requests / f->seconds,
           things > f->requests ? "events" : "answers", (double)things / f->seconds, f->p50_ms,
           f->p99_ms, f->p999_ms, f->max_ms, (unsigned long long)f->requests,
           (unsigned long long)f->errors, f->first_error);
    fflush(stdout);
}

static void run(struct bench *b)
{
    static struct text bodies[BODIES], questions[QUESTIONS];
    struct load_figures figures;
    uint64_t begun = time_monotonic_ns();
    struct server s = server_begin(b);
    struct load load = {.port = s.port,
                        .connections = b->connections,
                        .seconds = 0.01,
                        .requests = questions,
                        .request_count = 1,
                        .first_number = (uint64_t)time_now_ms() << 20};

    for (uint32_t i = 0; i < BODIES; i++)
        bodies[i] = event_request(b);
    for (uint32_t i = 0; i < QUESTIONS; i++)
        questions[i] = question_request(b, i);
    if (!load_run(&load, &figures))
        exit(1);
    fprintf(stderr, "first answer %.2f s after the start\n",
            (double)(time_monotonic_ns() - begun) / 1e9);
    load.seconds = b->seconds;
    load.requests = bodies;
    load.request_count = BODIES;
    uint64_t before = stored(b);

    (void)load_run(&load, &figures); /* it was reached before */
    report("http_ingest", &load, &figures, stored(b) - before);
    load.requests = questions;
    load.request_count = QUESTIONS;
    (void)load_run(&load, &figures); /* the same */
    report("http_recommend", &load, &figures, figures.requests);
    load.rate = b->rate;
    (void)load_run(&load, &figures); /* the same */
    report("http_recommend_at_rate", &load, &figures, figures.requests);
    server_end(&s);
}

static void read_options(struct bench *b, int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t number = 0;

        (void)text_to_u64(text_from(argv[i + 1]), &number); /* else it is a folder */
        if (strcmp(argv[i], "--products") == 0)
            b->products = (uint32_t)number;
        else if (strcmp(argv[i], "--events") == 0)
            b->events = (uint32_t)number;
        else if (strcmp(argv[i], "--seconds") == 0)
            b->seconds = (double)number;
        else if (strcmp(argv[i], "--connections") == 0)
            b->connections = (uint32_t)number;
        else if (strcmp(argv[i], "--rate") == 0)
            b->rate = (double)number;
        else if (strcmp(argv[i], "--learned") == 0)
            b->learned = number > 0;
        else if (strcmp(argv[i], "--dir") == 0)
            b->keep = snprintf(b->dir, sizeof(b->dir), "%s", argv[i + 1]) > 0;
    }
}

int main(int argc, char **argv)
{
    struct bench b = {
        .products = 20000, .events = 200000, .connections = 16, .seconds = 3, .rate = 4000};
    struct error err = {0};
    bool made = false;

    log_level_set(LOG_WARN);
    random_seed(&b.random, 7);
    read_options(&b, argc, argv);
    if (!b.keep) {
        snprintf(b.dir, sizeof(b.dir), "/tmp/endcap-bench-XXXXXX");
        if (mkdtemp(b.dir) == NULL)
            return 3;
    }
    must(shop_init(b.dir, &made, &err), &err);
    make_key(&b);
    pid_t maker = made ? fork() : 0; /* so that its memory is not the server's */

    if (maker == 0 && made) {
        make_shop(&b);
        exit(0);
    }
    int failed = 0;

    if (made && (waitpid(maker, &failed, 0) != maker || failed != 0))
        return 1;
    run(&b);
    return b.keep || dir_remove(b.dir, &err) == OK ? 0 : 1;
}
