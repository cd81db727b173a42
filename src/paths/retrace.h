/* SPDX-License-Identifier: Apache-2.0 */
/* retrace: the shop's newest sessions, walked through again: at each step the state is as it was then,
 * and what the shopper did next is known. What learning asks its questions at.
 *
 * Products, stock, prices and the program are as they are now. What is popular and what shoppers did
 * is folded anew: all events before a moment in time at once, those behind it one after the other, in
 * the order of the journal. */
#ifndef PATHS_RETRACE_H
#define PATHS_RETRACE_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "paths/state.h"
#include "train/train.h"

struct retrace_options {
    const char *data_dir;
    int64_t from_ms;  /* the walk begins with the first event of this time or later */
    int64_t until_ms; /* events of this time or later did not happen; INT64_MAX: all did */
    void (*progress)(void *context, const char *stage, uint64_t done, uint64_t total);
    void *context; /* of progress, which may be NULL */
    train_whose
        *whose; /* events it says are nobody's are no actions, and count for nothing; NULL: none */
    const void *whose_context;
};

/* A thing some shopper did with a product, behind from_ms. */
struct retraced {
    uint64_t session; /* a number all actions of one session share, and no other */
    product_number product;
    uint32_t next;  /* the action after this one in its session, RETRACED_NONE at its end */
    uint32_t first; /* the session's first */
    uint8_t kind;   /* enum action_kind */
    bool last_of_event;
};
#define RETRACED_NONE UINT32_MAX

/* An event that was just folded, with products the shop knows. */
struct moment {
    struct text anonymous_id, user_id; /* user_id only when vouched for; until the next call */
    int64_t time_ms;
    uint32_t action; /* the event's last */
};

struct retrace;

/* `state` is loaded to its end and is the caller's; its profiles and popularity become those of before
 * from_ms, and move on with the walk. */
MUST_USE enum status retrace_open(struct retrace **out, struct state *state,
                                  const struct retrace_options *options, struct error *err);
void retrace_close(struct retrace **r); /* for SCOPED */

/* All actions there are, in the order of the journal. */
const struct retraced *retrace_actions(const struct retrace *r, uint32_t *count);

/* Fold on to the next event with an action. ERR_NOT_FOUND behind the last one. */
MUST_USE enum status retrace_next(struct retrace *r, struct moment *out, struct error *err);

/* Called before the record at `next` is folded: the state is as it was at every position below, behind
 * the record before. What it returns but OK is what retrace_next returns. NULL: no longer called. */
typedef enum status retrace_pause(void *context, struct position next, struct error *err);
void retrace_pause_by(struct retrace *r, retrace_pause *pause, void *context);

/* The first action of a shopper behind a position, unless it comes SESSION_GAP_MS after `now_ms` or
 * later: RETRACED_NONE. */
uint32_t retrace_follows(const struct retrace *r, struct shopper_key shopper,
                         struct position position, int64_t now_ms);

/* Whether events of the walk say which answers were shown: lists of products with the request_id of the
 * answer they came from. Then those that no event names were not. */
bool retrace_tells_shown(const struct retrace *r);
bool retrace_shown(const struct retrace *r, uint64_t decision);

/* The walk's first and last positions: decisions between them may be met. */
void retrace_bounds(const struct retrace *r, struct position *begins, struct position *end);

/* Only what is folded: the state becomes that of all events before from_ms. */
MUST_USE enum status retrace_fold(struct state *state, const struct retrace_options *options,
                                  struct error *err);

#endif
