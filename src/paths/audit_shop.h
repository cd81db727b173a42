/* SPDX-License-Identifier: Apache-2.0 */
/* audit_shop: the path of an audit: fold the catalog and the program, then examine everything as of the
 * same position. Works beside a running server, through connections of its own, and takes no lock of its: the
 * catalog is folded anew rather than looked at in the server, where it changes while an audit runs. From a
 * checkpoint that is a small part of an audit's time. */
#ifndef PATHS_AUDIT_SHOP_H
#define PATHS_AUDIT_SHOP_H

#include <stdio.h>

#include "audit/audit.h"
#include "base/attributes.h"
#include "base/error.h"

struct audit_shop_options {
    const char *data_dir;
    FILE *customers; /* NULL: none */
    struct text customers_encoding;
    uint64_t sessions_serving; /* shop_sessions_month; 0: not known */
    struct audit_links links;  /* zeroed: none are asked */
    int64_t now_ms;
    void (*progress)(void *context, const char *stage, uint64_t done, uint64_t total); /* or NULL */
    void *context;
};

/* Examines, and calls `told` with the report, which lives no longer than the call. */
MUST_USE enum status audit_shop(const struct audit_shop_options *options,
                                void (*told)(void *context, const struct report *report),
                                void *context, struct error *err);

#endif
