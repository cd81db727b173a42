/* SPDX-License-Identifier: Apache-2.0 */
/* orders: what is said by hand, as records of the journal. */
#include "identity/graph.h"

enum {
    FIELD_VERB = 1,
    FIELD_KIND,
    FIELD_ID,
    FIELD_OTHER_KIND,
    FIELD_OTHER,
    FIELD_AUTHOR,
    FIELD_REASON
};

void identity_order_encode(const struct identity_order *order, struct buffer *out)
{
    put_i64(out, FIELD_VERB, order->verb);
    put_i64(out, FIELD_KIND, order->kind);
    put_text(out, FIELD_ID, order->id);
    if (order->verb == IDENTITY_JOIN) {
        put_i64(out, FIELD_OTHER_KIND, order->other_kind);
        put_text(out, FIELD_OTHER, order->other);
    }
    put_text(out, FIELD_AUTHOR, order->author);
    put_text(out, FIELD_REASON, order->reason);
}

static bool sound(const struct identity_order *o, int64_t kind, int64_t other_kind)
{
    bool join = o->verb == IDENTITY_JOIN;

    if (o->verb < IDENTITY_SPLIT || o->verb > IDENTITY_RELEASE || kind < 0 ||
        kind >= IDENTIFIER_KINDS || identifier_blocked(o->id) ||
        (o->verb == IDENTITY_RELEASE && kind != IDENTIFIER_VISITOR))
        return false;
    return !join || (other_kind >= 0 && !identifier_blocked(o->other) &&
                     (other_kind < kind || (kind == IDENTIFIER_CUSTOMER && other_kind == kind)));
}

enum status identity_order_decode(struct text body, struct identity_order *out, struct error *err)
{
    struct fields f = fields_of(body);
    int64_t verb = 0, kind = -1, other_kind = -1;
    struct identity_order order = {0};

    while (fields_next(&f)) {
        switch (f.field) {
        case FIELD_VERB: verb = f.number; break;
        case FIELD_KIND: kind = f.number; break;
        case FIELD_ID: order.id = f.text; break;
        case FIELD_OTHER_KIND: other_kind = f.number; break;
        case FIELD_OTHER: order.other = f.text; break;
        case FIELD_AUTHOR: order.author = f.text; break;
        case FIELD_REASON: order.reason = f.text; break;
        default: break;
        }
    }
    if (verb >= IDENTITY_SPLIT && verb <= IDENTITY_RELEASE)
        order.verb = (enum identity_verb)verb;
    if (f.bad || !sound(&order, kind, other_kind))
        return error_set(err, ERR_CORRUPT, "the bytes are no order about an identifier");
    order.kind = (enum identifier_kind)kind;
    order.other_kind = order.verb == IDENTITY_JOIN ? (enum identifier_kind)other_kind : order.kind;
    *out = order;
    return OK;
}

/* Whether `other` hangs on `n` already, among customers joined by hand: joining them would be a ring. */
static bool hangs_on(const struct identity *g, identifier_number other, identifier_number n)
{
    struct identity_person p;

    if (other == n)
        return true;
    if (g->nodes[other].kind != IDENTIFIER_CUSTOMER)
        return false;
    identity_person(g, other, 0, &p);
    for (uint32_t i = 0; i < p.kinds[IDENTIFIER_CUSTOMER].count; i++)
        if (p.customers[i] == n)
            return true;
    return false;
}

static void join(struct identity *g, identifier_number n, identifier_number other, uint32_t time_s)
{
    if (g->nodes[n].kind == IDENTIFIER_CUSTOMER && hangs_on(g, other, n))
        return;
    struct link *l = link_add(g, n, other);
    if (l != NULL)
        l->join_s = time_s;
}

void identity_order_fold(struct identity *g, struct text body, int64_t time_ms)
{
    struct identity_order o;
    struct error why = {0}; /* nobody to tell: checksummed bytes of a version to come */
    identifier_number other = IDENTIFIER_NONE;

    if (identity_order_decode(body, &o, &why) != OK)
        return;
    identifier_number n = node_add(g, o.kind, o.id, identifier_hash(o.kind, o.id));
    if (o.verb == IDENTITY_JOIN)
        other = node_add(g, o.other_kind, o.other, identifier_hash(o.other_kind, o.other));
    if (n == IDENTIFIER_NONE || (o.verb == IDENTITY_JOIN && other == IDENTIFIER_NONE))
        return;
    uint32_t time_s = identity_seconds(time_ms);
    if (o.verb == IDENTITY_RELEASE) { /* the next login ends it: no order is behind it */
        g->nodes[n].dissolve_s = time_s;
        return;
    }
    if (time_s <= g->order_s) /* each its own second, so that the last one tells */
        time_s = g->order_s + 1;
    g->order_s = time_s;
    switch (o.verb) {
    case IDENTITY_SPLIT: g->nodes[n].split_s = time_s; break;
    case IDENTITY_DISSOLVE: g->nodes[n].dissolve_s = time_s; break;
    case IDENTITY_JOIN: join(g, n, other, time_s); break;
    case IDENTITY_RELEASE: break;
    }
}

/* --- what to write --- */

static struct identity_order order_of(const struct identity *g, enum identity_verb verb,
                                      identifier_number n)
{
    return (struct identity_order){.verb = verb,
                                   .kind = identity_kind(g, n),
                                   .other_kind = identity_kind(g, n),
                                   .id = identity_text(g, n)};
}

static bool belongs(const struct identity *g, identifier_number n)
{
    for (uint32_t at = g->nodes[n].links; at != LINK_NONE; at = g->links[at].next_of_child)
        if (!link_parted(g, &g->links[at]))
            return true;
    return false;
}

size_t identity_split_orders(const struct identity *g, identifier_number n,
                             struct identity_order out[IDENTITY_CUSTOMERS_MAX])
{
    size_t count = 0;
    bool more = false;

    if (belongs(g, n))
        out[count++] = order_of(g, IDENTITY_SPLIT, n);
    for (uint32_t at = g->nodes[n].children; at != LINK_NONE; at = g->links[at].next_of_anchor) {
        const struct link *l = &g->links[at];
        if (link_parted(g, l))
            continue;
        more = true;
        if (g->nodes[l->child].kind == IDENTIFIER_CUSTOMER && count < IDENTITY_CUSTOMERS_MAX)
            out[count++] = order_of(g, IDENTITY_SPLIT, l->child);
    }
    if (count == 0 && more)
        out[count++] = order_of(g, IDENTITY_DISSOLVE, n);
    return count;
}
