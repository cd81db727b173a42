/* SPDX-License-Identifier: Apache-2.0 */
/* program: look at, check and apply what the merchandiser decides. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/command.h"
#include "net/client.h"
#include "program/program.h"

static enum status read_document(const char *path, struct buffer *out, struct error *err)
{
    if (strcmp(path, "-") == 0)
        path = "/dev/stdin";
    return file_read(path, PROGRAM_BYTES_MAX, out, err);
}

/* "program.yaml:3:5: limit must be ..." a line; as JSON with --json. */
static void print_problems(const struct cli *cli, const char *path, const struct problems *list)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct json j = json_to(&out);

    json_object_begin(&j);
    problems_json(list, &j);
    json_object_end(&j);
    for (const struct problem *p = list->first; p != NULL && !cli->json; p = p->next) {
        printf("%s:%d:%d: ", path, p->line, p->column);
        (void)cli_print(text_from(p->message), 0);
        putchar('\n');
    }
    if (cli->json)
        puts(out.data);
    else
        printf("%zu %s; nothing was applied\n", list->count,
               list->count == 1 ? "mistake" : "mistakes");
}

static int program_check(struct cli *cli, const char *path)
{
    SCOPED(buffer_free) struct buffer document = {.data = NULL};
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct problems problems = {.count = 0};
    struct error err = {.status = OK};
    struct program *program = NULL;

    if (read_document(path, &document, &err) != OK)
        return cli_fail(&err);
    if (program_compile(buffer_text(&document), &program, &a, &problems, &err) != OK) {
        if (problems.count == 0)
            return cli_fail(&err);
        print_problems(cli, path, &problems);
        return EXIT_WRONG;
    }
    if (cli->json)
        puts("{\"problems\":[]}");
    else
        printf("%s is sound: %zu surfaces, %zu lists.\n", path, program->surface_count,
               program->list_count);
    if (!cli->json)
        program_look_print(cli, path, program);
    program_free(program);
    return EXIT_DONE;
}

static int say_applied(const struct cli *cli, uint32_t version)
{
    if (cli->json)
        printf("{\"version\":%u}\n", version);
    else
        printf("Applied as version %u.\n", version);
    return EXIT_DONE;
}

/* Who applies it: as said, else who is logged in. */
static struct text author(const struct cli *cli)
{
    const char *by = cli_option(cli, "by");

    return text_from(by != NULL ? by : getenv("USER"));
}

/* Through the server that runs on this directory. */
static int apply_remote(struct cli *cli, struct text document)
{
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    json_t *root;
    uint32_t version;

    buffer_add_string(&path, "/v1/program?author=");
    client_escape(&path, author(cli));
    buffer_add_string(&path, "&reason=");
    client_escape(&path, text_from(cli_option(cli, "reason")));
    if (cli_ask(cli, "PUT", path.data, document, &answer, &err) != OK)
        return cli_fail(&err);
    root = json_loadb(answer.data, answer.size, 0, NULL);
    version = (uint32_t)json_integer_value(json_object_get(root, "version"));
    json_decref(root);
    return say_applied(cli, version);
}

static int apply_here(struct cli *cli, const char *path, struct text document)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct problems problems = {.count = 0};
    struct error err = {.status = OK};
    struct program_change change = {
        .document = document,
        .author = author(cli),
        .reason = text_from(cli_option(cli, "reason")),
        .expected_version = UINT32_MAX,
        .now_ms = time_now_ms(),
    };
    uint32_t version;

    if (shop_open(&shop, cli->data_dir, SHOP_WRITE, &cli->settings, cli_warn, &err) != OK)
        return cli_fail(&err);
    if (shop_apply_program(shop, &change, &a, &problems, &version, &err) == OK)
        return say_applied(cli, version);
    if (problems.count == 0)
        return cli_fail(&err);
    print_problems(cli, path, &problems);
    return EXIT_WRONG;
}

static int program_apply(struct cli *cli, const char *path)
{
    SCOPED(buffer_free) struct buffer document = {.data = NULL};
    struct error err = {.status = OK};
    int checked;

    if (read_document(path, &document, &err) != OK)
        return cli_fail(&err);
    if (!cli_server_runs(cli))
        return apply_here(cli, path, buffer_text(&document));
    checked = strcmp(path, "-") == 0 ? EXIT_DONE : program_check(cli, path);
    return checked != EXIT_DONE ? checked : apply_remote(cli, buffer_text(&document));
}

static void show_json(const struct program *p)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct json j = json_to(&out);

    json_object_begin(&j);
    json_key_u64(&j, "version", p->version);
    json_key_text(&j, "author", p->author);
    json_key_text(&j, "reason", p->reason);
    json_key_text(&j, "document", p->document);
    json_object_end(&j);
    puts(out.data);
}

static int program_show(struct cli *cli)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    struct error err = {.status = OK};
    const struct program *p;

    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, &err) != OK)
        return cli_fail(&err);
    p = shop->state->program;
    if (cli->json) {
        show_json(p);
        return EXIT_DONE;
    }
    printf("# version %u", p->version);
    if (p->version == 0)
        printf(", the built-in default: a surface of each kind, named like it");
    if (p->author.size > 0)
        printf(", by ");
    (void)cli_print(p->author, 0);
    if (p->reason.size > 0)
        printf(": ");
    (void)cli_print(p->reason, 0);
    putchar('\n');
    fwrite(p->document.data == NULL ? "" : p->document.data, 1, p->document.size, stdout);
    return EXIT_DONE;
}

static void print_version(void *context, int64_t applied_ms, const struct program_record *record)
{
    struct cli *cli = context;
    char when[TIME_TEXT_SIZE];

    if (!cli->json) {
        printf("%4u  %.16s  ", record->version, time_print(applied_ms, when));
        cli_print_padded(record->author, 30);
        printf("  ");
        (void)cli_print(record->reason, 0);
        putchar('\n');
        return;
    }
    SCOPED(buffer_free) struct buffer line = {.data = NULL};
    struct json j = json_to(&line);

    json_object_begin(&j);
    json_key_u64(&j, "version", record->version);
    json_key_string(&j, "applied", time_print(applied_ms, when));
    json_key_text(&j, "author", record->author);
    json_key_text(&j, "reason", record->reason);
    json_object_end(&j);
    cli_list_add(cli, buffer_text(&line));
}

static int program_history(struct cli *cli)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    struct error err = {.status = OK};

    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, &err) != OK)
        return cli_fail(&err);
    if (shop->state->program->version == 0 && !cli->json)
        puts("No program was applied yet; the built-in default serves.");
    cli_list_begin(cli, "versions");
    state_programs_each(shop->state, print_version, cli);
    cli_list_end(cli);
    return EXIT_DONE;
}

static int run_program(struct cli *cli)
{
    const char *what = cli->words[0];

    if (strcmp(what, "show") == 0)
        return program_show(cli);
    if (strcmp(what, "history") == 0)
        return program_history(cli);
    if (strcmp(what, "check") != 0 && strcmp(what, "apply") != 0)
        return cli_usage(cli, "program knows show, check, apply and history, not '%s'", what);
    if (cli->word_count < 2)
        return cli_usage(cli, "program %s needs a file ('-' is standard input)", what);
    return strcmp(what, "check") == 0 ? program_check(cli, cli->words[1])
                                      : program_apply(cli, cli->words[1]);
}

static const struct option_row program_options[] = {
    {"reason", "TEXT", "apply: why, kept with the version"},
    {"by", "WHO", "apply: who, kept with the version; default: $USER"},
    {NULL, NULL, NULL},
};

const struct command command_program = {
    .name = "program",
    .usage = "program show | history | check FILE | apply FILE [--reason TEXT] [--by WHO]",
    .summary = "what the merchandiser decides: surfaces, lists, policies",
    .details =
        "check says every mistake with line and column. apply makes a new version; a running\n"
        "server follows at once. docs/program.md says what the document may hold.",
    .examples = "  endcap program check shop.yaml\n"
                "  endcap program apply shop.yaml --reason \"spring lists\" --by ann@shop.example\n"
                "  endcap program show\n  endcap program history",
    .words_min = 1,
    .words_max = 2,
    .options = program_options,
    .run = run_program,
};
