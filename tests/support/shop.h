/* SPDX-License-Identifier: Apache-2.0 */
/* shop: a shop of its own for a test, and the few things tests do with one. Whatever fails, fails
 * the test. */
#ifndef TESTS_SUPPORT_SHOP_H
#define TESTS_SUPPORT_SHOP_H

#include "ingest/ledger.h"
#include "paths/import.h"
#include "paths/record.h"
#include "paths/shop.h"
#include "tests/support/test.h"

/* 2026-11-22T10:00:00Z: when tests happen. */
#define TEST_NOW INT64_C(1795341600000)

struct test_shop {
    char dir[TEST_PATH_SIZE];
    struct settings settings; /* change them before opening */
    struct shop *shop;
};

/* Make and open for writing; with `settings` defaults and commits at once. */
void test_shop_open(struct test_shop *t);
/* Close, and open again in that mode. */
void test_shop_reopen(struct test_shop *t, enum shop_mode mode);
void test_shop_close(struct test_shop *t);

/* Record {"events":[...]} or one event, as under a secret key; what became of them. */
struct import_counts test_record(struct shop *shop, const char *json, int64_t now_ms);

struct ledger_counts test_ledger(const struct test_shop *t);

/* Import `content` with flags "name=value;name=value" (import_option). */
struct import_counts test_import(struct shop *shop, const char *kind, const char *content,
                                 const char *flags);

/* The document rules from now on, applied by "tests" as of `now_ms`. Fails the test when it cannot. */
void test_program(struct shop *shop, const char *document, int64_t now_ms);

#endif
