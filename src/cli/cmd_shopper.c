/* SPDX-License-Identifier: Apache-2.0 */
/* shopper: who is one person, why we think so, and how to say otherwise; a person's rights: to see what is
 * held, to be forgotten. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "cli/command.h"
#include "net/client.h"
#include "paths/contacting.h"
#include "paths/export.h"
#include "paths/forget.h"
#include "paths/shopper.h"

/* One request to the server, behind whose back nobody may write. */
static enum status ask(struct cli *cli, const char *method, const char *verb, const char *other,
                       struct buffer *answer, struct error *err)
{
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    const struct actor by = cli_actor(cli);
    const char *reason = cli_option(cli, "reason");

    buffer_add_string(&path, "/local/shoppers/");
    client_escape(&path, text_from(cli->words[1]));
    if (verb != NULL) {
        buffer_printf(&path, "/%s?author=", verb);
        client_escape(&path, by.who);
        buffer_add_string(&path, "&reason=");
        client_escape(&path, text_from(reason != NULL ? reason : ""));
    }
    if (other != NULL) {
        buffer_add_string(&path, "&other=");
        client_escape(&path, text_from(other));
    }
    return cli_ask(cli, method, path.data, (struct text){0}, answer, err);
}

/* Open for writing; a server or another command may be in the way. */
static enum status change_here(struct cli *cli, const char *other, struct buffer *answer,
                               struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    struct text id = text_from(cli->words[1]);
    const struct shopper_change by = {cli_actor(cli), text_from(cli_option(cli, "reason"))};

    if (by.reason.size > REASON_BYTES_MAX)
        return error_set(err, ERR_INVALID, "--reason may have %d bytes", REASON_BYTES_MAX);
    if (shop_open(&shop, cli->data_dir, SHOP_WRITE, &cli->settings, cli_warn, err) != OK)
        return err->status;
    return other == NULL ? shopper_split(shop, id, &by, answer, err)
                         : shopper_join(shop, id, text_from(other), &by, answer, err);
}

static enum status show_here(struct cli *cli, struct buffer *answer, struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;

    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, err) != OK)
        return err->status;
    return shopper_show(shop, text_from(cli->words[1]), time_now_ms(), answer, err);
}

/* --- for people --- */

static const char *word_of(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL ? value : "";
}

static void print_text(const char *text)
{
    (void)cli_print(text_from(text), 0);
}

static void print_identifier(const json_t *i)
{
    printf("%s ", word_of(i, "kind"));
    print_text(word_of(i, "id"));
}

static void print_link(const json_t *link)
{
    json_int_t events = json_integer_value(json_object_get(link, "events"));

    printf("  ");
    print_identifier(link);
    printf(" -> ");
    print_identifier(json_object_get(link, "to"));
    if (events > 0)
        printf(": %lld %s, %.16s to %.16s", (long long)events, events == 1 ? "event" : "events",
               word_of(link, "first"), word_of(link, "last"));
    if (json_object_get(link, "by_hand") != NULL)
        printf("%s joined by hand %.16s", events > 0 ? ";" : ":", word_of(link, "by_hand"));
    puts(json_is_true(json_object_get(link, "parted"))    ? "; parted"
         : json_is_true(json_object_get(link, "blocked")) ? "; blocked: seen with too many others"
                                                          : "");
}

static void print_session(const json_t *session)
{
    const json_t *actions = json_object_get(session, "actions");
    bool visitor = json_object_get(session, "visitor") != NULL;
    size_t count = json_array_size(actions);

    printf("  %.16s to %.16s  %s ", word_of(session, "first"), word_of(session, "last"),
           visitor ? "visitor" : "customer");
    print_text(word_of(session, visitor ? "visitor" : "customer"));
    for (size_t i = count; i > 0; i--) { /* as they happened */
        printf("%s%s ", i == count ? ": " : ", ",
               word_of(json_array_get(actions, i - 1), "action"));
        print_text(word_of(json_array_get(actions, i - 1), "item_id"));
    }
    putchar('\n');
}

static void print_alarm(const json_t *alarm)
{
    printf("  ");
    print_text(json_string_value(alarm));
    putchar('\n');
}

static void print_list(const json_t *all, const char *key, const char *title,
                       void (*print)(const json_t *element))
{
    const json_t *list = json_object_get(all, key);

    if (json_array_size(list) == 0)
        return;
    printf("\n%s\n", title);
    for (size_t i = 0; i < json_array_size(list); i++)
        print(json_array_get(list, i));
}

static void print_member(const json_t *identifier)
{
    printf("  ");
    print_identifier(identifier);
    putchar('\n');
}

static void print_person(const json_t *all)
{
    const json_t *person = json_object_get(all, "person");

    print_identifier(all);
    if (person == NULL) {
        puts(", seen with no other identifier");
    } else {
        printf(", of the person ");
        print_identifier(person);
        putchar('\n');
    }
    print_list(all, "alarms", "Alarms", print_alarm);
    print_list(all, "identifiers", "Identifiers", print_member);
    print_list(all, "links", "Links, with when the two were seen together", print_link);
    print_list(all, "sessions", "Sessions, as far as actions are kept", print_session);
}

/* One identifier of the list. */
static void print_alarmed(const json_t *one)
{
    const json_t *alarms = json_object_get(one, "alarms");

    print_identifier(one);
    putchar('\n');
    for (size_t i = 0; i < json_array_size(alarms); i++)
        print_alarm(json_array_get(alarms, i));
}

static void print_alarms(const json_t *all)
{
    const json_t *list = json_object_get(all, "alarms");
    json_int_t more = json_integer_value(json_object_get(all, "more"));

    if (json_array_size(list) == 0)
        puts("Nobody joins more than they may.");
    for (size_t i = 0; i < json_array_size(list); i++)
        print_alarmed(json_array_get(list, i));
    if (more > 0)
        printf("and %lld more\n", (long long)more);
}

static void print_split(const json_t *all)
{
    const json_t *list = json_object_get(all, "split");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        print_identifier(one);
        puts(strcmp(word_of(one, "how"), "split") == 0 ? " stands apart from what it belonged to."
                                                       : " let go of all that belonged to it.");
    }
}

static void print_joined(const json_t *all)
{
    const json_t *list = json_object_get(all, "joined");

    print_identifier(json_array_get(list, 0));
    printf(" and ");
    print_identifier(json_array_get(list, 1));
    puts(" are one person.");
}

static void print(const struct cli *cli, const struct buffer *answer,
                  void (*print_parsed)(const json_t *all))
{
    json_t *parsed;

    if (cli->json) {
        puts(answer->data);
        return;
    }
    parsed = json_loadb(answer->data, answer->size, 0, NULL);
    print_parsed(parsed);
    json_decref(parsed);
}

/* --- rights --- */

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
    if (!cli->json &&
        number_in(root, "events") + number_in(root, "decisions") + number_in(root, "refused") == 0)
        printf("Nothing was held under '%s'; what comes under it from now on is not recorded.\n",
               cli->words[1]);
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

static int run_forget(struct cli *cli)
{
    enum naming naming;
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    enum status status;

    if (!naming_find(text_from(cli_option(cli, "naming")), &naming))
        return cli_usage(cli, "--naming is anonymous_id or user_id");
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

static int run_export(struct cli *cli)
{
    enum naming naming;
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    enum status status;

    if (!naming_find(text_from(cli_option(cli, "naming")), &naming))
        return cli_usage(cli, "--naming is anonymous_id or user_id");
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

/* --- contact --- */

static void print_contact(const json_t *one)
{
    const json_t *consent = json_object_get(one, "consent");
    bool stated = json_is_true(json_object_get(consent, "stated"));
    const char *locale = word_of(one, "locale");

    (void)cli_print(text_from(word_of(one, "email")), 0);
    if (locale[0] != '\0')
        printf("  %s", locale);
    if (stated)
        printf("  consent by %s, %.16s\n", word_of(consent, "source"), word_of(consent, "time"));
    else
        puts("  by the program's default");
}

static void print_contacts(const json_t *all)
{
    const json_t *list = json_object_get(all, "contacts");

    if (json_array_size(list) == 0)
        puts("No address is kept.");
    for (size_t i = 0; i < json_array_size(list); i++)
        print_contact(json_array_get(list, i));
}

static enum status contacts_here(struct cli *cli, enum naming naming, struct buffer *answer,
                                 struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    struct json j = json_to(answer);

    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, err) != OK)
        return err->status;
    return shop_contacts_json(shop, text_from(cli->words[1]), naming, &j, err);
}

static int run_contact(struct cli *cli)
{
    enum naming naming;
    SCOPED(buffer_free) struct buffer path = {.data = NULL};
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    enum status status;

    if (!naming_find(text_from(cli_option(cli, "naming")), &naming))
        return cli_usage(cli, "--naming is anonymous_id or user_id");
    shopper_path(cli, "/contact", &path);
    if (cli_server_runs(cli))
        status = cli_ask(cli, "GET", path.data, (struct text){0}, &answer, &err);
    else
        status = contacts_here(cli, naming, &answer, &err);
    if (status != OK)
        return cli_fail(&err);
    print(cli, &answer, print_contacts);
    return EXIT_DONE;
}

/* --- verbs --- */

static int run_show(struct cli *cli)
{
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    enum status status = cli_server_runs(cli) ? ask(cli, "GET", NULL, NULL, &answer, &err)
                                              : show_here(cli, &answer, &err);

    if (status != OK)
        return cli_fail(&err);
    print(cli, &answer, print_person);
    return EXIT_DONE;
}

static int change(struct cli *cli, const char *verb, const char *other,
                  void (*print_parsed)(const json_t *all))
{
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    struct error err = {.status = OK};
    enum status status = cli_server_runs(cli) ? ask(cli, "POST", verb, other, &answer, &err)
                                              : change_here(cli, other, &answer, &err);

    if (status != OK)
        return cli_fail(&err);
    print(cli, &answer, print_parsed);
    return EXIT_DONE;
}

/* Reads the directory, beside a server too: looking at everybody would hold it up. */
static int run_alarms(struct cli *cli)
{
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    SCOPED(shop_close) struct shop *shop = NULL;
    struct error err = {.status = OK};

    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, &err) != OK)
        return cli_fail(&err);
    shopper_alarms(shop, &answer);
    print(cli, &answer, print_alarms);
    return EXIT_DONE;
}

static int run_split(struct cli *cli)
{
    return change(cli, "split", NULL, print_split);
}

static int run_join(struct cli *cli)
{
    return change(cli, "join", cli->words[2], print_joined);
}

static const struct verb {
    const char *name;
    size_t words; /* with its own */
    int (*run)(struct cli *cli);
    const char *needs;
} verbs[] = {
    {"show", 2, run_show, "an ID"},       {"alarms", 1, run_alarms, "no ID"},
    {"split", 2, run_split, "an ID"},     {"join", 3, run_join, "two IDs"},
    {"export", 2, run_export, "an ID"},   {"forget", 2, run_forget, "an ID"},
    {"contact", 2, run_contact, "an ID"},
};

static int run_shopper(struct cli *cli)
{
    for (size_t i = 0; i < COUNT(verbs); i++) {
        if (strcmp(cli->words[0], verbs[i].name) != 0)
            continue;
        if (cli->word_count != verbs[i].words)
            return cli_usage(cli, "shopper %s needs %s", verbs[i].name, verbs[i].needs);
        return verbs[i].run(cli);
    }
    return cli_usage(
        cli, "shopper knows show, alarms, split, join, contact, export and forget, not '%s'",
        cli->words[0]);
}

static const struct option_row shopper_options[] = {
    {"by", "WHO", "split, join, forget: who, kept in the administrative log; default: $USER"},
    {"reason", "WHY", "split, join: why, kept there as well; name nobody in it"},
    {"naming", "KIND",
     "contact, export, forget: what ID names: anonymous_id or user_id; default: either"},
    {NULL, NULL, NULL},
};

const struct command command_shopper = {
    .name = "shopper",
    .usage = "shopper show ID | alarms | split ID | join ID OTHER | contact ID | export ID | "
             "forget ID [--by WHO] "
             "[--reason WHY] [--naming KIND]",
    .summary = "who is one person, and why; part, join, contact, export, forget",
    .details =
        "An ID is a customer's or a visitor's, an e-mail address or a phone number, or one of\n"
        "them with its kind before it: visitor:v-81. alarms lists the identifiers that were seen\n"
        "with more others than one person may have.\n\n"
        "split parts an identifier from what it belongs to. A customer who was joined by hand is\n"
        "parted from those; any other lets go of all that belongs to them, each device and\n"
        "address, and is known from then on by what they do while logged in. What was parted does\n"
        "not join again by itself, however often it is still seen together; join does it, one for\n"
        "each device. To part a single device, split that: visitor:v-81. What is seen together "
        "for\n"
        "the first time after the split joins as ever. Both take effect on the next answer, "
        "change\n"
        "no event, and can be undone by each other.\n\n"
        "contact prints the e-mail addresses that are kept because the person allows e-mail, each\n"
        "with the consent it stands on.\n\n"
        "export prints everything held on the person, as one JSON document. forget erases what "
        "the\n"
        "shop holds on the person and leaves a keyed hash, so that events that come late are not\n"
        "recorded. It cannot be undone. docs/privacy.md tells the rest. These three take an\n"
        "ID without a kind before it.",
    .examples = "  endcap shopper show c-7\n"
                "  endcap shopper split visitor:v-81 --reason \"a phone in the shop\"\n"
                "  endcap shopper join c-7 c-12 --reason \"one customer, two accounts\"\n"
                "  endcap shopper export c-7\n"
                "  endcap shopper forget v-81 --naming anonymous_id",
    .words_min = 1,
    .words_max = 3,
    .options = shopper_options,
    .run = run_shopper,
};
