/* SPDX-License-Identifier: Apache-2.0 */
/* faults: for every check of an audit, a fault made into a made shop that it must find. */
#ifndef TESTS_SUPPORT_FAULTS_H
#define TESTS_SUPPORT_FAULTS_H

#include "tests/support/made_shop.h"

struct fault {
    enum check check;
    void (*plant)(struct made_shop *m);
    bool many; /* may be planted more than once: each counts one more */
};

extern const struct fault faults[];
extern const size_t fault_count;

#endif
