/* SPDX-License-Identifier: Apache-2.0 */
/* profile: what each shopper did lately, a fold of the journal's events.
 *
 * A shopper is an anonymous id or, without one, a user id; on a device that several log in to, each has a
 * record of their own. Folding never joins records: what belongs to one person is put together when it is
 * asked (profiles_read_person), so that a link that is parted leaves no trace. At most PROFILE_SHOPPERS_MAX
 * are held; past it the one silent for longest goes.
 *
 * Consent    an event without consent to personalisation leaves no product, no device, no landing and no order here,
 *            only a mark and when its session was last heard of (sessions are counted for
 *            everybody). When the event itself states the refusal, what was kept is erased. A
 *            statement outlasts what a default says later, until the next statement.
 *
 * Shown      what lists showed (view_item_list) and the shopper then did nothing with: as soon as they
 *            look at it, or do anything else with it, it is no longer kept.
 *
 * Late events take their place by time; ties keep the order of the journal.
 *
 * Segments   where the shopper came from, whether they were here before, and what they ordered: sessions
 *            and orders are counted while there is consent.
 *
 * Memory     under 300 bytes an active shopper, in size classes, in flat arrays: some 180 for one with
 *            5 actions, 250 when 8 products were shown as well, 500 at the most.
 * Threads    one folder, or any number of readers (the shop's state lock sees to it). */
#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/fetch.h"
#include "base/text.h"
#include "identity/identity.h"
#include "journal/arrival.h"
#include "journal/checkpoint.h"
#include "journal/event.h"
#include "journal/numbers.h"

enum {
    PROFILE_REPEAT_S = 30 * 24 * 3600, /* how far apart purchases are not counted as repeated */
    PROFILE_ACTIONS_MAX = 24,          /* newest actions kept of a shopper */
    PROFILE_PURCHASES_KEPT = 12,       /* of them, the newest purchases, however much came since */
    PROFILE_SHOWN_MAX = 16, /* and products shown lately; of one list the first ones count */
    PROFILE_SHOPPERS_MAX = 20000000,
};

/* Whose record it is, as a 128-bit cryptographic hash (BLAKE2b) of the anonymous id or, without one, of the
 * user id, and of which of them it is. Ids that name nobody (identifier_blocked) are passed over. */
struct shopper_key shopper_key_of(struct text anonymous_id, struct text user_id);
bool shopper_key_none(struct shopper_key key); /* neither id was given */
/* The record of a visitor that an event goes to on a shared device, by what identity_file says. */
struct shopper_key shopper_key_filed(struct shopper_key key, uint64_t file);

enum action_kind { ACTION_VIEW, ACTION_CART, ACTION_UNCART, ACTION_WISH, ACTION_BUY };

/* The action an event type stands for; false for types that say nothing about a product's appeal.
 * select_item is none: the view that follows says it. */
bool action_of(enum event_type type, enum action_kind *out);

/* What a shopper holds in their hands, as events say it. */
enum device_kind { DEVICE_UNKNOWN, DEVICE_DESKTOP, DEVICE_MOBILE, DEVICE_TABLET, DEVICE_COUNT };

/* "desktop", "mobile", "tablet", in letters of any case; DEVICE_UNKNOWN for any other word. */
enum device_kind device_of(struct text word);
/* The word; NULL for DEVICE_UNKNOWN and what is no device. */
const char *device_word(enum device_kind device);

struct action {
    product_number product;
    uint32_t time_s; /* Unix seconds */
    uint8_t kind;    /* enum action_kind */
    bool in_session; /* of the current session */
};

/* A product that was shown and not looked at since. */
struct shown_product {
    product_number product;
    uint32_t times; /* that it was shown, from 1; stays at 65535 */
    uint32_t last_s;
};

/* A copy of one shopper's state, small enough for the stack. */
struct profile {
    shopper_number number; /* SHOPPER_NONE for a stranger */
    bool personal;  /* may be used to personalise; true for strangers when the default says so */
    bool stated;    /* the shopper said so, or that it may not be */
    uint32_t count; /* actions, newest first */
    uint32_t
        session_count; /* the first so many belong to the current session, which is still open */
    struct action actions[PROFILE_ACTIONS_MAX];
    uint32_t shown_count;
    struct shown_product shown[PROFILE_SHOWN_MAX]; /* newest first; of one list in its order */
    int64_t last_ms;                               /* newest action, 0 none */
    int64_t session_start_ms;                      /* to the second, 0: no session is open */
    enum device_kind device; /* as last told; events that come late do not tell */
    uint16_t country;        /* the same; 0: not told */
    uint32_t source, medium; /* of the last campaign told, as arrival_word has them; 0: none was */
    category_number landing; /* at which the open session began; 0: at none yet, or none is open */
    bool returning;          /* a session came before the one that is open, or that begins now */
    int64_t last_visit_ms;   /* when that one was last heard of, to the second; 0: none */
    uint32_t orders;         /* that the shop vouches for; stays at 255 */
    int64_t spend_micros;    /* in them; refunds are not taken off */
    int64_t last_order_ms;   /* to the second, 0: none */
};

struct profiles;

struct profiles *profiles_new(void);
/* The same for at most `shoppers_max` shoppers, 1..PROFILE_SHOPPERS_MAX. */
struct profiles *profiles_new_bounded(uint32_t shoppers_max);
void profiles_free(struct profiles *p); /* NULL is fine */

/* What a purchase adds to a shopper's orders. Rows of one order come as several events. */
struct profile_order {
    bool counts;   /* the shop vouches for it */
    uint32_t hash; /* of its transaction id: the same twice in a row is one order; 0: none */
    int64_t value; /* micros of the whole order, in the shop's currency; MONEY_NONE: not said */
    int64_t items; /* micros of the event's products, which count when the whole is not said */
};

/* What profile folding needs of an event: products are resolved by the caller. */
struct profile_event {
    struct shopper_key key;
    uint64_t session_hash; /* of session_id; 0: none */
    int64_t time_ms;
    enum event_type type;
    uint32_t flags; /* enum event_flags */
    struct arrival arrival;
    bool withheld; /* the shopper turned personalisation off: of this event nothing is kept */
    const product_number *products; /* PRODUCT_NONE entries are passed over */
    uint32_t product_count;
    struct profile_order order; /* of a purchase */
};

/* Returns the shopper's number, and in `*new_session` whether a session began. */
shopper_number profiles_fold(struct profiles *p, const struct profile_event *e, bool *new_session);

/* Forget what `key` did and was shown, their device and where they landed. Their session goes on, empty. */
void profiles_forget(struct profiles *p, struct shopper_key key);

/* Bring into the cache what folding an event of `key` will touch, in steps to be made some events
 * apart: each needs what the one before brought. */
void profiles_fetch(const struct profiles *p, struct shopper_key key, enum fetch step);

/* What is known of `key` at `now_ms`. A session is over when its last event is 30 minutes old. An
 * unknown key gives a stranger with personal = `default_personal`. */
void profiles_read(const struct profiles *p, struct shopper_key key, int64_t now_ms,
                   bool default_personal, struct profile *out);

/* They state that they refuse to be known: what was kept is erased. Nothing for somebody unknown. */
void profiles_refuse(struct profiles *p, struct shopper_key key);

/* Forget all shoppers whose newest event is before `before_ms`, to the second. */
void profiles_forget_silent(struct profiles *p, int64_t before_ms);

/* Remove a shopper, number and all. False when there is none of that key. */
bool profiles_remove(struct profiles *p, struct shopper_key key);
/* Completes what an event of the current session says of how its shopper arrived by what is kept of them
 * in that record. */
void profiles_arrival(const struct profiles *p, struct shopper_key key, struct arrival *arrival);

/* Who asks: what a request says. Either may be absent. */
struct asker {
    struct text anonymous_id, user_id;
    bool here_alone; /* of what they did, only what was done on the device at hand */
};

/* What is known of the person who asks: of the visitor, and of all that is joined with them in `g`, put
 * together. Asking by a visitor id alone on a device that others have logged in to, a person is what they
 * did there. Of more than PROFILE_RECORDS_MAX records those last told to be theirs count.
 *
 * Actions of all sessions that are open come first, then the others, each newest first. Consent: a refusal
 * that events stated anywhere holds for the person, as far as it is not consent/'s to say which statement
 * is the newest (recommend asks there behind this); otherwise the record of the device at hand says; for one that
 * is not known yet, or when none is at hand, what the person stated elsewhere, and where they stated nothing
 * whether any of their devices may be used: what came with Sec-GPC: 1 to one is no word on the others. `g` NULL: nobody is joined. */
enum { PROFILE_RECORDS_MAX = 16 };
void profiles_read_person(const struct profiles *p, const struct identity *g,
                          const struct asker *who, int64_t now_ms, bool default_personal,
                          struct profile *out);

/* The records that are read for them, the one of the device at hand first, with what bounds them. */
struct person_records {
    struct person_record {
        struct shopper_key key;
        struct text id; /* the graph's or the asker's */
        bool visitor;   /* an anonymous id, else a user id */
        bool shared;    /* somebody else logs in there as well */
        bool
            after_another; /* what came before from_ms was somebody else's: neither orders nor visits count */
        int64_t from_ms, until_ms;
    } records[PROFILE_RECORDS_MAX];
    size_t count;
    bool at_hand; /* the first is of the device at hand */
};
void person_records_find(const struct identity *g, const struct asker *who, int64_t now_ms,
                         struct person_records *out);

/* profiles_forget for all records of the person who asks, however many; of those named by a visitor id alone,
 * for the device's that are theirs. */
void profiles_forget_person(struct profiles *p, const struct identity *g, const struct asker *who,
                            int64_t now_ms);

/* The same of a person that is known already: no device is at hand. */
void person_records_of(const struct identity *g, const struct identity_person *p,
                       struct person_records *out);

/* How often the shopper bought the product at other moments within PROFILE_REPEAT_S of that time, as far as
 * their purchases are kept. */
uint32_t profiles_repeats(const struct profiles *p, struct shopper_key key, product_number product,
                          int64_t time_ms);

uint32_t profiles_count(const struct profiles *p);
/* Bytes held for them all. */
uint64_t profiles_bytes(const struct profiles *p);

void profiles_save(const struct profiles *p, struct checkpoint_writer *w);
/* Into fresh profiles. ERR_CORRUPT when the sections do not fit this program; `p` is then as new.
 */
MUST_USE enum status profiles_load(struct profiles *p, const struct checkpoint *c,
                                   struct error *err);

#endif
