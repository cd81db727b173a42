/* SPDX-License-Identifier: Apache-2.0 */
/* identity: which visitors, addresses and customers are one shopper.
 *
 * A graph of identifiers of four kinds and of links between them. An event that names several links each
 * of them to the one of the highest priority among them; nothing is ever copied or rewritten, so what was
 * linked can be parted again. Who belongs together is worked out from the links when it is asked:
 *
 *   customer     stands for itself. Two customers are one person only when somebody says so by hand.
 *   e-mail       belongs to the customer it was named with first; without one it is a person of its own.
 *   phone        the same, or to the e-mail address it was named with first.
 *   visitor      belongs to whoever logs in there. When a second one does, the device is shared: from then
 *                on what happens there is the second one's, until another logs in; what came before stays
 *                the first one's. What came before anybody logged in is the first one's, on a shared device
 *                only as far as it came less than half an hour before, the rest nobody's.
 *
 * Limits     see the enum below. What comes beyond is not joined, and the person has an alarm.
 * Blocked    values that name nobody (null, guest, all zeros, one digit ten times, ...) are no identifiers. One that
 *            was linked to more than IDENTITY_ANCHORS_MAX others joins nothing any more.
 * Order      links hold when they were first and last seen, how often, and what was said by hand: minima,
 *            maxima and sums, so that the same events in any order give the same graph.
 * By hand    identity_order: part one from what it belongs to, let go of all that belongs to one, join two.
 *            What was parted does not join again by itself, however often it is still seen; what is first
 *            seen together later does.
 *
 * Owns       everything in flat arrays; under 200 bytes an identifier.
 * Threads    one folder, or any number of readers (the shop's state lock sees to it). */
#ifndef IDENTITY_IDENTITY_H
#define IDENTITY_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/fetch.h"
#include "base/text.h"
#include "journal/checkpoint.h"
#include "journal/event.h"
#include "journal/record.h"

/* By priority, the highest first. */
enum identifier_kind {
    IDENTIFIER_CUSTOMER, /* a user id somebody vouches for */
    IDENTIFIER_EMAIL,    /* the keyed hash of an address the shop's own server or an import named */
    IDENTIFIER_PHONE,    /* the same of a number */
    IDENTIFIER_VISITOR,  /* an anonymous id */
    IDENTIFIER_KINDS
};

enum {
    IDENTITY_MAX = 20000000, /* identifiers; past it no new one is linked */
    /* Of one person. The first ones are joined. */
    IDENTITY_CUSTOMERS_MAX = 21, /* one, and 20 joined by hand */
    IDENTITY_EMAILS_MAX = 5,
    IDENTITY_PHONES_MAX = 5,
    IDENTITY_VISITORS_MAX = 50,
    IDENTITY_ANCHORS_MAX = 20,    /* what one identifier may be linked to before it is blocked */
    IDENTITY_CHILDREN_MAX = 1000, /* what may be linked to one before it joins none of it */
    IDENTITY_SHARED_GAP_S = 30 * 60,
};

typedef uint32_t identifier_number; /* given once, in the order of the journal */
#define IDENTIFIER_NONE UINT32_MAX

const char *identifier_word(
    enum identifier_kind kind); /* "customer", "email", "phone", "visitor" */
bool identifier_kind_find(struct text word, enum identifier_kind *out);

/* Values that stand for nobody, whatever shop they come from. An absent or empty one is blocked. */
bool identifier_blocked(struct text id);

/* The identifiers an event names, blocked ones left out; texts point where the event's do. */
struct identity_event {
    struct text ids[IDENTIFIER_KINDS];
    uint64_t hashes[IDENTIFIER_KINDS]; /* of those that are there */
    int64_t time_ms;
    bool links; /* two or more, and the event may be used to link them */
};
/* Pure: any thread. */
void identity_event_of(const struct event *e, struct identity_event *out);

struct identity;
struct identity *identity_new(void);
void identity_free(struct identity *g); /* NULL is fine */

void identity_fold(struct identity *g, const struct identity_event *e);
void identity_fetch(const struct identity *g, const struct identity_event *e, enum fetch step);

/* Under which of a visitor's records an event of theirs is kept: 0 for the first one who logs in there
 * and for what comes before; another number for each further one. IDENTITY_FILE_CUSTOMER: the customer's own
 * record is meant, since the visitor id is blocked or the customer let go of it (IDENTITY_DISSOLVE): what they do
 * logged in is theirs. Call it behind identity_fold. */
uint64_t identity_file(const struct identity *g, const struct identity_event *e);
#define IDENTITY_FILE_CUSTOMER UINT64_MAX

/* --- asking --- */

/* IDENTIFIER_NONE when it was never linked. */
identifier_number identity_find(const struct identity *g, enum identifier_kind kind,
                                struct text id);
/* Of a number that was found; valid until the next fold. */
enum identifier_kind identity_kind(const struct identity *g, identifier_number n);
struct text identity_text(const struct identity *g, identifier_number n); /* empty when forgotten */
bool identity_blocked(const struct identity *g, identifier_number n);     /* linked to too many */

/* One person: who is joined, by kind, each kind in the order of first being seen. */
struct identity_person {
    identifier_number root; /* the identifier it hangs on: of the highest priority */
    struct identity_members {
        uint32_t count;
        uint32_t beyond; /* more that the limit kept out */
    } kinds[IDENTIFIER_KINDS];
    identifier_number customers[IDENTITY_CUSTOMERS_MAX], emails[IDENTITY_EMAILS_MAX],
        phones[IDENTITY_PHONES_MAX], visitors[IDENTITY_VISITORS_MAX];
    bool
        too_many; /* one of them is linked to more than IDENTITY_CHILDREN_MAX others, none of which joined */
};

/* The person `n` belongs to: for a visitor, whoever holds the device at `now_ms`; when nobody does, it is
 * a person alone. */
void identity_person(const struct identity *g, identifier_number n, int64_t now_ms,
                     struct identity_person *out);
/* The identifiers of one kind. */
const identifier_number *person_of_kind(const struct identity_person *p, enum identifier_kind kind);

/* Who did what an event tells, by the links as they stand now: what the person hangs on whose record the
 * event goes to (identity_file), also when they were linked only later. IDENTIFIER_NONE: it is the visitor's
 * or the named one's alone. Costs a few look-ups, for it counts nobody: who the limits of one person leave
 * out is theirs all the same here, unless something is linked to more than IDENTITY_CHILDREN_MAX others. So
 * there may be fewer persons by it than by identity_person, never more. */
identifier_number identity_owner(const struct identity *g, const struct identity_event *e);

/* Which of a visitor's records are a person's, and from when to when what they hold is theirs. */
struct identity_record {
    uint64_t file; /* as identity_file gave it */
    int64_t from_ms, until_ms;
    int64_t last_ms; /* when it was last told that the device is theirs */
};
size_t identity_records(const struct identity *g, const struct identity_person *p,
                        identifier_number visitor,
                        struct identity_record out[IDENTITY_ANCHORS_MAX]);

/* Since when a visitor is nobody's, until the next login there: its holder was erased. INT64_MIN: it is not
 * so, or never was. */
int64_t identity_released_ms(const struct identity *g, identifier_number visitor);

/* Whether somebody else has logged in there as well, and was not parted from it. */
bool identity_shared(const struct identity *g, const struct identity_person *p,
                     identifier_number visitor);

/* Whether another customer has: a guest who left an address there does not make it another's. */
bool identity_lent(const struct identity *g, const struct identity_person *p,
                   identifier_number visitor);

/* A link as it stands. */
struct identity_link {
    identifier_number child, anchor; /* the one of higher priority is the anchor */
    int64_t first_ms, last_ms;       /* to the second; equal to by_hand_ms when no event says so */
    uint32_t events;                 /* that named both; 0: only by hand */
    int64_t by_hand_ms;              /* 0: not */
    bool parted;                     /* it joins nothing: by hand, or since it is blocked */
    bool blocked;                    /* one of the two is (identity_blocked): nobody parted them */
    uint64_t file; /* of a visitor's records the anchor's, as identity_file gives it */
};
/* Whether the two are linked, the first as the child; parted or not. Looks at IDENTITY_ANCHORS_MAX links. */
bool identity_linked(const struct identity *g, identifier_number child, identifier_number anchor);

/* Calls `each` for every link in which `n` stands, however many. */
void identity_links(const struct identity *g, identifier_number n,
                    void (*each)(void *context, const struct identity_link *link), void *context);
/* The same for those of which it is the anchor; for none when they are more than IDENTITY_CHILDREN_MAX, of
 * which none is joined. */
void identity_children(const struct identity *g, identifier_number n,
                       void (*each)(void *context, const struct identity_link *link),
                       void *context);

/* Whether more than IDENTITY_CHILDREN_MAX are linked to it. */
bool identity_crowd(const struct identity *g, identifier_number n);

/* Calls `each` for every identifier that is blocked or has more linked to it than one person may have. */
void identity_alarms(const struct identity *g, void (*each)(void *context, identifier_number n),
                     void *context);

uint32_t identity_count(const struct identity *g);
uint32_t identity_blocked_count(const struct identity *g);
uint64_t identity_bytes(const struct identity *g);
/* The same for equal graphs, whatever order they came about in. Takes seconds for millions. */
uint64_t identity_digest(const struct identity *g);

/* --- by hand, and where an erasure leaves a shared device behind: RECORD_IDENTITY --- */

enum identity_verb {
    IDENTITY_SPLIT = 1,    /* part `id` from all it belongs to; what belongs to it stays */
    IDENTITY_DISSOLVE = 2, /* let go of all that belongs to `id` */
    IDENTITY_JOIN = 3,     /* `id` belongs to `other`: of a higher kind, or both are customers */
    IDENTITY_RELEASE =
        4, /* `id`, a visitor, is nobody's until the next login: its holder is erased */
};
struct identity_order {
    enum identity_verb verb;
    enum identifier_kind kind, other_kind;
    struct text id, other;
    struct text author, reason;
};
void identity_order_encode(const struct identity_order *order, struct buffer *out);
/* Texts point into `body`. ERR_CORRUPT when the bytes are none. */
MUST_USE enum status identity_order_decode(struct text body, struct identity_order *out,
                                           struct error *err);
/* Fold one; bytes of a version to come are passed over. */
void identity_order_fold(struct identity *g, struct text body, int64_t time_ms);

/* What to write so that `n` stands apart, at most IDENTITY_CUSTOMERS_MAX orders, whose texts point into the
 * graph: a customer that was joined by hand is parted from those; one that was not lets go of all that
 * belongs to it; anything else is parted from what it belongs to. 0: it stands apart already. */
size_t identity_split_orders(const struct identity *g, identifier_number n,
                             struct identity_order out[IDENTITY_CUSTOMERS_MAX]);

/* Forget an identifier: its text and hash are wiped, its links with it. Others keep what is theirs, on a
 * shared device as well. (What was done under it is in profile/: that goes before, by identity_links.) */
void identity_forget(struct identity *g, identifier_number n);
/* Forget all that nothing was said of since `before_ms`, to the second: no event, and nothing by hand. Of
 * those that are blocked nothing is heard: they stay. */
void identity_forget_silent(struct identity *g, int64_t before_ms);

void identity_save(const struct identity *g, struct checkpoint_writer *w);
/* Into a fresh graph. ERR_CORRUPT when the sections do not fit this program; `g` is then as new. */
MUST_USE enum status identity_load(struct identity *g, const struct checkpoint *c,
                                   struct error *err);

#endif
