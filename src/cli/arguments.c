/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the command line by the commands' tables, and the help that those tables give. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int option_find(const struct command *c, const char *name, size_t size)
{
    for (int i = 0; c != NULL && c->options != NULL && c->options[i].name != NULL; i++)
        if (strlen(c->options[i].name) == size && strncmp(c->options[i].name, name, size) == 0)
            return i;
    return -1;
}

const char *cli_option(const struct cli *cli, const char *name)
{
    int row = option_find(cli->command, name, strlen(name));

    return row < 0 ? NULL : cli->option_values[row];
}

bool cli_switch(const struct cli *cli, const char *name)
{
    return cli_option(cli, name) != NULL;
}

bool cli_number(const struct cli *cli, const char *name, uint64_t min, uint64_t max, uint64_t *out)
{
    const char *value = cli_option(cli, name);
    uint64_t number;

    if (value == NULL)
        return true;
    if (text_to_u64(text_from(value), &number) && number >= min && number <= max) {
        *out = number;
        return true;
    }
    (void)cli_usage(cli, "--%s must be a whole number from %llu to %llu, got '%s'", name,
                    (unsigned long long)min, (unsigned long long)max, value);
    return false;
}

/* One setting given as a flag, remembered until the data directory is known. */
struct given_setting {
    char name[64];
    const char *value;
};

struct parsing {
    struct cli *cli;
    int argc, at;
    char **argv;
    struct given_setting settings[64];
    size_t setting_count;
    bool *help;
};

static bool setting_known(const char *name, size_t size)
{
    for (size_t i = 0; i < setting_count; i++) {
        size_t k = 0;

        for (; k < size && setting_rows[i].name[k] != '\0'; k++)
            if ((name[k] == '-' ? '_' : name[k]) != setting_rows[i].name[k])
                break;
        if (k == size && setting_rows[i].name[k] == '\0')
            return true;
    }
    return false;
}

/* The value of the flag at p->at: behind '=', or the next word. NULL when there is none. */
static const char *value_of(struct parsing *p, const char *equals)
{
    if (equals != NULL)
        return equals + 1;
    return p->at + 1 < p->argc ? p->argv[++p->at] : NULL;
}

static int keep_setting(struct parsing *p, const char *name, size_t size, const char *value)
{
    struct given_setting *s = &p->settings[p->setting_count];

    if (value == NULL)
        return cli_usage(p->cli, "--%.*s needs a value", (int)size, name);
    if (p->setting_count == COUNT(p->settings) || size >= sizeof(s->name))
        return cli_usage(p->cli, "too many flags");
    memcpy(s->name, name, size);
    s->name[size] = '\0';
    s->value = value;
    p->setting_count++;
    return EXIT_DONE;
}

static int parse_flag(struct parsing *p)
{
    const char *name = p->argv[p->at] + 2, *equals = strchr(name, '=');
    size_t size = equals == NULL ? strlen(name) : (size_t)(equals - name);
    struct cli *cli = p->cli;
    int row = option_find(cli->command, name, size);

    if (size == 4 && strncmp(name, "help", 4) == 0) {
        *p->help = true;
        return EXIT_DONE;
    }
    if (row >= 0 && cli->command->options[row].value == NULL) {
        cli->option_values[row] = "";
        return EXIT_DONE;
    }
    if (row >= 0) {
        cli->option_values[row] = value_of(p, equals);
        return cli->option_values[row] != NULL
                   ? EXIT_DONE
                   : cli_usage(cli, "--%.*s needs a value", (int)size, name);
    }
    if (size == 4 && strncmp(name, "json", 4) == 0) {
        cli->json = true;
        return EXIT_DONE;
    }
    if (size == 4 && strncmp(name, "data", 4) == 0) {
        cli->data_dir = value_of(p, equals);
        return cli->data_dir != NULL ? EXIT_DONE : cli_usage(cli, "--data needs a folder");
    }
    if (setting_known(name, size))
        return keep_setting(p, name, size, value_of(p, equals));
    return cli_usage(cli, "unknown flag --%.*s", (int)size, name);
}

static int parse_word(struct parsing *p)
{
    struct cli *cli = p->cli;
    const char *word = p->argv[p->at];

    if (cli->command == NULL && strcmp(word, "help") == 0) {
        *p->help = true;
        return EXIT_DONE;
    }
    if (cli->command == NULL) {
        cli->command = command_find(word);
        return cli->command != NULL ? EXIT_DONE : cli_usage(cli, "unknown command '%s'", word);
    }
    if (cli->word_count == cli->command->words_max || cli->word_count == WORDS_MAX)
        return cli_usage(cli, "'%s' is one word too many", word);
    cli->words[cli->word_count++] = word;
    return EXIT_DONE;
}

static int load_settings(struct parsing *p)
{
    struct error err = {.status = OK};
    struct stat about;

    if (stat(p->cli->data_dir, &about) == 0 && !S_ISDIR(about.st_mode)) {
        fprintf(stderr, "endcap: %s is not a folder; --data names the folder of a shop\n",
                p->cli->data_dir);
        return EXIT_CANNOT;
    }
    if (settings_load(&p->cli->settings, p->cli->data_dir, &err) != OK)
        return cli_fail(&err);
    for (size_t i = 0; i < p->setting_count; i++)
        if (settings_set(&p->cli->settings, p->settings[i].name, p->settings[i].value, &err) != OK)
            return cli_fail(&err);
    return EXIT_DONE;
}

int cli_parse(struct cli *cli, int argc, char **argv, bool *help)
{
    struct parsing p = {.cli = cli, .argc = argc, .argv = argv, .help = help};
    bool words_only = false;

    for (p.at = 1; p.at < argc; p.at++) {
        int status = EXIT_DONE;

        if (!words_only && strcmp(argv[p.at], "--") == 0)
            words_only = true;
        else if (!words_only && strncmp(argv[p.at], "--", 2) == 0)
            status = parse_flag(&p);
        else if (!words_only && strcmp(argv[p.at], "-h") == 0)
            *help = true;
        else
            status = parse_word(&p);
        if (status != EXIT_DONE)
            return status;
    }
    if (*help || cli->command == NULL)
        return EXIT_DONE;
    if (cli->word_count < cli->command->words_min)
        return cli_usage(cli, "usage: endcap %s", cli->command->usage);
    if (cli->data_dir == NULL)
        cli->data_dir = getenv("ENDCAP_DATA");
    if (cli->data_dir == NULL || cli->data_dir[0] == '\0')
        cli->data_dir = "./endcap-data";
    return load_settings(&p);
}

static void help_of_all(void)
{
    puts("Endcap, the personalization engine a shop runs itself.\n\n"
         "usage: endcap [--data DIR] [--json] COMMAND\n");
    for (size_t i = 0; commands[i] != NULL; i++)
        if (!commands[i]->hidden)
            printf("  %-11s %s\n", commands[i]->name, commands[i]->summary);
    puts("\nDIR is --data, else $ENDCAP_DATA, else ./endcap-data. Every setting is a flag too\n"
         "(endcap settings). endcap COMMAND --help says more.\n\n"
         "exit status: 0 done, 1 it ran and found something wrong, 2 usage, 3 could not run");
}

void cli_help(const struct command *c)
{
    if (c == NULL) {
        help_of_all();
        return;
    }
    printf("usage: endcap %s\n\n%s\n", c->usage, c->summary);
    if (c->details != NULL)
        printf("\n%s\n", c->details);
    if (c->options != NULL)
        puts("");
    for (size_t i = 0; c->options != NULL && c->options[i].name != NULL; i++) {
        char flag[64];

        snprintf(flag, sizeof(flag), "--%s %s", c->options[i].name,
                 c->options[i].value == NULL ? "" : c->options[i].value);
        printf("  %-24s %s\n", flag, c->options[i].help);
    }
    if (c->examples != NULL)
        printf("\nexamples:\n%s\n", c->examples);
}
