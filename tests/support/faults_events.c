/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of events. */
#include <string.h>

#include "base/money.h"
#include "base/time.h"
#include "tests/support/faults_parts.h"

void drop_events(struct made_shop *m, enum event_type type, uint32_t from, uint32_t to, size_t each)
{
    size_t seen = 0;

    for (size_t i = 0; i < m->event_count; i++) {
        struct event *e = &m->events[i].event;
        int64_t day = (e->time_ms - m->start_ms) / MS_DAY;
        if ((type != EVENT_OTHER && e->type != type) || day < from || day >= to)
            continue;
        m->events[i].dropped = each == 0 || ++seen % each != 0;
    }
}

void plant_no_events(struct made_shop *m)
{
    drop_events(m, EVENT_OTHER, 0, MADE_DAYS + 1, 0);
}

void plant_type_missing(struct made_shop *m)
{
    drop_events(m, EVENT_add_to_cart, 0, MADE_DAYS + 1, 0);
}

void plant_type_wanting(struct made_shop *m)
{
    drop_events(m, EVENT_select_item, 0, MADE_DAYS + 1, 0);
}

void plant_type_stopped(struct made_shop *m)
{
    drop_events(m, EVENT_search, MADE_DAYS - 10, MADE_DAYS + 1, 0);
}

void plant_type_fell(struct made_shop *m)
{
    drop_events(m, EVENT_view_item, 40, 41, 5);
}

void plant_day_silent(struct made_shop *m)
{
    drop_events(m, EVENT_OTHER, 30, 31, 0);
}

void plant_events_old(struct made_shop *m)
{
    m->now_ms += 10 * (int64_t)MS_DAY;
}

void plant_purchase_orderless(struct made_shop *m)
{
    made_pick(m, EVENT_purchase)->event.transaction_id = (struct text){0};
}

void plant_purchase_itemless(struct made_shop *m)
{
    made_pick(m, EVENT_purchase)->event.item_count = 0;
}

void plant_purchase_priceless(struct made_shop *m)
{
    struct event *e = &made_pick(m, EVENT_purchase)->event;

    e->value = e->items[0].price = MONEY_NONE;
}

void plant_purchase_sum_off(struct made_shop *m)
{
    for (int i = 0; i < 30; i++)
        made_pick(m, EVENT_purchase)->event.value *= 10;
}

struct event *event_again(struct made_shop *m, enum event_type type, int64_t after_ms)
{
    struct event copy = made_pick(m, type)->event;
    struct made_event *more = made_event_add(m, type, copy.time_ms + after_ms);
    struct text id = more->event.id;

    more->event = copy;
    more->event.id = id;
    more->event.time_ms += after_ms;
    more->planted = true;
    return &more->event;
}

void plant_purchase_repeated(struct made_shop *m)
{
    (void)event_again(m, EVENT_purchase, 60000);
}

void plant_order_of_many(struct made_shop *m)
{
    struct event *e = event_again(m, EVENT_purchase, 90000);

    e->anonymous_id = text_from(arena_printf(&m->arena, "other-%u", ++m->planted));
    e->user_id = text_from(arena_printf(&m->arena, "other-c-%u", m->planted));
}

void plant_purchase_unverified(struct made_shop *m)
{
    made_pick(m, EVENT_purchase)->event.flags &= ~(uint32_t)EVENT_VERIFIED;
}

void plant_item_missing(struct made_shop *m)
{
    for (int i = 0; i < 80; i++)
        made_pick(m, EVENT_view_item)->event.item_count = 0;
}

void plant_item_unknown(struct made_shop *m)
{
    for (int i = 0; i < 80; i++)
        made_pick(m, EVENT_select_item)->event.items[0].item_id = TEXT("gone-1");
}

void plant_item_fee(struct made_shop *m)
{
    made_pick(m, EVENT_purchase)->event.items[0].item_id = TEXT("POSTAGE");
}

void plant_price_off(struct made_shop *m)
{
    for (int i = 0; i < 80; i++)
        made_pick(m, EVENT_view_item)->event.items[0].price *= 100;
}

void plant_price_zero(struct made_shop *m)
{
    struct event *e = &made_pick(m, EVENT_purchase)->event;

    e->value = e->items[0].price = 0;
}

void plant_quantity_absurd(struct made_shop *m)
{
    struct event *e = &made_pick(m, EVENT_purchase)->event;

    e->items[0].quantity = 4000;
    e->value *= 4000;
}

void plant_currency_missing(struct made_shop *m)
{
    made_pick(m, EVENT_purchase)->event.currency = (struct text){0};
}

void plant_currency_foreign(struct made_shop *m)
{
    made_pick(m, EVENT_purchase)->event.currency = TEXT("USD");
}

void plant_doubled(struct made_shop *m)
{
    for (int i = 0; i < 800; i++)
        (void)event_again(m, EVENT_view_item, 200);
}

void plant_late(struct made_shop *m)
{
    for (int i = 0; i < 600; i++) {
        struct made_event *e = made_pick(m, EVENT_scroll);
        e->event.flags &= ~(uint32_t)EVENT_VERIFIED;
        e->late_ms = 3 * (int64_t)MS_DAY;
    }
}

void plant_ahead(struct made_shop *m)
{
    for (int i = 0; i < 200; i++)
        made_pick(m, EVENT_scroll)->event.flags |= EVENT_TIME_AHEAD;
}

void plant_ancient(struct made_shop *m)
{
    made_pick(m, EVENT_scroll)->event.time_ms = 1700000000; /* seconds as milliseconds */
}

void add_strangers(struct made_shop *m, uint32_t count, bool view, bool cart)
{
    for (uint32_t i = 0; i < count; i++) {
        static const enum event_type types[] = {EVENT_view_item, EVENT_add_to_cart,
                                                EVENT_begin_checkout, EVENT_purchase};
        int64_t at =
            m->start_ms + (int64_t)(i % MADE_DAYS) * MS_DAY + (int64_t)i * 7 * MS_MINUTE / 8;
        const char *who = arena_printf(&m->arena, "stranger-%u", ++m->planted);
        for (size_t k = 0; k < COUNT(types); k++) {
            if ((k == 0 && !view) || (k == 1 && !cart))
                continue;
            struct event *e = &made_event_add(m, types[k], at + (int64_t)k * 20 * MS_SECOND)->event;
            made_item(m, e, &m->products[(i * 7) % MADE_PRODUCTS].product);
            e->items[0].price = 100 * (int64_t)MONEY_UNIT;
            e->anonymous_id = text_from(who);
            e->user_id = text_from(who);
            if (types[k] != EVENT_purchase)
                continue;
            e->value = e->items[0].price;
            e->transaction_id = text_from(arena_printf(&m->arena, "of-%s", who));
        }
    }
}

void plant_purchase_viewless(struct made_shop *m)
{
    add_strangers(m, 200, false, true);
}

void plant_purchase_cartless(struct made_shop *m)
{
    add_strangers(m, 300, true, false);
}

void plant_cart_viewless(struct made_shop *m)
{
    add_strangers(m, 300, false, true);
}

void plant_checkout_skipped(struct made_shop *m)
{
    drop_events(m, EVENT_begin_checkout, 0, MADE_DAYS + 1, 3);
}

void plant_session_missing(struct made_shop *m)
{
    for (int i = 0; i < 2300; i++)
        made_pick(m, EVENT_select_item)->event.session_id = (struct text){0};
}

void plant_device_missing(struct made_shop *m)
{
    for (int i = 0; i < 5000; i++) {
        struct event *e = &made_pick(m, EVENT_select_item)->event;
        e->device = e->user_agent = (struct text){0};
    }
}

void plant_device_blind(struct made_shop *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        if (m->events[i].event.type == EVENT_add_to_cart &&
            text_is(m->events[i].event.device, "tablet"))
            m->events[i].dropped = true;
}

void plant_page_missing(struct made_shop *m)
{
    for (int i = 0; i < 5000; i++)
        made_pick(m, EVENT_select_item)->event.page_url = (struct text){0};
}

void plant_page_blind(struct made_shop *m)
{
    drop_events(m, EVENT_view_cart, 0, MADE_DAYS + 1, 0);
}

void plant_refused_invalid(struct made_shop *m)
{
    m->ledger.received += 300;
    m->ledger.invalid += 300;
}

void plant_refused_conflict(struct made_shop *m)
{
    m->ledger.received += 30;
    m->ledger.conflict += 30;
}

void plant_repeated_ids(struct made_shop *m)
{
    m->ledger.received += 10000;
    m->ledger.duplicate += 10000;
}

void plant_type_unknown(struct made_shop *m)
{
    struct event *e = &made_pick(m, EVENT_scroll)->event;

    e->type = EVENT_OTHER;
    e->type_name = TEXT("viewItem");
}

void plant_search_empty(struct made_shop *m)
{
    for (int i = 0; i < 20; i++)
        made_pick(m, EVENT_search)->event.search_term = (struct text){0};
}

void plant_list_unasked(struct made_shop *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        if (m->events[i].event.type == EVENT_view_item_list)
            m->events[i].event.request_id = (struct text){0};
}

void plant_refund_unknown(struct made_shop *m)
{
    for (int i = 0; i < 4; i++)
        made_pick(m, EVENT_refund)->event.transaction_id = TEXT("C-1");
}

void plant_order_test(struct made_shop *m)
{
    made_pick(m, EVENT_purchase)->event.transaction_id =
        text_from(arena_printf(&m->arena, "TEST-%u", ++m->planted));
}

void add_robots(struct made_shop *m, uint32_t sessions, uint32_t pages, int64_t pace_ms,
                struct text agent)
{
    for (uint32_t s = 0; s < sessions; s++) {
        int64_t at = m->start_ms + (int64_t)(s % MADE_DAYS) * MS_DAY + MS_HOUR;
        const char *who = arena_printf(&m->arena, "robot-%u", ++m->planted);
        for (uint32_t i = 0; i < pages; i++) {
            struct event *e = &made_event_add(m, EVENT_page_view, at + i * pace_ms)->event;
            e->anonymous_id = e->session_id = text_from(who);
            e->page_url = text_from(arena_printf(&m->arena, "https://shop.example/about?%u", i));
            if (agent.size > 0)
                e->user_agent = agent;
        }
    }
}

void plant_bots_known(struct made_shop *m)
{
    add_robots(m, 60, 5, 3000, TEXT("Mozilla/5.0 (compatible; Googlebot/2.1)"));
}

void plant_bots_fast(struct made_shop *m)
{
    add_robots(m, 10, 200, 200, (struct text){0});
}

void plant_bots_silent(struct made_shop *m)
{
    add_robots(m, 10, 40, 20000, (struct text){0});
}
