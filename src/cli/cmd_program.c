/* SPDX-License-Identifier: Apache-2.0 */
/* program: look at, check, try and apply what the merchandiser decides, and go back. What only looks
 * reads the data directory, beside a server too; what changes asks the server when one runs. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/program_print.h"
#include "cli/question.h"
#include "net/client.h"
#include "paths/admin_list.h"
#include "paths/try.h"
#include "paths/verify.h"
#include "paths/versions.h"

/* A document that was read: its file's name, for messages, and what it says. */
struct file {
    const char *path;
    struct buffer document;
};

static void file_clear(struct file *f)
{
    buffer_free(&f->document);
}

static enum status read_document(struct cli *cli, struct file *f, struct error *err)
{
    const char *path = cli->words[1];

    f->path = path;
    if (strcmp(path, "-") == 0)
        path = "/dev/stdin";
    return file_read(path, PROGRAM_BYTES_MAX, &f->document, err);
}

/* ---- check ---- */

/* Says every mistake, EXIT_WRONG then; that there is none only when it should `tell`. */
static int check(const struct cli *cli, const struct file *f, bool tell)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct problems problems = {.count = 0}, remarks = {.count = 0};
    struct error err = {.status = OK};
    struct program *program = NULL;

    if (program_compile(buffer_text(&f->document), &program, &a, &problems, &err) != OK) {
        if (problems.count == 0)
            return cli_fail(&err);
        problems_print(cli, f->path, &problems);
        return EXIT_WRONG;
    }
    if (tell) {
        cli_look_program(cli, program, &a, &remarks);
        sound_print(cli, f->path, program, &remarks);
    }
    program_free(program);
    return EXIT_DONE;
}

static int run_check(struct cli *cli)
{
    SCOPED(file_clear) struct file f = {.path = NULL};
    struct error err = {.status = OK};

    return read_document(cli, &f, &err) == OK ? check(cli, &f, true) : cli_fail(&err);
}

/* ---- apply, rollback ---- */

/* Who, why, and over which version; false with a sentence on standard error. */
static bool read_change(struct cli *cli, struct program_change *change)
{
    const char *by = cli_option(cli, "by"), *reason = cli_option(cli, "reason");
    uint64_t expected = PROGRAM_ANY_VERSION;

    if (by == NULL || by[0] == '\0' || reason == NULL || reason[0] == '\0') {
        (void)cli_usage(cli,
                        "program %s needs --reason \"why\" and --by ADDRESS; both are kept with "
                        "the version",
                        cli->words[0]);
        return false;
    }
    if (!cli_number(cli, "if-version", 0, UINT32_MAX - 1, &expected))
        return false;
    *change = (struct program_change){.author = text_from(by),
                                      .reason = text_from(reason),
                                      .expected_version = (uint32_t)expected,
                                      .now_ms = time_now_ms()};
    return true;
}

/* A request that changes the program, to the server that runs. */
static enum status ask_change(struct cli *cli, const struct program_change *change,
                              struct client_request *request, const char *path,
                              struct buffer *answer, struct error *err)
{
    char tag[16] = "*";

    if (change->expected_version != PROGRAM_ANY_VERSION)
        snprintf(tag, sizeof(tag), "\"%u\"", change->expected_version);
    request->if_match = tag;
    return cli_request(cli, request, path, answer, err);
}

static enum status apply_there(struct cli *cli, const struct program_change *change,
                               struct buffer *answer, struct error *err)
{
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    struct client_request request = {
        .method = "PUT", .type = "application/yaml", .body = change->document};

    buffer_add_string(&path, "/v1/program?author=");
    client_escape(&path, change->author);
    buffer_add_string(&path, "&reason=");
    client_escape(&path, change->reason);
    return ask_change(cli, change, &request, path.data, answer, err);
}

static enum status rollback_there(struct cli *cli, const struct program_change *change,
                                  struct buffer *answer, struct error *err)
{
    SCOPED(buffer_free) struct buffer body = {.data = NULL};
    struct json j = json_to(&body);

    json_object_begin(&j);
    json_key_u64(&j, "version", change->rollback_to);
    json_key_text(&j, "author", change->author);
    json_key_text(&j, "reason", change->reason);
    json_object_end(&j);
    struct client_request request = {.method = "POST", .body = buffer_text(&body)};

    return ask_change(cli, change, &request, "/v1/program/rollback", answer, err);
}

static enum status change_here(struct cli *cli, const struct program_change *change,
                               struct buffer *answer, struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct problems problems = {.count = 0};
    struct program_applied applied;
    struct json j = json_to(answer);

    if (shop_open(&shop, cli->data_dir, SHOP_WRITE, &cli->settings, cli_warn, err) != OK ||
        shop_change_program(shop, change, &a, &problems, &applied, err) != OK)
        return err->status;
    program_applied_json(&applied, &a, &j);
    return OK;
}

static int change(struct cli *cli, const struct program_change *change)
{
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    enum status status;

    if (!cli_server_runs(cli))
        status = change_here(cli, change, &answer, &err);
    else if (change->rollback_to > 0)
        status = rollback_there(cli, change, &answer, &err);
    else
        status = apply_there(cli, change, &answer, &err);
    if (status != OK)
        return cli_fail(&err);
    if (cli->json)
        puts(answer.data);
    else
        applied_print(buffer_text(&answer));
    return EXIT_DONE;
}

static int run_apply(struct cli *cli)
{
    SCOPED(file_clear) struct file f = {.path = NULL};
    struct error err = {.status = OK};
    struct program_change what;

    if (!read_change(cli, &what))
        return EXIT_USAGE;
    if (read_document(cli, &f, &err) != OK)
        return cli_fail(&err);
    int checked = check(cli, &f, false);

    if (checked != EXIT_DONE)
        return checked;
    what.document = buffer_text(&f.document);
    return change(cli, &what);
}

/* A version's number among the words; false with a sentence on standard error. */
static bool read_version(struct cli *cli, size_t word, uint32_t *out)
{
    uint64_t number;

    if (!text_to_u64(text_from(cli->words[word]), &number) || number >= PROGRAM_ANY_VERSION) {
        (void)cli_usage(cli, "a version is a number of program history, not '%s'",
                        cli->words[word]);
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

static int run_rollback(struct cli *cli)
{
    struct program_change what;
    uint32_t to = 0;

    if (!read_version(cli, 1, &to) || !read_change(cli, &what))
        return EXIT_USAGE;
    if (to == 0)
        return cli_usage(cli, "version 0 is the built-in default, which nobody owns; apply a "
                              "document with an owner instead");
    what.rollback_to = to;
    return change(cli, &what);
}

/* ---- show, history, log, diff, verify ---- */

static void show_json(const struct version *v)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct json j = json_to(&out);

    json_object_begin(&j);
    version_json_members(v, &j);
    json_object_end(&j);
    puts(out.data);
}

static void show_head(const struct version *v)
{
    printf("# version %u", v->number);
    if (v->number == 0)
        printf(", the built-in default: a surface of each kind, named like it");
    printf(", by ");
    (void)cli_print(v->author, 0);
    printf(": ");
    (void)cli_print(v->reason, 0);
    putchar('\n');
}

static int run_show(struct cli *cli)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct error err = {.status = OK};
    struct version v;
    uint32_t number = 0;
    bool one = cli->word_count > 1;

    if (one && !read_version(cli, 1, &number))
        return EXIT_USAGE;
    if (version_current(cli->data_dir, &a, &v, NULL, &err) != OK ||
        (one && version_find(cli->data_dir, number, &a, &v, &err) != OK))
        return cli_fail(&err);
    if (cli->json) {
        show_json(&v);
        return EXIT_DONE;
    }
    if (isatty(STDOUT_FILENO) != 0) /* a file gets the document byte for byte */
        show_head(&v);
    fwrite(v.document.data, 1, v.document.size, stdout);
    return EXIT_DONE;
}

/* A list that is read from the data directory: as JSON, or as `print` has it. */
static int run_list(struct cli *cli,
                    enum status (*read)(const char *data_dir, struct json *j, struct error *err),
                    void (*print)(struct text json))
{
    SCOPED(buffer_free) struct buffer list = {.data = NULL};
    struct json j = json_to(&list);
    struct error err = {.status = OK};

    if (read(cli->data_dir, &j, &err) != OK)
        return cli_fail(&err);
    if (cli->json)
        puts(list.data);
    else
        print(buffer_text(&list));
    return EXIT_DONE;
}

static int run_history(struct cli *cli)
{
    return run_list(cli, versions_json, history_print);
}

static int run_log(struct cli *cli)
{
    return run_list(cli, admin_list_json, log_print);
}

static int run_diff(struct cli *cli)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct error err = {.status = OK};
    struct json j = json_to(&out);
    struct version from, to;
    uint32_t first, second;

    if (!read_version(cli, 1, &first) || !read_version(cli, 2, &second))
        return EXIT_USAGE;
    if (version_find(cli->data_dir, first, &a, &from, &err) != OK ||
        version_find(cli->data_dir, second, &a, &to, &err) != OK)
        return cli_fail(&err);
    json_object_begin(&j);
    json_key_u64(&j, "from", first);
    json_key_u64(&j, "to", second);
    version_diff_json_members(&from, &to, &a, &j);
    json_object_end(&j);
    if (cli->json)
        puts(out.data);
    else
        diff_print(buffer_text(&out));
    return EXIT_DONE;
}

static int run_verify(struct cli *cli)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    const char *noted = cli_option(cli, "anchor");
    struct error err = {.status = OK};
    struct json j = json_to(&out);
    struct admin_anchor anchor;
    struct verified verified;

    if (noted != NULL && !admin_anchor_parse(text_from(noted), &anchor))
        return cli_usage(cli, "--anchor is NUMBER:HASH, as verify printed it, not '%s'", noted);
    if (program_verify(cli->data_dir, noted == NULL ? NULL : &anchor, &a, &verified, &err) != OK)
        return cli_fail(&err);
    verified_json(&verified, &j);
    if (cli->json)
        puts(out.data);
    else
        verified_print(buffer_text(&out));
    return verified.fault_count == 0 ? EXIT_DONE : EXIT_WRONG;
}

/* ---- try ---- */

static int run_try(struct cli *cli)
{
    SCOPED(file_clear) struct file f = {.path = NULL};
    SCOPED(shop_close) struct shop *shop = NULL;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct problems problems = {.count = 0};
    struct error err = {.status = OK};
    struct question q;

    if (cli_option(cli, "surface") == NULL)
        return cli_usage(cli, "program try needs --surface NAME");
    if (question_read(cli, cli_option(cli, "surface"), "product", &q) != EXIT_DONE)
        return EXIT_USAGE;
    if (read_document(cli, &f, &err) != OK)
        return cli_fail(&err);
    int checked = check(cli, &f, false);

    if (checked != EXIT_DONE)
        return checked;
    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, &err) != OK)
        return cli_fail(&err);
    const struct generation *generation = generation_pin(shop->generations);
    const struct trial trial = {shop->state, generation, shop->keys.person_key, &q,
                                buffer_text(&f.document)};
    enum status status = program_try(&trial, &a, &problems, &out, &err);

    generation_unpin(shop->generations, generation);
    if (status != OK)
        return cli_fail(&err);
    if (cli->json)
        puts(out.data);
    else
        tried_print(f.path, buffer_text(&out));
    return EXIT_DONE;
}

/* ---- the command ---- */

static const struct verb {
    const char *word;
    size_t words_min, words_max; /* behind it */
    const char *needs;
    int (*run)(struct cli *cli);
} verbs[] = {
    {"show", 0, 1, "at most a version's number", run_show},
    {"check", 1, 1, "a file ('-' is standard input)", run_check},
    {"try", 1, 1, "a file ('-' is standard input)", run_try},
    {"apply", 1, 1, "a file ('-' is standard input)", run_apply},
    {"history", 0, 0, "nothing more", run_history},
    {"diff", 2, 2, "the numbers of two versions", run_diff},
    {"rollback", 1, 1, "a version's number", run_rollback},
    {"log", 0, 0, "nothing more", run_log},
    {"verify", 0, 0, "nothing more", run_verify},
};

static int run_program(struct cli *cli)
{
    size_t behind = cli->word_count - 1;

    for (size_t i = 0; i < COUNT(verbs); i++) {
        if (strcmp(cli->words[0], verbs[i].word) != 0)
            continue;
        if (behind < verbs[i].words_min || behind > verbs[i].words_max)
            return cli_usage(cli, "program %s takes %s", verbs[i].word, verbs[i].needs);
        return verbs[i].run(cli);
    }
    return cli_usage(
        cli,
        "program knows show, check, try, apply, history, diff, rollback, log and verify, "
        "not '%s'",
        cli->words[0]);
}

static const struct option_row program_options[] = {
    {"reason", "TEXT", "apply, rollback: why, kept with the version"},
    {"by", "ADDRESS", "apply, rollback: who answers for it, kept with the version"},
    {"if-version", "N", "apply, rollback: only when version N rules; default: whichever does"},
    {"surface", "NAME", "try: the surface to ask"},
    {"product", "ID", "try: the product at hand (pdp)"},
    QUESTION_OPTIONS("try: "),
    {"anchor", "NUMBER:HASH", "verify: an entry noted earlier, which must still be there"},
    {NULL, NULL, NULL},
};

const struct command command_program = {
    .name = "program",
    .usage = "program show [N] | check FILE | try FILE --surface S | apply FILE --reason TEXT --by "
             "ADDRESS | history | diff A B | rollback N --reason TEXT --by ADDRESS | log | verify",
    .summary =
        "what the merchandiser decides: surfaces, lists, rules, reasons, policies; its versions",
    .details =
        "check    every mistake of a document, with line and column; of a sound one, what its "
        "rules\n"
        "         come to in this shop: pins that cannot show, how many products each hides\n"
        "try      what a surface shows now and would show with the document; nothing is kept\n"
        "apply    make it the next version, unless it is what rules already; a running server\n"
        "         follows at once\n"
        "history  every version: when (in the shop's time zone), who, why, lines added and "
        "removed\n"
        "diff     in what two versions differ; 0 is the built-in default\n"
        "rollback make a new version equal to an earlier one\n"
        "show     the document that rules, or that of version N\n"
        "log      who did what to the shop's ruling: programs, generations, keys\n"
        "verify   is what rules what was once applied? Walks the hash-chained log of\n"
        "         administrative actions and all it names, and prints an anchor to note "
        "elsewhere:\n"
        "         no log can show by itself that its end was cut off\n\n"
        "docs/program.md says what the document may hold. '-' is standard input.",
    .examples = "  endcap program check shop.yaml\n"
                "  endcap program try shop.yaml --surface pdp --product oak-table\n"
                "  endcap program apply shop.yaml --reason \"spring lists\" --by ann@shop.example\n"
                "  endcap program history\n"
                "  endcap program diff 3 4\n"
                "  endcap program rollback 3 --reason \"sales fell\" --by ann@shop.example\n"
                "  endcap program show 3 > shop.yaml\n"
                "  endcap program verify --anchor 12:9f0c...",
    .words_min = 1,
    .words_max = 3,
    .options = program_options,
    .run = run_program,
};
