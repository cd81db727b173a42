/* SPDX-License-Identifier: Apache-2.0 */
/* main: wires the program together: what the commands need of the layers beside them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api.h"
#include "base/log.h"
#include "cli/cli.h"
#include "demo/demo.h"
#include "paths/tend.h"

struct serving {
    struct shop *shop;
    struct tend *tend;
    const struct serve_options *options;
};

/* The demo's page, its style and script, and the list of products they show. */
static bool page(void *context, const struct target *target, struct page *out)
{
    struct serving *s = context;

    if (!s->options->demo)
        return false;
    if (demo_file(target->path, &out->type, &out->constant))
        return true;
    if (!text_is(target->path, "/demo/shop.json"))
        return false;
    out->type = "application/json";
    demo_products_json(s->shop, text_from(s->options->public_key),
                       target_parameter(target, "category"), out->out);
    return true;
}

static enum status start_train(void *context, struct error *err)
{
    struct serving *s = context;

    return tend_train(s->tend, err);
}

/* A demo takes any port that is free when its own is not. */
static enum status start_api(struct api **out, struct shop *shop, struct api_options *options,
                             bool any_port, struct error *err)
{
    enum status status = api_start(out, shop, options, err);

    if (status == OK || !any_port)
        return status;
    options->listen = "127.0.0.1:0";
    return api_start(out, shop, options, err);
}

/* The listening address with the port that was bound. */
static void print_address(const char *listen, uint16_t port, char out[SETTING_TEXT_SIZE])
{
    const char *colon = strrchr(listen, ':');
    int host = colon == NULL ? (int)strlen(listen) : (int)(colon - listen);

    snprintf(out, SETTING_TEXT_SIZE, "%.*s:%u", host, listen, port);
}

/* What an operator should know about this start. */
static enum status log_start(struct shop *shop, struct error *err)
{
    const struct program *program;
    uint64_t us;

    if (shop_sync_us(shop->data_dir, &us, err) != OK)
        return err->status;
    log_line(LOG_INFO, "opened", "data=%s position=%llu sync_us=%llu", shop->data_dir,
             (unsigned long long)shop->state->position.number, (unsigned long long)us);
    shop_read_lock(shop);
    program = shop->state->program;
    if (program->version == 0)
        log_line(LOG_WARN, "built_in_program",
                 "message=\"no program is applied: analytics and personalization are allowed, "
                 "e-mail is not; see endcap program show\"");
    shop_read_unlock(shop);
    return OK;
}

static enum status serve(struct shop *shop, const struct serve_options *options,
                         const volatile sig_atomic_t *stop, struct error *err)
{
    struct serving s = {.shop = shop, .options = options};
    struct api_options api_options = {.page = page, .train = start_train, .context = &s};
    struct tend_options tend_options = {.program = NULL};
    SCOPED(tend_close) struct tend *tend = NULL;
    SCOPED(api_stop) struct api *api = NULL;
    char address[SETTING_TEXT_SIZE];

    if (log_start(shop, err) != OK || tend_open(&tend, shop, &tend_options, err) != OK)
        return err->status;
    s.tend = tend;
    if (start_api(&api, shop, &api_options, options->demo, err) != OK)
        return err->status;
    print_address(shop->settings.listen, api_port(api), address);
    log_line(LOG_INFO, "serving", "address=%s data=%s", address, shop->data_dir);
    if (options->ready != NULL)
        options->ready(options->context, address);
    while (!*stop)
        (void)nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL); /* woken by the signal */
    log_line(LOG_INFO, "stopping", "data=%s", shop->data_dir);
    return OK;
}

static enum status fill(struct shop *shop, int64_t now_ms, const volatile sig_atomic_t *stop,
                        void (*progress)(void *context, const char *stage, uint64_t done,
                                         uint64_t total),
                        void *context, struct error *err)
{
    struct demo_options options = demo_defaults(now_ms);
    struct demo_counts counts;

    options.progress = progress;
    options.context = context;
    return demo_fill(shop, &options, stop, &counts, err);
}

int main(int argc, char **argv)
{
    static const struct cli_hooks hooks = {
        .serve = serve, .demo_fill = fill, .openapi = api_openapi, .routes = api_document};

    /* Threads that grow trees wait asleep, not spinning, in the `train` that a server starts beside itself:
     * OpenMP reads this when a process begins. */
    (void)setenv("OMP_WAIT_POLICY", "passive", 0); /* without it training is only slower */
    return cli_main(argc, argv, &hooks);
}
