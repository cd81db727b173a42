/* SPDX-License-Identifier: Apache-2.0 */
/* recommend and why: one answer now, and how a past one came about. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "cli/question.h"
#include "cli/trail.h"
#include "net/client.h"
#include "paths/replay.h"

/* The question as the server's body. */
static void question_json(const struct question *q, struct buffer *out)
{
    struct json j = json_to(out);

    json_object_begin(&j);
    json_key_text(&j, "anonymous_id", q->anonymous_id);
    json_key_text(&j, "user_id", q->user_id);
    json_key_text(&j, "item_id", q->item_id);
    json_key(&j, "cart");
    json_array_begin(&j);
    for (size_t i = 0; i < q->cart_count; i++)
        json_text(&j, q->cart[i]);
    json_array_end(&j);
    if (q->limit > 0)
        json_key_u64(&j, "limit", q->limit);
    json_key(&j, "context");
    json_object_begin(&j);
    if (q->category.data != NULL)
        json_key_text(&j, "category", q->category);
    if (q->age_verified > 0)
        json_key_u64(&j, "age_verified", q->age_verified);
    json_object_end(&j);
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
    question_json(q, &body);
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
    {"shopper", "ID", "the visitor's anonymous id, or a customer's user id"},
    {"product", "ID", "the product at hand (pdp)"},
    {"category", "PATH", "the category at hand: \"Home > Tables\""},
    {"cart", "ID,ID", "what is in the cart"},
    {"age", "YEARS",
     "how old the shopper is known to be; without it what needs an age is not shown"},
    {"limit", "N", "how many, at most; default: the surface's own"},
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

/* ---- why ---- */

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
        trail_print(buffer_text(&answer));
    return EXIT_DONE;
}

static int why_absent(struct cli *cli)
{
    SCOPED(buffer_free) struct buffer sentence = {.data = NULL};
    SCOPED(shop_close) struct shop *shop = NULL;
    struct error err = {.status = OK};
    struct question q = {
        .surfaces = {text_from(cli_option(cli, "surface"))},
        .surface_count = 1,
        .anonymous_id = text_from(cli_option(cli, "shopper")),
        .user_id = text_from(cli_option(cli, "shopper")),
        .now_ms = time_now_ms(),
    };

    if (cli_option(cli, "product") == NULL || cli_option(cli, "surface") == NULL)
        return cli_usage(cli, "why needs a request id, or --product P --surface S");
    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, &err) != OK ||
        replay_absent(shop, &q, text_from(cli_option(cli, "product")), &sentence, &err) != OK)
        return cli_fail(&err);
    if (!cli->json) {
        (void)cli_print(buffer_text(&sentence), 0);
        putchar('\n');
        return EXIT_DONE;
    }
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct json j = json_to(&out);

    json_object_begin(&j);
    json_key_string(&j, "product", cli_option(cli, "product"));
    json_key_string(&j, "surface", cli_option(cli, "surface"));
    json_key_text(&j, "answer", buffer_text(&sentence));
    json_object_end(&j);
    puts(out.data);
    return EXIT_DONE;
}

static int run_why(struct cli *cli)
{
    return cli->word_count == 1 ? why_request(cli) : why_absent(cli);
}

static const struct option_row why_options[] = {
    {"product", "ID", "why is this product not shown"},
    {"surface", "NAME", "on this surface"},
    {"shopper", "ID", "to this visitor or customer"},
    {NULL, NULL, NULL},
};

const struct command command_why = {
    .name = "why",
    .usage = "why REQUEST_ID | --product P --surface S [--shopper X]",
    .summary = "a past decision, produced again; or why a product is not shown",
    .examples = "  endcap why r-5f0c81a29be07d44\n"
                "  endcap why --product oak-table --surface home --shopper v-81",
    .words_max = 1,
    .options = why_options,
    .run = run_why,
};
