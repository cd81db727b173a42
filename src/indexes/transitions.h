/* SPDX-License-Identifier: Apache-2.0 */
/* transitions: what was clicked after what, in numbers that ranking reads, and what the sessions say
 * of each product by itself.
 *
 * A list for each product a: the products b that were clicked within 10 clicks after or before it, of
 * the newest 2,000 sessions that hold a (indexes/sessions.h). x clicks apart weigh e^-((x - 1) / 1.25);
 * a session weighs e^(-3 age) in `recent`, age being the share of sessions that are newer. Lists are
 * for describing pairs that something else proposed: they are cut to TRANSITIONS_PER_PRODUCT_MAX, and
 * support is not theirs to judge.
 *
 * Lifetime   a generation's (mapped, immutable). Any number of readers. */
#ifndef INDEXES_TRANSITIONS_H
#define INDEXES_TRANSITIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/fetch.h"
#include "indexes/sessions.h"
#include "journal/numbers.h"

enum { TRANSITIONS_PER_PRODUCT_MAX = 96 };

struct transition {
    product_number product; /* may be the product itself: looked at twice in a row */
    uint16_t direct;        /* times it was the very next click */
    uint16_t sessions;      /* sessions that hold both within 10 clicks */
    float after, before;    /* sums of weights by distance */
    float recent;           /* `after`, newer sessions counting for more */
};

/* Of one product over all sessions of the set; times are counted in sessions, so that what a shop's
 * calendar does plays no part. */
struct product_course {
    float sessions;            /* that hold it */
    float tenth, third, first; /* among the newest 10%, 3% and 1% of the sessions */
    float age, silence; /* share of the sessions that are newer than the one it came up in first,
                                  and last; 1 for a product of none */
    float ends;         /* share of its sessions that ended with it */
    float again;        /* further clicks on it in a session, on average */
    float leaves;       /* clicks on it (of the list's sessions) that another one followed */
    float carts,
        buys; /* share of its sessions in which it was put in a cart, bought; smoothed by 20
                                  sessions of the shop's average */
};

/* Write the file. `sessions` is the open index of the same set. Deterministic. */
MUST_USE enum status transitions_build(const struct session_set *set,
                                       const struct sessions *sessions, const char *path,
                                       struct error *err);

struct transitions;
MUST_USE enum status transitions_open(struct transitions **out, const char *path,
                                      struct error *err);
void transitions_close(struct transitions **t); /* for SCOPED */

/* By falling `after`, equal ones by product. A product beyond the index has none. */
size_t transitions_of(const struct transitions *t, product_number product,
                      const struct transition **out);
/* Sum of `after` over the whole list, also what was cut: the share of one is a probability. */
float transitions_total(const struct transitions *t, product_number product);
/* Bring into the cache what the two above touch: where the list is, then its first part. */
void transitions_fetch(const struct transitions *t, product_number product, enum fetch step);

/* Never NULL: zeros (age and silence 1) for a product beyond the index. */
const struct product_course *transitions_course(const struct transitions *t,
                                                product_number product);
void transitions_fetch_course(const struct transitions *t, product_number product);

#endif
