/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/consenting.h"

#include "base/arena.h"
#include "base/time.h"
#include "identity/traits.h"
#include "ingest/person.h"
#include "paths/contact_circle.h"

void consent_of(const struct state *s, struct text anonymous_id, struct text user_id,
                struct consent *out)
{
    struct consent other;

    *out = (struct consent){.of[0].stated = false};
    if (s->consents == NULL || consents_none(s->consents))
        return;
    if (anonymous_id.size > 0)
        consents_read(s->consents, who_of(s->id_key, WHO_ANONYMOUS, anonymous_id), out);
    if (user_id.size == 0)
        return;
    consents_read(s->consents, who_of(s->id_key, WHO_USER, user_id), &other);
    consent_join(out, &other);
}

/* `sure`: it is theirs; else only what is refused there counts. */
static void join_identifier(const struct state *s, identifier_number n, bool sure,
                            struct consent *out)
{
    enum who_kind kind =
        identity_kind(s->identity, n) == IDENTIFIER_VISITOR ? WHO_ANONYMOUS : WHO_USER;
    struct consent other;

    consents_read(s->consents, who_of(s->id_key, kind, identity_text(s->identity, n)), &other);
    for (int i = 0; i < PURPOSE_COUNT && !sure; i++)
        other.of[i].stated = other.of[i].stated && !other.of[i].allowed;
    consent_join(out, &other);
}

/* What all of a person's identifiers stated, but for browsers that another customer uses too. Where a guest left an
 * address, only what was refused. */
static void join_person(const struct state *s, const struct identity_person *p, struct consent *out)
{
    for (int kind = 0; kind < IDENTIFIER_KINDS; kind++) {
        const identifier_number *list = person_of_kind(p, (enum identifier_kind)kind);
        for (uint32_t i = 0; i < p->kinds[kind].count; i++)
            if (kind != IDENTIFIER_VISITOR || !identity_lent(s->identity, p, list[i]))
                join_identifier(
                    s, list[i],
                    kind != IDENTIFIER_VISITOR || !identity_shared(s->identity, p, list[i]), out);
    }
}

static identifier_number find(const struct state *s, enum identifier_kind kind, struct text id)
{
    return s->identity == NULL || identifier_blocked(id) ? IDENTIFIER_NONE
                                                         : identity_find(s->identity, kind, id);
}

void consent_of_person(const struct state *s, const struct asker *who, int64_t now_ms,
                       struct consent *out)
{
    bool named = !identifier_blocked(who->user_id);
    identifier_number n = named ? find(s, IDENTIFIER_CUSTOMER, who->user_id)
                                : find(s, IDENTIFIER_VISITOR, who->anonymous_id);
    struct identity_person p;

    consent_of(s, who->anonymous_id, who->user_id, out);
    if (s->consents == NULL || consents_none(s->consents) || n == IDENTIFIER_NONE)
        return;
    identity_person(s->identity, n, now_ms, &p);
    if (named || !identity_shared(s->identity, &p, n))
        join_person(s, &p, out);
}

void consent_holds(const struct state *s, const struct asker *who, int64_t now_ms,
                   struct consent *out)
{
    SCOPED(circle_free) struct circle circle = {.s = s};
    const struct text ids[IDENTIFIER_KINDS] = {
        [IDENTIFIER_CUSTOMER] = who->user_id, [IDENTIFIER_VISITOR] = who->anonymous_id};

    consent_of_person(s, who, now_ms, out);
    if (s->consents == NULL || consents_none(s->consents) || s->identity == NULL)
        return;
    circle_add(&circle, ids, now_ms);
    struct verdict v = circle_verdict(&circle, NULL);
    out->of[PURPOSE_EMAIL] = verdict_allows(&v) ? v.yes : v.no;
}

static struct who who_asked(const struct state *s, struct text anonymous_id, struct text user_id)
{
    return !identifier_blocked(user_id) ? who_of(s->id_key, WHO_USER, user_id)
                                        : who_of(s->id_key, WHO_ANONYMOUS, anonymous_id);
}

bool consent_erased(const struct state *s, struct text anonymous_id, struct text user_id,
                    int64_t time_ms)
{
    return erasures_count(s->erasures) > 0 &&
           !(identifier_blocked(anonymous_id) && identifier_blocked(user_id)) &&
           erasures_forbid(s->erasures, who_asked(s, anonymous_id, user_id), time_ms);
}

bool consent_returns(const struct state *s, struct text anonymous_id, struct text user_id,
                     struct who address, int64_t time_ms)
{
    struct who who = who_asked(s, anonymous_id, user_id);
    int64_t erased_ms = erasures_time(s->erasures, address);
    struct consent c;

    if ((identifier_blocked(anonymous_id) && identifier_blocked(user_id)) ||
        erasures_forbid(s->erasures, who, time_ms))
        return false;
    if (erasures_time(s->erasures, who) > 0)
        return true;
    consents_read(s->consents, who, &c);
    const struct statement *said = &c.of[PURPOSE_ANALYTICS];
    return said->stated && said->allowed && said->time_ms > erased_ms && time_ms > erased_ms;
}

/* The e-mail address and the phone number that an event names; absent ones are empty. */
struct addresses {
    struct text email, phone;
};

/* Whether one of them was erased, and this event is not where its person comes back: they consent anew
 * here, or did so under the identifier that it is kept by. */
static bool names_erased(const struct state *s, const struct event_head *h,
                         const struct addresses *named, bool anew)
{
    const struct text addresses[] = {named->email, named->phone};

    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct who who = who_of(s->id_key, WHO_USER, addresses[i]);
        if (addresses[i].size > 0 && erasures_forbid(s->erasures, who, h->time_ms) &&
            !consent_returns(s, h->anonymous_id, h->user_id, who, h->time_ms) &&
            (!anew || h->time_ms <= erasures_time(s->erasures, who)))
            return true;
    }
    return false;
}

/* Also of who is not logged in and names an address: it is that one's person who acts. */
static void consent_of_event(const struct state *s, const struct event_head *h,
                             const struct addresses *named, struct consent *out)
{
    const struct asker who = {.anonymous_id = h->anonymous_id, .user_id = h->user_id};
    const struct text addresses[] = {named->email, named->phone};
    static const enum identifier_kind kinds[] = {IDENTIFIER_EMAIL, IDENTIFIER_PHONE};
    struct identity_person p;
    struct consent stated;

    consent_of_person(s, &who, h->time_ms, out);
    if ((h->flags & EVENT_VERIFIED) == 0 || !identifier_blocked(h->user_id))
        return;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        identifier_number n = find(s, kinds[i], addresses[i]);
        if (n != IDENTIFIER_NONE) {
            identity_person(s->identity, n, h->time_ms, &p);
            join_person(s, &p, out);
        } else if (addresses[i].size > 0) {
            consents_read(s->consents, who_of(s->id_key, WHO_USER, addresses[i]), &stated);
            consent_join(out, &stated);
        }
    }
}

static bool admits(const struct state *s, const struct event_head *h, struct text traits)
{
    bool anew = h->type == EVENT_consent && (h->flags & EVENT_ANALYTICS_REFUSED) == 0;
    struct addresses named = {.email = {0}};
    struct consent c;

    if ((h->flags & EVENT_VERIFIED) != 0)
        traits_read(traits, &named.email, &named.phone);
    if (consent_erased(s, h->anonymous_id, h->user_id, h->time_ms) &&
        (!anew ||
         h->time_ms <= erasures_time(s->erasures, who_asked(s, h->anonymous_id, h->user_id))))
        return false;
    if (erasures_count(s->erasures) > 0 && names_erased(s, h, &named, anew))
        return false;
    if ((h->flags & EVENT_CONSENT_STATED) != 0 ||
        !consents_any_refused(s->consents, PURPOSE_ANALYTICS))
        return true;
    consent_of_event(s, h, &named, &c);
    return !c.of[PURPOSE_ANALYTICS].stated || c.of[PURPOSE_ANALYTICS].allowed;
}

bool consent_admits(const struct state *s, struct text event)
{
    if (erasures_count(s->erasures) == 0 && !consents_any_refused(s->consents, PURPOSE_ANALYTICS))
        return true;
    struct event_head h = event_head(event);
    return admits(s, &h, event_traits(event));
}

bool consent_refuses_anew(const struct state *s, const struct consent_record *said)
{
    const struct asker who = {.anonymous_id = said->anonymous_id, .user_id = said->user_id};
    const struct text ids[] = {said->anonymous_id, said->user_id};
    struct consent c;

    if ((identifier_blocked(ids[0]) && identifier_blocked(ids[1])) ||
        consent_erased(s, ids[0], ids[1], said->time_ms))
        return false;
    consent_holds(s, &who, said->time_ms, &c);
    for (int k = 0; k < PURPOSE_COUNT; k++)
        if (said->allowed[k] == 0 && (!c.of[k].stated || c.of[k].allowed))
            return true;
    for (size_t i = 0; i < COUNT(ids); i++) {
        if (identifier_blocked(ids[i]))
            continue;
        consents_read(s->consents, who_of(s->id_key, i == 0 ? WHO_ANONYMOUS : WHO_USER, ids[i]),
                      &c);
        for (int k = 0; k < PURPOSE_COUNT; k++)
            if (said->allowed[k] == 0 && (!c.of[k].stated || c.of[k].allowed))
                return true;
    }
    return false;
}

static void add_defaults(const struct state *s, struct consent *out)
{
    const struct program *p = s->program;
    const bool defaults[PURPOSE_COUNT] = {p->consent_analytics, p->consent_personalization,
                                          p->consent_email};

    for (int i = 0; i < PURPOSE_COUNT; i++)
        if (!out->of[i].stated)
            out->of[i].allowed = defaults[i];
}

void consent_read(struct shop *shop, struct text anonymous_id, struct text user_id,
                  struct consent *out)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    const struct asker who = {.anonymous_id =
                                  person_replace(anonymous_id, shop->keys.person_key, &a),
                              .user_id = person_replace(user_id, shop->keys.person_key, &a)};

    shop_read_lock(shop);
    consent_holds(shop->state, &who, INT64_MAX, out);
    add_defaults(shop->state, out);
    shop_read_unlock(shop);
}

void consent_read_browser(struct shop *shop, struct text anonymous_id, struct text user_id,
                          const struct consent_record *said, struct consent *out)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};

    if (user_id.size > 0 ||
        !who_is_address(person_replace(anonymous_id, shop->keys.person_key, &a))) {
        consent_read(shop, anonymous_id, user_id, out);
        return;
    }
    *out = (struct consent){.of[0].stated = false};
    for (int i = 0; said != NULL && i < PURPOSE_COUNT; i++)
        if (said->allowed[i] == 0)
            out->of[i] = (struct statement){true, false, said->source,
                                            said->time_ms / MS_SECOND * MS_SECOND};
    shop_read_lock(shop);
    add_defaults(shop->state, out);
    shop_read_unlock(shop);
}

enum status consent_state(struct shop *shop, const struct consent_record *said, struct error *err)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(buffer_free) struct buffer body = {0};
    struct consent_record r = *said;

    r.anonymous_id = person_replace(said->anonymous_id, shop->keys.person_key, &a);
    r.user_id = person_replace(said->user_id, shop->keys.person_key, &a);
    if (r.source == CONSENT_BY_SHOPPER && r.user_id.size == 0 && who_is_address(r.anonymous_id) &&
        !consent_record_refusals(&r))
        return OK;
    if (identifier_blocked(r.anonymous_id) && identifier_blocked(r.user_id))
        return error_set(err, ERR_INVALID, "a placeholder stands for nobody, and states nothing");
    (void)pthread_mutex_lock(&shop->change_mutex);
    shop_read_lock(shop);
    bool erased = consent_erased(shop->state, r.anonymous_id, r.user_id, r.time_ms);
    shop_read_unlock(shop);
    enum status status = OK;
    if (!erased || r.allowed[PURPOSE_ANALYTICS] == 1) {
        consent_record_encode(&r, &body);
        status = shop_append(shop, RECORD_CONSENT, r.time_ms, buffer_text(&body), NULL, err);
    }
    (void)pthread_mutex_unlock(&shop->change_mutex);
    return status;
}
