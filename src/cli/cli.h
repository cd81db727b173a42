/* SPDX-License-Identifier: Apache-2.0 */
/* cli: the commands. Plain text for people on standard output, `--json` for programs, errors as one
 * sentence on standard error.
 *
 * A command is a row of the table in cli.c and a function in one of the cmd_*.c files. What a
 * command needs of the layers beside this one (the server, the demo's shop, the API's description)
 * is handed in by main.c as hooks.
 *
 * Threads    one. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <signal.h>
#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/settings.h"
#include "paths/shop.h"

/* Exit statuses. */
enum { EXIT_DONE = 0, EXIT_WRONG = 1, EXIT_USAGE = 2, EXIT_CANNOT = 3 };

struct serve_options {
    bool demo;              /* the demo's page at `/` */
    const char *public_key; /* for the demo's page */
    /* Called once when the address is bound: "127.0.0.1:7700". May be NULL. */
    void (*ready)(void *context, const char *address);
    void *context;
};

struct cli_hooks {
    /* Serve until `*stop`; the shop is open for writing. */
    enum status (*serve)(struct shop *shop, const struct serve_options *options,
                         const volatile sig_atomic_t *stop, struct error *err);
    /* Fill an empty shop with the made-up one. */
    enum status (*demo_fill)(struct shop *shop, int64_t now_ms, const volatile sig_atomic_t *stop,
                             void (*progress)(void *context, const char *stage, uint64_t done,
                                              uint64_t total),
                             void *context, struct error *err);
    void (*openapi)(struct buffer *out); /* docs/openapi.json */
    void (*routes)(struct buffer *out);  /* docs/routes.md */
};

/* Run what the arguments say; returns the exit status. */
int cli_main(int argc, char **argv, const struct cli_hooks *hooks);

#endif
