/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/pairs.h"

#include "base/memory.h"
#include "indexes/pairs_layout.h"

struct pairs {
    struct array_file file;
    uint32_t product_count, pair_count;
    const uint32_t *starts;
    const struct pair *pairs;
};

_Static_assert(sizeof(struct pair) == 12, "pairs are mapped as they are");

/* What is wrong with one product's list, or NULL. */
static const char *list_problem(const struct pairs *p, product_number product)
{
    uint32_t first = p->starts[product], end = p->starts[product + 1];

    if (first > end || end > p->pair_count || end - first > PAIRS_PER_PRODUCT_MAX)
        return "its parts overlap";
    for (uint32_t i = first; i < end; i++) {
        const struct pair *pair = &p->pairs[i];
        if (pair->product >= p->product_count || pair->product == product)
            return "it names a product it does not have";
        /* written so that what is no number fails too */
        if (!(pair->score > 0) || (i > first && !(pair->score <= pair[-1].score)))
            return "its scores do not fall";
        if (pair->support == 0 || pair->reserved != 0)
            return "it has a pair that nobody supports";
    }
    return NULL;
}

static const char *problem_of(const struct pairs *p)
{
    const char *problem = NULL;

    if (p->starts[0] != 0 || p->starts[p->product_count] != p->pair_count)
        return "its parts overlap";
    for (product_number i = 0; i < p->product_count && problem == NULL; i++)
        problem = list_problem(p, i);
    return problem;
}

enum status pairs_open(struct pairs **out, const char *path, struct error *err)
{
    SCOPED(pairs_close) struct pairs *p = mem_new(1, sizeof(*p));
    enum status status = array_file_open(&pairs_kind, &p->file, path, err);

    if (status != OK)
        return status;
    uint64_t products = p->file.counts[COUNT_PRODUCTS], pairs = p->file.counts[COUNT_PAIRS];
    if (products >= UINT32_MAX || pairs > UINT32_MAX ||
        p->file.sections[SECTION_STARTS].size != 4 * (products + 1) ||
        p->file.sections[SECTION_PAIRS].size != sizeof(struct pair) * pairs)
        return array_file_damaged(err, path, "its parts have wrong lengths");
    p->product_count = (uint32_t)products;
    p->pair_count = (uint32_t)pairs;
    p->starts = p->file.sections[SECTION_STARTS].bytes;
    p->pairs = p->file.sections[SECTION_PAIRS].bytes;
    const char *problem = problem_of(p);
    if (problem != NULL)
        return array_file_damaged(err, path, problem);
    *out = p;
    p = NULL;
    return OK;
}

void pairs_close(struct pairs **p)
{
    if (*p == NULL)
        return;
    array_file_close(&(*p)->file);
    mem_free(*p);
    *p = NULL;
}

size_t pairs_of(const struct pairs *p, product_number product, const struct pair **out)
{
    if (product >= p->product_count)
        return 0;
    *out = p->pairs + p->starts[product];
    return p->starts[product + 1] - p->starts[product];
}

uint64_t pairs_count(const struct pairs *p)
{
    return p->pair_count;
}
