/* SPDX-License-Identifier: Apache-2.0 */
/* person: who belongs together, worked out from the links.
 *
 * Each identifier but a visitor chooses one of what it is linked to; a person is a root and all that chose
 * it, as far as the limits go, the first seen first. What the limits keep out is a root itself. All of it
 * looks at the set of links alone, never at the order in which they stand. */
#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "identity/graph.h"

enum { CLIMB_MAX = IDENTITY_CUSTOMERS_MAX + 2 };

static const uint32_t kind_max[IDENTIFIER_KINDS] = {IDENTITY_CUSTOMERS_MAX, IDENTITY_EMAILS_MAX,
                                                    IDENTITY_PHONES_MAX, IDENTITY_VISITORS_MAX};

static bool usable(const struct identity *g, identifier_number n)
{
    return n != IDENTIFIER_NONE && (g->nodes[n].marks & (NODE_BLOCKED | NODE_FORGOTTEN)) == 0;
}

/* When the two were first seen together, or joined by hand. */
static uint32_t begun_s(const struct link *l)
{
    return l->first_s != 0 ? l->first_s : l->join_s;
}

static uint32_t ended_s(const struct link *l)
{
    return l->last_s != 0 ? l->last_s : l->join_s;
}

static bool parted_by(uint32_t order_s, const struct link *l)
{
    return order_s >= begun_s(l) && order_s > l->join_s;
}

bool link_parted(const struct identity *g, const struct link *l)
{
    return !usable(g, l->child) || !usable(g, l->anchor) ||
           parted_by(g->nodes[l->child].split_s, l) || parted_by(g->nodes[l->anchor].dissolve_s, l);
}

bool link_dissolved(const struct identity *g, const struct link *l)
{
    return l->anchor != IDENTIFIER_NONE && g->nodes[l->anchor].kind == IDENTIFIER_CUSTOMER &&
           parted_by(g->nodes[l->anchor].dissolve_s, l);
}

/* --- choosing --- */

/* Joined by hand comes first, the last such; then the higher kind, the one seen first, the lower hash. */
static bool better(const struct identity *g, const struct link *a, const struct link *b)
{
    const struct node *x = &g->nodes[a->anchor], *y = &g->nodes[b->anchor];

    if (a->join_s != b->join_s)
        return a->join_s > b->join_s;
    if (x->kind != y->kind)
        return x->kind < y->kind;
    return a->first_s != b->first_s ? a->first_s < b->first_s : x->hash < y->hash;
}

/* The link that `n`, which is no visitor, goes by; NULL: it stands for itself. */
static const struct link *link_chosen(const struct identity *g, identifier_number n)
{
    const struct link *best = NULL;

    if (!usable(g, n))
        return NULL;
    for (uint32_t at = g->nodes[n].links; at != LINK_NONE; at = g->links[at].next_of_child) {
        const struct link *l = &g->links[at];
        if (!link_parted(g, l) && (best == NULL || better(g, l, best)))
            best = l;
    }
    return best;
}

/* --- devices --- */

/* Later, and of two in one second the one with the higher hash; so that order does not tell. */
static bool later(const struct identity *g, const struct link *a, uint32_t a_s,
                  const struct link *b, uint32_t b_s)
{
    return a_s != b_s ? a_s > b_s : g->nodes[a->anchor].hash > g->nodes[b->anchor].hash;
}

const struct link *link_holding(const struct identity *g, identifier_number visitor,
                                uint32_t time_s)
{
    const struct link *last = NULL, *first = NULL;
    uint32_t last_s = 0, holders = 0;

    if (!usable(g, visitor))
        return NULL;
    uint32_t released_s = g->nodes[visitor].dissolve_s <= time_s ? g->nodes[visitor].dissolve_s : 0;
    for (uint32_t at = g->nodes[visitor].links; at != LINK_NONE; at = g->links[at].next_of_child) {
        const struct link *l = &g->links[at];
        if (l->anchor == IDENTIFIER_NONE)
            continue;
        uint32_t told_s = ended_s(l) <= time_s ? ended_s(l) : begun_s(l);
        if (told_s <= time_s && told_s > released_s &&
            (last == NULL || later(g, l, told_s, last, last_s))) {
            last = l;
            last_s = told_s;
        }
        if (begun_s(l) > time_s &&
            (first == NULL || later(g, first, begun_s(first), l, begun_s(l))))
            first = l;
        holders += !link_parted(g, l);
    }
    if (last == NULL && first != NULL &&
        (holders < 2 || begun_s(first) - time_s < IDENTITY_SHARED_GAP_S))
        last = first;
    return last == NULL || link_parted(g, last) ? NULL : last;
}

/* --- gathering --- */

const identifier_number *person_of_kind(const struct identity_person *p, enum identifier_kind kind)
{
    switch (kind) {
    case IDENTIFIER_CUSTOMER: return p->customers;
    case IDENTIFIER_EMAIL: return p->emails;
    case IDENTIFIER_PHONE: return p->phones;
    case IDENTIFIER_VISITOR: return p->visitors;
    case IDENTIFIER_KINDS: break;
    }
    return NULL;
}

static identifier_number *of_kind(struct identity_person *p, int kind)
{
    identifier_number *const lists[] = {p->customers, p->emails, p->phones, p->visitors};

    return lists[kind];
}

static bool is_of(const struct identity *g, const struct identity_person *p, identifier_number n)
{
    int kind = n == IDENTIFIER_NONE ? 0 : g->nodes[n].kind;
    const identifier_number *list = person_of_kind(p, (enum identifier_kind)kind);

    for (uint32_t i = 0; n != IDENTIFIER_NONE && i < p->kinds[kind].count; i++)
        if (list[i] == n)
            return true;
    return false;
}

/* A person on the way, with the second at which each was first seen. */
struct gathering {
    const struct identity *g;
    struct identity_person *person;
    uint32_t since[IDENTITY_VISITORS_MAX]; /* of the kind being gathered */
};

static bool before(const struct identity *g, identifier_number a, uint32_t a_s, identifier_number b,
                   uint32_t b_s)
{
    return a_s != b_s ? a_s < b_s : g->nodes[a].hash < g->nodes[b].hash;
}

/* Into its place; the last one goes when there are too many. */
static void gather_one(struct gathering *way, int kind, identifier_number n, uint32_t since_s)
{
    struct identity_members *k = &way->person->kinds[kind];
    identifier_number *list = of_kind(way->person, kind);
    uint32_t at = 0;

    while (at < k->count && list[at] != n)
        at++;
    if (at < k->count) { /* by another link already */
        if (way->since[at] <= since_s)
            return;
    } else if (k->count < kind_max[kind]) {
        k->count++;
    } else {
        k->beyond++;
        at = k->count - 1;
        if (!before(way->g, n, since_s, list[at], way->since[at]))
            return;
    }
    for (; at > 0 && before(way->g, n, since_s, list[at - 1], way->since[at - 1]); at--) {
        list[at] = list[at - 1];
        way->since[at] = way->since[at - 1];
    }
    list[at] = n;
    way->since[at] = since_s;
}

/* What is linked to `anchor` and of that kind. */
static void gather_of(struct gathering *way, identifier_number anchor, int kind)
{
    const struct identity *g = way->g;
    const struct node *node = &g->nodes[anchor];

    if (node->child_count > IDENTITY_CHILDREN_MAX) {
        way->person->too_many = true;
        return;
    }
    for (uint32_t at = node->children; at != LINK_NONE; at = g->links[at].next_of_anchor) {
        const struct link *l = &g->links[at];
        if (l->child == IDENTIFIER_NONE || g->nodes[l->child].kind != kind || link_parted(g, l))
            continue;
        if (kind == IDENTIFIER_VISITOR || link_chosen(g, l->child) == l)
            gather_one(way, kind, l->child,
                       kind == IDENTIFIER_CUSTOMER ? way->person->kinds[kind].count : begun_s(l));
    }
}

static void gather(const struct identity *g, identifier_number root, struct identity_person *p)
{
    struct gathering way = {.g = g, .person = p};
    int of = g->nodes[root].kind;

    memset(p, 0, sizeof(*p));
    p->root = root;
    gather_one(&way, of, root, 0);
    if (!usable(g, root))
        return;
    for (uint32_t i = 0; of == IDENTIFIER_CUSTOMER && i < p->kinds[of].count; i++)
        gather_of(&way, p->customers[i],
                  IDENTIFIER_CUSTOMER); /* they come behind those there are */
    for (int kind = of == IDENTIFIER_CUSTOMER ? IDENTIFIER_EMAIL : of + 1; kind < IDENTIFIER_KINDS;
         kind++)
        for (int above = of; above < kind; above++)
            for (uint32_t i = 0; i < p->kinds[above].count; i++)
                gather_of(&way, of_kind(p, above)[i], kind);
}

identifier_number identifier_root(const struct identity *g, identifier_number n)
{
    const struct link *l = link_chosen(g, n);

    for (uint32_t depth = 0;
         l != NULL && depth < CLIMB_MAX && g->nodes[l->anchor].child_count <= IDENTITY_CHILDREN_MAX;
         depth++) {
        n = l->anchor;
        l = link_chosen(g, n);
    }
    return n;
}

/* Up to the root, then down again: whoever a limit keeps out is a root, and those below it are its own. */
static void person_of(const struct identity *g, identifier_number n, struct identity_person *out)
{
    identifier_number path[CLIMB_MAX];
    uint32_t depth = 0;

    path[depth++] = n;
    for (const struct link *l = link_chosen(g, n); l != NULL && depth < CLIMB_MAX;
         l = link_chosen(g, l->anchor))
        path[depth++] = l->anchor;
    gather(g, path[depth - 1], out);
    while (depth-- > 0)
        if (!is_of(g, out, path[depth]))
            gather(g, path[depth], out);
}

void identity_person(const struct identity *g, identifier_number n, int64_t now_ms,
                     struct identity_person *out)
{
    assert(n < g->count);
    if (g->nodes[n].kind != IDENTIFIER_VISITOR) {
        person_of(g, n, out);
        return;
    }
    const struct link *l = link_holding(g, n, identity_seconds(now_ms));
    if (l != NULL)
        person_of(g, l->anchor, out);
    if (l == NULL || !is_of(g, out, n))
        gather(g, n, out);
}

/* --- a person on a device --- */

/* Whether it hangs on somebody else too, whose identifier is of a kind up to `lowest`. */
static bool has_other(const struct identity *g, const struct identity_person *p,
                      identifier_number visitor, enum identifier_kind lowest)
{
    for (uint32_t at = g->nodes[visitor].links; at != LINK_NONE; at = g->links[at].next_of_child) {
        const struct link *l = &g->links[at];
        if (!link_parted(g, l) && !is_of(g, p, l->anchor) &&
            (l->anchor == IDENTIFIER_NONE || g->nodes[l->anchor].kind <= lowest))
            return true;
    }
    return false;
}

bool identity_shared(const struct identity *g, const struct identity_person *p,
                     identifier_number visitor)
{
    return has_other(g, p, visitor, IDENTIFIER_KINDS);
}

bool identity_lent(const struct identity *g, const struct identity_person *p,
                   identifier_number visitor)
{
    return has_other(g, p, visitor, IDENTIFIER_CUSTOMER);
}

/* When somebody else logged in there who came after `mine` was last seen, or it was released: what follows is
 * not theirs. */
static int64_t left_ms(const struct identity *g, const struct identity_person *p,
                       const struct link *mine)
{
    uint32_t released_s = g->nodes[mine->child].dissolve_s;
    uint32_t left_s = released_s > ended_s(mine) ? released_s : UINT32_MAX;

    for (uint32_t at = g->nodes[mine->child].links; at != LINK_NONE;
         at = g->links[at].next_of_child) {
        const struct link *l = &g->links[at];
        if (l->anchor != IDENTIFIER_NONE && !is_of(g, p, l->anchor) && begun_s(l) > ended_s(mine) &&
            begun_s(l) < left_s)
            left_s = begun_s(l);
    }
    return left_s == UINT32_MAX ? INT64_MAX : (int64_t)left_s * 1000;
}

int64_t identity_released_ms(const struct identity *g, identifier_number visitor)
{
    uint32_t released_s = g->nodes[visitor].dissolve_s;

    return released_s == 0 || link_holding(g, visitor, UINT32_MAX) != NULL
               ? INT64_MIN
               : (int64_t)released_s * 1000;
}

size_t identity_records(const struct identity *g, const struct identity_person *p,
                        identifier_number visitor, struct identity_record out[IDENTITY_ANCHORS_MAX])
{
    bool shared = identity_shared(g, p, visitor);
    size_t count = 0;

    for (uint32_t at = g->nodes[visitor].links; at != LINK_NONE; at = g->links[at].next_of_child) {
        const struct link *l = &g->links[at];
        if (link_parted(g, l) || !is_of(g, p, l->anchor))
            continue;
        uint64_t file = link_file(g, l);
        int64_t before_ms = ((int64_t)begun_s(l) - IDENTITY_SHARED_GAP_S) * 1000;
        out[count++] =
            (struct identity_record){.file = file,
                                     .from_ms = file == 0 && shared ? before_ms : INT64_MIN,
                                     .until_ms = left_ms(g, p, l),
                                     .last_ms = (int64_t)ended_s(l) * 1000};
    }
    return count;
}

/* --- telling --- */

static void tell(const struct identity *g, const struct link *l,
                 void (*each)(void *context, const struct identity_link *link), void *context)
{
    if (l->child == IDENTIFIER_NONE || l->anchor == IDENTIFIER_NONE)
        return;
    struct identity_link told = {.child = l->child,
                                 .anchor = l->anchor,
                                 .first_ms = (int64_t)begun_s(l) * 1000,
                                 .last_ms = (int64_t)ended_s(l) * 1000,
                                 .events = l->events,
                                 .by_hand_ms = (int64_t)l->join_s * 1000,
                                 .parted = link_parted(g, l),
                                 .blocked = identity_blocked(g, l->child) ||
                                            identity_blocked(g, l->anchor),
                                 .file = link_file(g, l)};
    each(context, &told);
}

static void tell_children(const struct identity *g, identifier_number n,
                          void (*each)(void *context, const struct identity_link *link),
                          void *context)
{
    for (uint32_t at = g->nodes[n].children; at != LINK_NONE; at = g->links[at].next_of_anchor)
        tell(g, &g->links[at], each, context);
}

void identity_links(const struct identity *g, identifier_number n,
                    void (*each)(void *context, const struct identity_link *link), void *context)
{
    for (uint32_t at = g->nodes[n].links; at != LINK_NONE; at = g->links[at].next_of_child)
        tell(g, &g->links[at], each, context);
    tell_children(g, n, each, context);
}

bool identity_crowd(const struct identity *g, identifier_number n)
{
    return g->nodes[n].child_count > IDENTITY_CHILDREN_MAX;
}

void identity_children(const struct identity *g, identifier_number n,
                       void (*each)(void *context, const struct identity_link *link), void *context)
{
    if (!identity_crowd(g, n))
        tell_children(g, n, each, context);
}

void identity_alarms(const struct identity *g, void (*each)(void *context, identifier_number n),
                     void *context)
{
    struct identity_person p;

    for (identifier_number n = 0; n < g->count; n++) {
        const struct node *node = &g->nodes[n];
        bool alarm = (node->marks & NODE_BLOCKED) != 0;
        if (!alarm && node->child_count > IDENTITY_EMAILS_MAX) {
            person_of(g, n, &p);
            alarm = p.too_many;
            for (int kind = 0; kind < IDENTIFIER_KINDS && !alarm; kind++)
                alarm = p.kinds[kind].beyond > 0;
            alarm = alarm && p.root == n; /* told once a person */
        }
        if (alarm)
            each(context, n);
    }
}

static uint64_t mixed(uint64_t a, uint64_t b)
{
    return hash_u64(a * 31 + hash_u64(b));
}

/* Sums of hashes of what each identifier and link says: no order shows. */
uint64_t identity_digest(const struct identity *g)
{
    uint64_t sum = 0;
    struct identity_person p;

    for (identifier_number n = 0; n < g->count; n++) {
        if ((g->nodes[n].marks & NODE_FORGOTTEN) != 0)
            continue;
        identity_person(g, n, INT64_MAX, &p);
        bool blocked = (g->nodes[n].marks & NODE_BLOCKED) != 0;
        sum += mixed(g->nodes[n].hash, blocked ? 1 : g->nodes[p.root].hash);
    }
    for (uint32_t i = 0; i < g->link_count; i++) {
        const struct link *l = &g->links[i];
        if (l->child == IDENTIFIER_NONE || l->anchor == IDENTIFIER_NONE ||
            (g->nodes[l->child].marks & NODE_BLOCKED) != 0)
            continue;
        uint64_t pair = mixed(g->nodes[l->child].hash, g->nodes[l->anchor].hash);
        uint64_t seen =
            mixed((uint64_t)l->first_s << 32 | l->last_s, (uint64_t)l->join_s << 32 | l->events);
        sum += mixed(pair, seen + link_parted(g, l));
    }
    return sum;
}
