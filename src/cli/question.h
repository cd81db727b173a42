/* SPDX-License-Identifier: Apache-2.0 */
/* question: what a command's flags ask of the recommend path. Private to cli/. */
#ifndef CLI_QUESTION_H
#define CLI_QUESTION_H

#include "cli/command.h"
#include "paths/recommend.h"

/* From the flags shopper, category, cart, age, limit, lang and `item_flag` (the page's product), those
 * of them that the command has; now. EXIT_USAGE with a sentence said for what cannot be asked. */
int question_read(struct cli *cli, const char *surface, const char *item_flag,
                  struct question *out);

#endif
