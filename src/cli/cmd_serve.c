/* SPDX-License-Identifier: Apache-2.0 */
/* serve and demo: the server, over a real shop or a made-up one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/trail.h"
#include "paths/learn.h"
#include "paths/recommend.h"
#include "store/keys.h"

static void warn(const char *message)
{
    log_line(LOG_WARN, "opened", "message=\"%s\"", message);
}

static int run_serve(struct cli *cli)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    struct serve_options options = {.demo = false};
    struct error err = {.status = OK};

    cli_catch_signals();
    if (shop_open(&shop, cli->data_dir, SHOP_WRITE, &cli->settings, warn, &err) != OK ||
        cli->hooks->serve(shop, &options, &cli_stop, &err) != OK)
        return cli_fail(&err);
    return EXIT_DONE;
}

const struct command command_serve = {
    .name = "serve",
    .usage = "serve [--listen ADDRESS:PORT]",
    .summary = "answer over HTTP until SIGTERM or Ctrl-C",
    .details =
        "Default 127.0.0.1:7700. Logs go to standard error, a line each. TLS is a proxy's job:\n"
        "docs/deploy.md has samples.",
    .examples = "  endcap serve\n  endcap --data /var/lib/endcap serve --listen 0.0.0.0:7700",
    .run = run_serve,
};

/* ---- demo ---- */

struct demo {
    struct cli *cli;
    char dir[4096];
    bool temporary;
    char key[KEY_SIZE];
    struct progress progress;
};

static void demo_progress(void *context, const char *stage, uint64_t done, uint64_t total)
{
    struct demo *d = context;

    progress_show(&d->progress, stage, done, total);
}

/* A folder of its own, removed at the end, unless --data names one. */
static enum status demo_dir(struct demo *d, struct error *err)
{
    const char *base = getenv("TMPDIR");

    if (cli_switch(d->cli, "keep")) {
        snprintf(d->dir, sizeof(d->dir), "%s", d->cli->data_dir);
        if (file_exists(d->dir))
            return error_set(err, ERR_CONFLICT, "%s is there already; the demo wants a new folder",
                             d->dir);
        return OK;
    }
    snprintf(d->dir, sizeof(d->dir), "%s/endcap-demo-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(d->dir) == NULL)
        return error_set(err, ERR_IO, "no temporary folder can be made as %s", d->dir);
    d->temporary = true;
    return OK;
}

static enum status demo_key(struct demo *d, struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    const struct actor by = {TEXT("demo"), TEXT("command"), time_now_ms()};

    if (store_open(&store, d->dir, STORE_WRITE, NULL, err) != OK ||
        store_run(store, "BEGIN IMMEDIATE", err) != OK ||
        keys_add(store, KEY_PUBLIC, TEXT("demo"), &by, d->key, err) != OK)
        return err->status; /* closing rolls back */
    return store_run(store, "COMMIT", err);
}

/* The demo's traffic is a small shop's: it may try every rung. */
static enum status demo_program(struct shop *shop, struct error *err)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    const struct program_change change = {
        .document =
            TEXT("owner: the demo\n"
                 "currency: EUR\n"
                 "policies:\n"
                 "  consent_default: {analytics: true, personalization: true, email: false}\n"
                 "  traffic: {co_view: 1000, learned: 5000}\n"
                 "rules:\n"
                 "  - require: {margin_at_least: 0.2}\n"
                 "  - at_most: {count: 3, by: brand}\n"
                 "surfaces:\n"
                 "  - {name: pdp, kind: pdp}\n"
                 "  - {name: cart, kind: cart}\n"
                 "  - {name: post_cart, kind: post_cart}\n"
                 "  - {name: home, kind: home, variety: 0.2, rules: [at_most: {count: 4, by: "
                 "category}]}\n"
                 "  - {name: category, kind: category}\n"),
        .author = TEXT("demo"),
        .reason = TEXT("a shop with a few rules, in which the rung learned is tried"),
        .expected_version = UINT32_MAX,
        .now_ms = time_now_ms(),
    };
    struct problems problems = {0};
    uint32_t version;

    return shop_apply_program(shop, &change, &a, &problems, &version, err);
}

/* A line for each surface: where it stands, and why not higher. */
static void demo_standing(const struct learn_result *r)
{
    if (r->ranker_why.status != OK)
        printf("No trees were learned: %s.\n", r->ranker_why.message);
    for (size_t i = 0; i < r->surface_count; i++) {
        const struct gate *gate = &r->surfaces[i].gate;
        printf("  %-10s stands on %-12s %s\n", r->surfaces[i].name, rung_word(gate->chosen),
               gate->rungs[RUNG_LEARNED].tried ? gate->rungs[RUNG_LEARNED].why : "");
    }
    putchar('\n');
}

static enum status demo_learn(struct demo *d, struct shop *shop, struct error *err)
{
    SCOPED(learn_result_free) struct learn_result r = {.surface_count = 0};
    const struct generation_summary *g = &r.generation;
    struct learn_options options = {
        .data_dir = d->dir,
        .settings = &d->cli->settings,
        .now_ms = time_now_ms(),
        .progress = demo_progress,
        .context = d,
    };

    const struct actor by = {TEXT("demo"), TEXT("command"), time_now_ms()};

    progress_begin(&d->progress, "records");
    if (learn(&options, &r, err) != OK || shop_use_generation(shop, g->number, &by, err) != OK)
        return err->status;
    progress_end(&d->progress);
    printf("Learned generation %u from %llu sessions (%llu a month).\n", g->number,
           (unsigned long long)g->session_count, (unsigned long long)g->sessions_month);
    demo_standing(&r);
    return OK;
}

/* The best-selling product, and what goes beside it. */
static enum status demo_answer(struct shop *shop, struct error *err)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(buffer_free) struct buffer json = {.data = NULL};
    struct question q = {.surfaces = {TEXT("pdp")},
                         .surface_count = 1,
                         .limit = 5,
                         .anonymous_id = TEXT("a-curious-visitor"),
                         .now_ms = time_now_ms()};
    const struct popular *top;
    struct product product;
    struct answer answer;

    shop_read_lock(shop);
    if (popularity_top(shop->state->popularity, POPULARITY_BESTSELLERS, 0, &top) > 0 &&
        catalog_get(shop->state->catalog, top[0].product, &a, &product)) {
        q.item_id = arena_text(&a, product.item_id);
        printf("One answer, for a visitor who looks at \"%.*s\":\n\n", (int)product.title.size,
               product.title.data);
    }
    shop_read_unlock(shop);
    if (recommend(shop, &q, &answer, &a, err) != OK)
        return err->status;
    answer_json(&answer, &json);
    answer_print(buffer_text(&json));
    return OK;
}

static void demo_ready(void *context, const char *address)
{
    const struct demo *d = context;

    printf("\nThe shop is open: http://%s/   (click through it; Ctrl-C ends it)\n\n"
           "Three calls to try:\n\n"
           "  curl -s 'http://%s/v1/recommendations/home?anonymous_id=me&key=%s'\n"
           "  curl -s -H 'Authorization: Bearer %s' -d '{\"id\":\"e-1\",\"type\":\"search\","
           "\"anonymous_id\":\"me\",\"search_term\":\"oak\"}' http://%s/v1/events\n"
           "  %s --data %s recommend home --shopper me --why\n\n",
           address, address, d->key, d->key, address, program_invocation_name, d->dir);
    fflush(stdout);
}

static enum status demo_fill_shop(struct demo *d, struct shop *shop, struct error *err)
{
    uint64_t began = time_monotonic_ns();

    progress_begin(&d->progress, "done");
    if (d->cli->hooks->demo_fill(shop, time_now_ms(), &cli_stop, demo_progress, d, err) != OK)
        return err->status;
    progress_end(&d->progress);
    printf("Made a shop: %u products, %llu events of 60 days, in %.1f s.\n",
           catalog_known(shop->state->catalog), (unsigned long long)shop->state->events,
           (double)(time_monotonic_ns() - began) / 1e9);
    return OK;
}

static enum status demo_serve(struct demo *d, struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    struct serve_options options = {
        .demo = true, .public_key = d->key, .ready = demo_ready, .context = d};
    bool made;

    if (shop_init(d->dir, &made, err) != OK || demo_key(d, err) != OK ||
        shop_open(&shop, d->dir, SHOP_WRITE, &d->cli->settings, warn, err) != OK ||
        demo_fill_shop(d, shop, err) != OK || demo_program(shop, err) != OK ||
        demo_learn(d, shop, err) != OK || demo_answer(shop, err) != OK)
        return err->status;
    if (cli_switch(d->cli, "once"))
        return OK;
    return d->cli->hooks->serve(shop, &options, &cli_stop, err);
}

static int run_demo(struct cli *cli)
{
    struct demo d = {.cli = cli};
    struct error err = {.status = OK}, cleanup = {.status = OK};
    enum status status;

    cli_catch_signals();
    if (demo_dir(&d, &err) != OK)
        return cli_fail(&err);
    status = demo_serve(&d, &err);
    if (d.temporary && dir_remove(d.dir, &cleanup) != OK && status == OK)
        return cli_fail(&cleanup);
    if (status != OK && !cli_stop)
        return cli_fail(&err);
    puts("The demo has ended.");
    return EXIT_DONE;
}

static const struct option_row demo_options[] = {
    {"keep", NULL, "keep the shop in --data DIR instead of a temporary folder"},
    {"once", NULL, "show one answer and end, without serving"},
    {NULL, NULL, NULL},
};

const struct command command_demo = {
    .name = "demo",
    .usage = "demo [--listen ADDRESS:PORT] [--keep --data DIR] [--once]",
    .summary = "a made-up shop with made-up shoppers, served with everything on",
    .examples = "  endcap demo\n  endcap demo --once\n  endcap demo --keep --data ./demo-shop",
    .options = demo_options,
    .run = run_demo,
};
