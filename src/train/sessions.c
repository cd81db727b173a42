/* SPDX-License-Identifier: Apache-2.0 */
/* From clicks in the order of the journal to sessions: sort by shopper, session id and time, cut at
 * gaps, sort the sessions by their ends, lay them out. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "profile/profile.h"
#include "train/collect.h"

enum { DIGIT_BITS = 16, DIGITS = 1 << DIGIT_BITS, PASSES = 7, TIME_PASSES = 3 };

/* One digit of a click's place in the order, the least telling first. */
static uint32_t digit(const struct click *c, int pass)
{
    static const int shifts[PASSES] = {0, 16, 32, 0, 16, 0, 16};

    if (pass < TIME_PASSES)
        return (uint32_t)(click_ms(c) >> shifts[pass]) & (DIGITS - 1);
    return (pass < 5 ? c->session_hash : c->shopper) >> shifts[pass] & (DIGITS - 1);
}

/* One pass of a stable radix sort. False when all digits are equal: there was nothing to move. */
static bool sort_pass(const struct clicks *c, int pass, const uint32_t *from, uint32_t *to,
                      uint32_t *counts)
{
    memset(counts, 0, DIGITS * sizeof(*counts));
    for (size_t i = 0; i < c->count; i++)
        counts[digit(&c->clicks[i], pass)]++;
    if (counts[digit(&c->clicks[0], pass)] == c->count)
        return false;
    for (uint32_t i = 0, sum = 0; i < DIGITS; i++) {
        uint32_t count = counts[i];
        counts[i] = sum;
        sum += count;
    }
    for (size_t i = 0; i < c->count; i++)
        to[counts[digit(&c->clicks[from[i]], pass)]++] = from[i];
    return true;
}

/* As in a shop's own journal, where events come as they happen. */
static bool in_order_of_time(const struct clicks *c)
{
    for (size_t i = 1; i < c->count; i++)
        if (click_ms(&c->clicks[i]) < click_ms(&c->clicks[i - 1]))
            return false;
    return true;
}

/* Numbers of clicks by shopper, session id and time; equal ones in the order of the journal. */
static uint32_t *sort_clicks(const struct train_options *options, const struct clicks *c)
{
    uint32_t *from = mem_resize(NULL, c->count, sizeof(*from));
    uint32_t *to = mem_resize(NULL, c->count, sizeof(*to));
    uint32_t *counts = mem_new(DIGITS, sizeof(*counts));

    for (size_t i = 0; i < c->count; i++)
        from[i] = (uint32_t)i;
    int first = in_order_of_time(c) ? TIME_PASSES : 0; /* then those would move nothing */
    for (int pass = first; pass < PASSES && c->count > 0; pass++) {
        train_report(options, "sorting", (uint64_t)pass, PASSES);
        if (!sort_pass(c, pass, from, to, counts))
            continue;
        uint32_t *done = from;
        from = to;
        to = done;
    }
    train_report(options, "sorting", PASSES, PASSES);
    mem_free(to);
    mem_free(counts);
    return from;
}

/* A session, as a stretch of the sorted clicks. */
struct stretch {
    int64_t end_ms;
    uint32_t first_click; /* the earliest of the journal */
    uint32_t start, count;
};

struct stretches {
    struct stretch *stretches;
    size_t count, room;
};

static bool together(const struct click *a, const struct click *b)
{
    return a->shopper == b->shopper && a->session_hash == b->session_hash &&
           click_ms(b) - click_ms(a) < SESSION_GAP_MS;
}

static void cut(const struct clicks *c, const uint32_t *order, struct stretches *out)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct click *click = &c->clicks[order[i]];
        if (i == 0 || !together(&c->clicks[order[i - 1]], click)) {
            out->stretches =
                mem_grow(out->stretches, &out->room, out->count + 1, sizeof(*out->stretches));
            out->stretches[out->count++] =
                (struct stretch){.first_click = UINT32_MAX, .start = (uint32_t)i};
        }
        struct stretch *s = &out->stretches[out->count - 1];
        s->end_ms = click_ms(click);
        s->first_click = order[i] < s->first_click ? order[i] : s->first_click;
        s->count++;
    }
}

static int by_end(const void *a, const void *b)
{
    const struct stretch *x = a, *y = b;

    if (x->end_ms != y->end_ms)
        return x->end_ms < y->end_ms ? -1 : 1;
    return (x->first_click > y->first_click) - (x->first_click < y->first_click);
}

static void lay_out(const struct clicks *c, const uint32_t *order, const struct stretches *s,
                    struct session_set *out)
{
    uint64_t at = 0;

    out->session_count = (uint32_t)s->count;
    out->click_count = c->count;
    out->starts = mem_new(s->count + 1, sizeof(*out->starts));
    out->end_ms = mem_new(s->count, sizeof(*out->end_ms));
    out->shoppers = mem_new(s->count, sizeof(*out->shoppers));
    out->products = mem_resize(NULL, c->count, sizeof(*out->products));
    out->kinds = mem_resize(NULL, c->count, sizeof(*out->kinds));
    out->orders = mem_resize(NULL, c->count, sizeof(*out->orders));
    for (size_t i = 0; i < s->count; i++) {
        const struct stretch *stretch = &s->stretches[i];
        for (uint32_t k = 0; k < stretch->count; k++) {
            const struct click *click = &c->clicks[order[stretch->start + k]];
            out->products[at] = click->product;
            out->kinds[at] = (uint8_t)(click->time_kind & ((1U << KIND_BITS) - 1));
            out->orders[at++] = click->order;
        }
        out->starts[i + 1] = at;
        out->end_ms[i] = stretch->end_ms;
        out->shoppers[i] = c->clicks[stretch->first_click].shopper;
    }
}

enum status train_sessions(const struct train_options *options, const struct catalog *catalog,
                           struct position until, struct session_set *out, struct error *err)
{
    SCOPED(clicks_free) struct clicks clicks = {0};
    struct stretches stretches = {0};
    enum status status = clicks_collect(options, catalog, until, &clicks, err);

    if (status != OK)
        return status;
    uint32_t *order = sort_clicks(options, &clicks);
    cut(&clicks, order, &stretches);
    if (stretches.count > 0)
        qsort(stretches.stretches, stretches.count, sizeof(*stretches.stretches), by_end);
    *out = (struct session_set){.product_count = catalog_count(catalog)};
    lay_out(&clicks, order, &stretches, out);
    mem_free(stretches.stretches);
    mem_free(order);
    return OK;
}
