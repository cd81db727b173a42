/* SPDX-License-Identifier: Apache-2.0 */
/* audit: are the foundations sound? */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/time.h"
#include "cli/command.h"
#include "paths/audit_shop.h"
#include "paths/shop.h"

enum { LINKS_MAX = 10000 };

struct telling {
    struct cli *cli;
    struct buffer out;
    uint32_t must;
};

static void show_stage(void *context, const char *stage, uint64_t done, uint64_t total)
{
    progress_show(context, stage, done, total);
}

/* The first signal ends the asking; the report then tells of what was answered. */
static bool ask_on(void *context, const char *stage, uint64_t done, uint64_t total)
{
    struct progress *p = context;

    cli_catch_signals();
    p->unit = "links";
    progress_show(p, stage, done, total);
    return cli_stop == 0;
}

static bool read_links(const struct cli *cli, struct audit_links *out, struct error *err)
{
    const char *allowed = cli_option(cli, "links-allow");
    uint64_t max = 0;

    if (!cli_number(cli, "links", 1, LINKS_MAX, &max))
        return false;
    out->max = (uint32_t)max;
    out->go_on = ask_on;
    return allowed == NULL || address_list_parse(text_from(allowed), &out->allowed, err) == OK;
}

static void take_report(void *context, const struct report *r)
{
    struct telling *t = context;

    t->must = r->must_count;
    if (t->cli->json)
        report_json(r, &t->out);
    else if (cli_option(t->cli, "html") != NULL)
        report_html(r, &t->out);
    else
        report_text(r, &t->out);
}

static void close_file(FILE **file)
{
    if (*file != NULL)
        (void)fclose(*file); /* was only read */
}

static enum status write_whole(const char *path, struct text page, struct error *err)
{
    SCOPED(file_writer_close) struct file_writer *w = NULL;

    if (file_writer_open(&w, path, err) != OK)
        return err->status;
    file_writer_add(w, page.data, page.size);
    return file_writer_commit(&w, err);
}

static int tell(struct cli *cli, const struct telling *t, struct error *err)
{
    const char *path = cli_option(cli, "html");

    if (path == NULL || cli->json)
        printf("%s%s", t->out.data, cli->json ? "\n" : "");
    else if (write_whole(path, buffer_text(&t->out), err) != OK)
        return cli_fail(err);
    else
        printf("Written to %s: %u to fix first.\n", path, t->must);
    return t->must > 0 ? EXIT_WRONG : EXIT_DONE;
}

/* By what count the shop's answers climb the ladder. */
static enum status read_traffic(const struct cli *cli, uint64_t *out, struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;

    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, err) != OK)
        return err->status;
    *out = shop_sessions_month(shop);
    return OK;
}

static int run_audit(struct cli *cli)
{
    SCOPED(close_file) FILE *customers = NULL;
    struct telling t = {.cli = cli};
    struct progress progress;
    struct error err = {.status = OK};
    const char *path = cli_option(cli, "customers");
    struct audit_shop_options options = {.data_dir = cli->data_dir,
                                         .now_ms = time_now_ms(),
                                         .progress = show_stage,
                                         .context = &progress};

    if (!read_links(cli, &options.links, &err))
        return err.status == OK ? EXIT_USAGE : cli_fail(&err);
    options.links.context = &progress;
    if (path != NULL &&
        (customers = strcmp(path, "-") == 0 ? fdopen(0, "rb") : fopen(path, "rb")) == NULL) {
        (void)error_set(&err, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
        return cli_fail(&err);
    }
    options.customers = customers;
    if (cli_option(cli, "encoding") != NULL)
        options.customers_encoding = text_from(cli_option(cli, "encoding"));
    progress_begin(&progress, "records");
    enum status status = read_traffic(cli, &options.sessions_serving, &err);
    if (status == OK)
        status = audit_shop(&options, take_report, &t, &err);
    progress_end(&progress);
    int exit_status = status == OK ? tell(cli, &t, &err) : cli_fail(&err);
    buffer_free(&t.out);
    return exit_status;
}

static const struct option_row audit_options[] = {
    {"customers", "FILE", "a platform's customer export, to find customers that stand in it twice"},
    {"encoding", "E", "of that file: ISO-8859-1, Windows-1252, UTF-16; default UTF-8"},
    {"links", "N", "ask up to N addresses of images, and as many of pages, whether they are there"},
    {"links-allow", "BLOCKS", "private addresses that --links may ask, as 10.0.0.0/8; else none"},
    {"html", "FILE", "write one page with charts, for a screen or for paper"},
    {NULL, NULL, NULL},
};

const struct command command_audit = {
    .name = "audit",
    .usage = "audit [--customers FILE [--encoding E]] [--links N] [--html FILE]",
    .summary = "are events, people and catalog sound? what to fix first",
    .details =
        "Reads everything recorded and says which events are sound and which are blind or broken,\n"
        "who is who, what is sold, and what may be switched on. Findings stand in the order of\n"
        "the money or the sessions they touch. The file of customers (- is standard input) is\n"
        "read once and not kept.\n"
        "Links are asked only with --links: each once, four at a time of a host; Ctrl-C ends the "
        "asking\n"
        "and tells of what was answered.\n"
        "Exit status 1: something must be fixed first.",
    .examples = "  endcap audit\n  endcap audit --customers customers.csv --html audit.html",
    .options = audit_options,
    .run = run_audit,
};
