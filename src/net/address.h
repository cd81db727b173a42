/* SPDX-License-Identifier: Apache-2.0 */
/* address: who is at the other end: IP addresses, lists of them, and the client behind trusted
 * proxies.
 *
 * IPv4 addresses are kept as IPv4-mapped IPv6 ones, so that 192.0.2.1 and ::ffff:192.0.2.1 are the
 * same. A zeroed address is "none" (a Unix socket).
 *
 * Threads    pure. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum { ADDRESS_TEXT_SIZE = 64, ADDRESS_LIST_MAX = 32, ADDRESS_FORWARDED_MAX = 16 };

struct address {
    uint8_t bytes[16];
};

/* "192.0.2.1", "2001:db8::1", "[2001:db8::1]"; without a port. False leaves `*out` alone. */
bool address_parse(struct text t, struct address *out);
struct address address_of(const struct sockaddr *from); /* neither IPv4 nor IPv6: none */
bool address_equal(struct address a, struct address b);
const char *address_print(struct address a, char out[ADDRESS_TEXT_SIZE]);

/* What one household or server has: the IPv4 address, or the first 64 bits of an IPv6 one. Limits
 * per address count by this. */
struct address address_household(struct address a);

/* Can it be anybody's on the internet? False for what is private, link-local, this machine's, shared by a
 * carrier, multicast, kept for documents, or holds an IPv4 address inside (IANA's registries of special
 * purpose addresses). */
bool address_is_public(struct address a);

/* Addresses and blocks ("10.0.0.0/8"), separated by spaces. */
struct address_list {
    struct {
        struct address address;
        unsigned bits; /* of 128 */
    } blocks[ADDRESS_LIST_MAX];
    size_t count;
};

/* ERR_INVALID naming the word that is none, ERR_LIMIT over ADDRESS_LIST_MAX. */
MUST_USE enum status address_list_parse(struct text words, struct address_list *out,
                                        struct error *err);
bool address_list_has(const struct address_list *list, struct address a);

/* The client: `peer`, unless that is trusted; then what X-Forwarded-For says, read from the right
 * for as long as the addresses met are trusted ones too. A word that is no address ends the
 * reading. */
struct address address_client(struct address peer, struct text forwarded_for,
                              const struct address_list *trusted);

#endif
