/* SPDX-License-Identifier: Apache-2.0 */
/* hnsw_bridge: the only door to hnswlib, a C++ library, which builds the graph of graph.h. No
 * exception leaves it; running out of memory ends the program, as everywhere.
 *
 * Of no interest outside this folder. */
#ifndef INDEXES_HNSW_BRIDGE_H
#define INDEXES_HNSW_BRIDGE_H

#include <stdint.h>

#include "indexes/likeness.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The arrays of a struct graph, for mem_free. */
struct hnsw_arrays {
    uint32_t entry, level_count;
    uint32_t *links, *level_starts, *level_nodes, *level_links;
};

/* Vector i becomes node i; `effort` is how far a node looks for its links when it is added. On one thread, in an order of its own: the same vectors give the same
 * arrays. `progress` is called now and then. NULL, or what hnswlib said. Memory: 400 bytes a
 * vector. */
const char *hnsw_build(const struct product_vector *vectors, uint32_t count, uint32_t effort,
                       void (*progress)(void *context, uint64_t done, uint64_t total),
                       void *context, struct hnsw_arrays *out);

#ifdef __cplusplus
}
#endif

#endif
