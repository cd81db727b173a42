/* SPDX-License-Identifier: Apache-2.0 */
/* evaluate: how accurate what would be served is, per rung. */
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "cli/command.h"
#include "paths/evaluate.h"

static void show_stage(void *context, const char *stage, uint64_t done, uint64_t total)
{
    progress_show(context, stage, done, total);
}

static void figures_json(struct json *j, const char *key, const struct rung_figures *f)
{
    json_key(j, key);
    json_object_begin(j);
    json_key_double(j, "recall@20", f->recall);
    json_key_double(j, "mrr@20", f->mrr);
    json_key_double(j, "ndcg@20", f->ndcg);
    json_key_double(j, "coverage", f->coverage);
    json_key_double(j, "ild_category", f->ild_category);
    json_key_double(j, "ild_vector", f->ild_vector);
    json_key_double(j, "novelty", f->novelty);
    json_key_double(j, "us", f->us_mean);
    json_key_double(j, "us_p50", f->us_p50);
    json_key_double(j, "us_p99", f->us_p99);
    json_key(j, "us_steps");
    json_object_begin(j);
    for (size_t i = 0; recommend_step(i) != NULL; i++)
        json_key_double(j, recommend_step(i), f->step_us[i]);
    json_object_end(j);
    json_object_end(j);
}

static void rungs_json(struct json *j, const char *key, const struct rung_figures *figures)
{
    json_key(j, key);
    json_object_begin(j);
    for (int rung = 0; rung < RUNG_COUNT; rung++)
        if (figures[rung].present)
            figures_json(j, rung_word((enum rung)rung), &figures[rung]);
    json_object_end(j);
}

static void sources_json(struct json *j, const char *key, const struct rung_figures *figures)
{
    json_key(j, key);
    json_object_begin(j);
    for (int kind = 0; kind < SOURCE_COUNT; kind++)
        if (figures[kind].present)
            figures_json(j, source_word((enum source_kind)kind), &figures[kind]);
    json_object_end(j);
}

static void ablation_json(struct json *j, const struct ablation *a)
{
    json_key(j, "ablation");
    json_object_begin(j);
    json_key_u64(j, "every", ABLATED_EVERY);
    figures_json(j, "all", &a->all);
    sources_json(j, "alone", a->alone);
    sources_json(j, "without", a->without);
    json_key(j, "losses");
    json_object_begin(j);
    for (int loss = 0; loss < LOSS_COUNT; loss++)
        figures_json(j, loss_word((enum loss)loss), &a->loss[loss]);
    json_object_end(j);
    json_object_end(j);
}

static void varied_json(struct json *j, const struct evaluate_options *options,
                        const struct evaluation *e)
{
    json_key(j, "varied");
    json_array_begin(j);
    for (uint32_t i = 0; i < options->variety_count; i++) {
        json_object_begin(j);
        json_key_double(j, "variety", options->variety_ppm[i] / 1e6);
        rungs_json(j, "rungs", e->varied[i]);
        json_object_end(j);
    }
    json_array_end(j);
}

static void evaluation_json(const struct evaluate_options *options, const struct evaluation *e)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct json j = json_to(&out);

    json_object_begin(&j);
    json_key_u64(&j, "predictions", e->predictions);
    json_key_u64(&j, "train_sessions", e->train_sessions);
    json_key_u64(&j, "train_clicks", e->train_clicks);
    json_key_u64(&j, "train_products", e->train_products);
    json_key_u64(&j, "test_sessions", e->test_sessions);
    rungs_json(&j, "rungs", e->rungs);
    if (e->own)
        rungs_json(&j, "served", e->served);
    if (options->variety_count > 0)
        varied_json(&j, options, e);
    if (e->ablation.present)
        ablation_json(&j, &e->ablation);
    json_object_end(&j);
    puts(out.data);
}

static void number_print(double value, int decimals)
{
    if (isnan(value))
        printf(" %9s", "-");
    else
        printf(" %9.*f", decimals, value);
}

static void figures_print(const char *name, double variety, const struct rung_figures *f)
{
    printf("%-12s", name);
    if (variety > 0)
        printf(" %7g", variety);
    else
        printf(" %7s", "");
    printf(" %10.4f %10.4f %10.4f", f->recall, f->mrr, f->ndcg);
    number_print(f->coverage, 4);
    number_print(f->ild_category, 4);
    number_print(f->ild_vector, 4);
    number_print(f->novelty, 2);
    printf(" %9.1f %9.1f\n", f->us_mean, f->us_p99);
}

/* A line a rung; under it, one for each variety, when `varied` is not NULL. */
static void rungs_print(const char *title, const struct rung_figures *figures,
                        const struct evaluate_options *options,
                        const struct rung_figures (*varied)[RUNG_COUNT])
{
    printf("%s\n%-12s %7s %10s %10s %10s %9s %9s %9s %9s %9s %9s\n", title, "rung",
           varied != NULL && options->variety_count > 0 ? "variety" : "", "Recall@20", "MRR@20",
           "NDCG@20", "coverage", "ILD cat.", "ILD vec.", "novelty", "us mean", "us p99");
    for (int rung = 0; rung < RUNG_COUNT; rung++) {
        const char *word = rung_word((enum rung)rung);
        if (!figures[rung].present)
            continue;
        figures_print(word, 0, &figures[rung]);
        for (uint32_t i = 0; varied != NULL && i < options->variety_count; i++)
            figures_print(word, options->variety_ppm[i] / 1e6, &varied[i][rung]);
    }
}

/* Where the time of an answer goes. */
static void steps_print(const struct rung_figures *figures)
{
    printf("\n%-12s", "us per step");
    for (size_t i = 0; recommend_step(i) != NULL; i++)
        printf(" %10s", recommend_step(i));
    putchar('\n');
    for (int rung = 0; rung < RUNG_COUNT; rung++) {
        if (!figures[rung].present)
            continue;
        printf("%-12s", rung_word((enum rung)rung));
        for (size_t i = 0; recommend_step(i) != NULL; i++)
            printf(" %10.1f", figures[rung].step_us[i]);
        putchar('\n');
    }
}

static void ablation_print(const struct ablation *a)
{
    printf("\non one of %d sessions, rung learned\n%-26s %10s %10s %10s\n", ABLATED_EVERY, "",
           "Recall@20", "MRR@20", "us mean");
    printf("%-26s %10.4f %10.4f %10.1f\n", "all", a->all.recall, a->all.mrr, a->all.us_mean);
    for (int loss = 0; loss < LOSS_COUNT; loss++)
        printf("trees for %-16s %10.4f %10.4f %10.1f\n", loss_word((enum loss)loss),
               a->loss[loss].recall, a->loss[loss].mrr, a->loss[loss].us_mean);
    for (int kind = 0; kind < SOURCE_COUNT; kind++)
        if (a->alone[kind].present)
            printf("%-15s alone      %10.4f %10.4f %10.1f\n", source_word((enum source_kind)kind),
                   a->alone[kind].recall, a->alone[kind].mrr, a->alone[kind].us_mean);
    for (int kind = 0; kind < SOURCE_COUNT; kind++)
        if (a->without[kind].present)
            printf("%-15s left out   %10.4f %10.4f %10.1f\n", source_word((enum source_kind)kind),
                   a->without[kind].recall, a->without[kind].mrr, a->without[kind].us_mean);
}

static void evaluation_print(const struct evaluate_options *options, const struct evaluation *e)
{
    printf("learned from %llu sessions, %llu clicks on %llu products; %llu predictions in %llu "
           "sessions\n\n",
           (unsigned long long)e->train_sessions, (unsigned long long)e->train_clicks,
           (unsigned long long)e->train_products, (unsigned long long)e->predictions,
           (unsigned long long)e->test_sessions);
    rungs_print(e->own ? "with any support (k = 1)" : "", e->rungs, options,
                e->own ? NULL : e->varied);
    if (e->own)
        rungs_print("\nas served, with the program's min_support", e->served, options, e->varied);
    steps_print(e->own ? e->served : e->rungs);
    if (e->ablation.present)
        ablation_print(&e->ablation);
}

static int evaluate_own(struct cli *cli, const struct evaluate_options *options,
                        struct evaluation *out)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    struct error err = {.status = OK};

    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, &err) != OK ||
        evaluate_shop(shop, options, out, &err) != OK)
        return cli_fail(&err);
    return EXIT_DONE;
}

/* "0.2,0.5"; false after saying what is wrong. */
static bool read_varieties(struct cli *cli, struct evaluate_options *options)
{
    struct text rest = text_from(cli_option(cli, "variety"));
    double value;

    while (rest.data != NULL) {
        bool good = options->variety_count < EVALUATE_VARIETIES_MAX &&
                    text_to_double(text_trim(text_cut(&rest, ',')), &value) && value > 0 &&
                    value <= 1;
        if (!good) {
            (void)cli_usage(cli, "--variety must be up to 8 numbers above 0 and up to 1: 0.2,0.5");
            return false;
        }
        options->variety_ppm[options->variety_count++] = (uint32_t)lround(value * 1e6);
    }
    return true;
}

static int run_evaluate(struct cli *cli)
{
    struct progress progress;
    struct evaluation figures;
    struct error err = {.status = OK};
    uint64_t min_prefix = 1, min_support = 1;
    enum rung rung;
    struct evaluate_options options = {
        .train_path = cli_option(cli, "train"),
        .test_path = cli_option(cli, "test"),
        .rung = -1,
        .stop = &cli_stop,
        .progress = show_stage,
        .context = &progress,
    };
    int status = EXIT_DONE;

    options.ablate = cli_switch(cli, "ablate");
    if (options.ablate && (options.train_path == NULL || cli_option(cli, "rung") != NULL))
        return cli_usage(cli, "--ablate needs --train and --test, and goes without --rung");
    if ((options.train_path == NULL) != (options.test_path == NULL))
        return cli_usage(cli, "evaluate needs both --train and --test, or neither");
    if (!cli_number(cli, "min-prefix", 1, 1000, &min_prefix) ||
        !cli_number(cli, "min-support", 1, 1000, &min_support))
        return EXIT_USAGE;
    if (cli_option(cli, "rung") != NULL && !rung_find(text_from(cli_option(cli, "rung")), &rung))
        return cli_usage(cli,
                         "--rung must be curated, bestsellers, co-view, neighbours or learned");
    if (!read_varieties(cli, &options))
        return EXIT_USAGE;
    if (cli_option(cli, "rung") != NULL)
        options.rung = (int)rung;
    options.min_prefix = (uint32_t)min_prefix;
    options.min_support = (uint32_t)min_support;
    options.no_cohorts = cli_switch(cli, "no-cohorts");
    cli_catch_signals(); /* so that the temporary folder goes */
    progress_begin(&progress, "done");
    if (options.train_path == NULL)
        status = evaluate_own(cli, &options, &figures);
    else if (evaluate_files(&options, &figures, &err) != OK)
        status = cli_fail(&err);
    progress_end(&progress);
    if (status != EXIT_DONE)
        return status;
    if (cli->json)
        evaluation_json(&options, &figures);
    else
        evaluation_print(&options, &figures);
    return EXIT_DONE;
}

static const struct option_row evaluate_options[] = {
    {"train", "FILE", "sessions to learn from: session_id,item_id,time"},
    {"test", "FILE", "sessions to predict, never learned from"},
    {"min-prefix", "N", "predict from the N-th click of a session on; default 1"},
    {"min-support", "K", "distinct shoppers behind a product; default 1"},
    {"rung", "NAME", "only this rung: curated, bestsellers, co-view, neighbours, learned"},
    {"variety", "X,Y,Z",
     "also with this variety on the surface, 0 to 1: what it buys, and its price"},
    {"no-cohorts", NULL, "bestsellers in the shop's own order, however a shopper came"},
    {"ablate", NULL, "with files: also each source alone and left out, and each loss of the trees"},
    {NULL, NULL, NULL},
};

const struct command command_evaluate = {
    .name = "evaluate",
    .usage =
        "evaluate [--train FILE --test FILE] [--min-prefix N] [--min-support K] [--rung NAME]\n"
        "                       [--variety X,Y,Z] [--no-cohorts] [--ablate]",
    .summary = "accuracy of what would be served, per rung",
    .details =
        "Walks through sessions not learned from and asks the recommend path itself for 20\n"
        "products at every click. Without files: on the shop's own journal, split by time.\n"
        "coverage: sellable products ever shown. ILD: mean distance of two products of one\n"
        "answer, by category and by vector. novelty: mean bits of -log2 of the share of the\n"
        "training sessions that hold a shown product.",
    .examples = "  endcap evaluate --train train.csv --test test.csv --json\n"
                "  endcap evaluate --train train.csv --test test.csv --ablate\n  endcap evaluate",
    .options = evaluate_options,
    .run = run_evaluate,
};
