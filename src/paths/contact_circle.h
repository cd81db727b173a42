/* SPDX-License-Identifier: Apache-2.0 */
/* contact_circle: whose word is asked before somebody is written to, beyond the identifiers that a record
 * names. Private to paths/.
 *
 * `sure` are those that identity/ says are one person with them: what is allowed there counts. `near`
 * might be they: there only a refusal counts. Near are
 *   - a browser that others log in to as well, and who holds it at the time;
 *   - a browser of theirs where a guest left another address, and the customer who alone logs in on one;
 *   - addresses that were named on one of their browsers, or that somebody else named too;
 *   - what the address or number belongs to, when that is another customer's.
 * Of what is linked to more than IDENTITY_CHILDREN_MAX others, none of those, as identity/ joins none.
 * An identifier that names nobody (`guest`, ...) is neither.
 *
 * Threads    the writer's thread, or the state locked for reading. */
#ifndef PATHS_CONTACT_CIRCLE_H
#define PATHS_CONTACT_CIRCLE_H

#include "consent/consents.h"
#include "consent/who.h"
#include "identity/identity.h"
#include "paths/state.h"

struct circle {
    const struct state *s;
    struct who_set sure, near; /* one may be in both */
};
void circle_free(struct circle *c); /* for SCOPED */

/* Add those around the identifiers that are named together, by kind, absent ones aside, as of a time. */
void circle_add(struct circle *c, const struct text ids[IDENTIFIER_KINDS], int64_t time_ms);

/* Whether an event is another customer's than the one who holds its browser. */
bool circle_parts(const struct circle *c, const struct identity_event *e);

struct who circle_who(const struct circle *c, enum identifier_kind kind, struct text id);

/* What was said of e-mail: the newest yes among `sure`, the newest no among all. */
struct verdict {
    struct statement yes, no;
};
/* Of a circle; `pending` (NULL: none) are statements of the open transaction. */
struct verdict circle_verdict(const struct circle *c, const struct consents *pending);
/* Add what was said by these, and one word. */
void verdict_hear(struct verdict *v, const struct state *s, const struct consents *pending,
                  const struct who_set *whos, bool sure);
void verdict_take(struct verdict *v, const struct statement *said);
bool verdict_allows(const struct verdict *v); /* yes was said, and later than no */

/* What the open transaction links, which identity/ does not know before it is folded. Through a browser
 * nobody is tied to a second customer. A zeroed one ties nobody. */
struct ties {
    struct who_set set;
    struct tie *all; /* by place in the set */
    size_t room;
    uint32_t reaches; /* calls of ties_reach */
};
void ties_free(struct ties *t); /* for SCOPED */

/* All of `sure` are one, under the customer named (NULL: none). */
void ties_join(struct ties *t, const struct circle *c, const struct who *customer);
/* Put those that one is tied to under another customer than the one named into `sure`; false: there are
 * none. */
bool ties_parted(struct ties *t, struct who who, struct who customer, struct circle *out);
/* Put those near that are tied to any of `sure`. */
void ties_reach(struct ties *t, struct circle *c, const struct who *customer);

#endif
