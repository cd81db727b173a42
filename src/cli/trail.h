/* SPDX-License-Identifier: Apache-2.0 */
/* trail: answers and trails, from the JSON the server and the library give, as people read them.
 * Private to cli/. */
#ifndef CLI_TRAIL_H
#define CLI_TRAIL_H

#include "base/text.h"

/* A table: slot, product, title, price, reason; with its trail when it has one. */
void answer_print(struct text json);

#endif
