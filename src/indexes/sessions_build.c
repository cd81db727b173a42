/* SPDX-License-Identifier: Apache-2.0 */
/* Writing sessions.bin: cut each session to what is indexed, count, then fill the postings from the
 * newest session down, so that each list comes out newest first. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "indexes/sessions.h"
#include "indexes/sessions_layout.h"
#include "profile/profile.h"

/* See struct session_weights. */
static const double SIMILARITY_POWER = 3.5, MATCH_POWER = -0.2, FRESH_POWER = 1.0 / 3,
                    FRESH_PRIOR = 0.8, FRESH_SHARE = 0.1, SIZE_POWER = -0.1;

struct build {
    const struct session_set *set;
    uint32_t session_count, click_count;
    uint32_t *session_starts; /* room for the set's sessions + 1 */
    product_number *clicks;   /* room for the set's clicks */
    shopper_number *shoppers;
    uint32_t *posting_starts; /* products + 1 */
    session_number *postings;
    uint32_t *frequencies; /* of all sessions of the set */
    uint32_t *recent;      /* ... of the newest FRESH_SHARE of them */
    uint32_t *seen;        /* per product: 1 + the last session that held it */
    struct session_weights *weights;
};

static void build_free(struct build *b)
{
    mem_free(b->session_starts);
    mem_free(b->clicks);
    mem_free(b->shoppers);
    mem_free(b->posting_starts);
    mem_free(b->postings);
    mem_free(b->frequencies);
    mem_free(b->recent);
    mem_free(b->seen);
    mem_free(b->weights);
}

/* Append what is indexed of the set's session `s`; one click alone says nothing of neighbours. */
static void add_session(struct build *b, uint32_t s)
{
    const struct session_set *set = b->set;
    uint32_t first = b->click_count, mark = s + 1;
    bool recent = s >= set->session_count - (uint32_t)(set->session_count * FRESH_SHARE);

    for (uint64_t i = set->starts[s]; i < set->starts[s + 1]; i++) {
        product_number p = set->products[i];
        assert(p < set->product_count);
        bool again = b->seen[p] == mark;
        if (again && set->kinds[i] != ACTION_VIEW)
            continue;
        if (!again) {
            b->frequencies[p]++;
            b->recent[p] += recent;
        }
        b->seen[p] = mark;
        b->clicks[b->click_count++] = p;
    }
    uint32_t count = b->click_count - first;
    if (count > SESSION_CLICKS_MAX) {
        memmove(b->clicks + first, b->clicks + b->click_count - SESSION_CLICKS_MAX,
                SESSION_CLICKS_MAX * sizeof(*b->clicks));
        b->click_count = first + SESSION_CLICKS_MAX;
    }
    if (count < 2) {
        b->click_count = first;
        return;
    }
    b->shoppers[b->session_count++] = set->shoppers[s];
    b->session_starts[b->session_count] = b->click_count;
}

/* Calls for each product of each session once, newest session first; `fill` NULL counts only. */
static void walk_postings(struct build *b, uint32_t *fill)
{
    memset(b->seen, 0, b->set->product_count * sizeof(*b->seen));
    for (uint32_t s = b->session_count; s-- > 0;) {
        for (uint32_t i = b->session_starts[s]; i < b->session_starts[s + 1]; i++) {
            product_number p = b->clicks[i];
            if (b->seen[p] == s + 1)
                continue;
            b->seen[p] = s + 1;
            if (fill == NULL)
                b->posting_starts[p + 1] += b->posting_starts[p + 1] < SESSION_POSTINGS_MAX;
            else if (fill[p] < b->posting_starts[p + 1])
                b->postings[fill[p]++] = s;
        }
    }
}

static void build_postings(struct build *b)
{
    product_number products = b->set->product_count;

    b->posting_starts = mem_new((size_t)products + 1, sizeof(*b->posting_starts));
    walk_postings(b, NULL);
    for (product_number p = 0; p < products; p++)
        b->posting_starts[p + 1] += b->posting_starts[p];
    b->postings = mem_new(b->posting_starts[products], sizeof(*b->postings));
    uint32_t *fill = mem_copy(b->posting_starts, products * sizeof(*fill));
    walk_postings(b, fill);
    mem_free(fill);
}

static void build_weights(struct build *b)
{
    double sessions = b->set->session_count;

    b->weights = mem_new(b->set->product_count, sizeof(*b->weights));
    for (product_number p = 0; p < b->set->product_count; p++) {
        double f = b->frequencies[p], r = b->recent[p];
        if (f == 0)
            continue;
        double fresh = (r + FRESH_PRIOR) / (FRESH_SHARE * f + FRESH_PRIOR);
        b->weights[p].similarity = (float)pow(log((sessions + 1) / f), SIMILARITY_POWER);
        b->weights[p].match = (float)pow(f + 1, MATCH_POWER);
        b->weights[p].prior = (float)(pow(fresh, FRESH_POWER) * pow(f, SIZE_POWER));
    }
}

static enum status write_file(const struct build *b, const char *path, struct error *err)
{
    uint64_t products = b->set->product_count, postings = b->posting_starts[products];
    struct array_file file = {
        .counts = {[COUNT_SESSIONS] = b->session_count,
                   [COUNT_CLICKS] = b->click_count,
                   [COUNT_PRODUCTS] = products,
                   [COUNT_POSTINGS] = postings},
        .sections =
            {
                [SECTION_POSTING_STARTS] = {b->posting_starts, 4 * (products + 1)},
                [SECTION_POSTINGS] = {b->postings, 4 * postings},
                [SECTION_SESSION_STARTS] = {b->session_starts,
                                            4 * ((uint64_t)b->session_count + 1)},
                [SECTION_CLICKS] = {b->clicks, 4 * (uint64_t)b->click_count},
                [SECTION_SHOPPERS] = {b->shoppers, 4 * (uint64_t)b->session_count},
                [SECTION_FREQUENCIES] = {b->frequencies, 4 * products},
                [SECTION_WEIGHTS] = {b->weights, sizeof(*b->weights) * products},
            },
    };

    return array_file_write(&sessions_kind, &file, path, err);
}

/* Radix sort, 16 bits a pass. */
uint32_t *session_set_by_shopper(const struct session_set *set)
{
    enum { BUCKETS = 1 << 16 };
    uint32_t *from = mem_new(set->session_count, sizeof(*from));
    uint32_t *to = mem_new(set->session_count, sizeof(*to));
    uint32_t *counts = mem_new(BUCKETS, sizeof(*counts));

    for (uint32_t i = 0; i < set->session_count; i++)
        from[i] = i;
    for (int shift = 0; shift < 32; shift += 16) {
        memset(counts, 0, BUCKETS * sizeof(*counts));
        for (uint32_t i = 0; i < set->session_count; i++)
            counts[set->shoppers[i] >> shift & (BUCKETS - 1)]++;
        for (uint32_t i = 0, sum = 0; i < BUCKETS; i++) {
            uint32_t count = counts[i];
            counts[i] = sum;
            sum += count;
        }
        for (uint32_t i = 0; i < set->session_count; i++)
            to[counts[set->shoppers[from[i]] >> shift & (BUCKETS - 1)]++] = from[i];
        uint32_t *done = from;
        from = to;
        to = done;
    }
    mem_free(to);
    mem_free(counts);
    return from;
}

enum status sessions_build(const struct session_set *set, const char *path, struct error *err)
{
    SCOPED(build_free) struct build b = {.set = set};

    if (set->click_count > UINT32_MAX || set->session_count == UINT32_MAX)
        return error_set(err, ERR_LIMIT,
                         "%llu clicks in %u sessions are more than one index can hold",
                         (unsigned long long)set->click_count, set->session_count);
    b.session_starts = mem_new((size_t)set->session_count + 1, sizeof(*b.session_starts));
    b.clicks = mem_new(set->click_count, sizeof(*b.clicks));
    b.shoppers = mem_new(set->session_count, sizeof(*b.shoppers));
    b.frequencies = mem_new(set->product_count, sizeof(*b.frequencies));
    b.recent = mem_new(set->product_count, sizeof(*b.recent));
    b.seen = mem_new(set->product_count, sizeof(*b.seen));
    for (uint32_t s = 0; s < set->session_count; s++)
        add_session(&b, s);
    build_postings(&b);
    build_weights(&b);
    return write_file(&b, path, err);
}
