/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/identity.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "identity/graph.h"

enum { SLOTS_FIRST = 1024 };

#define HIGH_HALF UINT64_C(0xFFFFFFFF00000000)

struct identity *identity_new(void)
{
    return mem_new(1, sizeof(struct identity));
}

void identity_free(struct identity *g)
{
    if (g == NULL)
        return;
    mem_free(g->nodes);
    mem_free(g->links);
    mem_free(g->pool);
    mem_free(g->slots);
    mem_free(g);
}

uint32_t identity_seconds(int64_t time_ms)
{
    int64_t seconds = time_ms / 1000;

    return seconds < 1 ? 1 : seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

/* Big arrays grow by an eighth: what is not used yet is not touched. */
uint32_t identity_room(uint32_t room)
{
    return room > UINT32_MAX - room / 8 - 64 ? UINT32_MAX : room + room / 8 + 64;
}

/* --- the table --- */

struct text identity_text(const struct identity *g, identifier_number n)
{
    assert(n < g->count);
    return (struct text){g->pool + g->nodes[n].text, g->nodes[n].text_size};
}

enum identifier_kind identity_kind(const struct identity *g, identifier_number n)
{
    assert(n < g->count);
    return (enum identifier_kind)g->nodes[n].kind;
}

bool identity_blocked(const struct identity *g, identifier_number n)
{
    assert(n < g->count);
    return (g->nodes[n].marks & NODE_BLOCKED) != 0;
}

static identifier_number find_hashed(const struct identity *g, enum identifier_kind kind,
                                     struct text id, uint64_t hash)
{
    if (g->slot_count == 0)
        return IDENTIFIER_NONE;
    uint32_t mask = g->slot_count - 1;
    for (uint32_t at = (uint32_t)hash & mask; g->slots[at] != 0; at = (at + 1) & mask) {
        if (((g->slots[at] ^ hash) & HIGH_HALF) != 0)
            continue;
        identifier_number n = (uint32_t)g->slots[at] - 1;
        if (g->nodes[n].hash == hash && g->nodes[n].kind == kind &&
            text_equal(identity_text(g, n), id))
            return n;
    }
    return IDENTIFIER_NONE;
}

identifier_number identity_find(const struct identity *g, enum identifier_kind kind, struct text id)
{
    return id.size == 0 ? IDENTIFIER_NONE : find_hashed(g, kind, id, identifier_hash(kind, id));
}

static void slot_put(struct identity *g, uint64_t hash, identifier_number n)
{
    uint32_t mask = g->slot_count - 1, at = (uint32_t)hash & mask;

    while (g->slots[at] != 0)
        at = (at + 1) & mask;
    g->slots[at] = (hash & HIGH_HALF) | (n + 1);
}

static void slots_grow(struct identity *g)
{
    if ((uint64_t)g->count * 4 < (uint64_t)g->slot_count * 3)
        return;
    mem_free(g->slots);
    g->slot_count = g->slot_count == 0 ? SLOTS_FIRST : g->slot_count * 2;
    g->slots = mem_new(g->slot_count, sizeof(*g->slots));
    for (uint32_t i = 0; i < g->count; i++)
        if ((g->nodes[i].marks & NODE_FORGOTTEN) == 0)
            slot_put(g, g->nodes[i].hash, i);
}

static uint32_t pool_add(struct identity *g, struct text id)
{
    uint32_t at = g->pool_size;

    if (g->pool_room - g->pool_size < id.size) {
        while (g->pool_room - g->pool_size < id.size)
            g->pool_room = identity_room(g->pool_room);
        g->pool = mem_resize(g->pool, g->pool_room, 1);
    }
    memcpy(g->pool + at, id.data, id.size);
    g->pool_size += (uint32_t)id.size;
    return at;
}

identifier_number node_add(struct identity *g, enum identifier_kind kind, struct text id,
                           uint64_t hash)
{
    identifier_number n = find_hashed(g, kind, id, hash);

    assert(id.size > 0 && id.size <= UINT8_MAX);
    if (n != IDENTIFIER_NONE)
        return n;
    if (g->count == IDENTITY_MAX || UINT32_MAX - g->pool_size < id.size)
        return IDENTIFIER_NONE;
    if (g->count == g->room) {
        g->room = identity_room(g->room);
        g->nodes = mem_resize(g->nodes, g->room, sizeof(*g->nodes));
    }
    slots_grow(g);
    n = g->count++;
    g->nodes[n] = (struct node){.hash = hash,
                                .text = pool_add(g, id),
                                .links = LINK_NONE,
                                .children = LINK_NONE,
                                .text_size = (uint8_t)id.size,
                                .kind = (uint8_t)kind};
    slot_put(g, hash, n);
    return n;
}

/* --- links --- */

static struct link *link_find(const struct identity *g, identifier_number child,
                              identifier_number anchor)
{
    for (uint32_t at = g->nodes[child].links; at != LINK_NONE; at = g->links[at].next_of_child)
        if (g->links[at].anchor == anchor)
            return &g->links[at];
    return NULL;
}

/* The child is seen with too many: it joins nothing any more, and counts nowhere. What it is linked to by
 * then depends on the order of events, so nothing looks there again. */
static void block(struct identity *g, identifier_number child)
{
    struct node *node = &g->nodes[child];

    node->marks |= NODE_BLOCKED;
    g->blocked_count++;
    for (uint32_t at = node->links; at != LINK_NONE; at = g->links[at].next_of_child)
        if (g->links[at].anchor != IDENTIFIER_NONE)
            g->nodes[g->links[at].anchor].child_count--;
}

struct link *link_add(struct identity *g, identifier_number child, identifier_number anchor)
{
    struct node *c = &g->nodes[child], *a = &g->nodes[anchor];

    if ((c->marks & NODE_BLOCKED) != 0)
        return NULL;
    struct link *l = link_find(g, child, anchor);
    if (l != NULL)
        return l;
    if (c->link_count == IDENTITY_ANCHORS_MAX) {
        block(g, child);
        return NULL;
    }
    if (g->link_count == g->link_room) {
        g->link_room = identity_room(g->link_room);
        g->links = mem_resize(g->links, g->link_room, sizeof(*g->links));
    }
    assert(g->link_count < LINK_NONE);
    l = &g->links[g->link_count];
    *l = (struct link){
        .child = child, .anchor = anchor, .next_of_child = c->links, .next_of_anchor = a->children};
    c->links = a->children = g->link_count++;
    c->link_count++;
    a->child_count++;
    return l;
}

static void link_seen(struct identity *g, identifier_number child, identifier_number anchor,
                      uint32_t time_s)
{
    struct link *l = link_add(g, child, anchor);

    if (l == NULL)
        return;
    if (l->first_s == 0 || time_s < l->first_s)
        l->first_s = time_s;
    if (time_s > l->last_s)
        l->last_s = time_s;
    if (l->events < UINT32_MAX)
        l->events++;
}

void identity_fold(struct identity *g, const struct identity_event *e)
{
    identifier_number anchor = IDENTIFIER_NONE;

    if (!e->links)
        return;
    for (int kind = 0; kind < IDENTIFIER_KINDS; kind++) {
        if (e->ids[kind].size == 0)
            continue;
        identifier_number n =
            node_add(g, (enum identifier_kind)kind, e->ids[kind], e->hashes[kind]);
        if (n == IDENTIFIER_NONE)
            return;
        if (anchor == IDENTIFIER_NONE)
            anchor = n;
        else
            link_seen(g, n, anchor, identity_seconds(e->time_ms));
    }
}

void identity_fetch(const struct identity *g, const struct identity_event *e, enum fetch step)
{
    if (g->slot_count == 0)
        return;
    for (int kind = 0; kind < IDENTIFIER_KINDS; kind++) {
        if (e->ids[kind].size == 0)
            continue;
        const uint64_t *slot = &g->slots[(uint32_t)e->hashes[kind] & (g->slot_count - 1)];
        bool there =
            step != FETCH_FIRST && *slot != 0 && ((*slot ^ e->hashes[kind]) & HIGH_HALF) == 0;
        if (step == FETCH_FIRST)
            __builtin_prefetch(slot);
        else if (there && step == FETCH_NEXT)
            __builtin_prefetch(&g->nodes[(uint32_t)*slot - 1], 1);
        else if (there) {
            const struct node *node = &g->nodes[(uint32_t)*slot - 1];
            __builtin_prefetch(g->pool + node->text);
            if (node->links != LINK_NONE)
                __builtin_prefetch(&g->links[node->links], 1);
        }
    }
}

/* --- which record --- */

uint64_t link_file(const struct identity *g, const struct link *l)
{
    if (l->next_of_child == LINK_NONE || l->anchor == IDENTIFIER_NONE)
        return 0;
    return g->nodes[l->anchor].hash >> 1 | 1; /* never 0, never IDENTITY_FILE_CUSTOMER */
}

/* Of a visitor with one link at most: whether it is to the event's customer, who has let go of it. */
static bool holder_let_go(const struct identity *g, identifier_number visitor,
                          const struct identity_event *e)
{
    uint32_t at = g->nodes[visitor].links;

    return at != LINK_NONE && link_dissolved(g, &g->links[at]) &&
           g->nodes[g->links[at].anchor].hash == e->hashes[IDENTIFIER_CUSTOMER];
}

uint64_t identity_file(const struct identity *g, const struct identity_event *e)
{
    identifier_number visitor = e->ids[IDENTIFIER_VISITOR].size == 0
                                    ? IDENTIFIER_NONE
                                    : find_hashed(g, IDENTIFIER_VISITOR, e->ids[IDENTIFIER_VISITOR],
                                                  e->hashes[IDENTIFIER_VISITOR]);
    int kind = 0;

    if (visitor == IDENTIFIER_NONE)
        return 0;
    if ((g->nodes[visitor].marks & NODE_BLOCKED) != 0)
        return e->ids[IDENTIFIER_CUSTOMER].size > 0 ? IDENTITY_FILE_CUSTOMER : 0;
    while (e->ids[kind].size == 0)
        kind++;
    if (g->nodes[visitor].link_count < 2)
        return kind == IDENTIFIER_CUSTOMER && holder_let_go(g, visitor, e) ? IDENTITY_FILE_CUSTOMER
                                                                           : 0;
    if (kind == IDENTIFIER_VISITOR) {
        const struct link *l = link_holding(g, visitor, identity_seconds(e->time_ms));
        return l == NULL ? 0 : link_file(g, l);
    }
    identifier_number anchor =
        find_hashed(g, (enum identifier_kind)kind, e->ids[kind], e->hashes[kind]);
    const struct link *l = anchor == IDENTIFIER_NONE ? NULL : link_find(g, visitor, anchor);
    if (l == NULL)
        return 0;
    return link_dissolved(g, l) ? IDENTITY_FILE_CUSTOMER : link_file(g, l);
}

bool identity_linked(const struct identity *g, identifier_number child, identifier_number anchor)
{
    return link_find(g, child, anchor) != NULL;
}

static identifier_number find_named(const struct identity *g, const struct identity_event *e,
                                    int kind)
{
    return e->ids[kind].size == 0
               ? IDENTIFIER_NONE
               : find_hashed(g, (enum identifier_kind)kind, e->ids[kind], e->hashes[kind]);
}

identifier_number identity_owner(const struct identity *g, const struct identity_event *e)
{
    identifier_number visitor = find_named(g, e, IDENTIFIER_VISITOR), anchor;
    const struct link *l;
    int kind = 0;

    while (kind < IDENTIFIER_VISITOR && e->ids[kind].size == 0)
        kind++;
    anchor = kind < IDENTIFIER_VISITOR ? find_named(g, e, kind) : IDENTIFIER_NONE;
    if (e->ids[IDENTIFIER_VISITOR].size == 0 ||
        (visitor != IDENTIFIER_NONE && (g->nodes[visitor].marks & NODE_BLOCKED) != 0))
        return anchor == IDENTIFIER_NONE ? IDENTIFIER_NONE : identifier_root(g, anchor);
    if (visitor == IDENTIFIER_NONE)
        return IDENTIFIER_NONE;
    if (kind < IDENTIFIER_VISITOR)
        l = anchor == IDENTIFIER_NONE ? NULL : link_find(g, visitor, anchor);
    else
        l = link_holding(g, visitor, identity_seconds(e->time_ms));
    if (l == NULL || link_parted(g, l) || g->nodes[l->anchor].child_count > IDENTITY_CHILDREN_MAX)
        return IDENTIFIER_NONE;
    return identifier_root(g, l->anchor);
}

/* --- the rest --- */

uint32_t identity_count(const struct identity *g)
{
    return g->count;
}

uint32_t identity_blocked_count(const struct identity *g)
{
    return g->blocked_count;
}

uint64_t identity_bytes(const struct identity *g)
{
    return sizeof(*g) + (uint64_t)g->room * sizeof(*g->nodes) +
           (uint64_t)g->link_room * sizeof(*g->links) + g->pool_room +
           (uint64_t)g->slot_count * sizeof(*g->slots);
}

/* Linear probing without tombstones: what stands behind the gap moves up (Knuth 6.4, algorithm R). */
static void slot_remove(struct identity *g, identifier_number n)
{
    uint32_t mask = g->slot_count - 1, gap = (uint32_t)g->nodes[n].hash & mask;

    while ((uint32_t)g->slots[gap] != n + 1)
        gap = (gap + 1) & mask;
    for (uint32_t at = (gap + 1) & mask; g->slots[at] != 0; at = (at + 1) & mask) {
        uint32_t home = (uint32_t)g->nodes[(uint32_t)g->slots[at] - 1].hash & mask;
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            g->slots[gap] = g->slots[at];
            gap = at;
        }
    }
    g->slots[gap] = 0;
}

/* Its place in the chains stays, so that the base of a shared device is nobody else's after it. */
static void link_forget(struct link *l)
{
    l->first_s = l->last_s = l->join_s = l->events = 0;
}

void identity_forget(struct identity *g, identifier_number n)
{
    struct node *node = &g->nodes[n];

    assert(n < g->count);
    if ((node->marks & NODE_FORGOTTEN) != 0)
        return;
    slot_remove(g, n);
    for (uint32_t at = node->links; at != LINK_NONE; at = g->links[at].next_of_child) {
        struct link *l = &g->links[at];
        if (l->anchor != IDENTIFIER_NONE && (node->marks & NODE_BLOCKED) == 0)
            g->nodes[l->anchor].child_count--;
        l->child = IDENTIFIER_NONE;
        link_forget(l);
    }
    for (uint32_t at = node->children; at != LINK_NONE; at = g->links[at].next_of_anchor) {
        g->links[at].anchor = IDENTIFIER_NONE;
        link_forget(&g->links[at]);
    }
    if ((node->marks & NODE_BLOCKED) != 0)
        g->blocked_count--;
    memset(g->pool + node->text, 0, node->text_size);
    *node = (struct node){.text = node->text,
                          .links = LINK_NONE,
                          .children = LINK_NONE,
                          .kind = node->kind,
                          .marks = NODE_FORGOTTEN};
}

static uint32_t later_of(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t heard_s(const struct identity *g, const struct node *node)
{
    uint32_t heard = later_of(node->split_s, node->dissolve_s);

    for (uint32_t at = node->links; at != LINK_NONE; at = g->links[at].next_of_child)
        heard = later_of(heard, later_of(g->links[at].last_s, g->links[at].join_s));
    for (uint32_t at = node->children; at != LINK_NONE; at = g->links[at].next_of_anchor)
        heard = later_of(heard, later_of(g->links[at].last_s, g->links[at].join_s));
    return heard;
}

/* A link that goes with one of its ends was as silent as that: the other end is judged by what else it has. */
void identity_forget_silent(struct identity *g, int64_t before_ms)
{
    uint32_t before_s = identity_seconds(before_ms);

    for (identifier_number n = 0; n < g->count; n++)
        if ((g->nodes[n].marks & (NODE_FORGOTTEN | NODE_BLOCKED)) == 0 &&
            heard_s(g, &g->nodes[n]) < before_s)
            identity_forget(g, n);
}
