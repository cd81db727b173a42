/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "cli/command.h"

enum { EXIT_TWICE = 130, TWICE_NS = 500 * 1000 * 1000 };

/* clang-format off */
/* In the order a newcomer needs them. */
const struct command *const commands[] = {
    &command_init,
    &command_import,
    &command_refused,
    &command_audit,
    &command_train,
    &command_evaluate,
    &command_serve,
    &command_recommend,
    &command_why,
    &command_program,
    &command_generation,
    &command_key,
    &command_status,
    &command_settings,
    &command_shopper,
    &command_backup,
    &command_restore,
    &command_docs,
    &command_demo,
    &command_checkpoint,
    NULL,
};
/* clang-format on */

volatile sig_atomic_t cli_stop;

/* One Ctrl-C may come as two signals at once (of `timeout`, of a shell that passes it on); a person's
 * second one comes later, and ends the process. */
static void on_signal(int number)
{
    static volatile uint64_t first_ns; /* touched here alone */
    uint64_t now_ns = time_monotonic_ns();

    if (!cli_stop)
        first_ns = now_ns;
    else if (number == SIGINT && now_ns - first_ns > TWICE_NS)
        _exit(EXIT_TWICE);
    cli_stop = 1;
}

void cli_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal}, hang_up;

    (void)sigaction(SIGINT, &action, NULL); /* cannot fail for these three */
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, NULL, &hang_up);
    if (hang_up.sa_handler != SIG_IGN) /* nohup wants it to go on */
        (void)sigaction(SIGHUP, &action, NULL);
}

/* A message may quote bytes of a file; a terminal gets none that are not text. */
static void complain(const char *message)
{
    struct text rest = text_from(message);

    fputs("endcap: ", stderr);
    while (rest.size > 0) {
        unsigned char first = (unsigned char)rest.data[0];
        size_t size = first < 0x80 ? 1 : text_utf8_sequence(rest.data, rest.size);
        if (size == 0 || (first < ' ' && first != '\n') || first == 0x7f) {
            fputc('?', stderr);
            size = 1;
        } else {
            fwrite(rest.data, 1, size, stderr);
        }
        rest.data += size;
        rest.size -= size;
    }
    fputc('\n', stderr);
}

int cli_fail(const struct error *err)
{
    complain(err->message);
    return err->status == ERR_INVALID ? EXIT_USAGE : EXIT_CANNOT;
}

void cli_warn(const char *message)
{
    complain(message);
}

int cli_usage(const struct cli *cli, const char *format, ...)
{
    va_list list;

    fputs("endcap: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fprintf(stderr, "; see: endcap %s%s--help\n", cli->command == NULL ? "" : cli->command->name,
            cli->command == NULL ? "" : " ");
    return EXIT_USAGE;
}

static int say_version(void)
{
    puts("endcap " ENDCAP_VERSION);
    return EXIT_DONE;
}

/* Settings of the data directory, overridden by this call's flags (done by cli_parse). */
static int run_command(struct cli *cli)
{
    enum log_level level;

    if (log_level_parse(text_from(cli->settings.log_level), &level))
        log_level_set(level);
    return cli->command->run(cli);
}

int cli_main(int argc, char **argv, const struct cli_hooks *hooks)
{
    struct cli cli = {.hooks = hooks};
    bool help = false;
    int status;

    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write, not a death */
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--version") == 0)
            return say_version();
    status = cli_parse(&cli, argc, argv, &help);
    if (status != EXIT_DONE)
        return status;
    if (help || cli.command == NULL) {
        cli_help(cli.command);
        return help ? EXIT_DONE : EXIT_USAGE;
    }
    return run_command(&cli);
}
