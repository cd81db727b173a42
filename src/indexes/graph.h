/* SPDX-License-Identifier: Apache-2.0 */
/* graph: finds the vectors most alike one, a few thousand comparisons among a million.
 *
 * A hierarchical navigable small world (Malkov, Yashunin, IEEE TPAMI 42 (2020)): every node is
 * linked to nodes like it; few of them also stand on levels above, which lead near the place. hnswlib
 * builds it (hnsw_bridge.h); what it built is kept as plain arrays, mapped and checked like every
 * index, and searched here: algorithm 2 of the paper with one sorted list for its two heaps, all
 * vectors of a node's links fetched before the first is compared. That takes half the time of
 * hnswlib's own search and needs none of its locks.
 *
 * Threads    any number of readers.
 * Of no interest outside this folder. */
#ifndef INDEXES_GRAPH_H
#define INDEXES_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "indexes/likeness.h"

enum {
    GRAPH_LINKS = 32,       /* of a node, at most */
    GRAPH_LEVEL_LINKS = 16, /* ... on a level above */
    GRAPH_LEVELS_MAX = 16,
    GRAPH_EFFORT_MAX = 512,
};

#define GRAPH_NONE UINT32_MAX

struct graph {
    uint32_t count;        /* nodes, each with the vector of its number */
    uint32_t entry;        /* where searches begin; any number when there is no node */
    const uint32_t *links; /* count rows of GRAPH_LINKS, filled up with GRAPH_NONE */
    uint32_t level_count;  /* above the ground */
    const uint32_t
        *level_starts; /* level_count + 1: where a level's nodes begin, the lowest first */
    const uint32_t *level_nodes; /* rising within a level */
    const uint32_t *level_links; /* of each of these, a row of GRAPH_LEVEL_LINKS */
};

/* What is wrong with the numbers in it, or NULL. `level_starts` has level_count + 1 entries, and
 * level_nodes and level_links are as long as the last of them says. */
const char *graph_problem(const struct graph *g);

struct graph_found {
    uint32_t node;
    int32_t likeness;
};

/* Room that searches of one thread share. */
struct graph_room;
struct graph_room *graph_room_new(struct arena *a);

/* The nodes most like `query` that a search of that effort finds (1 to GRAPH_EFFORT_MAX; as many as
 * it finds), most alike first, equal ones in the order of finding. `out` has room for `effort`. */
size_t graph_search(const struct graph *g, const struct product_vector *vectors,
                    const struct product_vector *query, size_t effort, struct graph_room *room,
                    struct graph_found *out);

#endif
