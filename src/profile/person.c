/* SPDX-License-Identifier: Apache-2.0 */
/* person: the records of all that is joined with who asks, put together. */
#include <string.h>

#include "profile/shopper.h"

/* --- which records --- */

static void add(struct person_records *out, struct person_record r)
{
    if (out->count < PROFILE_RECORDS_MAX && !shopper_key_none(r.key))
        out->records[out->count++] = r;
}

/* All there is under a visitor's id or, without one, a customer's. */
static void add_whole(struct person_records *out, struct text anonymous_id, struct text user_id)
{
    bool visitor = anonymous_id.size > 0;

    add(out, (struct person_record){.key = shopper_key_of(anonymous_id, user_id),
                                    .id = visitor ? anonymous_id : user_id,
                                    .visitor = visitor,
                                    .from_ms = INT64_MIN,
                                    .until_ms = INT64_MAX});
}

/* A record of a visitor, as one of several from which the newest are taken. */
struct choice {
    identifier_number visitor;
    struct identity_record record;
    bool shared;
};

/* Newest first; what does not fit goes. */
static void choose(struct choice list[PROFILE_RECORDS_MAX], size_t *count, size_t max,
                   struct choice fresh)
{
    size_t at = *count;

    if (max == 0 || (at == max && list[at - 1].record.last_ms >= fresh.record.last_ms))
        return;
    if (at == max)
        at--;
    else
        ++*count;
    for (; at > 0 && list[at - 1].record.last_ms < fresh.record.last_ms; at--)
        list[at] = list[at - 1];
    list[at] = fresh;
}

static void choose_of(const struct identity *g, const struct identity_person *p,
                      identifier_number visitor, struct choice list[PROFILE_RECORDS_MAX],
                      size_t *count, size_t max)
{
    struct identity_record records[IDENTITY_ANCHORS_MAX];
    size_t found = identity_records(g, p, visitor, records);
    bool shared = identity_shared(g, p, visitor);

    for (size_t i = 0; i < found; i++)
        choose(list, count, max, (struct choice){visitor, records[i], shared});
}

static void add_chosen(struct person_records *out, const struct identity *g,
                       const struct choice *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct identity_record *r = &list[i].record;
        struct text id = identity_text(g, list[i].visitor);
        struct shopper_key key = shopper_key_of(id, (struct text){0});
        add(out, (struct person_record){.key = shopper_key_filed(key, r->file),
                                        .id = id,
                                        .visitor = true,
                                        .shared = list[i].shared,
                                        .from_ms = r->from_ms,
                                        .until_ms = r->until_ms});
    }
}

static identifier_number find(const struct identity *g, enum identifier_kind kind, struct text id)
{
    return identifier_blocked(id) ? IDENTIFIER_NONE : identity_find(g, kind, id);
}

/* A visitor that is a person of its own; what was somebody's who is erased or others' before is not its. */
static void add_alone(struct person_records *out, const struct identity *g,
                      identifier_number visitor)
{
    int64_t released_ms = identity_released_ms(g, visitor);

    add_whole(out, identity_text(g, visitor), (struct text){0});
    if (out->count > 0 && released_ms != INT64_MIN) {
        out->records[out->count - 1].from_ms = released_ms;
        out->records[out->count - 1].after_another = true;
    }
}

/* What the device at hand holds that is theirs. `p` NULL: the graph does not know them. */
static void add_at_hand(struct person_records *out, const struct identity *g,
                        const struct identity_person *p, identifier_number visitor,
                        const struct asker *who)
{
    struct choice list[PROFILE_RECORDS_MAX];
    size_t count = 0;

    if (visitor == IDENTIFIER_NONE) { /* nobody has logged in there yet */
        add_whole(out, who->anonymous_id, (struct text){0});
    } else if (!identity_blocked(g, visitor) && p != NULL) {
        choose_of(g, p, visitor, list, &count, PROFILE_RECORDS_MAX);
        add_chosen(out, g, list, count);
        if (count == 0 && identifier_blocked(who->user_id))
            add_alone(out, g, visitor);
    }
    out->at_hand = out->count > 0;
}

static void add_elsewhere(struct person_records *out, const struct identity *g,
                          const struct identity_person *p, identifier_number at_hand)
{
    struct choice list[PROFILE_RECORDS_MAX];
    size_t count = 0;

    for (uint32_t i = 0; i < p->kinds[IDENTIFIER_CUSTOMER].count; i++)
        add_whole(out, (struct text){0}, identity_text(g, p->customers[i]));
    for (uint32_t i = 0; i < p->kinds[IDENTIFIER_VISITOR].count; i++)
        if (p->visitors[i] != at_hand)
            choose_of(g, p, p->visitors[i], list, &count, PROFILE_RECORDS_MAX - out->count);
    add_chosen(out, g, list, count);
}

void person_records_find(const struct identity *g, const struct asker *who, int64_t now_ms,
                         struct person_records *out)
{
    identifier_number visitor = IDENTIFIER_NONE, customer = IDENTIFIER_NONE, asks;
    bool named = !identifier_blocked(who->user_id);
    struct identity_person p;

    out->count = 0;
    if (g != NULL) {
        visitor = find(g, IDENTIFIER_VISITOR, who->anonymous_id);
        customer = find(g, IDENTIFIER_CUSTOMER, who->user_id);
    }
    asks = named ? customer : visitor;
    if (asks != IDENTIFIER_NONE)
        identity_person(g, asks, now_ms, &p);
    add_at_hand(out, g, asks == IDENTIFIER_NONE ? NULL : &p, visitor, who);
    if (who->here_alone)
        return;
    if (asks == IDENTIFIER_NONE)
        add_whole(out, (struct text){0}, who->user_id);
    else if (named || !identity_shared(g, &p, visitor))
        add_elsewhere(out, g, &p, visitor);
}

void person_records_of(const struct identity *g, const struct identity_person *p,
                       struct person_records *out)
{
    out->count = 0;
    out->at_hand = false;
    add_elsewhere(out, g, p, IDENTIFIER_NONE);
    if (identity_kind(g, p->root) == IDENTIFIER_VISITOR && !identity_blocked(g, p->root))
        add_alone(out, g, p->root);
}

/* --- forgetting --- */

static void forget_on(struct profiles *p, const struct identity *g,
                      const struct identity_person *person, identifier_number visitor)
{
    struct identity_record records[IDENTITY_ANCHORS_MAX];
    size_t count = identity_records(g, person, visitor, records);
    struct shopper_key key = shopper_key_of(identity_text(g, visitor), (struct text){0});

    for (size_t i = 0; i < count; i++)
        profiles_forget(p, shopper_key_filed(key, records[i].file));
}

void profiles_forget_person(struct profiles *p, const struct identity *g, const struct asker *who,
                            int64_t now_ms)
{
    bool named = !identifier_blocked(who->user_id);
    struct person_records here;
    struct asker asks = {.anonymous_id = who->anonymous_id, .here_alone = true};
    struct identity_person person;

    person_records_find(g, &asks, now_ms, &here);
    for (size_t i = 0; i < here.count; i++)
        profiles_forget(p, here.records[i].key);
    if (!named)
        return;
    profiles_forget(p, shopper_key_of((struct text){0}, who->user_id));
    identifier_number n = g == NULL ? IDENTIFIER_NONE : find(g, IDENTIFIER_CUSTOMER, who->user_id);
    if (n == IDENTIFIER_NONE)
        return;
    identity_person(g, n, now_ms, &person);
    for (uint32_t i = 0; i < person.kinds[IDENTIFIER_CUSTOMER].count; i++)
        profiles_forget(p, shopper_key_of((struct text){0}, identity_text(g, person.customers[i])));
    for (uint32_t i = 0; i < person.kinds[IDENTIFIER_VISITOR].count; i++)
        forget_on(p, g, &person, person.visitors[i]);
}

/* --- putting together --- */

/* Of the current session first, then the newest. */
static bool comes_before(const struct action *a, const struct action *b)
{
    return a->in_session != b->in_session ? a->in_session : a->time_s > b->time_s;
}

static bool within(const struct person_record *r, uint32_t time_s)
{
    int64_t time_ms = (int64_t)time_s * 1000;

    return time_ms >= r->from_ms && time_ms < r->until_ms;
}

/* Merge two lists in that order; what does not fit goes, the oldest. */
static void join_actions(struct profile *out, const struct profile *more,
                         const struct person_record *r)
{
    struct action merged[PROFILE_ACTIONS_MAX];
    uint32_t count = 0, a = 0, b = 0;

    out->session_count = 0;
    while (count < PROFILE_ACTIONS_MAX && (a < out->count || b < more->count)) {
        if (b < more->count && !within(r, more->actions[b].time_s)) {
            b++;
            continue;
        }
        bool theirs = b < more->count &&
                      (a == out->count || comes_before(&more->actions[b], &out->actions[a]));
        merged[count] = theirs ? more->actions[b++] : out->actions[a++];
        out->session_count += merged[count++].in_session;
    }
    memcpy(out->actions, merged, count * sizeof(merged[0]));
    out->count = count;
}

/* A product that both were shown is one, shown as often as both say. */
static bool join_same(struct profile *out, const struct shown_product *shown)
{
    for (uint32_t i = 0; i < out->shown_count; i++) {
        if (out->shown[i].product != shown->product)
            continue;
        uint32_t times = out->shown[i].times + shown->times;
        out->shown[i].times = times < SHOWN_TIMES_MAX ? times : SHOWN_TIMES_MAX;
        if (shown->last_s > out->shown[i].last_s)
            out->shown[i].last_s = shown->last_s;
        return true;
    }
    return false;
}

/* Into its place from the end on, where equal times keep their order. */
static void place_shown(struct profile *out, struct shown_product fresh)
{
    uint32_t at = out->shown_count;

    if (at == PROFILE_SHOWN_MAX && out->shown[at - 1].last_s >= fresh.last_s)
        return;
    if (at == PROFILE_SHOWN_MAX)
        at--;
    else
        out->shown_count++;
    for (; at > 0 && out->shown[at - 1].last_s < fresh.last_s; at--)
        out->shown[at] = out->shown[at - 1];
    out->shown[at] = fresh;
}

static void join_shown(struct profile *out, const struct profile *more,
                       const struct person_record *r)
{
    struct profile before;

    for (uint32_t i = 0; i < more->shown_count; i++)
        if (within(r, more->shown[i].last_s) && !join_same(out, &more->shown[i]))
            place_shown(out, more->shown[i]);
    before.shown_count = out->shown_count; /* what was joined may be newer than where it stands */
    memcpy(before.shown, out->shown, sizeof(before.shown));
    out->shown_count = 0;
    for (uint32_t i = 0; i < before.shown_count; i++)
        place_shown(out, before.shown[i]);
}

/* What was shown on one device and then looked at on another was not passed over. */
static void drop_looked_at(struct profile *p)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < p->shown_count; i++) {
        bool looked = false;
        for (uint32_t k = 0; k < p->count && !looked; k++)
            looked = p->actions[k].product == p->shown[i].product &&
                     p->actions[k].time_s >= p->shown[i].last_s;
        if (!looked)
            p->shown[kept++] = p->shown[i];
    }
    p->shown_count = kept;
}

/* Where they come from now: the device at hand says, the others where it says nothing. */
static void join_arrival(struct profile *out, const struct profile *more)
{
    if (out->device == DEVICE_UNKNOWN)
        out->device = more->device;
    if (out->country == 0)
        out->country = more->country;
    if (out->source == 0 && out->medium == 0) {
        out->source = more->source;
        out->medium = more->medium;
    }
    if (out->landing == 0)
        out->landing = more->landing;
    if (out->session_start_ms == 0)
        out->session_start_ms = more->session_start_ms;
}

static int64_t newer(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void join_history(struct profile *out, const struct profile *more)
{
    out->returning = out->returning || more->returning;
    out->last_visit_ms = newer(out->last_visit_ms, more->last_visit_ms);
    out->last_order_ms = newer(out->last_order_ms, more->last_order_ms);
    out->orders += more->orders;
    if (__builtin_add_overflow(out->spend_micros, more->spend_micros, &out->spend_micros))
        out->spend_micros = INT64_MAX;
}

static void join(struct profile *out, const struct profile *more, const struct person_record *r)
{
    if (out->number == SHOPPER_NONE)
        out->number = more->number;
    join_actions(out, more, r);
    join_shown(out, more, r);
    if (!r->after_another) {
        join_arrival(out, more);
        join_history(out, more);
    }
    if (more->count > 0 && within(r, more->actions[0].time_s))
        out->last_ms = newer(out->last_ms, more->last_ms);
}

/* What the records say of consent, one after the other. */
struct consent {
    bool refused;  /* somewhere, in so many words */
    bool allowed;  /* the same */
    bool at_hand;  /* the device at hand is known, */
    bool personal; /* and this is what it says; without it, whether any of those known says yes */
    bool known;
};

/* What came with Sec-GPC: 1, or under another default, is no word on the person's other devices. */
static void hear(struct consent *c, const struct profile *p, bool at_hand)
{
    c->refused = c->refused || (p->stated && !p->personal);
    c->allowed = c->allowed || (p->stated && p->personal);
    c->personal = c->known ? c->personal || (p->personal && !c->at_hand) : p->personal;
    c->at_hand = c->at_hand || at_hand;
    c->known = true;
}

void profiles_read_person(const struct profiles *p, const struct identity *g,
                          const struct asker *who, int64_t now_ms, bool default_personal,
                          struct profile *out)
{
    struct person_records records;
    struct consent consent = {.personal = default_personal};
    struct profile one;

    person_records_find(g, who, now_ms, &records);
    *out = (struct profile){.number = SHOPPER_NONE};
    for (size_t i = 0; i < records.count; i++) {
        const struct person_record *r = &records.records[i];
        profiles_read(p, r->key, now_ms, default_personal, &one);
        if (one.number == SHOPPER_NONE)
            continue;
        hear(&consent, &one, records.at_hand && i == 0);
        join(out, &one, r);
    }
    if (records.count > 1)
        drop_looked_at(out);
    out->stated = consent.refused || consent.allowed;
    out->personal = !consent.refused &&
                    (consent.at_hand ? consent.personal : consent.allowed || consent.personal);
}
