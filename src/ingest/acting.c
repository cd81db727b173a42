/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/acting.h"

enum { MOST_NUMERATOR = 4, MOST_DENOMINATOR = 5 };

static void count(struct acting_count *c, bool acted)
{
    if (c->sessions == ACTING_SESSIONS_MAX) {
        c->sessions /= 2;
        c->acting /= 2;
    }
    c->sessions++;
    c->acting += acted;
}

void acting_session(struct acting *a, bool acted)
{
    count(&a->all, acted);
}

void acting_bought(struct acting *a, bool acted)
{
    count(&a->bought, acted);
}

static bool most_act(const struct acting_count *c)
{
    return c->acting * MOST_DENOMINATOR >= c->sessions * MOST_NUMERATOR;
}

bool acting_is_sent(const struct acting *a)
{
    return a->all.sessions >= ACTING_SESSIONS_MIN && most_act(&a->all) &&
           (a->bought.sessions < ACTING_BOUGHT || most_act(&a->bought));
}

static bool count_sound(const struct acting_count *c)
{
    return c->acting <= c->sessions && c->sessions <= ACTING_SESSIONS_MAX;
}

bool acting_sound(const struct acting *a)
{
    return count_sound(&a->all) && count_sound(&a->bought);
}
