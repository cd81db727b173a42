/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "base/memory.h"
#include "indexes/graph.h"
#include "indexes/hnsw_bridge.h"
#include "indexes/vectors.h"
#include "indexes/vectors_layout.h"

/* How far a node looks for its links when it is added. */
enum { EFFORT = 200, EFFORT_PASSING = 50 };

static void arrays_free(struct hnsw_arrays *a)
{
    mem_free(a->links);
    mem_free(a->level_starts);
    mem_free(a->level_nodes);
    mem_free(a->level_links);
}

static enum status write_file(const struct vector_set *set, const struct hnsw_arrays *a,
                              const char *path, struct error *err)
{
    SCOPED(mem_free_scoped)
    uint32_t *rows = mem_resize(NULL, set->product_count, sizeof(*rows));
    uint64_t count = set->count, nodes = a->level_starts[a->level_count];

    for (product_number p = 0; p < set->product_count; p++)
        rows[p] = ROW_NONE;
    for (uint32_t i = 0; i < set->count; i++) {
        assert(set->products[i] < set->product_count);
        assert(i == 0 || set->products[i] > set->products[i - 1]);
        rows[set->products[i]] = i;
    }
    struct array_file file = {
        .counts = {[COUNT_PRODUCTS] = set->product_count,
                   [COUNT_ROWS] = count,
                   [COUNT_ENTRY] = a->entry,
                   [COUNT_LEVELS] = a->level_count,
                   [COUNT_LEVEL_NODES] = nodes},
        .sections =
            {
                [SECTION_ROWS] = {rows, 4 * (uint64_t)set->product_count},
                [SECTION_PRODUCTS] = {set->products, 4 * count},
                [SECTION_SHOPPERS] = {set->shoppers, 4 * count},
                [SECTION_VECTORS] = {set->vectors, sizeof(*set->vectors) * count},
                [SECTION_LINKS] = {a->links, 4 * GRAPH_LINKS * count},
                [SECTION_LEVEL_STARTS] = {a->level_starts, 4 * ((uint64_t)a->level_count + 1)},
                [SECTION_LEVEL_NODES] = {a->level_nodes, 4 * nodes},
                [SECTION_LEVEL_LINKS] = {a->level_links, 4 * GRAPH_LEVEL_LINKS * nodes},
            },
    };
    return array_file_write(&vectors_kind, &file, path, err);
}

enum status vectors_build(const struct vector_set *set,
                          void (*progress)(void *context, uint64_t done, uint64_t total),
                          void *context, const char *path, struct error *err)
{
    SCOPED(arrays_free) struct hnsw_arrays arrays = {0};
    const uint32_t effort = set->passing ? EFFORT_PASSING : EFFORT;
    const char *wrong = hnsw_build(set->vectors, set->count, effort, progress, context, &arrays);

    if (wrong != NULL)
        return error_set(err, ERR_IO, "the graph of vectors cannot be built: %s", wrong);
    return write_file(set, &arrays, path, err);
}
