/* SPDX-License-Identifier: Apache-2.0 */
/* listener: how a server of a test's own is opened. */
#ifndef TESTS_SUPPORT_LISTENER_H
#define TESTS_SUPPORT_LISTENER_H

#include "net/server.h"

/* On a free port of this machine, with two workers and bounds that no test meets; nothing happens when a
 * request is done or a connection refused. The caller adds begin, handle and refuse. */
struct server_options listener_options(void *context);

#endif
