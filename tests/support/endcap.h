/* SPDX-License-Identifier: Apache-2.0 */
/* endcap: commands as a shell would call them, in the test's process, with what they print caught. */
#ifndef TESTS_SUPPORT_ENDCAP_H
#define TESTS_SUPPORT_ENDCAP_H

#include <stdbool.h>

#include "cli/cli.h"
#include "tests/support/test.h"

extern char dir[TEST_PATH_SIZE];   /* of this test's files */
extern char shop[TEST_PATH_SIZE];  /* --data */
extern struct buffer out, err_out; /* what the last command printed, ended by a zero */

/* A cmocka setup: a fresh `dir`, and in it a `shop` that is not there yet. */
int new_shop(void **state);

/* Run `endcap --data SHOP` and the words of `line`; its exit status. Words hold no spaces. */
int endcap(const char *line);

/* A file of that name in `dir`; its path, until the next call. */
const char *file_of(const char *name, const char *content);

/* Imports `content` as "events" or "catalog" with those flags; its exit status. */
int import(const char *kind, const char *content, const char *flags);

bool prints(const struct buffer *caught, const char *what);

#endif
