/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/hnsw_bridge.h"

/* Else hnswlib fetches ahead one link beyond the end of a list. Distances are ours either way. */
#define NO_MANUAL_VECTORIZATION
#include <hnswlib/hnswlib.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "indexes/graph.h"

extern "C" {
#include "base/memory.h"
}

namespace
{

constexpr size_t seed = 1, report_every = 1024, page_size = 4096;

int distance(const void *a, const void *b, const void *)
{
    return -likeness(static_cast<const product_vector *>(a),
                     static_cast<const product_vector *>(b));
}

class vector_space : public hnswlib::SpaceInterface<int>
{
  public:
    size_t get_data_size() override
    {
        return sizeof(product_vector);
    }
    hnswlib::DISTFUNC<int> get_dist_func() override
    {
        return distance;
    }
    void *get_dist_func_param() override
    {
        return nullptr;
    }
};

using library_graph = hnswlib::HierarchicalNSW<int>;

/* Neighbours in number are often alike, and a graph that grows from one corner is a worse one. */
std::vector<uint32_t> mixed_order(uint32_t count)
{
    std::vector<uint32_t> order(count);
    std::mt19937 chance(seed);

    std::iota(order.begin(), order.end(), 0U);
    for (uint32_t i = count; i > 1; i--)
        std::swap(order[i - 1], order[chance() % i]);
    return order;
}

/* The library numbers nodes in the order of adding: `order` leads back. */
void copy_links(const library_graph &from, const std::vector<uint32_t> &order, unsigned node,
                int level, uint32_t *row)
{
    unsigned *list = from.get_linklist_at_level(node, level);
    size_t count = from.getListCount(list), max = level > 0 ? GRAPH_LEVEL_LINKS : GRAPH_LINKS;

    for (size_t i = 0; i < max; i++)
        row[i] = i < count ? order[list[1 + i]] : GRAPH_NONE;
}

/* What is jumped about in is read faster in few big pages than in many small ones. */
void ask_for_big_pages(void *bytes, size_t size)
{
    void *whole = bytes;

    if (std::align(page_size, page_size, whole, size) != nullptr)
        (void)madvise(whole, size, MADV_HUGEPAGE); /* without them it is only slower */
}

template <typename T> T *array(size_t count)
{
    return static_cast<T *>(mem_new(count, sizeof(T)));
}

hnsw_arrays arrays_of(const library_graph &from, const std::vector<uint32_t> &order)
{
    uint32_t count = static_cast<uint32_t>(order.size()), nodes = 0, above = 0;
    std::vector<uint32_t> added(count); /* which of the library's nodes a vector became */
    hnsw_arrays to = {};

    to.level_count = static_cast<uint32_t>(std::min<int>(from.maxlevel_, GRAPH_LEVELS_MAX));
    to.links = array<uint32_t>(static_cast<size_t>(count) * GRAPH_LINKS);
    for (uint32_t i = 0; i < count; i++) {
        added[order[i]] = i;
        nodes += static_cast<uint32_t>(from.element_levels_[i]);
        copy_links(from, order, i, 0, to.links + static_cast<size_t>(order[i]) * GRAPH_LINKS);
    }
    to.level_starts = array<uint32_t>(to.level_count + 1);
    to.level_nodes = array<uint32_t>(nodes);
    to.level_links = array<uint32_t>(static_cast<size_t>(nodes) * GRAPH_LEVEL_LINKS);
    for (uint32_t level = 1; level <= to.level_count; level++) {
        for (uint32_t i = 0; i < count; i++) {
            if (from.element_levels_[added[i]] < static_cast<int>(level))
                continue;
            to.level_nodes[above] = i;
            copy_links(from, order, added[i], static_cast<int>(level),
                       to.level_links + static_cast<size_t>(above) * GRAPH_LEVEL_LINKS);
            above++;
        }
        to.level_starts[level] = above;
    }
    to.entry = order[from.enterpoint_node_];
    return to;
}

} /* namespace */

extern "C" const char *hnsw_build(const struct product_vector *vectors, uint32_t count,
                                  uint32_t effort,
                                  void (*progress)(void *context, uint64_t done, uint64_t total),
                                  void *context, struct hnsw_arrays *out)
{
    static thread_local char said[256];

    *out = hnsw_arrays{};
    out->level_starts = array<uint32_t>(1);
    if (count == 0)
        return nullptr;
    try {
        vector_space space;
        std::vector<uint32_t> order = mixed_order(count);
        library_graph graph(&space, count, GRAPH_LINKS / 2, effort, seed);
        ask_for_big_pages(graph.data_level0_memory_, count * graph.size_data_per_element_);
        for (uint32_t i = 0; i < count; i++) {
            graph.addPoint(&vectors[order[i]], i);
            if (progress != nullptr && i % report_every == 0)
                progress(context, i, count);
        }
        const hnsw_arrays made = arrays_of(graph, order);
        mem_free(out->level_starts);
        *out = made;
    } catch (const std::exception &wrong) {
        (void)std::snprintf(said, sizeof(said), "%s", wrong.what());
        return said;
    }
    return nullptr;
}
