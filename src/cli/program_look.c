/* SPDX-License-Identifier: Apache-2.0 */
/* What a program's rules come to in the shop at hand. */
#include "base/file.h"
#include "base/time.h"
#include "cli/command.h"
#include "paths/shop.h"

void cli_look_program(const struct cli *cli, const struct program *program, struct arena *a,
                      struct problems *remarks)
{
    SCOPED(shop_close) struct shop *shop = NULL;
    struct error err = {.status = OK}; /* the document is sound without a shop */

    if (!file_exists(arena_printf(a, "%s/store.db", cli->data_dir)) ||
        shop_open(&shop, cli->data_dir, SHOP_READ, &cli->settings, NULL, &err) != OK)
        return;
    shop_read_lock(shop);
    program_look(program, shop->state->catalog, time_now_ms(), a, remarks);
    shop_read_unlock(shop);
}
