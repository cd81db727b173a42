/* SPDX-License-Identifier: Apache-2.0 */
/* How long an event takes to be linked and put down to somebody, how long a person takes to be worked out,
 * and how big an identifier is: one JSON line. Made events from a fixed seed: customers with one to three
 * devices each, an e-mail address for most, ids of 36 letters; two events in three name a customer.
 *
 * usage: identity [IDENTIFIERS]    default 1,000,000 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/time.h"
#include "identity/identity.h"

enum {
    TURN = 1000, /* events made, then folded */
    AHEAD = 8,   /* events between one step of fetching and the next */
    ID = 40,
    VISITORS_OF_CUSTOMER = 2,
    EVENTS_OF_IDENTIFIER = 8,
};

static const int64_t begin_ms = INT64_C(1767225600000); /* 2026-01-01 */

struct made {
    char texts[3][ID];
    struct event event;
    char traits[64];
};

static struct text id_of(char out[ID], uint64_t number, uint64_t seed)
{
    uint64_t hash = hash_u64(number + (seed << 40));
    int size = snprintf(out, ID, "%08" PRIx64 "-%04x-4%03x-8%03x-%012" PRIx64, hash >> 32,
                        (unsigned)(hash >> 16 & 0xFFFF), (unsigned)(hash >> 4 & 0xFFF),
                        (unsigned)(number & 0xFFF), hash & UINT64_C(0xFFFFFFFFFFFF));

    return (struct text){out, (size_t)size};
}

static void make(struct made *m, struct random *r, uint32_t customers, int64_t time_ms)
{
    uint32_t who = random_below(r, customers);
    uint64_t device = (uint64_t)who * VISITORS_OF_CUSTOMER + random_below(r, VISITORS_OF_CUSTOMER);
    uint32_t kind = random_below(r, 6);

    m->event = (struct event){.time_ms = time_ms, .flags = EVENT_VERIFIED | EVENT_USER_VERIFIED};
    m->event.anonymous_id = id_of(m->texts[0], device, 1);
    if (kind < 4)
        m->event.user_id = id_of(m->texts[1], who, 2);
    if (kind == 0) {
        int size = snprintf(m->traits, sizeof(m->traits),
                            "{\"email\":\"email:%016" PRIx64 "%016" PRIx64 "\"}", hash_u64(who),
                            hash_u64(who + 1));
        m->event.traits = (struct text){m->traits, (size_t)size};
    }
}

int main(int argc, char **argv)
{
    uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    uint32_t customers = (uint32_t)(wanted / (VISITORS_OF_CUSTOMER + 2));
    uint64_t events = wanted * EVENTS_OF_IDENTIFIER / TURN * TURN, sum = 0, fold_ns = 0;
    struct made *made = mem_new(TURN, sizeof(*made));
    struct identity_event *named = mem_new(TURN, sizeof(*named));
    struct identity *g = identity_new();
    struct random r;
    struct identity_person person;

    random_seed(&r, 1);
    for (uint64_t at = 0; at < events; at += TURN) {
        for (int i = 0; i < TURN; i++)
            make(&made[i], &r, customers, begin_ms + (int64_t)(at + (uint64_t)i) * 100);
        uint64_t begun = time_monotonic_ns();
        for (int i = 0; i < TURN; i++)
            identity_event_of(&made[i].event, &named[i]);
        for (int i = 0; i < TURN; i++) {
            static const enum fetch steps[] = {FETCH_LAST, FETCH_NEXT, FETCH_FIRST};
            for (int k = 0; k < (int)COUNT(steps); k++)
                if (i + (k + 1) * AHEAD < TURN)
                    identity_fetch(g, &named[i + (k + 1) * AHEAD], steps[k]);
            identity_fold(g, &named[i]);
            sum += identity_file(g, &named[i]);
        }
        fold_ns += time_monotonic_ns() - begun;
    }
    uint64_t asked = 0, begun = time_monotonic_ns();
    for (identifier_number n = 0; n < identity_count(g); n += 7, asked++) {
        identity_person(g, n, INT64_MAX, &person);
        sum = sum * 31 + person.root + person.kinds[IDENTIFIER_VISITOR].count;
    }
    uint64_t person_ns = time_monotonic_ns() - begun;
    printf("{\"bench\":\"identity\",\"events\":%" PRIu64 ",\"identifiers\":%u,"
           "\"ns_per_event\":%.0f,\"bytes_per_identifier\":%.1f,\"ns_per_person\":%.0f,"
           "\"checksum\":%" PRIu64 "}\n",
           events, identity_count(g), (double)fold_ns / (double)events,
           (double)identity_bytes(g) / identity_count(g), (double)person_ns / (double)asked, sum);
    identity_free(g);
    mem_free(named);
    mem_free(made);
    return 0;
}
