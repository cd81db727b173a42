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
    mem_free(p->carts);
    mem_free(p->shown);
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

static struct decayed *sums_of(const struct popularity *p, product_number product,
                               enum counted kind)
{
    return kind == COUNTED_CARTS ? &p->carts[product] : &p->counts[product].of[kind];
}

static void move_day_landmark(struct popularity *p, int steps)
{
    int halvings = steps * DAY_STEP, fortnight_halvings = halvings / FORTNIGHT;

    for (product_number i = 0; i < p->product_count; i++) {
        for (int k = 0; k < COUNTED_KINDS; k++) {
            struct decayed *d = sums_of(p, i, (enum counted)k);
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

    for (product_number i = 0; i < p->product_count; i++) {
        for (int k = 0; k < COUNTED_KINDS; k++) {
            struct decayed *d = sums_of(p, i, (enum counted)k);
            d->month = ldexp(d->month, -halvings);
        }
    }
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
    p->carts = mem_grow(p->carts, &p->carts_room, need, sizeof(*p->carts));
    p->shown = mem_grow(p->shown, &p->shown_room, need, sizeof(*p->shown));
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

/* What an event adds to; false: to nothing. */
static bool counted_of(enum event_type type, int64_t quantity, enum counted *out)
{
    switch (type) {
    case EVENT_view_item: *out = COUNTED_VIEWS; return true;
    case EVENT_add_to_cart: *out = COUNTED_CARTS; return true;
    case EVENT_purchase: *out = COUNTED_PURCHASES; return quantity > 0;
    default: return false;
    }
}

void popularity_fold(struct popularity *p, product_number product, enum event_type type,
                     int64_t quantity, int64_t time_ms)
{
    enum counted kind;

    time_ms = bounded_time(time_ms);
    advance(p, time_ms);
    if (!counted_of(type, quantity, &kind))
        return;
    assert(product != PRODUCT_NONE);
    make_room(p, product);
    bool purchase = kind == COUNTED_PURCHASES;
    double units = !purchase ? 1 : (double)(quantity < UNITS_MAX ? quantity : UNITS_MAX);
    double days = days_between(p->head.landmark_day_ms, time_ms);
    double months = days_between(p->head.landmark_month_ms, time_ms) / MONTH_HALF_LIFE;
    double day_weight = decay_power(days);
    struct decayed *d = sums_of(p, product, kind);
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

/* --- what waits for a tick --- */

void popularity_product_changed(struct popularity *p, product_number product)
{
    if (product < p->product_count)
        wait_for_tick(p, product);
}

void popularity_catalog_changed(struct popularity *p)
{
    p->head.all_waiting = 1;
}

/* --- what readers see of one product --- */

static struct decayed_count shown_of(const struct decayed *sum)
{
    return (struct decayed_count){(float)sum->day, (float)sum->fortnight, (float)sum->month};
}

static void scale_shown(struct decayed_count *c, int day_halvings, int month_halvings)
{
    c->day = ldexpf(c->day, -day_halvings);
    c->fortnight = ldexpf(c->fortnight, -(day_halvings / FORTNIGHT));
    c->month = ldexpf(c->month, -month_halvings);
}

/* Landmarks moved since the last tick: by so many halvings, exactly. */
static void move_shown(struct popularity *p)
{
    struct popularity_head *h = &p->head;
    int days = (int)((h->landmark_day_ms - h->shown_day_ms) / MS_DAY);
    int months = (int)((h->landmark_month_ms - h->shown_month_ms) / MS_DAY / MONTH_HALF_LIFE);

    for (product_number i = 0; i < p->product_count && days + months > 0; i++) {
        scale_shown(&p->shown[i].views, days, months);
        scale_shown(&p->shown[i].carts, days, months);
        scale_shown(&p->shown[i].purchases, days, months);
    }
    h->shown_day_ms = h->landmark_day_ms;
    h->shown_month_ms = h->landmark_month_ms;
}

/* Only what waits for the tick has changed. */
static void show_sums(struct popularity *p)
{
    struct popularity_head *h = &p->head;
    double days = days_between(h->newest_ms, h->landmark_day_ms);
    double months = days_between(h->newest_ms, h->landmark_month_ms) / MONTH_HALF_LIFE;

    move_shown(p);
    for (size_t i = 0; i < p->waiting_count; i++) {
        product_number product = p->waiting[i];
        const struct decayed *of = p->counts[product].of;
        p->shown[product] = (struct appeal){.views = shown_of(&of[COUNTED_VIEWS]),
                                            .carts = shown_of(&p->carts[product]),
                                            .purchases = shown_of(&of[COUNTED_PURCHASES])};
    }
    h->worth = (struct decayed){.day = decay_power(days),
                                .fortnight = decay_power(days / FORTNIGHT),
                                .month = decay_power(months)};
}

static struct decayed_count count_of(const struct decayed_count *shown, const struct decayed *worth)
{
    return (struct decayed_count){(float)((double)shown->day * worth->day),
                                  (float)((double)shown->fortnight * worth->fortnight),
                                  (float)((double)shown->month * worth->month)};
}

struct appeal popularity_appeal(const struct popularity *p, product_number product)
{
    const struct decayed *worth = &p->head.worth;

    if (product >= p->product_count)
        return (struct appeal){.views = {0}};
    const struct appeal *shown = &p->shown[product];
    return (struct appeal){.views = count_of(&shown->views, worth),
                           .carts = count_of(&shown->carts, worth),
                           .purchases = count_of(&shown->purchases, worth)};
}

void popularity_fetch_appeal(const struct popularity *p, product_number product)
{
    if (product < p->product_count)
        __builtin_prefetch(&p->shown[product]);
}

/* --- the tick --- */

void popularity_tick(struct popularity *p, const struct catalog *catalog)
{
    struct popularity_head *h = &p->head;

    if (!h->by_purchases && h->purchases > 0) {
        h->by_purchases = 1;
        h->all_waiting = 1;
    }
    show_sums(p);
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
