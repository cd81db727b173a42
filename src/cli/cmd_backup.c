/* SPDX-License-Identifier: Apache-2.0 */
/* backup, restore: a shop as one file, and back. */
#include <stdio.h>

#include "base/json.h"
#include "cli/command.h"
#include "paths/backup.h"

static void show_stage(void *context, const char *stage, uint64_t done, uint64_t total)
{
    progress_show(context, stage, done, total);
}

static int say_result(const struct cli *cli, const char *path, const struct backup_result *r,
                      const char *sentence)
{
    SCOPED(buffer_free) struct buffer out = {.data = NULL};
    struct json j = json_to(&out);

    if (!cli->json) {
        printf("%s: %llu records, each checked; %.1f MB; ", sentence,
               (unsigned long long)r->records, (double)r->bytes / 1e6);
        if (r->generation > 0)
            printf("generation %u.\n", r->generation);
        else
            puts("no generation, endcap train makes one.");
        return EXIT_DONE;
    }
    json_object_begin(&j);
    json_key_string(&j, "file", path);
    json_key_u64(&j, "records", r->records);
    json_key_u64(&j, "generation", r->generation);
    json_key_u64(&j, "bytes", r->bytes);
    json_object_end(&j);
    puts(out.data);
    return EXIT_DONE;
}

static int run_backup(struct cli *cli)
{
    struct backup_result result;
    struct progress progress;
    struct backup_options options = {cli_switch(cli, "force"), show_stage, &progress};
    struct error err = {.status = OK};

    progress_begin(&progress, "pages");
    enum status status = backup_make(cli->data_dir, cli->words[0], &options, &result, &err);
    progress_end(&progress);
    return status == OK ? say_result(cli, cli->words[0], &result, "Backed up") : cli_fail(&err);
}

static const struct option_row backup_options[] = {
    {"force", NULL, "replace FILE when it is there"},
    {NULL, NULL, NULL},
};

const struct command command_backup = {
    .name = "backup",
    .usage = "backup FILE [--force]",
    .summary = "the whole shop as one file, also while a server runs",
    .details =
        "The file holds the journal, counters, refused items, decisions, keys and secrets as of\n"
        "one moment, the settings, and the generation that serves. Checkpoints and the other\n"
        "generations are made again. It is read back before it is said to be made.",
    .examples = "  endcap backup /backup/shop-monday.endcap",
    .words_min = 1,
    .words_max = 1,
    .options = backup_options,
    .run = run_backup,
};

static int run_restore(struct cli *cli)
{
    struct backup_result result;
    struct progress progress;
    struct backup_options options = {cli_switch(cli, "yes"), show_stage, &progress};
    struct error err = {.status = OK};

    progress_begin(&progress, "bytes");
    enum status status = backup_restore(cli->words[0], cli->data_dir, &options, &result, &err);
    progress_end(&progress);
    return status == OK ? say_result(cli, cli->words[0], &result, "Restored") : cli_fail(&err);
}

static const struct option_row restore_options[] = {
    {"yes", NULL, "replace the shop that is in the data directory"},
    {NULL, NULL, NULL},
};

const struct command command_restore = {
    .name = "restore",
    .usage = "[--data DIR] restore FILE [--yes]",
    .summary = "the shop of a backup into an empty data directory",
    .details =
        "With --yes a shop that is there, and that no server holds, is replaced; it is kept aside\n"
        "until the new one has opened. People who were erased after the backup was made are in it\n"
        "again: erase them anew (docs/privacy.md).",
    .examples = "  endcap --data /var/lib/endcap restore /backup/shop-monday.endcap",
    .words_min = 1,
    .words_max = 1,
    .options = restore_options,
    .run = run_restore,
};
