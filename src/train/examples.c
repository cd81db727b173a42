/* SPDX-License-Identifier: Apache-2.0 */
#include "train/examples.h"

#include <assert.h>

#include "base/memory.h"
#include "base/random.h"

void examples_free(struct examples *e)
{
    mem_free(e->values);
    mem_free(e->gains);
    mem_free(e->groups);
    *e = (struct examples){.row_count = 0};
}

static void add_row(struct examples *e, const struct features *f, uint32_t candidate, float gain)
{
    size_t at = e->row_count++;

    e->values =
        mem_grow(e->values, &e->values_room, e->row_count * FEATURE_COUNT, sizeof(*e->values));
    e->gains = mem_grow(e->gains, &e->gains_room, e->row_count, sizeof(*e->gains));
    for (size_t k = 0; k < FEATURE_COUNT; k++)
        e->values[at * FEATURE_COUNT + k] = f->values[k * f->stride + candidate];
    e->gains[at] = gain;
}

/* Candidates with a gain, the largest first, at most EXAMPLE_POSITIVES_MAX. */
static uint32_t choose_positives(const struct features *f, const float *gains,
                                 uint32_t out[EXAMPLE_POSITIVES_MAX])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < f->count; i++) {
        assert(gains[i] >= 0);
        if (gains[i] == 0 || (count == EXAMPLE_POSITIVES_MAX && gains[i] <= gains[out[count - 1]]))
            continue;
        uint32_t at = count < EXAMPLE_POSITIVES_MAX ? count++ : count - 1;
        for (; at > 0 && gains[out[at - 1]] < gains[i]; at--)
            out[at] = out[at - 1];
        out[at] = i;
    }
    return count;
}

/* Selection sampling (Knuth, TAOCP 2, 3.4.2, algorithm S): each of the rest is as likely as another. */
static uint32_t add_negatives(struct examples *e, const struct features *f, const float *gains,
                              uint64_t seed)
{
    struct random random;
    uint32_t left = 0, wanted, added = 0;

    for (uint32_t i = 0; i < f->count; i++)
        left += gains[i] == 0;
    wanted = left < EXAMPLE_NEGATIVES ? left : EXAMPLE_NEGATIVES;
    random_seed(&random, seed);
    for (uint32_t i = 0; i < f->count && added < wanted; i++) {
        if (gains[i] != 0)
            continue;
        if (random_below(&random, left--) < wanted - added) {
            add_row(e, f, i, 0);
            added++;
        }
    }
    return added;
}

bool examples_add(struct examples *e, const struct features *f, const float *gains, uint64_t seed)
{
    uint32_t positives[EXAMPLE_POSITIVES_MAX];
    uint32_t count = choose_positives(f, gains, positives);
    struct example_group group = {.rows = count};

    if (count == 0 || count == f->count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        add_row(e, f, positives[i], gains[positives[i]]);
        group.gain += gains[positives[i]];
    }
    group.rows += add_negatives(e, f, gains, seed);
    e->groups = mem_grow(e->groups, &e->groups_room, e->group_count + 1, sizeof(*e->groups));
    e->groups[e->group_count++] = group;
    return true;
}

static size_t rows_before(const struct examples *e, size_t group)
{
    size_t rows = 0;

    assert(group <= e->group_count);
    for (size_t i = 0; i < group; i++)
        rows += e->groups[i].rows;
    return rows;
}

struct examples examples_from(const struct examples *e, size_t first)
{
    size_t rows = rows_before(e, first);

    return (struct examples){.values = e->values + rows * FEATURE_COUNT,
                             .gains = e->gains + rows,
                             .groups = e->groups + first,
                             .row_count = e->row_count - rows,
                             .group_count = e->group_count - first};
}

struct examples examples_until(const struct examples *e, size_t end)
{
    return (struct examples){.values = e->values,
                             .gains = e->gains,
                             .groups = e->groups,
                             .row_count = rows_before(e, end),
                             .group_count = end};
}
