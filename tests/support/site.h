/* SPDX-License-Identifier: Apache-2.0 */
/* site: a shop of its own in a fresh folder, served by a server in the test's process. */
#ifndef TESTS_SUPPORT_SITE_H
#define TESTS_SUPPORT_SITE_H

#include "api/api.h"
#include "store/keys.h"
#include "tests/support/test.h"

struct site {
    char dir[TEST_PATH_SIZE];
    char socket[TEST_PATH_SIZE];
    struct shop *shop;
    struct api *api;
    uint16_t port;
    char public_key[KEY_SIZE], secret_key[KEY_SIZE], revoked_key[KEY_SIZE];
};

/* Make the shop and its keys; `change` (may be NULL) sees the settings before it is opened. */
void site_make(struct site *s, void (*change)(struct settings *settings));
void site_serve(struct site *s, const struct api_options *options); /* NULL: the defaults */
void site_stop(struct site *s);
void site_close(struct site *s); /* stops as well */

#endif
