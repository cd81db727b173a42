/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/identities.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "identity/graph.h"
#include "tests/support/test.h"

struct identity_event test_named(struct named named)
{
    struct identity_event e = {.time_ms = named.time_ms};
    const char *ids[] = {named.customer, named.email, named.phone, named.visitor};
    int count = 0;

    for (int kind = 0; kind < IDENTIFIER_KINDS; kind++) {
        e.ids[kind] = text_from(ids[kind]);
        if (ids[kind] == NULL)
            continue;
        e.hashes[kind] = identifier_hash((enum identifier_kind)kind, e.ids[kind]);
        count++;
    }
    e.links = count > 1;
    return e;
}

void test_seen(struct identity *g, struct named named)
{
    struct identity_event e = test_named(named);

    identity_fold(g, &e);
}

void test_order(struct identity *g, struct identity_order order, int64_t time_ms)
{
    SCOPED(buffer_free) struct buffer body = {0};

    identity_order_encode(&order, &body);
    identity_order_fold(g, buffer_text(&body), time_ms);
}

identifier_number test_identifier(const struct identity *g, const char *who)
{
    struct text id = text_from(who);
    struct text word = text_cut(&id, ':');
    enum identifier_kind kind;

    assert_true(identifier_kind_find(word, &kind));
    return identity_find(g, kind, id);
}

struct identity_person test_person(const struct identity *g, const char *who, int64_t now_ms)
{
    identifier_number n = test_identifier(g, who);
    struct identity_person p;

    assert_int_not_equal(n, IDENTIFIER_NONE);
    identity_person(g, n, now_ms, &p);
    return p;
}

static int by_text(const void *a, const void *b)
{
    const struct text *x = a, *y = b;

    return text_compare(*x, *y);
}

const char *test_joined(const struct identity *g, const char *who, int64_t now_ms)
{
    static char out[4096];
    struct identity_person p = test_person(g, who, now_ms);
    size_t size = 0;

    out[0] = '\0';
    for (int kind = 0; kind < IDENTIFIER_KINDS; kind++) {
        struct text texts[IDENTITY_VISITORS_MAX];
        uint32_t count = p.kinds[kind].count;

        for (uint32_t i = 0; i < count; i++)
            texts[i] = identity_text(g, person_of_kind(&p, (enum identifier_kind)kind)[i]);
        qsort(texts, count, sizeof(texts[0]), by_text);
        for (uint32_t i = 0; i < count && size < sizeof(out); i++)
            size += (size_t)snprintf(
                out + size, sizeof(out) - size, "%s%s:%.*s", size > 0 ? " " : "",
                identifier_word((enum identifier_kind)kind), (int)texts[i].size, texts[i].data);
    }
    return out;
}
