/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/consenting.h"

#include "base/arena.h"
#include "ingest/person.h"

void consent_of(const struct state *s, struct text anonymous_id, struct text user_id,
                struct consent *out)
{
    struct consent other;

    *out = (struct consent){.of[0].stated = false};
    if (s->consents == NULL)
        return;
    if (anonymous_id.size > 0)
        consents_read(s->consents, who_of(s->id_key, WHO_ANONYMOUS, anonymous_id), out);
    if (user_id.size == 0)
        return;
    consents_read(s->consents, who_of(s->id_key, WHO_USER, user_id), &other);
    consent_join(out, &other);
}

void consent_of_person(const struct state *s, const struct asker *who, int64_t now_ms,
                       struct consent *out)
{
    struct person_records records;
    struct consent other;

    consent_of(s, who->anonymous_id, who->user_id, out);
    if (s->consents == NULL)
        return;
    person_records_find(s->identity, who, now_ms, &records);
    for (size_t i = 0; i < records.count; i++) {
        const struct person_record *r = &records.records[i];
        if (r->shared || text_equal(r->id, r->visitor ? who->anonymous_id : who->user_id))
            continue;
        consents_read(s->consents, who_of(s->id_key, r->visitor ? WHO_ANONYMOUS : WHO_USER, r->id),
                      &other);
        consent_join(out, &other);
    }
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

bool consent_admits(const struct state *s, const struct event_head *h)
{
    bool anew = h->type == EVENT_consent && (h->flags & EVENT_ANALYTICS_REFUSED) == 0;
    struct consent c;

    if (consent_erased(s, h->anonymous_id, h->user_id, h->time_ms) &&
        (!anew ||
         h->time_ms <= erasures_time(s->erasures, who_asked(s, h->anonymous_id, h->user_id))))
        return false;
    if ((h->flags & EVENT_CONSENT_STATED) != 0 ||
        !consents_any_refused(s->consents, PURPOSE_ANALYTICS))
        return true;
    consent_of(s, h->anonymous_id, h->user_id, &c);
    return !c.of[PURPOSE_ANALYTICS].stated || c.of[PURPOSE_ANALYTICS].allowed;
}

static void read_named(struct shop *shop, struct text anonymous_id, struct text user_id,
                       struct consent *out)
{
    shop_read_lock(shop);
    const struct program *p = shop->state->program;
    const bool defaults[PURPOSE_COUNT] = {p->consent_analytics, p->consent_personalization,
                                          p->consent_email};

    consent_of(shop->state, anonymous_id, user_id, out);
    for (int i = 0; i < PURPOSE_COUNT; i++)
        if (!out->of[i].stated)
            out->of[i].allowed = defaults[i];
    shop_read_unlock(shop);
}

void consent_read(struct shop *shop, struct text anonymous_id, struct text user_id,
                  struct consent *out)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};

    read_named(shop, person_replace(anonymous_id, shop->keys.person_key, &a),
               person_replace(user_id, shop->keys.person_key, &a), out);
}

enum status consent_state(struct shop *shop, const struct consent_record *said, struct error *err)
{
    SCOPED(arena_free) struct arena a = {.blocks = NULL};
    SCOPED(buffer_free) struct buffer body = {0};
    struct consent_record r = *said;

    r.anonymous_id = person_replace(said->anonymous_id, shop->keys.person_key, &a);
    r.user_id = person_replace(said->user_id, shop->keys.person_key, &a);
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
