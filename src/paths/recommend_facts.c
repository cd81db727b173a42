/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_facts: what filters over shoppers may know of who asks. */
#include "base/time.h"
#include "paths/recommend_steps.h"

/* Whole days from `then_ms` on; -1: there is no such time. */
static int64_t days_since(int64_t then_ms, int64_t now_ms)
{
    if (then_ms == 0)
        return -1;
    return now_ms > then_ms ? (now_ms - then_ms) / MS_DAY : 0;
}

struct shopper_facts shopper_facts_of(const struct profile *profile, const struct arrival *arrival,
                                      int64_t now_ms)
{
    struct shopper_facts facts = {
        .arrival = *arrival, .days_since_last = -1, .days_since_order = -1};
    struct arrival *a = &facts.arrival;

    if (!profile->personal)
        return facts;
    if (a->device == DEVICE_UNKNOWN)
        a->device = (uint8_t)profile->device;
    if (a->country == 0)
        a->country = profile->country;
    if (a->source == 0 && a->medium == 0) {
        a->source = profile->source;
        a->medium = profile->medium;
    }
    a->landing = profile->landing;
    facts.history = true;
    facts.returning = profile->returning;
    facts.days_since_last = days_since(profile->last_visit_ms, now_ms);
    facts.days_since_order = days_since(profile->last_order_ms, now_ms);
    facts.orders = profile->orders;
    facts.spend_micros = profile->spend_micros;
    return facts;
}
