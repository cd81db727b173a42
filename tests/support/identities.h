/* SPDX-License-Identifier: Apache-2.0 */
/* identities: a graph of identity fed by events in short, and what it says then. */
#ifndef TESTS_SUPPORT_IDENTITIES_H
#define TESTS_SUPPORT_IDENTITIES_H

#include "identity/identity.h"

/* Who an event names; NULL: not. E-mail and phone are taken as they are. */
struct named {
    const char *customer, *email, *phone, *visitor;
    int64_t time_ms;
};

struct identity_event test_named(struct named named);
void test_seen(struct identity *g, struct named named);

/* By hand: "split", "dissolve" or "join". */
void test_order(struct identity *g, struct identity_order order, int64_t time_ms);

/* The person of "customer:c-7", "visitor:v-1" and so on at that time. */
struct identity_person test_person(const struct identity *g, const char *who, int64_t now_ms);

/* "customer:c-7 email:e visitor:v1 visitor:v2": who is one person, sorted by kind and then by text;
 * until the next call. */
const char *test_joined(const struct identity *g, const char *who, int64_t now_ms);

identifier_number test_identifier(const struct identity *g, const char *who);

#endif
