/* SPDX-License-Identifier: Apache-2.0 */
/* sessions: session sets for tests and benches, click by click or made by the million. */
#ifndef TESTS_SUPPORT_SESSIONS_H
#define TESTS_SUPPORT_SESSIONS_H

#include "indexes/sessions.h"
#include "profile/profile.h"

/* A set that grows; `set` is whole after every call. Free with set_maker_free. */
struct set_maker {
    struct session_set set;
    size_t starts_room, products_room, kinds_room, ends_room, shoppers_room, orders_room;
};

/* A session of `shopper` begins, ending at `end_ms`. */
void set_session(struct set_maker *m, shopper_number shopper, int64_t end_ms);
/* A click of the session begun last. */
void set_click(struct set_maker *m, product_number product, enum action_kind kind, uint32_t order);
/* A session of views. */
void set_views(struct set_maker *m, shopper_number shopper, int64_t end_ms,
               const product_number *products, size_t count);
void set_maker_free(struct set_maker *m);

/* About `clicks` clicks on `products` products, some bought far more than others (a power law),
 * each session staying near one place of the shop; over 90 days. The same seed makes the same set.
 */
void set_make(struct set_maker *m, uint64_t clicks, product_number products, uint64_t seed);

#endif
