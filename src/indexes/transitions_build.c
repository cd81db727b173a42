/* SPDX-License-Identifier: Apache-2.0 */
/* Writing transitions.bin, one product after the other, as pairs_build.c does: all its sessions, each
 * click on it adding to the products around it, in one row of sums. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "indexes/transitions.h"
#include "indexes/transitions_layout.h"
#include "profile/profile.h"

enum { FAR = 10 };

static const double step_scale = 1.25, age_scale = 3;
static const float rate_prior = 20; /* sessions of the shop's average */

/* What the row holds of one other product. */
struct cell {
    double after, before, recent;
    uint32_t direct, sessions;
    uint32_t session; /* 1 + the last that was counted */
};

struct build {
    const struct session_set *set;
    const struct sessions *sessions;
    double weights[FAR + 1]; /* by distance */
    struct cell *cells;      /* of each product */
    product_number *touched;
    uint32_t touched_count;
    struct transition *row; /* room for all products */
    uint32_t *starts;
    struct transition *lists;
    size_t count, room;
    float *totals;
    struct product_course *courses;
};

static void build_free(struct build *b)
{
    void *all[] = {b->cells, b->touched, b->row, b->starts, b->lists, b->totals, b->courses};

    for (size_t i = 0; i < COUNT(all); i++)
        mem_free(all[i]);
}

/* --- what the sessions say of each product --- */

struct session_marks {
    uint32_t *seen, *carted, *bought; /* 1 + the last session in which it was */
};

static void course_click(struct build *b, struct session_marks *m, uint32_t session, uint64_t click)
{
    product_number p = b->set->products[click];
    uint32_t count = b->set->session_count, newer = count - session - 1;
    struct product_course *c = &b->courses[p];
    uint8_t kind = b->set->kinds[click];

    if (kind == ACTION_CART && m->carted[p] != session + 1) {
        m->carted[p] = session + 1;
        c->carts++;
    }
    if (kind == ACTION_BUY && m->bought[p] != session + 1) {
        m->bought[p] = session + 1;
        c->buys++;
    }
    if (m->seen[p] == session + 1) {
        c->again += kind == ACTION_VIEW;
        return;
    }
    m->seen[p] = session + 1;
    if (c->sessions == 0)
        c->age = (float)newer / (float)count;
    c->silence = (float)newer / (float)count;
    c->sessions++;
    c->tenth += newer < count / 10;
    c->third += newer < (uint32_t)((uint64_t)count * 3 / 100);
    c->first += newer < count / 100;
}

static void finish_courses(struct build *b)
{
    double sessions = 0, carts = 0, buys = 0;

    for (product_number p = 0; p < b->set->product_count; p++) {
        sessions += (double)b->courses[p].sessions;
        carts += (double)b->courses[p].carts;
        buys += (double)b->courses[p].buys;
    }
    float cart_rate = sessions > 0 ? (float)(carts / sessions) : 0;
    float buy_rate = sessions > 0 ? (float)(buys / sessions) : 0;
    for (product_number p = 0; p < b->set->product_count; p++) {
        struct product_course *c = &b->courses[p];
        c->carts = (c->carts + rate_prior * cart_rate) / (c->sessions + rate_prior);
        c->buys = (c->buys + rate_prior * buy_rate) / (c->sessions + rate_prior);
        if (c->sessions == 0)
            continue;
        c->ends /= c->sessions;
        c->again /= c->sessions;
    }
}

static void build_courses(struct build *b)
{
    const struct session_set *set = b->set;
    product_number products = set->product_count;
    struct session_marks m = {mem_new(products, sizeof(uint32_t)),
                              mem_new(products, sizeof(uint32_t)),
                              mem_new(products, sizeof(uint32_t))};

    b->courses = mem_new(products, sizeof(*b->courses));
    for (product_number p = 0; p < products; p++)
        b->courses[p].age = b->courses[p].silence = 1;
    for (uint32_t s = 0; s < set->session_count; s++) {
        for (uint64_t i = set->starts[s]; i < set->starts[s + 1]; i++)
            course_click(b, &m, s, i);
        if (set->starts[s + 1] > set->starts[s])
            b->courses[set->products[set->starts[s + 1] - 1]].ends++;
    }
    finish_courses(b);
    mem_free(m.seen);
    mem_free(m.carted);
    mem_free(m.bought);
}

/* --- what came after what --- */

static struct cell *cell_of(struct build *b, product_number other)
{
    struct cell *cell = &b->cells[other];

    if (cell->session == 0)
        b->touched[b->touched_count++] = other;
    return cell;
}

/* The clicks around click `at` of a session. A product next to itself is another look at it; further
 * away it is the other's business. */
static void add_click(struct build *b, const product_number *clicks, size_t count, size_t at,
                      uint32_t session)
{
    double age = (double)(sessions_count(b->sessions) - session) / sessions_count(b->sessions);
    double recency = exp(-age_scale * age);
    product_number own = clicks[at];

    for (size_t i = at > FAR ? at - FAR : 0; i < count && i <= at + FAR; i++) {
        if (i == at || (clicks[i] == own && i != at + 1))
            continue;
        struct cell *cell = cell_of(b, clicks[i]);
        double weight = b->weights[i > at ? i - at : at - i];
        cell->direct += i == at + 1;
        cell->after += i > at ? weight : 0;
        cell->before += i > at ? 0 : weight;
        cell->recent += i > at ? weight * recency : 0;
        cell->sessions += cell->session != session + 1;
        cell->session = session + 1;
    }
    b->courses[own].leaves += at + 1 < count;
}

static int by_after(const void *x, const void *y)
{
    const struct transition *a = x, *b = y;

    if (a->after != b->after)
        return a->after > b->after ? -1 : 1;
    return (a->product > b->product) - (a->product < b->product);
}

static uint16_t capped(uint32_t count)
{
    return (uint16_t)(count < UINT16_MAX ? count : UINT16_MAX);
}

/* The row becomes the product's list, and is blank again. */
static void take_row(struct build *b, product_number own)
{
    double total = 0;
    uint32_t count = b->touched_count;

    for (uint32_t i = 0; i < count; i++) {
        struct cell *cell = &b->cells[b->touched[i]];
        total += cell->after;
        b->row[i] = (struct transition){.product = b->touched[i],
                                        .direct = capped(cell->direct),
                                        .sessions = capped(cell->sessions),
                                        .after = (float)cell->after,
                                        .before = (float)cell->before,
                                        .recent = (float)cell->recent};
        *cell = (struct cell){0};
    }
    b->touched_count = 0;
    b->totals[own] = (float)total;
    if (count > 1)
        qsort(b->row, count, sizeof(*b->row), by_after);
    count = count < TRANSITIONS_PER_PRODUCT_MAX ? count : TRANSITIONS_PER_PRODUCT_MAX;
    b->lists = mem_grow(b->lists, &b->room, b->count + count, sizeof(*b->lists));
    for (uint32_t i = 0; i < count; i++)
        b->lists[b->count++] = b->row[i];
}

static void build_lists(struct build *b)
{
    product_number products = b->set->product_count;

    for (int x = 1; x <= FAR; x++)
        b->weights[x] = exp(-(x - 1) / step_scale);
    b->cells = mem_new(products, sizeof(*b->cells));
    b->touched = mem_new(products, sizeof(*b->touched));
    b->row = mem_new(products, sizeof(*b->row));
    b->starts = mem_new((size_t)products + 1, sizeof(*b->starts));
    b->totals = mem_new(products, sizeof(*b->totals));
    for (product_number p = 0; p < products; p++) {
        const session_number *of;
        size_t count = sessions_of(b->sessions, p, &of);
        for (size_t k = 0; k < count; k++) {
            const product_number *clicks;
            size_t length = session_products(b->sessions, of[k], &clicks);
            for (size_t i = 0; i < length; i++) {
                if (clicks[i] == p)
                    add_click(b, clicks, length, i, of[k]);
            }
        }
        take_row(b, p);
        b->starts[p + 1] = (uint32_t)b->count;
    }
}

enum status transitions_build(const struct session_set *set, const struct sessions *sessions,
                              const char *path, struct error *err)
{
    SCOPED(build_free) struct build b = {.set = set, .sessions = sessions};

    assert(sessions_products(sessions) == set->product_count);
    if (set->product_count > UINT32_MAX / TRANSITIONS_PER_PRODUCT_MAX)
        return error_set(err, ERR_LIMIT, "%u products are more than one index can hold",
                         set->product_count);
    build_courses(&b);
    build_lists(&b);
    struct array_file file = {
        .counts = {[COUNT_PRODUCTS] = set->product_count, [COUNT_TRANSITIONS] = b.count},
        .sections = {[SECTION_STARTS] = {b.starts, 4 * ((uint64_t)set->product_count + 1)},
                     [SECTION_LISTS] = {b.lists, sizeof(*b.lists) * b.count},
                     [SECTION_TOTALS] = {b.totals, sizeof(*b.totals) * set->product_count},
                     [SECTION_COURSES] = {b.courses, sizeof(*b.courses) * set->product_count}},
    };
    return array_file_write(&transitions_kind, &file, path, err);
}
