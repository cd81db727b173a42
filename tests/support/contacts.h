/* SPDX-License-Identifier: Apache-2.0 */
/* contacts: what tests of the table of contacts do to a shop, seconds behind TEST_NOW, and see of it.
 * Whatever fails, fails the test. */
#ifndef TESTS_SUPPORT_CONTACTS_H
#define TESTS_SUPPORT_CONTACTS_H

#include "paths/contacting.h"
#include "tests/support/shop.h"

#define PROGRAM(email)                                                                             \
    "owner: \"t@shop.example\"\ncurrency: \"EUR\"\ntime_zone: \"UTC\"\npolicies:\n"                \
    "  consent_default: {analytics: true, personalization: true, email: " email "}\n"              \
    "surfaces:\n  - {name: \"home\", kind: \"home\"}\n"
#define YES "\"consent\":{\"analytics\":true,\"personalization\":true,\"email\":true}"
#define NO  "\"consent\":{\"analytics\":true,\"personalization\":true,\"email\":false}"

#define EMAIL(address) "\"traits\":{\"email\":\"" address "\"}"

void must(enum status status, const struct error *err);

/* A number that SQL gives, of a text that may be NULL. */
int64_t count_of(const struct test_shop *t, const char *sql, const char *value);
bool stands(const struct test_shop *t, const char *address); /* as it is written */
int64_t rows(const struct test_shop *t);

/* Open with a program that rules from TEST_NOW on, NULL: the built-in. */
void open_with(struct test_shop *t, const char *program);

/* An event with an id of its own that names whom is not NULL, with members `more`: as JSON, and recorded
 * as under a secret key. */
void add_event(struct buffer *out, const char *type, const char *visitor, const char *user,
               const char *more);
void event(struct test_shop *t, int second, const char *visitor, const char *user,
           const char *more);

/* A statement of the shop on e-mail alone, and an address by itself, of either. */
void say(struct test_shop *t, int second, const char *visitor, const char *user, bool allowed);
enum contact_outcome give(struct test_shop *t, int second, const char *visitor, const char *user,
                          const char *address);

#endif
