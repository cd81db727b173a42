/* SPDX-License-Identifier: Apache-2.0 */
/* robots: which visitors are programs, a fold of the journal's events.
 *
 * One definition for all: what the state keeps out of profiles, popularity and cohorts, what learning and
 * evaluating leave out, what recommend answers as a stranger, and what the audit counts.
 *
 * A visitor is marked
 *   known      by an event whose user agent says so (agents.def);
 *   fast       by more events than a person makes: ROBOT_MINUTE_MAX in a minute, ROBOT_HOUR_MAX in an hour or
 *              ROBOT_DAY_MAX in a day, as the clock cuts them (UTC). A page sends some three events that count
 *              (select_item, page_view, view_item), so these are 40 pages a minute, 800 an hour, 4,000 a day:
 *              a device in a shop that many use from morning to night stays below;
 *   silent     by ROBOT_PAGES_MAX pages in one session without one act (a click in a list, a scroll, a search,
 *              a filter, the cart, ...), in a shop where acts are sent: where four in five sessions have one by
 *              their ROBOT_ACTING_PAGES-th page, a person who goes on to the thirtieth without is hardly met
 *              (0.2^6: one in 15,000 if pages are alike). Where fewer have one, silence says nothing.
 *
 * Where acts are sent (acting.h)  Sessions of marked visitors are left out. Robots that stop before the
 *            thirtieth page count as people, and can hide all of them. And anybody can send sessions that act,
 *            in a shop whose pages send no acts, so that people who look at thirty pages in a session are
 *            marked: until the shop has vouched for the purchases of a few, which cannot be made up. Where
 *            no purchase names a browser, or a customer who is known to use one, such a flood takes those
 *            people for strangers, a month from their last such session or until they buy.
 *
 * What counts  Lists and scrolling come several a page, purchases in the bulk of an order: they are no measure
 *              of speed. Neither are events of one hundredth of a second: one page, one batch, or a file
 *              whose times are whole days. A window begins anew with an event of another one, earlier or
 *              later. A page counts once: by its URL, if the view before named one too; else page_view alone
 *              counts where the session has any, view_item where it has none, and what comes within a second
 *              or two of it is of the same page.
 *
 * How long   A mark holds until ROBOT_MARK_S after the last event that gave a reason for it, a month, as what is
 *            popular is counted: a robot that goes on gives reasons, and who was taken for one by mistake is
 *            not shut out for good. Up to that time it holds for all the visitor's events, those before
 *            it too: learning leaves them out, since it looks back. It is lifted at once by what only a person
 *            does: a purchase that the shop vouches for, by the visitor or by the customer whose alone the
 *            browser is (robots_lift). What is lifted or over can be marked again.
 *
 * Limits     32 bytes for each visitor of the last day and each who is marked, in a table that is from 3/8 to
 *            3/4 full and has ROBOT_SLOTS_MAX slots at most; past it whoever is silent for longest is forgotten,
 *            those who are not marked first. Keys are hashes. Who sends a new visitor id with every event is met
 *            by its agent alone. Each half hour of the events' time the table is walked through once.
 * Threads    one folder, or any number of readers (the shop's state lock sees to it). */
#ifndef INGEST_ROBOTS_H
#define INGEST_ROBOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/fetch.h"
#include "journal/checkpoint.h"
#include "journal/event.h"
#include "journal/numbers.h"

enum {
    ROBOT_MINUTE_MAX = 120, /* events that a person does not reach */
    ROBOT_HOUR_MAX = 2400,
    ROBOT_DAY_MAX = 12000,
    ROBOT_PAGES_MAX = 30,   /* pages of a session without an act */
    ROBOT_ACTING_PAGES = 5, /* by that page it is looked whether a session has one */
    ROBOT_MARK_S = 30 * 24 * 3600,
    ROBOT_SLOTS_MAX = 1 << 22, /* 134 MB */
};

enum robot_why { ROBOT_NOT, ROBOT_KNOWN, ROBOT_FAST, ROBOT_SILENT, ROBOT_WHYS };

/* "known", "fast", "silent"; NULL for ROBOT_NOT and what is none. */
const char *robot_word(enum robot_why why);
/* Why, as the end of a sentence: "its user agent says so". NULL for ROBOT_NOT and what is none. */
const char *robot_meaning(enum robot_why why);

struct robots;
struct robots *robots_new(void);
/* The same for a table of `slots_max`, a power of two from 1024 to ROBOT_SLOTS_MAX. */
struct robots *robots_new_bounded(uint32_t slots_max);
void robots_free(struct robots *r); /* NULL is fine */

/* Fold an event of the visitor `key` (none: of nobody that is followed, whose agent alone is looked at).
 * Returns why it is a robot's, ROBOT_NOT for a person's; `*marked`, unless it is NULL, becomes whether it
 * marked a visitor who was not. */
enum robot_why robots_fold(struct robots *r, struct shopper_key key, const struct event *e,
                           bool *marked);

/* The shop vouches for a purchase of the person whose visitor `key` is: the mark is lifted, unless it is
 * that of a known agent. */
void robots_lift(struct robots *r, struct shopper_key key);

/* Brings what folding an event of `key` touches into the cache. */
void robots_fetch(const struct robots *r, struct shopper_key key, enum fetch step);

/* Why the visitor's events of that time are a robot's, as far as is known now; ROBOT_NOT: they are not. */
enum robot_why robots_why(const struct robots *r, struct shopper_key key, int64_t time_ms);

/* Does learning leave the event out? When its agent says that it is a robot's, or robots_why does. */
bool robots_leave_out(const struct robots *r, struct shopper_key key, const struct event *e);

/* The mark of a visitor: why, and when it ends if no other reason comes. False: there is none, or it is
 * over at `now_ms`. */
struct robot_mark {
    enum robot_why why;
    int64_t until_ms;
};
bool robots_mark(const struct robots *r, struct shopper_key key, int64_t now_ms,
                 struct robot_mark *out);

/* Forget a visitor, and their mark. */
void robots_remove(struct robots *r, struct shopper_key key);
/* Forget those not heard of since `before_ms`, to the second. */
void robots_forget_silent(struct robots *r, int64_t before_ms);

uint64_t robots_events(const struct robots *r); /* of robots, so far */
uint32_t robots_count(const struct robots *r);  /* visitors held */
uint64_t robots_bytes(const struct robots *r);

void robots_save(const struct robots *r, struct checkpoint_writer *w);
/* Into fresh robots. ERR_CORRUPT when the sections do not fit this program; `r` is then as new. */
MUST_USE enum status robots_load(struct robots *r, const struct checkpoint *c, struct error *err);

#endif
