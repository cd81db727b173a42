/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of popularity: counters and the lists made of them. Of no interest outside this
 * folder. */
#ifndef INDEXES_POPULARITY_LISTS_H
#define INDEXES_POPULARITY_LISTS_H

#include <stdbool.h>
#include <stdint.h>

#include "indexes/popularity.h"

enum {
    LIST_KINDS = 2,         /* enum popularity_list */
    CATEGORY_LIST_MAX = 64, /* products of a category's list */
    MONTH_HOURS = 30 * 24,
};

enum counted { COUNTED_VIEWS, COUNTED_PURCHASES, COUNTED_CARTS, COUNTED_KINDS };

/* Sums of 2^((time - landmark) / half-life), one of each half-life. */
struct decayed {
    double month, fortnight, day;
};

/* What lists are made of. Carts stand apart: far fewer events come to them, and every event waits for
 * the memory it counts in. */
struct product_counts {
    struct decayed of[COUNTED_CARTS];
};

enum {
    MARK_WAITING = 1, /* to be looked at at the next tick */
    MARK_ROSE = 2,    /* day sum of views reached TRENDING_MIN once; << 1: of purchases */
};

struct top {
    uint32_t count;
    uint32_t lost; /* 1: a full list lost a product, others may have to move up */
};

struct category_lists {
    struct top top[LIST_KINDS];
    struct popular products[LIST_KINDS][CATEGORY_LIST_MAX];
};

struct shop_lists {
    struct top top[LIST_KINDS];
    struct popular products[LIST_KINDS][POPULARITY_LIST_MAX];
};

/* What a checkpoint keeps whole. */
struct popularity_head {
    uint32_t version;
    uint32_t by_purchases;                      /* what the lists go by */
    int64_t landmark_month_ms, landmark_day_ms; /* fortnight uses the day's */
    int64_t newest_ms;
    int64_t newest_hour; /* of `hours` */
    uint64_t purchases;
    uint64_t purchases_shown, sessions_month_shown; /* as of the last tick */
    int64_t shown_month_ms, shown_day_ms;           /* the landmarks as of then */
    struct decayed worth;        /* of a sum, as of then: one event at that moment gives 1 */
    uint32_t started;            /* there was an event */
    uint32_t all_waiting;        /* every product is to be looked at */
    uint32_t hours[MONTH_HOURS]; /* sessions, by hour modulo MONTH_HOURS */
    struct shop_lists shop;
};

struct popularity {
    struct popularity_head head;
    product_number product_count; /* products below have counts */
    size_t counts_room, carts_room, shown_room, marks_room, listed_room;
    struct product_counts *counts;
    struct decayed *carts;
    struct appeal *shown; /* the sums as of the last tick, by the landmarks of then */
    uint8_t *marks;
    category_number *listed; /* 1 + the category a product is listed in, 0: it is not listed */
    product_number *waiting;
    size_t waiting_count, waiting_room;
    struct category_lists *lists;
    size_t list_count, lists_room;
    uint32_t *list_of; /* 1 + the lists of a category, 0: it has none */
    size_t list_of_count, list_of_room;
};

/* Both scores of a product by what the lists go by now; 0: not to be listed. */
void popularity_scores(const struct popularity *p, product_number product,
                       float scores[LIST_KINDS]);

/* The waiting products take their places. */
void popularity_lists_update(struct popularity *p, const struct catalog *catalog);

/* Every listed trending score is worth 2^-`halvings` of what it was. */
void popularity_lists_scale_trending(struct popularity *p, int halvings);
/* The same of bestsellers. */
void popularity_lists_scale_bestsellers(struct popularity *p, int halvings);

#endif
