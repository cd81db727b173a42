/* SPDX-License-Identifier: Apache-2.0 */
/* Near misses of events: the same as the faults, just inside of what is sound. Shares and counts are the
 * largest that the rows of checks.def let pass, or not far below. */
#include <string.h>

#include "base/money.h"
#include "base/time.h"
#include "tests/support/faults_parts.h"

/* The first that a day's worth of events of a type has, `of` of each `each`, go. */
static void thin(struct made_shop *m, enum event_type type, size_t of, size_t each)
{
    size_t seen = 0;

    for (size_t i = 0; i < m->event_count; i++)
        if (m->events[i].event.type == type)
            m->events[i].dropped = seen++ % each < of;
}

static bool on_day(const struct made_shop *m, const struct event *e, int64_t day)
{
    return (e->time_ms - m->start_ms) / MS_DAY == day;
}

void near_no_events(struct made_shop *m)
{
    drop_events(m, EVENT_OTHER, 0, MADE_DAYS + 1, m->event_count);
}

void near_type_missing(struct made_shop *m)
{
    drop_events(m, EVENT_add_to_cart, 0, MADE_DAYS + 1, 400);
}

/* Seventy of seven thousand. */
void near_type_wanting(struct made_shop *m)
{
    drop_events(m, EVENT_select_item, 0, MADE_DAYS + 1, 100);
}

/* None today, but some yesterday. */
void near_type_stopped(struct made_shop *m)
{
    drop_events(m, EVENT_search, MADE_DAYS - 1, MADE_DAYS + 1, 0);
}

/* Six of ten are left, and the usual is more than twice what would be needed. */
void near_type_fell(struct made_shop *m)
{
    size_t seen = 0;

    for (size_t i = 0; i < m->event_count; i++)
        if (m->events[i].event.type == EVENT_view_item && on_day(m, &m->events[i].event, 40))
            m->events[i].dropped = seen++ % 10 < 4;
}

/* Closed one day of every week. */
void near_day_silent(struct made_shop *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        m->events[i].dropped = (m->events[i].event.time_ms / MS_DAY + 4) % 7 == 0;
}

void near_events_old(struct made_shop *m)
{
    int64_t newest_ms = 0;

    for (size_t i = 0; i < m->event_count; i++)
        if (m->events[i].event.time_ms > newest_ms)
            newest_ms = m->events[i].event.time_ms;
    m->now_ms = newest_ms + 2 * (int64_t)MS_DAY;
}

void near_purchase_orderless(struct made_shop *m)
{
    made_pick(m, EVENT_purchase)->event.transaction_id = TEXT("7");
}

/* A line of nothing but an id, and the value of the whole. */
void near_purchase_itemless(struct made_shop *m)
{
    made_pick(m, EVENT_purchase)->event.items[0].price = MONEY_NONE;
}

/* Prices of the lines, and no value. */
void near_purchase_priceless(struct made_shop *m)
{
    made_pick(m, EVENT_purchase)->event.value = MONEY_NONE;
}

/* A third more: taxes and shipping. */
void near_purchase_sum_off(struct made_shop *m)
{
    for (int i = 0; i < 30; i++) {
        struct event *e = &made_pick(m, EVENT_purchase)->event;
        e->value += e->value / 3;
    }
}

/* A further part of an order: the same product, two pieces, from a minute later on. */
static struct event *order_goes_on(struct made_shop *m)
{
    struct event *e = event_again(m, EVENT_purchase, MS_MINUTE);
    struct event_item *line = arena_array(&m->arena, 1, sizeof(*line));

    *line = e->items[0];
    line->quantity = 2;
    e->items = line;
    e->value = 2 * line->price;
    return e;
}

void near_purchase_repeated(struct made_shop *m)
{
    (void)order_goes_on(m);
}

/* The same visitor, in another session. */
void near_order_of_many(struct made_shop *m)
{
    struct event *e = order_goes_on(m);

    e->time_ms += MS_HOUR;
    e->session_id = TEXT("another-session");
}

/* From the page first, then from the server. */
void near_purchase_unverified(struct made_shop *m)
{
    struct event *e = order_goes_on(m);

    for (size_t i = 0; i + 1 < m->event_count; i++)
        if (text_equal(m->events[i].event.transaction_id, e->transaction_id))
            m->events[i].event.flags &= ~(uint32_t)EVENT_VERIFIED;
    e->flags |= EVENT_VERIFIED;
}

/* 12 of some 16,000: fewer than one of a thousand. */
void near_item_missing(struct made_shop *m)
{
    for (int i = 0; i < 12; i++)
        made_pick(m, EVENT_view_item)->event.item_count = 0;
}

void near_item_unknown(struct made_shop *m)
{
    for (int i = 0; i < 15; i++)
        made_pick(m, EVENT_select_item)->event.items[0].item_id = TEXT("gone-1");
}

/* A product whose id begins as a fee's does. */
void near_item_fee(struct made_shop *m)
{
    struct product like, *p = product_beside(m, &like);

    p->item_id = TEXT("postage-stamp-album");
    made_pick(m, EVENT_purchase)->event.items[0].item_id = p->item_id;
}

/* Nine times the catalog's. */
void near_price_off(struct made_shop *m)
{
    for (int i = 0; i < 80; i++)
        made_pick(m, EVENT_view_item)->event.items[0].price *= 9;
}

void near_price_zero(struct made_shop *m)
{
    struct event *e = &made_pick(m, EVENT_purchase)->event;

    e->value = e->items[0].price = MONEY_UNIT / 100;
}

void near_quantity_absurd(struct made_shop *m)
{
    struct event *e = &made_pick(m, EVENT_purchase)->event;

    e->items[0].quantity = 999;
    e->value *= 999;
}

/* No money, hence no currency. */
void near_currency_missing(struct made_shop *m)
{
    struct event *e = &made_pick(m, EVENT_view_item)->event;

    e->items[0].price = MONEY_NONE;
    e->currency = (struct text){0};
}

/* Another currency, of nothing. */
void near_currency_foreign(struct made_shop *m)
{
    struct event *e = &made_pick(m, EVENT_view_item)->event;

    e->items[0].price = MONEY_NONE;
    e->currency = TEXT("USD");
}

void near_doubled(struct made_shop *m)
{
    for (int i = 0; i < 800; i++)
        (void)event_again(m, EVENT_view_item, MS_SECOND + 1);
}

void near_late(struct made_shop *m)
{
    for (int i = 0; i < 600; i++) {
        struct made_event *e = made_pick(m, EVENT_scroll);
        e->event.flags &= ~(uint32_t)EVENT_VERIFIED;
        e->late_ms = MS_DAY;
    }
}

/* 80 of some 43,000: fewer than two of a thousand. */
void near_ahead(struct made_shop *m)
{
    for (int i = 0; i < 80; i++)
        made_pick(m, EVENT_scroll)->event.flags |= EVENT_TIME_AHEAD;
}

/* An import of fourteen years. */
void near_ancient(struct made_shop *m)
{
    struct made_event *e = made_pick(m, EVENT_scroll);

    e->late_ms = 14 * 365 * (int64_t)MS_DAY;
    e->event.time_ms -= e->late_ms;
    e->event.flags |= EVENT_VERIFIED;
}

/* 60 of 1,500: fewer than 5 of a hundred. */
void near_purchase_viewless(struct made_shop *m)
{
    add_strangers(m, 60, false, true);
}

/* 140 of 1,580: fewer than 10 of a hundred. */
void near_purchase_cartless(struct made_shop *m)
{
    add_strangers(m, 140, true, false);
}

/* Of those with a cart fewer than 10 of a hundred. */
void near_cart_viewless(struct made_shop *m)
{
    for (int i = 0; i < 120; i++) {
        int64_t at = m->start_ms + i % MADE_DAYS * (int64_t)MS_DAY + i * (int64_t)MS_MINUTE;
        made_item(m, &made_event_add(m, EVENT_add_to_cart, at)->event, &m->products[i].product);
    }
}

/* 17 of a hundred. */
void near_checkout_skipped(struct made_shop *m)
{
    thin(m, EVENT_begin_checkout, 1, 6);
}

void near_session_missing(struct made_shop *m)
{
    for (int i = 0; i < 1900; i++)
        made_pick(m, EVENT_select_item)->event.session_id = (struct text){0};
}

void near_device_missing(struct made_shop *m)
{
    for (int i = 0; i < 3800; i++) {
        struct event *e = &made_pick(m, EVENT_select_item)->event;
        e->device = e->user_agent = (struct text){0};
    }
}

/* On tablets a fifth of what is to be expected. */
void near_device_blind(struct made_shop *m)
{
    size_t seen = 0;

    for (size_t i = 0; i < m->event_count; i++)
        if (m->events[i].event.type == EVENT_search && text_is(m->events[i].event.device, "tablet"))
            m->events[i].dropped = ++seen % 5 != 0;
}

void near_page_missing(struct made_shop *m)
{
    for (int i = 0; i < 3800; i++)
        made_pick(m, EVENT_select_item)->event.page_url = (struct text){0};
}

/* One of nine views of the cart tells of itself. */
void near_page_blind(struct made_shop *m)
{
    drop_events(m, EVENT_view_cart, 0, MADE_DAYS + 1, 9);
}

void near_refused_invalid(struct made_shop *m)
{
    m->ledger.received += 40;
    m->ledger.invalid += 40;
}

void near_refused_conflict(struct made_shop *m)
{
    m->ledger.received += 4;
    m->ledger.conflict += 4;
}

void near_repeated_ids(struct made_shop *m)
{
    m->ledger.received += 2000;
    m->ledger.duplicate += 2000;
}

/* A type that is known, though it never came before. */
void near_type_unknown(struct made_shop *m)
{
    made_pick(m, EVENT_scroll)->event.type = EVENT_apply_filter;
}

/* 7 of 800. */
void near_search_empty(struct made_shop *m)
{
    for (int i = 0; i < 7; i++)
        made_pick(m, EVENT_search)->event.search_term = (struct text){0};
}

/* 48 of a hundred. */
void near_list_unasked(struct made_shop *m)
{
    size_t seen = 0;

    for (size_t i = 0; i < m->event_count; i++)
        if (m->events[i].event.type == EVENT_view_item_list && seen++ % 25 < 12)
            m->events[i].event.request_id = (struct text){0};
}

/* One of 60. */
void near_refund_unknown(struct made_shop *m)
{
    made_pick(m, EVENT_refund)->event.transaction_id = TEXT("C-1");
}

void near_order_test(struct made_shop *m)
{
    made_pick(m, EVENT_purchase)->event.transaction_id = TEXT("testament-17");
}

/* 11 of 2,400 sessions. */
void near_bots_known(struct made_shop *m)
{
    add_robots(m, 11, 5, 3000, TEXT("Mozilla/5.0 (compatible; Googlebot/2.1)"));
}

/* As many, of 118 events that count within a minute, and seven acts. */
void near_bots_fast(struct made_shop *m)
{
    size_t from = m->event_count;

    add_robots(m, 10, 125, 200, (struct text){0});
    for (size_t i = from; i < m->event_count; i++)
        if ((i - from) % 125 % 20 == 0)
            m->events[i].event.type = EVENT_scroll;
}

/* As many pages, and one act. */
void near_bots_silent(struct made_shop *m)
{
    size_t from = m->event_count;

    add_robots(m, 10, 40, 20000, (struct text){0});
    for (size_t i = from; i < m->event_count; i += 40)
        m->events[i].event.type = EVENT_scroll;
}
