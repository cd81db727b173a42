/* SPDX-License-Identifier: Apache-2.0 */
/* consents: a set of keyed hashes, and 16 bytes of each by its place in the set. */
#include "consent/consents.h"

#include <string.h>

#include "base/memory.h"
#include "base/time.h"
#include "journal/record.h"

enum field {
    FIELD_ANONYMOUS_ID = 1,
    FIELD_USER_ID = 2,
    FIELD_SOURCE = 3,
    FIELD_TIME = 4,
    FIELD_PURPOSES = 5, /* one for each, in their order; new ones go to the end */
};

enum { STATED = 1, ALLOWED = 2, SOURCE_SHIFT = 2 };

struct kept {
    uint32_t time_s[PURPOSE_COUNT];
    uint8_t said[PURPOSE_COUNT]; /* STATED, ALLOWED, and above them the source */
    uint8_t reserved;            /* 0 */
};

_Static_assert(sizeof(struct kept) == 16, "they are saved as they are");

struct consents {
    struct who_set set;
    struct kept *all; /* by place in the set */
    size_t room;
    bool refused[PURPOSE_COUNT]; /* ever, by anybody */
};

const char *purpose_word(enum purpose purpose)
{
    static const char *const words[PURPOSE_COUNT] = {"analytics", "personalization", "email"};

    return words[purpose];
}

const char *consent_source_word(enum consent_source source)
{
    static const char *const words[CONSENT_SOURCES] = {"event", "shopper", "shop"};

    return words[source];
}

void consent_record_encode(const struct consent_record *r, struct buffer *out)
{
    put_text(out, FIELD_ANONYMOUS_ID, r->anonymous_id);
    put_text(out, FIELD_USER_ID, r->user_id);
    put_i64(out, FIELD_SOURCE, r->source);
    put_i64(out, FIELD_TIME, r->time_ms);
    for (int i = 0; i < PURPOSE_COUNT; i++)
        if (r->allowed[i] >= 0)
            put_i64(out, (uint8_t)(FIELD_PURPOSES + i), r->allowed[i]);
}

enum status consent_record_decode(struct text body, struct consent_record *out, struct error *err)
{
    struct consent_record r = {.allowed = {-1, -1, -1}};
    struct fields f = fields_of(body);

    while (fields_next(&f)) {
        if (f.field == FIELD_ANONYMOUS_ID)
            r.anonymous_id = f.text;
        else if (f.field == FIELD_USER_ID)
            r.user_id = f.text;
        else if (f.field == FIELD_SOURCE && f.number >= 0 && f.number < CONSENT_SOURCES)
            r.source = (enum consent_source)f.number;
        else if (f.field == FIELD_TIME)
            r.time_ms = f.number;
        else if (f.field >= FIELD_PURPOSES && f.field < FIELD_PURPOSES + PURPOSE_COUNT)
            r.allowed[f.field - FIELD_PURPOSES] = f.number != 0;
    }
    if (f.bad || (r.anonymous_id.size == 0 && r.user_id.size == 0))
        return error_set(err, ERR_CORRUPT, "the bytes are no consent");
    *out = r;
    return OK;
}

bool consent_record_of_event(const struct event *e, struct consent_record *out)
{
    bool stated = (e->flags & EVENT_CONSENT_STATED) != 0, leaves = e->type == EVENT_unsubscribe;
    struct consent_record r = {.anonymous_id = e->anonymous_id,
                               .user_id = e->user_id,
                               .allowed = {-1, -1, -1},
                               .source = CONSENT_BY_EVENT,
                               .time_ms = e->time_ms};

    if (!stated && !leaves)
        return false;
    if (stated) {
        r.allowed[PURPOSE_ANALYTICS] = (e->flags & EVENT_ANALYTICS_REFUSED) == 0;
        r.allowed[PURPOSE_PERSONALIZATION] = (e->flags & EVENT_PERSONALIZATION) != 0;
        if ((e->flags & EVENT_EMAIL_UNSAID) == 0)
            r.allowed[PURPOSE_EMAIL] = (e->flags & EVENT_EMAIL) != 0;
    }
    if (leaves)
        r.allowed[PURPOSE_EMAIL] = 0;
    if ((e->flags & EVENT_VERIFIED) == 0 && e->user_id.size == 0 &&
        who_is_address(e->anonymous_id) && !consent_record_refusals(&r))
        return false;
    *out = r;
    return true;
}

bool consent_record_refusals(struct consent_record *r)
{
    bool any = false;

    for (int i = 0; i < PURPOSE_COUNT; i++) {
        if (r->allowed[i] == 1)
            r->allowed[i] = -1;
        any = any || r->allowed[i] == 0;
    }
    return any;
}

struct consents *consents_new(void)
{
    return mem_new(1, sizeof(struct consents));
}

void consents_free(struct consents *c)
{
    if (c == NULL)
        return;
    who_set_free(&c->set);
    mem_free(c->all);
    mem_free(c);
}

static uint32_t seconds_of(int64_t time_ms)
{
    int64_t seconds = time_ms / MS_SECOND;

    return seconds < 0 ? 0 : seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

void consents_fold(struct consents *c, struct who who, enum purpose purpose,
                   const struct statement *said)
{
    uint32_t time_s = seconds_of(said->time_ms);

    if (who_set_add(&c->set, who)) {
        c->all = mem_grow(c->all, &c->room, c->set.count, sizeof(*c->all));
        c->all[c->set.count - 1] = (struct kept){.reserved = 0};
    }
    struct kept *kept = &c->all[who_set_find(&c->set, who)];
    bool stated = (kept->said[purpose] & STATED) != 0;
    bool refuses = stated && (kept->said[purpose] & ALLOWED) == 0;
    if (stated && (kept->time_s[purpose] > time_s ||
                   (kept->time_s[purpose] == time_s && refuses && said->allowed)))
        return;
    kept->time_s[purpose] = time_s;
    kept->said[purpose] =
        (uint8_t)(STATED | (said->allowed ? ALLOWED : 0) | (unsigned)said->source << SOURCE_SHIFT);
    c->refused[purpose] = c->refused[purpose] || !said->allowed;
}

void consents_fold_record(struct consents *c, const uint8_t id_key[16],
                          const struct consent_record *said)
{
    struct who whos[2];
    size_t count = 0;

    if (said->anonymous_id.size > 0)
        whos[count++] = who_of(id_key, WHO_ANONYMOUS, said->anonymous_id);
    if (said->user_id.size > 0)
        whos[count++] = who_of(id_key, WHO_USER, said->user_id);
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < PURPOSE_COUNT; k++) {
            struct statement statement = {true, said->allowed[k] == 1, said->source, said->time_ms};
            if (said->allowed[k] >= 0)
                consents_fold(c, whos[i], (enum purpose)k, &statement);
        }
}

void consents_forget(struct consents *c, struct who who)
{
    size_t place = who_set_find(&c->set, who);

    if (place != WHO_NOWHERE)
        c->all[place] = (struct kept){.reserved = 0};
}

void consents_read(const struct consents *c, struct who who, struct consent *out)
{
    size_t place = who_set_find(&c->set, who);

    *out = (struct consent){.of[0].stated = false};
    for (int i = 0; place != WHO_NOWHERE && i < PURPOSE_COUNT; i++) {
        uint8_t said = c->all[place].said[i];

        if ((said & STATED) != 0)
            out->of[i] =
                (struct statement){.stated = true,
                                   .allowed = (said & ALLOWED) != 0,
                                   .source = (enum consent_source)(said >> SOURCE_SHIFT),
                                   .time_ms = (int64_t)c->all[place].time_s[i] * MS_SECOND};
    }
}

void consent_join(struct consent *into, const struct consent *other)
{
    for (int i = 0; i < PURPOSE_COUNT; i++) {
        struct statement *a = &into->of[i];
        const struct statement *b = &other->of[i];

        if (b->stated &&
            (!a->stated || b->time_ms > a->time_ms || (b->time_ms == a->time_ms && !b->allowed)))
            *a = *b;
    }
}

bool consents_none(const struct consents *c)
{
    return c->set.count == 0;
}

bool consents_any_refused(const struct consents *c, enum purpose purpose)
{
    return c->refused[purpose];
}

void consents_save(const struct consents *c, struct checkpoint_writer *w)
{
    checkpoint_add(w, "consent.who", c->set.all, c->set.count * sizeof(*c->set.all));
    checkpoint_add(w, "consent.said", c->all, c->set.count * sizeof(*c->all));
}

static bool sound(const struct kept *kept)
{
    for (int i = 0; i < PURPOSE_COUNT; i++)
        if (kept->said[i] >> SOURCE_SHIFT >= CONSENT_SOURCES)
            return false;
    return true;
}

static enum status take(struct consents *c, const struct who *whos, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!who_set_add(&c->set, whos[i]) || !sound(&c->all[i]))
            return error_set(err, ERR_CORRUPT, "the checkpoint's consents do not fit this program");
        for (int k = 0; k < PURPOSE_COUNT; k++)
            c->refused[k] = c->refused[k] || (c->all[i].said[k] & (STATED | ALLOWED)) == STATED;
    }
    return OK;
}

enum status consents_load(struct consents *c, const struct checkpoint *from, struct error *err)
{
    void *whos = NULL, *all = NULL;
    size_t count, kept_count;
    enum status status =
        checkpoint_load(from, "consent.who", sizeof(struct who), &whos, &count, err);

    if (status == OK)
        status = checkpoint_load(from, "consent.said", sizeof(*c->all), &all, &kept_count, err);
    c->all = all;
    if (status == OK && count != kept_count)
        status = error_set(err, ERR_CORRUPT, "the checkpoint's consents do not fit each other");
    if (status == OK) {
        c->room = count;
        status = take(c, whos, count, err);
    }
    mem_free(whos);
    return status;
}
