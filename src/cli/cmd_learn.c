/* SPDX-License-Identifier: Apache-2.0 */
/* train, generation, checkpoint: new generations and old ones. `evaluate` stands in
 * cmd_evaluate.c. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "cli/command.h"
#include "net/client.h"
#include "paths/generations.h"
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
    const struct actor actor = cli_actor(cli);

    if (cli_server_runs(cli)) {
        buffer_printf(&path, "/v1/generations/%u/use?author=", number);
        client_escape(&path, actor.who);
        return cli_ask(cli, "POST", path.data, (struct text){0}, &answer, err);
    }
    if (shop_open(&shop, cli->data_dir, SHOP_WRITE, &cli->settings, cli_warn, err) != OK)
        return err->status;
    return shop_use_generation(shop, number, &actor, err);
}

/* What a figure of that objective counts, for a thousand answers. */
static const char *unit_of(const struct learn_result *r, enum objective objective)
{
    return objective == OBJECTIVE_ORDERS ? "orders" : r->currency;
}

static void print_rung(const struct gate_rung *g, enum rung rung)
{
    printf("%c %-12s %11.2f  ", g->chosen ? '>' : ' ', rung_word(rung), g->figure);
    if (g->below == rung)
        printf("%-33s", "");
    else
        printf("%+10.2f (%+9.2f ..%+9.2f)", g->against, g->low, g->high);
    printf("  %s\n", g->why);
}

/* The rungs of every surface that was judged, the one it stands on marked. */
static void print_judged(const struct learn_result *r)
{
    printf(
        "\nWhat the answers of each rung led to in the newest sessions, which were held back, per "
        "1,000 answers;\n'>' is the rung a surface now stands on:\n");
    for (size_t i = 0; i < r->surface_count; i++) {
        const struct learned_surface *s = &r->surfaces[i];
        printf("\n%s: %s (%s), %zu sessions, %llu answers\n", s->name, objective_word(s->objective),
               unit_of(r, s->objective), s->gate.sessions, (unsigned long long)s->gate.answers);
        printf("  %-12s %11s  %-33s  %s\n", "rung", "figure", "against what it had to beat (95%)",
               "why");
        for (int k = 0; k < RUNG_COUNT; k++) {
            if (s->gate.rungs[k].tried)
                print_rung(&s->gate.rungs[k], (enum rung)k);
        }
    }
}

/* Why no surface stands higher than it does. */
static void print_bounds(const struct learn_result *r)
{
    const struct ranker_figures *f = &r->ranker;

    if (r->traffic_needed > 0)
        printf("Traffic carries rungs up to %s: %llu sessions a month, the next needs %llu.\n",
               rung_word(r->rung_max), (unsigned long long)r->generation.sessions_month,
               (unsigned long long)r->traffic_needed);
    else if (r->ranker_why.status != OK)
        printf("No trees were learned: %s.\n", r->ranker_why.message);
    else
        printf("%u trees learned from %zu moments, stopped by %zu later ones.\n", f->trees,
               f->fit_groups, f->stop_groups);
}

static void json_judged(struct json *j, const struct learn_result *r)
{
    json_key(j, "surfaces");
    json_array_begin(j);
    for (size_t i = 0; i < r->surface_count; i++) {
        const struct learned_surface *s = &r->surfaces[i];
        json_object_begin(j);
        json_key_string(j, "surface", s->name);
        json_key_string(j, "objective", objective_word(s->objective));
        json_key_string(j, "unit", unit_of(r, s->objective));
        json_key_u64(j, "sessions", s->gate.sessions);
        json_key_u64(j, "answers", s->gate.answers);
        json_key_string(j, "chosen", rung_word(s->gate.chosen));
        json_key(j, "rungs");
        json_array_begin(j);
        for (int k = 0; k < RUNG_COUNT; k++) {
            const struct gate_rung *g = &s->gate.rungs[k];
            if (!g->tried)
                continue;
            json_object_begin(j);
            json_key_string(j, "rung", rung_word((enum rung)k));
            json_key_double(j, "per_1000_answers", g->figure);
            json_key_string(j, "below", rung_word(g->below));
            json_key_double(j, "difference", g->against);
            json_key_double(j, "low", g->low);
            json_key_double(j, "high", g->high);
            json_key_bool(j, "chosen", g->chosen);
            json_key_string(j, "why", g->why);
            json_object_end(j);
        }
        json_array_end(j);
        json_object_end(j);
    }
    json_array_end(j);
}

static void say_trained(const struct cli *cli, const struct learn_result *r, bool published,
                        uint64_t ns)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    const struct generation_summary *g = &r->generation;
    struct json j = json_to(&out);

    if (!cli->json) {
        printf("Generation %u%s: %llu sessions, %llu clicks, %llu sessions a month, %.1f MB, "
               "%.1f s\n",
               g->number, published ? " serves" : "", (unsigned long long)g->session_count,
               (unsigned long long)g->click_count, (unsigned long long)g->sessions_month,
               (double)g->bytes / 1e6, (double)ns / 1e9);
        print_bounds(r);
        if (r->surface_count > 0)
            print_judged(r);
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
    json_key_string(&j, "rung_max", rung_word(r->rung_max));
    if (r->traffic_needed > 0)
        json_key_u64(&j, "traffic_needed", r->traffic_needed);
    if (r->ranker_why.status != OK)
        json_key_string(&j, "ranker_why", r->ranker_why.message);
    json_key_u64(&j, "trees", r->ranker.trees);
    json_key_u64(&j, "moments", r->ranker.fit_groups);
    json_judged(&j, r);
    json_object_end(&j);
    puts(out.data);
}

static int run_train(struct cli *cli)
{
    SCOPED(learn_result_free) struct learn_result result = {.surface_count = 0};
    struct progress progress;
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
    status = learn(&options, &result, &err);
    progress_end(&progress);
    if (status != OK || (publish && use_generation(cli, result.generation.number, &err) != OK))
        return cli_fail(&err);
    say_trained(cli, &result, publish, time_monotonic_ns() - began);
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
    .details =
        "Works beside a running server, which takes up the new generation without a pause.\n"
        "Where traffic allows more than one rung, each is asked what it would have answered in\n"
        "the newest sessions, which are held back; the rung learned serves a surface only when\n"
        "it earned more by that surface's objective, by more than chance.",
    .examples = "  endcap train\n  endcap train --json",
    .options = train_options,
    .run = run_train,
};

/* ---- generation ---- */

/* "may stand on: home learned, pdp neighbours; 300 trees on 90 features" */
static void print_standing(const struct generation_standing *s)
{
    if (s->fault.status != OK) {
        printf("      cannot be read: %s\n", s->fault.message);
        return;
    }
    printf("      may stand on:");
    for (uint32_t i = 0; i < s->gates.count; i++)
        printf("%s %s %s", i > 0 ? "," : "", s->gates.all[i].surface, s->gates.all[i].rung);
    if (s->gates.count == 0)
        printf(" %s, no surface was judged", rung_word(RUNG_NEIGHBOURS));
    if (s->trees == 0)
        puts("; no trees to rank with");
    else
        printf("; %u trees on %u features%s\n", s->trees, s->features,
               s->fits ? "" : " of another version of the program, which are not used");
}

static void print_generation(struct cli *cli, const struct generation_summary *g, uint32_t serving)
{
    SCOPED(buffer_free) struct buffer line = {.data = NULL};
    struct json j = json_to(&line);
    char when[TIME_TEXT_SIZE];
    struct generation_standing standing;

    generation_standing_read(cli->data_dir, g->number, &standing);
    if (!cli->json && g->built_ms == 0)
        printf("%4u  damaged\n", g->number);
    else if (!cli->json)
        printf("%4u  %.16s  %10llu sessions  %11llu clicks  %8.1f MB%s\n", g->number,
               time_print(g->built_ms, when), (unsigned long long)g->session_count,
               (unsigned long long)g->click_count, (double)g->bytes / 1e6,
               g->number == serving ? "  serves" : "");
    if (!cli->json) {
        print_standing(&standing);
        return;
    }
    json_object_begin(&j);
    json_key_u64(&j, "generation", g->number);
    json_key_string(&j, "built", g->built_ms == 0 ? NULL : time_print(g->built_ms, when));
    json_key_u64(&j, "sessions", g->session_count);
    json_key_u64(&j, "clicks", g->click_count);
    json_key_u64(&j, "bytes", g->bytes);
    json_key_bool(&j, "serving", g->number == serving);
    generation_standing_json(&standing, &j);
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

static const struct option_row generation_options[] = {
    {"by", "WHO", "use: who, kept in the administrative log; default: $USER"},
    {NULL, NULL, NULL},
};

const struct command command_generation = {
    .name = "generation",
    .usage = "generation list | use N [--by WHO]",
    .summary = "the generations kept; roll back to one",
    .details =
        "Of each: how far up the ladder train let each surface stand (a surface it did not judge\n"
        "stands no higher than neighbours), and the trees that put products in order on the\n"
        "rung learned.",
    .examples = "  endcap generation list\n  endcap generation use 11",
    .words_min = 1,
    .words_max = 2,
    .options = generation_options,
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
