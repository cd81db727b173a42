/* SPDX-License-Identifier: Apache-2.0 */
/* faults: for every check of an audit, a fault made into a made shop that it must find, and a near miss: the
 * same kind of thing, just inside of what is sound, of which it must say nothing. */
#ifndef TESTS_SUPPORT_FAULTS_H
#define TESTS_SUPPORT_FAULTS_H

#include "tests/support/made_shop.h"

struct fault {
    enum check check;
    void (*plant)(struct made_shop *m);
    bool many; /* may be planted more than once: each counts one more */
    void (*near)(struct made_shop *m);
    bool amid; /* what is near it is rightly told by other checks; else nothing at all is */
};

extern const struct fault faults[];
extern const size_t fault_count;

/* A hundred faults of all kinds that do not hide one another, in one made shop. */
enum { FAULTS_PLANTED = 100 };

struct fault_figures {
    uint32_t kinds, planted, found;
    uint32_t missed[CHECK_COUNT]; /* by check: planted and not found */
    uint32_t false_alarms;        /* of the shop before anything was planted */
};
struct fault_figures faults_found(uint64_t seed);

#endif
