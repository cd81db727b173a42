/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: what stands when one ends. Those of robots are counted, and kept out of traffic. */
#include "audit/parts.h"

static uint32_t day_of(int64_t ms)
{
    int64_t day = ms / MS_DAY;

    return day < 0 ? 0 : day >= DAYS_MAX ? DAYS_MAX - 1 : (uint32_t)day;
}

static void tell_session(struct audit *a, enum check c, const struct visitor *v)
{
    char when[TIME_TEXT_SIZE];

    tally_of(a, c)->sessions++;
    if (found(a, c))
        example(a, c, "%u events in %lld s from %.16s", v->session_events,
                (long long)((v->last_ms - v->began_ms) / MS_SECOND), time_print(v->began_ms, when));
}

/* Is it a robot's? By what the state goes by, as far as the visitor was known when it ended. */
static bool is_robot(struct audit *a, const struct visitor *v)
{
    static const enum check checks[ROBOT_WHYS] = {[ROBOT_KNOWN] = CHECK_bots_known,
                                                  [ROBOT_FAST] = CHECK_bots_fast,
                                                  [ROBOT_SILENT] = CHECK_bots_silent};

    looked_at(a, CHECK_bots_known, 1);
    looked_at(a, CHECK_bots_fast, 1);
    looked_at(a, CHECK_bots_silent, 1);
    if (v->robot == ROBOT_NOT)
        return false;
    tell_session(a, checks[v->robot], v);
    return true;
}

void session_close(struct audit *a, struct visitor *v)
{
    struct report *r = &a->report;
    uint32_t day = day_of(v->began_ms);

    if (v->seen == 0 && v->session_events == 0)
        return;
    r->sessions++;
    if (is_robot(a, v)) {
        r->bot_sessions++;
    } else {
        v->sessions++;
        a->session_days[day]++;
        for (int k = 0; k < PAGE_COUNT; k++)
            a->page_sessions[k][day] += (v->seen & (uint32_t)SEEN_PAGE << k) != 0;
        r->sessions_named += (v->seen & SEEN_USER) != 0;
        r->bounce_sessions += v->session_events == 1 && (v->seen & SEEN_ORDER) == 0;
        looked_at(a, CHECK_consent_low, 1);
        if ((v->seen & SEEN_REFUSED) != 0) {
            tally_of(a, CHECK_consent_low)->sessions++;
            (void)found(a, CHECK_consent_low); /* nobody is named */
        }
    }
    v->ever |= (uint8_t)v->seen;
    v->seen = 0;
    v->marks = 0;
    v->session_events = 0;
}

void conclude_sessions(struct audit *a)
{
    for (size_t i = 0; i < a->visitors.count; i++)
        session_close(a, table_row(&a->visitors, i));
}
