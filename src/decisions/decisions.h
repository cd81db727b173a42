/* SPDX-License-Identifier: Apache-2.0 */
/* decisions: answers kept: what was asked, what was shown, and by what version.
 *
 * Written behind the answer (at most 50 ms lost in a crash), under 400 bytes each for 20 products.
 * The request id is the decision's number, enciphered with the shop's key, so that it is found
 * without an index on random values, and ids tell nothing. Numbers are reserved in blocks before
 * any is given, so that none is given twice, also after a crash that lost the last ones.
 *
 * Owns       the table `decision` of store.db, and `decisions_reserved` of `meta`.
 * Threads    decisions_keep from any thread; a small thread of its own hands what waits to the
 *            writer every 50 ms; the inserts run on the writer's thread. */
#ifndef DECISIONS_DECISIONS_H
#define DECISIONS_DECISIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/arrival.h"
#include "journal/numbers.h"
#include "journal/writer.h"
#include "store/store.h"

enum {
    DECISION_ITEMS_MAX = 100,
    DECISION_CART_MAX = 50,
    DECISIONS_WAITING_MAX = 100000,
    DECISIONS_PRUNED_MAX = 10000,
    REQUEST_ID_SIZE = 24,
    NOT_CUT = 255, /* deadline_step of an answer that the deadline did not cut */
    EXPLORE_ALWAYS_PPM = 1000000,
    DECISION_KIND_PINNED = 8, /* evidence_kind of a product that stands where a rule put it */
};

struct decision_item {
    product_number product;
    uint8_t source;        /* enum source_kind */
    uint8_t evidence_kind; /* below 128 */
    uint32_t evidence_reference;
};

/* One answer for one surface. */
struct decision {
    uint64_t number; /* rising in the order of decisions_keep */
    int64_t now_ms;  /* the request's time */
    struct text surface;
    struct text anonymous_id,
        user_id; /* as asked; what the path may use of them is checked again */
    struct text item_id, category;
    struct text cart[DECISION_CART_MAX];
    uint32_t cart_count;
    uint32_t limit;
    uint32_t age_verified;  /* years; 0: not */
    bool gpc;               /* asked under Sec-GPC: 1 by who is nobody for that */
    struct arrival arrival; /* of the visit, as asked */
    struct text
        page; /* item ids already on the page, joined by '\n' (several surfaces of one page) */
    struct position position; /* state it was answered from */
    uint32_t generation;      /* 0: none */
    uint32_t program_version;
    uint64_t seed;
    uint8_t rung;          /* enum rung of the answer */
    uint8_t deadline_step; /* where the deadline cut it, as paths/recommend counts; NOT_CUT */
    struct decision_item items[DECISION_ITEMS_MAX];
    uint32_t item_count;
    uint32_t explored_slot; /* where an explored product was put, from 1; 0: nowhere */
    uint32_t explore_ppm;   /* the share of answers that explored then, in millionths; 0: none */
    struct text language;   /* a tag of the program's reasons, as it was chosen; absent: English */
    uint32_t took_us;       /* what answering took; no part of what is answered. 0: not known */
    uint32_t digest;        /* of all that was answered (answer_digest); 0: not known */
    uint32_t explore_pool;  /* candidates below the limit that it was drawn from; 0: none were left.
                               Of an answer that did not explore, 1 stands for any number */
    uint8_t robot; /* enum robot_why: a robot asked, and nothing is learned or measured from it */
};

/* How likely it was that the product of items[item] would stand where it stood, under this policy: of
 * the answers a share e explores; then a slot s is drawn from the n shown, each as likely, and a
 * product from the m candidates ranked below the limit, and is put into s; those from s on move down by
 * one and the last falls off. Otherwise what is ranked is shown. So the product ranked k stands
 *
 *   at k      unless the answer explores at k or above       1 - e + e (n - k) / n = 1 - e k / n
 *   at k + 1  when it explores at k or above                 e k / n
 *
 * and each of the m at s with e / (n m). Of all that may stand at a slot these add up to 1. A product
 * shown above the explored slot, or in an answer that did not explore, was ranked where it stands; one
 * below it was ranked one higher. 1 when nothing could be explored.
 *
 * What a rule pinned is never drawn nor moved: 1. n, k and s count the others alone. */
double decision_propensity(const struct decision *d, uint32_t item);

/* `number` is not part of the bytes. */
void decision_encode(const struct decision *d, struct buffer *out);
/* Texts point into `body`. ERR_CORRUPT when the bytes are none. */
MUST_USE enum status decision_decode(struct text body, struct decision *out, struct error *err);

/* "r-" and 16 hex digits that stand for a number under a key, and back; ERR_INVALID when malformed.
 */
void request_id_make(uint64_t number, const uint8_t key[16], char out[REQUEST_ID_SIZE]);
MUST_USE enum status request_id_read(struct text id, const uint8_t key[16], uint64_t *number,
                                     struct error *err);

struct decisions;

/* `key`: 16 secret bytes of the shop. `store` is read while opening and not kept; `writer` outlives
 * the decisions. */
MUST_USE enum status decisions_open(struct decisions **out, struct store *store,
                                    struct writer *writer, const uint8_t key[16],
                                    struct error *err);
/* Flush what waits; NULL is fine. */
void decisions_close(struct decisions **d); /* for SCOPED */

/* Give the decision a number, queue it, and write its request id. When DECISIONS_WAITING_MAX wait
 * already, it is counted as lost and still gets its id. */
void decisions_keep(struct decisions *d, struct decision *decision,
                    char request_id[REQUEST_ID_SIZE]);

/* Wait until everything kept so far is in the store, or was lost: then the error of the write. */
MUST_USE enum status decisions_flush(struct decisions *d, struct error *err);

/* Read one. ERR_INVALID for a malformed id, ERR_NOT_FOUND for one that is not (or no longer) kept, or
 * was erased with its shopper: the sentence says which.
 * Texts live in `a`. */
MUST_USE enum status decisions_find(struct store *store, const uint8_t key[16],
                                    struct text request_id, struct arena *a, struct decision *out,
                                    struct error *err);

/* Kept decisions from position `from` up to but without `until`, in the order of the journal; those of
 * one position in the order they were kept. Reads through a connection of its own, beside a server
 * too, a few hundred at a time, with no transaction open in between. What was kept before decisions
 * had their position beside them (schema 1) is not found. One thread. */
struct decision_cursor;
MUST_USE enum status decision_cursor_open(struct decision_cursor **out, const char *data_dir,
                                          struct position from, struct position until,
                                          struct error *err);
void decision_cursor_close(struct decision_cursor **cursor); /* for SCOPED */

/* OK with the next, its texts in `a`; ERR_NOT_FOUND behind the last; ERR_CORRUPT naming one that cannot
 * be read (the next call goes on behind it); ERR_IO. */
MUST_USE enum status decision_cursor_next(struct decision_cursor *cursor, struct arena *a,
                                          struct decision *out, struct error *err);

/* Kept decisions numbered above `*after`, at most `limit`, by rising number; those that were erased
 * are passed over. The texts hold for the call. `*after` becomes the highest number looked at. */
MUST_USE enum status decisions_each(struct store *store, uint64_t *after, uint64_t limit,
                                    void (*each)(void *context, const struct decision *d),
                                    void *context, struct error *err);

/* Inside the writer's transaction: erase one. Its number stays, so that asking for it can say so. */
MUST_USE enum status decisions_erase(struct store *store, uint64_t number, struct error *err);

/* What is kept. */
struct decisions_figures {
    uint64_t count;
    int64_t oldest_ms;   /* 0: none is kept */
    uint32_t bytes_each; /* of the newest thousand, encoded; the store adds some 40 for its rows */
};
MUST_USE enum status decisions_measure(struct store *store, struct decisions_figures *out,
                                       struct error *err);

/* Inside the writer's transaction: forget decisions before `before_ms`, of the oldest
 * DECISIONS_PRUNED_MAX, so that no commit is held up; `*forgotten` is how many. As many as that: there
 * may be more. */
MUST_USE enum status decisions_prune(struct store *store, int64_t before_ms, uint32_t *forgotten,
                                     struct error *err);

#endif
