/* SPDX-License-Identifier: Apache-2.0 */
/* probe: is anything there? Asks many web addresses of others, politely, and keeps nothing of what they
 * send.
 *
 * Only addresses that can be anybody's on the internet are connected to (address_is_public), whatever the
 * name or the number in the URL, and whatever a redirect leads to: what is judged is the very address of
 * the connection, so that a name cannot be resolved anew in between. HTTP and HTTPS only, at most three
 * redirects; no proxy, no cookies, no key.
 *
 * An address is asked with HEAD; where that is not allowed (400, 403, 405, 501), with GET for its first
 * byte. A host has at most `per_host` connections; one that has not answered five times in a row is not
 * asked again.
 *
 * Threads    none but the caller's, which waits. */
#ifndef NET_PROBE_H
#define NET_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "net/address.h"

enum { PROBE_PARALLEL_MAX = 64, PROBE_URL_MAX = 2048 };

enum probe_verdict {
    PROBE_UNASKED,   /* stopped before, no address of HTTP, or its host was given up */
    PROBE_ANSWERED,  /* with `status` */
    PROBE_SILENT,    /* no such host, no connection, or no answer in time */
    PROBE_FORBIDDEN, /* it leads to an address that is not public */
};

struct probe {
    struct text url; /* in */
    enum probe_verdict verdict;
    long status; /* of the last answer; redirects that go on are followed */
};

struct probe_options {
    uint32_t parallel, per_host; /* connections in all, of a host */
    uint32_t timeout_ms;         /* of one question */
    const char *agent;           /* what we call ourselves */
    struct address_list allowed; /* may be asked although they are not public */
    /* Called a few times a second; false stops, and what was not answered stays unasked. May be NULL. */
    bool (*go_on)(void *context, size_t done, size_t total);
    void *context;
};

/* Asks all; each gets its verdict. ERR_IO when the HTTP library does not start. */
MUST_USE enum status probe_all(struct probe *probes, size_t count,
                               const struct probe_options *options, struct error *err);

#endif
