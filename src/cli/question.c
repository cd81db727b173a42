/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/question.h"

#include "base/time.h"

/* False with a sentence said. */
static bool read_arrival(struct cli *cli, struct arrival *out)
{
    struct text device = text_from(cli_option(cli, "device"));
    struct text country = text_from(cli_option(cli, "country"));

    *out = (struct arrival){.source = arrival_word(text_from(cli_option(cli, "source"))),
                            .medium = arrival_word(text_from(cli_option(cli, "medium"))),
                            .campaign = arrival_word(text_from(cli_option(cli, "campaign"))),
                            .country = arrival_country(country),
                            .device = (uint8_t)device_of(device)};
    if (device.data != NULL && out->device == DEVICE_UNKNOWN)
        (void)cli_usage(cli, "--device is desktop, mobile or tablet, not '%s'", device.data);
    else if (country.data != NULL && out->country == 0)
        (void)cli_usage(cli, "--country is two letters like SE, not '%s'", country.data);
    else
        return true;
    return false;
}

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
    if (!cli_number(cli, "age", 1, 150, &age) || !read_arrival(cli, &out->arrival))
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
