/* SPDX-License-Identifier: Apache-2.0 */
/* profiles: shoppers by number, what they do, and what is then known of them. */
#ifndef TESTS_SUPPORT_PROFILES_H
#define TESTS_SUPPORT_PROFILES_H

#include "profile/profile.h"

enum { ALLOWED = EVENT_PERSONALIZATION, STATED = EVENT_CONSENT_STATED }; /* flags of events */

struct shopper_key test_key(uint64_t who);

/* A view of a product, with a device that goes by its number. True when a session began. */
bool test_view(struct profiles *p, uint64_t who, product_number product, int64_t time_ms,
               uint32_t flags);

/* A list of `count` products, at most 200, shown at once: by their numbers from `first` on. */
void test_show(struct profiles *p, uint64_t who, product_number first, uint32_t count,
               int64_t time_ms);

struct profile test_look(const struct profiles *p, uint64_t who, int64_t now_ms);

/* Views of a crowd, most with few and some with many; before one in three a list of `listed`. */
struct crowd {
    uint32_t shoppers, events;
    uint64_t seed;
    uint32_t listed; /* 0: no lists */
};
void test_crowd(struct profiles *p, struct crowd c);

#endif
