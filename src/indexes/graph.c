/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/graph.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

enum { SEEN_SLOTS = 1 << 14, SEEN_MAX = SEEN_SLOTS * 3 / 4 };

struct graph_room {
    uint32_t seen[SEEN_SLOTS]; /* node + 1, 0 empty */
    uint32_t seen_count;
    bool expanded[GRAPH_EFFORT_MAX]; /* of what is found: its links were followed */
};

struct search {
    const struct graph *graph;
    const struct product_vector *vectors, *query;
    struct graph_room *room;
    struct graph_found *found; /* most alike first */
    size_t count, effort;
};

static bool below(const uint32_t *numbers, size_t count, uint32_t bound)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] >= bound && numbers[i] != GRAPH_NONE)
            return false;
    }
    return true;
}

const char *graph_problem(const struct graph *g)
{
    uint32_t nodes = g->level_starts[g->level_count];

    if (g->count > 0 && g->entry >= g->count)
        return "its search begins nowhere";
    if (!below(g->links, (size_t)g->count * GRAPH_LINKS, g->count) ||
        !below(g->level_links, (size_t)nodes * GRAPH_LEVEL_LINKS, g->count))
        return "it has a link that leads nowhere";
    for (uint32_t level = 0; level < g->level_count; level++) { /* all, before one is followed */
        if (g->level_starts[level] > g->level_starts[level + 1])
            return "its parts overlap";
    }
    for (uint32_t level = 0; level < g->level_count; level++) {
        for (uint32_t i = g->level_starts[level]; i < g->level_starts[level + 1]; i++) {
            if (g->level_nodes[i] >= g->count ||
                (i > g->level_starts[level] && g->level_nodes[i] <= g->level_nodes[i - 1]))
                return "its nodes are out of order";
        }
    }
    return NULL;
}

struct graph_room *graph_room_new(struct arena *a)
{
    return arena_alloc(a, sizeof(struct graph_room));
}

/* --- the levels above --- */

/* The links of a node on a level; NULL when it does not stand there. */
static const uint32_t *level_row(const struct graph *g, uint32_t level, uint32_t node)
{
    uint32_t low = g->level_starts[level], high = g->level_starts[level + 1];

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (g->level_nodes[middle] == node)
            return g->level_links + (size_t)middle * GRAPH_LEVEL_LINKS;
        if (g->level_nodes[middle] < node)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* From node to node while one is more alike, level by level down to the ground. */
static struct graph_found descend(const struct search *s)
{
    const struct graph *g = s->graph;
    struct graph_found best = {g->entry, likeness(s->query, &s->vectors[g->entry])};

    for (uint32_t level = g->level_count; level-- > 0;) {
        for (bool better = true; better;) {
            const uint32_t *row = level_row(g, level, best.node);
            better = false;
            for (int i = 0; row != NULL && i < GRAPH_LEVEL_LINKS && row[i] != GRAPH_NONE; i++) {
                int32_t alike = likeness(s->query, &s->vectors[row[i]]);
                if (alike > best.likeness) {
                    best = (struct graph_found){row[i], alike};
                    better = true;
                }
            }
        }
    }
    return best;
}

/* --- the ground --- */

/* False when the node was seen before, or so many were that the search is given up. */
static bool see(struct graph_room *room, uint32_t node)
{
    uint32_t slot = (uint32_t)hash_u64(node) % SEEN_SLOTS;

    for (; room->seen[slot] != 0; slot = (slot + 1) % SEEN_SLOTS) {
        if (room->seen[slot] == node + 1)
            return false;
    }
    if (room->seen_count == SEEN_MAX)
        return false;
    room->seen[slot] = node + 1;
    room->seen_count++;
    return true;
}

/* Put in its place; what falls off the end is lost. Returns the place, `effort` when there is none. */
static size_t keep(struct search *s, struct graph_found found)
{
    size_t low = 0, high = s->count;

    if (s->count == s->effort && found.likeness <= s->found[s->count - 1].likeness)
        return s->effort;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->found[middle].likeness >= found.likeness)
            low = middle + 1;
        else
            high = middle;
    }
    if (s->count < s->effort)
        s->count++;
    memmove(s->found + low + 1, s->found + low, (s->count - 1 - low) * sizeof(*s->found));
    memmove(s->room->expanded + low + 1, s->room->expanded + low, s->count - 1 - low);
    s->found[low] = found;
    s->room->expanded[low] = false;
    return low;
}

/* Follow the links of what was found at `at`; returns the first place where something new stands. */
static size_t expand(struct search *s, size_t at)
{
    const uint32_t *row = s->graph->links + (size_t)s->found[at].node * GRAPH_LINKS;
    uint32_t fresh[GRAPH_LINKS];
    size_t count = 0, first = s->effort;

    s->room->expanded[at] = true;
    for (int i = 0; i < GRAPH_LINKS && row[i] != GRAPH_NONE; i++) {
        if (!see(s->room, row[i]))
            continue;
        fresh[count++] = row[i];
        __builtin_prefetch(&s->vectors[row[i]]);
        __builtin_prefetch(s->vectors[row[i]].content);
    }
    if (at + 1 < s->count)
        __builtin_prefetch(s->graph->links + (size_t)s->found[at + 1].node * GRAPH_LINKS);
    for (size_t i = 0; i < count; i++) {
        size_t place =
            keep(s, (struct graph_found){fresh[i], likeness(s->query, &s->vectors[fresh[i]])});
        first = place < first ? place : first;
    }
    return first;
}

size_t graph_search(const struct graph *g, const struct product_vector *vectors,
                    const struct product_vector *query, size_t effort, struct graph_room *room,
                    struct graph_found *out)
{
    struct search s = {g, vectors, query, room, out, 0, effort};

    assert(effort > 0 && effort <= GRAPH_EFFORT_MAX);
    if (g->count == 0)
        return 0;
    memset(room->seen, 0, sizeof(room->seen));
    room->seen_count = 0;
    struct graph_found begin = descend(&s);
    (void)see(room, begin.node); /* it is the first */
    (void)keep(&s, begin);
    for (size_t at = 0; at < s.count;) {
        if (room->expanded[at]) {
            at++;
            continue;
        }
        size_t first = expand(&s, at);
        at = first < at ? first : at;
    }
    return s.count;
}
