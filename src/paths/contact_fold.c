/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/contact_fold.h"

#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/time.h"
#include "consent/contacts.h"
#include "ingest/person.h"
#include "journal/event.h"
#include "paths/consent_fold.h"
#include "paths/contact_circle.h"
#include "paths/recorder.h"

/* One transaction. What it brings is not in the state yet. */
struct following {
    const struct state *state;
    struct who_set *listed; /* all that have rows are among them */
    struct contacts *table;
    struct consents *said; /* its statements */
    struct ties ties;      /* its links */
    struct who_set erased; /* its erasures */
    bool by_default;       /* what the program says of e-mail */
    const struct contact_offer *offers;
    size_t offer_count;
    struct arena arena; /* of the record at hand */
};

static void following_end(struct following *f)
{
    contacts_close(&f->table);
    consents_free(f->said);
    ties_free(&f->ties);
    who_set_free(&f->erased);
    arena_free(&f->arena);
}

/* --- what follows for the rows there are --- */

static enum status refuse_set(struct following *f, const struct who_set *whos, int64_t until_ms,
                              struct error *err)
{
    for (size_t i = 0; i < whos->count; i++)
        if (who_set_has(f->listed, whos->all[i]) &&
            contacts_refuse(f->table, whos->all[i], until_ms, NULL, err) != OK)
            return err->status;
    return OK;
}

static enum status refuse_default_set(struct following *f, const struct who_set *whos,
                                      struct error *err)
{
    for (size_t i = 0; i < whos->count; i++)
        if (who_set_has(f->listed, whos->all[i]) &&
            contacts_refuse_default(f->table, whos->all[i], err) != OK)
            return err->status;
    return OK;
}

/* `heard_ms`: when the yes was received. */
static enum status obey(struct following *f, const struct circle *c, const struct verdict *v,
                        int64_t heard_ms, struct error *err)
{
    if (v->no.stated && (refuse_set(f, &c->sure, v->no.time_ms, err) != OK ||
                         refuse_set(f, &c->near, v->no.time_ms, err) != OK))
        return err->status;
    for (size_t i = 0; verdict_allows(v) && i < c->sure.count; i++)
        if (who_set_has(f->listed, c->sure.all[i]) &&
            contacts_confirm(f->table, c->sure.all[i], &v->yes, heard_ms, err) != OK)
            return err->status;
    return OK;
}

/* --- a row more --- */

struct rows_of_person {
    uint8_t hashes[CONTACTS_OF_PERSON_MAX][CONTACT_HASH];
    size_t count;
    const uint8_t *but; /* this one does not count */
};

static void count_row(void *context, const struct contact *row)
{
    struct rows_of_person *rows = context;

    if (memcmp(row->hash, rows->but, CONTACT_HASH) == 0)
        return;
    for (size_t i = 0; i < rows->count; i++)
        if (memcmp(row->hash, rows->hashes[i], CONTACT_HASH) == 0)
            return;
    if (rows->count < CONTACTS_OF_PERSON_MAX)
        memcpy(rows->hashes[rows->count++], row->hash, CONTACT_HASH);
}

static enum status has_room(struct following *f, const struct circle *c, const struct contact *row,
                            bool *room, struct error *err)
{
    struct rows_of_person rows = {.but = row->hash};

    for (size_t i = 0; i < c->sure.count; i++)
        if (who_set_has(f->listed, c->sure.all[i]) &&
            contacts_each(f->table, c->sure.all[i], count_row, &rows, err) != OK)
            return err->status;
    *room = rows.count < CONTACTS_OF_PERSON_MAX;
    return OK;
}

/* Erased in this transaction; or the address was before, and nothing was said since. */
static bool is_erased(const struct following *f, const struct circle *c, const struct contact *row)
{
    int64_t erased_ms = erasures_time(f->state->erasures, row->who);

    for (size_t i = 0; i < c->sure.count; i++)
        if (who_set_has(&f->erased, c->sure.all[i]))
            return true;
    return erased_ms > 0 && (!row->consent.stated || row->consent.time_ms <= erased_ms);
}

/* An address with whom it was named, and what they say. */
struct giving {
    const struct circle *circle;
    struct verdict verdict;
    bool silent_no; /* Sec-GPC: without a word it is no */
    struct text ids[IDENTIFIER_KINDS];
    struct text address, locale;
    int64_t now_ms, heard_ms; /* when the yes was received */
};

/* An address that may not stand is told by `*outcome`. */
static enum status keep(struct following *f, const struct giving *g, enum contact_outcome *outcome,
                        struct error *err)
{
    const struct verdict *v = &g->verdict;
    const struct circle *c = g->circle;
    struct contact row = {.address = g->address, .locale = g->locale, .consent = v->yes};
    bool room = false, allowed = verdict_allows(v) || (!v->yes.stated && !v->no.stated &&
                                                       f->by_default && !g->silent_no);

    *outcome = CONTACT_NO_CONSENT;
    if (!allowed || !person_email_bytes(g->ids[IDENTIFIER_EMAIL], row.hash))
        return OK;
    row.kept_ms = row.consent.stated ? g->heard_ms : g->now_ms;
    row.who = row.owner = circle_who(c, IDENTIFIER_EMAIL, g->ids[IDENTIFIER_EMAIL]);
    if (!identifier_blocked(g->ids[IDENTIFIER_VISITOR]))
        row.owner = circle_who(c, IDENTIFIER_VISITOR, g->ids[IDENTIFIER_VISITOR]);
    if (!identifier_blocked(g->ids[IDENTIFIER_CUSTOMER]))
        row.owner = circle_who(c, IDENTIFIER_CUSTOMER, g->ids[IDENTIFIER_CUSTOMER]);
    if (is_erased(f, c, &row))
        return OK;
    if (has_room(f, c, &row, &room, err) != OK)
        return err->status;
    *outcome = room ? CONTACT_KEPT : CONTACT_TOO_MANY;
    if (!room)
        return OK;
    (void)who_set_add(f->listed, row.who);   /* or there */
    (void)who_set_add(f->listed, row.owner); /* or there */
    return contacts_put(f->table, &row, err);
}

/* --- rows whose person parts --- */

struct rows {
    struct arena *arena;
    struct contact *all;
    size_t count, room;
};

static void copy_row(void *context, const struct contact *row)
{
    struct rows *rows = context;

    rows->all = mem_grow(rows->all, &rows->room, rows->count + 1, sizeof(*rows->all));
    rows->all[rows->count] = *row;
    rows->all[rows->count].address = arena_text(rows->arena, row->address);
    rows->all[rows->count++].locale = (struct text){0}; /* contacts_put leaves what is there */
}

/* The row stands on what `left` of its person said, or its address, or not at all. `left` NULL: whom it
 * was given under. */
static enum status stand_on(struct following *f, struct contact *row, const struct who_set *left,
                            struct error *err)
{
    struct who_set own = {.count = 0};
    struct verdict v = {.yes.stated = false};

    if (!row->consent.stated)
        return OK;
    (void)who_set_add(&own, row->who);
    if (left == NULL)
        (void)who_set_add(&own, row->owner); /* or the same */
    else
        verdict_hear(&v, f->state, f->said, left, true);
    verdict_hear(&v, f->state, f->said, &own, true);
    who_set_free(&own);
    if (!verdict_allows(&v))
        return contacts_refuse(f->table, row->who, INT64_MAX, NULL, err);
    row->consent = v.yes;
    return contacts_put(f->table, row, err);
}

static enum status part(struct following *f, const struct circle *c, const struct who_set *left,
                        struct error *err)
{
    struct rows rows = {.arena = &f->arena};
    const struct who_set *sets[] = {&c->sure, &c->near};
    enum status status = OK;

    for (size_t k = 0; k < COUNT(sets); k++)
        for (size_t i = 0; i < sets[k]->count && status == OK; i++)
            if (who_set_has(f->listed, sets[k]->all[i]))
                status = contacts_each(f->table, sets[k]->all[i], copy_row, &rows, err);
    for (size_t i = 0; i < rows.count && status == OK; i++)
        status = stand_on(f, &rows.all[i], left, err);
    mem_free(rows.all);
    return status;
}

/* Another customer logs in on a browser: what was allowed there may have been their word, and holds for
 * the first one no longer. */
static enum status part_browser(struct following *f, const struct identity_event *e,
                                struct error *err)
{
    SCOPED(circle_free) struct circle before = {.s = f->state};
    const struct text ids[IDENTIFIER_KINDS] = {[IDENTIFIER_VISITOR] = e->ids[IDENTIFIER_VISITOR]};
    struct text customer = e->ids[IDENTIFIER_CUSTOMER], visitor = e->ids[IDENTIFIER_VISITOR];
    struct who_set left = {.count = 0};

    if (visitor.size == 0 || customer.size == 0)
        return OK;
    struct who browser = circle_who(&before, IDENTIFIER_VISITOR, visitor);
    if (circle_parts(&before, e))
        circle_add(&before, ids, e->time_ms);
    else if (!ties_parted(&f->ties, browser, circle_who(&before, IDENTIFIER_CUSTOMER, customer),
                          &before))
        return OK;
    for (size_t i = 0; i < before.sure.count; i++)
        if (!who_equal(before.sure.all[i], browser))
            (void)who_set_add(&left, before.sure.all[i]); /* it was not there */
    enum status status = who_set_has(&before.sure, browser) ? part(f, &before, &left, err) : OK;
    who_set_free(&left);
    return status;
}

/* --- events --- */

/* Whether it names two together that were not seen so before. */
static bool links_anew(const struct state *s, const struct identity_event *e)
{
    int top = 0;

    if (!e->links)
        return false;
    while (e->ids[top].size == 0)
        top++;
    identifier_number anchor = identity_find(s->identity, (enum identifier_kind)top, e->ids[top]);
    for (int k = top + 1; k < IDENTIFIER_KINDS; k++) {
        if (e->ids[k].size == 0)
            continue;
        identifier_number child = identity_find(s->identity, (enum identifier_kind)k, e->ids[k]);
        if (anchor == IDENTIFIER_NONE || child == IDENTIFIER_NONE ||
            !identity_linked(s->identity, child, anchor))
            return true;
    }
    return false;
}

static void make_ties(struct following *f, struct circle *c, struct text customer, bool fresh)
{
    struct who who;
    const struct who *named = NULL;

    if (customer.size > 0) {
        who = circle_who(c, IDENTIFIER_CUSTOMER, customer);
        named = &who;
    }
    if (fresh)
        ties_join(&f->ties, c, named);
    ties_reach(&f->ties, c, named);
}

/* What an event says itself counts, whatever its identifiers are worth. */
static void hear_event(struct verdict *v, const struct consent_record *said)
{
    struct statement own = {true, said->allowed[PURPOSE_EMAIL] == 1, said->source,
                            said->time_ms / MS_SECOND * MS_SECOND};

    verdict_take(v, &own);
}

static enum status weigh_event(struct following *f, const struct record *r, const struct event *e,
                               const struct contact_offer *offer, struct error *err)
{
    SCOPED(circle_free) struct circle c = {.s = f->state};
    struct consent_record said;
    struct identity_event ids;
    enum contact_outcome ignored; /* there is nobody to tell */
    const struct text none = {0};

    identity_event_of(e, &ids);
    bool speaks = consent_record_of_event(e, &said) && said.allowed[PURPOSE_EMAIL] >= 0;
    bool gpc = (e->flags & EVENT_GPC) != 0, fresh = links_anew(f->state, &ids);
    if (speaks)
        consent_fold_said(f->said, f->state, &said);
    if (!speaks && !gpc && !fresh && offer == NULL)
        return OK;
    if (fresh && part_browser(f, &ids, err) != OK)
        return err->status;
    circle_add(&c, ids.ids, e->time_ms);
    make_ties(f, &c, ids.ids[IDENTIFIER_CUSTOMER], fresh);
    struct verdict v = circle_verdict(&c, f->said);
    if (speaks)
        hear_event(&v, &said);
    int64_t heard_ms = speaks ? r->time_ms : v.yes.time_ms;
    if (obey(f, &c, &v, heard_ms, err) != OK)
        return err->status;
    if (gpc &&
        (refuse_default_set(f, &c.sure, err) != OK || refuse_default_set(f, &c.near, err) != OK))
        return err->status;
    if (offer == NULL)
        return OK;
    struct giving g = {.circle = &c,
                       .verdict = v,
                       .silent_no = gpc,
                       .address = offer->address,
                       .locale = contact_locale_valid(e->locale) ? e->locale : none,
                       .now_ms = r->time_ms,
                       .heard_ms = heard_ms};
    memcpy(g.ids, ids.ids, sizeof(g.ids));
    return keep(f, &g, &ignored, err);
}

static enum status follow_event(struct following *f, const struct record *r, struct error *err)
{
    struct event_head h = event_head(r->body);
    const struct contact_offer *offer = NULL;
    struct error why = {0}; /* what cannot be read says nothing, as in the state */
    struct event e;

    if (f->offer_count > 0 && position_compare(f->offers->position, r->position) == 0) {
        offer = f->offers++;
        f->offer_count--;
    }
    if (offer == NULL && h.type != EVENT_unsubscribe &&
        (h.flags & (EVENT_CONSENT_STATED | EVENT_GPC | EVENT_VERIFIED)) == 0 &&
        (h.anonymous_id.size == 0 || h.user_id.size == 0))
        return OK; /* says nothing, and links nothing */
    arena_reset(&f->arena);
    if (event_decode(r->body, &f->arena, &e, &why) != OK)
        return OK;
    return weigh_event(f, r, &e, offer, err);
}

/* --- other records --- */

static enum status follow_statement(struct following *f, const struct record *r, struct error *err)
{
    SCOPED(circle_free) struct circle c = {.s = f->state};
    struct consent_record said;
    struct error why = {0}; /* what cannot be read says nothing, as in the state */

    if (consent_record_decode(r->body, &said, &why) != OK || said.allowed[PURPOSE_EMAIL] < 0)
        return OK;
    consent_fold_said(f->said, f->state, &said);
    const struct text ids[IDENTIFIER_KINDS] = {
        [IDENTIFIER_CUSTOMER] = said.user_id, [IDENTIFIER_VISITOR] = said.anonymous_id};
    circle_add(&c, ids, r->time_ms);
    make_ties(f, &c, said.user_id, false);
    struct verdict v = circle_verdict(&c, f->said);
    return obey(f, &c, &v, r->time_ms, err);
}

static enum status follow_order(struct following *f, const struct record *r, struct error *err)
{
    SCOPED(circle_free) struct circle c = {.s = f->state};
    struct identity_order order;
    struct error why = {0}; /* what cannot be read says nothing, as in the state */

    if (identity_order_decode(r->body, &order, &why) != OK)
        return OK;
    arena_reset(&f->arena);
    struct text ids[IDENTIFIER_KINDS] = {{0}};
    ids[order.kind] = order.id;
    circle_add(&c, ids, r->time_ms);
    if (order.verb != IDENTITY_JOIN)
        return part(f, &c, NULL, err);
    struct text others[IDENTIFIER_KINDS] = {{0}};
    others[order.other_kind] = order.other;
    circle_add(&c, others, r->time_ms);
    make_ties(f, &c, (struct text){0}, true);
    struct verdict v = circle_verdict(&c, f->said);
    return obey(f, &c, &v, v.yes.time_ms, err);
}

/* One that does not compile leaves the program as it is, as in the state. */
static enum status follow_program(struct following *f, const struct record *r, struct error *err)
{
    struct program *p = NULL;
    struct error why = {0};

    if (program_of_record(r->body, r->time_ms, &p, &why) == OK)
        f->by_default = p->consent_email;
    program_free(p);
    return f->by_default ? OK : contacts_refuse_defaults(f->table, err);
}

static enum status follow_erasure(struct following *f, const struct record *r, struct error *err)
{
    int64_t erased_ms;
    size_t count = erasure_decode(r->body, NULL, 0, &erased_ms);
    struct who *whos = mem_new(count + 1, sizeof(*whos));

    (void)erasure_decode(r->body, whos, count, &erased_ms); /* as many as counted */
    enum status status = OK;
    for (size_t i = 0; i < count && status == OK; i++) {
        (void)who_set_add(&f->erased, whos[i]); /* or there */
        status = contacts_refuse(f->table, whos[i], INT64_MAX, NULL, err);
    }
    mem_free(whos);
    return status;
}

static enum status follow_record(struct following *f, const struct record *r, struct error *err)
{
    switch (r->kind) {
    case RECORD_EVENT: return follow_event(f, r, err);
    case RECORD_CONSENT: return follow_statement(f, r, err);
    case RECORD_IDENTITY: return follow_order(f, r, err);
    case RECORD_PROGRAM: return follow_program(f, r, err);
    case RECORD_ERASURE: return follow_erasure(f, r, err);
    default: return OK; /* says nothing of whom one may write to */
    }
}

static enum status follow_request(struct following *f, struct contact_request *q, struct error *err)
{
    SCOPED(circle_free) struct circle c = {.s = f->state};
    struct giving g = {.circle = &c,
                       .ids = {[IDENTIFIER_CUSTOMER] = q->user_id,
                               [IDENTIFIER_EMAIL] = q->hash,
                               [IDENTIFIER_VISITOR] = q->anonymous_id},
                       .address = q->address,
                       .locale = q->locale,
                       .now_ms = q->now_ms};

    circle_add(&c, g.ids, q->now_ms);
    make_ties(f, &c, q->user_id, false);
    g.verdict = circle_verdict(&c, f->said);
    g.heard_ms = g.verdict.yes.time_ms;
    return keep(f, &g, &q->outcome, err);
}

enum status contacts_list(struct shop *shop, struct error *err)
{
    SCOPED(contacts_close) struct contacts *table = contacts_new(shop->store);

    return contacts_whos(table, &shop->recorder->listed, err);
}

enum status contacts_follow(void *context, struct store *store, const struct record *records,
                            size_t count, struct error *err)
{
    struct shop *shop = context;
    struct recorder *recorder = shop->recorder;
    SCOPED(following_end)
    struct following f = {
        .state = shop->state,
        .listed = &recorder->listed,
        .by_default = shop->state->program->consent_email,
        .offers = recorder->offers,
        .offer_count = recorder->offer_count,
    };

    if (f.offer_count == 0 && recorder->requests == NULL && f.listed->count == 0)
        return OK;
    f.table = contacts_new(store);
    f.said = consents_new();
    for (size_t i = 0; i < count; i++)
        if (follow_record(&f, &records[i], err) != OK)
            return error_wrap(err, "keeping contacts");
    for (struct contact_request *q = recorder->requests; q != NULL; q = q->next)
        if (follow_request(&f, q, err) != OK)
            return error_wrap(err, "keeping contacts");
    return OK;
}
