/* SPDX-License-Identifier: Apache-2.0 */
/* wire: HTTP as bytes on a socket, for tests that must send what no client would. */
#ifndef TESTS_SUPPORT_WIRE_H
#define TESTS_SUPPORT_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Connect to 127.0.0.1:port; fails the test when it cannot. Reads give up after 10 seconds. */
int wire_open(uint16_t port);
int wire_open_local(const char *path);
void wire_send(int fd, struct text bytes);

/* Read one answer, head and body (by its Content-Length), to the end of `out`. The status; 0 when
 * the server closed without an answer. `no_body`: the answer to a HEAD. */
int wire_answer(int fd, bool no_body, struct buffer *out);

/* Whether the server closes the connection within 10 seconds, without a further byte. */
bool wire_closed(int fd);

/* One request on a connection of its own: the status; the answer in `out`, which is cleared. */
int wire_ask(uint16_t port, const char *request, struct buffer *out);

#endif
