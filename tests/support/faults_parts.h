/* SPDX-License-Identifier: Apache-2.0 */
/* faults_parts: for each row of checks.def what plants its fault, and what makes its near miss. Private to
 * the faults. */
#ifndef TESTS_SUPPORT_FAULTS_PARTS_H
#define TESTS_SUPPORT_FAULTS_PARTS_H

#include "tests/support/faults.h"

#define CHECK(name, ...)                                                                           \
    void plant_##name(struct made_shop *m);                                                        \
    void near_##name(struct made_shop *m);
#include "audit/checks.def"
#undef CHECK

/* ---- events ---- */

/* Drop the events of a type (EVENT_OTHER: of all), of the days from `from` up to but without `to`; every
 * `each`th stays, 0: none. */
void drop_events(struct made_shop *m, enum event_type type, uint32_t from, uint32_t to,
                 size_t each);
/* One of a type again under an id of its own, so many milliseconds later. */
struct event *event_again(struct made_shop *m, enum event_type type, int64_t after_ms);
/* Orders of strangers who did only what is said. */
void add_strangers(struct made_shop *m, uint32_t count, bool view, bool cart);
/* Sessions of page views at that pace; without an agent, that of a browser. */
void add_robots(struct made_shop *m, uint32_t sessions, uint32_t pages, int64_t pace_ms,
                struct text agent);

/* ---- people ---- */

/* A further record, a copy of one that nothing was planted into. */
struct made_customer *customer_again(struct made_shop *m);

/* ---- products ---- */

/* One that nothing was planted into yet. */
struct product *one_product(struct made_shop *m);
/* A further product, beside the one it is like; those that came before may move. */
struct product *product_beside(struct made_shop *m, struct product *like);
/* The word so many times, and a number that nothing else has. */
struct text words_repeated(struct made_shop *m, const char *word, int times);
/* How many stand in its category. */
size_t sisters_of(const struct made_shop *m, const struct product *p);
struct variant *give_variants(struct made_shop *m, struct product *p, uint32_t count);
/* One product gets a third attribute. */
void give_attribute(struct made_shop *m, const char *name, const char *value);

#endif
