/* SPDX-License-Identifier: Apache-2.0 */
/* load: a load generator: keep-alive connections to 127.0.0.1, each with one request on its way, on
 * one thread with epoll. Closed loop, or at a fixed rate; a request that finds no free connection
 * then waits, and its wait counts. */
#ifndef TESTS_SUPPORT_LOAD_H
#define TESTS_SUPPORT_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Each LOAD_MARK in a request's bytes is overwritten by a number of 16 hexadecimal digits that no
 * other has, every time the request is sent. */
#define LOAD_MARK "################"
enum { LOAD_MARK_SIZE = 16, LOAD_CONNECTIONS_MAX = 1000 };

struct load {
    uint16_t port;
    uint32_t connections;
    double seconds;
    double rate;                 /* requests a second; 0: as fast as they are answered */
    const struct text *requests; /* sent in turn */
    size_t request_count;
    uint64_t first_number; /* of the marks; distinct for each run against a server */
};

struct load_figures {
    uint64_t requests, errors; /* answered 2xx; answered otherwise or broken off */
    double seconds;
    double p50_ms, p99_ms, p999_ms, max_ms;
    int first_error; /* a status, 0 a broken connection */
};

/* Run it. False when the server cannot be reached at all. */
bool load_run(const struct load *load, struct load_figures *out);

#endif
