/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of people, and of what may be switched on. */
#include <string.h>

#include "base/memory.h"
#include "base/money.h"
#include "base/time.h"
#include "tests/support/faults_parts.h"

void plant_users_missing(struct made_shop *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        m->events[i].event.user_id = (struct text){0};
}

void plant_revenue_nameless(struct made_shop *m)
{
    for (int i = 0; i < 1000; i++)
        made_pick(m, EVENT_purchase)->event.user_id = (struct text){0};
}

void plant_user_of_many(struct made_shop *m)
{
    const char *who = arena_printf(&m->arena, "till-%u", ++m->planted);

    for (int i = 0; i < 60; i++) {
        struct event *e =
            &made_event_add(m, EVENT_identify, m->start_ms + i * (int64_t)MS_HOUR)->event;
        e->user_id = text_from(who);
    }
}

void plant_visitor_of_many(struct made_shop *m)
{
    const char *who = arena_printf(&m->arena, "shared-%u", ++m->planted);

    for (int i = 0; i < 4; i++) {
        struct event *e =
            &made_event_add(m, EVENT_identify, m->start_ms + i * (int64_t)MS_DAY)->event;
        e->anonymous_id = text_from(who);
        e->user_id = text_from(arena_printf(&m->arena, "%s-%d", who, i));
    }
}

void plant_id_placeholder(struct made_shop *m)
{
    made_pick(m, EVENT_scroll)->event.user_id = TEXT("undefined");
}

void plant_visitor_fleeting(struct made_shop *m)
{
    for (int i = 0; i < 8000; i++)
        (void)made_event_add(m, EVENT_page_view, m->start_ms + i * (int64_t)(MADE_DAYS * 10800));
}

void plant_visitor_is_order(struct made_shop *m)
{
    for (int i = 0; i < 60; i++) {
        struct event *e = &made_pick(m, EVENT_purchase)->event;
        e->anonymous_id = text_from(arena_printf(&m->arena, "order:%u", ++m->planted));
        e->user_id = (struct text){0};
    }
}

void plant_user_is_contact(struct made_shop *m)
{
    made_pick(m, EVENT_scroll)->event.user_id = TEXT("email:0123456789abcdef0123456789abcdef");
}

void plant_user_spellings(struct made_shop *m)
{
    struct event *e = &made_event_add(m, EVENT_identify, m->now_ms - 2 * (int64_t)MS_HOUR)->event;

    e->user_id = text_from(arena_printf(&m->arena, "C-%u", 100 + 2 * ++m->planted));
}

struct made_customer *customer_again(struct made_shop *m)
{
    struct made_customer copy = *made_pick_customer(m);

    m->customers =
        mem_grow(m->customers, &m->customers_room, m->customer_count + 1, sizeof(*m->customers));
    struct made_customer *c = &m->customers[m->customer_count++];
    *c = copy;
    return c;
}

void plant_customer_same_email(struct made_shop *m)
{
    struct made_customer *c = customer_again(m);

    c->last = "Neuname"; /* married, moved */
    c->phone = c->street = c->zip = "";
}

void plant_customer_same_phone(struct made_shop *m)
{
    struct made_customer *c = customer_again(m);

    c->email = arena_printf(&m->arena, "new%u@mail.example", ++m->planted);
    c->phone = arena_printf(&m->arena, "0049/30/%s", c->phone + 7);
    c->street = c->zip = "";
}

void plant_customer_similar(struct made_shop *m)
{
    struct made_customer *c = customer_again(m);

    c->email = arena_printf(&m->arena, "other%u@mail.example", ++m->planted);
    c->phone = "";
}

void plant_customer_shared(struct made_shop *m)
{
    struct made_customer *c = customer_again(m);

    c->first = strcmp(c->first, "Otto") == 0 ? "Wilma" : "Otto";
}

void plant_customer_placeholder(struct made_shop *m)
{
    struct made_customer *c = made_pick_customer(m);

    c->email = "test@shop.example";
}

void plant_customer_unreadable(struct made_shop *m)
{
    made_pick_customer(m)->street = "Stra\xDF"
                                    "e 1"; /* ISO-8859-1 */
}

void plant_customer_unreachable(struct made_shop *m)
{
    for (int i = 0; i < 40; i++) {
        struct made_customer *c = made_pick_customer(m);
        c->email = c->phone = "";
    }
}

/* ---- what may be switched on ---- */

void plant_nothing_sellable(struct made_shop *m)
{
    for (size_t i = 0; i < m->product_count; i++)
        m->products[i].product.published = false;
}

void plant_traffic_low(struct made_shop *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        m->events[i].dropped =
            m->events[i].event.anonymous_id.data[m->events[i].event.anonymous_id.size - 1] > '2';
}

void plant_span_short(struct made_shop *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        m->events[i].dropped = m->events[i].event.time_ms < m->now_ms - 10 * (int64_t)MS_DAY;
}

void plant_surface_unasked(struct made_shop *m)
{
    m->unasked = "cart";
}

void plant_surface_stray(struct made_shop *m)
{
    m->unasked = "pdp";
}

void plant_sensitive_unflagged(struct made_shop *m)
{
    struct product *p = &made_product_add(m, &made_pick_product(m)->product)->product;

    p->title =
        text_from(arena_printf(&m->arena, "Soft pillow for pregnancy, model %u", m->planted));
}

void plant_cost_unknown(struct made_shop *m)
{
    for (int i = 0; i < 30; i++)
        made_pick_product(m)->product.cost = MONEY_NONE;
}

void plant_test_long(struct made_shop *m)
{
    size_t seen = 0;

    for (size_t i = 0; i < m->event_count; i++)
        m->events[i].dropped = m->events[i].event.type == EVENT_purchase && ++seen % 30 != 0;
}

void plant_consent_low(struct made_shop *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        if (m->events[i].event.anonymous_id.data[m->events[i].event.anonymous_id.size - 1] > '2')
            m->events[i].event.flags &= ~(uint32_t)EVENT_PERSONALIZATION;
}
