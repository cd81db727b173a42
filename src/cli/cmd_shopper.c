/* SPDX-License-Identifier: Apache-2.0 */
/* shopper: a person's rights: to see what is held, to be forgotten. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "cli/command.h"
#include "net/client.h"
#include "paths/export.h"
#include "paths/forget.h"

/* "/v1/shoppers/IDREST?naming=..." of this call. */
static void shopper_path(const struct cli *cli, const char *rest, struct buffer *out)
{
    const char *naming = cli_option(cli, "naming");

    buffer_add_string(out, "/v1/shoppers/");
    client_escape(out, text_from(cli->words[1]));
    buffer_add_string(out, rest);
    buffer_add_string(out, "?naming=");
    client_escape(out, text_from(naming));
}

static uint64_t number_in(const json_t *root, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(root, name));
}

static int say_forgotten(const struct cli *cli, const struct buffer *answer)
{
    json_t *root = json_loadb(answer->data, answer->size, 0, NULL);

    if (cli->json)
        puts(answer->data);
    else
        printf("Erased: %llu events, %llu decisions, %llu refused items, under %llu names.%s\n",
               (unsigned long long)number_in(root, "events"),
               (unsigned long long)number_in(root, "decisions"),
               (unsigned long long)number_in(root, "refused"),
               (unsigned long long)number_in(root, "identifiers"),
               json_is_true(json_object_get(root, "finished"))
                   ? ""
                   : "\nIt is recorded, and not yet finished: a running server goes on by itself.");
    json_decref(root);
    return EXIT_DONE;
}

static enum status forget_here(struct cli *cli, enum naming naming, struct buffer *answer,
                               struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    const struct actor actor = cli_actor(cli);
    struct forgotten forgotten;
    struct json j = json_to(answer);

    if (shop_open(&shop, cli->data_dir, SHOP_WRITE, &cli->settings, cli_warn, err) != OK ||
        forget_shopper(shop, text_from(cli->words[1]), naming, &actor, &forgotten, err) != OK)
        return err->status;
    forgotten_json(&forgotten, &j);
    return OK;
}

static int shopper_forget(struct cli *cli, enum naming naming)
{
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    enum status status;

    shopper_path(cli, "", &path);
    buffer_add_string(&path, "&author=");
    client_escape(&path, cli_actor(cli).who);
    if (cli_server_runs(cli))
        status = cli_ask(cli, "DELETE", path.data, (struct text){0}, &answer, &err);
    else
        status = forget_here(cli, naming, &answer, &err);
    return status == OK ? say_forgotten(cli, &answer) : cli_fail(&err);
}

static enum status export_here(struct cli *cli, enum naming naming, struct buffer *answer,
                               struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;

    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, err) != OK)
        return err->status;
    return export_shopper(shop, text_from(cli->words[1]), naming, time_now_ms(), answer, err);
}

static int shopper_export(struct cli *cli, enum naming naming)
{
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    enum status status;

    shopper_path(cli, "/export", &path);
    if (cli_server_runs(cli))
        status = cli_ask(cli, "GET", path.data, (struct text){0}, &answer, &err);
    else
        status = export_here(cli, naming, &answer, &err);
    if (status != OK)
        return cli_fail(&err);
    puts(answer.data);
    return EXIT_DONE;
}

static int run_shopper(struct cli *cli)
{
    enum naming naming;

    if (!naming_find(text_from(cli_option(cli, "naming")), &naming))
        return cli_usage(cli, "--naming is anonymous_id or user_id");
    if (strcmp(cli->words[0], "forget") == 0)
        return shopper_forget(cli, naming);
    if (strcmp(cli->words[0], "export") == 0)
        return shopper_export(cli, naming);
    return cli_usage(cli, "shopper knows export and forget, not '%s'", cli->words[0]);
}

static const struct option_row shopper_options[] = {
    {"by", "WHO", "forget: who asks, kept in the administrative log; default: $USER"},
    {"naming", "KIND", "what ID names: anonymous_id or user_id; default: either"},
    {NULL, NULL, NULL},
};

const struct command command_shopper = {
    .name = "shopper",
    .usage = "shopper export | forget ID [--naming KIND]",
    .summary = "a person's rights: to see what is held, to be forgotten",
    .details =
        "ID is an anonymous id, a user id, or an e-mail address or phone number used as one.\n"
        "export prints everything held on the person, as one JSON document.\n"
        "forget erases what the shop holds on the person and leaves a keyed hash, so that events\n"
        "that come late are not recorded. It cannot be undone. docs/privacy.md tells the rest.",
    .examples = "  endcap shopper export c-7\n  endcap shopper forget c-7\n  endcap shopper forget "
                "v-81 --naming anonymous_id",
    .words_min = 2,
    .words_max = 2,
    .options = shopper_options,
    .run = run_shopper,
};
