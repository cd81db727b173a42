/* SPDX-License-Identifier: Apache-2.0 */
/* What asking for consent costs the writer an event: one JSON line. Made people from a fixed seed: a
 * customer with two devices each and an address for every one in four, identifiers of 36 letters; two events
 * in three name a customer. "refused_ns" is an event when one person in a hundred refused analytics,
 * "erased_ns" when 100 people were erased besides.
 *
 * usage: admit [CUSTOMERS]    default 250,000 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/money.h"
#include "base/random.h"
#include "base/time.h"
#include "paths/consenting.h"

enum {
    ID = 40,
    TURN = 1000,
    EVENTS = 2000000,
    REFUSE_EVERY = 100,
    ERASED = 100,
    ADDRESS_EVERY = 4
};

static const int64_t begin_ms = INT64_C(1767225600000); /* 2026-01-01 */

static struct text id_of(char out[ID], uint64_t number, uint64_t seed)
{
    uint64_t hash = hash_u64(number + (seed << 40));
    int size = snprintf(out, ID, "%016" PRIx64 "-%016" PRIx64 "-%01x", hash, hash_u64(hash),
                        (unsigned)(seed & 15));

    return (struct text){out, (size_t)size};
}

struct made {
    char texts[2][ID], traits[64];
    struct event event;
};

static void make(struct made *m, struct random *r, uint32_t customers, int64_t time_ms)
{
    uint32_t who = random_below(r, customers), kind = random_below(r, 6);

    m->event = (struct event){.id = TEXT("e"),
                              .type = EVENT_view_item,
                              .time_ms = time_ms,
                              .flags = EVENT_VERIFIED | EVENT_USER_VERIFIED,
                              .value = MONEY_NONE,
                              .scroll_percent = -1};
    m->event.anonymous_id = id_of(m->texts[0], (uint64_t)who * 2 + random_below(r, 2), 1);
    if (kind < 4)
        m->event.user_id = id_of(m->texts[1], who, 2);
    if (kind == 0 && who % ADDRESS_EVERY == 0) {
        int size = snprintf(m->traits, sizeof(m->traits),
                            "{\"email\":\"email:%016" PRIx64 "%016" PRIx64 "\"}", hash_u64(who),
                            hash_u64(who + 1));
        m->event.traits = (struct text){m->traits, (size_t)size};
    }
}

static void link(struct state *s, uint32_t customers)
{
    struct random r;
    struct made made;
    struct identity_event named;

    random_seed(&r, 1);
    for (uint64_t i = 0; i < (uint64_t)customers * 8; i++) {
        make(&made, &r, customers, begin_ms + (int64_t)i * 100);
        identity_event_of(&made.event, &named);
        identity_fold(s->identity, &named);
    }
}

static void refuse(struct state *s, uint32_t customers)
{
    const struct statement no = {true, false, CONSENT_BY_SHOP, begin_ms};
    char id[ID];

    for (uint32_t who = 0; who < customers; who += REFUSE_EVERY)
        consents_fold(s->consents, who_of(s->id_key, WHO_USER, id_of(id, who, 2)),
                      PURPOSE_ANALYTICS, &no);
}

static void erase(struct state *s)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct who whos[ERASED];
    char id[ID];

    for (uint32_t i = 0; i < ERASED; i++)
        whos[i] = who_of(s->id_key, WHO_USER, id_of(id, i, 3));
    erasure_encode(whos, ERASED, begin_ms, &body);
    erasures_fold(s->erasures, buffer_text(&body));
}

/* Nanoseconds an event; `*admitted` counts. */
static double measure(const struct state *s, uint32_t customers, uint64_t *admitted)
{
    SCOPED(buffer_free) struct buffer bodies = {0};
    size_t ends[TURN];
    struct random r;
    struct made made;
    uint64_t spent = 0;

    random_seed(&r, 2);
    *admitted = 0;
    for (int at = 0; at < EVENTS; at += TURN) {
        bodies.size = 0;
        for (int i = 0; i < TURN; i++) {
            make(&made, &r, customers, begin_ms + (int64_t)customers * 800 + at + i);
            event_encode(&made.event, &bodies);
            ends[i] = bodies.size;
        }
        uint64_t begun = time_monotonic_ns();
        for (int i = 0; i < TURN; i++) {
            size_t start = i == 0 ? 0 : ends[i - 1];
            struct text body = {bodies.data + start, ends[i] - start};
            *admitted += consent_admits(s, body);
        }
        spent += time_monotonic_ns() - begun;
    }
    return (double)spent / EVENTS;
}

int main(int argc, char **argv)
{
    uint32_t customers = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 250000;
    const uint8_t key[16] = {7};
    struct state *s = state_new(key, 0);
    uint64_t all, some, rest;

    link(s, customers);
    double nobody_ns = measure(s, customers, &all);
    refuse(s, customers);
    double refused_ns = measure(s, customers, &some);
    erase(s);
    double erased_ns = measure(s, customers, &rest);
    printf("{\"bench\":\"admit\",\"identifiers\":%u,\"nobody_refused_ns\":%.1f,"
           "\"refused_ns\":%.0f,\"erased_ns\":%.0f,\"admitted\":%.4f}\n",
           identity_count(s->identity), nobody_ns, refused_ns, erased_ns, (double)some / EVENTS);
    state_free(s);
    return all == EVENTS && some < all && rest == some ? EXIT_SUCCESS : EXIT_FAILURE;
}
