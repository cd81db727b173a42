/* SPDX-License-Identifier: Apache-2.0 */
/* Writing viewed.bin and bought.bin, one product after the other: all its places in all sessions,
 * in the order of shoppers, each adding to the products around it. So one row of sums is all the
 * memory pairs need, and distinct shoppers are counted by remembering the last one. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/time.h"
#include "indexes/decay.h"
#include "indexes/pairs.h"
#include "indexes/pairs_layout.h"
#include "profile/profile.h"

/* See pairs.h. */
struct recipe {
    uint32_t steps_max;    /* newest steps of a session that count */
    uint32_t distance_max; /* steps between two products that go together */
    double distance_scale; /* a step further weighs e^(-1 / scale) of it */
    double backward;       /* weight of what came before, against what came after */
    double half_life_days; /* of a session, counted back from the newest */
    double own_power;      /* score = sum / (own frequency^own_power * other's^other_power) */
    double other_power;
    double after_view; /* bought.bin: weight of a purchase after a view, against one order */
};

static const struct recipe recipes[PAIR_KIND_COUNT] = {
    [PAIR_VIEWED] = {50, 10, 3.0, 0.8, 60, 0.85, 0.15, 0},
    [PAIR_BOUGHT] = {200, 100, 0, 1, 180, 0.7, 0.3, 0.3},
};

/* What counts of the sessions: a product after the other, without repetitions in a row. */
struct steps {
    uint32_t count;
    uint32_t *starts; /* sessions + 1 */
    product_number *products;
    uint8_t *bought;  /* bought.bin only */
    uint32_t *orders; /* bought.bin only */
};

/* What a row holds of one other product; all in one place, as rows jump about. */
struct cell {
    double sum;
    uint32_t support;
    uint32_t last_shopper; /* 1 + the last that was counted */
};

struct build {
    const struct session_set *set;
    const struct recipe *recipe;
    enum pair_kind kind;
    uint32_t support_min;
    struct steps steps;
    uint32_t *session_of;  /* of a step */
    float *weights;        /* of a session, by its age */
    uint32_t *frequencies; /* sessions with the product; bought.bin: its purchases */
    uint32_t *at_starts;   /* products + 1 */
    uint32_t *at;          /* the steps of each product, by shopper */
    double *by_distance;   /* distance_max + 1 */
    double *other_norms;   /* frequency^other_power, of each product */
    /* one row, of the product at work */
    struct cell *cells; /* of each product */
    product_number *touched;
    uint32_t touched_count;
    /* what comes of it */
    uint32_t *starts; /* products + 1 */
    struct pair *pairs;
    size_t pair_count, pair_room;
};

static void build_free(struct build *b)
{
    void *all[] = {b->steps.starts, b->steps.products, b->steps.bought, b->steps.orders,
                   b->session_of,   b->weights,        b->frequencies,  b->at_starts,
                   b->at,           b->by_distance,    b->other_norms,  b->cells,
                   b->touched,      b->starts,         b->pairs};

    for (size_t i = 0; i < COUNT(all); i++)
        mem_free(all[i]);
}

/* --- steps --- */

/* Whether the click adds a step: a cart or purchase of what stands just before says nothing new to
 * viewed.bin; to bought.bin a purchase always does. */
static bool adds_step(const struct build *b, uint32_t first, uint64_t click)
{
    const struct steps *s = &b->steps;

    if (b->kind == PAIR_BOUGHT && b->set->kinds[click] == ACTION_BUY)
        return true;
    return s->count == first || s->products[s->count - 1] != b->set->products[click];
}

static void add_step(struct build *b, uint64_t click)
{
    struct steps *s = &b->steps;

    s->products[s->count] = b->set->products[click];
    if (b->kind == PAIR_BOUGHT) {
        s->bought[s->count] = b->set->kinds[click] == ACTION_BUY;
        s->orders[s->count] = b->set->orders != NULL ? b->set->orders[click] : 0;
    }
    s->count++;
}

static void build_steps(struct build *b)
{
    const struct session_set *set = b->set;
    struct steps *s = &b->steps;
    bool bought = b->kind == PAIR_BOUGHT;

    s->starts = mem_new((size_t)set->session_count + 1, sizeof(*s->starts));
    s->products = mem_new(set->click_count, sizeof(*s->products));
    s->bought = bought ? mem_new(set->click_count, sizeof(*s->bought)) : NULL;
    s->orders = bought ? mem_new(set->click_count, sizeof(*s->orders)) : NULL;
    for (uint32_t i = 0; i < set->session_count; i++) {
        uint32_t first = s->count;
        uint64_t end = set->starts[i + 1];
        bool cut = end - set->starts[i] > b->recipe->steps_max;
        for (uint64_t c = cut ? end - b->recipe->steps_max : set->starts[i]; c < end; c++)
            if (adds_step(b, first, c))
                add_step(b, c);
        s->starts[i + 1] = s->count;
    }
    b->session_of = mem_new(s->count, sizeof(*b->session_of));
    for (uint32_t i = 0; i < set->session_count; i++)
        for (uint32_t k = s->starts[i]; k < s->starts[i + 1]; k++)
            b->session_of[k] = i;
}

static void build_weights(struct build *b)
{
    const struct session_set *set = b->set;
    const struct recipe *r = b->recipe;
    int64_t newest = set->session_count > 0 ? set->end_ms[set->session_count - 1] : 0;

    b->weights = mem_new(set->session_count, sizeof(*b->weights));
    for (uint32_t i = 0; i < set->session_count; i++) {
        double days = (double)(newest - set->end_ms[i]) / (double)MS_DAY;
        double halvings = days / r->half_life_days;
        b->weights[i] = (float)decay_power(halvings > 60 ? -60 : -halvings);
    }
    b->by_distance = mem_new((size_t)r->distance_max + 1, sizeof(*b->by_distance));
    for (uint32_t d = 1; d <= r->distance_max && r->distance_scale > 0; d++)
        b->by_distance[d] = exp(-(double)(d - 1) / r->distance_scale);
}

/* --- places --- */

static void build_places(struct build *b)
{
    const struct steps *s = &b->steps;
    product_number products = b->set->product_count;
    uint32_t *sessions = session_set_by_shopper(b->set);

    b->at_starts = mem_new((size_t)products + 1, sizeof(*b->at_starts));
    b->at = mem_new(s->count, sizeof(*b->at));
    for (uint32_t i = 0; i < s->count; i++) {
        assert(s->products[i] < products);
        b->at_starts[s->products[i] + 1]++;
    }
    for (product_number p = 0; p < products; p++)
        b->at_starts[p + 1] += b->at_starts[p];
    uint32_t *fill = mem_copy(b->at_starts, products * sizeof(*fill));
    for (uint32_t i = 0; i < b->set->session_count; i++)
        for (uint32_t k = s->starts[sessions[i]]; k < s->starts[sessions[i] + 1]; k++)
            b->at[fill[s->products[k]]++] = k;
    mem_free(fill);
    mem_free(sessions);
}

/* Places of a session are neighbours in its product's list, so a change of session is a new one. */
static void build_frequencies(struct build *b)
{
    product_number products = b->set->product_count;

    b->frequencies = mem_new(products, sizeof(*b->frequencies));
    b->other_norms = mem_new(products, sizeof(*b->other_norms));
    for (product_number p = 0; p < products; p++) {
        uint32_t last = UINT32_MAX;
        for (uint32_t i = b->at_starts[p]; i < b->at_starts[p + 1]; i++) {
            uint32_t step = b->at[i], session = b->session_of[step];
            if (b->kind == PAIR_BOUGHT)
                b->frequencies[p] += b->steps.bought[step];
            else
                b->frequencies[p] += session != last;
            last = session;
        }
        b->other_norms[p] =
            pow(b->frequencies[p] > 0 ? b->frequencies[p] : 1, b->recipe->other_power);
    }
}

/* --- one product --- */

/* `supports`: the shopper did both, and not merely one after the other. */
static void add(struct build *b, product_number other, double weight, bool supports,
                uint32_t session)
{
    uint32_t shopper = b->set->shoppers[session] + 1;
    struct cell *cell = &b->cells[other];

    if (cell->sum == 0)
        b->touched[b->touched_count++] = other;
    cell->sum += weight;
    if (supports && cell->last_shopper != shopper) {
        cell->last_shopper = shopper;
        cell->support++;
    }
}

/* The steps within reach of `step`: *first .. *end - 1. */
static void reach(const struct build *b, uint32_t step, uint32_t *first, uint32_t *end)
{
    uint32_t session = b->session_of[step], far = b->recipe->distance_max;
    uint32_t begins = b->steps.starts[session], ends = b->steps.starts[session + 1];

    *first = step - begins > far ? step - far : begins;
    *end = ends - step - 1 > far ? step + far + 1 : ends;
}

static void add_viewed(struct build *b, uint32_t step)
{
    uint32_t session = b->session_of[step], first, end;
    product_number own = b->steps.products[step];
    double weight = b->weights[session], backward = weight * b->recipe->backward;

    reach(b, step, &first, &end);
    for (uint32_t i = first; i < step; i++)
        if (b->steps.products[i] != own)
            add(b, b->steps.products[i], backward * b->by_distance[step - i], true, session);
    for (uint32_t i = step + 1; i < end; i++)
        if (b->steps.products[i] != own)
            add(b, b->steps.products[i], weight * b->by_distance[i - step], true, session);
}

static void add_bought(struct build *b, uint32_t step)
{
    const struct steps *s = &b->steps;
    uint32_t session = b->session_of[step], first, end;
    double weight = b->weights[session], after_view = weight * b->recipe->after_view;

    reach(b, step, &first, &end);
    for (uint32_t i = s->bought[step] ? first : step + 1; i < end; i++) {
        if (!s->bought[i] || s->products[i] == s->products[step])
            continue;
        if (!s->bought[step])
            add(b, s->products[i], after_view, false, session);
        else if (s->orders[i] == s->orders[step])
            add(b, s->products[i], weight, true, session);
    }
}

static bool better(struct pair a, struct pair b)
{
    return a.score > b.score || (a.score == b.score && a.product < b.product);
}

/* The best of the row become the product's list; the row is blank again. */
static void take_row(struct build *b, product_number own)
{
    struct pair best[PAIRS_PER_PRODUCT_MAX];
    uint32_t count = 0;
    double own_norm = pow(b->frequencies[own] > 0 ? b->frequencies[own] : 1, b->recipe->own_power);

    for (uint32_t i = 0; i < b->touched_count; i++) {
        product_number other = b->touched[i];
        uint32_t support = b->cells[other].support;
        double sum = b->cells[other].sum;

        b->cells[other] = (struct cell){0};
        if (support == 0 || support < b->support_min)
            continue; /* nearly all of them */
        struct pair fresh = {
            .product = other,
            .score = (float)(sum / (own_norm * b->other_norms[other])),
            .support = (uint16_t)(support < PAIR_SUPPORT_MAX ? support : PAIR_SUPPORT_MAX)};
        if (!(fresh.score > 0))
            continue;
        if (count == PAIRS_PER_PRODUCT_MAX && !better(fresh, best[count - 1]))
            continue;
        uint32_t at = count < PAIRS_PER_PRODUCT_MAX ? count++ : count - 1;
        for (; at > 0 && better(fresh, best[at - 1]); at--)
            best[at] = best[at - 1];
        best[at] = fresh;
    }
    b->touched_count = 0;
    b->pairs = mem_grow(b->pairs, &b->pair_room, b->pair_count + count, sizeof(*b->pairs));
    if (count > 0)
        memcpy(b->pairs + b->pair_count, best, count * sizeof(*best));
    b->pair_count += count;
}

/* Places are all over the sessions: bring what those some way behind b->at[i] will touch into the
 * cache, each step needing what the one before brought. */
static void fetch_places(const struct build *b, uint32_t i)
{
    enum { FAR = 24, MIDDLE = 16, NEAR = 8 };
    uint32_t count = b->steps.count, first, end;

    if (i + FAR < count) {
        __builtin_prefetch(&b->session_of[b->at[i + FAR]]);
        __builtin_prefetch(&b->steps.products[b->at[i + FAR]]);
    }
    if (i + MIDDLE < count) {
        uint32_t session = b->session_of[b->at[i + MIDDLE]];
        __builtin_prefetch(&b->steps.starts[session]);
        __builtin_prefetch(&b->weights[session]);
        __builtin_prefetch(&b->set->shoppers[session]);
    }
    if (i + NEAR >= count)
        return;
    reach(b, b->at[i + NEAR], &first, &end);
    for (uint32_t k = first; k < end; k++)
        if (b->kind == PAIR_VIEWED || b->steps.bought[k])
            __builtin_prefetch(&b->cells[b->steps.products[k]], 1);
}

static void build_pairs(struct build *b)
{
    product_number products = b->set->product_count;

    b->cells = mem_new(products, sizeof(*b->cells));
    b->touched = mem_new(products, sizeof(*b->touched));
    b->starts = mem_new((size_t)products + 1, sizeof(*b->starts));
    for (product_number p = 0; p < products; p++) {
        for (uint32_t i = b->at_starts[p]; i < b->at_starts[p + 1]; i++) {
            fetch_places(b, i);
            if (b->kind == PAIR_VIEWED)
                add_viewed(b, b->at[i]);
            else
                add_bought(b, b->at[i]);
        }
        take_row(b, p);
        b->starts[p + 1] = (uint32_t)b->pair_count;
    }
}

enum status pairs_build(const struct session_set *set, enum pair_kind kind, uint32_t support_min,
                        const char *path, struct error *err)
{
    SCOPED(build_free)
    struct build b = {
        .set = set, .recipe = &recipes[kind], .kind = kind, .support_min = support_min};

    if (set->click_count > UINT32_MAX || set->product_count > UINT32_MAX / PAIRS_PER_PRODUCT_MAX)
        return error_set(err, ERR_LIMIT,
                         "%llu clicks on %u products are more than one index can hold",
                         (unsigned long long)set->click_count, set->product_count);
    build_steps(&b);
    build_weights(&b);
    build_places(&b);
    build_frequencies(&b);
    build_pairs(&b);
    struct array_file file = {
        .counts = {[COUNT_PRODUCTS] = set->product_count, [COUNT_PAIRS] = b.pair_count},
        .sections = {[SECTION_STARTS] = {b.starts, 4 * ((uint64_t)set->product_count + 1)},
                     [SECTION_PAIRS] = {b.pairs, sizeof(*b.pairs) * b.pair_count}},
    };
    return array_file_write(&pairs_kind, &file, path, err);
}
