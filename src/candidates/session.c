/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates/session.h"

#include <assert.h>

static void add(struct session_clicks *s, const struct seed *seed)
{
    assert(s->count < SEEDS_MAX);
    s->clicks[s->count++] = *seed;
}

/* A click of the session that says something of its own. */
static bool says(const struct seed *seeds, size_t count, size_t at)
{
    const struct seed *seed = &seeds[at];

    if (!seed->in_session || seed->at_hand)
        return false;
    for (size_t i = at + 1; seed->kind != EVIDENCE_VIEWED && i < count; i++) {
        if (seeds[i].in_session && seeds[i].product == seed->product)
            return false;
    }
    return true;
}

/* The page's product, unless it is what the session looked at last; NULL: none. */
static const struct seed *page_of(const struct seed *seeds, size_t count)
{
    const struct seed *page = NULL, *newest = NULL;

    for (size_t i = count; i-- > 0;) {
        if (seeds[i].at_hand && seeds[i].kind == EVIDENCE_VIEWED)
            page = &seeds[i];
        if (seeds[i].in_session && !seeds[i].at_hand)
            newest = &seeds[i];
    }
    return page != NULL && newest != NULL && newest->product == page->product ? NULL : page;
}

/* What is in the cart is known from there, whether the session put it in or not. */
static void add_cart(struct session_clicks *s, const struct seed *line)
{
    bool known = false;

    for (uint32_t i = 0; i < s->count; i++) {
        if (s->clicks[i].product != line->product)
            continue;
        s->clicks[i].kind = EVIDENCE_CART;
        known = true;
    }
    if (!known)
        add(s, line);
}

void session_clicks_of(const struct seed *seeds, size_t count, struct session_clicks *out)
{
    const struct seed *page = page_of(seeds, count);

    out->count = 0;
    if (page != NULL)
        add(out, page);
    for (size_t i = 0; i < count; i++) {
        if (says(seeds, count, i))
            add(out, &seeds[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (seeds[i].at_hand && seeds[i].kind == EVIDENCE_CART)
            add_cart(out, &seeds[i]);
    }
}
