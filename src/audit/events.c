/* SPDX-License-Identifier: Apache-2.0 */
/* The pass over the events: one function each for who, when, what and money. */
#include <stdio.h>
#include <string.h>

#include "audit/events.h"
#include "base/hash.h"
#include "base/memory.h"

enum { TWICE_MS = MS_SECOND, USERS_OF_VISITOR = 3, VISITORS_OF_USER = 50 };

static const int64_t ancient_ms = (int64_t)15 * 365 * MS_DAY;

/* ---- who ---- */

bool id_is_placeholder(struct text id)
{
    static const char *const words[] = {
        "null",    "undefined",       "none",      "nil",     "nan",     "n/a",  "na",
        "guest",   "false",           "anonymous", "unknown", "not set", "true", "test",
        "invalid", "[object object]", "(not set)"};

    id = text_trim(id);
    for (size_t i = 0; i < COUNT(words) && id.size > 0; i++)
        if ((id.data[0] | 0x20) == (words[i][0] | 0x20) &&
            text_equal_nocase(id, text_from(words[i])))
            return true;
    if (text_is(id, "-1"))
        return true;
    for (size_t i = 0; i < id.size; i++)
        if (id.data[i] != '0' && id.data[i] != '-')
            return false;
    return true;
}

static uint64_t key_in_small_letters(struct text id)
{
    char small[EVENT_ID_MAX];
    size_t size = id.size < sizeof(small) ? id.size : sizeof(small);

    for (size_t i = 0; i < size; i++)
        small[i] = char_lower(id.data[i]);
    return hash_bytes(small, size, 1);
}

/* Somebody this visitor was not just now. */
static void join_user(struct audit *a, struct visitor *v, const struct event *e, uint64_t exact)
{
    uint64_t key = key_in_small_letters(e->user_id);
    bool fresh;
    struct user *u = table_add(&a->users, key, &fresh);

    if (u == NULL)
        return;
    if (fresh)
        u->exact = exact;
    if (u->exact != exact && !u->spelled_twice) {
        u->spelled_twice = true;
        found_event(a, CHECK_user_spellings, v, e, 0);
    }
    if (table_add(&a->visits_of_users, hash_u64(key ^ hash_u64(v->key)), &fresh) == NULL || !fresh)
        return;
    u->visitors++;
    if (v->user_count < 255)
        v->user_count++;
    if (u->visitors == VISITORS_OF_USER + 1 && found(a, CHECK_user_of_many))
        example(a, CHECK_user_of_many, "user_id %.*s", (int)e->user_id.size, e->user_id.data);
    if (v->user_count == USERS_OF_VISITOR && found(a, CHECK_visitor_of_many))
        example(a, CHECK_visitor_of_many, "anonymous_id %.*s", (int)e->anonymous_id.size,
                e->anonymous_id.data == NULL ? "" : e->anonymous_id.data);
}

static void take_user(struct audit *a, struct visitor *v, const struct event *e)
{
    uint64_t exact = hash_text(e->user_id, 0);

    v->seen |= SEEN_USER;
    looked_at(a, CHECK_user_is_contact, 1);
    if (text_starts(e->user_id, "email:") || text_starts(e->user_id, "phone:"))
        found_event(a, CHECK_user_is_contact, v, e, 0);
    if (v->user != exact)
        join_user(a, v, e, exact);
    v->user = exact;
}

static uint64_t visitor_key(const struct event *e)
{
    return e->anonymous_id.size > 0 ? hash_text(e->anonymous_id, 0)
                                    : hash_u64(hash_text(e->user_id, 0));
}

void audit_event_ahead(const struct audit *a, const struct event *e)
{
    table_fetch(&a->visitors, visitor_key(e));
}

static struct visitor *visitor_of(struct audit *a, const struct event *e)
{
    bool fresh;
    struct visitor *v = table_add(&a->visitors, visitor_key(e), &fresh);

    if (v == NULL)
        return NULL;
    if (fresh) {
        v->is_order = text_starts(e->anonymous_id, "order:");
        v->began_ms = v->last_ms = e->time_ms;
    }
    return v;
}

static void take_ids(struct audit *a, struct visitor *v, const struct event *e)
{
    looked_at(a, CHECK_id_placeholder, 1);
    if ((e->anonymous_id.size > 0 && id_is_placeholder(e->anonymous_id)) ||
        (e->user_id.size > 0 && id_is_placeholder(e->user_id)))
        found_event(a, CHECK_id_placeholder, v, e, 0);
    else if (e->user_id.size > 0)
        take_user(a, v, e);
}

/* ---- sessions ---- */

static uint32_t seen_by(enum event_type type)
{
    switch (type) {
    case EVENT_view_item: return SEEN_VIEW;
    case EVENT_view_item_list: return SEEN_LIST;
    case EVENT_add_to_cart: return SEEN_CART | SEEN_ACT;
    case EVENT_begin_checkout: return SEEN_CHECKOUT | SEEN_ACT;
    case EVENT_purchase: return SEEN_ORDER;
    case EVENT_scroll:
    case EVENT_select_item:
    case EVENT_search:
    case EVENT_apply_filter:
    case EVENT_add_to_wishlist:
    case EVENT_remove_from_cart: return SEEN_ACT;
    default: return 0;
    }
}

static bool of_engine(enum event_type type)
{
    return type == EVENT_refund || type >= EVENT_identify;
}

/* As the state has it: whose user id nobody vouches for is nobody without a visitor's id. */
static struct shopper_key visitor_robot_key(const struct event *e)
{
    bool vouched = (e->flags & EVENT_USER_VERIFIED) != 0;

    return shopper_key_of(e->anonymous_id, vouched ? e->user_id : (struct text){0});
}

static void take_session(struct audit *a, struct visitor *v, const struct event *e,
                         enum page_kind page)
{
    int64_t gap = e->time_ms - v->last_ms;

    if (gap >= SESSION_GAP_MS || gap <= -SESSION_GAP_MS) {
        session_close(a, v);
        v->began_ms = e->time_ms;
    }
    v->last_ms = e->time_ms;
    if (v->session_events == 0 && v->seen == 0)
        v->began_ms = e->time_ms;
    v->seen |= seen_by(e->type);
    v->seen |= (e->flags & EVENT_PERSONALIZATION) == 0 ? SEEN_REFUSED : 0;
    v->seen |= (uint32_t)SEEN_PAGE << page;
    if (e->type != EVENT_purchase && e->type != EVENT_refund)
        v->session_events++; /* those come from the shop's server, line by line at times */
    v->robot = (uint8_t)robots_fold(a->robots, visitor_robot_key(e), e, NULL);
    v->events++;
}

/* ---- when ---- */

static void take_time(struct audit *a, struct visitor *v, const struct event *e,
                      int64_t received_ms)
{
    struct type_figures *t = &a->report.types[e->type];
    int64_t day = e->time_ms / MS_DAY;

    if (a->type_days[e->type] == NULL)
        a->type_days[e->type] = mem_new(DAYS_MAX, sizeof(uint32_t));
    if (day >= 0 && day < DAYS_MAX)
        a->type_days[e->type][day]++;
    t->first_ms = t->count == 0 || e->time_ms < t->first_ms ? e->time_ms : t->first_ms;
    t->last_ms = e->time_ms > t->last_ms ? e->time_ms : t->last_ms;
    t->count++;
    looked_at(a, CHECK_ancient, 1);
    looked_at(a, CHECK_ahead, 1);
    if (a->newest_ms - e->time_ms > ancient_ms || e->time_ms < ancient_ms)
        found_event(a, CHECK_ancient, v, e, 0);
    else if (e->time_ms > a->newest_ms)
        a->newest_ms = e->time_ms;
    if ((e->flags & EVENT_TIME_AHEAD) != 0)
        found_event(a, CHECK_ahead, v, e, 0);
    if ((e->flags & EVENT_VERIFIED) != 0)
        return; /* imports are late by nature */
    looked_at(a, CHECK_late, 1);
    if (received_ms - e->time_ms > MS_DAY)
        found_event(a, CHECK_late, v, e, 0);
}

/* ---- what ---- */

static bool wants_items(enum event_type type)
{
    return type == EVENT_view_item || type == EVENT_select_item || type == EVENT_add_to_cart ||
           type == EVENT_remove_from_cart || type == EVENT_add_to_wishlist;
}

static int device_index(const struct event *e)
{
    if (text_equal_nocase(e->device, TEXT("desktop")))
        return 0;
    if (text_equal_nocase(e->device, TEXT("mobile")) ||
        text_equal_nocase(e->device, TEXT("smartphone")))
        return 1;
    return text_equal_nocase(e->device, TEXT("tablet")) ? 2 : 3;
}

static void take_place(struct audit *a, struct visitor *v, const struct event *e,
                       enum page_kind page)
{
    int device = device_index(e);

    a->report.pages[page][e->type]++;
    a->report.types[e->type].devices[device]++;
    a->page_devices[device] += e->type == EVENT_page_view;
    if (e->type == EVENT_purchase || of_engine(e->type))
        return; /* these come from servers */
    looked_at(a, CHECK_device_missing, 1);
    if (e->device.size == 0 && e->user_agent.size == 0)
        found_event(a, CHECK_device_missing, v, e, 0);
    looked_at(a, CHECK_page_missing, 1);
    if (e->page_url.size == 0)
        found_event(a, CHECK_page_missing, v, e, 0);
    looked_at(a, CHECK_session_missing, 1);
    if (e->session_id.size == 0)
        found_event(a, CHECK_session_missing, v, e, 0);
}

static uint64_t act_of(const struct event *e)
{
    uint64_t hash = hash_u64((uint64_t)e->type + 1);

    hash = hash_text(e->page_url, hash);
    hash = hash_text(e->search_term, hash);
    hash = hash_text(e->transaction_id, hash);
    for (uint32_t i = 0; i < e->item_count; i++)
        hash = hash_text(e->items[i].item_id, hash);
    return hash;
}

static void take_doubles(struct audit *a, struct visitor *v, const struct event *e,
                         int64_t before_ms)
{
    uint64_t act = act_of(e);

    if (e->type == EVENT_purchase || of_engine(e->type) || e->type == EVENT_scroll)
        return; /* purchases are compared by their order */
    looked_at(a, CHECK_doubled, 1);
    if (v->last_act == act && e->time_ms - before_ms <= TWICE_MS && e->time_ms >= before_ms)
        found_event(a, CHECK_doubled, v, e, 0);
    v->last_act = act;
}

static void take_type(struct audit *a, struct visitor *v, const struct event *e)
{
    looked_at(a, CHECK_type_unknown, 1);
    if (e->type == EVENT_OTHER)
        found_event(a, CHECK_type_unknown, v, e, 0);
    if (e->type == EVENT_search) {
        looked_at(a, CHECK_search_empty, 1);
        if (e->search_term.size == 0)
            found_event(a, CHECK_search_empty, v, e, 0);
    }
    if (e->type == EVENT_view_item_list) {
        looked_at(a, CHECK_list_unasked, 1);
        if (e->request_id.size == 0)
            found_event(a, CHECK_list_unasked, v, e, 0);
    }
    if (!wants_items(e->type))
        return;
    looked_at(a, CHECK_item_missing, 1);
    if (e->item_count == 0) {
        a->report.types[e->type].unidentified++;
        found_event(a, CHECK_item_missing, v, e, 0);
    }
}

void audit_event(struct audit *a, const struct event *e, int64_t received_ms)
{
    struct visitor *v = visitor_of(a, e);
    struct report *r = &a->report;

    if (v == NULL)
        return;
    int64_t before_ms = v->last_ms;
    enum page_kind page = page_kind_of(e);
    take_session(a, v, e, page);
    r->events++;
    looked_at(a, CHECK_no_events, 1);
    take_ids(a, v, e);
    take_time(a, v, e, received_ms);
    take_place(a, v, e, page);
    take_type(a, v, e);
    take_doubles(a, v, e, before_ms);
    take_items(a, v, e);
    if (e->type == EVENT_purchase)
        take_purchase(a, v, e);
    if (e->type == EVENT_refund)
        take_refund(a, v, e);
    r->first_ms = r->first_ms == 0 || e->time_ms < r->first_ms ? e->time_ms : r->first_ms;
    r->last_ms = e->time_ms > r->last_ms ? e->time_ms : r->last_ms;
}

void audit_decision(struct audit *a, const struct decision *d)
{
    uint32_t at = intern_find(&a->surfaces, d->surface);

    a->decisions++;
    if (at == INTERN_NONE && a->surfaces.count < SURFACES_MAX)
        at = intern_add(&a->surfaces, d->surface);
    if (at != INTERN_NONE)
        a->surface_asked[at]++;
}

void audit_ledger(struct audit *a, const struct ledger_counts *counts)
{
    a->report.ledger = *counts;
    a->report.ledger_known = true;
}

static void count_refused(struct audit *a, struct text code)
{
    struct report *r = &a->report;

    for (uint32_t i = 0; i < r->refused_count; i++)
        if (text_equal(r->refused[i].code, code)) {
            r->refused[i].count++;
            return;
        }
    if (r->refused_count < REFUSED_CODES_MAX)
        r->refused[r->refused_count++] =
            (struct refused_figures){.code = arena_text(&a->keep, code), .count = 1};
}

void audit_refused(struct audit *a, const struct refused_item *item)
{
    count_refused(a, item->code);
    enum check c = text_is(item->code, "conflict") ? CHECK_refused_conflict : CHECK_refused_invalid;

    char where[32] = "";

    if (item->line > 0)
        (void)snprintf(where, sizeof(where), " line %llu", (unsigned long long)item->line);
    example(a, c, "%.*s%s: %.*s (%.*s): %.*s", (int)item->origin.size, item->origin.data, where,
            (int)item->code.size, item->code.data, (int)item->field.size,
            item->field.data == NULL ? "" : item->field.data, (int)item->message.size,
            item->message.data == NULL ? "" : item->message.data);
}
