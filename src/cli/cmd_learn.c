/* SPDX-License-Identifier: Apache-2.0 */
/* train, generation, checkpoint: new generations and old ones. `evaluate` stands in
 * cmd_evaluate.c. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "cli/command.h"
#include "paths/learn.h"

static void show_stage(void *context, const char *stage, uint64_t done, uint64_t total)
{
    progress_show(context, stage, done, total);
}

/* Make generation `number` the one that serves: by the running server, or here. */
static enum status use_generation(struct cli *cli, uint32_t number, struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};

    if (cli_server_runs(cli)) {
        buffer_printf(&path, "/v1/generations/%u/use", number);
        return cli_ask(cli, "POST", path.data, (struct text){0}, &answer, err);
    }
    if (shop_open(&shop, cli->data_dir, SHOP_WRITE, &cli->settings, cli_warn, err) != OK)
        return err->status;
    return shop_use_generation(shop, number, time_now_ms(), err);
}

static void say_trained(const struct cli *cli, const struct generation_summary *g, bool published,
                        uint64_t ns)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct json j = json_to(&out);

    if (!cli->json) {
        printf("Generation %u%s: %llu sessions, %llu clicks, %llu sessions a month, %.1f MB, "
               "%.1f s\n",
               g->number, published ? " serves" : "", (unsigned long long)g->session_count,
               (unsigned long long)g->click_count, (unsigned long long)g->sessions_month,
               (double)g->bytes / 1e6, (double)ns / 1e9);
        return;
    }
    json_object_begin(&j);
    json_key_u64(&j, "generation", g->number);
    json_key_u64(&j, "sessions", g->session_count);
    json_key_u64(&j, "clicks", g->click_count);
    json_key_u64(&j, "sessions_month", g->sessions_month);
    json_key_u64(&j, "bytes", g->bytes);
    json_key_double(&j, "seconds", (double)ns / 1e9);
    json_key_bool(&j, "published", published);
    json_object_end(&j);
    puts(out.data);
}

static int run_train(struct cli *cli)
{
    struct progress progress;
    struct generation_summary summary;
    struct error err = {.status = OK};
    bool publish = !cli_switch(cli, "unpublished");
    uint64_t began = time_monotonic_ns();
    struct learn_options options = {
        .data_dir = cli->data_dir,
        .settings = &cli->settings,
        .now_ms = time_now_ms(),
        .progress = show_stage,
        .context = &progress,
    };
    enum status status;

    progress_begin(&progress, "records");
    status = learn(&options, &summary, &err);
    progress_end(&progress);
    if (status != OK || (publish && use_generation(cli, summary.number, &err) != OK))
        return cli_fail(&err);
    say_trained(cli, &summary, publish, time_monotonic_ns() - began);
    return EXIT_DONE;
}

static const struct option_row train_options[] = {
    {"unpublished", NULL, "build it, but let the present one go on serving"},
    {NULL, NULL, NULL},
};

const struct command command_train = {
    .name = "train",
    .usage = "train [--unpublished]",
    .summary = "build a generation from the journal and publish it",
    .details = "Works beside a running server, which takes up the new generation without a pause.",
    .examples = "  endcap train\n  endcap train --json",
    .options = train_options,
    .run = run_train,
};

/* ---- generation ---- */

static void print_generation(struct cli *cli, const struct generation_summary *g, uint32_t serving)
{
    SCOPED(buffer_free) struct buffer line = {.data = NULL};
    struct json j = json_to(&line);
    char when[TIME_TEXT_SIZE];

    if (!cli->json) {
        printf("%4u  %.16s  %10llu sessions  %11llu clicks  %8.1f MB%s\n", g->number,
               time_print(g->built_ms, when), (unsigned long long)g->session_count,
               (unsigned long long)g->click_count, (double)g->bytes / 1e6,
               g->number == serving ? "  serves" : "");
        return;
    }
    json_object_begin(&j);
    json_key_u64(&j, "generation", g->number);
    json_key_string(&j, "built", time_print(g->built_ms, when));
    json_key_u64(&j, "sessions", g->session_count);
    json_key_u64(&j, "clicks", g->click_count);
    json_key_u64(&j, "bytes", g->bytes);
    json_key_bool(&j, "serving", g->number == serving);
    json_object_end(&j);
    cli_list_add(cli, buffer_text(&line));
}

static int generation_print_all(struct cli *cli)
{
    enum { LIST_MAX = 1000 };
    SCOPED(shop_close) struct shop *shop = NULL;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct generation_summary *list = arena_array(&a, LIST_MAX, sizeof(*list));
    struct error err = {.status = OK};
    size_t count;

    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, &err) != OK ||
        generation_list(cli->data_dir, list, LIST_MAX, &count, &err) != OK)
        return cli_fail(&err);
    if (count == 0 && !cli->json)
        puts("No generation yet; run: endcap train");
    cli_list_begin(cli, "generations");
    for (size_t i = 0; i < count; i++)
        print_generation(cli, &list[i], shop_generation(shop));
    cli_list_end(cli);
    return EXIT_DONE;
}

static int run_generation(struct cli *cli)
{
    struct error err = {.status = OK};
    uint64_t number;

    if (strcmp(cli->words[0], "list") == 0)
        return generation_print_all(cli);
    if (strcmp(cli->words[0], "use") != 0)
        return cli_usage(cli, "generation knows list and use, not '%s'", cli->words[0]);
    if (cli->word_count < 2 || !text_to_u64(text_from(cli->words[1]), &number) || number == 0 ||
        number > UINT32_MAX)
        return cli_usage(cli, "generation use needs a number from generation list");
    if (use_generation(cli, (uint32_t)number, &err) != OK)
        return cli_fail(&err);
    printf(cli->json ? "{\"generation\":%llu}\n" : "Generation %llu serves.\n",
           (unsigned long long)number);
    return EXIT_DONE;
}

const struct command command_generation = {
    .name = "generation",
    .usage = "generation list | use N",
    .summary = "the generations kept; roll back to one",
    .examples = "  endcap generation list\n  endcap generation use 11",
    .words_min = 1,
    .words_max = 2,
    .run = run_generation,
};

/* ---- checkpoint ---- */

static int run_checkpoint(struct cli *cli)
{
    struct error err = {.status = OK};

    if (learn_checkpoint(cli->data_dir, &cli->settings, &err) != OK)
        return cli_fail(&err);
    return EXIT_DONE;
}

const struct command command_checkpoint = {
    .name = "checkpoint",
    .usage = "checkpoint",
    .summary = "fold the journal to its end and save a checkpoint (the server does this by itself)",
    .hidden = true,
    .run = run_checkpoint,
};
