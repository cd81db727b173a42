/* SPDX-License-Identifier: Apache-2.0 */
/* What a program's rules come to in the shop at hand. */
#include <stdio.h>

#include "base/file.h"
#include "base/time.h"
#include "cli/command.h"
#include "paths/shop.h"

void program_look_print(const struct cli *cli, const char *path, const struct program *program)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    struct problems found = {.count = 0};
    struct error err = {.status = OK}; /* the document is sound without a shop */

    if (!file_exists(arena_printf(&a, "%s/store.db", cli->data_dir)) ||
        shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, NULL, &err) != OK)
        return;
    shop_read_lock(shop);
    program_look(program, shop->state->catalog, time_now_ms(), &a, &found);
    shop_read_unlock(shop);
    for (const struct problem *p = found.first; p != NULL; p = p->next) {
        printf("%s:%d:%d: ", path, p->line, p->column);
        (void)cli_print(text_from(p->message), 0);
        putchar('\n');
    }
}
