/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { MAPPED_PREFIX_BYTES = 12 }; /* ::ffff: */

static struct address mapped(const void *four_bytes)
{
    struct address a = {{0}};

    a.bytes[10] = 0xff;
    a.bytes[11] = 0xff;
    memcpy(a.bytes + MAPPED_PREFIX_BYTES, four_bytes, 4);
    return a;
}

static bool is_mapped(struct address a)
{
    static const uint8_t prefix[MAPPED_PREFIX_BYTES] = {[10] = 0xff, [11] = 0xff};

    return memcmp(a.bytes, prefix, sizeof(prefix)) == 0;
}

bool address_parse(struct text t, struct address *out)
{
    char word[INET6_ADDRSTRLEN];
    struct in_addr four;
    struct in6_addr six;

    if (t.size >= 2 && t.data[0] == '[' && t.data[t.size - 1] == ']')
        t = (struct text){t.data + 1, t.size - 2};
    if (t.size == 0 || t.size >= sizeof(word))
        return false;
    memcpy(word, t.data, t.size);
    word[t.size] = '\0';
    if (strlen(word) != t.size)
        return false;
    if (inet_pton(AF_INET, word, &four) == 1) {
        *out = mapped(&four);
        return true;
    }
    if (inet_pton(AF_INET6, word, &six) == 1) {
        memcpy(out->bytes, &six, sizeof(out->bytes));
        return true;
    }
    return false;
}

struct address address_of(const struct sockaddr *from)
{
    struct address a = {{0}};
    struct sockaddr_in four;
    struct sockaddr_in6 six;

    if (from == NULL)
        return a;
    if (from->sa_family == AF_INET) {
        memcpy(&four, from, sizeof(four));
        return mapped(&four.sin_addr);
    }
    if (from->sa_family == AF_INET6) {
        memcpy(&six, from, sizeof(six));
        memcpy(a.bytes, &six.sin6_addr, sizeof(a.bytes));
    }
    return a;
}

bool address_equal(struct address a, struct address b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

const char *address_print(struct address a, char out[ADDRESS_TEXT_SIZE])
{
    const char *printed =
        is_mapped(a) ? inet_ntop(AF_INET, a.bytes + MAPPED_PREFIX_BYTES, out, ADDRESS_TEXT_SIZE)
                     : inet_ntop(AF_INET6, a.bytes, out, ADDRESS_TEXT_SIZE);

    if (printed == NULL)
        out[0] = '\0';
    return out;
}

struct address address_household(struct address a)
{
    if (!is_mapped(a))
        memset(a.bytes + 8, 0, 8);
    return a;
}

/* "10.0.0.0/8" or "2001:db8::/32" or a single address. */
static bool block_parse(struct text word, struct address *address, unsigned *bits)
{
    struct text length = word;
    struct text head = text_cut(&length, '/');
    uint64_t given;

    if (!address_parse(head, address))
        return false;
    *bits = 128;
    if (length.data == NULL)
        return true;
    unsigned offset = is_mapped(*address) ? 96 : 0;

    if (!text_to_u64(length, &given) || given > 128 - offset)
        return false;
    *bits = (unsigned)given + offset;
    return true;
}

enum status address_list_parse(struct text words, struct address_list *out, struct error *err)
{
    struct address_list list = {.count = 0};

    while (words.data != NULL) {
        struct text word = text_trim(text_cut(&words, ' '));

        if (word.size == 0)
            continue;
        if (list.count == ADDRESS_LIST_MAX)
            return error_set(err, ERR_LIMIT, "at most %d addresses may be given", ADDRESS_LIST_MAX);
        if (!block_parse(word, &list.blocks[list.count].address, &list.blocks[list.count].bits))
            return error_set(err, ERR_INVALID,
                             "'%.*s' is no address; write 192.0.2.1, 2001:db8::1 or 10.0.0.0/8",
                             (int)word.size, word.data);
        list.count++;
    }
    *out = list;
    return OK;
}

bool address_list_has(const struct address_list *list, struct address a)
{
    for (size_t i = 0; i < list->count; i++) {
        const uint8_t *block = list->blocks[i].address.bytes;
        unsigned bits = list->blocks[i].bits;
        unsigned mask = 0xffU & (0xff00U >> (bits % 8));

        if (memcmp(block, a.bytes, bits / 8) == 0 &&
            (bits % 8 == 0 || ((block[bits / 8] ^ a.bytes[bits / 8]) & mask) == 0))
            return true;
    }
    return false;
}

bool address_is_public(struct address a)
{
    static const char *const special[] = {
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
        "192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
        "224.0.0.0/4 240.0.0.0/4",
        "64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 fc00::/7 "
        "fe80::/10 fec0::/10 ff00::/8"};
    static const uint8_t nothing[10] = {0};
    struct address_list list;
    struct error err;

    /* ::, ::1 and addresses of the old form ::192.0.2.1 */
    if (!is_mapped(a) && memcmp(a.bytes, nothing, sizeof(nothing)) == 0)
        return false;
    for (size_t i = 0; i < COUNT(special); i++) {
        enum status status = address_list_parse(text_from(special[i]), &list, &err);
        assert(status == OK); /* the words above are addresses */
        if (status != OK || address_list_has(&list, a))
            return false;
    }
    return true;
}

/* The last word of a comma-separated list, which is then cut off. */
static struct text last_word(struct text *list)
{
    size_t at = list->size;

    while (at > 0 && list->data[at - 1] != ',')
        at--;
    struct text word = text_trim((struct text){list->data + at, list->size - at});

    list->size = at > 0 ? at - 1 : 0;
    return word;
}

struct address address_client(struct address peer, struct text forwarded_for,
                              const struct address_list *trusted)
{
    struct address client = peer, next;

    for (int i = 0; i < ADDRESS_FORWARDED_MAX && forwarded_for.size > 0; i++) {
        if (!address_list_has(trusted, client) || !address_parse(last_word(&forwarded_for), &next))
            break;
        client = next;
    }
    return client;
}
