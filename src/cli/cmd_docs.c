/* SPDX-License-Identifier: Apache-2.0 */
/* docs: the documents that are made from the tables the program runs by. */
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/metrics.h"
#include "cli/command.h"
#include "features/features.h"
#include "program/program.h"

static void document_settings(const struct cli *cli, struct buffer *out)
{
    (void)cli;
    buffer_add_string(out,
                      "# Settings\n\nMade by `endcap docs settings` from `src/settings.def`.\n\n"
                      "Set, weakest first, by the default, `$ENDCAP_NAME`, a line `name = "
                      "value` in `DIR/settings`, and the flag `--name`. "
                      "They are read when the program starts.\n\n"
                      "| name | default | range | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting_row *row = &setting_rows[i];

        buffer_printf(out, "| `%s` | `%s` | ", row->name, row->def[0] == '\0' ? " " : row->def);
        if (row->type == SETTING_TEXT)
            buffer_printf(out, "text, up to %llu bytes", (unsigned long long)row->max);
        else
            buffer_printf(out, "%llu to %llu", (unsigned long long)row->min,
                          (unsigned long long)row->max);
        buffer_printf(out, " | %s |\n", row->meaning);
    }
}

static void document_metrics(const struct cli *cli, struct buffer *out)
{
    (void)cli;
    buffer_add_string(out, "# Metrics\n\nMade by `endcap docs metrics` from `src/metrics.def`. "
                           "`GET /metrics` gives them in Prometheus' text format.\n\n"
                           "| name | type | meaning |\n|---|---|---|\n");
    for (int m = 0; m < METRIC_COUNT; m++) {
        struct metric_row row = metric_describe((enum metric)m);

        buffer_printf(out, "| `endcap_%s` | %s | %s |\n", row.name, row.type, row.help);
    }
}

static void document_program(const struct cli *cli, struct buffer *out)
{
    (void)cli;
    program_document(out);
}

static void document_features(const struct cli *cli, struct buffer *out)
{
    (void)cli;
    features_document(out);
}

static void document_audit(const struct cli *cli, struct buffer *out)
{
    (void)cli;
    audit_document(out);
}

static void document_openapi(const struct cli *cli, struct buffer *out)
{
    cli->hooks->openapi(out);
}

static void document_routes(const struct cli *cli, struct buffer *out)
{
    cli->hooks->routes(out);
}

static const struct {
    const char *name;
    void (*write)(const struct cli *cli, struct buffer *out);
} documents[] = {
    {"settings", document_settings}, {"metrics", document_metrics}, {"program", document_program},
    {"audit", document_audit},       {"routes", document_routes},   {"features", document_features},
    {"openapi", document_openapi},
};

static int run_docs(struct cli *cli)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};

    for (size_t i = 0; i < COUNT(documents); i++) {
        if (strcmp(documents[i].name, cli->words[0]) != 0)
            continue;
        documents[i].write(cli, &out);
        fwrite(out.data, 1, out.size, stdout);
        return EXIT_DONE;
    }
    return cli_usage(
        cli, "docs knows settings, metrics, program, routes, features, audit and openapi, not '%s'",
        cli->words[0]);
}

const struct command command_docs = {
    .name = "docs",
    .usage = "docs settings|metrics|program|routes|features|audit|openapi",
    .summary = "print a document made from the program's own tables",
    .examples = "  endcap docs settings > docs/settings.md",
    .words_min = 1,
    .words_max = 1,
    .run = run_docs,
};
