/* SPDX-License-Identifier: Apache-2.0 */
/* marked: a shop in which somebody put a marker into every field they can put text into, among others who
 * did not, and a look at every byte on disk for it. */
#ifndef TESTS_SUPPORT_MARKED_H
#define TESTS_SUPPORT_MARKED_H

#include "base/hash.h"
#include "paths/forget.h"
#include "paths/recommend.h"
#include "tests/support/shop.h"

#define MARKER "Zx7Kq"

struct place {
    struct test_shop t;
    char request_id[REQUEST_ID_SIZE];
    uint32_t products; /* numbered, before the erasure */
    uint64_t end;      /* of the journal then */
};

/* Erase whom `id` names, as somebody asks for it here. */
MUST_USE enum status marked_forget(struct shop *shop, const char *id, struct forgotten *out,
                                   struct error *err);
/* An event with the marker wherever one may be. */
extern const char marked_event[];

/* Open a shop and fill it: browsers MARKER-anon and MARKER-phone, customers MARKER-user and MARKER-account. */
void place_open(struct place *p);
void place_checkpoint(struct place *p);

/* Somebody else's events, o-FROM to o-(FROM+COUNT-1). */
void marked_others(struct shop *shop, int from, int count);
/* On the browser "tablet": what nobody's did, the first customer's, and what was done while they were logged
 * in, all with the marker; then the second customer's and what was done while that one was, without. */
void marked_lend(struct shop *shop, const char *first, const char *second);
/* One answer for a visitor, whose page and cart bear the marker. */
void marked_ask(struct shop *shop, const char *visitor, char request_id[REQUEST_ID_SIZE]);

/* Files under `dir` with the marker, each named. */
size_t files_marked(const char *dir);
/* Of all records of the journal. */
uint64_t journal_hash(const char *dir);

#endif
