/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/transitions.h"

#include <math.h>

#include "base/memory.h"
#include "indexes/transitions_layout.h"

struct transitions {
    struct array_file file;
    uint32_t product_count, transition_count;
    const uint32_t *starts;
    const struct transition *lists;
    const float *totals;
    const struct product_course *courses;
};

_Static_assert(sizeof(struct transition) == 20, "lists are mapped as they are");
_Static_assert(sizeof(struct product_course) == 11 * sizeof(float),
               "numbers are looked at as such");

static bool positive(float x)
{
    return isfinite(x) && x >= 0;
}

/* What is wrong with one product's list, or NULL. */
static const char *list_problem(const struct transitions *t, product_number product)
{
    uint32_t first = t->starts[product], end = t->starts[product + 1];

    if (first > end || end > t->transition_count || end - first > TRANSITIONS_PER_PRODUCT_MAX)
        return "its parts overlap";
    for (uint32_t i = first; i < end; i++) {
        const struct transition *x = &t->lists[i];
        if (x->product >= t->product_count)
            return "it names a product it does not have";
        if (!positive(x->after) || !positive(x->before) || !positive(x->recent) ||
            (i > first && x->after > x[-1].after))
            return "its weights are out of order";
    }
    return NULL;
}

static const char *problem_of(const struct transitions *t)
{
    const char *problem = NULL;

    if (t->starts[0] != 0 || t->starts[t->product_count] != t->transition_count)
        return "its parts overlap";
    for (product_number p = 0; p < t->product_count && problem == NULL; p++) {
        const float *course = &t->courses[p].sessions;
        bool sound = positive(t->totals[p]);
        for (size_t i = 0; i < sizeof(struct product_course) / sizeof(float); i++)
            sound = sound && positive(course[i]);
        problem = sound ? list_problem(t, p) : "what it says of a product is no number";
    }
    return problem;
}

static bool lengths_fit(const struct array_file *f)
{
    uint64_t products = f->counts[COUNT_PRODUCTS], transitions = f->counts[COUNT_TRANSITIONS];

    return products < UINT32_MAX && transitions <= UINT32_MAX &&
           f->sections[SECTION_STARTS].size == 4 * (products + 1) &&
           f->sections[SECTION_LISTS].size == sizeof(struct transition) * transitions &&
           f->sections[SECTION_TOTALS].size == sizeof(float) * products &&
           f->sections[SECTION_COURSES].size == sizeof(struct product_course) * products;
}

enum status transitions_open(struct transitions **out, const char *path, struct error *err)
{
    SCOPED(transitions_close) struct transitions *t = mem_new(1, sizeof(*t));
    enum status status = array_file_open(&transitions_kind, &t->file, path, err);

    if (status != OK)
        return status;
    if (!lengths_fit(&t->file))
        return array_file_damaged(err, path, "its parts have wrong lengths");
    t->product_count = (uint32_t)t->file.counts[COUNT_PRODUCTS];
    t->transition_count = (uint32_t)t->file.counts[COUNT_TRANSITIONS];
    t->starts = t->file.sections[SECTION_STARTS].bytes;
    t->lists = t->file.sections[SECTION_LISTS].bytes;
    t->totals = t->file.sections[SECTION_TOTALS].bytes;
    t->courses = t->file.sections[SECTION_COURSES].bytes;
    const char *problem = problem_of(t);
    if (problem != NULL)
        return array_file_damaged(err, path, problem);
    *out = t;
    t = NULL;
    return OK;
}

void transitions_close(struct transitions **t)
{
    if (*t == NULL)
        return;
    array_file_close(&(*t)->file);
    mem_free(*t);
    *t = NULL;
}

enum { FETCH_BYTES = 512, FETCH_LINE = 64 }; /* the processor goes on by itself */

size_t transitions_of(const struct transitions *t, product_number product,
                      const struct transition **out)
{
    if (product >= t->product_count)
        return 0;
    *out = t->lists + t->starts[product];
    return t->starts[product + 1] - t->starts[product];
}

void transitions_fetch(const struct transitions *t, product_number product, enum fetch step)
{
    if (product >= t->product_count)
        return;
    if (step == FETCH_FIRST) {
        __builtin_prefetch(&t->starts[product]);
        __builtin_prefetch(&t->totals[product]);
        return;
    }
    const char *list = (const char *)(t->lists + t->starts[product]);
    for (int at = 0; at < FETCH_BYTES; at += FETCH_LINE)
        __builtin_prefetch(list + at);
}

void transitions_fetch_course(const struct transitions *t, product_number product)
{
    if (product < t->product_count)
        __builtin_prefetch(&t->courses[product]);
}

float transitions_total(const struct transitions *t, product_number product)
{
    return product < t->product_count ? t->totals[product] : 0;
}

const struct product_course *transitions_course(const struct transitions *t, product_number product)
{
    static const struct product_course none = {.age = 1, .silence = 1};

    return product < t->product_count ? &t->courses[product] : &none;
}
