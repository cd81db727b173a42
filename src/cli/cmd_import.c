/* SPDX-License-Identifier: Apache-2.0 */
/* import and refused: files into the shop, here or through the server that runs on it; and what was
 * refused, why, and trying it again. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/command.h"
#include "ingest/ledger.h"
#include "net/client.h"
#include "paths/import.h"
#include "paths/refused.h"

enum {
    REFUSED_SHOWN_MAX = 100, /* of a dry run */
    ROW_REST_MAX = 1 << 20,  /* bytes sent to the end of a row once Ctrl-C was pressed */
};

/* What a server is sent of our file. */
struct sending {
    FILE *in;
    bool quotes;  /* the format's rows may hold line ends between double quotes */
    bool quoted;  /* we are between two */
    bool breaks;  /* nobody can say where a row ends: Ctrl-C breaks the request off */
    bool ended;   /* by Ctrl-C, behind a whole row */
    size_t since; /* bytes sent since it was pressed */
};

struct importing {
    struct cli *cli;
    bool catalog;
    struct import_options options;
    struct progress progress;
    uint64_t file_bytes; /* 0: not known (standard input) */
    uint64_t refused_shown;
    uint64_t refused_before; /* number of the newest one kept before this import */
    struct sending sending;
};

static void show_counts(void *context, const struct import_counts *counts)
{
    struct importing *i = context;
    uint64_t total = 0;

    /* rows are counted, bytes tell how far: the rest is taken to be like what was read */
    if (i->file_bytes > 0 && counts->bytes > 0 && counts->bytes <= i->file_bytes)
        total =
            (uint64_t)((double)counts->received * (double)i->file_bytes / (double)counts->bytes);
    progress_show(&i->progress, i->options.name, counts->received, total);
}

static void show_refused(void *context, uint64_t line, const char *field, const char *message)
{
    struct importing *i = context;
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    FILE *to = i->cli->json ? stderr : stdout;

    if (i->refused_shown++ >= REFUSED_SHOWN_MAX)
        return;
    progress_end(&i->progress);
    if (field[0] != '\0' && strncmp(message, field, strlen(field)) != 0)
        buffer_printf(&out, "%s: ", field);
    buffer_add_string(&out, message);
    for (size_t k = 0; k < out.size; k++)
        if ((unsigned char)out.data[k] < 0x20 || out.data[k] == 0x7F)
            out.data[k] = ' ';
    fprintf(to, "line %llu: %.*s\n", (unsigned long long)line, (int)out.size, out.data);
    if (i->refused_shown == REFUSED_SHOWN_MAX)
        fputs("(further ones are only counted)\n", to);
}

/* The newest refused item that is kept; 0 when there is none, or nobody can say. What is refused for want
 * of consent is counted and not kept. */
static uint64_t newest_refused(const struct cli *cli)
{
    SCOPED(store_close) struct store *store = NULL;
    struct error ignored = {.status = OK}; /* it is but for a hint */
    uint64_t last = 0;

    if (store_open(&store, cli->data_dir, STORE_READ, NULL, &ignored) != OK ||
        ledger_refused_last(store, &last, &ignored) != OK)
        return 0;
    return last;
}

/* What is there to do about it; the last line of the output stays the sum. */
static void say_hint(const struct importing *i, const struct import_counts *c)
{
    if (cli_switch(i->cli, "dry-run"))
        fputs("endcap: a dry run, nothing was stored\n", stderr);
    else if (!i->cli->json && c->refused > 0 && newest_refused(i->cli) > i->refused_before)
        fputs("endcap: see what was refused, and why: endcap refused list\n", stderr);
}

static int say_counts(const struct importing *i, const struct import_counts *c)
{
    const struct cli *cli = i->cli;

    if (!cli->json && c->unpublished > 0)
        printf("unpublished %llu products the file lacks\n", (unsigned long long)c->unpublished);
    if (cli->json)
        printf("{\"received\":%llu,\"stored\":%llu,\"duplicate\":%llu,\"refused\":%llu}\n",
               (unsigned long long)c->received, (unsigned long long)c->stored,
               (unsigned long long)c->duplicate, (unsigned long long)c->refused);
    else
        printf("received %llu = stored %llu + duplicate %llu + refused %llu\n",
               (unsigned long long)c->received, (unsigned long long)c->stored,
               (unsigned long long)c->duplicate, (unsigned long long)c->refused);
    say_hint(i, c);
    return c->refused > 0 ? EXIT_WRONG : EXIT_DONE;
}

/* Every flag of an import, by name. */
static enum status read_flags(struct importing *i, struct error *err)
{
    const struct option_row *rows = i->cli->command->options;

    for (size_t k = 0; rows[k].name != NULL; k++) {
        const char *value = i->cli->option_values[k];

        if (value != NULL && import_option(&i->options, rows[k].name, value, err) != OK)
            return err->status;
    }
    return OK;
}

static enum status import_here(struct importing *i, struct import_counts *counts, struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    enum shop_mode mode = i->options.dry_run ? SHOP_DRY : SHOP_WRITE;

    if (shop_open(&shop, i->cli->data_dir, mode, &i->cli->settings, cli_warn, err) != OK)
        return err->status;
    return i->catalog ? import_catalog(shop, &i->options, counts, err)
                      : import_events(shop, &i->options, counts, err);
}

/* Bytes of `bytes` up to the first end of a row behind which sending may stop, or all of them. */
static size_t scan_rows(struct sending *s, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        s->quoted ^= s->quotes && bytes[i] == '"';
        s->breaks |= bytes[i] == '\0'; /* UTF-16: a line end is more than one byte */
        if (cli_stop && bytes[i] == '\n' && !s->quoted) {
            s->ended = true;
            return i + 1;
        }
    }
    return size;
}

/* What the server reads of our file ends behind the row at which Ctrl-C was pressed (half a row
 * might pass for another one); it then answers with its counts. */
static ssize_t read_sent(void *cookie, char *bytes, size_t size)
{
    struct sending *s = cookie;

    if (s->ended)
        return 0;
    size_t count = fread(bytes, 1, size, s->in);
    if (count == 0 && ferror(s->in) != 0)
        return -1;
    count = scan_rows(s, bytes, count);
    s->since += cli_stop ? count : 0;
    s->breaks |= s->since > ROW_REST_MAX;
    return (ssize_t)count;
}

static int show_sent(void *context, uint64_t sent)
{
    struct importing *i = context;

    progress_show(&i->progress, i->options.name, sent, i->file_bytes);
    return i->sending.breaks && cli_stop;
}

/* The flags again, as the query of the server's route. */
static void query_of(const struct importing *i, struct buffer *url)
{
    const struct option_row *rows = i->cli->command->options;

    buffer_printf(url, "http://endcap/local/import/%s?name=", i->catalog ? "catalog" : "events");
    client_escape(url, text_from(i->options.name));
    for (size_t k = 0; rows[k].name != NULL; k++) {
        const char *value = i->cli->option_values[k];

        if (value == NULL)
            continue;
        buffer_add_char(url, '&');
        for (const char *c = rows[k].name; *c != '\0'; c++)
            buffer_add_char(url, *c == '-' ? '_' : *c);
        buffer_add_char(url, '=');
        client_escape(url, text_from(rows[k].value == NULL ? "true" : value));
    }
}

static uint64_t number_of(const json_t *root, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(root, key));
}

static enum status import_there(struct importing *i, struct import_counts *counts,
                                struct error *err)
{
    SCOPED(buffer_free) struct buffer socket = {.data = NULL};
    SCOPED(buffer_free) struct buffer url = {.data = NULL};
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    SCOPED(file_close)
    FILE *sent = fopencookie(&i->sending, "rb", (cookie_io_functions_t){.read = read_sent});
    struct client_request request = {.method = "POST",
                                     .type = "application/octet-stream",
                                     .body_file = sent,
                                     .progress = show_sent,
                                     .context = i};
    long http = 0;
    json_t *root;

    /* a product's rows stand together, and --full would unpublish what was not sent */
    i->sending = (struct sending){.in = i->options.in,
                                  .quotes = strcmp(cli_option(i->cli, "from"), "jsonl") != 0,
                                  .breaks = i->catalog};
    buffer_printf(&socket, "%s/endcap.sock", i->cli->data_dir);
    query_of(i, &url);
    request.socket_path = socket.data;
    request.url = url.data;
    i->progress.unit = "bytes";
    if (client_run(&request, &http, &answer, err) != OK)
        return error_set(err, ERR_UNAVAILABLE,
                         "the server on %s broke off; what it stored stays, run the same command "
                         "again to go on",
                         i->cli->data_dir);
    root = json_loadb(buffer_text(&answer).data, answer.size, 0, NULL);
    *counts = (struct import_counts){
        .received = number_of(root, "received"),
        .stored = number_of(root, "stored"),
        .duplicate = number_of(root, "duplicate"),
        .refused = number_of(root, "refused"),
        .unpublished = number_of(root, "unpublished"),
    };
    json_decref(root);
    return http < 400 ? OK : cli_error_of_answer(http, &answer, err);
}

static int import_file(struct importing *i, const char *path)
{
    SCOPED(file_close) FILE *in = strcmp(path, "-") == 0 ? fdopen(0, "rb") : fopen(path, "rb");
    struct import_counts counts = {.received = 0};
    struct error err = {.status = OK};
    struct stat about;
    enum status status;

    if (in == NULL) {
        (void)error_set(&err, ERR_NOT_FOUND, "%s cannot be opened: %s", path, strerror(errno));
        return cli_fail(&err);
    }
    if (fstat(fileno(in), &about) == 0 && S_ISREG(about.st_mode))
        i->file_bytes = (uint64_t)about.st_size;
    i->options.in = in;
    i->options.name = path;
    if (read_flags(i, &err) != OK)
        return cli_fail(&err);
    cli_catch_signals();
    progress_begin(&i->progress, "rows");
    status = !i->options.dry_run && cli_server_runs(i->cli) ? import_there(i, &counts, &err)
                                                            : import_here(i, &counts, &err);
    progress_end(&i->progress);
    if (cli_stop && i->sending.breaks) {
        fputs("endcap: interrupted; what the server stored stays; run the same command again to go "
              "on\n",
              stderr);
        return EXIT_WRONG;
    }
    if (cli_stop) {
        (void)say_counts(i, &counts);
        fputs("endcap: interrupted; run the same command again to go on\n", stderr);
        return EXIT_WRONG;
    }
    if (status == OK)
        return say_counts(i, &counts);
    if (counts.received > 0)
        (void)say_counts(i, &counts); /* what came before the failure is stored */
    return cli_fail(&err);
}

static int run_import(struct cli *cli)
{
    struct importing i = {.cli = cli,
                          .catalog = strcmp(cli->words[0], "catalog") == 0,
                          .options = {.now_ms = time_now_ms(), .stop = &cli_stop}};

    if (!i.catalog && strcmp(cli->words[0], "events") != 0)
        return cli_usage(cli, "import knows catalog and events, not '%s'", cli->words[0]);
    if (cli_option(cli, "from") == NULL)
        return cli_usage(cli, "import needs --from %s",
                         i.catalog ? "jsonl|csv|shopify|woocommerce|google" : "jsonl|csv");
    i.refused_before = newest_refused(cli);
    i.options.progress = show_counts;
    i.options.context = &i;
    if (cli_switch(cli, "dry-run"))
        i.options.refused = show_refused;
    return import_file(&i, cli->words[1]);
}

static const struct option_row import_options[] = {
    {"from", "FORMAT", "events: jsonl, csv; catalog: also shopify, woocommerce, google"},
    {"map", "FIELD=COLUMN,...", "our fields and the file's columns; FIELD==TEXT is a constant"},
    {"time-format", "F", "of the time column, as strptime: \"%d/%m/%Y %H:%M\""},
    {"time-zone", "Z", "of times: Europe/Berlin; default UTC, of woocommerce the program's"},
    {"encoding", "E", "of the file: ISO-8859-1, Windows-1252, UTF-16; default UTF-8"},
    {"delimiter", "C", "one character, or tab; default: found in the header"},
    {"currency", "CUR", "of amounts, where the file names none; default: the program's"},
    {"no-header", NULL, "the file has no header; columns are 1, 2, ..."},
    {"full", NULL, "catalog: unpublish what the file lacks"},
    {"yes", NULL, "catalog: also when that is more than 20%"},
    {"dry-run", NULL, "judge and count, write nothing, and say what would be refused"},
    {NULL, NULL, NULL},
};

const struct command command_import = {
    .name = "import",
    .usage = "import catalog|events FILE --from FORMAT [--map FIELD=COLUMN,...] [--dry-run]",
    .summary = "read a file of products or events ('-' is standard input)",
    .details = "Ends with received = stored + duplicate + refused. The same import again changes "
               "nothing;\nwhat was counted as stored is on disk. Exits 1 when rows were refused.",
    .examples =
        "  endcap import catalog products.csv --from shopify --currency EUR\n"
        "  endcap import events orders.csv --from csv --map type==purchase,transaction_id=Invoice,"
        "\\\n      item_id=StockCode,quantity=Quantity,price=UnitPrice,time=InvoiceDate,"
        "user_id=CustomerID\n"
        "  endcap import events clicks.csv --from csv --map session_id=session_id,item_id=item_id,"
        "time=time",
    .words_min = 2,
    .words_max = 2,
    .options = import_options,
    .run = run_import,
};

/* ---- refused ---- */

static void print_refused(void *context, const struct refused_item *item)
{
    struct cli *cli = context;
    char when[TIME_TEXT_SIZE];

    if (cli->json) {
        SCOPED(buffer_free) struct buffer line = {.data = NULL};
        struct json j = json_to(&line);

        json_object_begin(&j);
        json_key_u64(&j, "number", item->number);
        json_key_string(&j, "time", time_print(item->time_ms, when));
        json_key_text(&j, "origin", item->origin);
        json_key_u64(&j, "line", item->line);
        json_key_text(&j, "code", item->code);
        json_key_text(&j, "field", item->field);
        json_key_text(&j, "message", item->message);
        json_key_text(&j, "body", item->body);
        json_object_end(&j);
        cli_list_add(cli, buffer_text(&line));
        return;
    }
    printf("%6llu  ", (unsigned long long)item->number);
    (void)cli_print(item->origin, 60);
    if (item->line > 0)
        printf(":%llu", (unsigned long long)item->line);
    fputs("  ", stdout);
    (void)cli_print(item->code, 0);
    fputs("  ", stdout);
    (void)cli_print(item->message, 0);
    putchar('\n');
}

static int refused_list(struct cli *cli)
{
    SCOPED(store_close) struct store *store = NULL;
    struct error err = {.status = OK};
    uint64_t after = 0, limit = 1000;

    if (!cli_number(cli, "after", 0, UINT64_MAX, &after) ||
        !cli_number(cli, "limit", 1, 1000000, &limit))
        return EXIT_USAGE;
    if (store_open(&store, cli->data_dir, STORE_READ, NULL, &err) != OK)
        return cli_fail(&err);
    cli_list_begin(cli, "refused");
    if (ledger_refused_each(store, after, limit, print_refused, cli, &err) != OK)
        return cli_fail(&err);
    cli_list_end(cli);
    return EXIT_DONE;
}

static enum status replay_there(struct cli *cli, struct refused_replayed *counts, struct error *err)
{
    SCOPED(buffer_free) struct buffer answer = {.data = NULL};
    json_t *root;

    if (cli_ask(cli, "POST", "/local/refused/replay", (struct text){0}, &answer, err) != OK)
        return err->status;
    root = json_loadb(answer.data, answer.size, 0, NULL);
    *counts = (struct refused_replayed){.tried = number_of(root, "tried"),
                                        .stored = number_of(root, "stored"),
                                        .duplicate = number_of(root, "duplicate"),
                                        .refused = number_of(root, "refused"),
                                        .passed_over = number_of(root, "passed_over")};
    json_decref(root);
    return OK;
}

static enum status replay_here(struct cli *cli, struct refused_replayed *counts, struct error *err)
{
    SCOPED(shop_close) struct shop *shop = NULL;

    if (shop_open(&shop, cli->data_dir, SHOP_WRITE, &cli->settings, cli_warn, err) != OK)
        return err->status;
    return refused_replay_all(shop, time_now_ms(), counts, err);
}

static int refused_replay(struct cli *cli)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct refused_replayed counts;
    struct error err = {.status = OK};
    struct json j = json_to(&out);

    if ((cli_server_runs(cli) ? replay_there(cli, &counts, &err)
                              : replay_here(cli, &counts, &err)) != OK)
        return cli_fail(&err);
    if (!cli->json) {
        printf("tried %llu: stored %llu, known already %llu, refused again %llu\n",
               (unsigned long long)counts.tried, (unsigned long long)counts.stored,
               (unsigned long long)counts.duplicate, (unsigned long long)counts.refused);
        if (counts.passed_over > 0)
            printf("%llu rows of files were not tried: import their file again\n",
                   (unsigned long long)counts.passed_over);
        return EXIT_DONE;
    }
    refused_replayed_json(&counts, &j);
    puts(out.data);
    return EXIT_DONE;
}

static int run_refused(struct cli *cli)
{
    if (strcmp(cli->words[0], "list") == 0)
        return refused_list(cli);
    if (strcmp(cli->words[0], "replay") == 0)
        return refused_replay(cli);
    return cli_usage(cli, "refused knows list and replay, not '%s'", cli->words[0]);
}

static const struct option_row refused_options[] = {
    {"after", "NUMBER", "list: only those numbered above"},
    {"limit", "N", "list: at most so many; default 1000"},
    {NULL, NULL, NULL},
};

const struct command command_refused = {
    .name = "refused",
    .usage = "refused list [--after NUMBER] [--limit N] | replay",
    .summary = "what was refused and why; try it again after a fix",
    .examples = "  endcap refused list\n  endcap refused list --json --limit 10\n"
                "  endcap refused replay",
    .words_min = 1,
    .words_max = 1,
    .options = refused_options,
    .run = run_refused,
};
