/* SPDX-License-Identifier: Apache-2.0 */
/* consenting: what a shopper allows, as the state knows it, and a statement of theirs.
 *
 * Threads    what is given a state wants it locked for reading; consent_state and consent_read lock. */
#ifndef PATHS_CONSENTING_H
#define PATHS_CONSENTING_H

#include "base/attributes.h"
#include "base/error.h"
#include "consent/consents.h"
#include "journal/event.h"
#include "paths/shop.h"
#include "paths/state.h"

/* What was stated under either identifier, absent ones aside. */
void consent_of(const struct state *s, struct text anonymous_id, struct text user_id,
                struct consent *out);

/* The same of the person who asks: also what they stated on other devices that no other customer uses (where a guest left an address, only what was refused), under
 * their addresses, and as other customers joined with them. Asking by a visitor id alone on a device that
 * several use, what was stated under that id. Of two statements the newer one holds. */
void consent_of_person(const struct state *s, const struct asker *who, int64_t now_ms,
                       struct consent *out);

/* The same, and of e-mail what the table of contacts goes by: also a refusal by who might be they
 * (paths/contact_circle.h). */
void consent_holds(const struct state *s, const struct asker *who, int64_t now_ms,
                   struct consent *out);

/* Whether an encoded event may be recorded: its shopper was not erased, nor who has an address that
 * it names, unless this is where they consent anew, or did so before; and its person did not refuse
 * analytics, unless it says otherwise itself. An address says who it was where no customer does and the shop
 * vouches for it. Where nobody refused it costs nothing; else as much as working out the
 * person, of whom folding the event touches a part next (`bench/admit`). */
bool consent_admits(const struct state *s, struct text event);

/* Whether who was erased may not be known as of `time_ms`: by the customer, without one by the
 * browser. */
bool consent_erased(const struct state *s, struct text anonymous_id, struct text user_id,
                    int64_t time_ms);

/* Whether the erased `address` comes back with what was done at `time_ms` by who is named as above: they were
 * erased and consented anew, or never were and stated a consent to analytics since. */
bool consent_returns(const struct state *s, struct text anonymous_id, struct text user_id,
                     struct who address, int64_t time_ms);

/* Whether it tells of a refusal what does not hold already, for its identifiers and for their person; never
 * of who was erased. Placeholders say nothing. */
bool consent_refuses_anew(const struct state *s, const struct consent_record *said);

/* What holds for the person, as consent_holds says it now, with the program's default for what was never
 * stated; identifiers as they are given. */
void consent_read(struct shop *shop, struct text anonymous_id, struct text user_id,
                  struct consent *out);

/* The same as told to a browser: of an address that is named as one, which anybody can type, nothing is told but
 * the program's default and what `said` (NULL: nothing) refuses just now. */
void consent_read_browser(struct shop *shop, struct text anonymous_id, struct text user_id,
                          const struct consent_record *said, struct consent *out);

/* Journal a statement and wait until it is durable and folded. Somebody who was erased and does not
 * allow analytics says nothing that could be kept: nothing is. Of what a shopper says under an address as an
 * anonymous id, which anybody can type, only refusals count. E-mail addresses and phone numbers are
 * replaced. */
MUST_USE enum status consent_state(struct shop *shop, const struct consent_record *said,
                                   struct error *err);

#endif
