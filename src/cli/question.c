/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/question.h"

#include "base/time.h"

int question_read(struct cli *cli, const char *surface, const char *item_flag, struct question *out)
{
    struct text cart = text_from(cli_option(cli, "cart"));
    uint64_t limit = 0, age = 0;

    *out = (struct question){
        .surfaces = {text_from(surface)},
        .surface_count = 1,
        .anonymous_id = text_from(cli_option(cli, "shopper")),
        .user_id = text_from(cli_option(cli, "shopper")),
        .item_id = text_from(cli_option(cli, item_flag)),
        .category = text_from(cli_option(cli, "category")),
        .language = text_from(cli_option(cli, "lang")),
        .now_ms = time_now_ms(),
    };
    if (!cli_number(cli, "limit", 1, SURFACE_LIMIT_MAX, &limit))
        return EXIT_USAGE;
    if (!cli_number(cli, "age", 1, 150, &age))
        return EXIT_USAGE;
    out->age_verified = (uint32_t)age;
    out->limit = (uint32_t)limit;
    while (cart.data != NULL) {
        struct text line = text_trim(text_cut(&cart, ','));

        if (out->cart_count == RECOMMEND_CART_MAX)
            return cli_usage(cli, "--cart takes at most %d products", RECOMMEND_CART_MAX);
        if (line.size > 0)
            out->cart[out->cart_count++] = line;
    }
    return EXIT_DONE;
}
