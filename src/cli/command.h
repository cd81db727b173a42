/* SPDX-License-Identifier: Apache-2.0 */
/* command: what every command is given, and the rows they stand in. Private to cli/. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdint.h>

#include "base/text.h"
#include "cli/cli.h"

/* One flag of a command. A flag with a value word takes a value: "--limit N" or "--limit=N". */
struct option_row {
    const char *name;  /* "limit" */
    const char *value; /* "N"; NULL: a switch */
    const char *help;
};

enum { OPTIONS_MAX = 24, WORDS_MAX = 8 };

struct cli {
    const char *data_dir;
    bool json;
    const struct cli_hooks *hooks;
    const struct command *command;
    const char *option_values[OPTIONS_MAX]; /* by row; NULL: not given; "" for a switch given */
    const char *words[WORDS_MAX];           /* what is not a flag, behind the command */
    size_t word_count;
    size_t listed;            /* objects of the list begun */
    struct settings settings; /* loaded, with the flags of this call */
};

struct command {
    const char *name;
    const char *usage;   /* behind "endcap " */
    const char *summary; /* one line */
    const char *details; /* what else a person wants to know; may be NULL */
    const char *examples;
    size_t words_min, words_max;
    const struct option_row *options; /* ends with a row without a name; may be NULL */
    bool hidden;                      /* for the program's own use */
    int (*run)(struct cli *cli);
};

extern const struct command *const commands[]; /* ends with NULL */

/* The value of a flag, NULL when it was not given ("" for a switch that was). */
const char *cli_option(const struct cli *cli, const char *name);
bool cli_switch(const struct cli *cli, const char *name);
/* A flag that must be a whole number; false with a sentence on standard error. */
bool cli_number(const struct cli *cli, const char *name, uint64_t min, uint64_t max, uint64_t *out);

/* Read `argv` behind the program's name into `cli`. Returns EXIT_DONE, or EXIT_USAGE with a
 * sentence said; `*help` is set when help was asked for. */
int cli_parse(struct cli *cli, int argc, char **argv, bool *help);
void cli_help(const struct command *command); /* NULL: of all */

/* Say the error on standard error and return the exit status for it. */
int cli_fail(const struct error *err);
/* The same for wrong use, with a hint at --help. */
int cli_usage(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);

/* For shop_open: what was passed over, on standard error. */
void cli_warn(const char *message);

/* Set by SIGINT, SIGTERM and SIGHUP once cli_catch_signals was called; a second SIGINT ends the process. */
extern volatile sig_atomic_t cli_stop;
void cli_catch_signals(void);

/* Print `t` with control characters as spaces, cut to `columns` code points, the last of them then an
 * ellipsis (0: as it is). Returns
 * the code points printed. */
size_t cli_print(struct text t, size_t columns);
void cli_print_padded(struct text t, size_t columns);

/* With --json a list is one object {"NAME": [...]}: begin it, add each object's text, end it. Without
 * it, begin and end print nothing. */
void cli_list_begin(struct cli *cli, const char *name);
void cli_list_add(struct cli *cli, struct text object);
void cli_list_end(struct cli *cli);

/* A bar with rate and time left on a terminal, a line every few seconds otherwise, on standard
 * error. `total` 0: unknown. */
struct progress {
    const char *unit;  /* "rows" */
    const char *stage; /* the one being shown: rate and time left are its own */
    uint64_t started_ns, shown_ns;
    bool terminal, shown;
};
void progress_begin(struct progress *p, const char *unit);
void progress_show(struct progress *p, const char *stage, uint64_t done, uint64_t total);
void progress_end(struct progress *p); /* wipes the bar */

/* A running server of this data directory, over its socket. */
bool cli_server_runs(const struct cli *cli);
/* One request to it: `path` like "/v1/program". An answer of 400 and more becomes its sentence.
 * `answer` gets the body. */
MUST_USE enum status cli_ask(const struct cli *cli, const char *method, const char *path,
                             struct text body, struct buffer *answer, struct error *err);

/* The same with a request of the caller's, whose socket and address are filled in. */
struct client_request;
MUST_USE enum status cli_request(const struct cli *cli, struct client_request *request,
                                 const char *path, struct buffer *answer, struct error *err);

/* Who acts: --by, else $USER, else "unknown"; now, by way of a command. */
struct actor cli_actor(const struct cli *cli);

/* The sentence of a server's answer of 400 and more, and the status it stands for. */
enum status cli_error_of_answer(long http, const struct buffer *answer, struct error *err);

/* The commands' rows, one file each family. */
extern const struct command command_init, command_key, command_status, command_settings,
    command_docs;                                            /* cmd_shop.c, cmd_docs.c */
extern const struct command command_import, command_refused; /* cmd_import.c */
extern const struct command command_train, command_evaluate, command_generation,
    command_checkpoint;                                      /* cmd_learn.c */
extern const struct command command_audit;                   /* cmd_audit.c */
extern const struct command command_serve, command_demo;     /* cmd_serve.c */
extern const struct command command_recommend;               /* cmd_recommend.c */
extern const struct command command_why;                     /* cmd_why.c */
extern const struct command command_program;                 /* cmd_program.c */
extern const struct command command_backup, command_restore; /* cmd_backup.c */
extern const struct command command_shopper;                 /* cmd_shopper.c */

/* What a program's rules come to in the shop of the data directory; nothing when there is no shop, or it
 * cannot be read. */
struct program;
struct problems;
void cli_look_program(const struct cli *cli, const struct program *program, struct arena *a,
                      struct problems *remarks);

#endif
