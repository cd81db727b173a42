/* SPDX-License-Identifier: Apache-2.0 */
/* question: what a command's flags ask of the recommend path. Private to cli/. */
#ifndef CLI_QUESTION_H
#define CLI_QUESTION_H

#include "cli/command.h"
#include "paths/recommend.h"

/* The flags of every command that asks, beside those for the surface and its page. `of` stands before each
 * help: "try: ". */
#define QUESTION_OPTIONS(of)                                                                       \
    {"shopper", "ID", of "for this visitor (anonymous id) or customer (user id)"},                 \
        {"category", "PATH", of "on the page of this category: \"Home > Tables\""},                \
        {"cart", "ID,ID", of "with this in the cart"},                                             \
        {"age", "YEARS", of "how old the shopper is known to be; default: nobody vouches"},        \
        {"device", "KIND", of "on a desktop, mobile or tablet"},                                   \
        {"country", "CODE", of "from there: two letters"},                                         \
        {"source", "WORD", of "come by this utm_source"},                                          \
        {"medium", "WORD", of "and this utm_medium"},                                              \
        {"campaign", "WORD", of "and this utm_campaign"},                                          \
        {"lang", "TAG", of "the language of reasons, like de-AT; default: English"},               \
    {                                                                                              \
        "limit", "N", of "how many, at most; default: the surface's own"                           \
    }

/* From those flags and `item_flag` (the page's product); now. EXIT_USAGE with a sentence said for what
 * cannot be asked. */
int question_read(struct cli *cli, const char *surface, const char *item_flag,
                  struct question *out);

#endif
