/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/consent_fold.h"

#include "base/memory.h"
#include "paths/consenting.h"

void consent_fold_said(struct consents *c, const struct state *s, const struct consent_record *said)
{
    struct consent_record of = *said;

    if (identifier_blocked(of.anonymous_id))
        of.anonymous_id = (struct text){0};
    if (identifier_blocked(of.user_id))
        of.user_id = (struct text){0};
    consents_fold_record(c, s->id_key, &of);
}

/* Who allows to be recorded again is erased no longer. */
static void fold_lift(struct state *s, const struct consent_record *said)
{
    if (erasures_count(s->erasures) == 0 || said->allowed[PURPOSE_ANALYTICS] != 1)
        return;
    if (said->user_id.size > 0)
        erasures_lift(s->erasures, who_of(s->id_key, WHO_USER, said->user_id), said->time_ms);
    if (said->anonymous_id.size > 0)
        erasures_lift(s->erasures, who_of(s->id_key, WHO_ANONYMOUS, said->anonymous_id),
                      said->time_ms);
}

void consent_fold_event(struct state *s, const struct event *e)
{
    struct consent_record said;

    if (s->consents == NULL || !consent_record_of_event(e, &said))
        return;
    consent_fold_said(s->consents, s, &said);
    if (e->type == EVENT_consent)
        fold_lift(s, &said);
}

void consent_fold_addresses(struct state *s, const struct event *e,
                            const struct identity_event *named)
{
    bool anew = e->type == EVENT_consent && (e->flags & EVENT_ANALYTICS_REFUSED) == 0;

    if (s->erasures == NULL || erasures_count(s->erasures) == 0)
        return;
    for (int kind = IDENTIFIER_EMAIL; kind <= IDENTIFIER_PHONE; kind++) {
        struct who who = who_of(s->id_key, WHO_USER, named->ids[kind]);
        if (named->ids[kind].size > 0 &&
            (anew || consent_returns(s, e->anonymous_id, e->user_id, who, e->time_ms)))
            erasures_lift(s->erasures, who, e->time_ms);
    }
}

uint32_t consent_flags(const struct state *s, const struct event *e)
{
    const struct asker who = {.anonymous_id = e->anonymous_id, .user_id = e->user_id};
    struct consent c;

    if (s->consents == NULL || (e->flags & EVENT_CONSENT_STATED) != 0)
        return e->flags;
    if ((e->flags & EVENT_GPC) != 0)
        consent_of_person(s, &who, e->time_ms, &c);
    else
        consent_of(s, e->anonymous_id, e->user_id, &c);
    const struct statement *said = &c.of[PURPOSE_PERSONALIZATION];
    if (!said->stated)
        return e->flags;
    uint32_t others = e->flags & ~(uint32_t)EVENT_PERSONALIZATION;
    return others | EVENT_CONSENT_STATED | (said->allowed ? EVENT_PERSONALIZATION : 0);
}

void consent_fold_record(struct state *s, const struct record *r)
{
    struct consent_record said;
    struct error why = {0}; /* of no interest: bytes of a version to come */
    const struct text none = {0};

    if (s->consents == NULL || consent_record_decode(r->body, &said, &why) != OK)
        return;
    consent_fold_said(s->consents, s, &said);
    fold_lift(s, &said);
    if (s->profiles == NULL || said.allowed[PURPOSE_PERSONALIZATION] != 0)
        return;
    const struct asker whose = {.anonymous_id = said.anonymous_id, .user_id = said.user_id};
    profiles_forget_person(s->profiles, s->identity, &whose, r->time_ms);
    if (said.anonymous_id.size > 0)
        profiles_refuse(s->profiles, shopper_key_of(said.anonymous_id, none));
    if (said.user_id.size > 0)
        profiles_refuse(s->profiles, shopper_key_of(none, said.user_id));
}

void consent_fold_erasure(struct state *s, const struct record *r)
{
    int64_t erased_ms;

    if (s->erasures == NULL)
        return;
    size_t count = erasure_decode(r->body, NULL, 0, &erased_ms);
    struct who *whos = mem_new(count + 1, sizeof(*whos));

    (void)erasure_decode(r->body, whos, count, &erased_ms); /* as many as counted */
    for (size_t i = 0; i < count; i++)
        consents_forget(s->consents, whos[i]);
    mem_free(whos);
    erasures_fold(s->erasures, r->body);
}
