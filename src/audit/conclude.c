/* SPDX-License-Identifier: Apache-2.0 */
/* What follows of the events once all have passed: types, orders, people, the ledger. */
#include "audit/parts.h"

/* What everything stands on, and what would tell more. */
static const enum event_type core_types[] = {EVENT_view_item, EVENT_add_to_cart, EVENT_purchase};
static const enum event_type more_types[] = {EVENT_page_view, EVENT_view_item_list,
                                             EVENT_select_item, EVENT_search, EVENT_begin_checkout};

static void types_seen(struct audit *a, enum check c, const enum event_type *types, size_t count)
{
    looked_at(a, c, count);
    for (size_t i = 0; i < count; i++)
        if (a->report.types[types[i]].count == 0 && found(a, c))
            example(a, c, "%s", event_type_name(types[i]));
}

static void conclude_types(struct audit *a)
{
    struct tally *none = tally_of(a, CHECK_no_events);

    none->count = none->of == 0;
    none->of = 1;
    if (none->count > 0)
        return; /* that says it all */
    types_seen(a, CHECK_type_missing, core_types, COUNT(core_types));
    types_seen(a, CHECK_type_wanting, more_types, COUNT(more_types));
    if (a->report.now_ms > a->report.last_ms + 2 * (int64_t)MS_DAY) {
        struct tally *old = tally_of(a, CHECK_events_old);
        old->count = (uint64_t)((a->report.now_ms - a->report.last_ms) / MS_DAY);
    }
}

/* Orders against what their visitors had done before: where a type never comes, the row of missing types
 * has told so. */
static void conclude_orders(struct audit *a)
{
    static const struct {
        enum check check;
        uint8_t wanted;
        enum event_type type;
    } rows[] = {{CHECK_purchase_viewless, SEEN_VIEW, EVENT_view_item},
                {CHECK_purchase_cartless, SEEN_CART, EVENT_add_to_cart},
                {CHECK_checkout_skipped, SEEN_CHECKOUT, EVENT_begin_checkout}};

    for (size_t i = 0; i < a->orders.count; i++) {
        const struct order *o = table_row(&a->orders, i);

        looked_at(a, CHECK_purchase_unverified, 1);
        looked_at(a, CHECK_order_of_many, 1);
        if (!o->verified) {
            tally_of(a, CHECK_purchase_unverified)->money += o->money;
            (void)found(a, CHECK_purchase_unverified); /* all alike */
        }
        for (size_t k = 0; k < COUNT(rows); k++) {
            if (a->report.types[rows[k].type].count == 0)
                continue;
            looked_at(a, rows[k].check, 1);
            if ((o->seen & rows[k].wanted) != 0)
                continue;
            tally_of(a, rows[k].check)->money += o->money;
            (void)found(a, rows[k].check); /* all alike */
        }
    }
}

static void conclude_visitors(struct audit *a)
{
    uint64_t lived = 0;

    for (size_t i = 0; i < a->visitors.count; i++) {
        const struct visitor *v = table_row(&a->visitors, i);

        looked_at(a, CHECK_visitor_is_order, 1);
        if (v->is_order) {
            struct tally *t = tally_of(a, CHECK_visitor_is_order);
            t->money += v->revenue;
            t->sessions += v->sessions;
            (void)found(a, CHECK_visitor_is_order); /* all alike */
            continue;
        }
        lived += 1;
        if (v->events == 1) {
            tally_of(a, CHECK_visitor_fleeting)->sessions++;
            (void)found(a, CHECK_visitor_fleeting); /* all alike */
        }
        if ((v->ever & SEEN_CART) == 0 || a->report.types[EVENT_view_item].count == 0)
            continue;
        looked_at(a, CHECK_cart_viewless, 1);
        if ((v->ever & SEEN_VIEW) == 0) {
            tally_of(a, CHECK_cart_viewless)->sessions += v->sessions;
            (void)found(a, CHECK_cart_viewless); /* all alike */
        }
    }
    looked_at(a, CHECK_visitor_fleeting, lived);
}

static void conclude_ledger(struct audit *a)
{
    const struct ledger_counts *l = &a->report.ledger;

    if (!a->report.ledger_known)
        return;
    tally_of(a, CHECK_refused_invalid)->count = l->invalid;
    tally_of(a, CHECK_refused_conflict)->count = l->conflict;
    tally_of(a, CHECK_repeated_ids)->count = l->duplicate;
    looked_at(a, CHECK_refused_invalid, l->received);
    looked_at(a, CHECK_refused_conflict, l->received);
    looked_at(a, CHECK_repeated_ids, l->received);
}

void conclude_events(struct audit *a)
{
    conclude_types(a);
    conclude_orders(a);
    conclude_visitors(a);
    conclude_ledger(a);
    conclude_days(a);
    conclude_pages(a);
    if (a->decisions == 0) /* nothing could be named */
        *tally_of(a, CHECK_list_unasked) = (struct tally){0};
}

/* Millionths are too fine to be counted one by one; cents will do. */
static uint64_t whole_units(int64_t micros)
{
    return micros <= 0 ? 0 : (uint64_t)(micros / MONEY_UNIT);
}

void conclude_people(struct audit *a)
{
    struct report *r = &a->report;
    struct tally *nameless = tally_of(a, CHECK_revenue_nameless);

    looked_at(a, CHECK_users_missing, r->sessions);
    if (r->sessions > 0 && r->sessions_named == 0) {
        (void)found(a, CHECK_users_missing); /* all alike */
        tally_of(a, CHECK_users_missing)->sessions = r->sessions;
    }
    nameless->of = whole_units(r->revenue);
    nameless->count = r->sessions_named > 0 ? whole_units(r->revenue - r->revenue_named) : 0;
    nameless->money = r->revenue - r->revenue_named;
    looked_at(a, CHECK_user_of_many, a->users.count);
    looked_at(a, CHECK_user_spellings, a->users.count);
    looked_at(a, CHECK_visitor_of_many, a->visitors.count);
}
