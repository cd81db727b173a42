/* SPDX-License-Identifier: Apache-2.0 */
/* init, key, status, settings: the data directory itself. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/time.h"
#include "cli/command.h"
#include "ingest/ledger.h"
#include "store/keys.h"

/* ---- init ---- */

/* As an object; the keys of a shop that was there are not known. */
static void init_json(const struct cli *cli, const char *public_key, const char *secret_key)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct json j = json_to(&out);

    json_object_begin(&j);
    json_key_string(&j, "data", cli->data_dir);
    json_key_bool(&j, "made", public_key != NULL);
    json_key_string(&j, "public_key", public_key);
    json_key_string(&j, "secret_key", secret_key);
    json_object_end(&j);
    puts(out.data);
}

static int make_keys(struct cli *cli, struct error *err)
{
    SCOPED(store_close) struct store *store = NULL;
    char public_key[KEY_SIZE], secret_key[KEY_SIZE];
    const struct actor by = cli_actor(cli);

    if (store_open(&store, cli->data_dir, STORE_WRITE, NULL, err) != OK ||
        store_run(store, "BEGIN IMMEDIATE", err) != OK ||
        keys_add(store, KEY_PUBLIC, TEXT("storefront"), &by, public_key, err) != OK ||
        keys_add(store, KEY_SECRET, TEXT("server"), &by, secret_key, err) != OK ||
        store_run(store, "COMMIT", err) != OK)
        return cli_fail(err); /* closing rolls back */
    if (cli->json) {
        init_json(cli, public_key, secret_key);
        return EXIT_DONE;
    }
    printf("A shop stands in %s. Its two keys, shown this once:\n\n"
           "  public  %s   for pages: records events, reads recommendations\n"
           "  secret  %s   for your servers: everything\n\n"
           "Next: endcap import catalog FILE --from ..., endcap import events FILE --from ...,\n"
           "endcap train, endcap serve\n",
           cli->data_dir, public_key, secret_key);
    return EXIT_DONE;
}

static int run_init(struct cli *cli)
{
    SCOPED(store_lock_close) struct store_lock *lock = NULL;
    struct error err = {.status = OK};
    bool made = false;

    if (shop_init(cli->data_dir, &made, &err) != OK)
        return cli_fail(&err);
    if (!made) {
        if (cli->json)
            init_json(cli, NULL, NULL);
        else
            printf("There is a shop in %s already; nothing was changed.\n", cli->data_dir);
        return EXIT_DONE;
    }
    if (store_lock_open(&lock, cli->data_dir, &err) != OK)
        return cli_fail(&err);
    return make_keys(cli, &err);
}

const struct command command_init = {
    .name = "init",
    .usage = "[--data DIR] init",
    .summary = "make the data directory; print the two keys once",
    .examples = "  endcap init\n  endcap --data /var/lib/endcap init",
    .run = run_init,
};

/* ---- key ---- */

static void print_key(void *context, const struct key_row *row)
{
    struct cli *cli = context;
    char when[TIME_TEXT_SIZE];

    if (cli->json) {
        SCOPED(buffer_free) struct buffer line = {.data = NULL};
        struct json j = json_to(&line);

        json_object_begin(&j);
        json_key_i64(&j, "number", row->number);
        json_key_string(&j, "kind", key_kind_word(row->kind));
        json_key_text(&j, "name", row->name);
        json_key_text(&j, "ends_with", row->hint);
        json_key_string(&j, "created", time_print(row->created_ms, when));
        json_key_bool(&j, "revoked", row->revoked_ms != 0);
        json_object_end(&j);
        cli_list_add(cli, buffer_text(&line));
        return;
    }
    printf("%4lld  %-7s ...%.*s  %.10s  %-8s ", (long long)row->number, key_kind_word(row->kind),
           (int)row->hint.size, row->hint.data, time_print(row->created_ms, when),
           row->revoked_ms != 0 ? "revoked" : "good");
    (void)cli_print(row->name, 0);
    putchar('\n');
}

static int key_add(struct cli *cli, struct store *store)
{
    enum key_kind kind = cli->word_count > 1 ? key_kind_find(text_from(cli->words[1])) : KEY_NONE;
    const char *name = cli_option(cli, "name");
    const struct actor by = cli_actor(cli);
    struct error err = {.status = OK};
    char key[KEY_SIZE];

    if (kind == KEY_NONE)
        return cli_usage(cli, "key add needs 'public' or 'secret'");
    if (store_run(store, "BEGIN IMMEDIATE", &err) != OK ||
        keys_add(store, kind, text_from(name == NULL ? key_kind_word(kind) : name), &by, key,
                 &err) != OK ||
        store_run(store, "COMMIT", &err) != OK)
        return cli_fail(&err); /* closing rolls back */
    if (cli->json)
        printf("{\"kind\":\"%s\",\"key\":\"%s\"}\n", key_kind_word(kind), key);
    else
        printf("%s\n", key);
    return EXIT_DONE;
}

static int key_revoke(struct cli *cli, struct store *store)
{
    const struct actor by = cli_actor(cli);
    struct error err = {.status = OK};
    int64_t number;

    if (cli->word_count < 2 || !text_to_i64(text_from(cli->words[1]), &number))
        return cli_usage(cli, "key revoke needs the number that key list shows");
    if (store_run(store, "BEGIN IMMEDIATE", &err) != OK ||
        keys_revoke(store, number, &by, &err) != OK || store_run(store, "COMMIT", &err) != OK)
        return cli_fail(&err); /* closing rolls back */
    printf(cli->json ? "{\"revoked\":%lld}\n" : "Key %lld is revoked.\n", (long long)number);
    return EXIT_DONE;
}

/* What a shop's server signs its user tokens with; with a user id, such a token, good for a day. */
static int key_token(struct cli *cli)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct shop_keys keys;
    struct error err = {.status = OK};

    if (shop_keys_load(cli->data_dir, &keys, &err) != OK)
        return cli_fail(&err);
    if (cli->word_count > 1)
        user_token_make(text_from(cli->words[1]), (time_now_ms() + MS_DAY) / MS_SECOND,
                        keys.token_key, &out);
    else
        buffer_add_hex(&out, keys.token_key, sizeof(keys.token_key));
    puts(out.data);
    return EXIT_DONE;
}

/* Keys are a table of their own: SQLite's lock lets this in beside a server, which looks for
 * changes every second. */
static int run_key(struct cli *cli)
{
    SCOPED(store_close) struct store *store = NULL;
    struct error err = {.status = OK};
    bool list = strcmp(cli->words[0], "list") == 0;

    if (strcmp(cli->words[0], "token") == 0)
        return key_token(cli);
    if (!list && strcmp(cli->words[0], "add") != 0 && strcmp(cli->words[0], "revoke") != 0)
        return cli_usage(cli, "key knows list, add, revoke and token, not '%s'", cli->words[0]);
    if (store_open(&store, cli->data_dir, STORE_READ, NULL, &err) != OK)
        return cli_fail(&err);
    if (list) {
        cli_list_begin(cli, "keys");
        if (keys_each(store, print_key, cli, &err) != OK)
            return cli_fail(&err);
        cli_list_end(cli);
        return EXIT_DONE;
    }
    store_close(&store);
    if (store_open(&store, cli->data_dir, STORE_WRITE, NULL, &err) != OK)
        return cli_fail(&err);
    return strcmp(cli->words[0], "add") == 0 ? key_add(cli, store) : key_revoke(cli, store);
}

static const struct option_row key_options[] = {
    {"name", "NAME", "what the key is for, shown in the list"},
    {"by", "WHO", "add, revoke: who, kept in the administrative log; default: $USER"},
    {NULL, NULL, NULL},
};

const struct command command_key = {
    .name = "key",
    .usage = "key list | add public|secret [--name NAME] | revoke NUMBER | token [USER_ID]",
    .summary = "the keys that may call the server",
    .details =
        "A key is shown once, when it is made; only a hash of it is kept. token prints the\n"
        "hexadecimal key your server signs user tokens with, or a token for a user, good for\n"
        "a day (docs/api.md).",
    .examples = "  endcap key list\n  endcap key add public --name \"new storefront\"\n"
                "  endcap key revoke 1\n  endcap key token c-7",
    .words_min = 1,
    .words_max = 2,
    .options = key_options,
    .run = run_key,
};

/* ---- status ---- */

struct status_figures {
    struct ledger_counts ledger;
    struct position end;
    uint64_t bytes, events, shoppers, sessions_month;
    uint32_t products, sellable, generation, program, decisions_days;
    struct decisions_figures decisions;
    bool serving;
};

static enum status status_read(struct cli *cli, struct status_figures *f, struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    char path[4200];
    struct stat file;

    if (shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, cli_warn, err) != OK ||
        ledger_read(shop->store, &f->ledger, err) != OK ||
        decisions_measure(shop->store, &f->decisions, err) != OK)
        return err->status;
    f->decisions_days = shop_decisions_days(shop);
    f->serving = cli_server_runs(cli);
    f->end = shop->state->position;
    f->events = shop->state->events;
    f->shoppers = profiles_count(shop->state->profiles);
    f->products = catalog_known(shop->state->catalog);
    f->sellable = catalog_sellable_count(shop->state->catalog);
    f->generation = shop_generation(shop);
    f->program = shop->state->program->version;
    f->sessions_month = popularity_sessions_month(shop->state->popularity);
    snprintf(path, sizeof(path), "%s/store.db", cli->data_dir);
    if (stat(path, &file) == 0)
        f->bytes = (uint64_t)file.st_size;
    return OK;
}

static void decisions_print(const struct status_figures *f)
{
    const struct decisions_figures *d = &f->decisions;
    char time[TIME_TEXT_SIZE];

    printf("decisions        %llu, kept for %u days", (unsigned long long)d->count,
           f->decisions_days);
    if (d->count > 0)
        printf("; the oldest of %.10s, %u bytes each", time_print(d->oldest_ms, time),
               d->bytes_each);
    putchar('\n');
}

static void status_print(const struct cli *cli, const struct status_figures *f)
{
    const struct ledger_counts *l = &f->ledger;

    printf("data directory   %s, %.1f MB%s\n", cli->data_dir, (double)f->bytes / 1e6,
           f->serving ? ", a server runs on it" : "");
    printf("received         %llu = stored %llu + duplicate %llu + refused %llu\n",
           (unsigned long long)l->received, (unsigned long long)l->stored,
           (unsigned long long)l->duplicate, (unsigned long long)ledger_refused(l));
    printf("refused          invalid %llu, conflict %llu, no consent %llu\n",
           (unsigned long long)l->invalid, (unsigned long long)l->conflict,
           (unsigned long long)l->no_consent);
    printf("products         %u, of which %u can be shown\n", f->products, f->sellable);
    printf("shoppers         %llu\n", (unsigned long long)f->shoppers);
    printf("sessions, month  %llu\n", (unsigned long long)f->sessions_month);
    printf("generation       %u%s\n", f->generation, f->generation == 0 ? " (none yet)" : "");
    printf("program          version %u%s\n", f->program,
           f->program == 0 ? " (the built-in default)" : "");
    decisions_print(f);
}

static void status_json(const struct status_figures *f)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct json j = json_to(&out);

    json_object_begin(&j);
    json_key_u64(&j, "received", f->ledger.received);
    json_key_u64(&j, "stored", f->ledger.stored);
    json_key_u64(&j, "duplicate", f->ledger.duplicate);
    json_key_u64(&j, "refused", ledger_refused(&f->ledger));
    json_key_u64(&j, "refused_invalid", f->ledger.invalid);
    json_key_u64(&j, "refused_conflict", f->ledger.conflict);
    json_key_u64(&j, "refused_no_consent", f->ledger.no_consent);
    json_key_u64(&j, "position", f->end.number);
    json_key_u64(&j, "products", f->products);
    json_key_u64(&j, "sellable", f->sellable);
    json_key_u64(&j, "shoppers", f->shoppers);
    json_key_u64(&j, "sessions_month", f->sessions_month);
    json_key_u64(&j, "generation", f->generation);
    json_key_u64(&j, "program", f->program);
    json_key_u64(&j, "decisions", f->decisions.count);
    json_key_u64(&j, "decision_bytes", f->decisions.bytes_each);
    json_key_u64(&j, "decisions_days", f->decisions_days);
    json_key_bool(&j, "serving", f->serving);
    json_object_end(&j);
    puts(out.data);
}

static int run_status(struct cli *cli)
{
    struct status_figures figures = {.bytes = 0};
    struct error err = {.status = OK};

    if (status_read(cli, &figures, &err) != OK)
        return cli_fail(&err);
    if (cli->json)
        status_json(&figures);
    else
        status_print(cli, &figures);
    return EXIT_DONE;
}

const struct command command_status = {
    .name = "status",
    .usage = "status [--json]",
    .summary = "what the shop holds: received, stored, products, generation",
    .examples = "  endcap status\n  endcap status --json",
    .run = run_status,
};

/* ---- settings ---- */

static void print_setting(struct cli *cli, const struct setting_row *row, const char *value)
{
    SCOPED(buffer_free) struct buffer line = {.data = NULL};
    struct json j = json_to(&line);

    if (!cli->json) {
        printf("%-30s %-18s %s\n", row->name, value[0] == '\0' ? "-" : value, row->meaning);
        return;
    }
    json_object_begin(&j);
    json_key_string(&j, "name", row->name);
    json_key_string(&j, "value", value);
    json_key_string(&j, "default", row->def);
    json_object_end(&j);
    cli_list_add(cli, buffer_text(&line));
}

static int run_settings(struct cli *cli)
{
    SCOPED(buffer_free) struct buffer value = {.data = NULL};

    cli_list_begin(cli, "settings");
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting_row *row = &setting_rows[i];

        buffer_clear(&value);
        settings_print(&cli->settings, row, &value);
        buffer_add_char(&value, '\0');
        print_setting(cli, row, value.data);
    }
    cli_list_end(cli);
    return EXIT_DONE;
}

const struct command command_settings = {
    .name = "settings",
    .usage = "settings [--json]",
    .summary = "every setting, its value here and what it means",
    .details = "Set, weakest first, by its default, $ENDCAP_NAME, a line \"name = value\" in\n"
               "DIR/settings, and the flag --name.",
    .examples = "  endcap settings\n  ENDCAP_TICK_S=10 endcap settings",
    .run = run_settings,
};
