/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/contact_circle.h"

#include "base/memory.h"

void circle_free(struct circle *c)
{
    who_set_free(&c->sure);
    who_set_free(&c->near);
}

struct who circle_who(const struct circle *c, enum identifier_kind kind, struct text id)
{
    return who_of(c->s->id_key, kind == IDENTIFIER_VISITOR ? WHO_ANONYMOUS : WHO_USER, id);
}

static void add(struct circle *c, enum identifier_kind kind, struct text id, bool sure)
{
    if (!identifier_blocked(id))
        (void)who_set_add(sure ? &c->sure : &c->near, circle_who(c, kind, id)); /* or there */
}

/* --- who is one person in the graph --- */

struct around {
    struct circle *circle;
    const struct identity_person *of;
    identifier_number at; /* whose links are looked at */
    bool sure;
};

/* An address that was named on this browser. */
static void add_address_of(void *context, const struct identity_link *link)
{
    const struct around *way = context;
    const struct identity *g = way->circle->s->identity;

    if (link->child == way->at && !link->parted &&
        identity_kind(g, link->anchor) == IDENTIFIER_EMAIL)
        add(way->circle, IDENTIFIER_EMAIL, identity_text(g, link->anchor), false);
}

/* A browser no other customer uses, or an address that may be another's by right. */
static void add_child_of(void *context, const struct identity_link *link)
{
    const struct around *way = context;
    const struct identity *g = way->circle->s->identity;

    if (link->parted)
        return;
    if (identity_kind(g, link->child) == IDENTIFIER_EMAIL) {
        add(way->circle, IDENTIFIER_EMAIL, identity_text(g, link->child), false);
        return;
    }
    if (identity_kind(g, link->child) != IDENTIFIER_VISITOR ||
        identity_lent(g, way->of, link->child))
        return;
    struct around inner = {.circle = way->circle, .of = way->of, .at = link->child};
    add(way->circle, IDENTIFIER_VISITOR, identity_text(g, link->child),
        way->sure && !identity_shared(g, way->of, link->child));
    identity_links(g, link->child, add_address_of, &inner);
}

static void gather(struct circle *c, enum identifier_kind kind, struct text id, int64_t time_ms,
                   bool sure)
{
    const struct identity *g = c->s->identity;
    identifier_number n = identifier_blocked(id) ? IDENTIFIER_NONE : identity_find(g, kind, id);
    struct identity_person of;

    if (n == IDENTIFIER_NONE) {
        add(c, kind, id, sure);
        return;
    }
    identity_person(g, n, time_ms, &of);
    bool shared = kind == IDENTIFIER_VISITOR && identity_shared(g, &of, n);
    struct around way = {.circle = c, .of = &of, .at = n, .sure = sure && !shared};
    add(c, kind, id, way.sure);
    if (kind == IDENTIFIER_VISITOR && !identity_lent(g, &of, n))
        identity_links(g, n, add_address_of, &way);
    for (int k = 0; k < IDENTIFIER_VISITOR; k++)
        for (uint32_t i = 0; i < of.kinds[k].count; i++) {
            way.at = person_of_kind(&of, (enum identifier_kind)k)[i];
            bool others = k != IDENTIFIER_CUSTOMER && identity_shared(g, &of, way.at);
            add(c, (enum identifier_kind)k, identity_text(g, way.at), way.sure && !others);
            identity_children(g, way.at, add_child_of, &way);
        }
}

/* The customer who alone logs in on a browser, whoever holds it: a no said there is heard for them. */
static void add_customer_of(void *context, const struct identity_link *link)
{
    const struct around *way = context;
    const struct identity *g = way->circle->s->identity;
    struct identity_person of;

    if (link->child != way->at || link->parted || identity_crowd(g, link->anchor) ||
        identity_kind(g, link->anchor) != IDENTIFIER_CUSTOMER)
        return;
    identity_person(g, link->anchor, INT64_MAX, &of);
    if (!identity_lent(g, &of, way->at))
        gather(way->circle, IDENTIFIER_CUSTOMER, identity_text(g, link->anchor), INT64_MAX, false);
}

static void gather_customer(struct circle *c, struct text browser)
{
    const struct identity *g = c->s->identity;
    struct around way = {.circle = c, .at = IDENTIFIER_NONE};

    if (!identifier_blocked(browser))
        way.at = identity_find(g, IDENTIFIER_VISITOR, browser);
    if (way.at != IDENTIFIER_NONE)
        identity_links(g, way.at, add_customer_of, &way);
}

/* An id that is an address is the address as well. */
static void gather_named(struct circle *c, enum identifier_kind kind, struct text id,
                         int64_t time_ms, bool sure)
{
    gather(c, kind, id, time_ms, sure);
    if (kind != IDENTIFIER_EMAIL && text_starts(id, "email:"))
        gather(c, IDENTIFIER_EMAIL, id, time_ms, sure);
}

/* The customer that stands for an identifier's person; IDENTIFIER_NONE: none. */
static identifier_number customer_of(const struct circle *c, enum identifier_kind kind,
                                     struct text id, int64_t time_ms)
{
    const struct identity *g = c->s->identity;
    identifier_number n = identifier_blocked(id) ? IDENTIFIER_NONE : identity_find(g, kind, id);
    struct identity_person of;

    if (n == IDENTIFIER_NONE)
        return IDENTIFIER_NONE;
    identity_person(g, n, time_ms, &of);
    return identity_kind(g, of.root) == IDENTIFIER_CUSTOMER ? of.root : IDENTIFIER_NONE;
}

void circle_add(struct circle *c, const struct text ids[IDENTIFIER_KINDS], int64_t time_ms)
{
    struct text customer = ids[IDENTIFIER_CUSTOMER], visitor = ids[IDENTIFIER_VISITOR];
    bool named = customer.size > 0;
    identifier_number speaker = named ? customer_of(c, IDENTIFIER_CUSTOMER, customer, time_ms)
                                      : customer_of(c, IDENTIFIER_VISITOR, visitor, time_ms);

    if (named)
        gather_named(c, IDENTIFIER_CUSTOMER, customer, time_ms, true);
    for (int k = IDENTIFIER_EMAIL; k < IDENTIFIER_KINDS; k++) {
        enum identifier_kind kind = (enum identifier_kind)k;
        if (ids[k].size == 0)
            continue;
        identifier_number whose = customer_of(c, kind, ids[k], time_ms);
        bool elsewhere =
            whose != IDENTIFIER_NONE && whose != speaker && (named || speaker != IDENTIFIER_NONE);
        if (kind == IDENTIFIER_VISITOR && named && elsewhere) {
            add(c, kind, ids[k], false); /* another's until now, and theirs from here on */
            continue;
        }
        if (kind != IDENTIFIER_VISITOR)
            add(c, kind, ids[k], true);
        gather_named(c, kind, ids[k], time_ms, !elsewhere);
        if (kind == IDENTIFIER_VISITOR)
            gather_customer(c, ids[k]);
    }
}

bool circle_parts(const struct circle *c, const struct identity_event *e)
{
    struct text customer = e->ids[IDENTIFIER_CUSTOMER];
    identifier_number holder =
        customer_of(c, IDENTIFIER_VISITOR, e->ids[IDENTIFIER_VISITOR], e->time_ms);

    return customer.size > 0 && holder != IDENTIFIER_NONE &&
           holder != customer_of(c, IDENTIFIER_CUSTOMER, customer, e->time_ms);
}

/* --- ties --- */

/* Sets of a union-find, each of which is a ring besides, so that all of one are listed. */
struct tie {
    uint32_t parent, next;
    uint32_t reached;    /* of a root: by which ties_reach last */
    bool named;          /* of a root: there is a customer */
    struct who customer; /* the one */
};

void ties_free(struct ties *t)
{
    who_set_free(&t->set);
    mem_free(t->all);
}

static uint32_t root_of(struct ties *t, uint32_t at)
{
    while (t->all[at].parent != at) {
        t->all[at].parent = t->all[t->all[at].parent].parent;
        at = t->all[at].parent;
    }
    return at;
}

static uint32_t place_of(struct ties *t, struct who who)
{
    if (who_set_add(&t->set, who)) {
        uint32_t at = (uint32_t)t->set.count - 1;
        t->all = mem_grow(t->all, &t->room, t->set.count, sizeof(*t->all));
        t->all[at] = (struct tie){.parent = at, .next = at};
    }
    return (uint32_t)who_set_find(&t->set, who);
}

static bool may_tie(const struct tie *root, const struct who *customer)
{
    return customer == NULL || !root->named || who_equal(root->customer, *customer);
}

void ties_join(struct ties *t, const struct circle *c, const struct who *customer)
{
    bool begun = false;
    uint32_t first = 0;

    for (size_t i = 0; i < c->sure.count; i++) {
        uint32_t at = root_of(t, place_of(t, c->sure.all[i]));
        struct tie *tie = &t->all[at];
        if (!may_tie(tie, customer))
            continue;
        if (!begun) {
            begun = true;
            first = at;
            if (customer != NULL) {
                tie->named = true;
                tie->customer = *customer;
            }
            continue;
        }
        first = root_of(t, first);
        if (at == first || (tie->named && t->all[first].named &&
                            !who_equal(tie->customer, t->all[first].customer)))
            continue;
        uint32_t next = tie->next;
        tie->next = t->all[first].next;
        t->all[first].next = next;
        if (tie->named) {
            t->all[first].named = true;
            t->all[first].customer = tie->customer;
        }
        tie->parent = first;
    }
}

void ties_reach(struct ties *t, struct circle *c, const struct who *customer)
{
    t->reaches++;
    for (size_t i = 0; i < c->sure.count; i++) {
        size_t place = who_set_find(&t->set, c->sure.all[i]);
        struct tie *root = place == WHO_NOWHERE ? NULL : &t->all[root_of(t, (uint32_t)place)];
        if (root == NULL || root->reached == t->reaches || !may_tie(root, customer))
            continue;
        root->reached = t->reaches; /* once around for all of one */
        for (uint32_t at = t->all[place].next; at != place; at = t->all[at].next)
            (void)who_set_add(&c->near, t->set.all[at]); /* or there */
    }
}

bool ties_parted(struct ties *t, struct who who, struct who customer, struct circle *out)
{
    size_t place = who_set_find(&t->set, who);

    if (place == WHO_NOWHERE || may_tie(&t->all[root_of(t, (uint32_t)place)], &customer))
        return false;
    uint32_t at = (uint32_t)place;
    do {
        (void)who_set_add(&out->sure, t->set.all[at]); /* or there */
        at = t->all[at].next;
    } while (at != place);
    return true;
}

/* --- what was said --- */

void verdict_take(struct verdict *v, const struct statement *said)
{
    struct statement *best = said->allowed ? &v->yes : &v->no;

    if (!best->stated || said->time_ms > best->time_ms)
        *best = *said;
}

void verdict_hear(struct verdict *v, const struct state *s, const struct consents *pending,
                  const struct who_set *whos, bool sure)
{
    struct consent said, now;

    for (size_t i = 0; i < whos->count; i++) {
        consents_read(s->consents, whos->all[i], &said);
        if (pending != NULL) {
            consents_read(pending, whos->all[i], &now);
            consent_join(&said, &now);
        }
        const struct statement *email = &said.of[PURPOSE_EMAIL];
        if (email->stated && (sure || !email->allowed))
            verdict_take(v, email);
    }
}

struct verdict circle_verdict(const struct circle *c, const struct consents *pending)
{
    struct verdict v = {.yes.stated = false};

    verdict_hear(&v, c->s, pending, &c->sure, true);
    verdict_hear(&v, c->s, pending, &c->near, false);
    return v;
}

bool verdict_allows(const struct verdict *v)
{
    return v->yes.stated && (!v->no.stated || v->yes.time_ms > v->no.time_ms);
}
