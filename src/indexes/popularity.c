/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/popularity.h"

#include <assert.h>
#include <math.h>

#include "base/memory.h"
#include "base/time.h"
#include "indexes/decay.h"
#include "indexes/popularity_lists.h"

/* Weights grow with event time. Before they pass 2^60 the landmark moves on by a whole number of
 * half-lives of every counter that uses it, so that moving is exact: by 56 days (56 and 4 halvings)
 * or by 1200 days (40 halvings). */
enum {
    DAY_LIMIT = 60,
    DAY_STEP = 56,
    MONTH_HALF_LIFE = 30,
    MONTH_LIMIT = 60 * MONTH_HALF_LIFE,
    MONTH_STEP = 40 * MONTH_HALF_LIFE,
    FORTNIGHT = 14,
    MS_HOUR_COUNTED = MS_HOUR,
};

static const double TRENDING_MIN = 3;
static const int64_t UNITS_MAX = 10; /* of one order that count: one buyer makes no bestseller */

struct popularity *popularity_new(void)
{
    return mem_new(1, sizeof(struct popularity));
}

void popularity_free(struct popularity *p)
{
    if (p == NULL)
        return;
    mem_free(p->counts);
    mem_free(p->marks);
    mem_free(p->listed);
    mem_free(p->waiting);
    mem_free(p->lists);
    mem_free(p->list_of);
    mem_free(p);
}

/* --- counting --- */

static double days_between(int64_t from_ms, int64_t to_ms)
{
    return (double)(to_ms - from_ms) / (double)MS_DAY;
}

static void move_day_landmark(struct popularity *p, int steps)
{
    int halvings = steps * DAY_STEP, fortnight_halvings = halvings / FORTNIGHT;

    for (product_number i = 0; i < p->product_count; i++) {
        for (int k = 0; k < COUNTED_KINDS; k++) {
            struct decayed *d = &p->counts[i].of[k];
            d->day = ldexp(d->day, -halvings);
            d->fortnight = ldexp(d->fortnight, -fortnight_halvings);
        }
    }
    p->head.landmark_day_ms += (int64_t)halvings * MS_DAY;
    /* d / w^0.75 */
    popularity_lists_scale_trending(p, halvings - fortnight_halvings / 4 * 3);
}

static void move_month_landmark(struct popularity *p, int steps)
{
    int halvings = steps * MONTH_STEP / MONTH_HALF_LIFE;

    for (product_number i = 0; i < p->product_count; i++)
        for (int k = 0; k < COUNTED_KINDS; k++)
            p->counts[i].of[k].month = ldexp(p->counts[i].of[k].month, -halvings);
    p->head.landmark_month_ms += (int64_t)steps * MONTH_STEP * MS_DAY;
    popularity_lists_scale_bestsellers(p, halvings / 4); /* w^0.25 */
}

static void advance(struct popularity *p, int64_t time_ms)
{
    struct popularity_head *h = &p->head;

    if (!h->started) {
        h->started = 1;
        h->landmark_day_ms = h->landmark_month_ms = h->newest_ms = time_ms;
        h->newest_hour = time_ms / MS_HOUR_COUNTED;
    }
    if (time_ms <= h->newest_ms)
        return;
    h->newest_ms = time_ms;
    int64_t hour = time_ms / MS_HOUR_COUNTED;
    int64_t first =
        hour - h->newest_hour < MONTH_HOURS ? h->newest_hour + 1 : hour - MONTH_HOURS + 1;
    for (int64_t i = first; i <= hour; i++)
        h->hours[i % MONTH_HOURS] = 0;
    h->newest_hour = hour;
    int64_t day = (time_ms - h->landmark_day_ms) / MS_DAY;
    if (day >= DAY_LIMIT)
        move_day_landmark(p, (int)((day - DAY_LIMIT) / DAY_STEP + 1));
    int64_t month = (time_ms - h->landmark_month_ms) / MS_DAY;
    if (month >= MONTH_LIMIT)
        move_month_landmark(p, (int)((month - MONTH_LIMIT) / MONTH_STEP + 1));
}

static void make_room(struct popularity *p, product_number product)
{
    size_t need = (size_t)product + 1;

    if (product < p->product_count)
        return;
    p->counts = mem_grow(p->counts, &p->counts_room, need, sizeof(*p->counts));
    p->marks = mem_grow(p->marks, &p->marks_room, need, sizeof(*p->marks));
    p->listed = mem_grow(p->listed, &p->listed_room, need, sizeof(*p->listed));
    p->product_count = product + 1;
}

static void wait_for_tick(struct popularity *p, product_number product)
{
    if ((p->marks[product] & MARK_WAITING) != 0)
        return;
    p->marks[product] |= MARK_WAITING;
    p->waiting = mem_grow(p->waiting, &p->waiting_room, p->waiting_count + 1, sizeof(*p->waiting));
    p->waiting[p->waiting_count++] = product;
}

static int64_t bounded_time(int64_t time_ms)
{
    const int64_t latest = INT64_C(253402300799999); /* end of the year 9999 */

    return time_ms < 0 ? 0 : time_ms > latest ? latest : time_ms;
}

void popularity_fetch(const struct popularity *p, product_number product)
{
    if (product >= p->product_count)
        return;
    __builtin_prefetch(&p->counts[product], 1);
    __builtin_prefetch((const char *)&p->counts[product + 1] - 1, 1); /* two lines, mostly */
    __builtin_prefetch(&p->marks[product], 1);
}

void popularity_fold(struct popularity *p, product_number product, enum event_type type,
                     int64_t quantity, int64_t time_ms)
{
    time_ms = bounded_time(time_ms);
    advance(p, time_ms);
    bool purchase = type == EVENT_purchase;
    if (purchase ? quantity <= 0 : type != EVENT_view_item)
        return;
    assert(product != PRODUCT_NONE);
    make_room(p, product);
    enum counted kind = purchase ? COUNTED_PURCHASES : COUNTED_VIEWS;
    double units = !purchase ? 1 : (double)(quantity < UNITS_MAX ? quantity : UNITS_MAX);
    double days = days_between(p->head.landmark_day_ms, time_ms);
    double months = days_between(p->head.landmark_month_ms, time_ms) / MONTH_HALF_LIFE;
    double day_weight = decay_power(days);
    struct decayed *d = &p->counts[product].of[kind];
    d->month += units * decay_power(months);
    d->fortnight += decay_power(days / FORTNIGHT);
    d->day += day_weight;
    double now_weight = time_ms == p->head.newest_ms
                            ? day_weight
                            : decay_power(days_between(p->head.landmark_day_ms, p->head.newest_ms));
    if (d->day >= TRENDING_MIN * now_weight)
        p->marks[product] |= (uint8_t)(MARK_ROSE << kind);
    p->head.purchases += purchase;
    wait_for_tick(p, product);
}

void popularity_session(struct popularity *p, int64_t time_ms)
{
    time_ms = bounded_time(time_ms);
    advance(p, time_ms);
    int64_t hour = time_ms / MS_HOUR_COUNTED;
    if (hour > p->head.newest_hour - MONTH_HOURS)
        p->head.hours[hour % MONTH_HOURS]++;
}

/* Scores this far below the rest are none: floats go no further down than that exactly. */
static float score_from(double value)
{
    return value < 0x1p-100 ? 0 : (float)value;
}

void popularity_scores(const struct popularity *p, product_number product, float scores[LIST_KINDS])
{
    enum counted kind = p->head.by_purchases ? COUNTED_PURCHASES : COUNTED_VIEWS;
    const struct decayed *d = &p->counts[product].of[kind];

    /* Roots, so that the sales of a shop that was silent for decades keep their order. */
    scores[POPULARITY_BESTSELLERS] = score_from(sqrt(sqrt(d->month)));
    scores[POPULARITY_TRENDING] = 0;
    if ((p->marks[product] & MARK_ROSE << kind) != 0 && d->fortnight > 0)
        scores[POPULARITY_TRENDING] =
            score_from(d->day / (sqrt(d->fortnight) * sqrt(sqrt(d->fortnight))));
}

/* --- ticks --- */

void popularity_product_changed(struct popularity *p, product_number product)
{
    if (product < p->product_count)
        wait_for_tick(p, product);
}

void popularity_catalog_changed(struct popularity *p)
{
    p->head.all_waiting = 1;
}

void popularity_tick(struct popularity *p, const struct catalog *catalog)
{
    struct popularity_head *h = &p->head;

    if (!h->by_purchases && h->purchases > 0) {
        h->by_purchases = 1;
        h->all_waiting = 1;
    }
    popularity_lists_update(p, catalog);
    h->purchases_shown = h->purchases;
    h->sessions_month_shown = 0;
    for (int i = 0; i < MONTH_HOURS; i++)
        h->sessions_month_shown += h->hours[i];
}

size_t popularity_top(const struct popularity *p, enum popularity_list list,
                      category_number category, const struct popular **out)
{
    if (category == 0) {
        *out = p->head.shop.products[list];
        return p->head.shop.top[list].count;
    }
    if (category >= p->list_of_count || p->list_of[category] == 0)
        return 0;
    const struct category_lists *lists = &p->lists[p->list_of[category] - 1];
    *out = lists->products[list];
    return lists->top[list].count;
}

uint64_t popularity_sessions_month(const struct popularity *p)
{
    return p->head.sessions_month_shown;
}

uint64_t popularity_purchases(const struct popularity *p)
{
    return p->head.purchases_shown;
}
