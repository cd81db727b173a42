/* SPDX-License-Identifier: Apache-2.0 */
/* Near misses of people, and of what may be switched on. */
#include <string.h>

#include "base/money.h"
#include "base/time.h"
#include "tests/support/faults_parts.h"
#include "tests/support/test.h"

/* Customers are named with their orders alone. */
void near_users_missing(struct made_shop *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        if (m->events[i].event.type != EVENT_purchase)
            m->events[i].event.user_id = (struct text){0};
}

/* 700 of 1,440. */
void near_revenue_nameless(struct made_shop *m)
{
    for (int i = 0; i < 700; i++)
        made_pick(m, EVENT_purchase)->event.user_id = (struct text){0};
}

void near_user_of_many(struct made_shop *m)
{
    for (int i = 0; i < 50; i++)
        made_event_add(m, EVENT_identify, m->start_ms + i * (int64_t)MS_HOUR)->event.user_id =
            TEXT("of-fifty-devices");
}

void near_visitor_of_many(struct made_shop *m)
{
    static const char *const both[] = {"shared-a", "shared-b"};

    for (int i = 0; i < 4; i++) {
        struct event *e =
            &made_event_add(m, EVENT_identify, m->start_ms + i * (int64_t)MS_DAY)->event;
        e->anonymous_id = TEXT("shared");
        e->user_id = text_from(both[i % 2]);
    }
}

void near_id_placeholder(struct made_shop *m)
{
    made_pick(m, EVENT_scroll)->event.user_id = TEXT("guest-1");
}

/* 4,500 beside 1,700 who came for longer. */
void near_visitor_fleeting(struct made_shop *m)
{
    for (int i = 0; i < 4500; i++)
        (void)made_event_add(m, EVENT_page_view, m->start_ms + i * (int64_t)(MADE_DAYS * 19200));
}

/* 14 of 1,700. */
void near_visitor_is_order(struct made_shop *m)
{
    for (int i = 0; i < 14; i++) {
        struct event *e = &made_pick(m, EVENT_purchase)->event;
        e->anonymous_id = text_from(arena_printf(&m->arena, "order:%u", ++m->planted));
        e->user_id = (struct text){0};
    }
}

void near_user_is_contact(struct made_shop *m)
{
    made_pick(m, EVENT_scroll)->event.user_id = TEXT("e-mail:7");
}

/* No other but one has these letters. */
void near_user_spellings(struct made_shop *m)
{
    made_event_add(m, EVENT_identify, m->now_ms - 2 * (int64_t)MS_HOUR)->event.user_id =
        TEXT("C_100");
}

/* A namesake, whose address differs in one letter. */
void near_customer_same_email(struct made_shop *m)
{
    struct made_customer *c = customer_again(m);

    c->email = arena_printf(&m->arena, "x%s", c->email);
    c->phone = c->street = c->zip = "";
}

/* A namesake, whose number differs in one digit. */
void near_customer_same_phone(struct made_shop *m)
{
    struct made_customer *c = customer_again(m);
    char *phone = arena_printf(&m->arena, "%s", c->phone);

    phone[strlen(phone) - 1] = phone[strlen(phone) - 1] == '0' ? '1' : '0';
    c->phone = phone;
    c->email = "namesake@mail.example";
    c->street = c->zip = "";
}

/* Somebody else of the family: surname, street, town and phone at home are the same. */
void near_customer_similar(struct made_shop *m)
{
    struct made_customer *c = customer_again(m);

    c->first = "Otto";
    c->email = "otto@mail.example";
    c->phone = "";
}

/* A couple with an address and a number each: the same name at another provider. */
void near_customer_shared(struct made_shop *m)
{
    struct made_customer *c = customer_again(m);

    c->first = "Wilma";
    c->email = arena_printf(&m->arena, "%sx", c->email);
    c->phone = "+49 30 9998877";
}

/* Words and digits that only begin as made-up ones do. */
void near_customer_placeholder(struct made_shop *m)
{
    made_pick_customer(m)->email = "testarossa@mail.example";
    made_pick_customer(m)->email = "guestford.anna@mail.example";
    made_pick_customer(m)->phone = "+49 30 0000001";
    made_pick_customer(m)->phone = "+49 30 1234576";
}

/* The same letter as UTF-8 has it. */
void near_customer_unreadable(struct made_shop *m)
{
    made_pick_customer(m)->street = "Stra\xC3\x9F"
                                    "e 1";
}

/* 19 of 400. */
void near_customer_unreachable(struct made_shop *m)
{
    for (int i = 0; i < 19; i++) {
        struct made_customer *c = made_pick_customer(m);
        c->email = c->phone = "";
    }
}

/* ---- what may be switched on ---- */

void near_nothing_sellable(struct made_shop *m)
{
    for (size_t i = 1; i < m->product_count; i++)
        m->products[i].product.published = false;
}

/* Half of 1,200 sessions a month, where 500 are needed. */
void near_traffic_low(struct made_shop *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        m->events[i].dropped =
            m->events[i].event.anonymous_id.data[m->events[i].event.anonymous_id.size - 1] > '4';
}

/* Fourteen days. */
void near_span_short(struct made_shop *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        m->events[i].dropped =
            m->events[i].event.time_ms < m->start_ms + (MADE_DAYS - 14) * (int64_t)MS_DAY;
}

void near_surface_unasked(struct made_shop *m)
{
    m->asked_once = "cart";
}

void near_surface_stray(struct made_shop *m)
{
    m->asked_once = "pdp";
}

/* A word that only begins with a sensitive one. */
void near_sensitive_unflagged(struct made_shop *m)
{
    made_product_add(m, &made_pick_product(m)->product)->product.title =
        TEXT("Condominium table, model Insulinde");
}

/* 13 of 300. */
void near_cost_unknown(struct made_shop *m)
{
    for (int i = 0; i < 13; i++)
        made_pick_product(m)->product.cost = MONEY_NONE;
}

/* So few orders less that a test takes 84 days; those that are refunded, of every fortieth session, stay. */
void near_test_long(struct made_shop *m)
{
    size_t seen = 0;

    for (size_t i = 0; i < m->event_count; i++) {
        const struct event *e = &m->events[i].event;
        struct text session = e->session_id; /* "s-7" */
        uint64_t number = 0;
        if (e->type != EVENT_purchase)
            continue;
        (void)text_cut(&session, '-');
        assert_true(text_to_u64(session, &number));
        if (number % 40 != 0)
            m->events[i].dropped = ++seen % 5 == 0;
    }
}

/* Two of five sessions. */
void near_consent_low(struct made_shop *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        if (m->events[i].event.anonymous_id.data[m->events[i].event.anonymous_id.size - 1] > '5')
            m->events[i].event.flags &= ~(uint32_t)EVENT_PERSONALIZATION;
}
