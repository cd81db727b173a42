/* SPDX-License-Identifier: Apache-2.0 */
/* test: cmocka with the headers it wants before it, and what nearly every test needs. */
#ifndef TESTS_SUPPORT_TEST_H
#define TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

/* Who does what a test does at that time (store/admin_log.h). */
#define TEST_ACTOR(ms) (&(const struct actor){TEXT("test"), TEXT("test"), (ms)})

/* Fails, showing both, unless `t` has exactly the bytes of `expected`. */
#define assert_text(t, expected) assert_text_at((t), (expected), __FILE__, __LINE__)
void assert_text_at(struct text t, const char *expected, const char *file, int line);

enum { TEST_PATH_SIZE = 512 };

/* A new folder of its own under $TMPDIR or /tmp, written to `out`, removed with all in it when the
 * program ends, also after a failed assertion. Fails the test when it cannot be made. */
const char *test_dir(char out[TEST_PATH_SIZE]);

/* DIR/NAME into `out`; returns out. */
const char *test_path(char out[TEST_PATH_SIZE], const char *dir, const char *name);

/* Makes (or replaces) the file with that content. */
void test_write(const char *path, struct text content);

#endif
