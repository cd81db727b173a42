/* SPDX-License-Identifier: Apache-2.0 */
/* acting: whether a shop's pages send what only people do (a scroll, a click in a list, a search, ...), so that
 * a session without any says something. Private to robots.
 *
 * Of long sessions that are over it counts those that had an act in time, and the same of buyers' alone. At
 * ACTING_SESSIONS_MAX both counts are halved, so that what was long ago counts less and less.
 *
 * Acts are sent where four in five long sessions have one. Anybody can send sessions that act: so
 * ACTING_BOUGHT sessions of buyers overrule the rest, in which a purchase came that the shop vouches for.
 * Threads    one folder, or any number of readers. */
#ifndef INGEST_ACTING_H
#define INGEST_ACTING_H

#include <stdbool.h>
#include <stdint.h>

enum {
    ACTING_SESSIONS_MIN = 100, /* before anything is said */
    ACTING_SESSIONS_MAX = 2000,
    ACTING_BOUGHT = 20,
};

/* Saved as it is. Zeroed: nothing was counted. */
struct acting {
    struct acting_count {
        uint32_t sessions, acting; /* acting: of these, with an act */
    } all, bought;
};

void acting_session(struct acting *a, bool acted);
void acting_bought(struct acting *a, bool acted); /* beside acting_session */
/* Are acts sent? */
bool acting_is_sent(const struct acting *a);
/* Could it have come about by counting? */
bool acting_sound(const struct acting *a);

#endif
