/* SPDX-License-Identifier: Apache-2.0 */
/* agents: what a user agent says of being a robot's, by the words of agents.def. Pure: any thread. */
#ifndef INGEST_AGENTS_H
#define INGEST_AGENTS_H

#include <stdbool.h>

#include "base/text.h"

/* Does a user agent say that it is a robot's? `vouched`: it was named under a secret key, where libraries
 * are the shop's own. An absent one says nothing; of a long one the first 512 bytes are looked at. */
bool agent_is_robot(struct text agent, bool vouched);

#endif
