/* SPDX-License-Identifier: Apache-2.0 */
/* why: how a past answer came about, and why a product is not shown. */
#include <jansson.h>
#include <stdio.h>

#include "cli/question.h"
#include "net/client.h"
#include "paths/absent.h"
#include "paths/replay.h"

/* Line by line, without what a terminal would obey. */
static void lines_print(const char *text)
{
    struct text rest = text_from(text);

    while (rest.data != NULL) {
        struct text line = text_cut(&rest, '\n');

        if (rest.data == NULL && line.size == 0)
            break; /* behind the last line's end */
        (void)cli_print(line, 0);
        putchar('\n');
    }
}

static void story_print(struct text json)
{
    json_t *root = json_loadb(json.data, json.size, 0, NULL);

    lines_print(json_string_value(json_object_get(root, "story")));
    json_decref(root);
}

static int why_request(struct cli *cli)
{
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    SCOPED(shop_close) struct shop *shop = NULL;
    struct error err = {.status = OK};
    enum status status;

    if (cli_server_runs(cli)) {
        buffer_add_string(&path, "/v1/decisions/");
        client_escape(&path, text_from(cli->words[0]));
        status = cli_ask(cli, "GET", path.data, (struct text){0}, &answer, &err);
    } else {
        status = shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, &err);
        if (status == OK)
            status = replay_decision(shop, text_from(cli->words[0]), &answer, &err);
    }
    if (status != OK)
        return cli_fail(&err);
    if (cli->json)
        puts(answer.data);
    else
        story_print(buffer_text(&answer));
    return EXIT_DONE;
}

/* ---- why a product is not shown ---- */

static void parameter_add(struct buffer *path, const char *name, struct text value)
{
    if (value.size == 0)
        return;
    buffer_printf(path, "%s=", name);
    client_escape(path, value);
    buffer_add_char(path, '&');
}

static void arrival_add(const struct cli *cli, struct buffer *path)
{
    static const char *const parameters[][2] = {
        {"device", "device"},     {"country", "country"},       {"utm_source", "source"},
        {"utm_medium", "medium"}, {"utm_campaign", "campaign"}, {"age_verified", "age"}};

    for (size_t i = 0; i < COUNT(parameters); i++)
        parameter_add(path, parameters[i][0], text_from(cli_option(cli, parameters[i][1])));
}

static enum status absent_ask_server(const struct cli *cli, const struct question *q,
                                     struct buffer *answer, struct error *err)
{
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    SCOPED(buffer_free) struct buffer cart = {.data = NULL};

    buffer_add_string(&path, "/v1/recommendations/");
    client_escape(&path, q->surfaces[0]);
    buffer_add_string(&path, "/why/");
    client_escape(&path, text_from(cli_option(cli, "product")));
    buffer_add_char(&path, '?');
    parameter_add(&path, "anonymous_id", q->anonymous_id);
    parameter_add(&path, "user_id", q->user_id);
    parameter_add(&path, "item_id", q->item_id);
    parameter_add(&path, "category", q->category);
    parameter_add(&path, "lang", q->language);
    arrival_add(cli, &path);
    for (size_t i = 0; i < q->cart_count; i++) {
        buffer_add_string(&cart, i > 0 ? "," : "");
        buffer_add_text(&cart, q->cart[i]);
    }
    parameter_add(&path, "cart", buffer_text(&cart));
    if (q->limit > 0)
        buffer_printf(&path, "limit=%u&", q->limit);
    path.data[path.size - 1] = '\0'; /* the last separator */
    return cli_ask(cli, "GET", path.data, (struct text){0}, answer, err);
}

static enum status absent_ask_here(const struct cli *cli, const struct question *q,
                                   struct buffer *answer, struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;

    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, err) != OK)
        return err->status;
    return absent_explain(shop, q, text_from(cli_option(cli, "product")), answer, err);
}

static void absent_print(struct text json)
{
    json_t *root = json_loadb(json.data, json.size, 0, NULL), *source;
    size_t i;

    lines_print(json_string_value(json_object_get(root, "answer")));
    if (json_array_size(json_object_get(root, "sources")) > 0)
        printf("\nthe sources of the surface %s:\n",
               json_string_value(json_object_get(root, "surface")));
    json_array_foreach(json_object_get(root, "sources"), i, source)
    {
        bool asked = json_is_true(json_object_get(source, "asked"));
        bool proposed = json_is_true(json_object_get(source, "proposed"));

        printf("  %-16s %s", json_string_value(json_object_get(source, "source")),
               !asked      ? "was not asked: "
               : !proposed ? "did not propose it: "
                           : "");
        lines_print(json_string_value(json_object_get(source, "says")));
    }
    json_decref(root);
}

static int why_absent(struct cli *cli)
{
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    struct question q;

    if (cli_option(cli, "product") == NULL || cli_option(cli, "surface") == NULL)
        return cli_usage(cli, "why needs a request id, or --product P --surface S");
    if (question_read(cli, cli_option(cli, "surface"), "item", &q) != EXIT_DONE)
        return EXIT_USAGE;
    enum status status = cli_server_runs(cli) ? absent_ask_server(cli, &q, &answer, &err)
                                              : absent_ask_here(cli, &q, &answer, &err);
    if (status != OK)
        return cli_fail(&err);
    if (cli->json)
        puts(answer.data);
    else
        absent_print(buffer_text(&answer));
    return EXIT_DONE;
}

static int run_why(struct cli *cli)
{
    return cli->word_count == 1 ? why_request(cli) : why_absent(cli);
}

static const struct option_row why_options[] = {
    {"product", "ID", "why is this product not shown"},
    {"surface", "NAME", "on this surface"},
    {"item", "ID", "on the page of this product (pdp)"},
    QUESTION_OPTIONS(""),
    {NULL, NULL, NULL},
};

const struct command command_why = {
    .name = "why",
    .usage = "why REQUEST_ID | --product P --surface S [--shopper X] [--item I] [--cart ID,ID]",
    .summary = "how a past answer came about; or why a product is not shown",
    .details =
        "A past answer is produced again from the journal as it was then, and told: who asked, "
        "what was known,\n"
        "what each source proposed, how it was ranked, what was left out and why, what was "
        "shown for which\n"
        "reason, and what it cost. Where it cannot be produced again the list that was kept "
        "is shown, marked\n"
        "\"not replayed\" with what stood in the way. Works beside a running server, and "
        "without one.",
    .examples = "  endcap why r-5f0c81a29be07d44\n"
                "  endcap why r-5f0c81a29be07d44 --json\n"
                "  endcap why --product oak-table --surface home --shopper v-81\n"
                "  endcap why --product oak-table --surface pdp --item oak-stool --cart lamp,vase",
    .words_max = 1,
    .options = why_options,
    .run = run_why,
};
