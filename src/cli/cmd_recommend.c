/* SPDX-License-Identifier: Apache-2.0 */
/* recommend: one answer now. */
#include <stdio.h>

#include "base/json.h"
#include "cli/question.h"
#include "cli/trail.h"
#include "net/client.h"

/* What the server's question says in its context. */
static void context_json(const struct cli *cli, const struct question *q, struct json *j)
{
    static const char *const visit[] = {"device", "country"};
    static const char *const campaign[][2] = {
        {"source", "source"}, {"medium", "medium"}, {"name", "campaign"}};

    json_key(j, "context");
    json_object_begin(j);
    if (q->category.data != NULL)
        json_key_text(j, "category", q->category);
    if (q->age_verified > 0)
        json_key_u64(j, "age_verified", q->age_verified);
    for (size_t i = 0; i < COUNT(visit); i++)
        json_key_text(j, visit[i], text_from(cli_option(cli, visit[i])));
    json_key(j, "campaign");
    json_object_begin(j);
    for (size_t i = 0; i < COUNT(campaign); i++)
        json_key_text(j, campaign[i][0], text_from(cli_option(cli, campaign[i][1])));
    json_object_end(j);
    json_object_end(j);
}

/* The question as the server's body. */
static void question_json(const struct cli *cli, const struct question *q, struct buffer *out)
{
    struct json j = json_to(out);

    json_object_begin(&j);
    json_key_text(&j, "anonymous_id", q->anonymous_id);
    json_key_text(&j, "user_id", q->user_id);
    json_key_text(&j, "item_id", q->item_id);
    if (q->language.data != NULL)
        json_key_text(&j, "lang", q->language);
    json_key(&j, "cart");
    json_array_begin(&j);
    for (size_t i = 0; i < q->cart_count; i++)
        json_text(&j, q->cart[i]);
    json_array_end(&j);
    if (q->limit > 0)
        json_key_u64(&j, "limit", q->limit);
    context_json(cli, q, &j);
    if (q->why)
        json_key_bool(&j, "why", true);
    json_object_end(&j);
}

static enum status ask_server(struct cli *cli, const struct question *q, struct buffer *answer,
                              struct error *err)
{
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    SCOPED(buffer_free) struct buffer body = {.data = NULL};

    buffer_add_string(&path, "/v1/recommendations/");
    client_escape(&path, q->surfaces[0]);
    question_json(cli, q, &body);
    return cli_ask(cli, "POST", path.data, buffer_text(&body), answer, err);
}

static enum status ask_here(struct cli *cli, const struct question *q, struct buffer *answer,
                            struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct answer found;
    enum status status = shop_open(&shop, cli->data_dir, SHOP_WRITE, &cli->settings, cli_warn, err);

    if (status == ERR_UNAVAILABLE) /* another command writes: the decision is not kept then */
        status = shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, err);
    if (status != OK || recommend(shop, q, &found, &a, err) != OK)
        return err->status;
    answer_json(&found, answer);
    return OK;
}

static int run_recommend(struct cli *cli)
{
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    struct question q;
    enum status status;

    if (question_read(cli, cli->words[0], "product", &q) != EXIT_DONE)
        return EXIT_USAGE;
    q.why = cli_switch(cli, "why");
    status = cli_server_runs(cli) ? ask_server(cli, &q, &answer, &err)
                                  : ask_here(cli, &q, &answer, &err);
    if (status != OK)
        return cli_fail(&err);
    if (cli->json)
        puts(answer.data);
    else
        answer_print(buffer_text(&answer));
    return EXIT_DONE;
}

static const struct option_row recommend_options[] = {
    {"product", "ID", "on the page of this product (pdp)"},
    QUESTION_OPTIONS(""),
    {"why", NULL,
     "say where each product came from, what dropped the others, and, on the rung\n"
     "                           learned, what each feature gave to its score"},
    {NULL, NULL, NULL},
};

const struct command command_recommend = {
    .name = "recommend",
    .usage = "recommend SURFACE [--shopper ID] [--product ID] [--cart ID,ID] [--limit N] [--why]",
    .summary = "products for a surface, each with its reason",
    .examples = "  endcap recommend home --shopper v-81\n"
                "  endcap recommend pdp --product oak-table --why\n"
                "  endcap recommend cart --cart oak-table,oak-stool --json",
    .words_min = 1,
    .words_max = 1,
    .options = recommend_options,
    .run = run_recommend,
};
