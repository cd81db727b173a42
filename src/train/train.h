/* SPDX-License-Identifier: Apache-2.0 */
/* train: from the journal to the files of a generation.
 *
 * Reads the journal through a cursor of its own, in a process of its own; never touches what
 * serves. Deterministic: the same journal up to the same position gives the same bytes. */
#ifndef TRAIN_TRAIN_H
#define TRAIN_TRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "catalog/catalog.h"
#include "indexes/generation.h"
#include "indexes/sessions.h"
#include "journal/event.h"
#include "journal/numbers.h"

/* Progress for people: called now and then with a stage's name and how far it is. May be NULL.
 * Stages: "reading the journal", "sorting", "building indexes", "product content", "product
 * behaviour", "similar products". */
typedef void train_progress(void *context, const char *stage, uint64_t done, uint64_t total);

/* Whose an event of `visitor` is: false when nothing may be learned from it. `*person` is then the one who
 * counts as a shopper, whatever device they used; NULL: not wanted. Any thread may call it. */
typedef bool train_whose(const void *context, const struct event *e, struct shopper_key visitor,
                         struct shopper_key *person);

struct train_options {
    const char *data_dir;
    uint32_t support_viewed, support_bought; /* of the program; pairs below are left out */
    uint32_t keep;                           /* generations kept */
    uint32_t serving;                        /* never pruned; 0 none */
    int64_t now_ms;
    bool sessions_only;                   /* build just what the rung `neighbours` needs */
    bool learned;                         /* and what the rung `learned` needs */
    bool passing;                         /* for learning to read: never served, less is spent */
    const struct model *ranker;           /* trees to go with it; NULL: none */
    const struct generation_gates *gates; /* what was judged; NULL: nothing */
    train_whose *whose;                   /* NULL: every event is its visitor's */
    const void *whose_context;
    train_progress *progress;
    void *context;
};

/* Sort the journal's events up to `until` into sessions (session_id, cut at gaps of 30 minutes),
 * oldest session first by its last click. Views, carts, wishes and purchases count, with every
 * product they name. Items are resolved by `catalog` (as of `until`), variants to products;
 * sensitive products, unverified purchases and unknown items are left out, and what options->whose says. Events without analytics
 * consent never were in the journal. A session is of one visitor, its shopper the person. Shoppers are numbered from 0 in order of first appearance; who
 * they are is forgotten. Memory: 50 bytes a click. ERR_LIMIT past 2^32 clicks, ERR_CORRUPT naming a
 * damaged record. */
MUST_USE enum status train_sessions(const struct train_options *options,
                                    const struct catalog *catalog, struct position until,
                                    struct session_set *out, struct error *err);

/* How many of them ended within the 30 days before the last one did. */
uint64_t train_sessions_month(const struct session_set *set);

/* Build every file from these sessions, read up to `until`, and the catalog, and publish
 * DIR/generations/N. ERR_NOT_FOUND when there is nothing to learn from: neither a session nor a
 * product with content. */
MUST_USE enum status train_from_sessions(const struct train_options *options,
                                         const struct catalog *catalog,
                                         const struct session_set *set, struct position until,
                                         struct generation_summary *out, struct error *err);

#endif
