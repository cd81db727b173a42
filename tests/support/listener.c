/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/listener.h"

static void request_done(void *context, struct request *r)
{
    (void)context;
    (void)r;
}

static void connection_refused(void *context)
{
    (void)context;
}

struct server_options listener_options(void *context)
{
    return (struct server_options){.listen = "127.0.0.1:0",
                                   .workers = 2,
                                   .connections_max = 100,
                                   .address_connections_max = 100,
                                   .idle_s = 30,
                                   .bodies_bytes_max = 100000,
                                   .done = request_done,
                                   .connection_refused = connection_refused,
                                   .context = context};
}
